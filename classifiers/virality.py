"""Pure: which mentions are about to go viral, from their polled counters.

A post gathers its shares along the growth curve of its kind, G(T) = the share done by age T, at a level A that is its
own: by age T it has about A·G(T). A is Gamma distributed over posts with mean μ and shape a, so what is known of it
after n shares is Gamma(a + n/φ, rate a/μ + G(T)/φ), a tempered gamma-Poisson: φ > 1 because shares come in clumps. Two
things are added to that textbook formula:

- newer shares count more. A share that came when a part u of the present growth was done has the weight
  (κ + 1)·u^κ, which is 1 on average. A post that looked hot and then died comes down; one that speeds up goes up;
- the future is never surer than `doubt`, the relative error that remains however many shares have been seen.

What is still to come is then negative binomial: Poisson with the mean A·(1 − G(T)). Its tail beyond V − n is the
probability of crossing, corrected by a logistic calibration. docs/forecast.md has the figures.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import numpy.typing as npt

from monitor.model import Forecast, Mention, Reading
from monitor.ports import Ask
from monitor.spread import counters, spread

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Kind:
    """The constants of one kind of counter, fitted by bench/fit_virality.py. Ages are in minutes."""

    shape: float  # a: how much posts have in common before anything is seen
    mean: float  # μ: mean final spread
    clump: float  # φ: how many shares carry the information of one
    recency: float  # κ: how much more the newest shares count
    half: float  # age at which half of the growth is done
    steep: float  # how suddenly it is done
    doubt: float  # relative error of the future that no reading removes
    shift: float  # calibration: logit p becomes shift + slope · logit p
    slope: float


# Fitted by bench/fit_virality.py on the earlier half, in time, of public series: reposts of the Higgs announcement on
# Twitter, comments of the threads of eight subreddits. The latter forecast scores as well (docs/forecast.md).
SHARES = Kind(0.0009756, 0.3011, 71.39, 0.9876, 773.2, 1.265, 1.054, 0.202, 1.088)
THREADS = Kind(0.06359, 3.342, 10.18, 0.9918, 359.6, 1.326, 0.7619, -0.0004737, 1.014)

TYPICAL_FOLLOWERS = 1000
FOLLOWERS = 0.4
"""The mean final spread grows with this power of the author's followers (retweets of every post under a hashtag)."""


def kind_of(measure: str) -> Kind:
    """Which constants a measure uses: reposts and quotes pass a post on; likes, replies and views gather around it."""
    return SHARES if set(counters(measure)) <= {"reposts", "quotes"} else THREADS


def growth(ages: Floats, kind: Kind) -> Floats:
    """G: the share of an average post's growth that is done at each age in minutes; log-logistic, above 0, below 1."""
    odds = np.exp(kind.steep * (np.log(ages) - math.log(kind.half)))
    return np.asarray(np.clip(odds / (1 + odds), 1e-9, 1 - 1e-9))


def posterior(ages: Floats, counts: Floats, kind: Kind) -> tuple[Floats, Floats, Floats]:
    """What is known of A after each reading, as the shape and rate of a Gamma, and the share of growth left by then.

    `ages` (minutes, positive) and `counts` hold readings along the last axis; neither may fall. Between two readings
    the shares are taken to have come along G.
    """
    done = growth(ages, kind)
    before = np.concatenate([np.zeros_like(done[..., :1]), done[..., :-1]], axis=-1)
    new = np.diff(counts, axis=-1, prepend=0.0)
    power, step = kind.recency + 1, done - before
    # the weights' mean over a step; its limit where the step is too short to divide by
    weight = np.where(
        step > 1e-9, (done**power - before**power) / np.maximum(step, 1e-9), power * done**kind.recency
    )
    counted = np.cumsum(new * weight, axis=-1) / done**kind.recency
    shape = kind.shape + counted / kind.clump
    rate = kind.shape / kind.mean + done / kind.clump
    # the same mean, with a variance that `doubt` adds to
    surest = 1 / (1 / shape + kind.doubt**2)
    return surest, rate * surest / shape, 1 - done


class Virality:
    """The Forecaster that works from the first day on, with constants learned elsewhere."""

    def forecast(self, asks: Sequence[Ask], now: datetime) -> list[Forecast | None]:
        """One answer for each ask, in order; `_one` says what holds for it."""
        return [self._one(ask.mention, ask.readings, ask.viral_at, ask.measure, now) for ask in asks]

    def _one(
        self, mention: Mention, readings: Sequence[Reading], viral_at: int, measure: str, now: datetime
    ) -> Forecast | None:
        """The state after the last reading that has the measure; None when there is none up to `now`.

        Readings are in time order; a counter that falls (an unlike) stands at its highest value. The probability never
        rises with age alone and never falls when the last count is larger; it is 1.0 exactly when the threshold has
        been reached. `high` is at least `expected`, which a few giants can pull beyond the 90% point.
        """
        known = [(r.at, n) for r in readings if r.at <= now and (n := spread(r, measure)) is not None]
        if not known:
            return None
        ages = np.array([max((at - mention.created_at).total_seconds() / 60, 1.0) for at, _ in known])
        counts = np.maximum.accumulate([float(n) for _, n in known])
        kind = kind_of(measure)
        if kind is SHARES and mention.author.followers is not None:
            reach = (mention.author.followers + 1) / TYPICAL_FOLLOWERS
            kind = replace(kind, mean=kind.mean * reach**FOLLOWERS)
        shape, rate, left = (float(values[-1]) for values in posterior(ages, counts, kind))
        count = int(counts[-1])
        come = left / (rate + left)
        expected = count + shape * left / rate
        low, high = count + quantile(0.1, shape, come), count + quantile(0.9, shape, come)
        p_viral = 1.0 if count >= viral_at else calibrated(tail(viral_at - count, shape, come), kind)
        return Forecast(now, count, viral_at, p_viral, expected, min(low, expected), max(high, expected))


def calibrated(p: float, kind: Kind) -> float:
    p = min(max(p, 1e-9), 1 - 1e-9)
    return 1 / (1 + math.exp(-kind.shift - kind.slope * math.log(p / (1 - p))))


def tail(k: float, shape: float, come: float) -> float:
    """P(R ≥ k) of the negative binomial R with this shape and mean shape·come/(1 − come): the regularised incomplete
    beta function I_come(k, shape), by its continued fraction (DLMF 8.17.22, evaluated with Lentz's method)."""
    if k <= 0:
        return 1.0
    if come > (k + 1) / (k + shape + 2):
        return 1 - _beta_fraction(shape, k, 1 - come)
    return _beta_fraction(k, shape, come)


def _beta_fraction(a: float, b: float, x: float) -> float:
    front = math.exp(
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    )
    tiny = 1e-300
    c, d = 1.0, 1 / (1 - (a + b) * x / (a + 1) or tiny)
    value = d
    for m in range(1, 20_000):
        before = value
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 / (1 + term * d or tiny)
            c = 1 + term / c or tiny
            value *= d * c
        if abs(value - before) <= 1e-12 * abs(value):
            break
    return min(front * value / a, 1.0)


def quantile(q: float, shape: float, come: float) -> float:
    """The smallest r with P(R ≤ r) ≥ q, within one part in a thousand."""
    if tail(1, shape, come) <= 1 - q:
        return 0.0
    below, above = 0.0, 1.0
    while tail(above + 1, shape, come) > 1 - q:
        below, above = above, 2 * above
    while above - below > max(1.0, above / 1000):
        middle = (below + above) // 2
        if tail(middle + 1, shape, come) > 1 - q:
            below = middle
        else:
            above = middle
    return above
