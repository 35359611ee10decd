"""How the sources are."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from monitor.config import Config
from monitor.intake.polling import Spent
from monitor.model import Billed, Interval
from monitor.overview.sources import WEEK, lane_state, sources_view, stretches, worst
from monitor.store import Job, Store, Tables
from tests.monitor.scripted import NOON, config, mention

MINUTE = timedelta(minutes=1)
START = NOON - WEEK

intervals = st.lists(
    st.builds(
        lambda start, length, complete: Interval(
            START + start * MINUTE, START + (start + length) * MINUTE, complete
        ),
        st.integers(-600, 10_079),
        st.integers(1, 3_000),
        st.booleans(),
    ),
    max_size=12,
)


@given(intervals)
def test_a_strip_has_no_gaps_and_says_at_each_moment_what_the_ledger_says(ledger: list[Interval]) -> None:
    strip = stretches(ledger, START, NOON, MINUTE)
    for before, after in pairwise(strip):
        assert before.end == after.start
        assert before.kind != after.kind
    for each in strip:
        assert START <= each.start < each.end <= NOON
        middle = each.start + (each.end - each.start) / 2
        kinds = {known.complete for known in ledger if known.start <= middle < known.end}
        assert each.kind == ("missed" if False in kinds else "read" if kinds else "unknown")
    inside = [each for each in ledger if each.start < NOON and each.end > START]
    assert bool(strip) == bool(inside)
    if strip:
        assert strip[0].start == max(START, min(each.start for each in inside))
        assert strip[-1].end >= min(NOON, max(each.end for each in inside))


def test_the_last_minutes_need_not_be_read_yet() -> None:
    ledger = [Interval(START, NOON - 2 * MINUTE)]
    assert [each.kind for each in stretches(ledger, START, NOON, MINUTE)] == ["read"]
    assert [each.kind for each in stretches(ledger, START, NOON, MINUTE / 2)] == ["read", "unknown"]


def job(**changes: object) -> Job:
    return Job(**{"name": "poll x", "due_at": NOON, "ran_at": NOON, "failures": 0, "error": None} | changes)  # type: ignore[arg-type]


def test_states_of_lanes_and_of_their_source() -> None:
    now = NOON + 2 * MINUTE
    assert lane_state(job(), MINUTE, now) == "fine"
    assert lane_state(job(), MINUTE, NOON + 4 * MINUTE) == "late"
    assert lane_state(job(ran_at=None), MINUTE, now) == "waiting"
    assert lane_state(job(failures=3, error="503"), MINUTE, now) == "failing"
    assert lane_state(job(failures=1, error="503"), MINUTE, now) == "fine"
    assert lane_state(job(error="the budget is used up"), MINUTE, now) == "resting"
    assert lane_state(job(name="listen x", ran_at=None), MINUTE, now) == "fine"
    assert worst(["fine", "late", "failing"]) == "failing"
    assert worst([]) == "waiting"


def test_a_source_with_what_it_brought_missed_and_cost(store: Store, settings: Config) -> None:
    missed = Interval(NOON - timedelta(hours=5), NOON - timedelta(hours=3), False, "503")

    def work(tables: Tables) -> None:
        tables.jobs.ensure("poll x", NOON)
        tables.jobs.succeeded("poll x", NOON, NOON + MINUTE)
        tables.mentions.add([mention(1), mention(2)], NOON)
        tables.sources.cover("x", [Interval(NOON - timedelta(hours=9), missed.start), missed])
        tables.sources.cover("x", [Interval(missed.end, NOON)])
        tables.sources.bill("x", 2, [Billed("post 1", 0.005)], NOON)
        tables.sources.bill("x", 1, [Billed("post 0", 0.02)], NOON - timedelta(days=29))
        tables.sources.bill("x", 1, [Billed("post 0", 0.5)], NOON - timedelta(days=30))  # of the days before
        tables.sources.spend("x", Spent(3, 0, 1), NOON)

    store.write(work)
    view = sources_view(store.read, settings, NOON + MINUTE)
    (x,) = view.sources
    assert (x.name, x.type, x.state) == ("x", "replay", "fine")
    assert sum(count for _, count in x.days) == 2
    assert len(x.days) == 14
    assert [(each.start, each.why, each.fate) for each in x.holes] == [(missed.start, "503", "again")]
    (lane,) = x.lanes
    assert [each.kind for each in lane.strip] == ["read", "missed", "read"]
    assert lane.covered == 7 / 9
    assert (x.today.bill.posts, x.today.bill.dollars) == (2, 0.005)
    assert (x.today.read.posts, x.today.read.lost, x.today.reads_limit) == (3, 1, 2000)
    assert (view.dollars_today, view.dollars_month, x.month.bill.dollars) == (0.005, 0.025, 0.025)


def test_what_was_missed_and_found_is_told_so(store: Store, settings: Config) -> None:
    missed = Interval(NOON - timedelta(hours=5), NOON - timedelta(hours=3), False, "503")
    store.write(lambda t: t.sources.cover("x", [missed]))
    store.write(lambda t: t.sources.cover("x", [Interval(missed.start, missed.end)]))
    (x,) = sources_view(store.read, settings, NOON).sources
    assert [each.fate for each in x.holes] == ["filled"]


def test_a_source_that_nothing_is_known_of(store: Store, tmp_path: Path) -> None:
    (x,) = sources_view(store.read, config(tmp_path), NOON).sources
    assert (x.state, x.lanes, x.holes, x.newest) == ("waiting", (), (), None)


def test_posts_of_sources_that_are_not_configured(store: Store, settings: Config) -> None:
    store.write(
        lambda t: t.mentions.add(
            [mention(1), replace(mention(2), source="reddit"), replace(mention(3), source="youtube")], NOON
        )
    )
    others = sources_view(store.read, settings, NOON + MINUTE).others
    assert [(each.name, each.newest, each.days[-1][1]) for each in others] == [
        ("reddit", NOON, 1),
        ("youtube", NOON, 1),
    ]
