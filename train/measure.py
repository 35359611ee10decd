"""Figures of a model on the held-out rows and on the sets that only measure.

A model is a function from texts to a dictionary: for each head that it has an array of probabilities (texts, labels).
The same figures are printed after training, after export, and by bench/classifier.py.
"""

from __future__ import annotations

import hashlib
import random
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import f1_score, recall_score, roc_auc_score

from classifiers.bundled import Bundled
from classifiers.heads import softmax
from monitor.ports import Classifier
from train.data import LANGUAGES, SEVERITY, Row, airline, isarcasm, key, tasks

STORIES = Path(__file__).parent.parent / "bench" / "stories.toml"
Scores = dict[str, NDArray[np.float32]]
Model = Callable[[list[str]], Scores]
Figures = dict[str, float]


@dataclass(frozen=True)
class Answers:
    """What a model says of labelled rows: probabilities (rows, labels), the right labels, what figures are reported
    by, and in which half (0 or 1, by the text) each row is when calibration is measured."""

    p: NDArray[np.float32]
    truth: NDArray[np.int64]
    group: NDArray[np.str_]
    half: NDArray[np.int64]

    @property
    def guess(self) -> NDArray[np.int64]:
        return np.asarray(self.p.argmax(1))

    def of(self, group: str) -> Answers:
        here = self.group == group
        return Answers(self.p[here], self.truth[here], self.group[here], self.half[here])

    @property
    def macro_f1(self) -> float:
        return float(f1_score(self.truth, self.guess, average="macro"))

    @property
    def macro_recall(self) -> float:
        return float(recall_score(self.truth, self.guess, average="macro"))

    @property
    def auc(self) -> float:
        return float(roc_auc_score(self.truth, self.p[:, 1]))


def ask(
    data: Path, model: Model, sample: int | None = None, only: tuple[str, ...] | None = None
) -> dict[str, Answers]:
    """The answers on each head's held-out rows, on "airline" (complaint) and on "isarcasm" (sarcasm).

    `sample`: only so many rows of each set or language, the same ones every time. What the model has no head for is
    left out, and with `only` all but these.
    """
    sets = {head: (head, task.held_out) for head, task in tasks(data).items()}
    sets |= {"airline": ("complaint", airline(data)), "isarcasm": ("sarcasm", isarcasm(data))}
    found = {}
    for name, (head, rows) in sets.items():
        if only and name not in only:
            continue
        groups = [""] if name == "airline" else sorted({row.group for row in rows})
        parts = [[row for row in rows if group in ("", row.group)] for group in groups]
        rows = [row for part in parts for row in some(part, sample)]
        p = model([row.text for row in rows]).get(head)
        if p is not None:
            labels = np.array([row.label for row in rows])
            names = np.array([row.group for row in rows])
            found[name] = Answers(p, labels, names, np.array([half(row.text) for row in rows]))
    return found


def half(text: str) -> int:
    """0 or 1, evenly, the same on every machine and for copies of a post; tells nothing of who is held out."""
    return hashlib.sha256(key(text).encode()).digest()[1] % 2


def validation(data: Path, model: Model, sample: int | None = None) -> Figures:
    """Figures on all held-out rows; `sample` as in `ask`."""
    return figures(ask(data, model, sample))


def figures(answers: dict[str, Answers]) -> Figures:
    """Macro-F1 and AUC of complaint, macro-recall and macro-F1 of sentiment per language, and so on."""
    found: Figures = {}
    for name, measure in MEASURES.items():
        if name in answers:
            found |= measure(answers[name])
    return {name: round(float(value), 4) for name, value in found.items()}


def of_complaint(a: Answers) -> Figures:
    found: Figures = {}
    for name, part in (("complaint", a), ("complaint, no random negatives", a.of("brand"))):
        found |= {f"{name}: macro-F1": part.macro_f1, f"{name}: AUC": part.auc}
    return found


def of_sentiment(a: Answers) -> Figures:
    parts = {name: a.of(name) for name in ("semeval", *LANGUAGES.values())}
    found = {f"sentiment {name}: macro-recall": part.macro_recall for name, part in parts.items()}
    found |= {f"sentiment {name}: macro-F1": part.macro_f1 for name, part in parts.items()}
    for measure in ("macro-recall", "macro-F1"):
        each = [found[f"sentiment {name}: {measure}"] for name in LANGUAGES.values()]
        found[f"sentiment, mean of eight languages: {measure}"] = float(np.mean(each))
    return found


def of_severity(a: Answers) -> Figures:
    grades = a.p @ np.arange(len(SEVERITY))
    return {"severity: macro-F1": a.macro_f1, "severity: rank correlation": rank_correlation(grades, a.truth)}


def of_irony(a: Answers) -> Figures:
    f1 = {"sarcasm, TweetEval irony: F1 of irony": float(f1_score(a.truth, a.guess))}
    return f1 | of_head("sarcasm")(a)


def of_head(name: str) -> Callable[[Answers], Figures]:
    def measure(a: Answers) -> Figures:
        found = {f"{name}: macro-F1": a.macro_f1}
        return found | {f"{name}: AUC": a.auc} if a.p.shape[1] == 2 else found

    return measure


MEASURES: dict[str, Callable[[Answers], Figures]] = {
    "complaint": of_complaint,
    "airline": of_head("complaint -> airline negative"),
    "sentiment": of_sentiment,
    "severity": of_severity,
    "sarcasm": of_irony,
    "isarcasm": of_head("sarcasm -> iSarcasmEval"),
    "offensive": of_head("offensive"),
    "relevance": of_head("relevance"),
    "emotion": of_head("emotion"),
}


def interval(a: Answers, rounds: int = 1000) -> tuple[float, float]:
    """The bootstrap's 95% interval of macro-F1: how much it would move with other rows of the same kind."""
    rng = np.random.default_rng(1)
    found = []
    for _ in range(rounds):
        rows = rng.integers(0, len(a.truth), len(a.truth))
        found.append(f1_score(a.truth[rows], a.guess[rows], average="macro"))
    return float(np.percentile(found, 2.5)), float(np.percentile(found, 97.5))


def some(rows: list[Row], sample: int | None) -> list[Row]:
    if sample is None or len(rows) <= sample:
        return rows
    return random.Random(5).sample(rows, sample)  # noqa: S311


def bundled_scores(model: Bundled, texts: list[str]) -> Scores:
    """The calibrated probabilities of all heads, as `classify` gives them."""
    return {name: softmax(logits) for name, logits in model.features(texts).logits.items()}


def port_scores(model: Classifier, texts: list[str]) -> Scores:
    """The same from anything that keeps the Classifier port, of the heads that it has."""
    found = model.classify(texts)
    complaint = np.array([c.complaint for c in found])
    sentiment = [[c.sentiment.negative, c.sentiment.neutral, c.sentiment.positive] for c in found]
    return {"complaint": np.stack([1 - complaint, complaint], 1), "sentiment": np.array(sentiment)}


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


def rank_correlation(a: NDArray[np.floating[Any]], b: NDArray[np.int64]) -> float:
    """Spearman's rho, ties at their mean rank."""

    def ranks(x: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
        _, inverse, counts = np.unique(x, return_inverse=True, return_counts=True)
        return np.asarray((np.cumsum(counts) - (counts - 1) / 2)[inverse])

    return float(np.corrcoef(ranks(a), ranks(b.astype(float)))[0, 1])
