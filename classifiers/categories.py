"""What a complaint is about: categories, each of a name and a few example sentences, with no training run.

`categories.toml` holds the shipped ones; a configuration adds, replaces and removes. The words of a name are an example
as well: they tell about as much as three sentences do. `fit` makes a head of them by ridge regression in closed form.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from importlib.resources import files
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from classifiers.heads import Array, Head, softmax

Categories = Mapping[str, tuple[str, ...]]
"""Example sentences by the category that they stand for."""

OTHER = "other"
"""The category of what is none of the others."""
FEWEST, MOST = 3, 30
"""Example sentences of a category. Ten do nearly as well as thirty, and each costs time at every start."""

RIDGE = 3.0
"""How strongly the weights are held small, in mean squared lengths of a row: best of 0.1 to 10 for 3, 10 and 30 examples
of each of nine categories."""
SHARPNESS = np.geomspace(0.5, 200, 60)
"""The factors between scores and logits that are tried."""
TOLD_APART = 0.75
"""The share of two categories' examples that must be nearer to their own; by chance it is one half."""


def shipped() -> dict[str, tuple[str, ...]]:
    listed = tomllib.loads(files("classifiers").joinpath("categories.toml").read_text(encoding="utf-8"))
    return {name: tuple(sentences) for name, sentences in listed.items()}


def valid_name(name: str) -> str:
    """The name itself. ValueError when it can't be one."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,31}", name):
        raise ValueError("the name of a category has at most 32 small letters a-z, digits, - and _")
    return name


def valid_examples(sentences: Sequence[str]) -> tuple[str, ...]:
    """The sentences without space around them. ValueError unless there are none, or enough different ones."""
    trimmed = tuple(sentence.strip() for sentence in sentences)
    for number, sentence in enumerate(trimmed, start=1):
        if not sentence:
            raise ValueError(f"example {number} is empty")
        if sentence in trimmed[: number - 1]:
            raise ValueError(f"example {number} stands there twice")
    if trimmed and not FEWEST <= len(trimmed) <= MOST:
        raise ValueError(
            f"has {len(trimmed)} example{'' if len(trimmed) == 1 else 's'}; "
            f"give {FEWEST} to {MOST} (ten are plenty), or [] for a category to do without"
        )
    return trimmed


def merged(own: Categories) -> dict[str, tuple[str, ...]]:
    """The shipped categories with a brand's own: a new name adds, a shipped one's examples are replaced, and no examples
    remove it. ValueError when nothing is left to tell apart."""
    found = shipped()
    for name, sentences in own.items():
        if not sentences and name not in found:
            raise ValueError(f"there is no shipped category {name!r} to remove; they are {', '.join(found)}")
        found[name] = sentences
    if not found[OTHER]:
        raise ValueError(f"{OTHER!r} can't be removed: it is for what is none of the others")
    kept = {name: sentences for name, sentences in found.items() if sentences}
    if len(kept) == 1:
        raise ValueError(f"every category but {OTHER!r} is removed; keep or add one")
    return kept


def version(categories: Categories) -> str:
    """A short word that tells these categories from others; empty for the shipped ones."""
    if categories == shipped():
        return ""
    content = json.dumps({name: sorted(categories[name]) for name in sorted(categories)})
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:6]


class Rows(NamedTuple):
    """What a head is fitted to: features (rows, features), and the category of each row."""

    features: Array
    labels: list[str]


def rows(categories: Categories) -> tuple[list[str], list[str]]:
    """Texts, and the category of each: the words of every name but `OTHER`, and the example sentences."""
    pairs = [(re.sub("[_-]+", " ", name).strip(), name) for name in categories if name != OTHER]
    pairs += [(sentence, name) for name, sentences in categories.items() for sentence in sentences]
    return [text for text, _ in pairs], [name for _, name in pairs]


def fit(features: Array, labels: Sequence[str]) -> Head:
    """A head from the features (rows, features) of example texts and the category of each row.

    All categories count the same, however many examples each has.
    """
    found = _ridge(features, labels)
    sharpness = _sharpness(found)
    weight = found.weight / found.spread * sharpness
    bias = sharpness / len(found.names) - weight @ found.middle
    return Head(found.names, weight.astype(np.float32), bias.astype(np.float32))


def confusable(features: Array, labels: Sequence[str]) -> list[tuple[str, str]]:
    """Pairs of categories whose examples are hardly told apart, each example judged by all the others."""
    found = _ridge(features, labels)
    pairs = []
    for a, b in combinations(range(len(found.names)), 2):
        nearer = found.left_out[:, a] - found.left_out[:, b]
        right = np.mean(nearer[found.labels == a] > 0) + np.mean(nearer[found.labels == b] < 0)
        if right / 2 < TOLD_APART:
            pairs.append((found.names[a], found.names[b]))
    return pairs


class _Ridge(NamedTuple):
    """Scores = (features - middle) / spread @ weight.T, one for each name. `left_out` (rows, names) is what each row
    would have scored had it not been among the examples; `counts` is how much it counts."""

    names: tuple[str, ...]
    labels: NDArray[np.int64]
    counts: NDArray[np.float64]
    middle: NDArray[np.float64]
    spread: NDArray[np.float64]
    weight: NDArray[np.float64]
    left_out: NDArray[np.float64]


def _ridge(features: Array, labels: Sequence[str]) -> _Ridge:
    """Ridge regression of "is it this category" on standardised features, with each category counting the same.

    Solved in the space of the rows, which are fewer than the features. A left-out row's residual is its residual
    divided by one minus its leverage (Allen 1974), so nothing is fitted twice.
    """
    names = tuple(dict.fromkeys(labels))
    places = np.array([names.index(label) for label in labels])
    n = len(places)
    counts = n / len(names) / np.bincount(places)[places]
    x = features.astype(np.float64)
    middle = np.average(x, 0, counts)
    spread = np.sqrt(np.average((x - middle) ** 2, 0, counts))
    spread[spread < 1e-6] = 1.0  # says nothing
    root = np.sqrt(counts)[:, None]
    x = (x - middle) / spread * root
    target = np.eye(len(names))[places] - 1 / len(names)
    gram = x @ x.T
    strength = RIDGE * np.trace(gram) / n or 1.0
    inverse = np.linalg.inv(gram + strength * np.eye(n))
    solved = inverse @ (target * root)
    free = strength * np.diag(inverse) - counts / n  # one minus the leverage
    left_out = target - strength * solved / root / free[:, None]
    return _Ridge(names, places, counts, middle, spread, (x.T @ solved).T, left_out)


def _sharpness(found: _Ridge) -> float:
    """The factor on the scores with the least log loss on left-out rows (temperature scaling, Guo et al. 2017)."""
    own = np.arange(len(found.labels)), found.labels
    losses = [
        -np.sum(found.counts * np.log(np.maximum(softmax(factor * found.left_out)[own], 1e-9)))
        for factor in SHARPNESS
    ]
    return float(SHARPNESS[int(np.argmin(losses))])


def save_features(path: Path, model: str, texts: Sequence[str], features: Array) -> None:
    """Keep what the model of this version makes of the texts, so that no start has to compute it again."""
    np.savez_compressed(path, model=model, texts=np.array(texts), features=features.astype(np.float16))


def saved_features(path: Path, model: str, size: int) -> dict[str, Array]:
    """What was kept, by text; nothing when it is absent, damaged, or another model's, which has other features or not
    `size` of them. It is no more than a shortcut: what is not there is computed again."""
    try:
        with path.open("rb") as file, np.load(file) as kept:
            if str(kept["model"]) != model:
                return {}
            features = kept["features"].astype(np.float32)
            if features.shape[1:] != (size,) or not np.isfinite(features).all():
                return {}
            return dict(zip(kept["texts"].tolist(), features, strict=True))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error):
        return {}
