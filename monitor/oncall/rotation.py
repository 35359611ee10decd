"""Pure: who has which turn in a layer of a rotation.

Turns begin and end by the clock on the wall of the layer's zone: a turn of one day is handed over at the same local
time also across a daylight-saving change, and lasts 23 or 25 hours then; a turn of twelve hours begins at two times
of day that never move. A clock time that is skipped means the moment at which the old clock would have shown it, but
never one after the next turn's; one that occurs twice means the first. All moments given back are in UTC.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import accumulate, pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from monitor.oncall.days_off import is_off
from monitor.oncall.sections import LayerSettings
from monitor.wording.timetable import WEEKDAYS, local_moment

DAY = timedelta(days=1)
UNITS = {"hour": timedelta(hours=1), "day": DAY, "week": 7 * DAY}
AROUND = 3 * DAY
"""Zones have skipped a whole day (Apia, 30 December 2011): what lies so far before and after is looked at, too."""


class Turn(NamedTuple):
    """One stretch of a layer: `place` of the person among its people."""

    place: int
    start: datetime
    end: datetime


def length(layer: LayerSettings) -> timedelta:
    """Of a turn, by the clock on the wall."""
    number, _, unit = layer.turn.partition(" ")
    return int(number) * UNITS[unit.rstrip("s")]


def turns(layer: LayerSettings, zone: ZoneInfo, start: datetime, end: datetime) -> list[Turn]:
    """The turns of a layer of people that have a part between `start` and `end`, cut to its days and hours, in order.

    They lie within the stretch that was asked for. Without days, hours and holidays they fill it, with no gap.
    """
    if not layer.days and not layer.hours and not layer.holidays:
        return list(_clipped(_plain(layer, zone, start, end), start, end))
    return [
        turn
        for opens, closes in _open(layer, zone, start, end)
        for turn in _clipped(_plain(layer, zone, opens, closes), opens, closes)
    ]


def _plain(layer: LayerSettings, zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[Turn]:
    """Turns that lie around the stretch, whatever the days and hours."""
    long, first = length(layer), datetime.combine(layer.starts, layer.hand_over)
    begin = (_wall(start, zone) - AROUND - first) // long
    stop = (_wall(end, zone) + AROUND - first) // long + 2
    moments = [_moment(first + number * long, zone) for number in range(begin, stop + 1)]
    # A turn that would begin after the next one does, since its time is skipped, has no time of its own.
    moments = list(accumulate(reversed(moments), min))[::-1]
    for number, (since, until) in zip(range(begin, stop), pairwise(moments), strict=True):
        yield Turn(number % len(layer.people), since, until)


def _clipped(found: Iterator[Turn], start: datetime, end: datetime) -> Iterator[Turn]:
    for place, since, until in found:
        if max(since, start) < min(until, end):
            yield Turn(place, max(since, start), min(until, end))


def _open(
    layer: LayerSettings, zone: ZoneInfo, start: datetime, end: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """The stretches in which the layer counts, one a day at most; one past midnight belongs to the day it begins on."""
    opens, closes = layer.hours or (time(), time())
    day, last = (start.astimezone(zone) - AROUND).date(), (end.astimezone(zone) + AROUND).date()
    while day <= last:
        if _counts(layer, day):
            since = local_moment(day, opens, zone)
            until = local_moment(day + DAY if closes <= opens else day, closes, zone)
            if max(since, start) < min(until, end):
                yield max(since, start), min(until, end)
        day += DAY


def _counts(layer: LayerSettings, day: date) -> bool:
    if layer.days and WEEKDAYS[day.weekday()] not in layer.days:
        return False
    return not is_off(day, layer.holidays)


def _wall(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None)


def _moment(wall: datetime, zone: ZoneInfo) -> datetime:
    return local_moment(wall.date(), wall.time(), zone)
