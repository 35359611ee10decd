from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.monitor.delivery.office import Office


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path)
    yield made
    made.store.close()


@pytest.fixture
def asked(tmp_path: Path) -> Iterator[Office]:
    """Where the SMS provider can be asked what it took."""
    made = Office(tmp_path, asked=True)
    yield made
    made.store.close()
