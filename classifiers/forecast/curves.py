"""Pure: how far posts had spread at each moment that they were read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from monitor.model import Mention, Reading
from monitor.spread import spread

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]
Bools = npt.NDArray[np.bool_]

YOUNGEST = 1.0
"""Minutes. Clocks of platforms differ: a reading before the post, or in its first minute, is taken to be this old."""


@dataclass(frozen=True, slots=True)
class Curve:
    """One post as it was polled. `ages` (minutes, at least YOUNGEST) ascend; `counts` of its spread never fall."""

    created: float  # seconds since 1970
    ages: Floats
    counts: Floats
    followers: int | None = None

    def upto(self, readings: int) -> Curve:
        """What was known after that many readings."""
        return Curve(self.created, self.ages[:readings], self.counts[:readings], self.followers)


def curve(mention: Mention, readings: Sequence[Reading], measure: str) -> Curve | None:
    """The readings that have the measure, in time order; None when there is none. A counter that falls (an unlike)
    stands at its highest value."""
    known = [
        (reading.at.timestamp(), n) for reading in readings if (n := spread(reading, measure)) is not None
    ]
    if not known:
        return None
    at, counts = np.array(known, dtype=np.float64).T
    created = mention.created_at.timestamp()
    ages = np.maximum.accumulate(np.maximum((at - created) / 60, YOUNGEST))
    return Curve(created, ages, np.maximum.accumulate(counts), mention.author.followers)


class Rows:
    """The readings of many posts in flat arrays, one entry a reading, post after post."""

    def __init__(self, curves: Sequence[Curve]) -> None:
        """`curves` must not be empty, and each has a reading."""
        lengths = np.array([len(each.ages) for each in curves])
        self.post: Ints = np.repeat(np.arange(len(curves)), lengths)
        self.ages: Floats = np.concatenate([each.ages for each in curves])
        self.counts: Floats = np.concatenate([each.counts for each in curves])
        known = np.array([np.nan if c.followers is None else max(c.followers, 0) for c in curves])
        self.followers: Floats = known[self.post]
        self.last: Ints = np.cumsum(lengths) - 1
        """Where each post's last reading is."""
        self._start: Ints = self.last - lengths + 1
        self.first: Bools = np.zeros(len(self.ages), dtype=bool)
        self.first[self._start] = True
        # Every post's curve begins with nothing at age 0. Ages rise within a post and posts follow each other, so one
        # sorted array of both finds a moment of any post.
        self._knot_ages = np.insert(self.ages, self._start, 0.0)
        self._knot_counts = np.insert(self.counts, self._start, 0.0)
        self._knots = _place(np.insert(self.post, self._start, np.arange(len(curves))), self._knot_ages)

    def running(self, values: Floats) -> Floats:
        """The sum, at each reading, of the post's values up to it. Reading by reading of all posts at once: one sum over
        all, less what came before each post, would let one post's numbers blur another's."""
        lengths = self.last - self._start + 1
        longest = self._start[np.argsort(-lengths, kind="stable")]
        more = np.searchsorted(np.sort(-lengths), -np.arange(1, lengths.max()), side="left")
        sums = values.copy()
        for reading, posts in enumerate(more, start=1):
            at = longest[:posts] + reading
            sums[at] += sums[at - 1]
        return sums

    def counts_at(self, rows: Ints, ages: Floats) -> Floats:
        """What was known at each of these readings of the spread at an age before it; linear between readings."""
        own = rows + self.post[rows] + 1  # the reading's own knot: later ones are not looked at
        after = np.minimum(np.searchsorted(self._knots, _place(self.post[rows], ages), side="right"), own)
        before = after - 1
        span = np.maximum(self._knot_ages[after] - self._knot_ages[before], 1e-9)
        share = np.clip((ages - self._knot_ages[before]) / span, 0, 1)
        low, high = self._knot_counts[before], self._knot_counts[after]
        return np.asarray(low + share * (high - low))

    def engaged(self) -> Floats:
        """At each reading the age at which the post's count was first seen above 0; the reading's own where it is 0."""
        begun = np.minimum.reduceat(np.where(self.counts > 0, self.ages, np.inf), self._start)
        return np.minimum(begun[self.post], self.ages)


def _place(post: Ints, ages: Floats) -> Floats:
    return np.asarray(post + np.log1p(ages) / 64)
