"""Silences, and the stories that each of them held."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from monitor.paging.silences import Kind, Silence
from monitor.store.database import Database
from monitor.store.jobs import Jobs
from monitor.store.values import maybe_time, to_text, to_time


class Silences:
    def __init__(self, db: Database) -> None:
        self._db = db
        self._jobs = Jobs(db)

    def add(self, kind: Kind, what: str, until: datetime, why: str, who: str, now: datetime) -> int:
        """Write it down, with the job that ends it; its number."""
        cursor = self._db.execute(
            "INSERT INTO silences (kind, what, until, why, who, at) VALUES (?, ?, ?, ?, ?, ?)",
            [kind, what, to_text(until), why, who, to_text(now)],
        )
        number = int(cursor.lastrowid or 0)
        self._jobs.ensure(_job(number), until)
        return number

    def active(self, now: datetime) -> list[Silence]:
        """Those that hold at that time."""
        return self._silences("WHERE ended_at IS NULL AND until > ? ORDER BY number", [to_text(now)])

    def get(self, number: int) -> Silence | None:
        return next(iter(self._silences("WHERE number = ?", [number])), None)

    def held(self, number: int, story_id: int) -> None:
        """The silence held that story: it is decided again when the silence ends."""
        self._db.execute("INSERT INTO silenced VALUES (?, ?) ON CONFLICT DO NOTHING", [number, story_id])

    def stories(self, number: int) -> list[int]:
        """What it has held and is not decided again yet."""
        rows = self._db.query("SELECT story_id FROM silenced WHERE silence = ? ORDER BY story_id", [number])
        return [row["story_id"] for row in rows]

    def end(self, number: int, now: datetime) -> None:
        """It holds nothing from now on; its job, due at once, has what it held decided again."""
        self._db.execute(
            "UPDATE silences SET ended_at = ? WHERE number = ? AND ended_at IS NULL", [to_text(now), number]
        )
        self._jobs.postpone(_job(number), now)

    def release(self, number: int, now: datetime) -> int:
        """What its job does: have each story that it held decided again, by a job of its own; how many."""
        self.end(number, now)
        stories = self.stories(number)
        for story in stories:
            self._jobs.ensure(f"decide {story}", now)
        self._db.execute("DELETE FROM silenced WHERE silence = ?", [number])
        self._jobs.remove(_job(number))
        return len(stories)

    def _silences(self, where: str, parameters: Sequence[str | int]) -> list[Silence]:
        return [
            Silence(
                row["number"],
                row["kind"],
                row["what"],
                to_time(row["until"]),
                row["why"],
                row["who"],
                to_time(row["at"]),
                maybe_time(row["ended_at"]),
            )
            for row in self._db.query(f"SELECT * FROM silences {where}", list(parameters))  # noqa: S608
        ]


def _job(number: int) -> str:
    return f"silence {number}"
