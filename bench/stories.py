"""How well posts of one incident end up in one story, and how long that takes: `python -m bench.stories [DATA]
[--open N]`; writes bench/results/stories.json.

The posts of made-up incidents (bench/story_sets.py) are told one a minute, in random orders, and placed, merged and split
as the daemon does it. For thresholds (SAME_ISSUE, ONE_STORY) it prints the curve on the tuning streams, where they are
chosen, and for the chosen ones B-cubed (Bagga and Baldwin 1998) and pairwise figures on both sets. Hashed words are the
baseline. `--open N`: how many open stories the speed is measured with (0: not at all). With DATA, a folder that holds
airline.jsonl.gz (real complaints, of which each customer's is mostly another), also how large a story grows there.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import NamedTuple

import numpy as np

from bench import story_sets, story_speed
from bench.report import write
from bench.story_sets import Stream
from classifiers import bundled
from monitor import stories, voices
from monitor.stories import Board, Candidate, Vector

START = datetime(2026, 11, 1, tzinfo=UTC)
SAME = (0.20, 0.25, 0.30, 0.35, 0.40, 0.45, 0.50)
ONE = (0.22, 0.25, 0.28, 0.31, 0.34, 0.37, 0.40, 1.01)
"""Over 1: nothing is merged."""
ORDERS = 6


class Placed(NamedTuple):
    """The story of each post, and how often stories were merged and split."""

    stories: list[int]
    merges: int
    splits: int


class Figures(NamedTuple):
    """B-cubed precision, recall and F, the F of pairs, and how many merges and splits a hundred posts took."""

    precision: float
    recall: float
    f: float
    pairs_f: float
    merges: float
    splits: float

    def __str__(self) -> str:
        return (
            f"precision {self.precision:.2f} recall {self.recall:.2f} F {self.f:.3f}, pairs F {self.pairs_f:.3f}, "
            f"a hundred posts: {self.merges:.1f} merges, {self.splits:.1f} splits"
        )


class Telling:
    """Posts as they are placed one after another, like `monitor.grouping` does it, without a store."""

    def __init__(self, vectors: Sequence[Vector], copies: Sequence[set[int]]) -> None:
        """`copies`: of each post those that are near-copies of it."""
        self._vectors, self._copies = vectors, copies
        self._board = Board(START, START + timedelta(days=30))
        self._members: dict[int, list[int]] = {}
        self._own: dict[int, list[int]] = {}
        self._next = 1
        self.merges = self.splits = 0

    def tell(self, post: int, at: datetime) -> None:
        vector = self._vectors[post]
        near = self._board.nearest(vector, at)
        if near is None:
            self._open([post], [post], at)
            return
        own = self._copies[post].isdisjoint(self._members[near.id])
        story = near.joined_by(vector if own else None, at)
        self._members[near.id].append(post)
        self._board.put(story)
        if own:
            self._own[near.id].append(post)
            self._settle(story, at)

    def _open(self, members: list[int], own: list[int], at: datetime) -> None:
        middle = stories.mean(self._vectors[post] for post in own)
        self._board.put(Candidate(self._next, middle, len(own), at, at))
        self._members[self._next], self._own[self._next] = members, own
        self._next += 1

    def _settle(self, story: Candidate, at: datetime) -> None:
        merged = False
        while (other := self._board.same(story)) is not None:
            stays, goes = sorted((story, other), key=lambda each: each.id)
            story = stays.merged_with(goes)
            self._board.drop(goes.id)
            self._board.put(story)
            self._members[stays.id] += self._members.pop(goes.id)
            self._own[stays.id] += self._own.pop(goes.id)
            self.merges, merged = self.merges + 1, True
        if not (merged or stories.grown(story.members - 1, story.members)):
            return
        own = self._own[story.id]
        parts = stories.halves([self._vectors[post] for post in own])
        if parts is None:
            return
        stays_, goes_ = ([own[place] for place in part] for part in parts)
        left = [post for post in self._members[story.id] if post not in goes_]
        self._open(goes_, goes_, at)
        self._board.put(
            Candidate(story.id, stories.mean(self._vectors[p] for p in stays_), len(stays_), at, at)
        )
        self._members[story.id], self._own[story.id] = left, stays_
        self.splits += 1

    def placed(self) -> Placed:
        where = {post: story for story, members in self._members.items() for post in members}
        return Placed([where[post] for post in range(len(self._vectors))], self.merges, self.splits)


def told(vectors: Sequence[Vector], copies: Sequence[set[int]], order: Sequence[int]) -> Placed:
    telling = Telling(vectors, copies)
    for minute, post in enumerate(order):
        telling.tell(post, START + timedelta(minutes=minute))
    return telling.placed()


@cache
def copies(stream: Stream) -> list[set[int]]:
    """Of each post those that are near-copies of it."""
    texts = [text for _, text in stream.posts]
    return [
        {other for other, theirs in enumerate(texts) if voices.copied(text, [("", theirs)]) is not None}
        for text in texts
    ]


def figures(truth: Sequence[str], placed: Placed) -> Figures:
    names, found = np.unique(truth, return_inverse=True)[1], np.asarray(placed.stories)
    together, right = found[:, None] == found, names[:, None] == names
    both = (together & right).sum(1)
    precision, recall = float((both / together.sum(1)).mean()), float((both / right.sum(1)).mean())
    pairs = np.triu(np.ones_like(together), 1)
    hits, said, wanted = ((pairs & which).sum() for which in (together & right, together, right))
    return Figures(
        precision,
        recall,
        2 * precision * recall / (precision + recall),
        float(2 * hits / max(said + wanted, 1)),
        100 * placed.merges / len(found),
        100 * placed.splits / len(found),
    )


def measured(streams: Sequence[Stream], vectors: dict[str, Vector]) -> Figures:
    """The mean over posts, in ORDERS random orders."""
    rows, weights = [], []
    for stream in streams:
        truth, texts = zip(*stream.posts, strict=True)
        rng = Random(1)
        for _ in range(ORDERS):
            order = rng.sample(range(len(texts)), len(texts))
            rows.append(figures(truth, told([vectors[text] for text in texts], copies(stream), order)))
            weights.append(len(texts))
    return Figures(*(float(np.average(column, weights=weights)) for column in zip(*rows, strict=True)))


def swallowed(data: Path, classifier: bundled.Bundled) -> str:
    """What becomes of 600 complaints about one airline in the order of their file."""
    with gzip.open(data / "airline.jsonl.gz", "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    rows = [row for row in rows if row["sentiment"] == "negative" and "@united" in row["text"].lower()][:600]
    found = classifier.classify([row["text"] for row in rows])
    vectors = [stories.vector(row["text"], each.embedding) for row, each in zip(rows, found, strict=True)]
    placed = told(vectors, [{post} for post in range(len(rows))], range(len(rows)))
    of = np.asarray(placed.stories)
    together = np.triu(of[:, None] == of, 1)
    reasons = np.unique([row["reason"] for row in rows], return_inverse=True)[1]
    alike = reasons[:, None] == reasons
    any_two = np.triu(np.ones_like(alike), 1)
    return (
        f"{len(set(placed.stories))} stories, the largest of {np.bincount(of).max()} posts; the same reason in "
        f"{alike[together].mean():.0%} of the pairs of a story, in {alike[any_two].mean():.0%} of any"
    )


def curve(
    streams: Sequence[Stream], vectors: dict[str, Vector], ones: Sequence[float]
) -> dict[tuple[float, float], Figures]:
    """For each pair of thresholds."""
    found = {}
    for same in SAME:
        for one in ones:
            with thresholds(same, one):
                found[same, one] = measured(streams, vectors)
    return found


@contextmanager
def thresholds(same: float, one: float) -> Iterator[None]:
    """Others than the daemon's, for a while."""
    chosen = stories.SAME_ISSUE, stories.ONE_STORY
    stories.SAME_ISSUE, stories.ONE_STORY = same, one
    yield
    stories.SAME_ISSUE, stories.ONE_STORY = chosen


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, nargs="?")
    parser.add_argument("--open", type=int, default=20_000)
    arguments = parser.parse_args()
    tuning, held_out = story_sets.tuning(), story_sets.held_out()
    texts = [text for stream in (*tuning, *held_out) for _, text in stream.posts]
    classifier = bundled.build(bundled.Settings(type="bundled"))
    found = classifier.classify(texts)
    vectors = {text: stories.vector(text, each.embedding) for text, each in zip(texts, found, strict=True)}
    words = {text: stories.vector(text, ()) for text in texts}

    curves = curve(tuning, vectors, ONE)
    best = max(curves, key=lambda pair: curves[pair].f)
    of_words = curve(tuning, words, ONE)
    rows: dict[str, object] = {
        "posts, incidents to tune on": f"{sum(len(s.posts) for s in tuning)}, {_incidents(tuning)}",
        "posts, incidents held out": f"{sum(len(s.posts) for s in held_out)}, {_incidents(held_out)}",
        "SAME_ISSUE, ONE_STORY, TWO_STORIES": f"{stories.SAME_ISSUE}, {stories.ONE_STORY}, {stories.TWO_STORIES}",
        "best on tuning": f"SAME_ISSUE {best[0]}, ONE_STORY {best[1]}: F {curves[best].f:.3f}",
    }
    for same in SAME:
        rows[f"tuning, SAME_ISSUE {same:.2f}: F by ONE_STORY"] = "  ".join(
            f"{one:.2f}: {curves[same, one].f:.3f}" for one in ONE if (same, one) in curves
        )
    rows["tuning"] = str(measured(tuning, vectors))
    for name, streams in {stream.name: [stream] for stream in tuning}.items():
        rows[f"  {name}"] = str(measured(streams, vectors))
    rows["held out"] = str(measured(held_out, vectors))
    for stream in held_out:
        rows[f"  {stream.name}"] = str(measured([stream], vectors))
    if arguments.data:
        rows["600 complaints about one airline"] = swallowed(arguments.data, classifier)
    same, one = max(of_words, key=lambda pair: of_words[pair].f)
    rows[f"hashed words, SAME_ISSUE {same:.2f}, tuning"] = str(of_words[same, one])
    with thresholds(same, one):
        rows[f"hashed words, SAME_ISSUE {same:.2f}, held out"] = str(measured(held_out, words))
    if arguments.open:
        rows |= story_speed.measured(arguments.open)
    write("stories", rows)


def _incidents(streams: Sequence[Stream]) -> int:
    return sum(len({incident for incident, _ in stream.posts}) for stream in streams)


if __name__ == "__main__":
    main()
