"""Pure: moments that people name by the clock on their wall.

All moments go in and come out aware; results are in UTC. A clock time that a daylight-saving change skips
means the moment at which the old clock would have shown it (02:30 becomes 03:30); one that occurs twice means
the first.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from monitor.errors import InputError

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[Weekday, ...] = (
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
)  # fmt: skip

_WEEK = timedelta(days=7)


def local_moment(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The moment at which clocks in the zone show `at` on `day`."""
    return datetime.combine(day, at.replace(fold=0, tzinfo=zone)).astimezone(UTC)


def _bounds(monday: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    return local_moment(monday, time(), zone), local_moment(monday + _WEEK, time(), zone)


def week_bounds(now: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Start and end of the week that holds `now`: Monday 00:00 to the next Monday 00:00, local time."""
    today = now.astimezone(zone).date()
    return _bounds(today - timedelta(days=today.weekday()), zone)


def last_week(now: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Start and end of the last week that is over: what a digest that is due now tells of."""
    start, _ = week_bounds(now, zone)
    return week_bounds(start - timedelta(microseconds=1), zone)


def named_week(name: str, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Start and end of a week named as in ISO 8601: "2026-W47". InputError when there is no such week."""
    found = re.fullmatch(r"(\d{4})-?W(\d{2})", name.strip(), re.ASCII)
    try:
        if found is None:
            raise ValueError
        return _bounds(date.fromisocalendar(int(found[1]), int(found[2]), 1), zone)
    except (ValueError, OverflowError):
        raise InputError(f"{name!r} is not a week: write the year and the week, such as 2026-W47") from None


def next_digest_due(now: datetime, weekday: Weekday, at: time, zone: ZoneInfo) -> datetime:
    """The first moment after `now` at which clocks in the zone show `at` on that weekday."""
    today = now.astimezone(zone).date()
    # From yesterday: where a zone skips a whole day, the moment meant by it lies on the next one.
    for ahead in range(-1, 9):
        day = today + timedelta(days=ahead)
        if WEEKDAYS[day.weekday()] == weekday and (due := local_moment(day, at, zone)) > now:
            return due
    raise AssertionError("ten days in a row hold every weekday")


def next_clock(now: datetime, at: time, zone: ZoneInfo) -> datetime:
    """The first moment after `now` at which clocks in the zone show `at`."""
    today = now.astimezone(zone).date()
    moments = (local_moment(today + timedelta(days=ahead), at, zone) for ahead in range(-1, 4))
    return min(each for each in moments if each > now)


def shift_of(now: datetime, begins: Collection[time], zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Start and end of the shift that holds `now`, where one begins at each of the clock times of every day."""
    today = now.astimezone(zone).date()
    moments = sorted(
        {local_moment(today + timedelta(days=ahead), at, zone) for ahead in range(-2, 3) for at in begins}
    )
    return max(each for each in moments if each <= now), min(each for each in moments if each > now)


def after_open_hours(
    now: datetime, hours: float, opens: time, closes: time, days: Collection[Weekday], zone: ZoneInfo
) -> datetime:
    """The moment at which `hours` of opening time have passed since `now`.

    Open from `opens` to `closes` on each of `days`; `closes` no later than `opens` means on the day after, so
    equal times mean around the clock. There must be at least one day.
    """
    if not days:
        raise ValueError("opening hours need at least one day")
    left = timedelta(hours=hours)
    # From yesterday, whose opening may last past midnight.
    day = now.astimezone(zone).date() - timedelta(days=1)
    since = now.astimezone(UTC)
    while True:
        if WEEKDAYS[day.weekday()] in days:
            start = max(since, local_moment(day, opens, zone))
            end = local_moment(day + timedelta(days=int(closes <= opens)), closes, zone)
            if end > start:
                if start + left <= end:
                    return start + left
                left -= end - start
                since = end
        day += timedelta(days=1)
