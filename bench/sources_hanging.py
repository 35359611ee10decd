"""Sources that fail or hang for an hour: what the others notice.

The daemon's own loop and pools, with real threads, on a fake clock that goes on by a second when everything that can end
has ended. Each source gets a post every ten seconds. What hangs, hangs in every kind of work that a source has at once:
polling, filling, reading again, looking up; and comes back when the hour is over.
"""

from __future__ import annotations

import statistics
import tempfile
import threading
import time
from collections.abc import Sequence
from concurrent.futures import wait
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from monitor.daemon import Daemon
from monitor.errors import SourceError
from monitor.model import Author, Batch, Interval, Mention
from monitor.ports import Source
from monitor.settings import SourceSettings
from monitor.store import Store
from tests.monitor.scripted import NOON, FakeClock, ScriptedSource, config, parts

SOURCES = 10
EVERY = 30
SECONDS = 3600
POST_EVERY = 10


class Slow(Source):
    """Posts every POST_EVERY seconds; while it is `ill`, calls fail at once or don't come back."""

    read_size = 100

    def __init__(self, name: str, ill: str) -> None:
        self.name = name
        self.ill = ill
        self.well = threading.Event()
        self.took: list[float] = []
        self.calls = 0

    def _suffer(self) -> None:
        self.calls += 1
        if self.ill == "fails":
            raise SourceError(f"{self.name}: down")
        if self.ill == "hangs":
            self.well.wait()
            raise SourceError(f"{self.name}: timed out")

    def poll(self, cursor: str | None, now: datetime, lane: str = "", room: int | None = None) -> Batch:  # noqa: ARG002
        began = time.perf_counter()
        self._suffer()
        start, end = int(cursor or 0), int((now - NOON).total_seconds())
        times = range(start - start % POST_EVERY + POST_EVERY, end + 1, POST_EVERY)
        posts = tuple(self._post(second) for second in times)
        covered = (Interval(NOON + timedelta(seconds=start), now),)
        self.took.append(time.perf_counter() - began)
        return Batch(posts, cursor=str(end), covered=covered)

    def _post(self, second: int) -> Mention:
        at = NOON + timedelta(seconds=second)
        return Mention(self.name, str(second), Author("a", "ann"), f"Kestrel {second}", "", at)

    def read(self, ids: Sequence[str], now: datetime) -> Batch:  # noqa: ARG002
        self._suffer()
        return Batch()

    def check(self) -> str:
        return self.name


def hour(ill: str, count: int) -> dict[str, Any]:
    """`count` of SOURCES are ill for SECONDS; how late the posts of the others are stored."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sources = {f"s{n}": Slow(f"s{n}", ill if n < count else "") for n in range(SOURCES)}
        settings = config(folder).model_copy(
            update={"sources": {each: SourceSettings(type="x", every=EVERY) for each in sources}}
        )
        store, clock = Store(folder / "test.db"), FakeClock()
        made = replace(parts(store, settings, ScriptedSource(), clock=clock), sources=dict(sources))
        daemon = Daemon(made, lambda: None, 5)
        daemon._pipeline.schedule(clock.now())
        ticks, stuck = [], 0
        for _ in range(SECONDS):
            began = time.perf_counter()
            daemon.tick()
            healthy = [
                future
                for job, future in list(daemon._in_flight.items())
                if not sources.get(job.split(" ")[1] if " " in job else "", Slow("", "")).ill
            ]
            stuck += len(wait(healthy, timeout=20).not_done)
            ticks.append((time.perf_counter() - began) * 1000)
            clock.forward(seconds=1)
        late = [
            (row["seen"] - row["made"])
            for row in store.read.stories._db.query(
                """SELECT unixepoch(seen_at) AS seen, unixepoch(created_at) AS made, source FROM mentions"""
            )
            if not sources[row["source"]].ill
        ]
        for each in sources.values():
            each.ill = ""
            each.well.set()
        daemon.stop(grace=20)
        stored = store.read.mentions.count()
        store.close()
    return {
        "posts": stored,
        "late_s": statistics.median(late),
        "late_s_99": round(statistics.quantiles(late, n=100)[-1], 1),
        "late_s_worst": max(late),
        "tick_ms": round(statistics.median(ticks), 1),
        "tick_ms_99": round(statistics.quantiles(ticks, n=100)[-1], 1),
        "stuck": stuck,
    }


def hours() -> dict[str, Any]:
    cases = (
        ("nothing wrong", "", 0),
        ("one fails", "fails", 1),
        ("one hangs", "hangs", 1),
        ("nine hang", "hangs", 9),
    )
    return {name: hour(ill, count) for name, ill, count in cases}
