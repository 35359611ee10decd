"""A simulated day on each platform: `tests/simulated_day.py` with the weather of a bad one."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench.sources_worlds import opened
from sources import http
from tests.simulated_day import Day, Weather
from tests.simulated_platforms import OnHackerNews, OnMastodon, OnReddit, OnX

PEOPLE: dict[str, Callable[[Any], Any]] = {
    "x search": OnX,
    "reddit search": OnReddit,
    "hackernews": OnHackerNews,
    "mastodon hashtag": OnMastodon,
}
SHOWN = 5
"""Of what should not be, so many are told."""


def day(name: str, seed: int, hours: float = 24) -> dict[str, Any]:
    http.READ = http.WHOLE = 0.5
    with opened(name) as world, tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        weather = Weather(slow=0.02)
        found = Day(world, PEOPLE[name](world.fake), Path(folder), seed, hours, weather).run()
        told = asdict(found) | {"seconds": round(time.perf_counter() - began, 1), "seed": seed}
    for key in ("lost", "kept_text", "untrue", "gaps"):
        told[key] = len(told[key]), told[key][:SHOWN]
    return told


def days() -> dict[str, Any]:
    return {name: day(name, seed=11) for name in PEOPLE}
