"""What is known of each source's lanes: the cursor, the stretches of time that were covered or missed, and what was spent.

A lane is named like its job: the source's name alone, or "source lane".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from monitor.blind import TRIES
from monitor.intake.polling import Spent
from monitor.model import Billed, Interval
from monitor.store.database import Database
from monitor.store.values import to_text, to_time


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch of time of one lane in which mentions may have been missed, and how often it was read again."""

    source: str
    interval: Interval
    tries: int = 0


@dataclass(frozen=True, slots=True)
class Hole:
    """A stretch that is to be read again: how far that has come, and how often it was tried."""

    interval: Interval
    cursor: str | None
    tries: int


@dataclass(frozen=True, slots=True)
class Bill:
    """What polling brought on some UTC days, and what the platform billed for that and for reading again."""

    posts: int = 0
    dollars: float = 0.0


class Sources:
    def __init__(self, db: Database) -> None:
        self._db = db

    def cursor(self, name: str) -> str | None:
        row = next(self._db.query("SELECT cursor FROM sources WHERE name = ?", [name]), None)
        return row["cursor"] if row else None

    def polled(self, name: str, cursor: str | None, now: datetime) -> None:
        self._db.execute(
            """INSERT INTO sources (name, cursor, polled_at) VALUES (?, ?, ?)
               ON CONFLICT DO UPDATE SET cursor = excluded.cursor, polled_at = excluded.polled_at""",
            [name, cursor, to_text(now)],
        )

    def cover(self, name: str, intervals: Iterable[Interval]) -> None:
        """Add to the ledger; stretches of one kind (complete, or missed for the same reason) that touch become one, and
        what was missed at first and is complete now is missed no more."""
        touching = 'source = ? AND complete = ? AND note = ? AND start <= ? AND "end" >= ?'
        for new in intervals:
            kind = [name, int(new.complete), new.note]
            start, end = to_text(new.start), to_text(new.end)
            if new.complete:
                self._found(name, start, end)
            row = next(
                self._db.query(
                    f"""SELECT min(start) AS start, max("end") AS "end", coalesce(max(tries), 0) AS tries
                        FROM coverage WHERE {touching}""",  # noqa: S608
                    [*kind, end, start],
                )
            )
            self._db.execute(f"DELETE FROM coverage WHERE {touching}", [*kind, end, start])  # noqa: S608
            self._db.execute(
                'INSERT INTO coverage (source, complete, note, start, "end", tries) VALUES (?, ?, ?, ?, ?, ?)',
                [*kind, min(start, row["start"] or start), max(end, row["end"] or end), row["tries"]],
            )

    def _found(self, name: str, start: str, end: str) -> None:
        """What was missed between these moments is not missed any more; what is left of a stretch stays."""
        missed = list(
            self._db.query(
                'SELECT * FROM coverage WHERE source = ? AND complete = 0 AND start < ? AND "end" > ?',
                [name, end, start],
            )
        )
        for row in missed:
            key = [name, row["note"], row["start"]]
            left = [(row["start"], start)] if row["start"] < start else []
            left += [(end, row["end"])] if row["end"] > end else []
            self._db.execute(
                "DELETE FROM coverage WHERE source = ? AND complete = 0 AND note = ? AND start = ?", key
            )
            self._filled(name, row["note"], max(row["start"], start), min(row["end"], end))
            for since, until in left:
                self._db.execute(
                    """INSERT INTO coverage (source, complete, note, start, "end", tries, cursor)
                       VALUES (?, 0, ?, ?, ?, ?, ?)""",
                    [name, row["note"], since, until, row["tries"], row["cursor"]],
                )

    def _filled(self, name: str, note: str, start: str, end: str) -> None:
        """Write down that a stretch was missed at first; those that touch become one."""
        touching = 'source = ? AND note = ? AND start <= ? AND "end" >= ?'
        rows = self._db.query(f"SELECT * FROM filled WHERE {touching}", [name, note, end, start])  # noqa: S608
        stretches = [(row["start"], row["end"]) for row in rows] + [(start, end)]
        self._db.execute(f"DELETE FROM filled WHERE {touching}", [name, note, end, start])  # noqa: S608
        self._db.execute(
            'INSERT INTO filled (source, note, start, "end") VALUES (?, ?, ?, ?)',
            [name, note, min(each[0] for each in stretches), max(each[1] for each in stretches)],
        )

    def filled(self, start: datetime, end: datetime) -> list[Gap]:
        """Stretches that touch [start, end), were missed at first, and were read later."""
        rows = self._db.query(
            'SELECT * FROM filled WHERE start < ? AND "end" > ? ORDER BY start',
            [to_text(end), to_text(start)],
        )
        return [
            Gap(row["source"], Interval(to_time(row["start"]), to_time(row["end"]), True, row["note"]))
            for row in rows
        ]

    def to_fill(self, name: str, since: datetime) -> Hole | None:
        """The stretch of a lane to read again next, of those that did not end before `since`: the one that was tried least,
        of several the newest."""
        row = next(
            self._db.query(
                """SELECT * FROM coverage WHERE source = ? AND complete = 0 AND tries < ? AND "end" > ?
                   ORDER BY tries, "end" DESC LIMIT 1""",
                [name, TRIES, to_text(since)],
            ),
            None,
        )
        return None if row is None else Hole(_interval(row), row["cursor"], row["tries"])

    def filling(self, name: str, hole: Hole, cursor: str | None, tries: int) -> None:
        """How far the filling of a stretch has come, in each of the pieces that are left of it, also of one that has grown
        meanwhile."""
        start, end = to_text(hole.interval.start), to_text(hole.interval.end)
        self._db.execute(
            """UPDATE coverage SET cursor = ?, tries = ?
               WHERE source = ? AND complete = 0 AND note = ? AND start <= ? AND "end" >= ?""",
            [cursor, tries, name, hole.interval.note, end, start],
        )

    def give_up(self, name: str, hole: Hole) -> None:
        """The platform can't show that stretch any more."""
        self.filling(name, hole, None, TRIES)

    def coverage(self, name: str) -> list[Interval]:
        rows = self._db.query("SELECT * FROM coverage WHERE source = ? ORDER BY start", [name])
        return [_interval(row) for row in rows]

    def gaps(self, start: datetime, end: datetime) -> list[Gap]:
        """Stretches that touch [start, end) and may have missed mentions, of all sources."""
        rows = self._db.query(
            'SELECT * FROM coverage WHERE complete = 0 AND start < ? AND "end" > ? ORDER BY start',
            [to_text(end), to_text(start)],
        )
        return [Gap(row["source"], _interval(row), row["tries"]) for row in rows]

    def spend(self, name: str, spent: Spent, now: datetime) -> None:
        """Add to what was read again, and lost, per UTC day as the platforms bill it."""
        self._db.execute(
            """INSERT INTO reads (source, day, posts, reserve, lost) VALUES (?, ?, ?, ?, ?)
               ON CONFLICT DO UPDATE SET posts = posts + excluded.posts, reserve = reserve + excluded.reserve,
               lost = lost + excluded.lost""",
            [name, _day(now), spent.posts, spent.reserve, spent.lost],
        )

    def spent(self, name: str, now: datetime) -> Spent:
        return self.spent_between(now, now + timedelta(days=1)).get(name, Spent())

    def spent_between(self, start: datetime, end: datetime) -> dict[str, Spent]:
        """What each source has read again on the UTC days from the one of `start` to the one before `end`'s."""
        rows = self._db.query(
            """SELECT source, sum(posts) AS posts, sum(reserve) AS reserve, sum(lost) AS lost FROM reads
               WHERE day >= ? AND day < ? GROUP BY source""",
            [_day(start), _day(end)],
        )
        return {row["source"]: Spent(row["posts"], row["reserve"], row["lost"]) for row in rows}

    def bill(self, name: str, posts: int, billed: Iterable[Billed], now: datetime) -> None:
        """Add what polling brought, and what the platform bills: each thing once a UTC day, however often it was sent."""
        day, dollars = _day(now), 0.0
        for each in billed:
            new = self._db.execute(
                "INSERT INTO billed (source, day, what) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                [name, day, each.what],
            )
            dollars += each.dollars * new.rowcount
        if posts or dollars:
            self._db.execute(
                """INSERT INTO bills (source, day, posts, dollars) VALUES (?, ?, ?, ?)
                   ON CONFLICT DO UPDATE SET posts = posts + excluded.posts, dollars = dollars + excluded.dollars""",
                [name, day, posts, dollars],
            )
            self._db.execute("DELETE FROM billed WHERE source = ? AND day < ?", [name, day])

    def rest(self, name: str, now: datetime) -> None:
        """Write down that a lane rests from now to the end of the UTC day, because the budget is used up."""
        self._db.execute(
            "INSERT INTO rests (source, day, since) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            [name, _day(now), to_text(now)],
        )

    def rests(self, start: datetime, end: datetime) -> list[tuple[str, datetime]]:
        """Each source whose first lane rested at that moment, for the rest of a UTC day from the one of `start` to the one
        before `end`'s."""
        rows = self._db.query(
            """SELECT substr(source, 1, instr(source || ' ', ' ') - 1) AS name, min(since) AS since FROM rests
               WHERE day >= ? AND day < ? GROUP BY name, day ORDER BY since""",
            [_day(start), _day(end)],
        )
        return [(row["name"], to_time(row["since"])) for row in rows]

    def billed(self, name: str, now: datetime) -> Bill:
        return self.billed_between(now, now + timedelta(days=1)).get(name, Bill())

    def billed_between(self, start: datetime, end: datetime) -> dict[str, Bill]:
        """What each source has cost on the UTC days from the one of `start` to the one before `end`'s."""
        rows = self._db.query(
            """SELECT source, sum(posts) AS posts, sum(dollars) AS dollars FROM bills
               WHERE day >= ? AND day < ? GROUP BY source""",
            [_day(start), _day(end)],
        )
        return {row["source"]: Bill(row["posts"], row["dollars"]) for row in rows}


def lane_name(source: str, lane: str) -> str:
    """How the lane is called in jobs, in the ledger and to people."""
    return f"{source} {lane}" if lane else source


def _interval(row: dict[str, Any]) -> Interval:
    return Interval(to_time(row["start"]), to_time(row["end"]), bool(row["complete"]), row["note"])


def _day(now: datetime) -> str:
    return now.astimezone(UTC).date().isoformat()
