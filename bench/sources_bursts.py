"""So many new posts between two polls, an hour apart: what is lost, what comes twice, how long it takes."""

from __future__ import annotations

import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from bench.sources_worlds import WORLDS, opened, platform
from tests.fetching import Counted, Fetching, written

HOUR = timedelta(hours=1)
COUNTS = (500, 5_000, 50_000)
LATER = (timedelta(minutes=1), timedelta(minutes=30), timedelta(hours=3))
"""Polls after the burst: within every source's overlap, and after it; holes are filled meanwhile."""


def burst(name: str, count: int) -> dict[str, Any]:
    with opened(name) as world, tempfile.TemporaryDirectory() as folder:
        source = world.source()
        source.lanes = (world.lane,)
        daemon = Fetching(Path(folder), source, world.now)
        written(world, [world.now - HOUR])  # what the listing had before
        daemon.settle()
        counted = Counted(source)
        step = HOUR / (count + 1)
        posts = written(world, [world.now + step * n for n in range(1, count + 1)])
        world.now = daemon.clock.forward(hours=1)
        platform(world).requests.clear()
        began, used = time.perf_counter(), time.process_time()
        daemon.settle()
        seconds, processor = time.perf_counter() - began, time.process_time() - used
        requests = len(platform(world).requests)
        for wait in LATER:
            world.now = daemon.clock.forward(seconds=wait.total_seconds())
            daemon.settle()
        lost, untold = daemon.lost(world.lane, posts)
        stored = daemon.store.read.mentions.count() - 1
        failing = [job.error for job in daemon.store.read.jobs.all() if job.failures]
        daemon.store.close()
    return {
        "posts": count,
        "lost": lost,
        "lost_and_not_told": untold,
        "stored_twice": stored - (count - lost),
        "sent_again": counted.again,
        "seconds": round(seconds, 2),
        "processor_seconds": round(processor, 2),
        "requests": requests,
        "longest_cursor_kb": round(counted.longest_cursor / 1000, 1),
    } | ({"failing": failing} if failing else {})


def bursts() -> dict[str, Any]:
    return {f"{name}, {count:,}": burst(name, count) for name in WORLDS for count in COUNTS}
