"""Pure: the growth of an average post, and what one post's counts say about where it will end.

A post gathers its shares along the growth curve of its kind, G(T) = the share done by age T, at a level A that is its
own: by age T it has about A·G(T). A is Gamma distributed over posts with mean μ and shape a, so what is known of it
after n shares is Gamma(a + n/φ, rate a/μ + G(T)/φ), a tempered gamma-Poisson: φ > 1 because shares come in clumps. Two
things are added to that textbook formula:

- newer shares count more. A share that came when a part u of the present growth was done has the weight
  (κ + 1)·u^κ, which is 1 on average. A post that looked hot and then died comes down; one that speeds up goes up;
- the future is never surer than `doubt`, the relative error that remains however many shares have been seen.

What is still to come is then negative binomial: Poisson with the mean A·(1 − G(T)). Its tail beyond V − n is the
probability of crossing, corrected by a logistic calibration.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from classifiers.forecast.curves import Floats, Ints, Rows
from classifiers.forecast.odds import logit
from monitor.spread import counters


@dataclass(frozen=True, slots=True)
class Kind:
    """The constants of one kind of counter, fitted by bench/fit_formula.py. Ages are in minutes."""

    shape: float  # a: how much posts have in common before anything is seen
    mean: float  # μ: mean final spread
    clump: float  # φ: how many shares carry the information of one
    recency: float  # κ: how much more the newest shares count
    half: float  # age at which half of the growth is done
    steep: float  # how suddenly it is done
    doubt: float  # relative error of the future that no reading removes
    shift: float  # calibration: logit p becomes shift + slope · logit p
    slope: float
    followers: float = 0.0  # the mean grows with this power of the author's followers

    @staticmethod
    def of(constants: Sequence[float]) -> Kind:
        """ValueError when the formula can't be evaluated with them, or would say less where the count is larger."""
        found = Kind(*constants)
        above = (found.shape, found.mean, found.clump, found.half, found.steep, found.slope)
        powers = (found.recency, found.steep, found.followers)
        sane = all(abs(each) < 1e6 for each in constants) and max(powers) < 20  # nothing overflows then
        if not sane or min(above) < 1e-6 or min(found.recency, found.doubt, found.followers) < 0:
            raise ValueError("constants that the formula has no use for")
        return found


# Fitted by bench/fit_formula.py on the earlier half, in time, of public series: reposts of the Higgs announcement on
# Twitter (the power of followers: retweets of every post under a hashtag), comments of the threads of eight subreddits.
SHARES = Kind(0.0009756, 0.3011, 71.39, 0.9876, 773.2, 1.265, 1.054, 0.202, 1.088, 0.4)
THREADS = Kind(0.06359, 3.342, 10.18, 0.9918, 359.6, 1.326, 0.7619, -0.0004737, 1.014)

TYPICAL_FOLLOWERS = 1000


def kind_of(measure: str) -> Kind:
    """Which constants a measure uses: reposts and quotes pass a post on; likes, replies and views gather around it.
    InputError when a counter does not exist."""
    return SHARES if set(counters(measure)) <= {"reposts", "quotes"} else THREADS


def growth(ages: Floats, kind: Kind) -> Floats:
    """G: the share of an average post's growth that is done at each age in minutes; log-logistic, above 0, below 1."""
    odds = np.exp(kind.steep * (np.log(ages) - math.log(kind.half)))
    return np.asarray(np.clip(odds / (1 + odds), 1e-9, 1 - 1e-9))


@dataclass(frozen=True, slots=True)
class Posterior:
    """What is known of A after each reading, as the shape and rate of a Gamma, and the share of growth left by then."""

    shape: Floats
    rate: Floats
    left: Floats

    def at(self, places: Ints) -> Posterior:
        return Posterior(self.shape[places], self.rate[places], self.left[places])

    def mean(self) -> Floats:
        """How much is expected to come."""
        return self.shape * self.left / self.rate

    def crossing(self, missing: Floats) -> Floats:
        """The logit of the chance that at least `missing` (above 0) is still to come, before calibration: the tail of a
        negative binomial, a regularised incomplete beta function."""
        from scipy.special import betainc

        return logit(betainc(missing, self.shape, self.left / (self.rate + self.left)))


def posterior(rows: Rows, kind: Kind, at: Ints) -> Posterior:
    """After each of these readings. Between two readings the shares are taken to have come along G."""
    done = growth(rows.ages, kind)
    before = np.where(rows.first, 0.0, np.roll(done, 1))
    new = rows.counts - np.where(rows.first, 0.0, np.roll(rows.counts, 1))
    power, step = kind.recency + 1, done - before
    # the weights' mean over a step; its limit where the step is too short to divide by
    weight = np.where(
        step > 1e-9, (done**power - before**power) / np.maximum(step, 1e-9), power * done**kind.recency
    )
    counted = rows.running(new * weight) / done**kind.recency
    reach = (
        np.where(np.isnan(rows.followers), TYPICAL_FOLLOWERS - 1, rows.followers) + 1
    ) / TYPICAL_FOLLOWERS
    shape = kind.shape + counted / kind.clump
    rate = kind.shape / (kind.mean * reach**kind.followers) + done / kind.clump
    # the same mean, with a variance that `doubt` adds to
    surest = 1 / (1 / shape + kind.doubt**2)
    return Posterior(surest, rate * surest / shape, 1 - done).at(at)
