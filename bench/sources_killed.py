"""Killed at a hundred random moments while it pages, on each platform."""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.sources_worlds import opened, platform
from monitor.ports import Source
from tests.killed import killed_while_paging

KILLS = 100
BURST = 900
"""Within what Reddit shows, so that nothing may be lost there, either."""
PLATFORMS = ("x search", "reddit search", "mastodon hashtag", "hackernews", "bluesky search")


def killed(name: str, seed: int = 1) -> dict[str, Any]:
    with opened(name) as world, tempfile.TemporaryDirectory() as folder:

        def source() -> Source:
            made: Source = world.source()
            made.lanes = (world.lane,)
            return made

        began = time.perf_counter()
        found = killed_while_paging(world, platform(world), source, Path(folder), KILLS, BURST, seed)
    steps = [later - earlier for earlier, later in zip([0, *found.stored], found.stored, strict=False)]
    return {
        "kills": found.kills,
        "posts": len(found.posts),
        "lost": found.lost,
        "twice": found.twice,
        "lives that stored something": found.advanced,
        "posts stored in a life, median": statistics.median(steps),
        "seconds": round(time.perf_counter() - began, 1),
    }


def all_killed() -> dict[str, Any]:
    return {name: killed(name) for name in PLATFORMS}
