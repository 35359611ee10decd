"""What it costs to keep what the forecast said of stories: `python -m bench.outlooks [POSTS]`; writes
bench/results/outlooks.json.

Two databases take the same posts and readings, by turns, with the shipped forecast and a scripted classifier: one keeps
outlooks, the other does not. Posts come over a day, a complaint in two; how far they spread is log-normal, one in a hundred
past the threshold; each is read fourteen times. The processor's time of `assess` is compared, batch by batch.
"""

from __future__ import annotations

import math
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from bench.report import write
from classifiers.virality import Virality
from monitor.model import Mention, Reading
from monitor.pipeline import Pipeline
from monitor.store import Store, Tables
from tests.monitor.scripted import NOON, FakeClock, ScriptedSource, config, mention, parts, reading

AGES = (5, 10, 20, 35, 60, 90, 130, 180, 250, 340, 460, 620, 840, 1140)
"""Minutes after a post was written at which it is read."""
SPREAD = 2.1
"""Of the logarithm of where posts end; with a median of 3.7 reposts, one in a hundred passes 500."""
BATCH = 64


class World:
    def __init__(self, folder: Path, keeps: bool) -> None:
        folder.mkdir()
        self.store = Store(folder / "test.db")
        made = parts(self.store, config(folder), ScriptedSource(), clock=FakeClock())
        self.pipeline = Pipeline(replace(made, forecaster=Virality()))
        if not keeps:
            self.pipeline._pager._write_down = lambda *_: None  # type: ignore[method-assign]
        self.took: list[float] = []

    def take(self, posts: list[Mention], readings: list[Reading], now: datetime) -> None:
        """Store it, and time what is made of it."""

        def work(tables: Tables) -> None:
            tables.mentions.add(posts, now)
            tables.mentions.add_readings(readings)

        self.store.write(work)
        while self.pipeline.classify(now):
            pass
        began = time.process_time()
        while self.pipeline.assess(now):
            pass
        self.took.append(time.process_time() - began)


def main(count: int) -> None:
    rng = random.Random(1)
    posts = [
        mention(
            n,
            f"{rng.choice('abcdefghijklmnopqrstuvwxyz')} Kestrel parcel {n} {rng.choice(('lost', 'here'))}",
            NOON + timedelta(days=rng.random()),
        )
        for n in range(count)
    ]
    ends = [3.7 * math.exp(rng.gauss(0, SPREAD)) for _ in posts]
    read = sorted(
        (post.created_at + timedelta(minutes=age), n, age) for n, post in enumerate(posts) for age in AGES
    )
    with tempfile.TemporaryDirectory() as name:
        worlds = World(Path(name) / "kept", True), World(Path(name) / "not", False)
        for start in range(0, len(read), BATCH):
            batch = read[start : start + BATCH]
            new = [posts[n] for _, n, age in batch if age == AGES[0]]
            readings = [
                reading(n, round(ends[n] * (1 - math.exp(-((age / 300) ** 1.2)))), at) for at, n, age in batch
            ]
            for world in worlds if start // BATCH % 2 else worlds[::-1]:
                world.take(new, readings, batch[-1][0])
        kept, without = worlds
        stories = kept.store.read.stories.count()
        with sqlite3.connect(kept.store.path) as database:
            rows, told, most = database.execute(
                """SELECT coalesce(sum(n), 0), count(*), coalesce(max(n), 0)
                   FROM (SELECT count(*) AS n FROM outlooks GROUP BY story_id)"""
            ).fetchone()
            used = database.execute(
                "SELECT sum(pgsize) FROM dbstat WHERE name IN ('outlooks', 'outlooks_mention')"
            ).fetchone()[0]
        for world in worlds:
            world.store.close()
    more = [one / other for one, other in zip(kept.took, without.took, strict=True) if other > 0]
    write(
        "outlooks",
        {
            "posts": count,
            "readings that were assessed": len(read),
            "stories": stories,
            "stories with rows": told,
            "rows": rows,
            "rows of the story with most": most,
            "rows, were each forecast kept": len(read),
            "bytes on disk": used,
            "assess, processor ms a reading, without": round(1000 * sum(without.took) / len(read), 3),
            "with": round(1000 * sum(kept.took) / len(read), 3),
            "more, in all": f"{sum(kept.took) / sum(without.took) - 1:+.1%}",
            "more, median of batches": f"{statistics.median(more) - 1:+.1%}",
        },
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000)
