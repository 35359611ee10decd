"""The loop: what fails rests and is told, what hangs holds up nothing else, and nothing ends the daemon but its signal."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import pytest

from monitor import rules
from monitor.daemon import Daemon
from monitor.errors import SourceError, StoreError
from monitor.model import Classification
from monitor.store import Store, Tables
from tests.monitor.scripted import (
    FakeClock,
    ScriptedChannel,
    ScriptedClassifier,
    ScriptedSource,
    config,
    mention,
    parts,
)

T = TypeVar("T")


class World:
    def __init__(self, folder: Path) -> None:
        self.clock = FakeClock()
        self.store = Store(folder / "test.db")
        self.source = ScriptedSource()
        self.email, self.sms = ScriptedChannel(), ScriptedChannel("sms", "sms")
        self.parts = parts(self.store, config(folder), self.source, self.email, self.sms, self.clock)
        self.daemon = Daemon(self.parts, lambda: None, 60)
        self.parts_started = False

    def ticks(self, number: int = 3) -> None:
        """Some ticks, each waiting for what it started."""
        if not self.parts_started:
            self.daemon._pipeline.schedule(self.clock.now())
            self.parts_started = True
        for _ in range(number):
            self.daemon._guarded("tick", self.daemon.tick)
            for future in list(self.daemon._in_flight.values()):
                future.result(timeout=60)

    def hot(self) -> None:
        self.source.mentions.append(mention(1, at=self.clock.now()))
        self.source.counters["1"] = 60


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.daemon.stop(grace=60)
    made.store.close()


def test_ticks_bring_a_hot_complaint_to_its_page(world: World) -> None:
    world.hot()
    world.ticks(4)
    assert len(world.email.sent) == 1
    assert world.daemon.health()[0]


def test_a_store_that_refuses_neither_pages_nor_polls_again_and_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.hot()
    original = Store.write
    refused: list[str] = []

    def write(store: Store, work: Callable[[Tables], T]) -> T:
        if world.email.sent:
            refused.append("x")
            raise StoreError("the disk is full")
        return original(store, work)

    monkeypatch.setattr(Store, "write", write)
    world.ticks(12)
    assert refused
    assert len(world.email.sent) == 1
    assert any("disk is full" in problem for problem in world.daemon.health()[1]["problems"])
    # The disk has room again: what the provider took is marked, and not sent once more.
    monkeypatch.setattr(Store, "write", original)
    world.daemon._troubles.clear()
    world.ticks(4)
    assert len(world.email.sent) == 1
    assert world.store.read.outbox.pending() == 0
    assert world.daemon.health()[0]


def test_a_read_that_fails_does_not_end_the_loop(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.hot()

    def broken(_: Store) -> Tables:
        raise sqlite3.OperationalError("disk I/O error")

    with monkeypatch.context() as patched:
        patched.setattr(Store, "read", property(broken))
        world.daemon._guarded("tick", world.daemon.tick)
    world.ticks(4)
    assert len(world.email.sent) == 1


def test_a_classifier_that_fails_rests_while_escalation_goes_on(world: World) -> None:
    world.hot()
    world.ticks(4)
    classifier = world.parts.classifier
    assert isinstance(classifier, ScriptedClassifier)
    calls: list[int] = []

    def fail(texts: object) -> list[Classification]:
        calls.append(1)
        raise SourceError("the model is gone")

    classifier.classify = fail  # type: ignore[method-assign]
    world.source.mentions.append(mention(2, at=world.clock.now()))
    world.clock.forward(minutes=11)
    world.ticks(6)
    assert len(calls) == 1
    assert [address for address, _, _ in world.email.sent] == ["first@example.org", "second@example.org"]
    ok, figures = world.daemon.health()
    assert not ok
    assert "classify: the model is gone" in figures["problems"]


def test_a_mention_that_breaks_the_rules_costs_only_itself(world: World) -> None:
    ancient = mention("old", at=world.clock.now().replace(year=1, month=1, day=1))
    world.source.mentions.append(ancient)
    world.hot()
    world.ticks(5)
    assert len(world.email.sent) == 1
    assert world.store.read.mentions.waiting() == 0


def test_platforms_that_hang_hold_up_no_page(world: World) -> None:
    world.hot()
    world.ticks(1)
    release = threading.Event()
    for number in range(8):
        world.daemon._in_flight[f"hang {number}"] = world.daemon._pollers.submit(lambda: release.wait(60))
    try:
        for _ in range(4):
            world.daemon.tick()
            for name, future in list(world.daemon._in_flight.items()):
                if not name.startswith(("hang", "poll", "read", "retention")):
                    future.result(timeout=60)
        assert len(world.email.sent) == 1
    finally:
        release.set()


def test_one_pass_ends_when_the_store_refuses(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.source.mentions = [mention(n) for n in range(9)]

    def refuse(_: Store, work: object) -> None:
        raise StoreError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(Store, "write", refuse)
        assert not world.daemon.run_once()


def test_a_decision_that_goes_on_failing_is_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "decide", lambda *_: 1 / 0)
    world.hot()
    world.ticks(4)
    ok, figures = world.daemon.health()
    assert (ok, figures["set_aside"]) == (True, 1)
    for _ in range(2):
        world.clock.forward(minutes=1)
        world.ticks(1)
    ok, figures = world.daemon.health()
    assert not ok
    assert figures["problems"] == ["decide 1: ZeroDivisionError (see the log) (3 failures in a row)"]


def test_a_revoked_token_is_told_at_once(world: World) -> None:
    world.source.failures = [SourceError("the token was refused", permanent=True)]
    world.ticks(1)
    ok, figures = world.daemon.health()
    assert not ok
    assert "the token was refused" in figures["problems"][0]
    job = world.store.read.jobs.get("poll x")
    assert job is not None
    assert job.due_at - world.clock.now() >= timedelta(minutes=15)


def test_a_stream_that_lives_again_is_no_trouble_any_more(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened, release = threading.Event(), threading.Event()

    def listen(*_: object) -> None:
        opened.set()
        assert release.wait(60)

    monkeypatch.setattr(world.source, "listens", True, raising=False)
    monkeypatch.setattr(world.source, "listen", listen, raising=False)
    now = world.clock.now()
    world.store.write(lambda tables: tables.jobs.ensure("listen x", now))
    world.store.write(lambda tables: tables.jobs.failed("listen x", "silent", 3, now))
    assert world.daemon.health()[1]["problems"] == ["listen x: silent (3 failures in a row)"]
    try:
        world.daemon.tick()
        assert opened.wait(60)
        assert world.daemon.health()[0]
    finally:
        release.set()


def test_an_alarm_of_the_watch_is_no_health(world: World) -> None:
    row = world.store.write(lambda tables: tables.alarms.see("disk", "it is full", world.clock.now()))
    ok, figures = world.daemon.health()
    assert (ok, figures["alarms"]) == (False, {"disk": "it is full"})
    world.store.write(lambda tables: tables.alarms.end(row.id, world.clock.now()))
    assert world.daemon.health()[0]


def test_paging_goes_on_while_a_platform_that_hangs_is_left(world: World) -> None:
    world.hot()
    world.ticks(1)
    release, begun = threading.Event(), threading.Event()

    def hang() -> bool:
        begun.set()
        return release.wait(60)

    world.daemon._polls["hang"] = world.daemon._pollers.submit(hang)
    assert begun.wait(60)
    rounds: list[int] = []

    def ended() -> bool:
        rounds.append(1)
        if world.email.sent:
            release.set()
        return len(rounds) > 50

    world.daemon.leave(ended)
    assert len(world.email.sent) == 1
    assert world.daemon._polls["hang"].done()
    # Nothing is polled any more.
    polled = world.store.read.mentions.count()
    world.source.mentions.append(mention(2, at=world.clock.now()))
    world.clock.forward(hours=1)
    world.daemon.tick()
    assert world.daemon.stop(grace=60)
    assert world.store.read.mentions.count() == polled


def test_the_supervisor_hears_of_each_tick_and_of_none_that_failed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticks: list[int] = []
    world.daemon._alive = lambda: ticks.append(1)
    world.ticks(3)
    assert len(ticks) == 3

    def broken(_: Store) -> Tables:
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(Store, "read", property(broken))
    world.daemon._guarded("tick", world.daemon.tick)
    assert len(ticks) == 3


def test_a_channel_that_hangs_holds_up_no_other(world: World) -> None:
    world.hot()
    answered, hanging = threading.Event(), threading.Event()

    def hang() -> None:
        hanging.set()
        assert answered.wait(60)

    world.email.after_send = hang
    world.daemon._pipeline.schedule(world.clock.now())
    try:
        for _ in range(4):
            world.daemon._guarded("tick", world.daemon.tick)
            for name, future in list(world.daemon._in_flight.items()):
                if name != "dispatch email":
                    future.result(timeout=60)
        assert hanging.wait(60)
        assert len(world.sms.sent) == 1
        assert not world.daemon._in_flight["dispatch email"].done()
    finally:
        answered.set()
    world.daemon._in_flight["dispatch email"].result(timeout=60)
    assert world.store.read.outbox.pending() == 0


def test_what_was_cancelled_before_it_began_is_not_waited_for(world: World) -> None:
    release, begun = threading.Event(), threading.Event()

    def hold() -> bool:
        begun.set()
        return release.wait(60)

    workers = world.daemon._workers
    for number in range(workers._max_workers + 1):
        world.daemon._in_flight[f"held {number}"] = workers.submit(hold)
    assert begun.wait(60)
    assert not world.daemon.stop(grace=0)
    release.set()
    assert world.daemon.stop(grace=60)
    assert any(future.cancelled() for future in world.daemon._in_flight.values())
