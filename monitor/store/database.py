"""Connections to the one SQLite file: one writer thread, and a reader for each thread that asks."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from queue import SimpleQueue
from typing import Any, TypeVar

from sqlite_utils import Database

from monitor.errors import StoreError
from monitor.store.migrations import migrations

T = TypeVar("T")

BUSY_SECONDS = 30
"""How long a write waits for another process (`snapwatch ack` beside the daemon) before it gives up."""


def connect(path: Path) -> Database:
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, check_same_thread=False)
    connection.execute("PRAGMA foreign_keys = ON")
    # A commit survives a crash of the process and of the machine: what was paged must not be forgotten.
    connection.execute("PRAGMA synchronous = FULL")
    # What is erased is overwritten, not only forgotten.
    connection.execute("PRAGMA secure_delete = ON")
    return Database(connection)


def explain(error: sqlite3.Error, path: Path) -> StoreError:
    """What a person can do about it, in place of what SQLite says."""
    text = str(error)
    if "locked" in text or "busy" in text:
        return StoreError(f"{path} is locked by another process for over {BUSY_SECONDS} s; end it or wait")
    if "full" in text:
        return StoreError(f"the disk that holds {path} is full; free some space")
    if "malformed" in text or "not a database" in text:
        return StoreError(f"{path} is damaged or no snapwatch database; restore it from a backup")
    if "unable to open" in text or "readonly" in text:
        return StoreError(f"{path} can't be opened for writing; check that its folder exists and who owns it")
    return StoreError(f"{path}: {text}")


class Connections:
    """The writer thread and the readers of one database file, migrated when it opens."""

    def __init__(self, path: Path) -> None:
        """StoreError when the file can't be opened, or was written by a newer version."""
        self.path = path
        self._readers = threading.local()
        self._open_readers: list[Database] = []
        self._lock = threading.Lock()
        self._queue: SimpleQueue[tuple[Callable[[Database], Any], Future[Any]] | None] = SimpleQueue()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._writer = connect(path)
            self._writer.enable_wal()
            self._migrate(self._writer)
        except sqlite3.Error as error:
            raise explain(error, path) from error
        except OSError as error:
            raise StoreError(f"the folder {path.parent} can't be made: {error.strerror}") from error
        self._thread = threading.Thread(target=self._write_forever, name="store-writer", daemon=True)
        self._thread.start()

    def _migrate(self, db: Database) -> None:
        known = {migration.name for migration in migrations._migrations}
        newer = [applied.name for applied in migrations.applied(db) if applied.name not in known]
        if newer:
            raise StoreError(
                f"{self.path} was written by a newer snapwatch ({newer[-1]}); install that version"
            )
        if migrations.pending(db):
            migrations.apply(db)

    def write(self, work: Callable[[Database], T]) -> T:
        """Run `work` in one transaction on the writer thread and wait for it: all of it is kept, or nothing.

        StoreError when the database refuses; what `work` raises otherwise comes through as it is.
        """
        future: Future[T] = Future()
        self._queue.put((work, future))
        return future.result()

    def _write_forever(self) -> None:
        while (item := self._queue.get()) is not None:
            work, future = item
            try:
                future.set_result(self._transaction(work))
            except BaseException as error:
                future.set_exception(error)

    def _transaction(self, work: Callable[[Database], T]) -> T:
        connection = self._writer.conn
        try:
            # IMMEDIATE takes the write lock at once; a deferred one would fail without waiting when it upgrades.
            connection.execute("BEGIN IMMEDIATE")
            result = work(self._writer)
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            connection.rollback()
            raise explain(error, self.path) from error
        except BaseException:
            connection.rollback()
            raise
        return result

    def reader(self) -> Database:
        """This thread's connection for reading; it sees every committed write."""
        found: Database | None = getattr(self._readers, "db", None)
        if found is None:
            found = connect(self.path)
            found.conn.execute("PRAGMA query_only = ON")
            self._readers.db = found
            with self._lock:
                self._open_readers.append(found)
        return found

    def close(self) -> None:
        """Finish the writes that wait, then close every connection."""
        self._queue.put(None)
        self._thread.join()
        for db in (*self._open_readers, self._writer):
            db.close()
