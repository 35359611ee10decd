"""Pure: moments as people write and read them, by the clock on their wall."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from monitor.errors import InputError
from monitor.wording.timetable import WEEKDAYS, local_moment, next_clock, next_digest_due

YEARS = 5
"""Nobody plans further ahead; it is a slip."""

_MOMENT = re.compile(r"(?P<day>\d{4}-\d\d-\d\d|[a-z]+)?(?:[ t]+|$|^)(?P<clock>\d{1,2}:\d\d)?", re.ASCII)
HOW = 'write one such as "2026-11-24 09:00", "2026-11-24", "09:00", "tomorrow 09:00", "fri 17:00" or "now"'


def moment(
    text: str, zone: ZoneInfo, now: datetime, *, after: datetime | None = None, last: bool = False
) -> datetime:
    """The moment that the text means on a clock in the zone; a time of day or a day of the week is the next one after
    `after` (absent: `now`). A day without a time is its beginning; with `last`, its end. InputError when it means none."""
    words = " ".join(text.lower().split())
    if words == "now":
        return now
    try:
        exact = datetime.fromisoformat(words.upper())
    except ValueError:
        exact = None
    if exact and exact.tzinfo:
        found = exact
    else:
        match = _MOMENT.fullmatch(words)
        if match is None or not (match["day"] or match["clock"]):
            raise InputError(f"{text!r} is not a time; {HOW}")
        clock = _clock(match["clock"], text)
        found = _on(match["day"], clock, zone, now, after or now, last=last and clock is None, text=text)
    if abs(found.year - now.year) > YEARS:
        raise InputError(f"{text!r} is more than {YEARS} years away")
    return found.astimezone(UTC)


def _clock(written: str | None, text: str) -> time | None:
    if written is None:
        return None
    hour, minute = map(int, written.split(":"))
    if hour > 23 or minute > 59:
        raise InputError(f"{text!r}: there is no such time of day as {written}")
    return time(hour, minute)


def _on(
    day: str | None,
    clock: time | None,
    zone: ZoneInfo,
    now: datetime,
    after: datetime,
    *,
    last: bool,
    text: str,
) -> datetime:
    at, later = clock or time(), timedelta(days=int(last))
    if day is None:
        return next_clock(after, at, zone)
    if day in ("today", "tomorrow"):
        today = now.astimezone(zone).date()
        return local_moment(today + later + timedelta(days=int(day == "tomorrow")), at, zone)
    if day[0].isalpha():
        named = [each for each in WEEKDAYS if len(day) >= 3 and each.startswith(day)]
        if not named:
            raise InputError(f"{text!r} is not a time; {HOW}")
        begins = next_digest_due(after, named[0], at, zone)
        return local_moment(begins.astimezone(zone).date() + later, at, zone)
    try:
        return local_moment(date.fromisoformat(day) + later, at, zone)
    except (ValueError, OverflowError):
        raise InputError(f"{text!r}: there is no such day as {day}") from None


def told(at: datetime, zone: tzinfo) -> str:
    """ "Tue 24 Nov 09:00 GMT"."""
    local = at.astimezone(zone)
    name = local.tzname() or ""
    return f"{local:%a} {local.day} {local:%b %H:%M} " + (f"UTC{name}" if name[:1] in "+-" else name)


def span(start: datetime, end: datetime, zone: tzinfo) -> str:
    """ "from Tue 24 Nov 09:00 until 17:00 GMT", the day and the zone said once where they are the same."""
    one, other = told(start, zone), told(end, zone)
    if one.rpartition(" ")[2] == other.rpartition(" ")[2]:
        one = one.rpartition(" ")[0]
        if start.astimezone(zone).date() == end.astimezone(zone).date():
            other = " ".join(other.split(" ")[-2:])
    return f"from {one} until {other}"
