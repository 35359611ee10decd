"""Whether the right playbook is chosen, against the labelled reasons of the airline posts.

    python -m bench.snap_playbooks [DATA]

DATA is the folder of the airline posts. What is asked: posts with a reason other than "Can't Tell", whose labellers agreed
by CONFIDENCE at least. The set was once damaged by a replacement of words by the names of its labels ("late" by "Late
Flight", "cancel" by "Cancelled Flight", "book" and "booking" by "Flight Booking Problems"), inside of words, too. That is
undone before anybody reads it, since no customer writes so.

The words of the playbooks are general English, chosen with a look at one half of the posts (by a hash of the id) and never
at the other. Both halves are told; beside them what the category alone would choose, and two models that learn all the
labels of the first half (TF-IDF with logistic regression, and the same with the embedding of the bundled transformer): how
well the labels can be told from the texts at all. They say one reason
for posts that often have two ("cancelled, and on hold for hours"), so it is also told how often the labelled one is among
the first two. Writes bench/results/snap_playbooks.json.
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score

from alerts.snap import GENERAL, load_playbooks
from alerts.snap.choose import choose
from bench import report
from bench.classifier import DATA
from bench.models import bundled, tf_idf
from bench.series import rows
from classifiers.categories import OTHER
from monitor.model import Author, Classification, Mention
from monitor.reply import Case

CONFIDENCE = 0.6

PLAYBOOKS: Mapping[str, str] = {
    "Bad Flight": "comfort",
    "Cancelled Flight": "cancellation",
    "Customer Service Issue": "service",
    "Damaged Luggage": "luggage",
    "Flight Attendant Complaints": "service",
    "Flight Booking Problems": "booking",
    "Late Flight": "delay",
    "Lost Luggage": "luggage",
    "longlines": "queue",
}
"""The playbook that a labelled reason asks for. Posts that complain of several get one label all the same."""

REPLACED = {"Cancelled Flight": "cancel", "Late Flight": "late", "Flight Booking Problems": "booking"}

NOW = datetime(2015, 2, 24, tzinfo=UTC)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", nargs="?", type=Path, default=DATA)
    report.write("snap_playbooks", measure(parser.parse_args().data))


def measure(data: Path) -> dict[str, float]:
    posts = [
        row for row in rows(data, "airline") if row["reason"] in PLAYBOOKS and row["confidence"] >= CONFIDENCE
    ]
    texts = [restored(row["text"]) for row in posts]
    found = bundled().classify(texts)
    held = [hashlib.sha256(str(row["id"]).encode()).digest()[0] >= 128 for row in posts]
    truth = [PLAYBOOKS[row["reason"]] for row in posts]
    chosen = [names(row["id"], text, each) for row, text, each in zip(posts, texts, found, strict=True)]
    figures: dict[str, float] = {}
    for half, wanted in (("looked at", False), ("held out", True)):
        mine = [index for index, is_held in enumerate(held) if is_held is wanted]
        right = [truth[i] for i in mine]
        first = [chosen[i][0] for i in mine]
        figures[f"{half}: posts"] = len(mine)
        figures[f"{half}: macro-F1"] = macro(right, first)
        figures[f"{half}: macro-F1 of the category alone"] = macro(
            right, [by_category(found[i].category) for i in mine]
        )
        figures[f"{half}: share right"] = share(a == b for a, b in zip(right, first, strict=True))
        figures[f"{half}: share among the first two"] = share(truth[i] in chosen[i][:2] for i in mine)
        for reason in sorted(PLAYBOOKS):
            asked = [i for i in mine if posts[i]["reason"] == reason]
            figures[f"{half}: {reason} ({len(asked)}): share right"] = share(
                chosen[i][0] == truth[i] for i in asked
            )
    known = [i for i, is_held in enumerate(held) if not is_held]
    asked = [i for i, is_held in enumerate(held) if is_held]
    taught = tf_idf().fit([texts[i] for i in known], [truth[i] for i in known])
    figures["held out: macro-F1 of TF-IDF that learnt the labels"] = macro(
        [truth[i] for i in asked], list(taught.predict([texts[i] for i in asked]))
    )
    known_texts, asked_texts = [texts[i] for i in known], [texts[i] for i in asked]
    meaning = np.array([each.embedding for each in found])
    words = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    both = LogisticRegression(C=10, max_iter=3000, class_weight="balanced").fit(
        hstack([words.fit_transform(known_texts), meaning[known] * 3]).tocsr(), [truth[i] for i in known]
    )
    guess = both.predict(hstack([words.transform(asked_texts), meaning[asked] * 3]).tocsr())
    figures["held out: macro-F1 of TF-IDF and the model's embedding that learnt the labels"] = macro(
        [truth[i] for i in asked], list(guess)
    )
    return figures


def restored(text: str) -> str:
    for label, word in REPLACED.items():
        text = text.replace(label, word)
    return text


BOOKS = load_playbooks()


def names(id_: str, text: str, found: Classification) -> list[str]:
    mention = Mention("x", str(id_), Author("1", "ann"), text, "", NOW)
    return [book.name for book in choose(BOOKS, Case(mention, found, found.category))]


def by_category(category: str | None) -> str:
    """What was chosen before there were words."""
    return GENERAL if category in (None, OTHER) else str(category)


def macro(truth: Sequence[str], guess: Sequence[str]) -> float:
    labels = sorted(set(PLAYBOOKS.values()))
    return round(float(f1_score(truth, guess, labels=labels, average="macro", zero_division=0)), 4)


def share(right: Any) -> float:
    told = list(right)
    return round(sum(told) / len(told), 4) if told else 0.0


if __name__ == "__main__":
    main()
