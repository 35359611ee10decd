"""Who answers pages: how often of late, and what they were told."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from monitor.store.database import Database
from monitor.store.values import to_text

HOUR = timedelta(hours=1)


class Often(NamedTuple):
    """So many answers in the last hour; of them, so many that could not be understood."""

    answers: int
    strange: int


class Heard:
    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, person: str, now: datetime, *, understood: bool) -> Often:
        """Count one more; how many it makes. What is older than an hour is forgotten."""
        self._db.execute(
            "DELETE FROM heard WHERE at < ? OR at > ?", [to_text(now - HOUR), to_text(now + HOUR)]
        )
        self._db.execute("INSERT INTO heard VALUES (?, ?, ?)", [person, to_text(now), int(understood)])
        row = next(
            self._db.query(
                "SELECT count(*) AS answers, sum(NOT understood) AS strange FROM heard WHERE person = ?",
                [person],
            )
        )
        return Often(row["answers"], row["strange"])

    def told(self, person: str, since: datetime) -> list[int]:
        """The alerts of which that person was sent a page since then, by the numbers that they had."""
        rows = self._db.query(
            """SELECT DISTINCT alert_id FROM deliveries
               WHERE person = ? AND state = 'sent' AND sent_at >= ? AND kind = 'page' AND alert_id IS NOT NULL
               ORDER BY alert_id""",
            [person, to_text(since)],
        )
        return [row["alert_id"] for row in rows]
