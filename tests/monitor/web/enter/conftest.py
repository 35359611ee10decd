"""Fixtures of the tests of who may enter."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.web.enter import passwords
from tests.monitor.web.enter.entries import QUICK, Entered


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Hashing costs next to nothing."""
    monkeypatch.setattr(passwords, "_HASHER", QUICK)
    passwords._nobodys.cache_clear()
    yield
    passwords._nobodys.cache_clear()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Entered]:
    made = Entered(tmp_path)
    yield made
    made.store.close()
