"""Pure: whether a story's posts come faster than is normal for it at this hour, and how its spread goes on.

Everything counts voices: what one person says again, and near-copies of one text, are one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt

from monitor.model import Forecast

Floats = npt.NDArray[np.float64]

WINDOWS = (15, 60, 240)
"""Minutes over which voices are counted; one window speaks (`detect`)."""

VOICES = 4
"""So many voices at least make a burst: fewer can be one household or one quarrel."""

SURPRISE = 4.5
"""The least surprise of a burst, see docs/bursts.md for how it was chosen."""

PAST = timedelta(weeks=8)
"""How far back the baseline looks; all of it counts alike."""

STORMS = 0.01
"""The loudest share of the hours, which is not allowed to make itself normal."""

PRIOR_RATE, PRIOR_HOURS = 0.5, 1
"""The voices an hour that a brand without a past is granted, which count as much as so many hours of its own."""

SPREAD, SPREAD_HOURS = 1.25, 24
"""Variance over mean of voices that come as evenly as complaints ever do, and the hours that outweigh it."""

SEASON_VOICES = 20
"""An hour of the day differs from the mean as far as so many voices and more bear it out."""

SHARE, SHARE_VOICES = 0.1, 10
"""The share of the brand's voices that a story without a past is granted; its own outweighs it after so many of them."""

QUIET = 0.1
"""The voices an hour that every story is granted."""

HOUR = timedelta(hours=1)
BIN = timedelta(minutes=15)
BINS = HOUR // BIN
WEEK = 168


@dataclass(frozen=True, slots=True)
class Baseline:
    """What is normal: voices an hour in each hour of the week (Monday 00:00 UTC first), and how unevenly they come.

    `spread` is, for each of WINDOWS, the variance of the count over its mean; 1 would be pure chance (Poisson).
    """

    rates: Floats = field(repr=False)
    spread: tuple[float, ...]

    def expected(self, start: datetime, end: datetime) -> float:
        """The mean number of voices between the two times."""
        total, at = 0.0, start
        while at < end:
            until = min(_hour_of(at) + HOUR, end)
            total += float(self.rates[hour_of_week(at)]) * ((until - at) / HOUR)
            at = until
        return total

    def of_story(self, own: int, over: timedelta) -> Baseline:
        """The baseline of one story that had `own` voices over the last so long of the time that this was learnt from.

        Its share may be over 1: what is new is not yet in the brand's rate. A sample has its part of the unevenness:
        thinning a count by s brings variance over mean from 1 + u to 1 + s·u.
        """
        brand = float(self.rates.mean()) * max(over / HOUR, 0)
        share = (own + SHARE * SHARE_VOICES) / (brand + SHARE_VOICES)
        spread = tuple(max(1 + share * (each - 1), SPREAD) for each in self.spread)
        return Baseline(np.maximum(self.rates * share, QUIET), spread)


@dataclass(frozen=True, slots=True)
class Burst:
    """`posts` voices came in the last `window_minutes`, where `expected` are normal at this hour of the week.

    `surprise` is −log10 of the chance of so many or more.
    """

    window_minutes: int
    posts: int
    expected: float
    surprise: float

    def in_words(self) -> str:
        """Such as "17 posts in the last hour where 1.2 are normal at this hour"."""
        span = {60: "hour", 240: "4 hours"}.get(self.window_minutes, f"{self.window_minutes} minutes")
        normal = f"{self.expected:,.{1 if self.expected < 10 else 0}f}"
        many = "hardly any are" if self.expected < 0.1 else f"{normal} {'is' if normal == '1.0' else 'are'}"
        return f"{self.posts:,} posts in the last {span} where {many} normal at this hour"


def _hour_of(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def hour_of_week(moment: datetime) -> int:
    """0 is the hour from Monday 00:00 UTC."""
    utc = moment.astimezone(UTC)
    return utc.weekday() * 24 + utc.hour


def baseline(counts: Mapping[datetime, int], since: datetime, until: datetime) -> Baseline:
    """Learn from the brand's voices in each quarter of an hour (by its beginning; one that is absent had none).

    Only whole hours from the one of `since` to `until` count. Without a past it is the prior.
    """
    first = _hour_of(since)
    hours = max((until - first) // HOUR, 0)
    bins = np.zeros(hours * BINS)
    for at, count in counts.items():
        if 0 <= (place := (at - first) // BIN) < len(bins):
            bins[place] += count
    return learn(bins, hour_of_week(first))


def learn(bins: Floats, first: int) -> Baseline:
    """Learn from counts in quarters of an hour, the oldest first, that begin with the hour of the week `first`.

    How unevenly voices come is measured on each day by what is learnt from every other day: against rates that were
    fitted to the same days it would look less than it is.
    """
    hourly = bins.reshape(-1, BINS).sum(axis=1)
    hours = np.arange(len(hourly))
    week, odd = (first + hours) % WEEK, hours // 24 % 2 == 1
    rates = _rates(hourly, week)
    expected = rates[week]
    if len(hourly) >= 48:
        by_odd, by_even = (_rates(hourly[fold], week[fold]) for fold in (odd, ~odd))
        expected = np.where(odd, by_even[week], by_odd[week])
    return Baseline(rates, _spread(bins, np.repeat(expected / BINS, BINS)))


def _rates(hourly: Floats, week: npt.NDArray[np.int64]) -> Floats:
    """Voices an hour in each hour of the week, from the counts of some hours and the hours of the week that they were.

    The product of a level, a factor of the hour of day and one of the day of the week, each the mean over what it applies
    to, shrunk towards 1 while there is little to go by (gamma and Poisson). Storms (STORMS) are cut down to what the
    other hours reach.
    """
    calm = np.minimum(hourly, np.quantile(hourly, 1 - STORMS)) if len(hourly) else hourly
    level = (calm.sum() + PRIOR_RATE * PRIOR_HOURS) / (len(hourly) + PRIOR_HOURS)
    by_hour = _factor(week % 24, 24, calm, np.full(len(hourly), level), SEASON_VOICES)
    ring = np.array([by_hour[-1], *by_hour, by_hour[0]])
    by_hour = (ring[:-2] + 2 * ring[1:-1] + ring[2:]) / 4
    by_day = _factor(week // 24, 7, calm, level * by_hour[week % 24], 24 * level)
    of_week = np.arange(WEEK)
    return np.asarray(level * by_hour[of_week % 24] * by_day[of_week // 24])


def _factor(of: npt.NDArray[np.int64], size: int, seen: Floats, expected: Floats, prior: float) -> Floats:
    """How much more was seen than expected in each of `size` seasons, shrunk towards 1."""
    return np.asarray((np.bincount(of, seen, size) + prior) / (np.bincount(of, expected, size) + prior))


def _spread(bins: Floats, expected: Floats) -> tuple[float, ...]:
    """Variance over mean of the counts in each window, by what came above the mean: an outage must not look uneven.

    On the scale of Anscombe's square root, 2·√(count + 3/8), a Poisson count has variance 1, whatever its mean, and a
    storm does not drown everything else. Half of the variance is above.
    """
    found = []
    prior = SPREAD_HOURS * BINS
    for minutes in WINDOWS:
        size = minutes // (60 // BINS)
        above = np.maximum(_scale(_rolling(bins, size)) - _scale(_rolling(expected, size)), 0)
        found.append(max(float(2 * (above @ above) + SPREAD * prior) / (len(above) + prior), SPREAD))
    return tuple(found)


def _rolling(values: Floats, size: int) -> Floats:
    """The sum over each stretch of that size, by where it ends."""
    return np.convolve(values, np.ones(size), "valid") if len(values) >= size else np.zeros(0)


def _scale(count: Floats) -> Floats:
    return np.asarray(2 * np.sqrt(np.maximum(count, 0) + 0.375))


def surprise(posts: npt.ArrayLike, expected: npt.ArrayLike, spread: npt.ArrayLike) -> Floats:
    """−log10 of the chance of `posts` or more, negative binomial with that mean and variance over mean (over 1)."""
    from scipy.special import betainc

    posts, expected, spread = (np.asarray(each, dtype=float) for each in (posts, expected, spread))
    tail = betainc(np.maximum(posts, 1), expected / (spread - 1), 1 - 1 / spread)
    return np.where(posts > 0, -np.log10(np.maximum(tail, 1e-300)), 0.0)


def detect(
    arrivals: Sequence[datetime], normal: Baseline, now: datetime, enough: int = VOICES
) -> Burst | None:
    """The most surprising window of a story that is a burst (SURPRISE, VOICES); one of `enough` voices before one of fewer.

    `arrivals` are the times of its voices, in any order, each voice once, at its newest post; later than `now` is not
    looked at.
    """
    found = []
    for minutes, spread in zip(WINDOWS, normal.spread, strict=True):
        start = now - timedelta(minutes=minutes)
        posts = sum(start < at <= now for at in arrivals)
        if posts >= VOICES:
            expected = normal.expected(start, now)
            found.append(Burst(minutes, posts, expected, float(surprise(posts, expected, spread))))
    unlikely = [burst for burst in found if burst.surprise >= SURPRISE]
    return max(unlikely, key=lambda burst: (burst.posts >= enough, burst.surprise), default=None)


# --- the story's forecast ---------------------------------------------------------------------------------------

TOGETHER = 2.0
"""How strongly the posts of a story go viral together: 1 is not at all, infinity entirely; 2 is a Kendall's tau of ½. A
judgement: no public set tells which posts are of one story and how far each spread."""

SOON_HOURS, SOON_WORTH = 4, 2.0
LAST_WORTH = 6.0
"""The next SOON_HOURS bring as many posts as SOON_WORTH hours at the rate of the last one would, all that are still to come
as LAST_WORTH: means over comments on Reddit and reposts on Twitter, see docs/bursts.md."""

NEW_POST, NEW_POST_WEIGHT = 0.005, 10
"""The chance that a post of a story goes viral before anything is known of it, which weighs as much as so many posts."""


@dataclass(frozen=True, slots=True)
class StoryForecast:
    """`p_viral`: that one of the story's posts, there or still to come, crosses its threshold (1.0 once one has).

    `posts_soon` are the posts that are expected in the next SOON_HOURS.
    """

    p_viral: float
    posts_soon: float


def story_forecast(forecasts: Sequence[Forecast], rate_per_hour: float, posts: int = 0) -> StoryForecast:
    """Join the newest forecasts of a story's posts with the rate at which new ones came in the last hour.

    `posts` is how many posts it has, where only the likeliest are given; the others are taken not to spread.

    The story goes viral when one of its posts does. They share their readers' outrage and don't do so independently:
    1 − ∏(1 − pᵢ) would say too much; the largest pᵢ is the least that can be true. Between the two stands the copula of
    Gumbel and Hougaard, the one that maxima have: P(no post crosses) = exp(−(Σ hᵢ^θ)^(1/θ)), hᵢ = −ln(1 − pᵢ),
    θ = TOGETHER. A post that is still to come crosses with the mean chance of those that are there, which is right if
    theirs are: what they are said to reach, they reach on average.
    """
    p = np.array([each.p_viral for each in forecasts], dtype=float)
    known = max(posts, len(p)) + NEW_POST_WEIGHT
    new = (p.sum() + NEW_POST * NEW_POST_WEIGHT) / known
    to_come = rate_per_hour * LAST_WORTH
    powers = sum(_hazard(each) ** TOGETHER for each in p) + to_come * _hazard(new) ** TOGETHER
    hazard = powers ** (1 / TOGETHER)
    return StoryForecast(
        p_viral=1.0
        if any(each.crossed for each in forecasts)
        else max(1 - math.exp(-hazard), p.max(initial=0.0)),
        posts_soon=rate_per_hour * SOON_WORTH,
    )


def _hazard(p: float) -> float:
    return -math.log1p(-min(p, 1 - 1e-12))
