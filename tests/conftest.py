"""Its place puts the folder above on the import path, so that tests find what they share as `tests.something`."""

import logging
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import settings

from monitor.store import Store, database
from tests.browser import chromium
from tests.watched import day, watched

__all__ = ["chromium", "day", "watched"]

LONG = {"test_docs.py", "test_commands.py"}
"""What takes longest, and is begun first: nothing large is left for one worker when the others are done."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.path.name not in LONG)


# Machines are shared and noisy: how long an example takes says nothing.
settings.register_profile("snapwatch", deadline=None)
settings.load_profile("snapwatch")


@pytest.fixture(autouse=True)
def _log_as_before() -> Iterator[None]:
    """A command that a test ran in its own process has set the log up, to a stream that is closed afterwards."""
    level = logging.getLogger().level
    yield
    structlog.reset_defaults()
    logging.getLogger().setLevel(level)


OPENED, MADE = database.Database.__init__, database._make_private


@pytest.fixture(scope="session", autouse=True)
def _quick_databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """To make a new database and to wait for the disk takes longer than what most tests do with it: it is made once and
    copied, and nobody waits for what only a power cut would lose. `real_databases` is for tests of the database itself."""

    new = tmp_path_factory.mktemp("database") / "new.db"
    Store(new).close()

    def opened(self: database.Database, path: Path, *, read_only: bool = False) -> None:
        OPENED(self, path, read_only=read_only)
        self.execute("PRAGMA synchronous = OFF")

    def made(path: Path) -> None:
        there = path.exists()
        MADE(path)
        if not there:
            shutil.copyfile(new, path)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(database.Database, "__init__", opened)
        patched.setattr(database, "_make_private", made)
        yield


@pytest.fixture
def real_databases(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database.Database, "__init__", OPENED)
    monkeypatch.setattr(database, "_make_private", MADE)
