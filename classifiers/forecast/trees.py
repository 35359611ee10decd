"""Boosted trees as plain arrays: grown by scikit-learn, kept and evaluated without it.

A tree is stored as if it were complete to DEPTH: node i has the children 2i + 1 (at most the threshold) and 2i + 2; a
branch that ends sooner goes left on and on, at an infinite threshold. All trees of all rows then descend in step.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from classifiers.forecast.curves import Floats, Ints

DEPTH = 4
INNER, LEAVES = 2**DEPTH - 1, 2**DEPTH
AT_A_TIME = 2048
"""Rows that descend together: what they touch stays in the processor's cache."""

LARGEST = 1e12
"""Size below which leaves lie, so that no sum of theirs overflows."""


@dataclass(frozen=True, slots=True)
class Trees:
    """The sum of many trees: `columns` and `thresholds` (trees × INNER), `leaves` (trees × LEAVES), and a constant."""

    columns: Ints
    thresholds: Floats
    leaves: Floats
    constant: float

    def __call__(self, x: Floats) -> Floats:
        """The sum for each row of `x`: what scikit-learn calls the raw prediction."""
        parts = [self._some(x[start : start + AT_A_TIME]) for start in range(0, len(x), AT_A_TIME)]
        return np.concatenate(parts) if parts else np.zeros(0)

    def _some(self, x: Floats) -> Floats:
        trees = np.arange(len(self.columns)) * INNER
        columns, thresholds = self.columns.ravel(), self.thresholds.ravel()
        values, row = np.ascontiguousarray(x).ravel(), (np.arange(len(x)) * x.shape[1])[:, None]
        node = np.zeros((len(x), len(trees)), dtype=np.intp)
        for _ in range(DEPTH):
            at = trees + node
            node = 2 * node + 1 + (values[row + columns[at]] > thresholds[at])
        leaf = np.arange(len(trees)) * LEAVES + node - INNER
        return np.asarray(self.constant + self.leaves.ravel()[leaf].sum(axis=1))

    def never_fall(self) -> bool:
        """Whether no leaf to the right of any branch is below one to its left: then the sum never falls when a column
        rises."""
        low, high = self.leaves, self.leaves
        for depth in reversed(range(DEPTH)):
            branches = slice(2**depth - 1, 2 ** (depth + 1) - 1)
            only_left = np.isposinf(self.thresholds[:, branches])
            left, right = slice(0, None, 2), slice(1, None, 2)
            if (~only_left & (low[:, right] < high[:, left])).any():
                return False
            low, high = low[:, left], np.where(only_left, high[:, left], high[:, right])
        return True

    def arrays(self) -> dict[str, Any]:
        return {
            "columns": self.columns.astype(np.int8),
            "thresholds": self.thresholds,
            "leaves": self.leaves,
            "constant": np.float64(self.constant),
        }

    @staticmethod
    def of(arrays: Mapping[str, Any], width: int) -> Trees:
        """What `arrays` gave, for rows of `width` columns. ValueError when that can't be evaluated."""
        if arrays["columns"].dtype.kind != "i":
            raise ValueError("trees over no columns")
        found = Trees(
            arrays["columns"].astype(np.intp),
            arrays["thresholds"].astype(np.float64),
            arrays["leaves"].astype(np.float64),
            float(arrays["constant"]),
        )
        number = len(found.columns)
        fits = found.columns.shape == found.thresholds.shape == (number, INNER)
        if not fits or found.leaves.shape != (number, LEAVES):
            raise ValueError("trees of another shape")
        if number and not 0 <= found.columns.min() <= found.columns.max() < width:
            raise ValueError("trees over other columns")
        sizes = np.abs(np.append(found.leaves, found.constant))
        if np.isnan(found.thresholds).any() or not (sizes < LARGEST).all():
            raise ValueError("trees that are no numbers")
        return found


def grow_classifier(x: Floats, y: Floats, weight: Floats, trees: int, seed: int) -> Trees:
    """The logit of P(y); it never falls when any column rises."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    model = HistGradientBoostingClassifier(
        max_iter=trees,
        learning_rate=0.08,
        max_leaf_nodes=LEAVES,
        max_depth=DEPTH,
        min_samples_leaf=40,
        l2_regularization=5.0,
        monotonic_cst=[1] * x.shape[1],
        early_stopping=False,
        random_state=seed,
    )
    return _grown(model, x, y, weight)


def grow_quantile(x: Floats, y: Floats, q: float, trees: int, seed: int) -> Trees:
    """The q-quantile of y."""
    from sklearn.ensemble import HistGradientBoostingRegressor

    model = HistGradientBoostingRegressor(
        loss="quantile",
        quantile=q,
        max_iter=trees,
        learning_rate=0.12,
        max_leaf_nodes=LEAVES,
        max_depth=DEPTH,
        min_samples_leaf=40,
        early_stopping=False,
        random_state=seed,
    )
    return _grown(model, x, y)


def _grown(model: Any, x: Floats, y: Floats, weight: Floats | None = None) -> Trees:
    """On one thread: trees this small grow hardly sooner on several, and the daemon has other work for them. Without
    weights where all are one: scikit-learn bins weighted rows many times as slowly."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1, "openmp"):
        return _trees(model.fit(x, y, sample_weight=weight))


def _trees(grown: Any) -> Trees:
    """scikit-learn keeps its trees in private attributes; a test holds that what is read here says the same."""
    every = [predictor.nodes for (predictor,) in grown._predictors]
    columns = np.zeros((len(every), INNER), dtype=np.intp)
    thresholds = np.full((len(every), INNER), np.inf)
    leaves = np.zeros((len(every), LEAVES))
    for tree, nodes in enumerate(every):
        _copy(nodes, 0, 0, columns[tree], thresholds[tree], leaves[tree])
    return Trees(columns, thresholds, leaves, float(np.ravel(grown._baseline_prediction)[0]))


def _copy(nodes: Sequence[Any], of: int, to: int, columns: Ints, thresholds: Floats, leaves: Floats) -> None:
    node = nodes[of]
    if to >= INNER:
        leaves[to - INNER] = node["value"]
    elif node["is_leaf"]:
        _copy(nodes, of, 2 * to + 1, columns, thresholds, leaves)
    else:
        columns[to], thresholds[to] = node["feature_idx"], node["num_threshold"]
        _copy(nodes, int(node["left"]), 2 * to + 1, columns, thresholds, leaves)
        _copy(nodes, int(node["right"]), 2 * to + 2, columns, thresholds, leaves)
