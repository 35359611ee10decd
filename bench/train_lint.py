"""Fits the meaning head of lint to bench/lint_sentences/*.toml and writes alerts/linting/meaning.npz.

    python -m bench.train_lint

A logistic regression for each label, over the embeddings that the bundled classifier gives each sentence and over its
words. Prints how each does on sentences that it was not fitted to: in five folds at random, and leaving out one writer (a
file) after the other. The weights hold for that version of the model alone, which stands beside them.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score
from sklearn.model_selection import KFold, LeaveOneGroupOut, cross_val_predict

from alerts.linting.meaning import WEIGHTS, words
from classifiers import bundled

FOLDER = Path(__file__).with_name("lint_sentences")
PARTS = ("thanks", "apology", "acknowledgement", "status", "next-step", "time", "outcome")
FAULTS = (
    "arguing",
    "policy",
    "promise",
    "unsupported-time",
    "sarcasm",
    "internal",
    "passed-on",
    "half-knowledge",
    "blame",
    "compensation",
    "script",
    "jargon",
)
FIRST = "first"
FIRST_LABELS = ("arguing", "policy", "sarcasm", "internal", "passed-on", "half-knowledge", "blame")
"""The file in which only these labels were looked for."""
STRENGTH = 10.0
"""Chosen by the five folds."""


class Row(NamedTuple):
    text: str
    labels: frozenset[str]
    writer: str


def rows() -> list[Row]:
    return [
        Row(each["text"], frozenset(each["labels"]), file.stem)
        for file in sorted(FOLDER.glob("*.toml"))
        for each in tomllib.loads(file.read_text(encoding="utf-8"))["sentences"]
    ]


def head() -> LogisticRegression:
    return LogisticRegression(C=STRENGTH, max_iter=1000)


def unseen(
    features: csr_matrix, own: NDArray[np.bool_], folds: Any, groups: NDArray[np.str_] | None = None
) -> NDArray[np.float64]:
    """How likely the label is, for each sentence, said by a head that was not fitted to it."""
    said = cross_val_predict(head(), features, own, cv=folds, groups=groups, method="predict_proba")
    return np.asarray(said[:, 1])


def quality(own: NDArray[np.bool_], chances: NDArray[np.float64]) -> str:
    """Average precision, and how much is found where one other sentence of a hundred is taken for it."""
    others = np.sort(chances[~own])[::-1]
    found = (chances[own] > others[len(others) // 100]).mean()
    return f"{average_precision_score(own, chances):.2f} {found:.2f}"


def main() -> None:
    sentences = rows()
    classifier = bundled.build(bundled.Settings())
    texts = [row.text for row in sentences]
    embeddings = [each.embedding for each in classifier.classify(texts)]
    features = csr_matrix(
        np.hstack([np.array(embeddings, np.float32), np.array([words(text) for text in texts])])
    )
    writers = np.array([row.writer for row in sentences])
    weights, biases = [], []
    print(f"{len(sentences)} sentences\n{'':18}  own  random     by writer  (average precision, found at 1%)")
    for label in (*PARTS, *FAULTS):
        looked = np.array([row.writer != FIRST or label in FIRST_LABELS for row in sentences])
        own, known = np.array([label in row.labels for row in sentences])[looked], features[looked]
        told = [quality(own, unseen(known, own, KFold(5, shuffle=True, random_state=7)))]
        if label in PARTS:  # a turn-off is mostly one writer's
            told.append(quality(own, unseen(known, own, LeaveOneGroupOut(), writers[looked])))
        print(f"{label:18}{own.sum():5}  {'  '.join(told)}", flush=True)
        fitted = head().fit(known, own)
        weights.append(fitted.coef_[0])
        biases.append(fitted.intercept_[0])
    np.savez_compressed(
        WEIGHTS,
        labels=np.array([*PARTS, *FAULTS]),
        weight=np.array(weights, np.float16),
        bias=np.array(biases, np.float32),
        version=np.array(classifier.shipped),
    )


if __name__ == "__main__":
    main()
