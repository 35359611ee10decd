"""A command that is forked is what the shell would start."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

import pytest

from tests.warm import snapwatch

POST = '{"id": 1, "text": "My parcel is lost"}\n'


def test_it_is_called_by_its_name(tmp_path: Path) -> None:
    done = snapwatch(tmp_path, "nonsense")
    assert done.returncode == 2
    assert "Usage: snapwatch " in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no such device here")
def test_a_fault_is_told(tmp_path: Path) -> None:
    done = snapwatch(tmp_path, "classify", stdin=POST, stdout=Path("/dev/full"))
    assert done.returncode == 1
    assert "No space left" in done.stderr


def test_what_was_given_up_is_not_the_answer_to_the_next_one(tmp_path: Path) -> None:
    class GivenUpError(Exception):
        pass

    def give_up(*_: object) -> None:
        raise GivenUpError

    os.mkfifo(tmp_path / "never")  # nobody writes: who reads it waits
    before = signal.signal(signal.SIGUSR1, give_up)
    patience = threading.Timer(1, os.kill, (os.getpid(), signal.SIGUSR1))
    patience.start()
    try:
        with pytest.raises(GivenUpError):
            snapwatch(tmp_path, "classify", stdin=Path("never"))
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert snapwatch(tmp_path, "nonsense").returncode == 2
