"""What is wrong with the watch itself, as pure functions of facts; and how often silence is only chance."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.sections import WatchSettings
from monitor.store import Job
from monitor.watching import watch

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
BEGAN = NOW - timedelta(days=30)
SETTINGS = WatchSettings()
EVERY = {"x": timedelta(minutes=1), "reddit": timedelta(minutes=5)}
COUNTS = st.lists(st.integers(0, 500), min_size=0, max_size=4).map(tuple)


def ago(**by: float) -> datetime:
    return NOW - timedelta(**by)


def told(**facts: object) -> dict[str, str]:
    return dict(watch.alarms(watch.Facts(BEGAN, **facts), SETTINGS, NOW))  # type: ignore[arg-type]


def poll(lane: str, ran_at: datetime | None, failures: int = 0, error: str | None = None) -> Job:
    return Job(f"poll {lane}", NOW, ran_at, failures, error)


def quiet(*former: int, weekly: float = 700) -> watch.Quiet:
    return watch.Quiet("x", ago(hours=9), former, weekly)


def test_all_is_well() -> None:
    jobs = [
        poll("x", ago(minutes=1)),
        poll("reddit new", ago(minutes=6), 2, "slow"),
        Job("digest", NOW, None, 9, ""),
    ]
    assert told(jobs=jobs, every=EVERY, mention=ago(minutes=9), page=ago(minutes=9), free=10**10) == {}


@pytest.mark.parametrize(
    ("job", "is_wrong"),
    [
        (poll("x", ago(minutes=29), 9, "down"), False),
        (poll("x", ago(minutes=30), 9, "down"), True),
        (poll("x", ago(minutes=29), 2, "down"), False),
        (poll("x", None, 3, "down"), True),  # it never worked
        (poll("x", ago(minutes=31)), True),  # it hangs
        (poll("x", ago(hours=9), 0, "the day's budget is used up"), False),
        (poll("gone", ago(hours=9), 9, "down"), False),
        (Job("listen x", NOW, ago(hours=9), 9, "down"), False),
    ],
)
def test_a_source_fails(job: Job, is_wrong: bool) -> None:
    assert bool(told(jobs=[job], every=EVERY)) == is_wrong


def test_what_did_not_run_does_not_hang() -> None:
    facts = watch.Facts(ago(minutes=5), jobs=[poll("x", ago(days=3))], every=EVERY)
    assert watch.alarms(facts, SETTINGS, NOW) == []


def test_lanes_of_a_source_are_one_alarm() -> None:
    jobs = [
        poll("reddit new", ago(hours=2), 9, "reddit: the token\nwas refused"),
        poll("reddit top", ago(hours=1), 9, "b"),
    ]
    assert told(jobs=jobs, every=EVERY) == {
        "source reddit": "reddit new, reddit top can't be read since Sun 22 Nov 10:00 UTC: the token was refused; what is "
        "posted there is not seen"
    }


def test_a_source_that_fails_is_not_also_silent() -> None:
    silent = told(quiet=[quiet(90, 80, 70)])
    assert list(silent) == ["silent x"]
    assert "about 80 are usual by now" in silent["silent x"]
    jobs = [poll("x", ago(hours=9), 20, "down")]
    assert list(told(jobs=jobs, every=EVERY, quiet=[quiet(90, 80, 70)])) == ["source x"]


def test_late_pages_and_posts() -> None:
    found = told(mention=ago(minutes=10), page=ago(minutes=11))
    assert list(found) == ["queue", "pages"]
    assert "11:49" in found["pages"]
    just_begun = watch.Facts(ago(minutes=1), mention=ago(days=1), page=ago(days=1))
    assert watch.alarms(just_begun, SETTINGS, NOW) == []


def test_the_disk_is_nearly_full() -> None:
    assert "0.9 GB" in told(free=9 * 10**8)["disk"]
    assert told(free=10**9) == told(free=None) == {}


def test_a_channel_fails() -> None:
    ill = [
        watch.Ill("sms", "Sam", ago(hours=1), "sms: no such number"),
        watch.Ill("sms", "Kim", ago(minutes=31), "sms: refused"),
        watch.Ill("email", "Sam", ago(minutes=29), "email: down"),
    ]
    assert told(ill=ill) == {
        "channel sms": "messages by sms to Kim, Sam fail since Sun 22 Nov 11:00 UTC: refused"
    }


@pytest.mark.parametrize(
    ("seconds", "words"), [(61, "forward by 1 min"), (-7300, "back by 2 h"), (59, ""), (-59, "")]
)
def test_the_clock_jumps(seconds: int, words: str) -> None:
    assert words in told(jump=timedelta(seconds=seconds)).get("clock", "")
    assert bool(words) == bool(told(jump=timedelta(seconds=seconds)))


def test_people_who_are_not_there() -> None:
    found = told(uncovered=["front-line"], given_up=[12], missed=[watch.Missed("Sam", ago(hours=2))])
    assert list(found) == ["nobody on call: front-line", "alert 12", "test page Sam"]
    assert [watch.is_pressing(what) for what in found] == [True, True, False]


@given(COUNTS, st.integers(0, 3), st.integers(0, 50))
def test_more_posts_in_former_weeks_make_silence_less_likely(
    former: tuple[int, ...], week: int, more: int
) -> None:
    louder = tuple(count + more * (number == week) for number, count in enumerate(former))
    assert 0 <= watch.p_none(louder) <= watch.p_none(former) <= 1


@given(st.integers(0, 5), st.integers(0, 5), st.integers(0, 5), st.integers(0, 10**6))
def test_one_storm_makes_nothing_silent(a: int, b: int, c: int, storm: int) -> None:
    assert not watch.is_silent(quiet(a, b, storm, c, weekly=max(a + b + c + storm, 1) / 4))


@given(COUNTS, st.floats(0, 10**6))
def test_silence_takes_two_weeks_and_is_no_chance(former: tuple[int, ...], weekly: float) -> None:
    if watch.is_silent(quiet(*former, weekly=weekly)):
        assert len(former) >= 2
        assert watch.p_none(former) < 0.001
        assert watch.p_none(former) * weekly * 52 < 1


@given(COUNTS, st.floats(0, 10**6))
def test_names_are_unique_and_words_are_one_line(former: tuple[int, ...], weekly: float) -> None:
    facts = watch.Facts(BEGAN, quiet=[quiet(*former, weekly=weekly)], free=0, mention=BEGAN, page=BEGAN)
    found = watch.alarms(facts, SETTINGS, NOW)
    assert len(dict(found)) == len(found)
    assert all(words.isprintable() for _, words in found)


# --- a simulated year -------------------------------------------------------------------------------------------------

HOURLY = (0.15, 0.08, 0.05, 0.04, 0.05, 0.1, 0.3, 0.7, 1.2, 1.5, 1.6, 1.6, 1.6, 1.5, 1.5, 1.5, 1.5, 1.6, 1.7, 1.7, 1.6, 1.3,
          0.8, 0.35)  # fmt: skip
"""How much is posted at each hour of the day, by London's clock; on weekends 0.6 of it."""

WEEK = 168.0


Hours = npt.NDArray[np.float64]


def year(weekly: float, seed: int, days: int = 393) -> Hours:
    """Hours at which a source posts, four weeks and a year: days that differ (by a third), eight holidays with a third of
    what is usual, eight storms of eight hours with eight times as much, and two changes of the clock."""
    rng, start = np.random.default_rng(seed), datetime(2025, 1, 6, tzinfo=UTC)
    of_day = np.exp(rng.normal(0, 0.3, days))
    of_day[rng.choice(days, 8, replace=False)] *= 0.35
    local = [
        (start + timedelta(hours=hour)).astimezone(ZoneInfo("Europe/London")) for hour in range(days * 24)
    ]
    rate = np.array([HOURLY[at.hour] * (0.6 if at.weekday() >= 5 else 1.0) for at in local])
    rate *= np.repeat(of_day, 24)
    rate *= weekly * days / 7 / rate.sum()
    for storm in rng.integers(0, days * 24 - 8, 8):
        rate[storm : storm + 8] *= 8
    counts = rng.poisson(rate)
    return np.sort(np.repeat(np.arange(days * 24), counts) + rng.random(counts.sum()))


def silent(posts: Hours, since: Hours, now: Hours, weekly: float) -> int:
    """How many of the stretches from `since` to `now` ring."""
    former = np.stack(
        [
            np.searchsorted(posts, now - k * WEEK) - np.searchsorted(posts, since - k * WEEK)
            for k in range(1, 5)
        ]
    )
    long = former[:, former.mean(axis=0) >= 10]  # the others are common: most of them, and Python is slow
    return sum(watch.is_silent(watch.Quiet("x", NOW, tuple(map(int, each)), weekly)) for each in long.T)


@pytest.mark.parametrize(
    ("weekly", "at_most", "hours"), [(20, 0, 200), (100, 1, 55), (700, 1, 15), (5000, 2, 8)]
)
def test_a_simulated_year(weekly: int, at_most: int, hours: float) -> None:
    """No more false alarms than that in a year with all its storms and holidays; and a source that falls silent is found
    within so many hours, nine times of ten."""
    posts = year(weekly, seed=weekly)
    tested = posts[posts >= 4 * WEEK]
    # An alarm rings at the end of a pause between two posts, or not in it: what is usual by then only grows.
    assert silent(posts, tested[:-1], tested[1:], weekly) <= at_most
    dead = np.random.default_rng(1).uniform(5 * WEEK, 50 * WEEK, 50)
    last = posts[np.searchsorted(posts, dead) - 1]
    assert silent(posts, last, dead + hours, weekly) >= 45
