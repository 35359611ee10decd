"""Pure: what the learnt members of the blend look at.

All of it is relative to the threshold or to the post's own size, so that what was learnt on one platform serves another.
Every column is turned so that more of it can only mean a larger chance to cross. With weights that are not negative and
trees that are monotone, the probability then never falls when the last count is larger, and never rises when that count
is read later, or read once more without growth; curves.py interpolates linearly, which keeps each column
so: for instance the share of the growth since a part c of the age, (n − n(cT))/(n + 1), can only rise with n and only
fall with T.
"""

from __future__ import annotations

import numpy as np

from classifiers.forecast.curves import Floats, Ints, Rows

PARTS = (0.25, 0.5, 0.75)
WINDOWS = (30.0, 60.0, 180.0)
WEEK = np.log(7 * 24 * 60.0)

COLUMNS = (
    "distance",
    "youth",
    *(f"since {part:.0%} of the age" for part in PARTS),
    *(f"last {window:.0f} minutes" for window in WINDOWS),
    "early start",
    "base",
    "low threshold",
)


def features(rows: Rows, at: Ints, viral_at: Floats, base: Floats) -> Floats:
    """One line for each reading `at` (before the crossing), a column for each of COLUMNS. `viral_at` and `base`, the
    logit of a first opinion, have an entry for each line."""
    age, count, size = rows.ages[at], rows.counts[at], np.log(viral_at)
    return np.column_stack(
        [
            np.log1p(count) - size,
            -np.log(age),
            *((count - rows.counts_at(at, part * age)) / (count + 1) for part in PARTS),
            *(
                np.log(count - rows.counts_at(at, np.maximum(age - window, 0)) + 0.5) - size
                for window in WINDOWS
            ),
            -np.log(rows.engaged()[at]),
            base,
            -size,
        ]
    )


def with_product(x: Floats) -> Floats:
    """The columns of `features` and the one product that a linear model needs: how much the distance means grows with
    age. It is as monotone as they are: no reading before the crossing is above it."""
    return np.column_stack([x, np.minimum(x[:, 0], 0) * np.minimum(-x[:, 1] / WEEK, 1)])


def growth_features(rows: Rows, at: Ints, to_come: Floats) -> Floats:
    """What says how much more there will be, whatever the threshold. `to_come` is a first opinion of it."""
    count = rows.counts[at]
    x = features(rows, at, count + 1, np.log1p(to_come / (count + 1)))
    return np.column_stack([x[:, 1:], np.log1p(to_come)])
