"""What the screens Now and Sources count, each from an index."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

from monitor.model import Interval
from monitor.store.database import Database
from monitor.store.values import maybe_time, to_text, to_time


class Counted(NamedTuple):
    """Posts that were written in some time, and stories that got one."""

    posts: int
    stories: int


@dataclass(frozen=True, slots=True)
class Pulse:
    """Differs from an earlier one when what the screen Now shows may have changed. `waiting` is how many alerts
    call for somebody: nobody has them, or nobody has heard that they got graver."""

    waiting: int
    marks: tuple[str | int | None, ...]

    @property
    def mark(self) -> str:
        """All of it as one short word."""
        return sha256(repr((self.waiting, self.marks)).encode()).hexdigest()[:12]


class Glances:
    def __init__(self, db: Database) -> None:
        self._db = db

    def pulse(self) -> Pulse:
        row = next(
            self._db.query(
                """SELECT (SELECT count(*) FROM alerts WHERE state <> 'resolved'
                        AND (state = 'open' OR state = 'acknowledged' AND step_due_at IS NOT NULL)) AS waiting,
                     (SELECT max(rowid) FROM alert_events) AS events, (SELECT max(number) FROM story_changes) AS stories,
                     (SELECT max(number) FROM story_moves) AS moves, (SELECT max(number) FROM silences) AS silences,
                     (SELECT count(*) FROM silences WHERE ended_at IS NULL) AS quiet,
                     (SELECT max(number) FROM reply_events) AS replies, (SELECT max(number) FROM rota) AS rota,
                     (SELECT count(*) + count(acknowledged_at) + count(missed_at) FROM drills) AS drills,
                     (SELECT max(id) FROM alarms) AS alarms, (SELECT count(*) FROM alarms WHERE over_at IS NULL) AS wrong,
                     (SELECT max(at) FROM praise) AS praise, (SELECT sum(failures > 2) FROM jobs) AS failing,
                     (SELECT max(ran_at) FROM jobs WHERE name LIKE 'read %') AS read"""
            )
        )
        return Pulse(row.pop("waiting"), tuple(row.values()))

    def watched(self, since: datetime, limit: int) -> list[int]:
        """Stories that posts may join and have since then, that have no alert: those with the likeliest posts first."""
        rows = self._db.query(
            """SELECT id, (SELECT p_viral FROM mentions INDEXED BY mentions_top
                   WHERE story_id = stories.id AND story_id IS NOT NULL AND deleted_at IS NULL
                   ORDER BY p_viral DESC LIMIT 1) AS likeliest
               FROM stories INDEXED BY stories_updated
               WHERE updated_at >= ? AND closed_at IS NULL AND merged_into IS NULL
               AND NOT EXISTS (SELECT 1 FROM alerts WHERE story_id = stories.id)
               ORDER BY likeliest DESC, updated_at DESC LIMIT ?""",
            [to_text(since), limit],
        )
        return [row["id"] for row in rows]

    def counted(self, start: datetime, end: datetime) -> Counted:
        """What was written in [start, end); stories that got posts later count where their newest one is in it."""
        between = [to_text(start), to_text(end)]
        return Counted(
            self._db["mentions"].count_where("created_at >= ? AND created_at < ?", between),
            self._db["stories"].count_where(
                "updated_at >= ? AND updated_at < ? AND merged_into IS NULL", between
            ),
        )

    def by_day(self, source: str, start: datetime, end: datetime) -> dict[str, int]:
        """How many posts of the source were written on each UTC day ("2026-11-20") in [start, end); a day without is
        absent."""
        rows = self._db.query(
            """SELECT substr(created_at, 1, 10) AS day, count(*) AS posts FROM mentions INDEXED BY mentions_source
               WHERE source = ? AND created_at >= ? AND created_at < ? GROUP BY day""",
            [source, to_text(start), to_text(end)],
        )
        return {row["day"]: row["posts"] for row in rows}

    def sources(self) -> list[str]:
        """Every source that a post is stored of, whether it is configured or was imported or replayed."""
        rows = self._db.query(
            """WITH RECURSIVE known (source) AS (
                 SELECT min(source) FROM mentions
                 UNION ALL SELECT (SELECT min(source) FROM mentions WHERE source > known.source) FROM known
                 WHERE known.source IS NOT NULL)
               SELECT source FROM known WHERE source IS NOT NULL"""
        )
        return [row["source"] for row in rows]

    def newest(self, source: str, now: datetime) -> datetime | None:
        """When the newest post of the source was written."""
        row = next(
            self._db.query(
                "SELECT max(created_at) AS at FROM mentions WHERE source = ? AND created_at <= ?",
                [source, to_text(now)],
            )
        )
        return maybe_time(row["at"])

    def ledger(self, start: datetime, end: datetime) -> dict[str, list[Interval]]:
        """What is known of each lane's stretches that touch [start, end), in the order of time."""
        found: dict[str, list[Interval]] = {}
        for row in self._db.query(
            'SELECT * FROM coverage WHERE start < ? AND "end" > ? ORDER BY source, start',
            [to_text(end), to_text(start)],
        ):
            found.setdefault(row["source"], []).append(
                Interval(to_time(row["start"]), to_time(row["end"]), bool(row["complete"]), row["note"])
            )
        return found
