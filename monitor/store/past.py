"""The whole past of one source, a row at a time and without its words: what a forecast is fitted to."""

from __future__ import annotations

from collections.abc import Iterator

from monitor.model import Author, Deleted, Mention, Record
from monitor.store import values
from monitor.store.database import Database


class Past:
    def __init__(self, db: Database) -> None:
        self._db = db

    def sources(self) -> list[str]:
        """Where the stored mentions come from; a replayed or imported one may name a source that is not configured."""
        # From one source to the next by the index: DISTINCT would go through all of it.
        rows = self._db.query("""
            WITH RECURSIVE found (source) AS (
                SELECT min(source) FROM mentions
                UNION ALL SELECT (SELECT min(source) FROM mentions WHERE source > found.source) FROM found
                WHERE found.source IS NOT NULL
            ) SELECT source FROM found WHERE source IS NOT NULL""")
        return [row["source"] for row in rows]

    def records(self, source: str) -> Iterator[Record]:
        """Mentions without text, deletions, then readings, in no order of time."""
        nobody = Author("", "")
        for row in self._db.query(
            "SELECT id, url, created_at, author_followers, deleted_at FROM mentions WHERE source = ?",
            [source],
        ):
            followers = row["author_followers"]
            author = Author("", "", "", followers) if followers is not None else nobody
            created = values.to_time(row["created_at"])
            yield Mention(source, row["id"], author, "", row["url"], created)
            if row["deleted_at"]:
                yield Deleted(source, row["id"], values.to_time(row["deleted_at"]))
        for row in self._db.query("SELECT * FROM readings WHERE source = ?", [source]):
            yield values.reading(row)
