"""Who is on call instead of whom, who is away, and what calendars say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from monitor.oncall.rota import Change, Changes, Shift
from monitor.store.database import Database
from monitor.store.values import to_text, to_time

Stretch = tuple[str | None, str, datetime, datetime]
"""Rotation (None: away from all), person, start, end."""


class Rotas:
    def __init__(self, db: Database) -> None:
        self._db = db

    def changes(self, now: datetime) -> Changes:
        """Everything that is not over yet nor taken back."""
        rows = self._db.query(
            'SELECT * FROM rota WHERE removed_at IS NULL AND "end" > ? ORDER BY number', [to_text(now)]
        )
        made = [
            Change(
                row["number"], row["made_with"], row["rotation"], row["person"],
                to_time(row["start"]), to_time(row["end"]), row["who"], to_time(row["at"]),
            )
            for row in rows
        ]  # fmt: skip
        calendars: dict[tuple[str, int], list[Shift]] = {}
        for row in self._db.query('SELECT * FROM calendar_shifts WHERE "end" > ?', [to_text(now)]):
            calendars.setdefault((row["rotation"], row["layer"]), []).append(
                Shift(row["person"], to_time(row["start"]), to_time(row["end"]), "calendar")
            )
        return Changes(made, calendars)

    def add(self, stretches: Sequence[Stretch], who: str, now: datetime) -> list[int]:
        """Write down changes that were made together; their numbers."""
        numbers: list[int] = []
        for rotation, person, start, end in stretches:
            row = self._db.execute(
                """INSERT INTO rota (made_with, rotation, person, start, "end", who, at) VALUES (?, ?, ?, ?, ?, ?, ?)""",
                [
                    numbers[0] if numbers else None,
                    rotation,
                    person,
                    to_text(start),
                    to_text(end),
                    who,
                    to_text(now),
                ],
            )
            numbers.append(int(row.lastrowid or 0))
        self._db.execute("UPDATE rota SET made_with = number WHERE number = ?", numbers[:1] or [0])
        return numbers

    def undo(self, number: int, now: datetime) -> list[Change]:
        """Take back a change and those that were made with it; what was taken back, nothing when none is going on."""
        mates = [each for each in self.changes(now).made if each.group == self._group(number)]
        for each in mates:
            self._db.execute("UPDATE rota SET removed_at = ? WHERE number = ?", [to_text(now), each.number])
        return mates

    def _group(self, number: int) -> int | None:
        row = next(self._db.query("SELECT made_with FROM rota WHERE number = ?", [number]), None)
        return row["made_with"] if row else None

    def put_calendar(self, rotation: str, layer: int, shifts: Iterable[Shift]) -> None:
        """What a layer's calendar says now, in place of what it said."""
        self._db.execute("DELETE FROM calendar_shifts WHERE rotation = ? AND layer = ?", [rotation, layer])
        for person, start, end, _ in shifts:
            self._db.execute(
                "INSERT OR REPLACE INTO calendar_shifts VALUES (?, ?, ?, ?, ?)",
                [rotation, layer, person, to_text(start), to_text(end)],
            )
