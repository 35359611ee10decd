"""What most tests of the daemon begin with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.config import Config
from monitor.store import Store
from tests.monitor.nights import Make, making
from tests.monitor.scripted import config, fill


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty one, where `settings` looks for it."""
    made = Store(tmp_path / "test.db")
    yield made
    made.close()


@pytest.fixture
def settings(tmp_path: Path) -> Config:
    return config(tmp_path)


@pytest.fixture
def one_mention(store: Store, tmp_path: Path) -> None:
    """In the store, and in the file that sets the clock."""
    fill(store, tmp_path)


@pytest.fixture
def make_night(tmp_path: Path) -> Iterator[Make]:
    """Whole nights, fast-forwarded."""
    yield from making(tmp_path)
