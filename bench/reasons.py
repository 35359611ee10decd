"""The nine airline reasons as a brand's own categories (without "Can't Tell"), macro-F1 on a fifth of the posts.

The bundled model never saw them. Three ways of telling it: ten posts of each in the configuration, drawn five times; ten
sentences of each, written from the names of the reasons (reasons.toml); and all other posts as a team's own labels for
`train-head`. The baseline learns from the same texts.
"""

from __future__ import annotations

import random
import re
import tomllib
from pathlib import Path

import numpy as np
from sklearn.metrics import f1_score

from bench.models import tf_idf
from classifiers import categories, learn
from classifiers.bundled import Bundled
from classifiers.heads import Head
from train.data import Row, airline
from train.measure import Figures, some

NONE = ("", "Can't Tell")
EXAMPLES, DRAWS = 10, 5
BY_EXAMPLES = "airline reasons, ten examples each: macro-F1"
BY_SENTENCES = "airline reasons, ten written sentences each: macro-F1"
BY_LABELS = "airline reasons, train-head: macro-F1"


def name(reason: str) -> str:
    return re.sub("[^a-z]+", "-", reason.lower())


def reasons(data: Path, model: Bundled, sample: int | None) -> tuple[Figures, Figures]:
    """The figures of the bundled model and of TF-IDF. `sample`: so many posts at most."""
    different = {learn.key(row.text): row for row in airline(data) if row.group not in NONE}
    rows = some(list(different.values()), sample)
    known = [row for row in rows if not learn.is_held_out(learn.bucket(row.text))]
    asked = [row for row in rows if learn.is_held_out(learn.bucket(row.text))]
    truth = [name(row.group) for row in asked]
    features = model.features([row.text for row in asked]).values

    def ours(head: Head) -> float:
        guess = [head.labels[i] for i in head.probabilities(features).argmax(1)]
        return round(float(f1_score(truth, guess, average="macro")), 4)

    def theirs(texts: list[str], labels: list[str]) -> float:
        guess = tf_idf().fit(texts, labels).predict([row.text for row in asked])
        return round(float(f1_score(truth, guess, average="macro")), 4)

    drawn = []
    for draw in range(DRAWS):
        texts, labels = categories.rows(examples(known, random.Random(draw)))
        head = categories.fit(model.features(texts).values, labels)
        drawn.append((ours(head), theirs(texts, labels)))
    mine, other = zip(*drawn, strict=True)
    texts, labels = categories.rows(written())
    by_sentences = categories.fit(model.features(texts).values, labels)
    head = taught(model, known)
    all_others = theirs([row.text for row in known], [name(row.group) for row in known])
    bundled = {
        BY_EXAMPLES: round(float(np.mean(mine)), 4),
        f"{BY_EXAMPLES}, least of {DRAWS} draws": min(mine),
        f"{BY_EXAMPLES}, most of {DRAWS} draws": max(mine),
        BY_SENTENCES: ours(by_sentences),
        BY_LABELS: ours(head),
        "airline reasons: posts learnt from": len(known),
        "airline reasons: posts asked": len(asked),
    }
    baseline = {
        BY_EXAMPLES: round(float(np.mean(other)), 4),
        BY_SENTENCES: theirs(texts, labels),
        BY_LABELS: all_others,
    }
    return bundled, baseline


def examples(rows: list[Row], rng: random.Random) -> dict[str, tuple[str, ...]]:
    """Ten posts of each reason, or as many as there are."""
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(name(row.group), []).append(row.text)
    return {each: tuple(rng.sample(found[each], min(EXAMPLES, len(found[each])))) for each in sorted(found)}


def written() -> dict[str, tuple[str, ...]]:
    listed = tomllib.loads(Path(__file__).with_name("reasons.toml").read_text(encoding="utf-8"))
    return {each: tuple(sentences) for each, sentences in listed.items()}


def taught(model: Bundled, rows: list[Row]) -> Head:
    """What `train-head` makes of the posts as labels."""
    names = sorted({name(row.group) for row in rows})
    labels = np.array([names.index(name(row.group)) for row in rows])
    folds = np.array([learn.fold(learn.bucket(row.text)) for row in rows])
    values = model.features([row.text for row in rows]).values
    head, _ = learn.learn(learn.Rows(values, labels, None, folds), names)
    return learn.evened(head, np.bincount(labels, minlength=len(names)))
