"""Pure: small pictures in SVG: curves of spread, strips of time, bars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from monitor.overview.sources import Stretch
from monitor.overview.story import Point, thinned

WIDTH, HEIGHT = 120, 32
MOST = 60
"""Points of one curve: more can't be told apart in its width."""
SEEN = 0.7
"""Percent of a strip's width that can be seen."""


@dataclass(frozen=True, slots=True)
class Spark:
    """`points` of a polyline in a box of WIDTH x HEIGHT; `threshold` is the height of the viral threshold in it, None where
    the curve is too far below for both to be seen; `words` say the same."""

    points: str
    threshold: float | None
    words: str


def sparked(curve: Sequence[Point], viral_at: int | None = None) -> Spark | None:
    """The curve of a spread, in the order of time; None with fewer than two moments."""
    if len(curve) < 2 or curve[-1].at <= curve[0].at:
        return None
    kept = thinned(curve, MOST)
    start, end = kept[0].at, kept[-1].at
    highest = max(each.spread for each in kept)
    line = viral_at if viral_at is not None and highest * 4 >= viral_at else None
    top = max(highest, line or 0, 1)

    def y(spread: int) -> float:
        return round(HEIGHT - 1 - spread / top * (HEIGHT - 2), 1)

    points = " ".join(
        f"{round((each.at - start) / (end - start) * WIDTH, 1):g},{y(each.spread):g}" for each in kept
    )
    minutes = round((end - start).total_seconds() / 60)
    span = f"{minutes} minutes" if minutes < 120 else f"{round(minutes / 60)} hours"
    words = f"Spread from {curve[0].spread:,} to {curve[-1].spread:,} in {span}"
    if viral_at:
        words += f", threshold {viral_at:,}"
    return Spark(points, y(line) if line is not None else None, words)


class Block(NamedTuple):
    """A part of a strip or a bar of a chart: a rectangle in a box of 100 x 24."""

    x: float
    y: float
    width: float
    height: float
    kind: str


def strip(stretches: Sequence[Stretch], start: datetime, end: datetime) -> list[Block]:
    """A strip of time from `start` to `end`. What was missed is wide enough to be seen, however short it was."""
    span = end - start
    blocks = [
        Block(
            round(min((each.start - start) / span * 100, 100 - SEEN), 2), 0,
            round(max((each.end - each.start) / span * 100, SEEN if each.kind == "missed" else 0), 2), 24, each.kind,
        )
        for each in stretches
    ]  # fmt: skip
    return sorted(blocks, key=lambda each: each.kind == "missed")


def bars(counts: Sequence[int]) -> list[Block]:
    """A bar for each count; one that is not 0 can be seen."""
    top, width = max(counts, default=0) or 1, 100 / max(len(counts), 1)
    heights = [round(max(count / top * 24, 1 if count else 0), 1) for count in counts]
    return [
        Block(round(place * width + width * 0.1, 2), 24 - height, round(width * 0.8, 2), height, "")
        for place, height in enumerate(heights)
    ]
