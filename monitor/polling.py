"""Pure: when to poll next, how long to back off, and when to read a mention's counters again."""

from __future__ import annotations

from datetime import datetime, timedelta

from monitor.model import Forecast

BACK_OFF_FIRST = 5.0
BACK_OFF_LONGEST = 900.0

FAILURES_SHOWN = 3
"""From so many failures in a row on, a job is a problem that a person should hear of."""

READ_FOR = timedelta(hours=48)
"""A post older than this is not read again: what was going to spread has (forecasting.md: under 1% is still to come)."""
READ_SOONEST = timedelta(minutes=5)
READ_LATEST = timedelta(hours=6)
HOT = 0.1
"""From this probability on a post is read at every occasion."""


def back_off(failures: int, retry_after: float | None = None) -> timedelta:
    """How long to wait after so many failures in a row: doubling from 5 s to 15 min, and never under what was asked."""
    doubled = BACK_OFF_FIRST * 2.0 ** min(max(failures - 1, 0), 20)
    return timedelta(seconds=max(min(doubled, BACK_OFF_LONGEST), retry_after or 0.0))


def next_reading(created_at: datetime, forecast: Forecast | None, now: datetime) -> datetime | None:
    """When to read the counters of a mention again; None when it is too old to matter.

    Hot posts at every occasion; the others at a quarter of their age, since a curve's shape changes on the scale of
    its age (geometric polling, which found most of what value-of-information polling finds at the same cost).
    """
    age = now - created_at
    if age > READ_FOR:
        return None
    if forecast is not None and not forecast.crossed and forecast.p_viral >= HOT:
        return now + READ_SOONEST
    return now + min(max(age / 4, READ_SOONEST), READ_LATEST)
