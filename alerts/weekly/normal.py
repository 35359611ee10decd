"""Pure: what is normal, from the weeks before.

The range is a prediction interval: of weeks like those, 9 in 10 lie in it (Student's t, mean ± t·s·√(1 + 1/n), where both
ends are left to chance alike). Counts are taken by the square root, shares by the arcsine of theirs (Anscombe 1948), where
the spread of either does not depend on its size; it is never taken for less than what chance alone makes. It knows of no
season and no growth. From fewer than ENOUGH weeks nothing is said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import asin, ceil, floor, pi, sin, sqrt
from statistics import fmean, variance
from typing import Literal

WEEKS = 8
ENOUGH = 4
"""So many weeks before, at least, are needed to say what is normal."""
SINGLE = 10
"""And so many single answers, to say how long one takes."""
LEAST = 30
"""Percentages are given of so many at least; of fewer, the counts."""

_T = {
    0.90: {3: 2.353, 4: 2.132, 5: 2.015, 6: 1.943, 7: 1.895},
    0.99: {3: 5.841, 4: 4.604, 5: 4.032, 6: 3.707, 7: 3.499},
}
"""Student's t by level and degrees of freedom, both ends."""

ROWS = 0.99
"""The level for rows of a table: with ten of them, one in ten weeks has one that is outside by chance."""

Verdict = Literal["more", "less", "normal"]


@dataclass(frozen=True, slots=True)
class Range:
    low: float
    high: float

    def verdict(self, value: float) -> Verdict:
        return "more" if value > self.high else "less" if value < self.low else "normal"


def of_counts(counts: Sequence[int], level: float = 0.90) -> Range | None:
    """What is normal for a count, in whole numbers; None after too few weeks."""
    if len(counts) < ENOUGH:
        return None
    rooted = [sqrt(count + 3 / 8) for count in counts]
    low, high = _interval(rooted, 1 / 4, level)
    return Range(max(ceil(max(low, 0) ** 2 - 3 / 8), 0), max(floor(high**2 - 3 / 8), 0))


def of_shares(parts: Sequence[int], wholes: Sequence[int], of: int) -> Range | None:
    """What is normal for a share of `of`; weeks with fewer than LEAST count for nothing."""
    pairs = [(part, whole) for part, whole in zip(parts, wholes, strict=True) if whole >= LEAST]
    if len(pairs) < ENOUGH or of < LEAST:
        return None
    turned = [asin(sqrt((part + 3 / 8) / (whole + 3 / 4))) for part, whole in pairs]
    chance = fmean(1 / (4 * whole + 2) for _, whole in pairs)
    low, high = _interval(turned, chance, 0.90, max(1 / (4 * of + 2) - chance, 0.0))
    return Range(sin(max(low, 0)) ** 2, sin(min(high, pi / 2)) ** 2)


def of_times(single: Sequence[float]) -> Range | None:
    """Between which 8 of 10 answers of the weeks before lay; None after too few."""
    if len(single) < SINGLE:
        return None
    ordered = sorted(single)
    return Range(_quantile(ordered, 0.1), _quantile(ordered, 0.9))


def _interval(values: Sequence[float], chance: float, level: float, more: float = 0.0) -> tuple[float, float]:
    count = len(values)
    spread = max(variance(values), chance)
    width = _T[level][count - 1] * sqrt(spread * (1 + 1 / count) + more)
    return fmean(values) - width, fmean(values) + width


def _quantile(ordered: Sequence[float], share: float) -> float:
    place = share * (len(ordered) - 1)
    under = floor(place)
    over = min(under + 1, len(ordered) - 1)
    return ordered[under] + (place - under) * (ordered[over] - ordered[under])
