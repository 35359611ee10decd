"""What is normal, what is a burst, and how a story's posts and the rate of new ones make one forecast."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import stats

from monitor import bursts
from monitor.bursts import BIN, BINS, WEEK, Baseline, Burst, baseline, detect, learn, story_forecast, surprise
from monitor.model import Forecast

MONDAY = datetime(2026, 11, 2, tzinfo=UTC)
NOON = MONDAY + timedelta(hours=12)
EVEN = (1.25, 1.25, 1.25)

rates = st.floats(0.01, 500)
spreads = st.floats(1.001, 50)
ages = st.lists(st.floats(0, 300), max_size=40)
"""Minutes before noon."""


def flat(rate: float, spread: tuple[float, ...] = EVEN) -> Baseline:
    return Baseline(np.full(WEEK, rate), spread)


def before(minutes: Sequence[float]) -> list[datetime]:
    return [NOON - timedelta(minutes=each) for each in minutes]


def past(weeks: int, rate: float, seed: int = 1) -> bursts.Floats:
    """Quarters of an hour, quiet at night and on weekends."""
    hour = np.arange(weeks * WEEK * BINS) // BINS
    day = 1 + 0.8 * np.sin(2 * np.pi * (hour % 24 - 9) / 24)
    mean = rate / BINS * day * np.where(hour // 24 % 7 >= 5, 0.5, 1.2)
    return np.random.default_rng(seed).poisson(mean).astype(float)


# --- surprise ---------------------------------------------------------------------------------------------------


@given(st.integers(1, 400), rates, spreads)
@example(1, 0.01, 1.001)
def test_surprise_is_the_tail_of_a_negative_binomial(posts: int, expected: float, spread: float) -> None:
    tail = stats.nbinom.logsf(posts - 1, expected / (spread - 1), 1 / spread) / math.log(10)
    assert float(surprise(posts, expected, spread)) == pytest.approx(min(-tail, 300), rel=1e-3, abs=1e-6)


def test_surprise_of_voices_that_come_evenly_is_that_of_pure_chance() -> None:
    poisson = -stats.poisson.logsf(8, 2.0) / math.log(10)
    assert float(surprise(9, 2.0, 1.0001)) == pytest.approx(poisson, rel=1e-2)


@given(st.integers(0, 400), rates, spreads)
def test_more_posts_surprise_more_and_more_expected_ones_less(
    posts: int, expected: float, spread: float
) -> None:
    found = float(surprise(posts, expected, spread))
    assert float(surprise(0, expected, spread)) == 0 <= found
    assert float(surprise(posts + 1, expected, spread)) >= found
    assert float(surprise(posts, expected * 1.1, spread)) <= found + 1e-9


# --- detection --------------------------------------------------------------------------------------------------


def test_five_voices_in_ten_minutes_where_nobody_complains_are_a_burst() -> None:
    found = detect(before([1, 2, 3, 8, 9]), flat(0.1), NOON)
    assert found is not None
    assert (found.window_minutes, found.posts, found.expected) == (15, 5, pytest.approx(0.025))
    assert found.in_words() == "5 posts in the last 15 minutes where hardly any are normal at this hour"


def test_many_voices_are_no_burst_where_they_are_normal() -> None:
    assert detect(before(range(0, 240, 6)), flat(10), NOON) is None
    assert detect(before(range(0, 240, 6)), flat(1), NOON) is not None


def test_a_slow_burst_is_found_in_the_long_window() -> None:
    found = detect(before(range(5, 240, 20)), flat(0.3), NOON)
    assert found is not None
    assert (found.window_minutes, found.posts) == (240, 12)
    assert found.in_words() == "12 posts in the last 4 hours where 1.2 are normal at this hour"


def test_three_voices_are_no_burst_however_rare_they_are() -> None:
    assert detect(before([0, 0, 0]), flat(0.001), NOON) is None
    assert detect(before([0, 0, 0, 0]), flat(0.001), NOON) is not None


def test_a_burst_of_enough_voices_is_not_hidden_by_a_more_surprising_one_of_fewer() -> None:
    arrivals = before([1, 2, 3, 4, 5, 6, 7, 8, 20, 30, 50])
    sharp, wide = detect(arrivals, flat(1), NOON), detect(arrivals, flat(1), NOON, 10)
    assert sharp is not None
    assert (sharp.window_minutes, sharp.posts) == (15, 8)
    assert wide is not None
    assert (wide.window_minutes, wide.posts) == (60, 11)
    assert wide.surprise >= bursts.SURPRISE
    assert detect(arrivals, flat(1), NOON, 12) == sharp


@given(ages, st.lists(st.floats(0.001, 300), max_size=5), rates)
def test_neither_order_nor_the_future_nor_what_is_long_ago_matters(
    minutes: list[float], later: list[float], rate: float
) -> None:
    found = detect(before(minutes), flat(rate), NOON)
    others = before([-each for each in later]) + before([240 + each for each in later])
    assert detect([*others, *reversed(before(minutes))], flat(rate), NOON) == found


@given(ages, st.floats(0, 239), rates)
def test_one_more_voice_never_ends_a_burst(minutes: list[float], more: float, rate: float) -> None:
    found = detect(before(minutes), flat(rate), NOON)
    after = detect(before([*minutes, more]), flat(rate), NOON)
    if found is not None:
        assert after is not None
        assert after.surprise >= found.surprise - 1e-9


@given(ages, rates)
def test_a_burst_is_as_surprising_as_it_must_be(minutes: list[float], rate: float) -> None:
    found = detect(before(minutes), flat(rate), NOON)
    if found is not None:
        assert found.surprise >= bursts.SURPRISE
        assert found.posts >= bursts.VOICES
        assert found.posts > found.expected


@pytest.mark.parametrize(
    ("burst", "words"),
    [
        (Burst(60, 17, 1.21, 9), "17 posts in the last hour where 1.2 are normal at this hour"),
        (Burst(60, 17, 0.98, 9), "17 posts in the last hour where 1.0 is normal at this hour"),
        (
            Burst(15, 1700, 1021.4, 9),
            "1,700 posts in the last 15 minutes where 1,021 are normal at this hour",
        ),
    ],
)
def test_words(burst: Burst, words: str) -> None:
    assert burst.in_words() == words


# --- the baseline -----------------------------------------------------------------------------------------------


@given(st.floats(0, 400), st.floats(0, 400), st.floats(0, 400))
def test_what_is_expected_adds_up_over_time(first: float, second: float, third: float) -> None:
    normal = Baseline(np.arange(WEEK, dtype=float), EVEN)
    start, middle, end = (NOON + timedelta(minutes=each) for each in sorted([first, second, third]))
    both = normal.expected(start, middle) + normal.expected(middle, end)
    assert normal.expected(start, end) == pytest.approx(both)


def test_what_is_expected_follows_the_hours_of_the_week() -> None:
    normal = Baseline(np.arange(WEEK, dtype=float), EVEN)
    half_past = MONDAY + timedelta(minutes=30)
    assert normal.expected(half_past, half_past + timedelta(hours=1)) == pytest.approx(0.5)
    sunday_night = MONDAY + timedelta(days=7, minutes=-30)
    assert normal.expected(sunday_night, sunday_night + timedelta(hours=1)) == pytest.approx(83.5)


def test_the_day_and_the_week_are_learnt() -> None:
    rates = learn(past(8, 10), 0).rates.reshape(7, 24)
    assert rates.mean() == pytest.approx(10, rel=0.1)
    assert rates[1, 15] > 4 * rates[1, 3]
    assert rates[1].mean() == pytest.approx(2.4 * rates[6].mean(), rel=0.25)


def test_what_comes_by_chance_alone_is_found_to_be_even_and_clumps_are_not() -> None:
    quiet = learn(past(8, 10), 0)
    assert max(quiet.spread) < 2
    lumps = np.random.default_rng(1).gamma(2, 0.5, 8 * WEEK).repeat(BINS)
    uneven = learn(np.random.default_rng(2).poisson(past(8, 100) * lumps).astype(float), 0)
    assert uneven.spread[0] < uneven.spread[1]
    assert uneven.spread[1] > 20


def test_a_storm_does_not_become_normal() -> None:
    stormy = past(4, 2)
    stormy[1000:1016] += 100
    assert learn(stormy, 0).rates.mean() == pytest.approx(learn(past(4, 2), 0).rates.mean(), rel=0.1)


def test_a_brand_without_a_past_has_the_prior() -> None:
    normal = baseline({}, NOON, NOON)
    assert normal.rates == pytest.approx(np.full(WEEK, bursts.PRIOR_RATE))
    assert normal.spread == EVEN
    story = normal.of_story(0, timedelta(0))
    assert detect(before([1, 2, 3, 4, 5]), story, NOON) is not None
    assert detect(before([1, 20, 40, 55]), story, NOON) is None


def test_a_loud_brand_is_known_as_one_after_its_first_hour() -> None:
    counts = {MONDAY + n * BIN: 250 for n in range(BINS)}
    story = baseline(counts, MONDAY, MONDAY + timedelta(hours=1)).of_story(100, timedelta(hours=1))
    assert (
        detect([MONDAY + timedelta(minutes=n) for n in range(60)], story, MONDAY + timedelta(hours=1)) is None
    )


@given(st.dictionaries(st.integers(-300, 3000), st.integers(0, 1000)), st.integers(0, 2000))
def test_a_baseline_is_sound_whatever_came(quarters: dict[int, int], hours: int) -> None:
    counts = {MONDAY + n * BIN: count for n, count in quarters.items()}
    until = MONDAY + timedelta(hours=hours)
    normal = baseline(counts, MONDAY, until)
    assert normal.rates.shape == (WEEK,)
    assert np.isfinite(normal.rates).all()
    assert (normal.rates > 0).all()
    assert all(bursts.SPREAD <= each < math.inf for each in normal.spread)
    inside = {at: count for at, count in counts.items() if MONDAY <= at < until}
    same = baseline(inside, MONDAY, until)
    assert np.array_equal(same.rates, normal.rates)
    assert same.spread == normal.spread


@given(st.integers(0, 5000), st.floats(-10, 2000), rates)
def test_a_story_is_granted_the_quiet_rate_and_more_the_more_it_had(
    own: int, hours: float, rate: float
) -> None:
    whole = flat(rate, (2.0, 5.0, 20.0))
    over = timedelta(hours=hours)
    story, more = whole.of_story(own, over), whole.of_story(own + 1, over)
    assert (story.rates >= bursts.QUIET).all()
    assert (more.rates >= story.rates).all()
    assert all(bursts.SPREAD <= few <= many for few, many in zip(story.spread, more.spread, strict=True))


def test_a_story_with_a_past_is_measured_by_it_and_a_new_one_by_how_quiet_it_was() -> None:
    brand = flat(10)
    assert brand.of_story(336, timedelta(weeks=2)).rates[0] == pytest.approx(1, rel=0.01)
    assert brand.of_story(0, timedelta(days=2)).rates[0] == bursts.QUIET
    assert brand.of_story(96, timedelta(hours=48)).rates[0] == pytest.approx(2, rel=0.02)


# --- the story's forecast ---------------------------------------------------------------------------------------

chances = st.lists(st.floats(0, 1), max_size=30)


def post(p: float, expected: float = 100, **more: object) -> Forecast:
    return replace(Forecast(NOON, 10, 500, p, expected, 10, 300), **more)  # type: ignore[arg-type]


def posts(p: Sequence[float]) -> list[Forecast]:
    return [post(each) for each in p]


@given(chances, st.floats(0, 1000), st.integers(0, 500))
@example([1.0, 1.0], 1000.0, 0)
def test_a_story_is_at_least_as_likely_as_its_best_post_and_never_over_one(
    p: list[float], rate: float, many: int
) -> None:
    found = story_forecast(posts(p), rate, many)
    assert max(p, default=0.0) <= found.p_viral <= 1
    apart = 1 - math.prod(1 - each for each in p)
    assert story_forecast(posts(p), 0).p_viral <= apart + 1e-9


@given(chances, st.floats(0, 1), st.floats(0, 1), st.floats(0, 1000), st.floats(0, 100))
def test_a_story_is_likelier_with_each_post_and_with_the_rate(
    p: list[float], one: float, other: float, rate: float, more: float
) -> None:
    low, high = sorted([one, other])
    found = story_forecast(posts([*p, low]), rate)
    assert story_forecast(posts([*p, high]), rate).p_viral >= found.p_viral - 1e-12
    faster = story_forecast(posts([*p, low]), rate + more)
    assert faster.p_viral >= found.p_viral - 1e-12
    assert faster.posts_soon >= found.posts_soon
    assert story_forecast(posts(p), 0).p_viral <= story_forecast(posts([*p, low]), 0).p_viral + 1e-12


def test_two_posts_say_more_than_one_and_less_than_if_they_were_strangers() -> None:
    assert story_forecast(posts([0.4, 0.4]), 0).p_viral == pytest.approx(1 - 0.6 ** math.sqrt(2), abs=1e-3)


def test_many_small_chances_and_a_high_rate_make_a_large_one() -> None:
    assert story_forecast(posts([0.05] * 20), 20).p_viral > 0.3
    assert story_forecast(posts([0.05]), 1).p_viral < 0.06


def test_posts_that_are_not_given_are_taken_not_to_spread() -> None:
    given_alone, of_many = (story_forecast(posts([0.3] * 5), 50, many) for many in (0, 500))
    assert of_many.p_viral < given_alone.p_viral


def test_once_a_post_has_crossed_the_story_has() -> None:
    found = story_forecast([post(0.2), post(1.0, 900, count=600)], 3)
    assert found.p_viral == 1.0


def test_a_story_without_a_forecast_goes_by_its_rate() -> None:
    assert story_forecast([], 0) == bursts.StoryForecast(0.0, 0.0)
    assert 0 < story_forecast([], 10).p_viral < 0.1
