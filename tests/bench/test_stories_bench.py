"""The bench of stories: its figures, and that it tells posts as the daemon does. Order of arrival changes little."""

from __future__ import annotations

import tempfile
from datetime import timedelta
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench import stories as bench
from bench import story_sets
from bench.stories import Placed, figures, told
from monitor.grouping import Grouping
from monitor.model import Classification, Sentiment
from monitor.store import Store, Tables
from monitor.stories import Vector
from tests.monitor.scripted import mention

names = st.lists(st.sampled_from("abcd"), min_size=1, max_size=20)


def test_figures_by_hand() -> None:
    # Bagga and Baldwin: two stories of two posts, told as one of three and one of one.
    found = figures(list("aabb"), Placed([1, 1, 1, 2], 0, 0))
    assert found.precision == pytest.approx((2 / 3 + 2 / 3 + 1 / 3 + 1) / 4)
    assert found.recall == pytest.approx((1 + 1 + 1 / 2 + 1 / 2) / 4)
    assert found.pairs_f == pytest.approx(2 * 1 / (3 + 2))
    assert figures(list("aabb"), Placed([1, 1, 1, 2], 2, 1))[4:] == (50, 25)


@given(names, st.integers(0, 2**32 - 1))
def test_nothing_beats_the_truth(truth: list[str], seed: int) -> None:
    perfect = figures(truth, Placed([ord(name) for name in truth], 0, 0))
    assert perfect.f == pytest.approx(1)
    guess = figures(truth, Placed([Random(seed + n).randrange(4) for n in range(len(truth))], 0, 0))
    assert 0 < guess.f <= 1 + 1e-9
    assert figures(truth, Placed(list(range(len(truth))), 0, 0)).precision == pytest.approx(1)
    assert figures(truth, Placed([1] * len(truth), 0, 0)).recall == pytest.approx(1)


def posts(seed: int, per: int, spread: float, size: int) -> list[Vector]:
    """`size` incidents in as many directions, `per` posts of each."""
    rng = np.random.default_rng(seed)
    rows = np.repeat(np.eye(size), per, axis=0) + rng.normal(0, spread / np.sqrt(size), (size * per, size))
    return [np.asarray(row / np.linalg.norm(row), np.float32) for row in rows]


def parts(stories: list[int]) -> set[frozenset[int]]:
    return {frozenset(post for post, at in enumerate(stories) if at == story) for story in stories}


@given(st.integers(0, 2**32 - 1), st.integers(1, 12), st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_change_clear_stories(seed: int, per: int, random: Random) -> None:
    vectors = posts(seed, per, 0.1, 6)
    order = random.sample(range(len(vectors)), len(vectors))
    alone: list[set[int]] = [{n} for n in range(len(vectors))]
    wanted = {frozenset(range(start, start + per)) for start in range(0, len(vectors), per)}
    for each in (range(len(vectors)), order):
        placed = told(vectors, alone, each)
        assert parts(placed.stories) == wanted
        assert (placed.merges, placed.splits) == (0, 0)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=5)
def test_the_bench_tells_posts_as_the_daemon_does(seed: int) -> None:
    vectors = posts(seed, 12, 1.0, 3)  # so blurred that stories merge and split
    order = Random(seed).sample(range(len(vectors)), len(vectors))
    alone: list[set[int]] = [{n} for n in range(len(vectors))]
    with tempfile.TemporaryDirectory() as name:
        store, grouping = Store(Path(name) / "test.db"), Grouping()
        for minute, post in enumerate(order):
            at = bench.START + timedelta(minutes=minute)
            new = mention(post, f"post {post}", at)
            found = Classification(0.9, Sentiment(1, 0, 0), "m", embedding=tuple(vectors[post].tolist()))

            def place(tables: Tables, new: object = new, found: Classification = found) -> None:
                tables.mentions.add([new], at)  # type: ignore[list-item]  # noqa: B023
                tables.mentions.classified(new.key, found, at)  # type: ignore[attr-defined]  # noqa: B023
                grouping.begin(tables, at, at)  # noqa: B023
                grouping.settle(tables, [grouping.place(tables, new, found)], at)  # type: ignore[arg-type]  # noqa: B023

            store.write(place)
        by_store = [store.read.stories.of(mention(post).key) for post in range(len(vectors))]
        moves = list(store.read.stories._db.query("SELECT kind FROM story_moves"))
        store.close()
    placed = told(vectors, alone, order)
    assert None not in by_store
    assert parts([story or 0 for story in by_store]) == parts(placed.stories)
    assert len(moves) == placed.merges + placed.splits


def test_the_sets_are_what_they_say() -> None:
    tuning, held_out = story_sets.tuning(), story_sets.held_out()
    texts = [text for stream in (*tuning, *held_out) for _, text in stream.posts]
    assert len(set(texts)) == len(texts)
    assert not any("{brand}" in text or "{at}" in text or text[2:3] == "|" for text in texts)
    assert len(held_out) == 8
    assert sum(len(stream.posts) for stream in held_out) > 250
    copies = sum(len(each) > 1 for stream in held_out for each in bench.copies(stream))
    assert copies >= 6
