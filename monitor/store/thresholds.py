"""What `viral_at = "auto"` means today, one row a source."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.spread import FOLLOWED
from monitor.store.database import Database
from monitor.store.values import to_text, to_time


@dataclass(frozen=True, slots=True)
class Threshold:
    """The spread that one in a hundred of `posts` posts of a source reaches, as it was computed at that time."""

    viral_at: int
    posts: int
    at: datetime


class Thresholds:
    def __init__(self, db: Database) -> None:
        self._db = db

    def get(self, source: str) -> Threshold | None:
        row = next(self._db.query("SELECT * FROM thresholds WHERE source = ?", [source]), None)
        return None if row is None else Threshold(row["viral_at"], row["posts"], to_time(row["at"]))

    def set(self, source: str, threshold: Threshold) -> None:
        self._db.execute(
            "INSERT OR REPLACE INTO thresholds VALUES (?, ?, ?, ?)",
            [source, threshold.viral_at, threshold.posts, to_text(threshold.at)],
        )

    def put(self, source: str, threshold: Threshold | None) -> None:
        """Set it; None: it has none any more."""
        if threshold is None:
            self.remove(source)
        else:
            self.set(source, threshold)

    def remove(self, source: str) -> None:
        self._db.execute("DELETE FROM thresholds WHERE source = ?", [source])

    def spreads(self, source: str, since: datetime, until: datetime) -> list[int]:
        """The last known spread of each post of the source that was written in [since, until) and followed: one of a story,
        or one whose counters were read when it was FOLLOWED old (imported history has such)."""
        rows = self._db.query(
            """SELECT count FROM mentions JOIN forecasts USING (source, id)
               WHERE source = ? AND created_at >= ? AND created_at < ? AND deleted_at IS NULL
               AND (story_id IS NOT NULL OR julianday(created_at) + ? <= (
                   SELECT julianday(max(at)) FROM readings
                   WHERE readings.source = mentions.source AND readings.id = mentions.id))""",
            [source, to_text(since), to_text(until), FOLLOWED / timedelta(days=1)],
        )
        return [row["count"] for row in rows]
