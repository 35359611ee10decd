"""Test pages, each to one person, who has to acknowledge it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from monitor.store.database import Database
from monitor.store.values import maybe_time, to_text, to_time

PREFIX = "t"
"""Codes of test pages begin with it ("t3"), so that they are not taken for an alert's."""


@dataclass(frozen=True, slots=True)
class Drill:
    """`missed_at`: when it had not been acknowledged in time."""

    id: int
    person: str
    at: datetime
    acknowledged_at: datetime | None
    missed_at: datetime | None

    @property
    def code(self) -> str:
        return f"{PREFIX}{self.id}"


class Drills:
    def __init__(self, db: Database) -> None:
        self._db = db

    def begin(self, person: str, now: datetime) -> Drill:
        """Write down that the person gets a test page now."""
        row = self._db.execute("INSERT INTO drills (person, at) VALUES (?, ?)", [person, to_text(now)])
        return Drill(int(row.lastrowid or 0), person, now, None, None)

    def get(self, drill_id: int) -> Drill | None:
        return next(iter(self._drills("WHERE id = ?", [drill_id])), None)

    def acknowledge(self, drill_id: int, now: datetime) -> None:
        """It arrived and was seen, which ends it, also late; acknowledged again, the first time counts. What was not sent
        yet of it stays unsent."""
        self._db.execute(
            "UPDATE drills SET acknowledged_at = ? WHERE id = ? AND acknowledged_at IS NULL",
            [to_text(now), drill_id],
        )
        self._db.execute(
            "UPDATE deliveries SET state = 'cancelled' WHERE drill_id = ? AND state = 'pending'", [drill_id]
        )

    def miss(self, before: datetime, now: datetime) -> list[Drill]:
        """Those from before that moment that nobody acknowledged are missed; the ones that were not known to be."""
        late = self._drills(
            "WHERE at <= ? AND acknowledged_at IS NULL AND missed_at IS NULL ORDER BY id", [to_text(before)]
        )
        for drill in late:
            self._db.execute("UPDATE drills SET missed_at = ? WHERE id = ?", [to_text(now), drill.id])
        return late

    def missed(self, since: datetime) -> list[Drill]:
        """The last test page of each person, since that moment, where it was missed and is not acknowledged."""
        return self._drills(
            """WHERE id IN (SELECT max(id) FROM drills WHERE acknowledged_at IS NOT NULL OR missed_at IS NOT NULL
                            GROUP BY person)
               AND acknowledged_at IS NULL AND at >= ? ORDER BY person""",
            [to_text(since)],
        )

    def last(self) -> list[Drill]:
        """Each person's last one."""
        return self._drills("WHERE id IN (SELECT max(id) FROM drills GROUP BY person) ORDER BY person", [])

    def ways(self, drill_id: int) -> list[tuple[str, str, str]]:
        """The channels by which it went, with the state of the delivery and what went wrong."""
        rows = self._db.query(
            """SELECT channel, state, error FROM deliveries
               WHERE coalesce(alert_id, 0) = 0 AND coalesce(drill_id, 0) = ? ORDER BY id""",  # as its index has it
            [drill_id],
        )
        return [(row["channel"], row["state"], row["error"] or "") for row in rows]

    def _drills(self, where: str, parameters: list[Any]) -> list[Drill]:
        return [
            Drill(
                row["id"],
                row["person"],
                to_time(row["at"]),
                maybe_time(row["acknowledged_at"]),
                maybe_time(row["missed_at"]),
            )
            for row in self._db.query(f"SELECT * FROM drills {where}", parameters)  # noqa: S608
        ]
