"""What a page says of posts that may be missing."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.blind import BEFORE, FILL_BACK, LATE, SHOWN, TRIES, blind, clock, in_words, is_lost
from monitor.config import Config
from monitor.model import Interval
from monitor.notice import Blind
from monitor.paging.notices import every
from monitor.store import Gap, Job

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
EVERY = {"x": MINUTE, "reddit": MINUTE}
SINCE = NOW - timedelta(hours=1)


def job(
    name: str, ran: float | None = 0.5, failures: int = 0, error: str | None = None, due: float = 0.5
) -> Job:
    """One that ran so many minutes ago, and is due in so many."""
    return Job(name, NOW + due * MINUTE, None if ran is None else NOW - ran * MINUTE, failures, error)


def gap(lane: str, begin: float, end: float, note: str = "", tries: int = 0) -> Gap:
    """From so many minutes ago until so many."""
    return Gap(lane, Interval(NOW - begin * MINUTE, NOW - end * MINUTE, complete=False, note=note), tries)


def lines(*found: Blind) -> list[str]:
    return in_words(found, clock(UTC, NOW))


def test_nothing_is_said_while_all_is_read() -> None:
    jobs = [job("poll x search"), job("poll reddit comments", ran=LATE), job("digest", ran=None, failures=9)]
    assert blind(jobs, [], EVERY, SINCE, NOW) == ()
    assert blind([job("poll x search", failures=1, error="x: X answers 503")], [], EVERY, SINCE, NOW) == ()


def test_a_failing_lane_is_not_read_since_its_last_success() -> None:
    jobs = [
        job("poll x search", ran=50, failures=4, error="x: X asks to slow down"),
        job("poll reddit search"),
    ]
    found = blind(jobs, [], EVERY, SINCE, NOW)
    assert lines(*found) == ["Not read since 02:10: x search (X asks to slow down)"]


def test_a_permanent_refusal_is_said_at_once_and_one_that_never_ran_too() -> None:
    jobs = [job("poll x search", ran=None, failures=3, error="x: X refuses the bearer token", due=15)]
    assert lines(*blind(jobs, [], EVERY, SINCE, NOW)) == [
        "Not read yet: x search (X refuses the bearer token)"
    ]
    assert blind([job("poll x search", ran=None, due=0)], [], EVERY, SINCE, NOW) == ()
    late = blind([job("poll x search", ran=None, due=-60)], [], EVERY, SINCE, NOW)
    assert lines(*late) == ["Not read yet: x search"]


def test_a_lane_that_rests_for_the_budget_is_not_read() -> None:
    jobs = [job("poll x search", ran=2, error="the day's budget is used up", due=500)]
    assert lines(*blind(jobs, [], EVERY, SINCE, NOW)) == [
        "Not read since 02:58: x search (the day's budget is used up)"
    ]


def test_a_lane_that_did_not_run_for_long_is_not_read() -> None:
    """The daemon was off, say, and its first page goes out before the first poll."""
    assert lines(*blind([job("poll x search", ran=26 * 60)], [], EVERY, SINCE, NOW)) == [
        "Not read since Sat 21 Nov 01:00: x search"
    ]
    slow = {"x": timedelta(days=1)}
    assert blind([job("poll x search", ran=26 * 60)], [], slow, SINCE, NOW) == ()


def test_lanes_with_one_reason_are_one_line() -> None:
    jobs = [job(f"poll x {lane}", ran=ran, failures=5, error="x: X can't be reached") for lane, ran in
            (("mentions", 20), ("search", 21), ("search 2", None))]  # fmt: skip
    assert lines(*blind(jobs, [], EVERY, SINCE, NOW)) == [
        "Not read since 02:39: x mentions, search, search 2 (X can't be reached)"
    ]


def test_a_stream_that_is_down_is_said_apart_and_one_that_lives_is_not() -> None:
    down = job("listen x", ran=None, failures=4, error="x: X broke the stream off", due=3)
    assert lines(*blind([down], [], EVERY, SINCE, NOW)) == [
        "Not heard live, only polled: x (X broke the stream off)"
    ]
    # Its row keeps what went wrong before; that it is due and still there means that it is being heard.
    assert blind([job("listen x", failures=4, error="x: down", due=-30)], [], EVERY, SINCE, NOW) == ()


def test_what_was_missed_is_told_with_what_becomes_of_it() -> None:
    missed = [
        gap("reddit comments", 60, 40, "limit of 1,000 posts"),
        gap("x search", 30, 20, "the stream has forgotten it", tries=TRIES),
        gap("mastodon #kestrel", 10, 5),  # no source of the configuration any more
    ]
    assert lines(*blind([], missed, EVERY, SINCE, NOW)) == [
        "mastodon #kestrel: 02:50–02:55 missed, is lost",
        "x search: 02:30–02:40 missed, the stream has forgotten it, is lost",
        "reddit comments: 02:00–02:20 missed, limit of 1,000 posts, will be tried again",
    ]


@given(st.integers(-600, 600), st.integers(1, 300))
def test_only_what_touches_the_story_is_told(begin: int, minutes: int) -> None:
    missed = gap("x search", begin, begin - minutes)
    touches = missed.interval.end > SINCE - BEFORE and missed.interval.start < NOW
    assert bool(blind([], [missed], EVERY, SINCE, NOW)) == touches


@pytest.mark.parametrize(
    ("source", "tries", "ago", "lost"),
    [("x", 0, MINUTE, False), ("x", TRIES, MINUTE, True), ("x", 0, FILL_BACK, True), ("y", 0, MINUTE, True)],
)
def test_what_is_lost(source: str, tries: int, ago: timedelta, lost: bool) -> None:
    hole = Gap(f"{source} search", Interval(NOW - 2 * ago, NOW - ago, complete=False), tries)
    assert is_lost(hole, EVERY, NOW) == lost


def test_many_lines_are_cut_with_how_many_are_left() -> None:
    missed = [gap("x search", 60 - n, 59.5 - n) for n in range(SHOWN + 3)]
    told = lines(*blind([], missed, EVERY, SINCE, NOW))
    assert len(told) == SHOWN + 1
    assert told[-1].startswith("and 3 more")


def test_times_are_those_of_the_reader() -> None:
    at = clock(ZoneInfo("Asia/Tokyo"), NOW)
    assert at(NOW) == "12:00"
    assert at(NOW - timedelta(days=1)) == "Sat 21 Nov 12:00"


@given(st.text(), st.text())
def test_text_from_outside_stays_on_its_line(lane: str, why: str) -> None:
    (line,) = lines(Blind(lane, NOW, None, why))
    assert not [char for char in line if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp")]
    assert not {"\u202e", "\u2066"} & set(line)


def test_a_replayed_day_is_not_late_because_its_clock_is_fast(settings: Config) -> None:
    assert every(settings) == {"x": MINUTE}
    fast = settings.sources["x"].model_copy(update={"speed": 900.0})
    replayed = every(settings.model_copy(update={"sources": {"x": fast}}))
    assert blind([job("poll x", ran=20)], [], replayed, SINCE, NOW) == ()
    assert blind([job("poll x", ran=20)], [], every(settings), SINCE, NOW) != ()
