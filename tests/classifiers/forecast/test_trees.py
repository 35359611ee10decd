"""Trees say what scikit-learn says; linear models what their formulas say."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from threadpoolctl import threadpool_info, threadpool_limits

from classifiers.forecast.curves import Floats
from classifiers.forecast.linear import Linear, fit_logistic, fit_ridge
from classifiers.forecast.trees import DEPTH, LEAVES, Trees, _grown, _trees, grow_classifier, grow_quantile

DRAWS = np.random.default_rng(5)
X = DRAWS.normal(size=(600, 4))
Y = (X[:, 0] + 0.5 * X[:, 1] * (X[:, 2] > 0) + DRAWS.normal(size=600) > 0.5).astype(float)
ONES = np.ones(600)


def test_trees_equal_predict_proba() -> None:
    grown = HistGradientBoostingClassifier(max_iter=7, max_depth=DEPTH, max_leaf_nodes=LEAVES).fit(X, Y)
    fresh = np.concatenate([DRAWS.normal(size=(3000, 4)) * 2, X])
    assert expit(_trees(grown)(fresh)) == pytest.approx(grown.predict_proba(fresh)[:, 1], abs=1e-12)


def test_trees_equal_predict() -> None:
    grown = HistGradientBoostingRegressor(
        loss="quantile", quantile=0.9, max_iter=7, max_depth=DEPTH, max_leaf_nodes=LEAVES
    ).fit(X, X[:, 0] * 3)
    assert _trees(grown)(X) == pytest.approx(grown.predict(X), abs=1e-12)


def test_a_classifier_rises_with_every_column_and_a_quantile_is_one() -> None:
    found = grow_classifier(X, Y, ONES, 10, 0)
    for column in range(4):
        more = X.copy()
        more[:, column] += 0.7
        assert (found(more) >= found(X) - 1e-12).all()
    target = DRAWS.normal(size=600)
    high = grow_quantile(X, target, 0.9, 10, 0)
    assert 0.85 < np.mean(target <= high(X)) < 0.97


def test_trees_grow_on_one_thread() -> None:
    seen: list[int] = []

    class Watched(HistGradientBoostingClassifier):  # type: ignore[misc]
        def fit(self, *given: object, **more: object) -> HistGradientBoostingClassifier:
            seen.extend(each["num_threads"] for each in threadpool_info() if each["user_api"] == "openmp")
            return super().fit(*given, **more)

    with threadpool_limits(2, "openmp"):
        _grown(Watched(max_iter=1, max_depth=DEPTH, max_leaf_nodes=LEAVES), X, Y)
    assert seen
    assert set(seen) == {1}


def test_trees_come_back_from_their_arrays_and_foreign_ones_do_not() -> None:
    found = grow_classifier(X, Y, ONES, 5, 0)
    assert Trees.of(found.arrays(), 4)(X).tolist() == found(X).tolist()
    assert found(X[:0]).tolist() == []
    for name, bad in (
        ("columns", np.full((5, 15), 4, dtype=np.int8)),
        ("columns", np.full((5, 15), -1, dtype=np.int8)),
        ("thresholds", np.full((5, 15), np.nan)),
        ("thresholds", np.zeros((4, 15))),
        ("leaves", np.full((5, 16), np.inf)),
        ("leaves", np.zeros((5, 15))),
        ("constant", np.float64("nan")),
    ):
        with pytest.raises(ValueError, match="trees"):
            Trees.of(found.arrays() | {name: bad}, 4)


def test_a_logistic_has_no_weight_below_zero_and_finds_the_others() -> None:
    x = DRAWS.normal(size=(4000, 3))
    y = (DRAWS.random(4000) < expit(1.5 * x[:, 0] - 1.0 * x[:, 1] - 0.5)).astype(float)
    found = fit_logistic(x, y, np.ones(4000), 1e-4)
    assert found.weights[0] == pytest.approx(1.3, abs=0.3)
    assert found.weights[1] == 0
    assert (found.weights >= 0).all()
    assert np.mean(expit(found(x))) == pytest.approx(y.mean(), abs=0.01)


def test_a_ridge_regression() -> None:
    found = fit_ridge(X, 2 * X[:, 0] - X[:, 3] + 7, ONES, 1e-9)
    assert found.weights == pytest.approx([2, 0, 0, -1], abs=1e-6)
    assert found.constant == pytest.approx(7, abs=1e-6)
    assert Linear.of(found.arrays(), 4)(X).tolist() == found(X).tolist()
    for name, bad in (
        ("weights", np.zeros(3)),
        ("weights", np.full(4, np.nan)),
        ("constant", np.float64("inf")),
    ):
        with pytest.raises(ValueError, match="weights"):
            Linear.of(found.arrays() | {name: bad}, 4)


def weighted_twice(x: Floats) -> Floats:
    return np.concatenate([x, x])


def test_a_weight_of_two_is_a_row_twice() -> None:
    heavy = fit_ridge(X, Y, 2 * ONES, 0.01)
    twice = fit_ridge(weighted_twice(X), weighted_twice(Y), weighted_twice(ONES), 0.01)
    assert heavy.weights == pytest.approx(twice.weights)
    assert fit_logistic(X, Y, 2 * ONES, 0.01).weights == pytest.approx(
        fit_logistic(weighted_twice(X), weighted_twice(Y), weighted_twice(ONES), 0.01).weights, abs=1e-3
    )
