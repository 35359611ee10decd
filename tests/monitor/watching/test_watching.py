"""The watch of the watch over the store: alarms begin, are told, and end; test pages; the heartbeat."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from pydantic import ValidationError
from structlog.testing import capture_logs

from monitor.pipeline import Pipeline
from monitor.sections import WatchSettings
from monitor.store import Store, Tables
from monitor.watching import watcher as watching
from monitor.watching.drills import Drills, channels_of
from monitor.watching.heartbeat import Heart
from tests.monitor.scripted import FakeClock, ScriptedSource, config, mention, parts

PEOPLE = [
    {"name": "First", "contacts": {"email": "first@example.org", "sms": "+442079460001"}},
    {"name": "Second", "contacts": {"email": "second@example.org"}},
]
MONDAY = datetime(2026, 11, 2, 9, 59, tzinfo=UTC)


class World:
    """A source that is polled, two people on call, and a disk, a wall clock and a steady one to play with."""

    def __init__(self, store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch, **changes: Any) -> None:
        live = {"sources": {"x": {"type": "hackernews"}}}
        self.store, self.clock = store, FakeClock(MONDAY)
        self.config = config(folder, **(live | changes))
        self.parts = parts(store, self.config, ScriptedSource(), clock=self.clock)
        self.free, self.skew, self.passed = 10**12, 0.0, 0.0
        monkeypatch.setattr(
            shutil,
            "disk_usage",
            lambda _: type("Usage", (), {"free": self.free}),
        )
        self.restart()
        store.write(lambda tables: tables.jobs.ensure("watch", MONDAY))

    def restart(self) -> None:
        self.watcher = watching.Watcher(self.parts, lambda: self.passed + self.skew, lambda: self.passed)

    def look(self, minutes: int = 0, step: int = 1) -> list[tuple[str, str, str]]:
        """What is queued anew, after so many minutes, every `step` of which somebody looked."""
        known = {row["id"] for row in self.rows()}
        for _ in range(minutes // step):
            self.clock.forward(minutes=step)
            self.passed += 60 * step
            self.watcher.run(self.clock.now())
        if not minutes:
            self.watcher.run(self.clock.now())
        return [(row["person"], row["channel"], row["kind"]) for row in self.rows() if row["id"] not in known]

    def rows(self) -> list[dict[str, Any]]:
        return self.store.write(
            lambda tables: list(tables.alarms._db.query("SELECT * FROM deliveries ORDER BY id"))
        )

    def send(self, state: str = "sent", error: str | None = None, channel: str = "%") -> None:
        """What is pending was tried."""
        at = f"{self.clock.now():%Y-%m-%dT%H:%M:%S.%f}Z"
        self.store.write(
            lambda tables: tables.alarms._db.execute(
                """UPDATE deliveries SET state = ?, tried_at = ?, sent_at = ?, error = ?, attempts = 3
                   WHERE state = 'pending' AND channel LIKE ?""",
                [state, at, at if state == "sent" else None, error, channel],
            )
        )

    def open(self) -> list[str]:
        return [row.what for row in self.store.read.alarms.going_on()]


def watched(
    store: Store, numbers: range, every: timedelta, first: datetime, late: timedelta = timedelta(0)
) -> None:
    """Posts that came one by one, each so much later than it was written, and were understood."""

    def work(tables: Tables) -> None:
        for number in numbers:
            at = first + number * every
            tables.mentions.add([mention(number, at=at)], at + late)
        tables.alarms._db.execute("UPDATE mentions SET state = 'done'")

    store.write(work)


@pytest.fixture
def world(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return World(store, tmp_path, monkeypatch)


BY_ALL = [("First", "email", "page"), ("First", "sms", "page")]


def test_an_alarm_is_told_once_to_whoever_is_on_call_and_once_when_it_is_over(world: World) -> None:
    assert world.look() == []
    world.free = 0
    assert world.look(1) == BY_ALL
    assert world.look(60) == []
    world.send()
    world.free = 10**12
    assert world.look(9) == []
    assert world.open() == ["disk"]
    assert world.look(2) == [(person, channel, "over") for person, channel, _ in BY_ALL]
    assert world.open() == []


def test_an_alarm_that_comes_and_goes_mails_once_a_day_and_once_that_it_is_over(world: World) -> None:
    told = []
    for hour in range(30):
        for minute in range(0, 60, 3):
            # Bad and well by turns, an hour long; then well for an hour.
            world.free = 0 if hour % 2 == 0 and minute % 6 == 0 else 10**12
            told += world.look(3, step=3)
        world.send()
    assert [kind for _, _, kind in told] == ["page", "page", "over", "over", "page", "page", "over", "over"]


def test_an_alarm_that_lasts_is_told_once_a_day(world: World) -> None:
    world.free = 0
    world.look()
    assert world.look(24 * 60 - 9, step=9) == []
    assert world.look(8) == []
    assert world.look(1) == BY_ALL


def test_what_was_not_sent_before_it_was_over_is_not_sent(world: World) -> None:
    world.free = 0
    world.look()
    world.free = 10**12
    assert world.look(11) == []
    assert {row["state"] for row in world.rows()} == {"cancelled"}


def test_a_restart_neither_ends_nor_repeats_an_alarm(world: World) -> None:
    world.free = 0
    world.look()
    world.restart()
    assert world.look(1) == []
    assert world.open() == ["disk"]


def test_those_named_hear_of_it_in_place_of_who_is_on_call(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(store, tmp_path, monkeypatch, watch={"tell": ["Second"]})
    world.free = 0
    assert world.look() == [("Second", "email", "page")]


def test_quiet_hours_hold_an_alarm_unless_a_page_is_not_seen_because_of_it(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = {
        **PEOPLE[0],
        "quiet": {"start": "09:00", "end": "11:00"},
        "pages": {"warning": [{"by": ["email"]}, {"by": ["sms"], "after_minutes": 5}]},
    }
    world = World(store, tmp_path, monkeypatch, people=[first, PEOPLE[1]])
    world.free = 0
    assert world.look() == [("First", "email", "page")]
    (held,) = world.rows()
    assert held["due_at"].startswith("2026-11-02T11:00")
    assert "quiet hours" in held["held"]
    store.write(lambda tables: tables.mentions.add([mention(1)], world.clock.now()))
    assert world.look(11) == [("First", "email", "page")]
    assert "queue" in world.open()
    assert world.rows()[-1]["due_at"].startswith("2026-11-02T10:")


def test_a_channel_that_fails_is_told_by_another_one(world: World) -> None:
    world.free = 0
    world.look()
    world.send(channel="sms")
    world.look(1)
    world.send("failed", "email: the password was refused", channel="email")
    assert world.look(28) == []
    assert world.look(2) == [("First", "sms", "page")]
    row = world.store.read.alarms.going_on()[-1]
    assert (row.what, "to First fail since" in row.words) == ("channel email", True)


def test_a_message_that_is_sent_ends_the_trouble_of_its_channel(world: World) -> None:
    world.free = 0
    world.look()
    world.send("failed", "email: down", channel="email")
    world.look(60)
    assert "channel email" in world.open()
    world.look(24 * 60, step=9)  # told again
    world.send()
    world.look(11)
    assert "channel email" not in world.open()


HALF_HOUR = timedelta(minutes=30)


def hours_until_silent(world: World) -> int:
    """In which hour of no posts the alarm rings, where polling works."""
    world.store.write(lambda tables: tables.jobs.ensure("poll x", MONDAY))
    for hour in range(1, 48):
        for _ in range(3):
            world.look(20, step=5)
            now = world.clock.now()
            world.store.write(lambda tables, now=now: tables.jobs.succeeded("poll x", now, now))  # type: ignore[misc]
        if "silent x" in world.open():
            return hour
    return 0


def test_a_source_that_falls_silent(world: World) -> None:
    """Two posts an hour for four weeks, and then none."""
    watched(world.store, range(28 * 48), HALF_HOUR, MONDAY - timedelta(days=28))
    # e^(-0.4 · 2 · hours) · 336 · 52 < 1
    assert hours_until_silent(world) == 13
    back = mention("back", at=world.clock.now())
    world.store.write(lambda tables: tables.mentions.add([back], world.clock.now()))
    world.look(11)
    assert "silent x" not in world.open()


def test_posts_that_are_always_shown_late_are_not_missed_before(world: World) -> None:
    """The same, but each is shown seven hours after it was written: what is written from the beginning of the watch on is
    expected seven hours later."""
    late = timedelta(hours=7)
    watched(world.store, range(28 * 48 - 14), HALF_HOUR, MONDAY - timedelta(days=28), late)
    assert hours_until_silent(world) == 20


def test_history_that_was_imported_says_nothing_of_when_posts_come(world: World) -> None:
    posts = [mention(n, at=MONDAY - timedelta(days=28) + n * HALF_HOUR) for n in range(28 * 48)]
    world.store.write(lambda tables: tables.mentions.add(posts, MONDAY))
    world.store.write(lambda tables: tables.alarms._db.execute("UPDATE mentions SET state = 'done'"))
    assert hours_until_silent(world) == 0


def test_what_nobody_watched_is_not_silent(world: World) -> None:
    watched(world.store, range(28 * 48), HALF_HOUR, MONDAY - timedelta(days=28))
    world.look()
    world.clock.forward(days=2)
    world.restart()
    assert world.look() == []
    assert world.open() == []


def test_the_clock_is_set_forward_and_back(world: World) -> None:
    world.look(1)
    world.skew += 3600
    world.clock.forward(hours=1)
    world.look(1)
    (row,) = world.store.read.alarms.going_on()
    assert "forward by 60 minutes" in row.words
    # Back while it did not run.
    world.restart()
    world.clock.forward(hours=-1)
    assert "watch" in world.store.read.jobs.due(world.clock.now())
    world.look()
    (row,) = world.store.read.alarms.going_on()
    assert "back by 60 minutes" in row.words
    world.look(11)
    assert world.open() == []


def test_nobody_acknowledged_and_nobody_is_left(world: World) -> None:
    def work(tables: Tables) -> None:
        db = tables.alarms._db
        db.execute(
            "INSERT INTO stories (id, opened_at, updated_at, title, title_mention) VALUES (1, '', '', '', '')"
        )
        db.execute(
            """INSERT INTO alerts (id, story_id, state, severity, reason, opened_at, paged_at, posts, spread, sources,
                                   crossed)
               VALUES (1, 1, 'open', 'critical', '', '', '', 1, 1, 'x', 0)"""
        )
        for event in ("opened", "escalated", "nobody left"):
            tables.alerts.log(1, MONDAY, event)

    world.store.write(work)
    world.look()
    assert world.open() == ["alert 1"]
    world.store.write(lambda tables: tables.alerts.log(1, MONDAY, "reopened"))
    world.look(11)
    assert world.open() == []


def test_nobody_is_on_call(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    office = {"people": ["First"], "hours": ["10:00", "17:00"]}
    world = World(
        store,
        tmp_path,
        monkeypatch,
        rotations=[{"name": "office", "layers": [office]}],
        oncall={"order": ["office"], "fallback": "Second"},
    )
    assert world.look() == [("Second", "email", "page")]
    assert world.open() == ["nobody on call: office"]
    world.look(12)  # ten o'clock, and ten minutes
    assert world.open() == []


# --- test pages -------------------------------------------------------------------------------------------------------


@pytest.fixture
def drilled(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    far = {"name": "Second", "contacts": PEOPLE[1]["contacts"], "time_zone": "America/New_York"}
    first = {**PEOPLE[0], "pages": {"critical": [{"by": ["sms"], "after_minutes": 3}]}}
    reader = {"name": "Reader", "contacts": {"email": "reader@example.org"}}
    return World(
        store,
        tmp_path,
        monkeypatch,
        people=[first, far, reader],
        oncall={"order": ["First", "Second"], "test_day": "monday", "test_time": "10:00"},
    )


def due(world: World) -> datetime:
    row = world.store.read.jobs.get("drill")
    assert row is not None
    return row.due_at


def test_everybody_who_can_be_paged_gets_a_test_page_by_their_own_clock(drilled: World) -> None:
    pipeline = Pipeline(drilled.parts)
    pipeline.schedule(MONDAY)
    assert due(drilled) == MONDAY.replace(hour=10, minute=0)
    pipeline.run_job("drill", drilled.clock.forward(minutes=1))
    assert [(row["person"], row["channel"]) for row in drilled.rows()] == [("First", "sms")]
    assert due(drilled) == MONDAY.replace(hour=15, minute=0)
    pipeline.run_job("drill", drilled.clock.forward(hours=5))
    assert drilled.rows()[-1]["person"] == "Second"
    assert due(drilled) == MONDAY.replace(day=9, hour=10, minute=0)
    pipeline.schedule(drilled.clock.now())
    assert [drill.person for drill in drilled.store.read.drills.last()] == ["First", "Second"]


def test_a_test_page_that_is_late_waits_for_the_next_week(drilled: World) -> None:
    Pipeline(drilled.parts).schedule(MONDAY)
    Drills(drilled.parts).run(drilled.clock.forward(hours=2, minutes=2))
    assert drilled.rows() == []
    assert due(drilled) == MONDAY.replace(hour=15, minute=0)


def test_without_a_day_there_are_no_test_pages(world: World) -> None:
    world.store.write(lambda tables: tables.jobs.ensure("drill", MONDAY))
    Pipeline(world.parts).schedule(MONDAY)
    assert world.store.read.jobs.get("drill") is None


def test_a_test_page_that_was_missed_is_told_to_somebody_else(drilled: World) -> None:
    drilled.store.write(lambda tables: tables.drills.begin("First", MONDAY))
    assert drilled.look(19) == []
    assert drilled.look(1) == [("Second", "email", "page")]
    drilled.send()
    # Late is better than never.
    drilled.store.write(lambda tables: tables.drills.acknowledge(1, drilled.clock.now()))
    assert drilled.look(11) == [("Second", "email", "over")]


def test_a_test_page_that_was_acknowledged_is_not_missed(drilled: World) -> None:
    drilled.store.write(lambda tables: tables.drills.begin("First", MONDAY))
    drilled.store.write(lambda tables: tables.drills.acknowledge(1, MONDAY))
    assert drilled.look(60) == []


def test_all_contacts_where_no_way_for_critical_pages_is_named(world: World, drilled: World) -> None:
    assert channels_of(world.config.people[0]) == ["email", "sms"]
    assert channels_of(drilled.config.people[0]) == ["sms"]


def test_a_replayed_day_is_not_watched(store: Store, tmp_path: Path) -> None:
    Pipeline(parts(store, config(tmp_path), ScriptedSource())).schedule(MONDAY)
    assert store.read.jobs.get("watch") is None


# --- the heartbeat ----------------------------------------------------------------------------------------------------


@contextmanager
def outside(status: int) -> Iterator[tuple[str, list[str]]]:
    """A watcher that answers so; its address, and what was asked of it."""
    asked: list[str] = []

    class Watcher(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(status)
            self.send_header("Location", "/elsewhere")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Watcher) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/s3cret", asked
        server.shutdown()
        thread.join()


def test_the_heart_beats_while_all_is_well(store: Store) -> None:
    store.write(lambda tables: tables.jobs.ensure("heartbeat", MONDAY))
    well = [True]
    with outside(200) as (url, asked):
        heart = Heart(store, url, lambda: (well[0], {}))
        heart.beat(MONDAY)
        well[0] = False
        heart.beat(MONDAY + timedelta(minutes=1))
    assert asked == ["/s3cret"]
    row = store.read.jobs.get("heartbeat")
    assert row is not None
    assert row.due_at == MONDAY + timedelta(minutes=2)


@pytest.mark.parametrize(("status", "why"), [(500, "500"), (302, "302"), (0, "ConnectionError")])
def test_a_heartbeat_that_does_not_arrive_is_one_line_in_the_log(store: Store, status: int, why: str) -> None:
    store.write(lambda tables: tables.jobs.ensure("heartbeat", MONDAY))
    with outside(status or 200) as (url, asked), capture_logs() as logs:
        if not status:
            url = "http://127.0.0.1:9/s3cret"
        heart = Heart(store, url, lambda: (True, {}))
        for _ in range(5):
            heart.beat(MONDAY)
    assert set(asked) <= {"/s3cret"}  # not where it is sent on
    (line,) = logs
    assert why in line["why"]
    assert "s3cret" not in str(logs)
    row = store.read.jobs.get("heartbeat")
    assert row is not None
    assert row.failures == 0


@pytest.mark.parametrize("url", ["http://example.org/s3cret", "s3cret", "https:///s3cret"])
def test_the_heartbeat_goes_over_https(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("HEARTBEAT", url)
    with pytest.raises(ValidationError, match="https address") as caught:
        WatchSettings(heartbeat={"env": "HEARTBEAT"})
    assert "s3cret" not in str(caught.value)
