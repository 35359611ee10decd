"""Killed between any two statements of posting, without warning, and started again: the platform has each approved reply
once."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache, partial
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from monitor.config import Config
from monitor.replying import desk, posting
from monitor.store import Store, database, replies
from tests.monitor.replying.desks import DRAFT, Office, Outcome
from tests.monitor.scripted import KEY, NOON, config

# From Python 3.12 on a fork beside threads warns; the child here uses none of them.
pytestmark = pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")

DIED = 9
FILES = {str(module.__file__) for module in (posting, desk, replies, database)}
OUTCOMES: dict[str, list[Outcome]] = {
    "taken at once": [],
    "taken, and the answer was lost": ["taken, nobody knows"],
    "lost on the way": ["lost on the way"],
}


@dataclass
class Dying:
    """Ends the process, without any clean-up, at the n-th line that any thread runs in FILES."""

    left: int
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, frame: FrameType, event: str, _: Any) -> Dying | None:
        if frame.f_code.co_filename not in FILES:
            return None
        if event == "line":
            with self.lock:
                self.left -= 1
                if self.left == 0:
                    os._exit(DIED)
        return self


def in_a_child(work: Callable[[], None]) -> int:
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException:
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@cache
def settings() -> Config:
    """Made once: to read a configuration renders every playbook."""
    return config(Path(tempfile.mkdtemp(prefix="snapwatch-test-")))


def approve(folder: Path) -> None:
    office = Office(folder, settings())
    office.store.write(lambda tables: tables.mentions.add(office.source.mentions, NOON))
    office.approved()
    office.store.close()


def live(folder: Path, outcomes: list[Outcome], after: timedelta, line: int = 0) -> None:
    """What a daemon does of it in some minutes; with `line`, until it dies there."""
    if line:
        dying = Dying(line)
        threading.settrace(dying)  # the store's writer, too
        sys.settrace(dying)
    office = Office(folder, settings())
    office.clock.moment = NOON + after
    office.poster.outcomes = list(outcomes)
    office.run()
    office.settle(3)
    sys.settrace(None)
    office.store.close()


@dataclass
class Killed:
    """How often a life was ended, how many replies the platform had twice or never, and how many were not known to be
    posted in the end."""

    kills: int = 0
    doubles: int = 0
    lost: int = 0
    unknown: int = 0


def kill_at_every(step: int, outcomes: list[Outcome], folder: Path) -> Killed:
    """A life for each `step`-th statement, ended there, and one that nobody ends after it."""
    found, began, line = Killed(), folder / "approved", 1
    began.mkdir()
    approve(began)
    while True:
        lived = folder / str(line)
        shutil.copytree(began, lived)
        status = in_a_child(partial(live, lived, outcomes, timedelta(0), line))
        live(lived, [], timedelta(minutes=5))
        with closing(Store(lived / "test.db")) as store:
            (reply,) = store.read.replies.of_mention(KEY)
        posts = lived / "posts.jsonl"
        taken = [json.loads(each) for each in posts.read_text().splitlines()] if posts.exists() else []
        assert all(each["text"] == DRAFT.text for each in taken)
        found.kills += status == DIED
        found.doubles += len(taken) > 1
        found.lost += not taken
        found.unknown += (reply.state, reply.promise) != ("posted", "open")
        shutil.rmtree(lived)
        if status != DIED:
            assert status == 0
            return found
        line += step


@pytest.mark.parametrize("outcomes", OUTCOMES.values(), ids=OUTCOMES)
def test_killed_between_any_two_statements(outcomes: list[Outcome], tmp_path: Path) -> None:
    """At some of them; `python -m bench.replies_killed` does so at each."""
    found = kill_at_every(17, outcomes, tmp_path)
    assert found.kills > 40
    assert (found.doubles, found.lost, found.unknown) == (0, 0, 0)
