"""Alarms of the watch itself: one row from the beginning of each to its end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from monitor.store.database import Database
from monitor.store.values import maybe_time, to_text, to_time


@dataclass(frozen=True, slots=True)
class AlarmRow:
    """`seen_at` is when it was last so; `told_at` when people were last sent a message of it; `over_at` when it was well
    for long enough."""

    id: int
    what: str
    words: str
    since: datetime
    seen_at: datetime
    told_at: datetime | None
    over_at: datetime | None


class Alarms:
    def __init__(self, db: Database) -> None:
        self._db = db

    def get(self, alarm_id: int) -> AlarmRow | None:
        return next(iter(self._rows("WHERE id = ?", [alarm_id])), None)

    def going_on(self) -> list[AlarmRow]:
        """Those that are not over, the oldest first."""
        return self._rows("WHERE over_at IS NULL ORDER BY id", [])

    def see(self, what: str, words: str, now: datetime) -> AlarmRow:
        """Something is wrong now: begin an alarm of that name, or write down that it goes on."""
        self._db.execute(
            """INSERT INTO alarms (what, words, since, seen_at) VALUES (?, ?, ?, ?)
               ON CONFLICT (what) WHERE over_at IS NULL DO UPDATE SET words = excluded.words, seen_at = excluded.seen_at""",
            [what, words, to_text(now), to_text(now)],
        )
        (row,) = self._rows("WHERE what = ? AND over_at IS NULL", [what])
        return row

    def last_told(self, what: str) -> datetime | None:
        """When people were last sent a message of any alarm of that name."""
        row = next(self._db.query("SELECT max(told_at) AS at FROM alarms WHERE what = ?", [what]))
        return maybe_time(row["at"])

    def told(self, alarm_id: int, now: datetime) -> None:
        self._db.execute("UPDATE alarms SET told_at = ? WHERE id = ?", [to_text(now), alarm_id])

    def end(self, alarm_id: int, now: datetime) -> None:
        self._db.execute("UPDATE alarms SET over_at = ? WHERE id = ?", [to_text(now), alarm_id])

    def heard(self, alarm_id: int) -> list[tuple[str, str]]:
        """(person, channel) of each message of it that went out, or is going out now."""
        rows = self._db.query(
            """SELECT DISTINCT person, channel FROM deliveries
               WHERE alarm_id = ? AND kind = 'page' AND state IN ('sending', 'sent')""",
            [alarm_id],
        )
        return [(row["person"], row["channel"]) for row in rows]

    def cancel(self, alarm_id: int) -> None:
        """What was not sent yet of it stays unsent."""
        self._db.execute(
            "UPDATE deliveries SET state = 'cancelled' WHERE alarm_id = ? AND state = 'pending'", [alarm_id]
        )

    def _rows(self, where: str, parameters: list[Any]) -> list[AlarmRow]:
        return [
            AlarmRow(
                row["id"],
                row["what"],
                row["words"],
                to_time(row["since"]),
                to_time(row["seen_at"]),
                maybe_time(row["told_at"]),
                maybe_time(row["over_at"]),
            )
            for row in self._db.query(f"SELECT * FROM alarms {where}", parameters)  # noqa: S608
        ]
