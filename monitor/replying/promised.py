"""Pure: which time a reply promises, once people have edited it."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import NamedTuple

from monitor.wording.text import one_line
from monitor.wording.timetable import WEEKDAYS

SAYS_LONGEST = 300
WEEK = timedelta(days=7)

_CLOCK = r"\b\d{1,2}(?:[:.]\d\d)? ?[ap]\.?m\b|\b\d{1,2}[:.]\d\d\b"
_DAY = rf"\b(?:{'|'.join(WEEKDAYS)})\b"
_TIME = re.compile(f"(?P<clock>{_CLOCK})|(?P<day>{_DAY})", re.IGNORECASE)
_PARTS = re.compile(r"(\d+)[:.]?(\d\d)? ?([ap])?", re.IGNORECASE)


class Promised(NamedTuple):
    """The words that name the time by which the customer hears from us, and that time; None: they name none."""

    says: str
    by: datetime | None


def promised(text: str, says: str, by: datetime | None, now: datetime) -> Promised:
    """What the text promises, of which the draft said `says` and meant `by`. The time stays where the text still names its
    clock and its day, and moves where it is that sentence with another clock or day. All else promises nothing that we
    could keep for sure."""
    if by is None or says in text:
        return Promised(says, by)
    before = _named(says)
    if len(before.clocks) == 1 and (same := _with_any_time(says).search(text)):
        return Promised(same[0], _moved(by, before, _named(same[0]), now))
    after = _named(text)
    if before.clocks and {*before.clocks} <= {*after.clocks} and {*before.days} <= {*after.days}:
        return Promised(one_line(text, SAYS_LONGEST), by)
    return Promised("", None)


class _Named(NamedTuple):
    """The clocks, as times since midnight, and the weekdays, by number, that a text names."""

    clocks: list[timedelta]
    days: list[int]


def _named(text: str) -> _Named:
    found = list(_TIME.finditer(text))
    clocks = [_clock(each["clock"]) for each in found if each["clock"]]
    days: list[str] = [each["day"].casefold() for each in found if each["day"]]
    return _Named(clocks, [[*WEEKDAYS].index(each) for each in days])  # type: ignore[arg-type]


def _clock(words: str) -> timedelta:
    found = _PARTS.match(words)
    assert found is not None  # noqa: S101 -- it begins as a clock does
    hours, minutes, half = int(found[1]), int(found[2] or 0), (found[3] or "").casefold()
    return timedelta(hours=hours % 12 + 12 * (half == "p") if half else hours, minutes=minutes)


def _with_any_time(says: str) -> re.Pattern[str]:
    """That sentence with any clocks and weekdays in place of its own."""
    words, end = "", 0
    for each in _TIME.finditer(says):
        words += re.escape(says[end : each.start()]) + f"(?:{_CLOCK if each['clock'] else _DAY})"
        end = each.end()
    return re.compile(words + re.escape(says[end:]), re.IGNORECASE)


def _moved(by: datetime, before: _Named, after: _Named, now: datetime) -> datetime:
    """As much later or earlier as the clock and the weekday are now; of a weekday, the next one."""
    moved = by + after.clocks[0] - before.clocks[0]
    if before.days != after.days:
        moved += timedelta(days=after.days[0] - before.days[0])
        moved += WEEK if moved <= now else -WEEK if moved - WEEK > now else timedelta()
    return moved
