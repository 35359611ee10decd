"""How well posts of one incident end up in one story: `python -m bench.stories`; writes bench/results/stories.json.

The posts of bench/stories.toml (made-up incidents, several of a kind, written in several languages) are told in turns, one
an hour, as the pipeline would place them. For each threshold: B-cubed precision and recall (Bagga and Baldwin 1998),
with the bundled model's embedding and, as the baseline, with hashed words.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import zip_longest
from pathlib import Path

from bench.report import write
from classifiers import bundled
from monitor import stories

START = datetime(2026, 11, 1, tzinfo=UTC)
THRESHOLDS = (0.20, 0.25, 0.30, 0.35, 0.40, 0.45, 0.50, 0.55)


def told() -> list[tuple[str, str]]:
    """(incident, text), the first post of each incident, then the second of each, and so on."""
    lists = tomllib.loads(Path(__file__).with_name("stories.toml").read_text(encoding="utf-8"))
    turns = zip_longest(*([(name, text) for text in texts] for name, texts in lists.items()))
    return [post for turn in turns for post in turn if post]


def placed(vectors: Sequence[stories.Vector], threshold: float) -> list[int]:
    """The story of each post."""
    stories.SAME_ISSUE = threshold
    open_: dict[int, stories.Candidate] = {}
    where = []
    for number, vector in enumerate(vectors):
        at = START + timedelta(minutes=number)
        near = stories.nearest(vector, at, open_.values())
        story = near.joined_by(vector, at) if near else stories.Candidate(len(open_), vector, 1, at, at)
        open_[story.id] = story
        where.append(story.id)
    return where


def b_cubed(truth: Sequence[str], found: Sequence[int]) -> tuple[float, float]:
    """Precision and recall, each the mean over posts."""
    precision = recall = 0.0
    for t, f in zip(truth, found, strict=True):
        both = sum(a == t and b == f for a, b in zip(truth, found, strict=True))
        precision += both / sum(b == f for b in found)
        recall += both / sum(a == t for a in truth)
    return precision / len(truth), recall / len(truth)


def main() -> None:
    posts = told()
    truth, texts = [name for name, _ in posts], [text for _, text in posts]
    found = bundled.build(bundled.Settings(type="bundled")).classify(texts)
    kinds = {
        "bundled": [stories.vector(text, each.embedding) for text, each in zip(texts, found, strict=True)],
        "hashed words": [stories.vector(text, ()) for text in texts],
    }
    chosen = stories.SAME_ISSUE
    figures: dict[str, object] = {
        "posts": len(posts),
        "incidents": len(set(truth)),
        "chosen threshold": chosen,
    }
    for kind, vectors in kinds.items():
        for threshold in THRESHOLDS:
            precision, recall = b_cubed(truth, placed(vectors, threshold))
            f = 2 * precision * recall / (precision + recall)
            figures[f"{kind}, {threshold:.2f}"] = f"precision {precision:.2f} recall {recall:.2f} F {f:.2f}"
    write("stories", figures)


if __name__ == "__main__":
    main()
