"""Praise: never a page, a line in the digest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from monitor.model import Mention, MentionKey
from monitor.rules import Settings
from monitor.store import values
from monitor.store.database import Database
from monitor.store.stories import PRAISE
from monitor.store.values import to_text

AUTHOR = "iif(author_id = '', author_handle, author_id)"


@dataclass(frozen=True, slots=True)
class Praised:
    """A glad post, and why it was noticed, in words with numbers; `count` is its spread now."""

    mention: Mention
    reason: str
    count: int


class Praise:
    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, key: MentionKey, reason: str, now: datetime) -> bool:
        """Write down that it spreads, or is about to; True when that is new."""
        row = self._db.execute(
            "INSERT INTO praise VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", [*key, to_text(now), reason]
        )
        return row.rowcount > 0

    def between(self, start: datetime, end: datetime) -> list[Praised]:
        """What was noticed in [start, end) and is still there, what spread furthest first."""
        rows = self._db.query(
            """SELECT mentions.*, praise.reason, count FROM praise
               JOIN mentions USING (source, id) JOIN forecasts USING (source, id)
               WHERE praise.at >= ? AND praise.at < ? AND deleted_at IS NULL ORDER BY count DESC""",
            [to_text(start), to_text(end)],
        )
        return [Praised(values.mention(row), row["reason"], row["count"]) for row in rows]

    def glad(self, start: datetime, end: datetime, by: Settings, sure: float, limit: int) -> list[Mention]:
        """What was written in [start, end), is praise by those settings with a positive sentiment of `sure` or more, and is
        in no story, the surest first."""
        rows = self._db.query(
            f"""SELECT mentions.* FROM mentions JOIN classifications USING (source, id)
                WHERE created_at >= ? AND created_at < ? AND deleted_at IS NULL AND story_id IS NULL AND {PRAISE}
                ORDER BY positive DESC, created_at LIMIT ?""",  # noqa: S608
            [to_text(start), to_text(end), sure, by.complaint_at, by.relevant_at, limit],
        )
        return [values.mention(row) for row in rows]

    def complainers(self, start: datetime, end: datetime, by: Settings) -> set[tuple[str, str]]:
        """Source and id (handle, where there is none) of whoever complained in [start, end); not of nobody's complaints."""
        rows = self._db.query(
            f"""SELECT DISTINCT source, {AUTHOR} AS author FROM mentions JOIN classifications USING (source, id)
                WHERE created_at >= ? AND created_at < ? AND complaint >= ? AND {AUTHOR} <> ''""",  # noqa: S608
            [to_text(start), to_text(end), by.complaint_at],
        )
        return {(row["source"], row["author"]) for row in rows}
