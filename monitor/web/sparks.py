"""Pure: small curves of spread as the points of an SVG line, with what they show in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

WIDTH, HEIGHT = 120, 32
MOST = 60
"""Points of one curve: more can't be told apart in its width."""


@dataclass(frozen=True, slots=True)
class Spark:
    """`points` of a polyline in a box of WIDTH x HEIGHT; `threshold` is the height of the viral threshold in it, None where
    the curve is too far below for both to be seen; `words` say the same."""

    points: str
    threshold: float | None
    words: str


def sparked(curve: Sequence[tuple[datetime, int]], viral_at: int | None = None) -> Spark | None:
    """The curve of a spread over time, in the order of time; None with fewer than two moments."""
    if len(curve) < 2 or curve[-1][0] <= curve[0][0]:
        return None
    kept = _thinned(curve)
    start, end = kept[0][0], kept[-1][0]
    highest = max(count for _, count in kept)
    shown = viral_at is not None and highest * 4 >= viral_at
    top = max(highest, viral_at if shown and viral_at else 0, 1)

    def y(count: int) -> float:
        return round(HEIGHT - 1 - count / top * (HEIGHT - 2), 1)

    points = " ".join(
        f"{round((at - start) / (end - start) * WIDTH, 1):g},{y(count):g}" for at, count in kept
    )
    minutes = round((end - start).total_seconds() / 60)
    span = f"{minutes} minutes" if minutes < 120 else f"{round(minutes / 60)} hours"
    words = f"Spread from {curve[0][1]:,} to {curve[-1][1]:,} in {span}"
    if viral_at:
        words += f", threshold {viral_at:,}"
    return Spark(points, y(viral_at) if shown and viral_at else None, words)


def _thinned(curve: Sequence[tuple[datetime, int]]) -> Sequence[tuple[datetime, int]]:
    if len(curve) <= MOST:
        return curve
    return [curve[round(place * (len(curve) - 1) / (MOST - 1))] for place in range(MOST)]
