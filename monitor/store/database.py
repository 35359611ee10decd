"""Connections to the one SQLite file: one writer thread, and a reader for each thread that asks while it lives."""

from __future__ import annotations

import sqlite3
import threading
import time
import weakref
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

import sqlite_utils

from monitor.errors import StoreError
from monitor.store.merging import Merging
from monitor.store.migrations import migrations

T = TypeVar("T")

BUSY_SECONDS = 30
"""How long a write waits for another process (`snapwatch ack` beside the daemon) before it gives up."""

READERS_SECONDS = 0.1
"""How long the writer waits for readers to finish before it puts off emptying the write-ahead log."""

AT_ONCE = 2
"""Steps of merging erased words out of the index right after they were erased: all, where there are few mentions."""

OTHERS = 4
"""How many times as long as it worked the merging rests between its steps, so that others can write."""

AGAIN_SECONDS = 60.0
"""When merging is tried again that failed, such as for want of disk."""


class Database(sqlite_utils.Database):
    """One connection; what SQLite refuses is a StoreError. `erased` is set by those who erase what was said."""

    erased = False

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self.path = path
        name = f"{path.absolute().as_uri()}?mode={'ro' if read_only else 'rwc'}"
        with explained(path):
            connection = sqlite3.connect(name, timeout=BUSY_SECONDS, check_same_thread=False, uri=True)
            super().__init__(connection)
            self.execute("PRAGMA foreign_keys = ON")
            # A commit survives a crash of the process and of the machine: what was paged must not be forgotten.
            self.execute("PRAGMA synchronous = FULL")
            # What is erased is overwritten, not only forgotten.
            self.execute("PRAGMA secure_delete = ON")
        # A reader's connection ends with its thread.
        weakref.finalize(self, connection.close)

    def execute(self, sql: str, parameters: Sequence[Any] | dict[str, Any] | None = None) -> sqlite3.Cursor:
        try:
            return super().execute(sql, parameters)
        except sqlite3.Error as error:
            raise explain(error, self.path) from error

    def query(
        self, sql: str, params: Sequence[Any] | dict[str, Any] | None = None
    ) -> Generator[dict[str, Any], None, None]:
        with explained(self.path):
            rows = super().query(sql, params)
        return self._rows(rows)

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Inside a transaction: what was written in the block is undone when it raises, and nothing else is."""
        self.execute("SAVEPOINT block")
        try:
            yield
        except BaseException:
            if self.conn.in_transaction:  # a full disk has undone all of it already
                self.execute("ROLLBACK TO block")
            raise
        self.execute("RELEASE block")

    def _rows(self, rows: Iterator[dict[str, Any]]) -> Generator[dict[str, Any], None, None]:
        with explained(self.path):
            yield from rows


@contextmanager
def explained(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise explain(error, path) from error


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


def outdated(db: Database) -> bool:
    """Whether the database lacks tables or columns of this version."""
    with explained(db.path):
        return bool(migrations.pending(db))


class Connections:
    """The writer thread and the readers of one database file, migrated when it opens."""

    def __init__(self, path: Path) -> None:
        """StoreError when the file can't be opened, or was written by a newer version."""
        self.path = path
        self._readers = threading.local()
        self._open_readers: weakref.WeakSet[Database] = weakref.WeakSet()
        self._lock = threading.Lock()
        self._queue: SimpleQueue[tuple[Callable[[Database], Any], Future[Any]] | None] = SimpleQueue()
        try:
            _make_private(path)
        except OSError as error:
            raise StoreError(f"{error.filename} can't be made: {error.strerror}") from error
        self._writer = Database(path)
        # Also at first: a process before this one may have ended between an erasure and the emptying of the log.
        self._writer.erased = True
        self._merging = Merging()
        with explained(path):
            self._writer.enable_wal()
            self._migrate(self._writer)
            # Seconds until the next step of merging; None: there is nothing to merge.
            self._rest = 0.0 if self._merging.due(self._writer.conn) else None
        self._thread = threading.Thread(target=self._write_forever, name="store-writer", daemon=True)
        self._thread.start()

    def _migrate(self, db: Database) -> None:
        known = {migration.name for migration in migrations._migrations}
        newer = [applied.name for applied in migrations.applied(db) if applied.name not in known]
        if newer:
            raise StoreError(
                f"{self.path} was written by a newer snapwatch ({newer[-1]}); install that version"
            )
        if not migrations.pending(db):
            return
        # One process at a time: a command beside a daemon that starts finds the work done when the lock is its own.
        try:
            db.conn.execute("BEGIN IMMEDIATE")
            migrations.apply(db)
            db.conn.execute("COMMIT")
        except BaseException:
            db.conn.rollback()
            raise

    def write(self, work: Callable[[Database], T]) -> T:
        """Run `work` in one transaction on the writer thread and wait for it: all of it is kept, or nothing.

        StoreError when the database refuses; what `work` raises otherwise comes through as it is.
        """
        future: Future[T] = Future()
        self._queue.put((work, future))
        return future.result()

    def _write_forever(self) -> None:
        while (item := self._next()) is not None:
            work, future = item
            try:
                future.set_result(self._transaction(work))
            except BaseException as error:
                future.set_exception(error)

    def _next(self) -> tuple[Callable[[Database], Any], Future[Any]] | None:
        """What is to be written next. While there is nothing, erased words are merged out of the index."""
        while self._rest is not None:
            try:
                return self._queue.get(timeout=self._rest)
            except Empty:
                self._merge()
        return self._queue.get()

    def _merge(self) -> None:
        """One step of it; with the last one the words are gone from the files."""
        connection, began = self._writer.conn, time.monotonic()
        try:
            connection.execute("BEGIN IMMEDIATE")
            left = self._merging.step(connection)
            connection.execute("COMMIT")
        except sqlite3.Error:
            connection.rollback()
            self._merging, self._rest = Merging(), AGAIN_SECONDS
            return
        self._rest = (time.monotonic() - began) * OTHERS if left else None
        if not left:
            self._writer.erased = True
            self._empty_log(READERS_SECONDS)

    def _transaction(self, work: Callable[[Database], T]) -> T:
        connection = self._writer.conn
        with explained(self.path):
            try:
                # IMMEDIATE takes the write lock at once; a deferred one would fail without waiting when it upgrades.
                connection.execute("BEGIN IMMEDIATE")
                result = work(self._writer)
                connection.execute("COMMIT")
            except BaseException:
                connection.rollback()
                raise
        if self._writer.erased:
            self._rest = 0.0
            for _ in range(AT_ONCE):
                if self._rest is not None:
                    self._merge()
            self._empty_log(READERS_SECONDS)
        return result

    def _empty_log(self, wait: float) -> None:
        """Move the write-ahead log into the database, which overwrites what was erased, and leave the log empty.

        A reader that is at work prevents it; then the next write tries again.
        """
        connection = self._writer.conn
        connection.execute(f"PRAGMA busy_timeout = {int(wait * 1000)}")
        with suppress(sqlite3.Error):
            busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            self._writer.erased = bool(busy)
        connection.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")

    def reader(self) -> Database:
        """This thread's connection for reading; it sees every committed write."""
        found: Database | None = getattr(self._readers, "db", None)
        if found is None:
            found = Database(self.path)
            found.execute("PRAGMA query_only = ON")
            self._readers.db = found
            with self._lock:
                self._open_readers.add(found)
        return found

    def close(self) -> None:
        """Finish the writes that wait, then close every connection."""
        self._queue.put(None)
        self._thread.join()
        with self._lock:
            for reader in self._open_readers:
                reader.close()
        while self._rest is not None and self._rest < AGAIN_SECONDS:
            self._merge()
        if self._writer.erased:
            self._empty_log(BUSY_SECONDS)
        self._writer.close()


def _make_private(path: Path) -> None:
    """The file, and its folder if that is new, are the owner's only; SQLite gives its side files the file's mode."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)
    for each in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
        # Somebody else's file, that we may write: its owner says who else may read it.
        with suppress(FileNotFoundError, PermissionError):
            each.chmod(0o600)
