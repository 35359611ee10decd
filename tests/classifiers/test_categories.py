from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from classifiers import categories
from classifiers.bundled import EXAMPLES, FOLDER, Bundled
from classifiers.categories import confusable, fit, merged, rows, saved_features, shipped
from classifiers.heads import Head

THREE = ("my bag is lost", "no suitcase on the belt", "luggage left behind in Rome")


def clouds(
    seed: int, sizes: list[int], distance: float = 6.0, features: int = 40
) -> tuple[NDArray[np.float32], list[str]]:
    """Rows around one centre a category, with features of very different size."""
    rng = np.random.default_rng(seed)
    names = [f"c{i}" for i in range(len(sizes)) for _ in range(sizes[i])]
    centres = rng.normal(size=(len(sizes), features)) * distance
    values = np.concatenate([centres[i] + rng.normal(size=(n, features)) for i, n in enumerate(sizes)])
    return (values * np.geomspace(0.01, 100, features) + 3).astype(np.float32), names


def said(head: Head, features: NDArray[np.float32]) -> list[str]:
    return [head.labels[i] for i in head.probabilities(features).argmax(1)]


SIZES = st.lists(st.integers(3, 12), min_size=2, max_size=6)


@given(seed=st.integers(0, 1000), sizes=SIZES)
def test_a_categorys_own_examples_are_recognised_and_probabilities_add_up(
    seed: int, sizes: list[int]
) -> None:
    features, labels = clouds(seed, sizes)
    head = fit(features, labels)
    found = head.probabilities(features)
    assert np.isfinite(found).all()
    assert found.sum(1) == pytest.approx(1, abs=1e-5)
    assert said(head, features) == labels


@given(seed=st.integers(0, 1000), sizes=SIZES, shuffle=st.randoms(use_true_random=False))
def test_the_order_of_examples_does_not_matter(seed: int, sizes: list[int], shuffle: object) -> None:
    features, labels = clouds(seed, sizes, distance=0.5)
    order = list(range(len(labels)))
    shuffle.shuffle(order)  # type: ignore[attr-defined]
    a, b = fit(features, labels), fit(features[order], [labels[i] for i in order])
    same = [b.labels.index(name) for name in a.labels]
    assert a.probabilities(features) == pytest.approx(b.probabilities(features)[:, same], abs=2e-3)


def test_new_texts_near_a_category_are_recognised() -> None:
    features, labels = clouds(1, [30] * 5, distance=2.0)
    learnt = np.arange(len(labels)) % 30 < 10
    head = fit(features[learnt], [name for name, each in zip(labels, learnt, strict=True) if each])
    assert said(head, features[~learnt]) == [n for n, each in zip(labels, learnt, strict=True) if not each]


def test_a_category_with_few_examples_is_not_drowned_by_one_with_many() -> None:
    features, labels = clouds(3, [30, 23], distance=0.6)
    learnt = np.r_[np.arange(30), np.arange(30, 33)]
    head = fit(features[learnt], [labels[i] for i in learnt])
    assert np.mean([name == "c1" for name in said(head, features[33:])]) > 0.6


@pytest.mark.parametrize("distance", [0.0, 0.3, 1.0, 5.0])
def test_probabilities_mean_what_they_say(distance: float) -> None:
    features, labels = clouds(5, [310, 310, 310], distance)
    learnt = np.arange(len(labels)) % 310 < 10
    head = fit(features[learnt], [name for name, each in zip(labels, learnt, strict=True) if each])
    right = [a == b for a, b in zip(said(head, features), labels, strict=True)]
    sure = head.probabilities(features).max(1)
    assert np.mean(sure[~learnt]) == pytest.approx(np.mean(np.array(right)[~learnt]), abs=0.17)


def test_features_that_say_nothing_and_examples_that_are_all_alike_do_no_harm() -> None:
    features, labels = clouds(1, [4, 4])
    still = fit(np.hstack([features, np.ones((8, 5), np.float32)]), labels)
    assert said(still, np.hstack([features, np.zeros((8, 5), np.float32)])) == labels
    alike = fit(np.ones((6, 3), np.float32), ["a"] * 3 + ["b"] * 3)
    assert alike.probabilities(np.ones((1, 3), np.float32)) == pytest.approx(np.array([[0.5, 0.5]]))


def test_left_out_rows_score_as_if_they_had_never_been_there() -> None:
    """The closed form against fitting anew without the row, where standardising leaves no trace of it."""
    features, labels = clouds(2, [5, 4, 6], distance=1.0, features=60)
    found = categories._ridge(features, labels)
    x = (features - found.middle) / found.spread
    strength = categories.RIDGE * np.average((x**2).sum(1), weights=found.counts)
    for row in range(len(labels)):
        rest = np.arange(len(labels)) != row
        root = np.sqrt(found.counts[rest])[:, None]
        design = np.hstack([x[rest], np.ones((rest.sum(), 1))]) * root
        target = np.eye(3)[found.labels[rest]] * root
        penalty = np.diag([strength] * 60 + [0.0])
        weight = np.linalg.solve(design.T @ design + penalty, design.T @ target)
        scores = np.append(x[row], 1) @ weight
        assert found.left_out[row] + 1 / 3 == pytest.approx(scores, abs=1e-6)


def test_categories_that_are_hardly_told_apart_are_named() -> None:
    features, labels = clouds(4, [10, 10, 10], distance=3.0)
    assert confusable(features, labels) == []
    one_cloud = ["c0", "twin"] * 5 + labels[10:]
    assert confusable(features, one_cloud) == [("c0", "twin")]


def test_the_shipped_ones() -> None:
    found = shipped()
    assert set(found) >= {"delivery", "billing", "safety", "privacy", "other"}
    for name, sentences in found.items():
        assert categories.valid_name(name) == name
        assert categories.valid_examples(sentences) == sentences


def test_a_new_one_is_added_a_shipped_one_replaced_an_empty_one_removed() -> None:
    found = merged({"baggage": THREE, "billing": THREE, "delivery": ()})
    assert found["baggage"] == found["billing"] == THREE
    assert set(found) == set(shipped()) - {"delivery"} | {"baggage"}
    assert merged({}) == shipped()


@given(st.sets(st.sampled_from(sorted(set(shipped()) - {"other"}))))
def test_any_shipped_ones_can_be_removed_while_one_is_left(removed: set[str]) -> None:
    found = merged(dict.fromkeys(removed, ()) | {"baggage": THREE})
    assert set(found) == set(shipped()) - removed | {"baggage"}


@pytest.mark.parametrize(
    ("own", "problem"),
    [
        ({"other": ()}, "can't be removed"),
        ({name: () for name in shipped() if name != "other"}, "keep or add one"),
        ({"bilings": ()}, "no shipped category 'bilings'.*billing"),
    ],
)
def test_what_can_not_be_removed(own: dict[str, tuple[str, ...]], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        merged(own)


@pytest.mark.parametrize("name", ["", "Baggage", "-x", "a b", "../x", "<b>", "é", "x" * 33, "a\n"])
def test_names_that_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="the name of a category"):
        categories.valid_name(name)


@pytest.mark.parametrize(
    ("sentences", "problem"),
    [
        (["a", "b"], "has 2 examples; give 3 to 30"),
        (["a"], "has 1 example;"),
        ([str(i) for i in range(31)], "has 31 examples"),
        (["a", " ", "b"], "example 2 is empty"),
        (["a", "b", " a\n"], "example 3 stands there twice"),
    ],
)
def test_examples_that_are_refused(sentences: list[str], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        categories.valid_examples(sentences)


def test_examples_are_trimmed() -> None:
    assert categories.valid_examples([" a ", "b\n", "c"]) == ("a", "b", "c")
    assert categories.valid_examples([]) == ()


def test_the_words_of_a_name_are_an_example_too() -> None:
    texts, labels = rows({"lost-baggage": THREE, "other": ("hello",)})
    assert list(zip(texts, labels, strict=True)) == [
        ("lost baggage", "lost-baggage"),
        *((text, "lost-baggage") for text in THREE),
        ("hello", "other"),
    ]


def test_own_categories_have_a_version_of_their_own() -> None:
    own = merged({"baggage": THREE})
    assert categories.version(shipped()) == ""
    assert categories.version(own) == categories.version(dict(reversed(own.items())))
    assert categories.version(own) != categories.version(merged({"baggage": (*THREE, "more")}))


def test_features_are_kept_for_one_model(tmp_path: Path) -> None:
    path = tmp_path / "kept.npz"
    features = np.arange(6, dtype=np.float32).reshape(2, 3)
    categories.save_features(path, "m-1", ["a", "नमस्ते"], features)
    found = saved_features(path, "m-1", 3)
    assert set(found) == {"a", "नमस्ते"}
    assert found["a"] == pytest.approx(features[0])
    assert saved_features(path, "m-2", 3) == {}
    assert saved_features(path, "m-1", 2) == {}, "features of another width"
    assert saved_features(tmp_path / "absent.npz", "m-1", 3) == {}
    whole = path.read_bytes()
    for odd in (features[0], np.zeros((2, 3, 1), np.float32), np.full((2, 3), np.nan, np.float32)):
        categories.save_features(path, "m-1", ["a", "b"], odd)
        assert saved_features(path, "m-1", 3) == {}
    for damaged in (b"", b"PK", whole[:60], whole[: len(whole) // 2], whole[:-30]):
        path.write_bytes(damaged)
        assert saved_features(path, "m-1", 3) == {}


def test_the_shipped_features_belong_to_the_shipped_model_and_texts() -> None:
    texts, _ = rows(shipped())
    model = Bundled(FOLDER)
    size = model.examples.features.shape[1]
    missing = set(texts) - set(saved_features(FOLDER / EXAMPLES, model.shipped, size))
    assert not missing, "python -m train.examples classifiers/bundled_model"
