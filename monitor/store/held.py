"""What the cap of pages a shift held back, and the morning briefs that told it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from monitor.model import Severity
from monitor.rules import Decision
from monitor.store.database import Database
from monitor.store.values import to_text, to_time

WORST = """ON CONFLICT DO UPDATE SET severity = excluded.severity, reason = excluded.reason
           WHERE severity = 'warning' AND excluded.severity = 'critical'"""
"""A story waits once, at its worst."""


@dataclass(frozen=True, slots=True)
class Held:
    """A story that would have paged. `at` is when it first would have, `reason` why it would and did not, at its worst."""

    story_id: int
    at: datetime
    severity: Severity
    reason: str


class HeldBack:
    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, story_id: int, decision: Decision, now: datetime) -> bool:
        """Write down that a story is held until the next brief; True when that is new, or worse than before."""
        row = self._db.execute(
            f"INSERT INTO held (story_id, at, severity, reason) VALUES (?, ?, ?, ?) {WORST}",  # noqa: S608
            [story_id, to_text(now), decision.severity, decision.reason],
        )
        return row.rowcount > 0

    def merge(self, story_id: int, part_id: int) -> None:
        """A story became part of another: what it waits to tell is told for that one, once and at its worst. What a brief
        has told stays as it was told."""
        self._db.execute(
            f"""INSERT INTO held (story_id, at, severity, reason)
                SELECT ?, at, severity, reason FROM held WHERE story_id = ? AND briefed_at IS NULL {WORST}""",  # noqa: S608
            [story_id, part_id],
        )
        self._db.execute("DELETE FROM held WHERE story_id = ? AND briefed_at IS NULL", [part_id])

    def brief(self, due: datetime) -> int:
        """Everything that no brief has told, and that did not page after all, goes into the brief of that time; how many
        stories."""
        self._db.execute(
            """DELETE FROM held WHERE briefed_at IS NULL
               AND EXISTS (SELECT 1 FROM alerts WHERE alerts.story_id = held.story_id)"""
        )
        self._db.execute("UPDATE held SET briefed_at = ? WHERE briefed_at IS NULL", [to_text(due)])
        return len(self.told(due))

    def untell(self, due: datetime) -> None:
        """The brief of that time reached nobody: its stories wait again."""
        self._db.execute(
            f"""INSERT INTO held (story_id, at, severity, reason)
                SELECT story_id, at, severity, reason FROM held WHERE briefed_at = ? {WORST}""",  # noqa: S608
            [to_text(due)],
        )
        self._db.execute("DELETE FROM held WHERE briefed_at = ?", [to_text(due)])

    def waiting(self) -> list[int]:
        """The stories that the next brief tells, as it stands."""
        return [
            row["story_id"] for row in self._db.query("SELECT story_id FROM held WHERE briefed_at IS NULL")
        ]

    def told(self, due: datetime) -> list[Held]:
        """What the brief of that time tells, the worst first."""
        rows = self._db.query(
            """SELECT story_id, at, severity, reason FROM held WHERE briefed_at = ?
               ORDER BY severity = 'critical' DESC, at""",
            [to_text(due)],
        )
        return [
            Held(row["story_id"], to_time(row["at"]), cast(Severity, row["severity"]), row["reason"])
            for row in rows
        ]
