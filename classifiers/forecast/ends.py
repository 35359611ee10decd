"""Pure: how far a post will get, as an 80% interval: three quantiles of log((final + 1)/(count + 1)) by boosted trees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from classifiers.forecast.curves import Floats, Ints, Rows
from classifiers.forecast.features import growth_features
from classifiers.forecast.trees import Trees, grow_quantile

WIDTH = 11
"""Columns of growth_features."""
TREES = 50
MOST_ROWS = 25_000
LARGEST = 10.0
"""Logarithm of the most that a post is taken to grow by."""

WIDEST = 4.0
"""How much an interval may be stretched to hold what it promises."""


class Span(NamedTuple):
    """Final spreads: between `low` and `high` in 80% of cases, above and below `middle` equally often."""

    low: Floats
    middle: Floats
    high: Floats


@dataclass(frozen=True, slots=True)
class Ends:
    """`stretch` is by how much the quantiles' distance from the middle is multiplied, so that the interval held 80% of
    later posts than those that the trees were grown on. `base`: the shipped one that these start from."""

    low: Trees
    middle: Trees
    high: Trees
    stretch: float = 1.0
    base: Ends | None = None

    def __call__(self, rows: Rows, at: Ints, to_come: Floats) -> Span:
        """For each reading `at`. `to_come` is what the formula expects."""
        count = rows.counts[at]
        low, middle, high = self._growth(rows, at, to_come)
        # whole shares: a post that ends where it stands is inside
        return Span(
            np.floor((count + 1) * np.exp(low) - 1 + 1e-9),
            (count + 1) * np.exp(middle) - 1,
            np.ceil((count + 1) * np.exp(high) - 1 - 1e-9),
        )

    def _growth(self, rows: Rows, at: Ints, to_come: Floats) -> tuple[Floats, Floats, Floats]:
        if self.base is not None:
            to_come = self.base(rows, at, to_come).middle - rows.counts[at]
        x = growth_features(rows, at, to_come)
        quantiles = np.sort([each(x) for each in (self.low, self.middle, self.high)], axis=0)
        low, middle, high = np.clip(quantiles, 0, LARGEST)
        return (
            np.maximum(middle - self.stretch * (middle - low), 0),
            middle,
            middle + self.stretch * (high - middle),
        )

    def stretched(self, rows: Rows, at: Ints, to_come: Floats, final: Floats) -> Ends:
        """The same, stretched so that the interval holds 80% of these ends; only readings count after which more than
        one share may come: of a post that is over, any interval holds the end."""
        low, middle, high = replace(self, stretch=1.0)._growth(rows, at, to_come)
        count = rows.counts[at]
        open_ = (count + 1) * (np.exp(high) - np.exp(low)) > 1
        if open_.sum() < 50:
            return self
        low, middle, high, end = (
            each[open_] for each in (low, middle, high, np.log((final + 1) / (count + 1)))
        )
        side = np.where(end < middle, middle - low, high - middle)
        needed = np.abs(end - middle) / np.maximum(side, 1e-6)
        return replace(self, stretch=float(np.clip(np.quantile(needed, 0.8), 1 / WIDEST, WIDEST)))

    def arrays(self) -> dict[str, Any]:
        found: dict[str, Any] = {
            "stretch": np.float64(self.stretch),
            "based": np.bool_(self.base is not None),
        }
        for name in ("low", "middle", "high"):
            found |= {f"{name}.{key}": value for key, value in getattr(self, name).arrays().items()}
        return found

    @staticmethod
    def of(arrays: Mapping[str, Any], base: Ends | None) -> Ends:
        """What `arrays` gave; `base` is used where it was one. ValueError when that can't be evaluated."""
        stretch = float(arrays["stretch"])
        if not 0 < stretch <= WIDEST:
            raise ValueError("an interval of no width")
        low, middle, high = (
            Trees.of(
                {key.partition(".")[2]: each for key, each in arrays.items() if key.startswith(f"{name}.")},
                WIDTH,
            )
            for name in ("low", "middle", "high")
        )
        return Ends(low, middle, high, stretch, base if arrays["based"] else None)


def grow_ends(rows: Rows, at: Ints, to_come: Floats, final: Floats, base: Ends | None, seed: int) -> Ends:
    """Trees for readings whose post's `final` spread is known, without a stretch. Readings after which more is expected
    to come are taken more often: of the others there are many, and they say little."""
    draws = np.random.default_rng(seed)
    wish = 0.02 + np.log1p(to_come)
    keep = np.flatnonzero(draws.random(len(at)) < np.minimum(MOST_ROWS * wish / wish.sum(), 1))
    at, to_come, final = at[keep], to_come[keep], final[keep]
    if base is not None:
        to_come = base(rows, at, to_come).middle - rows.counts[at]
    x, y = growth_features(rows, at, to_come), np.log((final + 1) / (rows.counts[at] + 1))
    low, middle, high = (grow_quantile(x, y, q, TREES, seed) for q in (0.1, 0.5, 0.9))
    return Ends(low, middle, high, 1.0, base)
