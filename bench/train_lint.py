"""Fits the meaning head of lint to bench/lint_sentences.toml and writes alerts/linting/meaning.npz.

    python -m bench.train_lint

A logistic regression over the embeddings that the bundled classifier gives each sentence. Prints how it does on sentences
that it was not fitted to (five folds). The weights hold for that version of the model alone, which stands beside them.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict

from alerts.linting.meaning import NONE, WEIGHTS
from classifiers import bundled

SENTENCES = Path(__file__).parent / "lint_sentences.toml"
REGULARISATION = 30.0
"""Chosen by the five folds."""


def rows() -> tuple[list[str], list[str]]:
    table = tomllib.loads(SENTENCES.read_text(encoding="utf-8"))
    pairs = [(sentence, name) for name, sentences in table.items() for sentence in sentences]
    return [sentence for sentence, _ in pairs], [name for _, name in pairs]


def main() -> None:
    sentences, names = rows()
    classifier = bundled.build(bundled.Settings())
    vectors = np.array([found.embedding for found in classifier.classify(sentences)], np.float32)
    head = LogisticRegression(C=REGULARISATION, max_iter=5000, class_weight="balanced")
    chances = cross_val_predict(head, vectors, names, cv=5, method="predict_proba")
    labels = sorted(set(names))
    for threshold in (0.5, 0.6, 0.7, 0.8):
        print(f"threshold {threshold}")
        for at, name in enumerate(labels):
            if name != NONE:
                said = chances[:, at] >= threshold
                own = np.array(names) == name
                print(
                    f"  {name:16} recall {said[own].mean():.2f}  of good sentences "
                    f"{said[np.array(names) == NONE].mean():.3f}"
                )
    head.fit(vectors, names)
    np.savez_compressed(
        WEIGHTS,
        labels=np.array(head.classes_.tolist()),
        weight=head.coef_.astype(np.float16),
        bias=head.intercept_.astype(np.float32),
        version=np.array(classifier.shipped),
    )


if __name__ == "__main__":
    main()
