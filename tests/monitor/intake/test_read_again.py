"""Counters are read again: turns, budget, batch, posts that are gone or silent, counters that fall, clocks set back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from monitor.intake import polling
from monitor.intake.polling import Spent
from monitor.model import Batch, Deleted, MentionKey, Reading
from monitor.pipeline import Pipeline
from monitor.store import Store
from tests.monitor.scripted import (
    NOON,
    FakeClock,
    ScriptedSource,
    config,
    mention,
    one_pass,
    parts,
    reading,
)


class Source(ScriptedSource):
    """Each read gives what `answer` makes of the ids."""

    answer: Callable[[Sequence[str], datetime], Batch] | None = None

    def read(self, ids: Sequence[str], now: datetime) -> Batch:
        batch = super().read(ids, now)
        return self.answer(ids, now) if self.answer else batch


class World:
    """Complaints of one story, polled at noon; `advance` does all that is due at the clock's moment."""

    def __init__(self, folder: Path, posts: int, *, read_size: int = 100, reads_per_day: int = 2000) -> None:
        history = folder / "empty.jsonl"
        settings = config(
            folder, sources={"x": {"type": "replay", "file": str(history), "reads_per_day": reads_per_day}}
        )
        self.store = Store(folder / "test.db")
        self.source = Source([mention(n, at=NOON) for n in range(posts)], page=100, read_size=read_size)
        self.source.counters = {str(n): n for n in range(posts)}
        self.clock = FakeClock()
        self.parts = parts(self.store, settings, self.source, clock=self.clock)
        self.pipeline = Pipeline(self.parts)
        self.pipeline.schedule(NOON)
        self.advance()

    def advance(self, **by: float) -> None:
        one_pass(self.pipeline, self.store, self.clock.forward(**by) if by else self.clock.now())

    @property
    def spent(self) -> Spent:
        return self.store.read.sources.spent("x", self.clock.now())

    def due(self, **later: float) -> set[str]:
        at = self.clock.now() + timedelta(**later)
        return {each.id for each in self.store.read.mentions.read_due("x", at, 1000)}


Make = Callable[..., World]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    made: list[World] = []

    def world(posts: int = 3, **settings: int) -> World:
        made.append(World(tmp_path, posts, **settings))
        return made[-1]

    yield world
    for each in made:
        each.store.close()


def test_nothing_is_lost_while_the_budget_reaches(make: Make) -> None:
    world = make(8)
    world.advance(minutes=6)
    assert sorted(world.source.reads[0]) == sorted(map(str, range(8)))
    assert world.source.reads[0][0] == "7"  # the hottest first
    assert world.spent == Spent(8)


def test_turns_that_the_budget_does_not_allow_are_rows_and_told_once_a_day(make: Make) -> None:
    world = make(8, reads_per_day=6)  # of which three have been handed out at noon; the reserve holds one
    with capture_logs() as logs:
        world.advance(minutes=6)
        world.advance(minutes=30)
    assert world.source.reads == [("7", "6", "5"), ("7",)]
    assert (world.spent.posts, world.spent.reserve) == (4, 1)
    assert world.spent.lost >= 8 - 3 + 1
    (told,) = [entry for entry in logs if entry["event"].startswith("the budget is short")]
    assert (told["log_level"], told["source"], told["reads_per_day"]) == ("warning", "x", 6)
    Pipeline(world.parts).schedule(world.clock.now())  # a restart forgets none of it
    assert world.spent.posts == 4
    world.advance(hours=14)
    assert world.spent.posts >= 1  # the next day has a budget of its own


def test_a_post_that_lost_its_turn_waits_for_its_next(make: Make) -> None:
    world = make(8, reads_per_day=6)
    world.advance(minutes=6)
    assert world.due() == set()
    assert world.due(minutes=10) == set(map(str, range(8)))


def test_a_full_batch_is_followed_by_the_next_at_once(make: Make) -> None:
    world = make(8, read_size=5)
    world.advance(minutes=6)
    job = world.store.read.jobs.get("read x")
    assert job is not None
    assert job.due_at == world.clock.now()
    world.advance()
    assert [len(ids) for ids in world.source.reads] == [5, 3]
    assert sorted(id_ for ids in world.source.reads for id_ in ids) == sorted(map(str, range(8)))
    assert world.spent == Spent(8)
    assert world.store.read.jobs.get("read x").due_at > world.clock.now()  # type: ignore[union-attr]


@pytest.mark.parametrize("setting", ["reads_per_day", "read_size"])
def test_no_budget_or_no_way_to_read_again_means_no_turns(make: Make, setting: str) -> None:
    world = make(3, **{setting: 0})
    world.advance(hours=3)
    assert (world.source.reads, world.spent, world.due(days=3)) == ([], Spent(), set())


def test_posts_that_the_platform_passes_over_in_silence_are_let_go(make: Make) -> None:
    world = make(2)
    del world.source.counters["0"]
    with capture_logs() as logs:
        for _ in range(20):
            world.advance(minutes=30)
    asked = [ids for ids in world.source.reads if "0" in ids]
    assert len(asked) == polling.UNANSWERED
    assert "0" not in world.due(days=2)
    assert [entry["id"] for entry in logs if "no longer answers" in entry["event"]] == ["0"]
    assert len([ids for ids in world.source.reads if "1" in ids]) > polling.UNANSWERED


def test_an_answer_in_time_wipes_the_silence(make: Make) -> None:
    world = make(1)
    world.source.counters = {}
    world.advance(minutes=10)
    world.advance(minutes=10)
    world.source.counters = {"0": 5}
    world.advance(minutes=30)
    (due,) = world.store.read.mentions.read_due("x", world.clock.now() + timedelta(hours=3), 10)
    assert due.unanswered == 0


def test_a_post_that_is_gone_is_not_read_again(make: Make) -> None:
    world = make(2)
    world.source.answer = lambda ids, now: Batch(
        readings=tuple(reading(id_, 9, now) for id_ in ids if id_ != "1"),
        deleted=(Deleted("x", "1", now), Deleted("x", "never seen", now)),
    )
    world.advance(minutes=6)
    world.advance(hours=1)
    assert [set(ids) for ids in world.source.reads] == [{"0", "1"}, {"0"}]
    assert world.store.read.mentions.get(MentionKey("x", "1")).text == ""  # type: ignore[union-attr]


def test_answers_about_other_posts_and_sources_count_for_nobody(make: Make) -> None:
    world = make(1)
    world.source.answer = lambda _, now: Batch(
        readings=(Reading("reddit", "0", now, reposts=1), reading("77", 3, now))
    )
    world.advance(minutes=6)
    (due,) = world.store.read.mentions.read_due("x", world.clock.now() + timedelta(hours=3), 10)
    assert due.unanswered == 1


def test_a_counter_that_falls_cools_nothing_below_what_was_seen(make: Make) -> None:
    world = make(1)
    world.source.counters = {"0": 40}
    world.advance(minutes=6)
    world.source.counters = {"0": 2}  # unliked, or a platform that counts anew
    world.advance(minutes=6)
    (due,) = world.store.read.mentions.read_due("x", world.clock.now() + timedelta(hours=3), 10)
    assert due.forecast is not None
    assert due.forecast.count == 40


def test_a_clock_that_was_a_day_ahead_leaves_no_day_without_readings(make: Make) -> None:
    world = make(3)
    world.advance(days=1)
    world.advance(minutes=6)
    assert len(world.source.reads) >= 1
    world.clock.forward(days=-1)
    before = len(world.source.reads)
    world.advance(minutes=1)
    assert [len(ids) for ids in world.source.reads[before:]] == [3]
    for job in ("poll x", "read x"):
        assert world.store.read.jobs.get(job).due_at <= world.clock.now() + timedelta(minutes=1)  # type: ignore[union-attr]
    assert world.due() == set()
    assert world.due(hours=6) == {"0", "1", "2"}


def test_old_posts_leave_without_being_read_or_missed(make: Make) -> None:
    world = make(3)
    world.store.write(lambda tables: tables.jobs.remove("look x"))
    world.advance(days=3)  # the daemon stood still
    assert (world.source.reads, world.spent, world.due(days=30)) == ([], Spent(), set())


def test_a_tick_reads_the_index_and_not_every_post(make: Make) -> None:
    world = make(1)
    db = world.store.read.mentions._db
    sql = "EXPLAIN QUERY PLAN SELECT id FROM mentions WHERE source = ? AND read_due_at <= ? ORDER BY read_due_at LIMIT 9"
    (step,) = [row["detail"] for row in db.query(sql, ["x", "2026"])]
    assert "USING INDEX mentions_read_due (source=? AND read_due_at<?)" in step


def test_a_post_without_a_forecast_is_read_by_its_id(tmp_path: Path) -> None:
    """Where a post came without counters there is nothing to forecast from, yet."""
    world = World(tmp_path, 3)
    bare = mention("bare", at=NOON)  # without a counter
    world.store.write(lambda tables: tables.mentions.add([bare], NOON))
    world.advance(hours=1)
    world.advance(hours=3)
    assert "bare" in {id for ids in world.source.reads for id in ids}
    world.store.close()
