"""What people learnt of stories. A lesson that was removed stays in the table, and is no lesson any more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from monitor.store.database import Database
from monitor.store.values import maybe_time, to_text, to_time

Kind = Literal["well", "badly", "change"]
"""What went well, what went badly, and what will change: only a change is due on a day, and gets done."""

_TOLD = """SELECT lessons.*, coalesce(merged_into, stories.id) AS now_in, title FROM lessons
           JOIN stories ON stories.id = story_id"""


@dataclass(frozen=True, slots=True)
class Lesson:
    """One thing that was learnt of a story; `who` wrote it at `at`. `owner` is whose task a change is, "" nobody's; `due`
    the day on which they want it done. `title` is the story's."""

    number: int
    story_id: int
    title: str
    kind: Kind
    text: str
    owner: str
    due: date | None
    who: str
    at: datetime
    done_at: datetime | None = None
    done_by: str = ""
    removed_at: datetime | None = None
    removed_by: str = ""

    @property
    def is_open(self) -> bool:
        return self.kind == "change" and self.done_at is None and self.removed_at is None

    def is_late(self, today: date) -> bool:
        return self.is_open and self.due is not None and self.due < today


class Lessons:
    def __init__(self, db: Database) -> None:
        self._db = db

    def add(
        self, story_id: int, kind: Kind, text: str, owner: str, due: date | None, who: str, now: datetime
    ) -> int:
        """Write a lesson of a story; its number."""
        cursor = self._db.execute(
            "INSERT INTO lessons (story_id, kind, text, owner, due, who, at) VALUES (?, ?, ?, ?, ?, ?, ?)",
            [story_id, kind, text, owner, due and due.isoformat(), who, to_text(now)],
        )
        return int(cursor.lastrowid or 0)

    def done(self, number: int, who: str, now: datetime | None) -> None:
        """A change is made, or with None it turns out not to be."""
        self._db.execute(
            "UPDATE lessons SET done_at = ?, done_by = ? WHERE number = ? AND kind = 'change'",
            [to_text(now) if now else None, who if now else None, number],
        )

    def remove(self, number: int, who: str, now: datetime) -> None:
        """It was none; who said so, and when, stays with it. What was removed before stays as it is."""
        self._db.execute(
            "UPDATE lessons SET removed_at = ?, removed_by = ? WHERE number = ? AND removed_at IS NULL",
            [to_text(now), who, number],
        )

    def get(self, number: int) -> Lesson | None:
        return next(iter(self._lessons("WHERE number = ?", [number])), None)

    def of_story(self, story_id: int, *, removed: bool = False) -> list[Lesson]:
        """Of the story and of those that became part of it, the oldest first; what was removed only if asked for."""
        return self._lessons(
            f"""WHERE story_id IN (SELECT id FROM stories WHERE id = ? OR merged_into = ?)
                {"" if removed else "AND removed_at IS NULL"} ORDER BY number""",  # noqa: S608
            [story_id, story_id],
        )

    def open(self) -> list[Lesson]:
        """The changes that wait to be made, what is due first standing first; those without a day last."""
        return self._lessons(
            """WHERE kind = 'change' AND done_at IS NULL AND removed_at IS NULL
               ORDER BY due IS NULL, due, number""",
            [],
        )

    def done_between(self, start: datetime, end: datetime) -> list[Lesson]:
        """The changes that were made in [start, end), the first first."""
        return self._lessons(
            "WHERE done_at >= ? AND done_at < ? AND removed_at IS NULL ORDER BY done_at, number",
            [to_text(start), to_text(end)],
        )

    def written(self, start: datetime, end: datetime) -> list[Lesson]:
        """What was learnt in [start, end), of all kinds, the first first."""
        return self._lessons(
            "WHERE at >= ? AND at < ? AND removed_at IS NULL ORDER BY number", [to_text(start), to_text(end)]
        )

    def newest(self, limit: int, before: int | None = None, kind: Kind | None = None) -> list[Lesson]:
        """The newest ones that are not removed, older than the one with the number `before`."""
        return self._lessons(
            """WHERE removed_at IS NULL AND (?1 IS NULL OR number < ?1) AND (?2 IS NULL OR kind = ?2)
               ORDER BY number DESC LIMIT ?3""",
            [before, kind, limit],
        )

    def _lessons(self, where: str, parameters: list[Any]) -> list[Lesson]:
        return [
            Lesson(
                row["number"],
                row["now_in"],
                row["title"],
                row["kind"],
                row["text"],
                row["owner"],
                date.fromisoformat(row["due"]) if row["due"] else None,
                row["who"],
                to_time(row["at"]),
                maybe_time(row["done_at"]),
                row["done_by"] or "",
                maybe_time(row["removed_at"]),
                row["removed_by"] or "",
            )
            for row in self._db.query(f"{_TOLD} {where}", parameters)
        ]
