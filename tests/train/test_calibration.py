from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from train.calibration import (
    cross_fitted,
    ece,
    ece_by_chance,
    fit,
    log_loss,
    reliability,
    stated,
)  # fmt: skip


def known(rows: int, labels: int, scale: float, bias: list[float]) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities that say too much by 1 / `scale`, and labels drawn from what would be right."""
    rng = np.random.default_rng(7)
    logits = rng.normal(0, 2, (rows, labels))
    right = np.exp(logits * scale + bias)
    right /= right.sum(1, keepdims=True)
    truth = (rng.random((rows, 1)) > right.cumsum(1)).sum(1)
    said = np.exp(logits)
    return said / said.sum(1, keepdims=True), truth


@pytest.mark.parametrize("labels", [2, 3])
def test_the_scale_that_was_put_in_is_found(labels: int) -> None:
    said, truth = known(20_000, labels, 0.5, [0.0] * labels)
    found = fit(said, truth, biased=False)
    assert found.scale == pytest.approx(0.5, abs=0.02)
    assert not found.bias.any()


def test_the_bias_that_was_put_in_is_found() -> None:
    said, truth = known(20_000, 3, 0.7, [0.8, 0.0, -0.8])
    found = fit(said, truth, biased=True)
    assert found.scale == pytest.approx(0.7, abs=0.03)
    assert found.bias - found.bias[1] == pytest.approx([0.8, 0.0, -0.8], abs=0.08)


def test_the_fit_is_where_the_loss_is_least() -> None:
    said, truth = known(3000, 2, 0.6, [0.3, 0.0])
    best = fit(said, truth, biased=False)
    loss = log_loss(best.apply(said), truth)
    for scale in (best.scale - 0.05, best.scale + 0.05):
        assert log_loss(best._replace(scale=scale).apply(said), truth) > loss


def test_rows_that_are_all_right_give_a_finite_scale() -> None:
    said = np.array([[0.9, 0.1], [0.2, 0.8], [0.7, 0.3]])
    found = fit(said, np.array([0, 1, 0]), biased=True)
    assert 1 < found.scale < 20


def test_cross_fitting_calibrates_each_half_on_the_other() -> None:
    said, truth = known(400, 2, 0.5, [0.0, 0.0])
    half = np.arange(400) % 2
    found = cross_fitted(said, truth, half, biased=False)
    first = fit(said[half == 1], truth[half == 1], biased=False)
    assert found[half == 0] == pytest.approx(first.apply(said[half == 0]))
    turned = np.where(half == 0, 1 - truth, truth)
    again = cross_fitted(said, turned, half, biased=False)
    assert again[half == 0] == pytest.approx(found[half == 0]), "a half's own labels must not matter to it"


def test_known_values() -> None:
    said = np.array([0.1, 0.1, 0.8, 0.8])
    so = np.array([0, 0, 1, 0])
    low, high = reliability(said, so, 2)
    assert (low.said, low.share, low.rows) == (pytest.approx(0.1), 0.0, 2)
    assert (high.said, high.share, high.rows) == (pytest.approx(0.8), 0.5, 2)
    assert ece(said, so, 2) == pytest.approx((0.1 + 0.3) / 2)
    assert (high.low, high.high) == (pytest.approx(0.0945, abs=1e-3), pytest.approx(0.9055, abs=1e-3))


def test_what_is_stated_of_two_and_of_more_labels() -> None:
    said, so = stated(np.array([[0.3, 0.7], [0.9, 0.1]]), np.array([1, 1]))
    assert (said.tolist(), so.tolist()) == ([0.7, 0.1], [1, 1])
    said, so = stated(np.array([[0.2, 0.5, 0.3], [0.6, 0.3, 0.1]]), np.array([1, 2]))
    assert (said.tolist(), so.tolist()) == ([0.5, 0.6], [1, 0])


def test_few_rows_show_an_error_by_chance_alone() -> None:
    said = np.linspace(0.02, 0.98, 4000)
    few, _ = ece_by_chance(said[::10], rounds=50)
    many, high = ece_by_chance(said, rounds=50)
    assert 0 < many < few < 0.1
    assert high > many


probabilities = arrays(np.float64, st.integers(1, 60), elements=st.floats(0, 1).map(lambda p: round(p, 2)))


@given(probabilities, st.randoms(use_true_random=False))
def test_the_error_is_a_share_and_the_order_of_the_rows_does_not_matter(said, random) -> None:
    so = np.array([random.randint(0, 1) for _ in said])
    order = np.array(random.sample(range(len(said)), len(said)))
    error = ece(said, so)
    assert 0 <= error <= 1
    assert ece(said[order], so[order]) == pytest.approx(error)
    points = reliability(said, so)
    assert sum(point.rows for point in points) == len(said)
    for point in points:
        assert -1e-9 <= point.low <= point.share <= point.high + 1e-9 <= 1 + 2e-9


@given(probabilities)
def test_certain_answers_that_are_right_have_no_error(said) -> None:
    certain = np.round(said)
    assert ece(certain, certain.astype(np.int64)) == 0
