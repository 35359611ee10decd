"""Kill the process at every step of the way, start again, and count: nothing is lost, nothing is paged wrongly.

A child process runs the whole way over scripted ports and dies, without any clean-up, before or after its n-th
transaction, or right after the n-th message was given to a provider. The parent then runs what is left to do.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import cache, partial
from pathlib import Path
from typing import TypeVar

import pytest

from monitor.config import Config
from monitor.pipeline import Pipeline
from monitor.store import Store, Tables
from tests.monitor.scripted import NOON, ScriptedChannel, ScriptedSource, config, mention, one_pass, parts

# From Python 3.12 on a fork beside threads warns; the child here uses none of them.
pytestmark = pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")

T = TypeVar("T")
MENTIONS = 7
DIED = 9
EXPECTED = {"first@example.org": 1, "+442079460001": 1, "second@example.org": 1}
WITH_BRIEF = EXPECTED | {"first@example.org": 2, "second@example.org": 2}  # and the digest of that Monday


class DyingStore(Store):
    """Dies at its n-th transaction: before it begins, or when it is committed but nobody knows yet."""

    def __init__(self, path: Path, at: int, after_commit: bool) -> None:
        super().__init__(path)
        self._left = at
        self._after_commit = after_commit

    def write(self, work: Callable[[Tables], T]) -> T:
        self._left -= 1
        if self._left == 0 and not self._after_commit:
            os._exit(DIED)
        result = super().write(work)
        if self._left == 0:
            os._exit(DIED)
        return result


@cache
def settings() -> Config:
    """Made once: to read a configuration renders every playbook."""
    folder = Path(tempfile.mkdtemp(prefix="snapwatch-test-"))
    return config(folder, oncall={"order": ["First", "Second"], "repeat": 1}, rules={"pages_per_shift": 1})


Way = Callable[[Store, Path, int], None]


def run_the_way(store: Store, folder: Path, die_after_send: int = 0) -> None:
    """Everything that is due at three moments: the poll, the escalation, and long after."""
    source = ScriptedSource([mention(n) for n in range(MENTIONS)])
    source.counters = {"3": 60}
    run(store, folder, source, [NOON.replace(minute=minutes) for minutes in (0, 10, 21)], die_after_send)


def run_to_the_brief(store: Store, folder: Path, die_after_send: int = 0) -> None:
    """Two stories, of which the cap holds one: the page, the escalation, and the next morning."""
    texts = ["My Kestrel parcel is lost"] * (MENTIONS - 1) + ["Your Kestrel driver lost his way"]
    source = ScriptedSource([mention(n, text) for n, text in enumerate(texts)], read_size=0)
    source.counters = {"3": 60, str(MENTIONS - 1): 50}
    moments = [NOON, NOON + timedelta(minutes=10), NOON + timedelta(hours=20)]
    run(store, folder, source, moments, die_after_send)


def run(
    store: Store, folder: Path, source: ScriptedSource, moments: Sequence[datetime], die_after_send: int
) -> None:
    sends = Counter[str]()

    def after_send() -> None:
        sends["all"] += 1
        if sends["all"] == die_after_send:
            os._exit(DIED)

    email = ScriptedChannel("email", file=folder / "sent.jsonl", after_send=after_send)
    sms = ScriptedChannel("sms", "sms", file=folder / "sent.jsonl", after_send=after_send)
    pipeline = Pipeline(parts(store, settings(), source, email, sms))
    for now in moments:
        pipeline.schedule(now)
        one_pass(pipeline, store, now)


def die_on_the_way(way: Way, folder: Path, at: int, after_commit: bool) -> None:
    way(DyingStore(folder / "test.db", at, after_commit), folder, 0)


def in_a_child(work: Callable[[], None]) -> int:
    """Run it in a forked process; its exit status."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException:
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def assert_nothing_lost(way: Way, folder: Path, repeated: int) -> None:
    store = Store(folder / "test.db")
    way(store, folder, 0)
    read = store.read
    assert read.mentions.count() == MENTIONS
    assert read.mentions.waiting() == 0
    assert read.stories.count() == (1 if way is run_the_way else 2)
    assert len(read.alerts.active()) == 1
    assert read.outbox.pending() == 0
    store.close()
    sent = [json.loads(line) for line in (folder / "sent.jsonl").read_text().splitlines()]
    by_key = {key: address for address, _, key in sent}
    assert Counter(by_key.values()) == expected(way)
    assert len(sent) - len(by_key) <= repeated


def expected(way: Way) -> dict[str, int]:
    """How many messages each address gets on an undisturbed way."""
    return EXPECTED if way is run_the_way else WITH_BRIEF


def transactions(way: Way, folder: Path) -> int:
    """How many transactions the undisturbed way takes."""
    folder.mkdir()
    counted = 0

    class CountingStore(Store):
        def write(self, work: Callable[[Tables], T]) -> T:
            nonlocal counted
            counted += 1
            return super().write(work)

    store = CountingStore(folder / "test.db")
    way(store, folder, 0)
    store.close()
    return counted


@pytest.mark.parametrize("way", [run_the_way, run_to_the_brief], ids=["page", "brief"])
@pytest.mark.parametrize("after_commit", [False, True], ids=["before", "after"])
def test_killed_at_every_transaction(tmp_path: Path, way: Way, after_commit: bool) -> None:
    total = transactions(way, tmp_path / "undisturbed")
    assert total >= 10
    for at in range(1, total + 1):
        folder = tmp_path / str(at)
        folder.mkdir()
        status = in_a_child(partial(die_on_the_way, way, folder, at, after_commit))
        assert status == DIED
        # A page that was sent and not yet marked so is sent again: at least once.
        assert_nothing_lost(way, folder, repeated=1)


@pytest.mark.parametrize(
    ("way", "send"),
    [
        (way, send)
        for way in (run_the_way, run_to_the_brief)
        for send in range(1, sum(expected(way).values()) + 1)
    ],
)
def test_killed_right_after_the_provider_took_the_message(tmp_path: Path, way: Way, send: int) -> None:
    status = in_a_child(lambda: way(Store(tmp_path / "test.db"), tmp_path, send))
    assert status == DIED
    assert_nothing_lost(way, tmp_path, repeated=1)
