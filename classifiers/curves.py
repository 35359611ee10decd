"""Pure: how far a post had spread at each moment that it was read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from monitor.model import Mention, Reading
from monitor.spread import spread

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]

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
