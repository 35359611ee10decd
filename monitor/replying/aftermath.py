"""Pure: how a post spread before it was answered, and how since, in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from monitor.model import Reading
from monitor.spread import in_words, spread

BEFORE = timedelta(hours=3)
"""How far back the time before counts: what a post did a day ago says nothing of what was about to come."""

SOONEST = timedelta(minutes=10)
"""A shorter stretch tells no rate."""


def since_reply(readings: Sequence[Reading], posted_at: datetime, measure: str, now: datetime) -> str:
    """Such as "12 reposts and quotes an hour before the reply, 3 an hour since". The spread at the time of the reply lies
    on the line between the readings before and after it."""
    points = [
        (each.at, count)
        for each in sorted(readings, key=lambda each: each.at)
        if each.at <= now and (count := spread(each, measure)) is not None
    ]
    what = in_words(measure)
    then = _at(points, posted_at)
    former = [(at, count) for at, count in points if posted_at - BEFORE <= at <= posted_at]
    later = [(at, count) for at, count in points if at > posted_at]
    before = _rate(former[0], (posted_at, then)) if former and then is not None else None
    since = _rate((posted_at, then), later[-1]) if later and then is not None else None
    if since is None:
        return (
            f"{_told(before)} {what} an hour before the reply; not read since" if before is not None else ""
        )
    if before is None:
        return f"{_told(since)} {what} an hour since the reply"
    return f"{_told(before)} {what} an hour before the reply, {_told(since)} an hour since"


def _at(points: Sequence[tuple[datetime, int]], moment: datetime) -> float | None:
    """The spread at that moment; None when it was not read before."""
    left = next((point for point in reversed(points) if point[0] <= moment), None)
    right = next((point for point in points if point[0] > moment), None)
    if left is None:
        return None
    if right is None:
        return float(left[1])
    share = (moment - left[0]) / (right[0] - left[0])
    return left[1] + share * (right[1] - left[1])


def _rate(start: tuple[datetime, float], end: tuple[datetime, float]) -> float | None:
    """An hour, never negative: counters of platforms waver. None where too little time has passed."""
    passed = end[0] - start[0]
    return max(end[1] - start[1], 0.0) / (passed / timedelta(hours=1)) if passed >= SOONEST else None


def _told(rate: float) -> str:
    return f"{rate:,.0f}" if rate >= 9.95 else f"{rate:.1f}".removesuffix(".0")
