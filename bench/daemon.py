"""How much the core can take on one machine: `python -m bench.daemon [MENTIONS]`; writes bench/results/daemon.json.

Scripted ports stand in for platforms, model and providers, so that what is measured is the store and the pipeline: storing
polled mentions, bringing them all the way to a decision with many stories open, and the cost of a second in which nothing
is due. The baseline of the ratio is the same rows inserted into a bare SQLite table, one transaction a page.
"""

from __future__ import annotations

import random
import resource
import sqlite3
import sys
import tempfile
import time
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from bench.report import write
from monitor.daemon import Daemon
from monitor.model import Batch, Classification, Mention, Sentiment
from monitor.pipeline import Pipeline
from monitor.store import Store
from tests.monitor.scripted import (
    NOON,
    FakeClock,
    ScriptedClassifier,
    ScriptedSource,
    config,
    mention,
    parts,
    reading,
)

PAGE = 100
IDLE_TICKS = 200


class Embedded(ScriptedClassifier):
    """One complaint in five, each about something else: 384 random numbers, which are far from each other."""

    def __init__(self) -> None:
        super().__init__()
        self._random = random.Random(1)

    def classify(self, texts: list[str]) -> list[Classification]:  # type: ignore[override]
        rng = self._random
        return [
            Classification(
                0.9 if rng.random() < 0.2 else 0.1,
                Sentiment(0.3, 0.4, 0.3),
                self.version,
                category="delivery",
                embedding=tuple(rng.gauss(0, 1) for _ in range(384)),
            )
            for _ in texts
        ]


class Pages(ScriptedSource):
    def poll(self, cursor: str | None, now: datetime, lane: str = "", room: int | None = None) -> Batch:  # noqa: ARG002
        start = int(cursor or 0)
        new = self.mentions[start : start + PAGE]
        readings = tuple(reading(each.id, 3, each.created_at) for each in new)
        return Batch(tuple(new), readings, (), str(start + len(new)), start + PAGE < len(self.mentions))


def posts(count: int) -> list[Mention]:
    """A hundred days of them, evenly spread: a fiftieth is inside the 48 hours in which stories stay open."""
    step = timedelta(days=100) / count
    return [
        mention(n, f"Kestrel post number {n}", NOON - timedelta(days=100) + n * step) for n in range(count)
    ]


def bare(path: Path, mentions: list[Mention]) -> float:
    database = sqlite3.connect(path)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    database.execute("CREATE TABLE t (id TEXT PRIMARY KEY, text TEXT, at TEXT)")
    began = time.perf_counter()
    for start in range(0, len(mentions), PAGE):
        with database:
            rows = [(each.id, each.text, str(each.created_at)) for each in mentions[start : start + PAGE]]
            database.executemany("INSERT INTO t VALUES (?, ?, ?)", rows)
    return time.perf_counter() - began


def main(count: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        mentions = posts(count)
        baseline = bare(folder / "bare.db", mentions)
        store = Store(folder / "test.db")
        clock = FakeClock()
        made = replace(parts(store, config(folder), Pages(mentions), clock=clock), classifier=Embedded())
        pipeline = Pipeline(made)
        pipeline.schedule(clock.now())

        began = time.perf_counter()
        while (job := store.read.jobs.get("poll x")) and job.due_at <= clock.now():
            pipeline.run_job("poll x", clock.now())
        polled = time.perf_counter() - began

        began = time.perf_counter()
        while pipeline.classify(clock.now()):
            while pipeline.assess(clock.now()):
                pass
        assessed = time.perf_counter() - began

        daemon = Daemon(made, lambda: None, 5)
        daemon.tick()
        time.sleep(1)
        cpu = time.process_time()
        for _ in range(IDLE_TICKS):
            daemon.tick()
            time.sleep(0.01)
        idle = (time.process_time() - cpu) / IDLE_TICKS
        size = (folder / "test.db").stat().st_size
        stories = store.read.stories.count()
        store.close()
    write(
        "daemon",
        {
            "mentions": count,
            "stories": stories,
            "stored a second": round(count / polled),
            "stored, times as long as bare inserts": round(polled / baseline, 1),
            "classified (scripted) and assessed a second": round(count / assessed),
            "processor ms of a second with nothing due": round(idle * 1000, 2),
            "bytes on disk a mention": round(size / count),
            "peak memory, MB": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        },
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
