"""When each post is looked up again, what looking up has done, and whose words people are being shown."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from monitor.intake.lookup import DAY, Look, Looked, Turn
from monitor.model import MentionKey
from monitor.store.database import Database
from monitor.store.values import maybe_text, to_key, to_text, to_time

SEEN = """max(seen_at, coalesce(looked_at, ''), coalesce((SELECT max(at) FROM readings
    WHERE readings.source = mentions.source AND readings.id = mentions.id AND at <= :now), ''))"""
"""When the platform last had the post: stored, looked up, or read."""


class Looks:
    def __init__(self, db: Database) -> None:
        self._db = db

    def due(self, source: str, now: datetime, limit: int) -> list[Look]:
        """Posts whose turn it is, those that wait for longest first."""
        rows = self._db.query(
            f"""SELECT id, created_at, look_due_at, silent, {SEEN} AS seen FROM mentions
                WHERE source = :source AND look_due_at <= :now ORDER BY look_due_at LIMIT :limit""",  # noqa: S608
            {"source": source, "now": to_text(now), "limit": limit},
        )
        return [_look(row, shown=False) for row in rows]

    def shown(self, keys: Iterable[MentionKey], now: datetime) -> list[Look]:
        """Those of the posts that are still there, as posts that people are shown."""
        rows = (
            row
            for key in keys
            for row in self._db.query(
                f"""SELECT id, created_at, look_due_at, silent, {SEEN} AS seen FROM mentions
                    WHERE source = :source AND id = :id AND look_due_at IS NOT NULL""",  # noqa: S608
                {**key._asdict(), "now": to_text(now)},
            )
        )
        return [_look(row, shown=True) for row in rows]

    def quoted_by(self, stories: Iterable[int]) -> set[MentionKey]:
        """The posts that gave the stories their titles and summaries."""
        names = {
            name
            for story in stories
            for row in self._db.query(
                "SELECT title_mention, summary_mention FROM stories WHERE id = ?", [story]
            )
            for name in row.values()
        }
        return {to_key(name) for name in names if name}

    def take_turns(self, source: str, turns: Iterable[Turn]) -> None:
        """When to look up each the next time; one that was erased meanwhile stays so."""
        for turn in turns:
            self._db.execute(
                """UPDATE mentions SET look_due_at = ?, looked_at = coalesce(?, looked_at), silent = ?
                   WHERE source = ? AND id = ? AND look_due_at IS NOT NULL""",
                [to_text(turn.due_at), maybe_text(turn.looked_at), turn.silent, source, turn.id],
            )

    def count(self, source: str, done: Looked, now: datetime) -> None:
        """Add to what was done on the UTC day."""
        self._db.execute(
            """INSERT INTO looks (source, day, posts, lost, gone) VALUES (?, ?, ?, ?, ?)
               ON CONFLICT DO UPDATE SET posts = posts + excluded.posts, lost = lost + excluded.lost,
               gone = gone + excluded.gone""",
            [source, _day(now), done.posts, done.lost, done.gone],
        )

    def on_day(self, source: str, now: datetime) -> Looked:
        """What was done on the UTC day of that moment."""
        return self.between(now, now + DAY).get(source, Looked())

    def between(self, start: datetime, end: datetime) -> dict[str, Looked]:
        """What was done for each source on the UTC days from the one of `start` to the one before `end`'s."""
        rows = self._db.query(
            """SELECT source, sum(posts) AS posts, sum(lost) AS lost, sum(gone) AS gone FROM looks
               WHERE day >= ? AND day < ? GROUP BY source""",
            [_day(start), _day(end)],
        )
        return {row["source"]: Looked(row["posts"], row["lost"], row["gone"]) for row in rows}


def _look(row: dict[str, Any], *, shown: bool) -> Look:
    return Look(
        row["id"],
        to_time(row["created_at"]),
        to_time(row["seen"]),
        to_time(row["look_due_at"]),
        row["silent"],
        shown,
    )


def _day(now: datetime) -> str:
    return now.astimezone(UTC).date().isoformat()
