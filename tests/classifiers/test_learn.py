from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers import learn
from classifiers.heads import Head, softmax
from classifiers.learn import Rows, Verdict

NO_YES = ("no", "yes")


def rows(n: int, size: int, labels: int, seed: int, *, shipped: bool = True) -> Rows:
    """Random features, and logits that know something of the labels."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, labels, n)
    logits = (rng.normal(0, 2, (n, labels)) + 2 * np.eye(labels)[truth]).astype(np.float32)
    features = rng.normal(3, 2, (n, size)).astype(np.float32)
    return Rows(features, truth, logits if shipped else None, rng.integers(0, learn.FOLDS, n))


def loss(probabilities: np.ndarray, labels: np.ndarray) -> float:
    return -float(np.log(probabilities[np.arange(len(labels)), labels]).mean())


# --- the split ------------------------------------------------------------------------------------------------------


@given(st.text(st.characters(), max_size=300))
def test_copies_fall_on_the_same_side(text: str) -> None:
    for copy in (text, f"  {text}\n", text.replace(" ", "  ")):
        assert learn.key(copy) == learn.key(text)
        assert learn.bucket(copy) == learn.bucket(text)
    assert 0 <= learn.fold(learn.bucket(text)) < learn.FOLDS


def test_the_split_is_the_same_on_every_machine_and_every_time() -> None:
    assert [learn.bucket(text) for text in ("My parcel is lost", "", "मेरा ऑर्डर")] == [8, 5, 14]
    assert learn.bucket("RT @ann: MY parcel is lost") == learn.bucket("my parcel is lost")


def test_a_fifth_is_held_out_and_the_rest_falls_into_even_folds() -> None:
    buckets = [learn.bucket(f"post number {number}") for number in range(6000)]
    assert np.mean([learn.is_held_out(each) for each in buckets]) == pytest.approx(1 / 5, abs=0.02)
    folds = np.bincount([learn.fold(each) for each in buckets if not learn.is_held_out(each)])
    assert folds / folds.sum() == pytest.approx(np.full(3, 1 / 3), abs=0.03)


# --- the fit --------------------------------------------------------------------------------------------------------


@settings(max_examples=15)
@given(st.integers(1, 60), st.integers(1, 8), st.integers(2, 4), st.integers(0, 99))
def test_on_what_it_learnt_from_it_is_never_worse_than_the_shipped_head(
    n: int, size: int, labels: int, seed: int
) -> None:
    data = rows(n, size, labels, seed)
    head, _ = learn.learn(data, [str(label) for label in range(labels)])
    assert data.logits is not None
    found = head.probabilities(data.features, data.logits)
    assert loss(found, data.labels) <= loss(softmax(data.logits), data.labels) + 1e-4


@settings(max_examples=8)
@given(st.integers(20, 60), st.integers(0, 99), st.booleans())
def test_the_order_of_the_rows_does_not_matter(n: int, seed: int, shipped: bool) -> None:
    data = rows(n, 3, 3, seed, shipped=shipped)
    order = np.random.default_rng(seed).permutation(n)
    one, _ = learn.learn(data, "abc")
    other, _ = learn.learn(data.of(order), "abc")  # type: ignore[arg-type]
    found = [head.probabilities(data.features, data.logits) for head in (one, other)]
    assert found[0] == pytest.approx(found[1], abs=0.02)


@given(
    st.integers(1, 12),
    st.integers(2, 4),
    st.sampled_from(["one label", "constant features", "large features", "certain logits"]),
    st.booleans(),
)
@settings(max_examples=20)
def test_degenerate_rows_give_a_head_with_finite_probabilities(
    n: int, labels: int, what: str, shipped: bool
) -> None:
    data = rows(n, 4, labels, n, shipped=shipped)
    if what == "one label":
        data.labels[:] = labels - 1
    elif what == "constant features":
        data.features[:] = 7
    elif what == "large features":
        data.features[:] *= 1e4
    elif data.logits is not None:
        data.logits[:] *= 1e4
    head, strength = learn.learn(data, [str(label) for label in range(labels)])
    found = head.probabilities(data.features, data.logits)
    assert found.shape == (n, labels)
    assert found.sum(1) == pytest.approx(np.ones(n), abs=1e-4)
    assert strength > 0


def test_the_gradient_is_that_of_the_objective() -> None:
    data = rows(30, 3, 3, 0)
    rng = np.random.default_rng(1)
    theta = rng.normal(0, 0.3, 1 + 3 + 9)
    _, gradient = learn.objective(data, 3, 0.1, theta)
    step = 1e-2
    for place in range(len(theta)):
        move = np.eye(len(theta))[place] * step
        up, down = (learn.objective(data, 3, 0.1, theta + sign * move)[0] for sign in (1, -1))
        assert gradient[place] == pytest.approx((up - down) / 2 / step, abs=2e-3)


def test_labels_that_the_features_explain_nothing_of_only_recalibrate() -> None:
    data = rows(400, 30, 2, 5)
    assert data.logits is not None
    head, strength = learn.learn(Rows(data.features, data.labels, data.logits * 4, data.folds), NO_YES)
    assert strength == np.inf
    assert not head.weight.any()
    assert head.scale < 0.5, "the logits said too much"


def test_what_the_shipped_head_does_not_know_is_learnt_from_the_features() -> None:
    rng = np.random.default_rng(3)
    truth = rng.integers(0, 2, 600)
    features = rng.normal(0, 1, (600, 20)).astype(np.float32)
    features[:, 4] += truth * 2
    logits = rng.normal(0, 1, (600, 2)).astype(np.float32)
    folds = rng.integers(0, 3, 600)
    inside = np.arange(600) < 400
    head, strength = learn.learn(Rows(features, truth, logits, folds).of(inside), NO_YES)
    verdict = learn.compare(
        softmax(logits[~inside]), head.probabilities(features[~inside], logits[~inside]), truth[~inside]
    )
    assert strength < np.inf
    assert verdict.against(misses=True) == ""
    assert verdict.new.macro_f1 > 0.75 > 0.6 > verdict.old.macro_f1


def test_a_head_of_its_own_needs_no_shipped_one() -> None:
    rng = np.random.default_rng(3)
    truth = rng.integers(0, 3, 300)
    features = (rng.normal(0, 0.5, (300, 3)) + np.eye(3)[truth]).astype(np.float32)
    head, _ = learn.learn(Rows(features, truth, None, rng.integers(0, 3, 300)), ("a", "b", "c"))
    assert head.scale == 0
    assert head.labels == ("a", "b", "c")
    assert learn.figures(head.probabilities(features), truth).macro_f1 > 0.8


def test_a_rare_label_is_lifted_and_one_that_nobody_gave_is_not() -> None:
    even = Head(("common", "rare", "never"), np.zeros((3, 1), np.float32), np.zeros(3, np.float32))
    found = learn.evened(even, np.array([90, 10, 0])).probabilities(np.zeros((1, 1), np.float32))[0]
    assert found[1] / found[0] == pytest.approx(3, rel=1e-4), "the square root of nine times as many"
    assert found[2] == pytest.approx(found[0])


# --- the comparison -------------------------------------------------------------------------------------------------


def certain(said: list[int], labels: int, sure: float = 0.9) -> np.ndarray:
    found = np.full((len(said), labels), (1 - sure) / (labels - 1), np.float32)
    found[np.arange(len(said)), said] = sure
    return found


def test_known_figures() -> None:
    truth = np.array([0, 0, 0, 1, 2])
    found = learn.figures(certain([0, 0, 1, 1, 0], 3), truth)
    assert found.macro_f1 == pytest.approx((2 / 3 + 2 / 3 + 0) / 3)
    assert found.log_loss == pytest.approx(-(3 * np.log(0.9) + 2 * np.log(0.05)) / 5)
    assert found.ece == pytest.approx(0.9 - 3 / 5, abs=1e-6)
    assert found.recall == pytest.approx((2 / 3 + 1 + 0) / 3)
    yes = np.array([[0.2, 0.8], [0.2, 0.8], [0.9, 0.1], [0.9, 0.1]], np.float32)
    assert learn.figures(yes, np.array([1, 0, 0, 0])).ece == pytest.approx((0.3 + 0.1) / 2, abs=1e-6)
    assert learn.figures(yes, np.array([1, 0, 1, 1])).recall == pytest.approx(1 / 3)


def test_a_label_that_a_head_does_not_know_costs_a_finite_loss() -> None:
    never = np.array([[1.0, 0.0]], np.float32)
    assert learn.figures(never, np.array([1])).log_loss == pytest.approx(-np.log(1e-6), rel=1e-4)


def test_better_must_be_sure() -> None:
    truth = np.tile([0, 1], 20)
    wrong = truth.copy()
    wrong[:6] = 1 - wrong[:6]
    clear = learn.compare(certain(wrong.tolist(), 2), certain(truth.tolist(), 2), truth)
    assert (clear.against(misses=True), clear.surer > 0.95) == ("", True)
    wrong = truth.copy()
    wrong[0] = 1 - wrong[0]
    lucky = learn.compare(certain(wrong.tolist(), 2), certain(truth.tolist(), 2), truth)
    assert lucky.new.macro_f1 > lucky.old.macro_f1
    assert "chance may explain it" in lucky.against(misses=True)


def test_more_right_answers_alone_are_no_sure_gain() -> None:
    # Six of forty rows change sides, by a hair; nearly all others are told with less certainty than before.
    truth = np.tile([0, 1], 20)
    old, new = certain(truth.tolist(), 2, 0.62), certain(truth.tolist(), 2, 0.6)
    old[:6], new[:6] = certain((1 - truth[:6]).tolist(), 2, 0.51), certain(truth[:6].tolist(), 2, 0.53)
    verdict = learn.compare(old, new, truth)
    assert verdict.new.macro_f1 > verdict.old.macro_f1
    assert "log loss is higher" in verdict.against(misses=True)


def test_worse_in_either_figure_is_not_better() -> None:
    good, bad = learn.Figures(0.8, 0.5, 0.1, 0.9), learn.Figures(0.7, 0.6, 0.1, 0.9)
    assert against(bad, good) == ""
    assert against(good, bad._replace(log_loss=0.4)) == "macro-F1 is lower"
    assert against(bad, good._replace(log_loss=0.7)) == "log loss is higher"
    assert against(good, good._replace(log_loss=0.4), 0.97) == ""
    assert against(good, good._replace(log_loss=0.4), 0.94) != ""
    assert against(good, good, 0.5) != ""


def test_what_misses_more_is_not_better_where_a_miss_is_worse() -> None:
    old, new = learn.Figures(0.7, 0.6, 0.1, 0.9), learn.Figures(0.8, 0.5, 0.1, 0.85)
    assert against(old, new, misses=True) == "it misses more: finds 85.0%, until now 90.0%"
    assert against(old, new, misses=False) == ""
    assert against(old, new._replace(recall=0.9), misses=True) == ""


def against(old: learn.Figures, new: learn.Figures, surer: float = 1.0, *, misses: bool = True) -> str:
    return Verdict(old, new, surer).against(misses=misses)


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=40))
def test_a_head_is_as_good_as_itself(pairs: list[tuple[int, int]]) -> None:
    truth = np.array([label for label, _ in pairs])
    said = certain([label for _, label in pairs], 3)
    verdict = learn.compare(said, said, truth)
    assert verdict.surer == 0.5
    assert "chance" in verdict.against(misses=True)
    assert 0 <= verdict.old.macro_f1 <= 1
    assert 0 <= verdict.old.recall <= 1
    assert 0 <= verdict.old.ece <= 1
