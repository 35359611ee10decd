"""Where the digest says that nobody looked, and what the week took."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alerts.weekly.figures import READ_LATER, Gap, Spending, WeekFigures
from monitor.config import Config
from monitor.digest.leadership import digest_data
from monitor.intake.polling import Spent
from monitor.model import Billed, Interval
from monitor.store import Store, Tables
from tests.monitor.scripted import ScriptedDrafter, config

START = datetime(2026, 11, 16, tzinfo=UTC)
DAY = timedelta(days=1)
END = START + 7 * DAY
HOUR = timedelta(hours=1)


def write(store: Store, work: Callable[[Tables], object]) -> None:
    store.write(work)


def cover(store: Store, lane: str, begin: datetime, end: datetime, note: str = "") -> None:
    write(store, lambda tables: tables.sources.cover(lane, (Interval(begin, end, not note, note),)))


def polled(store: Store, *lanes: str) -> None:
    for lane in lanes:
        write(store, lambda tables, lane=lane: tables.jobs.ensure(f"poll {lane}", END))  # type: ignore[misc]


def failing(store: Store, lane: str, error: str) -> None:
    write(store, lambda tables: tables.jobs.failed(f"poll {lane}", error, 9, END))


@pytest.fixture
def gaps(store: Store, settings: Config) -> Callable[..., tuple[Gap, ...]]:
    def told(now: datetime = END + 8 * HOUR) -> tuple[Gap, ...]:
        return digest_data(
            settings, ScriptedDrafter(), store.read, settings.digest.first, START, END, now
        ).gaps

    return told


def test_a_source_that_fails_for_days_is_a_gap(store: Store, gaps: Callable[..., tuple[Gap, ...]]) -> None:
    """It reports no interval at all while it fails."""
    polled(store, "x search")
    cover(store, "x search", START - DAY, START + 2 * DAY)
    failing(store, "x search", "x: X refuses the bearer token")
    assert gaps() == (
        Gap("x", START + 2 * DAY, END, "X refuses the bearer token", "not read yet", ("search",)),
    )


def test_a_day_off_that_polling_closed_is_no_gap(store: Store, gaps: Callable[..., tuple[Gap, ...]]) -> None:
    polled(store, "x search")
    cover(store, "x search", START - DAY, START + 2 * DAY)
    assert [gap.start for gap in gaps()] == [START + 2 * DAY]
    # The first poll after the restart goes back page by page.
    cover(store, "x search", START + 2.5 * DAY, END + HOUR)
    assert [(gap.start, gap.end) for gap in gaps()] == [(START + 2 * DAY, START + 2.5 * DAY)]
    cover(store, "x search", START + 2 * DAY, START + 2.5 * DAY)
    assert gaps() == ()


def test_of_a_day_off_what_the_platform_no_longer_shows_is_a_gap(
    store: Store, gaps: Callable[..., tuple[Gap, ...]]
) -> None:
    polled(store, "x search")
    cover(store, "x search", START - DAY, START + DAY)
    cover(store, "x search", START + DAY, START + 2 * DAY, "limit of 1,000 results")
    cover(store, "x search", START + 2 * DAY, END + HOUR)
    (gap,) = gaps()
    assert (gap.start, gap.end, gap.why) == (START + DAY, START + 2 * DAY, "limit of 1,000 results")
    assert gap.fate == "will be tried again"
    (hole,) = [store.read.sources.to_fill("x search", START)]
    assert hole is not None
    write(store, lambda tables: tables.sources.give_up("x search", hole))
    assert [gap.fate for gap in gaps()] == ["lost"]
    cover(store, "x search", START + DAY, START + 2 * DAY)
    assert [(gap.fate, gap.why, gap.filled) for gap in gaps()] == [
        (READ_LATER, "limit of 1,000 results", True)
    ]


def test_lanes_that_missed_the_same_are_told_together(
    store: Store, gaps: Callable[..., tuple[Gap, ...]]
) -> None:
    polled(store, "x mentions", "x search")
    for lane, seconds in (("x mentions", 10), ("x search", 25)):
        cover(store, lane, START, START + DAY + timedelta(seconds=seconds))
        failing(store, lane, "x: X can't be reached")
    (gap,) = gaps()
    assert gap.lanes == ("mentions", "search")


def test_what_was_not_watched_yet_is_told_as_that(store: Store, gaps: Callable[..., tuple[Gap, ...]]) -> None:
    assert gaps() == (Gap("x", START, END, "not watched yet"),)
    polled(store, "x search", "x mentions")
    assert gaps() == (Gap("x", START, END, "not watched yet", lanes=("mentions", "search")),)
    cover(store, "x search", START + DAY, END)
    cover(store, "x mentions", START + DAY, END)
    assert gaps() == (Gap("x", START, START + DAY, "not watched yet", lanes=("mentions", "search")),)


def test_the_last_minutes_are_no_gap(store: Store, gaps: Callable[..., tuple[Gap, ...]]) -> None:
    polled(store, "x search")
    now = START + 3 * DAY
    cover(store, "x search", START, now - timedelta(minutes=2))
    assert gaps(now) == ()
    assert len(gaps(now + HOUR)) == 1


def figures(store: Store, folder: Path) -> tuple[WeekFigures, WeekFigures | None]:
    set_up = config(folder)
    data = digest_data(set_up, ScriptedDrafter(), store.read, set_up.digest.first, START, END, END)
    return data.week, data.week_before


def test_spending_of_the_week(store: Store, tmp_path: Path) -> None:
    def work(tables: Tables) -> None:
        tables.sources.bill("x", 100, [Billed("post 1", 2.0)], START)
        tables.sources.bill("x", 50, [Billed("post 2", 1.5)], START + 6 * DAY)
        tables.sources.bill("x", 9, [], END)  # next week's
        tables.sources.spend("x", Spent(20, 0, 3), START + DAY)
        tables.sources.spend("reddit", Spent(7, 0, 0), START + DAY)
        for lane, hour in (("x search", 14), ("x mentions", 15)):
            tables.sources.rest(lane, START + timedelta(hours=hour))
            tables.sources.rest(lane, START + timedelta(hours=hour + 1))  # it rests already
        tables.sources.rest("x search", START + DAY + timedelta(hours=20))

    write(store, work)
    assert figures(store, tmp_path)[0].spending == (
        Spending("reddit", 0, 7),
        Spending("x", 150, 20, 3.5, rested=14.0),
    )
