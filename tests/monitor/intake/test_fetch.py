"""What comes in: lanes, budgets, holes that are filled, streams, other programs."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Event

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.blind import FILL_BACK
from monitor.errors import InputError, SourceError
from monitor.intake import budget
from monitor.intake.fetch import FILL_EVERY, NO_ROOM, PAGES_A_FILL, STEADY
from monitor.model import Batch, Billed, Deleted, Interval, Mention, MentionKey
from monitor.pipeline import Pipeline
from monitor.ports import Clock, Source
from monitor.settings import SourceSettings
from monitor.store import Store, Tables
from tests.monitor.scripted import NOON, FakeClock, config, mention, one_pass, parts

MINUTE = timedelta(minutes=1)
PAGE = 3


class Paid(Source):
    """Newest first, in two lanes, a dollar a post; the cursor is JSON. The n-th post was written at minute n after NOON."""

    name = "x"
    lanes: Sequence[str] = ("search", "mentions")
    price = 1.0
    least_room = 1

    def __init__(self) -> None:
        self.posts: dict[str, list[int]] = {lane: [] for lane in self.lanes}
        self.failing: set[str] = set()
        self.rooms: list[int | None] = []
        self.shows_again = True

    def poll(self, cursor: str | None, now: datetime, lane: str = "", room: int | None = None) -> Batch:
        if lane in self.failing:
            raise SourceError(f"x: {lane} is down")
        self.rooms.append(room)
        state = json.loads(cursor or '{"since": -1}')
        found = [n for n in self.posts[lane] if state["since"] < n < state.get("until", 10**9)]
        page = sorted(found, reverse=True)[: min(PAGE, room or PAGE)]
        more = len(found) > len(page)
        newest = state.get("newest", max(page, default=state["since"]))
        cursor = (
            json.dumps(state | {"until": page[-1], "newest": newest})
            if more
            else json.dumps({"since": newest})
        )
        end = at(state["until"]) if "until" in state else now
        begin = at(page[-1]) if more else at(state["since"])
        return Batch(
            mentions=tuple(post(lane, n) for n in page),
            cursor=cursor,
            more=more,
            covered=(Interval(min(begin, end), end),),
            billed=tuple(Billed(f"post {n}", 1.0) for n in page),
        )

    def leave(self, cursor: str, now: datetime, lane: str = "") -> Batch:
        state = json.loads(cursor)
        if "until" not in state:
            return Batch(cursor=cursor)
        lost = Interval(at(state["since"]), at(state["until"]), complete=False, note="budget used up")
        return Batch(cursor=json.dumps({"since": state["newest"]}), covered=(lost,))

    def reopen(self, lane: str, start: datetime, end: datetime, now: datetime) -> str | None:
        since, until = ((each - NOON) // MINUTE for each in (start, end))
        return json.dumps({"since": since, "until": until, "newest": since}) if self.shows_again else None

    def check(self) -> str:
        return "paid"


def _cover(lane: str, lost: list[Interval], tables: Tables) -> None:
    tables.sources.cover(lane, lost)


def at(number: int) -> datetime:
    return NOON + number * MINUTE


def post(lane: str, number: int) -> Mention:
    return mention(number, f"Kestrel {lane} {number}", at(number))


class World:
    def __init__(self, folder: Path, source: Source, **limits: object) -> None:
        self.store = Store(folder / "test.db")
        self.clock = FakeClock()
        settings = config(folder)
        table = settings.sources["x"].model_copy(update=limits)
        settings = settings.model_copy(update={"sources": {"x": table}})
        self.parts = parts(self.store, settings, source, clock=self.clock)  # type: ignore[arg-type]
        self.pipeline = Pipeline(self.parts)
        self.pipeline.schedule(self.clock.now())

    def advance(self, **by: float) -> None:
        one_pass(self.pipeline, self.store, self.clock.forward(**by) if by else self.clock.now())

    @property
    def stored(self) -> set[int]:
        return {int(each.id) for each in self.store.read.mentions.records() if isinstance(each, Mention)}

    def failures(self, job: str) -> int:
        row = self.store.read.jobs.get(job)
        assert row is not None
        return row.failures


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., World]]:
    made: list[World] = []

    def one(source: Source, **limits: object) -> World:
        made.append(World(tmp_path, source, **limits))
        return made[-1]

    yield one
    for world in made:
        world.store.close()


def test_each_lane_has_its_own_cursor_ledger_and_back_off(make: Callable[..., World]) -> None:
    source = Paid()
    world = make(source)
    source.posts = {"search": [1, 2, 3, 4, 5], "mentions": [6]}
    source.failing = {"mentions"}
    world.advance(minutes=10)
    assert world.stored == {1, 2, 3, 4, 5}
    assert (world.failures("poll x search"), world.failures("poll x mentions")) == (0, 1)
    assert [each.end for each in world.store.read.sources.coverage("x search")] == [world.clock.now()]
    assert world.store.read.sources.coverage("x mentions") == []
    source.failing = set()
    world.advance(minutes=10)
    assert world.stored == {1, 2, 3, 4, 5, 6}
    assert world.failures("poll x mentions") == 0


def test_a_lane_that_is_gone_is_polled_no_more(make: Callable[..., World]) -> None:
    source = Paid()
    world = make(source)
    world.advance(minutes=1)
    source.lanes = ("search",)
    world.advance(minutes=10)
    assert world.store.read.jobs.get("poll x mentions") is None
    assert world.store.read.jobs.get("poll x search") is not None


def test_no_post_is_bought_over_the_days_budget_and_what_waited_comes_the_next_day(
    make: Callable[..., World],
) -> None:
    source = Paid()
    world = make(source, dollars_per_day=4.0)
    source.lanes = ("search",)
    world.advance(minutes=1)
    source.posts["search"] = list(range(10, 20))
    world.advance(minutes=30)
    bill = world.store.read.sources.billed("x", world.clock.now())
    assert (bill.posts, bill.dollars) == (4, 4.0)
    assert world.stored == {19, 18, 17, 16}
    (gap,) = world.store.read.sources.gaps(NOON, NOON + timedelta(days=1))
    assert (gap.source, gap.interval.note, gap.interval.end) == ("x search", "budget used up", at(16))
    row = world.store.read.jobs.get("poll x search")
    assert row is not None
    assert (row.error, row.failures, row.due_at) == (NO_ROOM, 0, datetime(2026, 11, 2, tzinfo=UTC))
    # The next day begins with what is new; what was left is read from what the day so far has left over.
    source.posts["search"].append(800)
    world.clock.moment = datetime(2026, 11, 2, 1, 30, tzinfo=UTC)
    world.advance()
    assert world.stored == {19, 18, 17, 16, 800}
    world.advance(hours=17)
    assert world.stored == {19, 18, 17, 16, 800, 15, 14}
    world.clock.moment = datetime(2026, 11, 3, 23, 50, tzinfo=UTC)
    world.advance()
    assert world.stored == {*range(10, 20), 800} - {10}
    world.clock.moment = datetime(2026, 11, 4, 23, 50, tzinfo=UTC)
    world.advance()
    assert world.stored == {*range(10, 20), 800}
    assert world.store.read.sources.gaps(NOON, NOON + timedelta(days=9)) == []


def test_what_is_sent_twice_is_billed_once_a_utc_day(make: Callable[..., World]) -> None:
    world = make(Paid())
    billed = [Billed("post 1", 0.5), Billed("post 2", 0.25), Billed("post 1", 0.5)]
    for _ in range(2):
        world.store.write(lambda tables: tables.sources.bill("x", 3, billed, NOON))
    world.store.write(lambda tables: tables.sources.bill("x", 3, billed, NOON + timedelta(days=1)))
    bills = world.store.read.sources
    assert (bills.billed("x", NOON).posts, bills.billed("x", NOON).dollars) == (6, 0.75)
    assert bills.billed_between(NOON, NOON + timedelta(days=2))["x"].dollars == 1.5
    with closing(sqlite3.connect(world.store.path)) as db:  # what told them apart is kept for the day alone
        assert db.execute("SELECT count(*) FROM billed").fetchone() == (2,)


def test_a_hole_that_the_platform_no_longer_shows_stays_in_the_ledger(make: Callable[..., World]) -> None:
    source = Paid()
    source.shows_again = False
    world = make(source)
    lost = Interval(at(0), at(9), complete=False, note="budget used up")
    world.store.write(lambda tables: tables.sources.cover("x search", [lost]))
    world.advance()
    assert [gap.interval for gap in world.store.read.sources.gaps(at(0), at(9))] == [lost]
    asked = len(source.rooms)
    world.clock.forward(seconds=FILL_EVERY.total_seconds())
    world.store.write(lambda tables: tables.jobs.remove("poll x search"))
    world.store.write(lambda tables: tables.jobs.remove("poll x mentions"))
    world.advance()
    assert len(source.rooms) == asked


def test_a_hole_that_stays_open_is_tried_three_times(make: Callable[..., World]) -> None:
    class Blind(Paid):
        tried = 0

        def poll(self, cursor: str | None, now: datetime, lane: str = "", room: int | None = None) -> Batch:
            self.tried += cursor == "again"
            return Batch(cursor=cursor)

        def reopen(self, *_: object) -> str:
            return "again"

    source = Blind()
    world = make(source)
    lost = Interval(at(0), at(9), complete=False, note="limit of 1,000 results")
    world.store.write(lambda tables: tables.sources.cover("x search", [lost]))
    for _ in range(6):
        world.advance(seconds=FILL_EVERY.total_seconds())
    assert source.tried == 3


def test_a_hole_that_always_fails_holds_up_neither_others_nor_polling(make: Callable[..., World]) -> None:
    class Poisoned(Paid):
        def poll(self, cursor: str | None, now: datetime, lane: str = "", room: int | None = None) -> Batch:
            if cursor and json.loads(cursor).get("until") == 9:
                raise SourceError("x: the stored cursor can't be read", permanent=True)
            return super().poll(cursor, now, lane, room)

    source = Poisoned()
    world = make(source)
    source.posts = {"search": [2], "mentions": [7]}
    world.store.write(lambda tables: tables.sources.polled("x search", '{"since": 20}', NOON))
    world.store.write(lambda tables: tables.sources.polled("x mentions", '{"since": 20}', NOON))
    holes = {"x search": [(0, 4), (6, 9)], "x mentions": [(6, 8)]}
    for lane, stretches in holes.items():
        lost = [Interval(at(a), at(b), complete=False, note="missed") for a, b in stretches]
        world.store.write(partial(_cover, lane, lost))
    for _ in range(8):
        world.advance(seconds=FILL_EVERY.total_seconds() * 1.2)
    assert world.stored == {2, 7}
    (gap,) = world.store.read.sources.gaps(at(0), at(9))
    assert (gap.source, gap.interval.start, gap.tries) == ("x search", at(6), 3)


def test_a_long_hole_is_filled_some_pages_at_a_time(make: Callable[..., World]) -> None:
    source = Paid()
    world = make(source)
    world.store.write(lambda tables: tables.sources.polled("x search", '{"since": 100}', NOON))
    source.posts["search"] = list(range(1, 2 * PAGE * PAGES_A_FILL))
    lost = [Interval(at(0), at(50), complete=False, note="missed")]
    world.store.write(lambda tables: tables.sources.cover("x search", lost))
    world.advance(minutes=100)
    assert len(world.stored) == PAGE * PAGES_A_FILL
    job = world.store.read.jobs.get("fill x search")
    assert job is not None
    assert job.due_at == world.clock.now()
    # Meanwhile it grows; what was read stays known, and it ends.
    more = [Interval(at(50), at(51), complete=False, note="missed")]
    world.store.write(lambda tables: tables.sources.cover("x search", more))
    for _ in range(3):
        world.advance()
    assert world.stored == set(source.posts["search"])
    for _ in range(2):
        world.advance(seconds=FILL_EVERY.total_seconds())
    assert world.store.read.sources.gaps(NOON, NOON + timedelta(days=1)) == []


def test_after_one_hole_the_next_is_filled_at_once(make: Callable[..., World]) -> None:
    source = Paid()
    world = make(source)
    lost = [Interval(at(n), at(n + 1), complete=False, note="missed") for n in range(0, 40, 2)]
    world.store.write(lambda tables: tables.sources.polled("x search", '{"since": 100}', NOON))
    world.store.write(lambda tables: tables.sources.cover("x search", lost))
    world.advance(minutes=100)
    for _ in lost[1:]:
        world.advance()
    assert world.store.read.sources.gaps(NOON, NOON + timedelta(days=1)) == []


def test_of_a_hole_of_months_the_last_week_is_filled(make: Callable[..., World]) -> None:
    source = Paid()
    world = make(source)
    world.store.write(lambda tables: tables.sources.polled("x search", '{"since": 200000}', NOON))
    source.posts["search"] = [5, 90_000]
    lost = [Interval(at(0), at(100_000), complete=False, note="the lane was gone")]
    world.store.write(lambda tables: tables.sources.cover("x search", lost))
    world.advance(minutes=100_000)
    world.advance(hours=1)
    assert world.stored == {90_000}
    (gap,) = world.store.read.sources.gaps(at(0), at(99_000))
    assert (gap.interval.start, gap.interval.end) == (at(0), at(100_000) - FILL_BACK)


class Radio(Paid):
    lanes = ()
    listens = True

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[Batch | SourceError | Callable[[], object]] = []

    def listen(self, keep: Callable[[Batch], None], stopping: Event, clock: Clock) -> None:
        for each in self.heard:
            if isinstance(each, SourceError):
                raise each
            if isinstance(each, Batch):
                keep(each)
            else:
                each()


def test_what_is_heard_is_stored_at_once_and_a_broken_stream_backs_off(make: Callable[..., World]) -> None:
    radio = Radio()
    world = make(radio)
    radio.heard = [Batch(mentions=(post("live", 1),)), SourceError("x: silent for 60 seconds")]
    for failures in (1, 2):
        world.pipeline.run_job("listen x", world.clock.now())
        assert world.stored == {1}
        assert world.failures("listen x") == failures
    radio.heard.insert(0, lambda: world.clock.forward(seconds=STEADY.total_seconds()))
    world.pipeline.run_job("listen x", world.clock.now())
    assert world.failures("listen x") == 1


def test_a_stream_ends_with_the_days_budget_and_comes_back_at_midnight(make: Callable[..., World]) -> None:
    radio = Radio()
    world = make(radio, dollars_per_day=2.0)
    radio.heard = [
        Batch(mentions=(post("live", n),), billed=(Billed(f"post {n}", 1.0),)) for n in range(1, 6)
    ]
    midnight = datetime(2026, 11, 2, tzinfo=UTC)
    for _ in range(2):  # also after a restart that made it due
        world.pipeline.run_job("listen x", world.clock.now())
        assert world.stored == {1, 2}
        job = world.store.read.jobs.get("listen x")
        assert job is not None
        assert (job.error, job.failures, job.due_at) == (NO_ROOM, 0, midnight)
    del radio.heard[:2]
    world.clock.moment = midnight
    world.advance()
    assert world.stored == {1, 2, 3, 4}
    assert world.store.read.sources.billed("x", midnight).dollars == 2.0


def test_a_stream_that_breaks_with_room_left_backs_off(make: Callable[..., World]) -> None:
    radio = Radio()
    world = make(radio, posts_per_day=2)
    radio.heard = [Batch(mentions=(post("live", 1),)), SourceError("x: silent for 60 seconds")]
    world.advance()
    assert (world.stored, world.failures("listen x")) == ({1}, 1)


class Door(Paid):
    lanes = ()

    def receive(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Batch:
        if headers.get("key") != "right":
            raise SourceError("x: the signature is not right", permanent=True)
        if not body:
            raise InputError("nothing")
        return Batch(mentions=(post("told", int(body)),), deleted=(Deleted("x", "9", now),))


def test_another_program_tells(make: Callable[..., World]) -> None:
    world = make(Door())
    told = world.pipeline.fetcher.receive
    assert told("x", {"key": "right"}, b"1", NOON) == 1
    assert told("x", {"key": "right"}, b"1", NOON) == 0
    assert told("y", {"key": "right"}, b"2", NOON) is None
    with pytest.raises(SourceError):
        told("x", {}, b"2", NOON)
    with pytest.raises(InputError):
        told("x", {"key": "right"}, b"", NOON)
    assert world.stored == {1}
    assert not world.store.read.mentions.is_live(MentionKey("x", "9"))


def test_from_where_all_is_about_the_brand_a_text_need_not_name_it(make: Callable[..., World]) -> None:
    for about_brand in (False, True):
        source = Paid()
        source.about_brand = about_brand
        world = make(source)
        world.store.write(lambda tables: tables.mentions.add([mention(1, "the app lost my parcel")], NOON))
        world.advance()
        assert world.store.read.stories.count() == about_brand
        world.store.write(lambda tables: tables.mentions.purge(before=NOON + timedelta(days=9), limit=9))


@given(
    st.one_of(st.none(), st.integers(1, 100)),
    st.one_of(st.none(), st.integers(1, 100)),
    st.integers(1, 20),
    st.integers(0, 150),
    st.sampled_from([0.0, 0.005, 0.015]),
)
def test_a_day_never_costs_more_than_its_limits(
    posts: int | None, dollars: int | None, page: int, first: int, price: float
) -> None:
    limits = SourceSettings(type="x", posts_per_day=posts, dollars_per_day=dollars)
    brought, spent = 0, 0.0
    for _ in range(100):
        room = budget.room(limits, price, brought, spent)
        assert (room is None) == (posts is None and (dollars is None or not price))
        bought = page if room is None else min(page, room)
        brought, spent = brought + bought, spent + bought * price
    assert posts is None or brought <= posts
    assert dollars is None or spent <= dollars + 0.001 * price
    if posts is not None and not price and 100 * page >= posts:
        assert brought == posts  # and nothing of it is left


@given(st.datetimes(timezones=st.just(UTC), max_value=datetime(9990, 1, 1)))  # noqa: DTZ001
def test_the_day_ends_at_midnight_in_utc(now: datetime) -> None:
    ends = budget.midnight(now)
    assert timedelta(0) < ends - now <= timedelta(days=1)
    assert (ends.hour, ends.minute, ends.second, ends.microsecond) == (0, 0, 0, 0)
    assert 0 <= budget.day_gone(now) < 1
