"""Due times, cursors, coverage and spending of sources, and the few single facts that outlive a restart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from monitor.model import Interval
from monitor.polling import Spent
from monitor.store.database import Database
from monitor.store.values import maybe_time, to_text, to_time


@dataclass(frozen=True, slots=True)
class Job:
    """A job as its row says. `failures` in a row since the last success; `error` of the last one."""

    name: str
    due_at: datetime
    ran_at: datetime | None
    failures: int
    error: str | None


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch of time of one source in which mentions may have been missed."""

    source: str
    interval: Interval


class Jobs:
    def __init__(self, db: Database) -> None:
        self._db = db

    def ensure(self, name: str, due_at: datetime) -> None:
        """Make the job's row unless it has one: a restart keeps the due time."""
        self._db.execute(
            "INSERT INTO jobs (name, due_at) VALUES (?, ?) ON CONFLICT DO NOTHING", [name, to_text(due_at)]
        )

    def remove(self, name: str) -> None:
        self._db.execute("DELETE FROM jobs WHERE name = ?", [name])

    def get(self, name: str) -> Job | None:
        return next(iter(self._jobs("WHERE name = ?", [name])), None)

    def all(self) -> list[Job]:
        return self._jobs("ORDER BY name", [])

    def due(self, now: datetime) -> list[str]:
        """What is due; also what has run in the future and is to run there again: the machine's clock was set back."""
        jobs = self._jobs(
            """WHERE due_at <= ? OR (ran_at > ? AND failures = 0 AND (name LIKE 'poll %' OR name LIKE 'read %'))
               ORDER BY due_at""",
            [to_text(now)] * 2,
        )
        return [job.name for job in jobs]

    def _jobs(self, where: str, parameters: list[str]) -> list[Job]:
        return [
            Job(row["name"], to_time(row["due_at"]), maybe_time(row["ran_at"]), row["failures"], row["error"])
            for row in self._db.query(f"SELECT * FROM jobs {where}", parameters)  # noqa: S608
        ]

    def succeeded(self, name: str, now: datetime, due_at: datetime) -> None:
        self._db.execute(
            "UPDATE jobs SET ran_at = ?, due_at = ?, failures = 0, error = NULL WHERE name = ?",
            [to_text(now), to_text(due_at), name],
        )

    def failed(self, name: str, error: str, failures: int, due_at: datetime) -> None:
        self._db.execute(
            "UPDATE jobs SET failures = ?, error = ?, due_at = ? WHERE name = ?",
            [failures, error, to_text(due_at), name],
        )

    def postpone(self, name: str, due_at: datetime) -> None:
        self._db.execute("UPDATE jobs SET due_at = ? WHERE name = ?", [to_text(due_at), name])


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

    def cover(self, name: str, intervals: tuple[Interval, ...]) -> None:
        """Add to the ledger; stretches of one kind (complete, or missed for the same reason) that touch become one."""
        touching = 'source = ? AND complete = ? AND note = ? AND start <= ? AND "end" >= ?'
        for new in intervals:
            kind = [name, int(new.complete), new.note]
            start, end = to_text(new.start), to_text(new.end)
            row = next(
                self._db.query(
                    f'SELECT min(start) AS start, max("end") AS "end" FROM coverage WHERE {touching}',  # noqa: S608
                    [*kind, end, start],
                )
            )
            self._db.execute(f"DELETE FROM coverage WHERE {touching}", [*kind, end, start])  # noqa: S608
            self._db.execute(
                'INSERT INTO coverage (source, complete, note, start, "end") VALUES (?, ?, ?, ?, ?)',
                [*kind, min(start, row["start"] or start), max(end, row["end"] or end)],
            )

    def coverage(self, name: str) -> list[Interval]:
        rows = self._db.query("SELECT * FROM coverage WHERE source = ? ORDER BY start", [name])
        return [
            Interval(to_time(r["start"]), to_time(r["end"]), bool(r["complete"]), r["note"]) for r in rows
        ]

    def watched_since(self, name: str) -> datetime | None:
        """The beginning of the first stretch of the source; None when it was never watched."""
        row = next(self._db.query("SELECT min(start) AS start FROM coverage WHERE source = ?", [name]))
        return maybe_time(row["start"])

    def gaps(self, start: datetime, end: datetime) -> list[Gap]:
        """Stretches that touch [start, end) and may have missed mentions, of all sources."""
        rows = self._db.query(
            'SELECT * FROM coverage WHERE complete = 0 AND start < ? AND "end" > ? ORDER BY start',
            [to_text(end), to_text(start)],
        )
        return [
            Gap(r["source"], Interval(to_time(r["start"]), to_time(r["end"]), False, r["note"])) for r in rows
        ]

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


def _day(now: datetime) -> str:
    return now.astimezone(UTC).date().isoformat()


class Meta:
    def __init__(self, db: Database) -> None:
        self._db = db

    def get(self, key: str) -> str | None:
        row = next(self._db.query("SELECT value FROM meta WHERE key = ?", [key]), None)
        return row["value"] if row else None

    def set(self, key: str, value: str) -> None:
        self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", [key, value])
