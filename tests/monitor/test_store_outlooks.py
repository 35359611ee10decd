"""What was said of a story: written with the decision, kept with the story, and without the post once that is erased."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlite_utils import Database

from monitor.errors import SnapwatchError
from monitor.model import Deleted
from monitor.outlook import Outlook
from monitor.pipeline import Pipeline
from monitor.spread import OVER
from monitor.store import Move, Store, Tables
from monitor.store.migrations import migrations
from monitor.store.outlooks import Outlooks
from monitor.store.values import to_text
from tests.monitor.scripted import KEY, NOON, ScriptedSource, mention, one_pass, parts
from tests.monitor.test_crash import DIED, DyingStore, in_a_child, settings
from tests.monitor.test_pipeline import World

SAID = Outlook(NOON, 0.4, 0.35, KEY, 40, 500, 300.0, 100.0, 900.0, NOON + timedelta(hours=2), sparse=True)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.store.close()


def said(world: World, story: int = 1) -> list[int]:
    """The spreads at which something was written down."""
    return [each.count for each in world.store.read.outlooks.of(story)]


def test_what_changes_is_written_when_it_is_said(world: World) -> None:
    world.hot(1, 3)
    world.advance()
    assert said(world) == []  # three in a hundred: nothing that anybody will ask about
    for reposts in (12, 13, 30, 60, 500, 700):
        world.source.counters["1"] = reposts
        world.advance(minutes=10)
    rows = world.store.read.outlooks.of(1)
    assert [each.count for each in rows] == [12, 30, 60, 500]
    assert [each.p_viral for each in rows] == pytest.approx([0.12, 0.3, 0.6, 1.0], abs=0.02)
    assert [each.at for each in rows] == [NOON + timedelta(minutes=n) for n in (10, 30, 40, 50)]
    assert {each.post for each in rows} == {KEY}
    assert [each.warns for each in rows] == [False, False, True, False]
    assert rows[0].page_at == world.parts.config.rules.page_at
    assert world.store.read.outlooks.whole(1)


def test_a_row_stands_beside_the_forecast_and_the_page_of_the_same_moment(world: World) -> None:
    world.hot(1, 60)
    world.advance()
    (row,) = world.store.read.outlooks.of(1)
    forecast = world.store.read.mentions.forecast(KEY)
    alert = world.store.read.alerts.of_story(1)
    assert forecast is not None
    assert alert is not None
    assert (row.at, row.count, row.high) == (forecast.at, forecast.count, forecast.high)
    assert row.at == alert.opened_at


def test_what_pages_for_another_reason_is_written_down_too(world: World) -> None:
    world.hot(1, 3, "My Kestrel parcel is on fire")
    world.advance()
    assert world.store.read.alerts.of_story(1) is not None
    assert said(world) == [3]


def test_a_decision_that_fails_writes_nothing_and_is_made_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise SnapwatchError("no")

    with monkeypatch.context() as broken:
        broken.setattr("monitor.store.alerts.Alerts.open", fails)
        world.hot(1, 60)
        world.advance()
        assert said(world) == []
    world.advance(hours=1)
    assert said(world) == [60]


def test_imported_history_is_no_outlook(world: World) -> None:
    world.hot(1, 700)
    world.clock.forward(seconds=(OVER + timedelta(hours=1)).total_seconds())
    world.advance()
    assert world.store.read.stories.count() == 1
    assert said(world) == []


def test_silenced_and_over_the_cap_it_is_written_all_the_same(tmp_path: Path) -> None:
    world = World(tmp_path, rules={"pages_per_shift": 1})
    for number in (1, 2):
        world.hot(number, 60, f"{'ab'[number - 1]} Kestrel parcel is lost")
    world.advance()
    assert len(world.store.read.alerts.active()) == 1
    assert said(world, 1) == said(world, 2) == [60]
    world.store.close()


def test_the_version_that_was_active_is_named(world: World) -> None:
    world.hot(1, 20)
    world.advance()
    world.store.write(lambda tables: tables.fits.add("blend", None, {"sources": {}}, b"x", NOON))
    world.source.counters["1"] = 40
    world.advance(minutes=10)
    assert [each.fit for each in world.store.read.outlooks.of(1)] == [None, 1]


# --- erased -----------------------------------------------------------------------------------------------------


def test_a_purged_post_leaves_figures_that_name_nobody(world: World) -> None:
    world.hot(1, 60)
    world.hot(2, 5)
    world.advance()
    assert world.store.read.outlooks.of(1)
    world.store.write(lambda tables: tables.mentions.purge(key=KEY))
    (row,) = world.store.read.outlooks.of(1)
    assert row.post is None
    assert row.count == 60


def test_a_story_that_goes_takes_what_was_said_of_it(world: World) -> None:
    world.hot(1, 20)
    world.advance()
    assert said(world) == [20]
    world.store.write(lambda tables: tables.mentions.purge(before=NOON + timedelta(days=1)))
    assert world.store.read.stories.get(1) is None
    assert said(world) == []


def test_what_its_platform_removed_stays_with_its_tombstone(world: World) -> None:
    world.hot(1, 60)
    world.advance()
    world.store.write(lambda tables: tables.mentions.delete([Deleted(*KEY, NOON)]))
    (row,) = world.store.read.outlooks.of(1)
    assert row.post == KEY  # as its counters do


# --- the file ---------------------------------------------------------------------------------------------------


def test_a_row_comes_back_as_it_was_written(world: World) -> None:
    world.hot(1, 3)
    world.advance()
    world.store.write(lambda tables: tables.outlooks.add(1, SAID))
    assert world.store.read.outlooks.of(1) == [SAID]
    written = world.store.read.outlooks.written(1)
    assert written is not None
    assert (written.newest, written.rows, written.warned) == (SAID, 1, True)
    assert world.store.read.outlooks.written(2) is None


def test_stories_of_before_say_that_they_are_not_whole(tmp_path: Path) -> None:
    old = Database(tmp_path / "old.db")
    migrations.apply(old, stop_before="m023_outlooks")
    for number in (1, 2):
        old.execute(
            "INSERT INTO stories (id, opened_at, updated_at, title, title_mention) VALUES (?, ?, ?, '', '')",
            [number, "2026-01-01T00:00:00.000000Z", "2026-01-01T00:00:00.000000Z"],
        )
    old.conn.commit()
    old.close()
    store = Store(tmp_path / "old.db")
    read = store.read.outlooks
    assert [read.whole(number) for number in (1, 2, 3)] == [False, False, True]
    assert read.of(1) == []
    store.close()


def test_a_story_that_began_as_a_part_of_another_is_not_whole(world: World) -> None:
    for number in (1, 2, 3):
        world.hot(number, 20, f"{'abc'[number - 1]} Kestrel parcel is lost")
    world.advance()
    read = world.store.read.outlooks
    split = Move(NOON, "split", 1, 2, 1, "snapwatch", "")
    world.store.write(lambda tables: tables.moves._log(split))
    assert [read.whole(number) for number in (1, 2, 3)] == [True, False, True]
    world.store.write(partial(become, 2, 3))
    assert not read.whole(3)
    world.store.write(partial(become, 1, 3))
    assert read.whole(3)  # all of it is there again


def become(part: int, of: int, tables: Tables) -> None:
    """One story part of another."""
    tables.stories._db.execute(
        "UPDATE stories SET merged_into = ?, closed_at = ? WHERE id = ?",
        [of, to_text(NOON + timedelta(minutes=1)), part],
    )


def test_the_parts_of_a_story_are_read_with_it(world: World) -> None:
    world.hot(1, 20, "a Kestrel parcel is lost")
    world.hot(2, 60, "b Kestrel parcel is lost")
    world.advance()

    world.store.write(partial(become, 1, 2))
    assert said(world, 2) == [20, 60]
    assert said(world, 1) == [20]


# --- crashes ----------------------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_killed_between_any_two_transactions_the_record_is_the_same(tmp_path: Path) -> None:
    """A child dies before its n-th transaction; the parent goes on: not a row too few, not one twice."""
    whole = rows_after(tmp_path / "whole")
    assert [each.count for each in whole] == [20, 60, 500]
    for at in range(1, 60):
        folder = tmp_path / str(at)
        folder.mkdir()
        status = in_a_child(partial(crossing, folder, at))
        assert rows_after(folder) == whole, f"killed at {at}"
        if status == 0:
            assert at > 12
            return
        assert status == DIED
    pytest.fail("the way never ended")


def crossing(folder: Path, at: int = 0) -> None:
    """A story that is watched, pages and crosses; `at` counts down the transactions until it dies."""
    store = DyingStore(folder / "test.db", at, after_commit=False)
    source = ScriptedSource([mention(1)])
    pipeline = Pipeline(parts(store, settings(), source))
    for minutes, reposts in ((0, 20), (10, 60), (30, 500)):
        source.counters["1"] = reposts
        now = NOON + timedelta(minutes=minutes)
        pipeline.schedule(now)
        one_pass(pipeline, store, now)
    store.close()


def rows_after(folder: Path) -> list[Outlook]:
    """What is written down once somebody has brought the way to its end."""
    folder.mkdir(exist_ok=True)
    crossing(folder)
    store = Store(folder / "test.db")
    rows = store.read.outlooks.of(1)
    store.close()
    return rows


def test_no_reader_writes(world: World) -> None:
    world.hot(1, 20)
    world.advance()
    with pytest.raises(SnapwatchError):
        Outlooks(world.store.read.stories._db).add(1, SAID)
