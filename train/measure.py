"""Figures of a model on the held-out rows and on the sets that only measure.

A model is a function from texts to a dictionary: for each head an array of probabilities (texts, labels), and
"pooled". The same figures are printed after training, after export, and by bench/classifier.py.
"""

from __future__ import annotations

import random
import tomllib
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import f1_score, recall_score, roc_auc_score

from monitor.ports import Classifier
from train.data import LANGUAGES, SEVERITY, Row, airline, tasks

STORIES = Path(__file__).parent.parent / "bench" / "stories.toml"
Scores = dict[str, NDArray[np.float32]]


def validation(
    data: Path, model: Callable[[list[str]], Scores], sample: int | None = None
) -> dict[str, float]:
    """Macro-F1 and AUC of complaint, macro-recall of sentiment per language, macro-F1 of severity and sarcasm.

    `sample`: only so many rows of each set or language, the same ones every time.
    """
    figures: dict[str, float] = {}
    held_out = {}
    for head, task in tasks(data).items():
        groups = sorted({row.group for row in task.held_out})
        parts = [[row for row in task.held_out if row.group == group] for group in groups]
        held_out[head] = [row for part in parts for row in some(part, sample)]

    rows = held_out["complaint"]
    p, truth = model([r.text for r in rows])["complaint"][:, 1], np.array([r.label for r in rows])
    brand = np.array([r.group == "brand" for r in rows])
    for name, part in (("complaint", brand | True), ("complaint, no random negatives", brand)):
        figures[f"{name}: macro-F1"] = f1_score(truth[part], p[part] > 0.5, average="macro")
        figures[f"{name}: AUC"] = roc_auc_score(truth[part], p[part])

    rows = some(airline(data), sample)
    p, truth = model([r.text for r in rows])["complaint"][:, 1], np.array([r.label for r in rows])
    figures["complaint -> airline negative: macro-F1"] = f1_score(truth, p > 0.5, average="macro")
    figures["complaint -> airline negative: AUC"] = roc_auc_score(truth, p)

    rows = held_out["sentiment"]
    p, truth = model([r.text for r in rows])["sentiment"].argmax(1), np.array([r.label for r in rows])
    group = np.array([r.group for r in rows])
    for name in ("semeval", *LANGUAGES.values()):
        figures[f"sentiment {name}: macro-recall"] = recall_score(
            truth[group == name], p[group == name], average="macro"
        )
    languages = [figures[f"sentiment {name}: macro-recall"] for name in LANGUAGES.values()]
    figures["sentiment, mean of eight languages: macro-recall"] = float(np.mean(languages))

    rows = held_out["severity"]
    found, truth = model([r.text for r in rows]), np.array([r.label for r in rows])
    figures["severity: macro-F1"] = f1_score(truth, found["severity"].argmax(1), average="macro")
    score = found["severity_score"] if "severity_score" in found else found["severity"] @ np.arange(4)
    figures["severity: rank correlation"] = rank_correlation(score, truth)

    for head in ("sarcasm", "offensive", "relevance", "emotion"):
        rows = held_out[head]
        p, truth = model([r.text for r in rows])[head], np.array([r.label for r in rows])
        if head == "sarcasm":
            figures["sarcasm, TweetEval irony: F1 of irony"] = f1_score(truth, p.argmax(1))
        figures[f"{head}: macro-F1"] = f1_score(truth, p.argmax(1), average="macro")
        if p.shape[1] == 2:
            figures[f"{head}: AUC"] = roc_auc_score(truth, p[:, 1])
    return {name: round(float(value), 4) for name, value in figures.items()}


def some(rows: list[Row], sample: int | None) -> list[Row]:
    if sample is None or len(rows) <= sample:
        return rows
    return random.Random(5).sample(rows, sample)  # noqa: S311


def bundled_scores(model: Classifier, texts: list[str]) -> Scores:
    """What `validation` asks for, from anything that keeps the Classifier port."""
    found = model.classify(texts)
    complaint = np.array([c.complaint for c in found])
    sarcasm = np.array([c.sarcasm if c.sarcasm is not None else 0.5 for c in found])
    grade = np.array([SEVERITY.index(c.severity) if c.severity else 0 for c in found])
    return {
        "complaint": np.stack([1 - complaint, complaint], 1),
        "sarcasm": np.stack([1 - sarcasm, sarcasm], 1),
        "sentiment": np.array(
            [[c.sentiment.negative, c.sentiment.neutral, c.sentiment.positive] for c in found]
        ),
        "severity": np.eye(len(SEVERITY), dtype=np.float32)[grade],
        "severity_score": np.array([c.severity_score or 0.0 for c in found]),
    }


REASONS = {
    "Customer Service Issue": "service", "Flight Attendant Complaints": "service", "Late Flight": "delivery",
    "Lost Luggage": "delivery", "Damaged Luggage": "delivery", "Cancelled Flight": "cancellation",
}  # fmt: skip
"""The airline set's reasons as situations; the other four are none of ours."""


def topics(data: Path, model: Classifier, sample: int | None = None) -> dict[str, float]:
    """How well situations are recognised (airline reasons) and stories told apart (bench/stories.toml).

    "same story first": the share of posts whose nearest other post is of the same story; "AUC": the probability that
    two posts of one story are nearer to each other than two of different stories.
    """
    rows = some([row for row in airline(data) if row.group in REASONS], sample)
    truth = np.array([REASONS[row.group] for row in rows])
    found = np.array([c.category for c in model.classify([row.text for row in rows])])
    recalls = {name: float((found[truth == name] == name).mean()) for name in sorted(set(truth))}
    figures = {f"category {name}: recall on airline": value for name, value in recalls.items()}
    figures["category: macro-recall on airline"] = float(np.mean(list(recalls.values())))
    figures["category: accuracy on airline"] = float((found == truth).mean())

    stories = tomllib.loads(STORIES.read_text(encoding="utf-8"))
    texts = [text for posts in stories.values() for text in posts]
    label = np.array([i for i, posts in enumerate(stories.values()) for _ in posts])
    x = np.array([c.embedding for c in model.classify(texts)])
    near = x @ x.T
    a, b = np.triu_indices(len(x), 1)
    same = label[a] == label[b]
    figures["stories: AUC"] = roc_auc_score(same, near[a, b])
    figures["stories: same story first"] = float(
        (label[(near - 2 * np.eye(len(x))).argmax(1)] == label).mean()
    )
    for name, part in (("same", same), ("different", ~same)):
        for q in (10, 50, 90):
            figures[f"stories: cosine of {name}, {q}th percentile"] = float(
                np.percentile(near[a, b][part], q)
            )
    return {name: round(float(value), 4) for name, value in figures.items()}


def rank_correlation(a: NDArray[np.float64], b: NDArray[np.int64]) -> float:
    """Spearman's rho, ties at their mean rank."""

    def ranks(x: NDArray[np.float64]) -> NDArray[np.float64]:
        _, inverse, counts = np.unique(x, return_inverse=True, return_counts=True)
        return (np.cumsum(counts) - (counts - 1) / 2)[inverse]

    return float(np.corrcoef(ranks(a), ranks(b.astype(float)))[0, 1])
