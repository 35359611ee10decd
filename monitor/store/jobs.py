"""Due times, and the few single facts that outlive a restart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

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

    def watching(self) -> list[Job]:
        """Those that poll a lane or listen to a source."""
        return self._jobs("WHERE name LIKE 'poll %' OR name LIKE 'listen %' ORDER BY name", [])

    def due(self, now: datetime) -> list[str]:
        """What is due; also what has run in the future and is to run there again: the machine's clock was set back."""
        jobs = self._jobs(
            """WHERE due_at <= ? OR (ran_at > ? AND failures = 0
                   AND (name LIKE 'poll %' OR name LIKE 'read %' OR name LIKE 'look %'
                        OR name IN ('watch', 'heartbeat')))
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


class Meta:
    def __init__(self, db: Database) -> None:
        self._db = db

    def get(self, key: str) -> str | None:
        row = next(self._db.query("SELECT value FROM meta WHERE key = ?", [key]), None)
        return row["value"] if row else None

    def set(self, key: str, value: str) -> None:
        self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", [key, value])
