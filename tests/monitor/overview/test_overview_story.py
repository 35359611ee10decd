"""A story as data: pages that leave nothing out, curves, voices, platforms, and what was done."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.config import Config
from monitor.errors import InputError
from monitor.model import Author, Deleted, Forecast, Mention, MentionKey
from monitor.overview import story as stories
from monitor.overview.story import Page, Point, audit, curve, posts, story_lines, story_view, thinned, voices
from monitor.paging import respond
from monitor.pipeline import Pipeline
from monitor.store import Store, Tables
from monitor.store.story_pages import Order, Which
from monitor.stories import OPEN_FOR, Candidate
from tests.monitor.scripted import NOON, ScriptedSource, config, mention, one_pass, parts, reading

ORDERS: tuple[Order, ...] = ("newest", "first", "spread")
VECTOR = np.array([1.0, 0.0], dtype=np.float32)

T = TypeVar("T")


class World:
    """One story of many posts on two sources, some of the same second, and others of one post."""

    def __init__(self, folder: Path) -> None:
        self.store = Store(folder / "test.db")
        self.config = config(folder)
        self.posts = [self._post(number) for number in range(23)]
        self.story = self.put(self.posts)

    @staticmethod
    def _post(number: int) -> Mention:
        source = "x" if number % 3 else "reddit"
        author = Author(f"a{number % 7}", f"user{number % 7}", followers=1_000 * (number % 7) or None)
        made = mention(number, f"post {number}", NOON + timedelta(minutes=number // 4))
        return replace(made, source=source, author=author)

    def put(self, told: list[Mention]) -> int:
        """A story of them; its number."""

        def work(tables: Tables) -> int:
            tables.mentions.add(told, NOON)
            first, *rest = told
            number = tables.stories.open(first, VECTOR).id
            for each in rest:
                tables.stories.join(number, each)
            return number

        return self.store.write(work)

    def forecast(self, key: MentionKey, count: int, p: float) -> None:
        said = Forecast(NOON, count, 500, p, 900.0, 600.0, 1400.0, NOON + timedelta(hours=1))
        self.store.write(lambda tables: tables.mentions.assessed(key, said, None, 0))

    @property
    def read(self) -> Tables:
        return self.store.read


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.store.close()


def every(page: Callable[[str | None], Page[T]]) -> list[T]:
    """All items of a list, page by page; no page but the last is short of anything."""
    found: list[T] = []
    after: str | None = None
    while True:
        shown = page(after)
        found += shown.items
        if shown.after is None:
            return found
        assert shown.items
        after = shown.after


@pytest.mark.parametrize("limit", [1, 2, 5, 22, 23, 24])
@pytest.mark.parametrize("order", ORDERS)
def test_pages_show_each_post_once(world: World, order: Order, limit: int) -> None:
    for number in (3, 4, 8):
        world.forecast(world.posts[number].key, 10 * number, number / 10)
    found = every(lambda after: posts(world.read, world.config, world.story, order, after, limit))
    keys = [each.post.mention.key for each in found]
    assert sorted(keys) == sorted(each.key for each in world.posts)
    times = [each.post.mention.created_at for each in found]
    if order == "spread":
        assert keys[:3] == [world.posts[number].key for number in (8, 4, 3)]
    else:
        assert times == sorted(times, reverse=order == "newest")


def test_what_is_gone_is_not_shown(world: World) -> None:
    gone = world.posts[5]
    world.store.write(lambda tables: tables.mentions.delete([Deleted(*gone.key, NOON)]))
    found = every(lambda after: posts(world.read, world.config, world.story, "newest", after, 5))
    assert gone.key not in [each.post.mention.key for each in found]
    assert curve(world.read, world.config, world.story, gone.key) is None
    view = story_view(world.read, world.config, world.story, NOON)
    assert view is not None
    assert view.volume.posts == 22


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("after", ["x", "-1", "1 2", "99999999999999999999", "²"])
def test_a_page_that_nobody_gave_out_is_refused_or_empty(world: World, order: Order, after: str) -> None:
    """Never an error of the database."""
    with suppress(InputError):
        posts(world.read, world.config, world.story, order, after)


@given(st.text(max_size=40))
def test_no_cursor_breaks_a_list(text: str) -> None:
    for ask in (story_lines_of, audit_of):
        with suppress(InputError):  # and nothing else
            ask(text)


@pytest.fixture(scope="module", autouse=True)
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    SHARED.append(World(tmp_path_factory.mktemp("shared")))
    yield
    SHARED.pop().store.close()


SHARED: list[World] = []


def story_lines_of(after: str) -> object:
    return story_lines(SHARED[0].read, SHARED[0].config, NOON, "all", after)


def audit_of(after: str) -> object:
    return audit(SHARED[0].read, SHARED[0].story, after)


def test_platforms_in_the_order_in_which_they_were_reached(world: World) -> None:
    world.forecast(world.posts[1].key, 40, 0.2)
    world.forecast(world.posts[2].key, 60, 0.2)
    view = story_view(world.read, world.config, world.story, NOON)
    assert view is not None
    assert [(each.source, each.posts, each.spread, each.largest) for each in view.platforms] == [
        ("reddit", 8, 0, 0),
        ("x", 15, 100, 60),
    ]
    assert view.platforms[1].first == NOON
    assert view.volume == world.read.stories.volume(world.story, NOON, stories.HOUR)
    assert view.lead is not None
    assert view.lead.mention.key == world.posts[2].key
    assert view.case is not None
    assert (view.case.posts, view.case.severity) == (23, "info")


def test_voices_by_followers_each_once_with_the_post_that_spread_furthest(world: World) -> None:
    author = [each for each in world.posts if each.author.id == "a6" and each.source == "x"]
    world.forecast(author[1].key, 70, 0.1)
    found = voices(world.read, world.story, 3)
    assert [each.author.followers for each in found] == [6000, 6000, 5000]
    loudest = next(each for each in found if each.post.source == "x" and each.author.id == "a6")
    assert (loudest.post.key, loudest.count, loudest.posts) == (author[1].key, 70, len(author))


def test_stories_page_by_page_by_their_newest_post(world: World) -> None:
    numbers = [world.put([mention(f"s{each}", at=NOON - timedelta(minutes=each // 2))]) for each in range(7)]
    world.store.write(lambda tables: tables.stories.close(numbers[3], NOON))
    late = NOON + OPEN_FOR

    def listed(which: Which, now: datetime = NOON) -> list[int]:
        return [
            each.story.id
            for each in every(lambda after: story_lines(world.read, world.config, now, which, after, 2))
        ]

    everyone = [world.story, *(numbers[each] for each in (1, 0, 3, 2, 5, 4, 6))]
    assert listed("all") == everyone
    assert listed("open") == [each for each in everyone if each != numbers[3]]
    assert listed("over") == [numbers[3]]
    assert listed("over", late + timedelta(hours=1)) == everyone
    (line,) = [
        each for each in story_lines(world.read, world.config, NOON).items if each.story.id == world.story
    ]
    assert (line.posts, line.sources, line.alert) == (23, ("reddit", "x"), None)


def test_a_story_that_is_part_of_another_is_that_one(world: World) -> None:
    other = world.put([mention("other")])

    one, two = (
        Candidate(number, VECTOR, count, NOON, NOON + timedelta(minutes=5))
        for number, count in ((world.story, 23), (other, 1))
    )
    world.store.write(lambda tables: tables.moves.merge(one, two, "they tell the same", NOON))
    view = story_view(world.read, world.config, other, NOON)
    assert view is not None
    assert (view.story.id, view.merged_from) == (world.story, other)
    (done,) = audit(world.read, world.story).items
    assert (done.of, done.what, done.code, done.note) == (
        "story",
        "merge",
        str(other),
        "1 posts: they tell the same",
    )


def test_there_is_no_story_of_that_number(world: World) -> None:
    assert story_view(world.read, world.config, 999, NOON) is None


def test_the_curve_its_threshold_its_forecast_and_what_happened(tmp_path: Path) -> None:
    store, settings = Store(tmp_path / "test.db"), config(tmp_path)
    source = ScriptedSource([mention(1)])
    source.counters = {"1": 60}
    made = parts(store, settings, source)
    pipeline = Pipeline(made)
    pipeline.schedule(NOON)
    one_pass(pipeline, store, NOON)
    respond.acknowledge(store, "1", "First", NOON + timedelta(minutes=2))
    for minute, count in ((10, 200), (20, 520), (30, 700)):
        at = NOON + timedelta(minutes=minute)
        store.write(lambda tables, at=at, count=count: tables.mentions.add_readings([reading(1, count, at)]))  # type: ignore[misc]
    found = curve(store.read, settings, 1)
    assert found is not None
    assert [each.spread for each in found.points] == [60, 200, 520, 700]
    assert found.viral_at == 500
    assert found.crossed_at == NOON + timedelta(minutes=20)
    assert found.forecast is not None
    assert [each.what for each in found.marks] == ["paged", "acknowledged"]
    view = story_view(store.read, settings, 1, NOON)
    assert view is not None
    assert view.alert is not None
    assert view.alert.holder == "First"
    rows = every(lambda after: audit(store.read, 1, after, 1))
    assert [each.what for each in rows] == [each.what for each in audit(store.read, 1).items]
    assert {each.what for each in rows} >= {"opened", "paged", "acknowledged"}
    store.close()


@given(st.lists(st.integers(0, 10**6), max_size=500), st.integers(2, 200))
def test_thinned_keeps_the_first_and_the_last(counts: list[int], most: int) -> None:
    points = [Point(NOON + timedelta(minutes=n), count) for n, count in enumerate(counts)]
    kept = thinned(points, most)
    assert len(kept) == min(len(points), most)
    assert list(kept) == sorted(set(kept), key=lambda each: each.at)
    if points:
        assert (kept[0], kept[-1]) == (points[0], points[-1])


ASKED: dict[str, Callable[[Tables, Config], object]] = {
    "view": lambda tables, config: story_view(tables, config, 1, NOON),
    **{
        f"posts, {order}": lambda tables, config, order=order: posts(tables, config, 1, order)  # type: ignore[misc]
        for order in ORDERS
    },
    "voices": lambda tables, _: voices(tables, 1),
    "audit": lambda tables, _: audit(tables, 1),
    "curve": lambda tables, config: curve(tables, config, 1),
}


@pytest.mark.parametrize("ask", ASKED.values(), ids=ASKED)
def test_a_story_goes_by_indexes(world: World, ask: Callable[[Tables, Config], object]) -> None:
    tables, statements = world.read, list[str]()
    connection = tables.alerts._db.conn
    connection.set_trace_callback(statements.append)
    ask(tables, world.config)
    connection.set_trace_callback(None)
    plan = [row[3] for each in statements for row in connection.execute(f"EXPLAIN QUERY PLAN {each}")]
    assert plan
    small = "told|ended|sources|coverage|jobs|rota|filled|silences|\\(subquery-\\d+\\)"
    assert [step for step in plan if re.fullmatch(rf"SCAN (?!{small}|sqlite_master)\w+", step)] == []
