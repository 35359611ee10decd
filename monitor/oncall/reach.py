"""Pure: by which channels a person is reached, when, and why a message waits."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from monitor.model import SEVERITIES, Severity
from monitor.oncall.sections import Method, Person, QuietHours
from monitor.wording.timetable import local_moment

AWAKE = timedelta(hours=1)
"""Whoever was told of an alert so lately may still be up for it, and hears at once what became of it."""


class Way(NamedTuple):
    """One message to a person: through which channel, when, and in words why not at once."""

    channel: str
    due_at: datetime
    held: str = ""


def ways(
    person: Person, severity: Severity, by: Collection[str], now: datetime, *, asked: bool = False
) -> list[Way]:
    """How a page of that severity reaches a person from `now` on, the first first: by the channels `by` that they have,
    else by their methods for it, each after its minutes; in quiet hours that this severity does not break, once they are
    over. Nobody who has a contact is left without a way. `asked`: somebody wants them paged then, quiet hours or not."""
    zone, found = ZoneInfo(person.time_zone), list[Way]()
    put_off, held = timedelta(0), ""
    quiet = None if person.quiet is None or asked or _rings(severity, person.quiet) else person.quiet
    for method in sorted(_methods(person, severity, by), key=lambda each: each.after_minutes):
        due = now + put_off + timedelta(minutes=method.after_minutes)
        if quiet and (until := quiet_until(quiet, zone, due)):
            put_off += until - due
            due, held = until, f"quiet hours until {until.astimezone(zone):%H:%M}, severity {severity}"
        found += [Way(channel, due, held) for channel in method.by]
    return found


def _methods(person: Person, severity: Severity, by: Collection[str]) -> Sequence[Method]:
    named = tuple(channel for channel in person.contacts if channel in by)
    if named:
        return (Method(by=named),)
    known = person.pages.get("critical" if severity == "critical" else "warning", ())
    kept = [Method(by=has, after_minutes=each.after_minutes) for each in known if (has := _has(person, each))]
    return kept or ([Method(by=tuple(person.contacts))] if person.contacts else [])


def _has(person: Person, method: Method) -> tuple[str, ...]:
    return tuple(channel for channel in method.by if channel in person.contacts)


def _rings(severity: Severity, quiet: QuietHours) -> bool:
    return SEVERITIES.index(severity) >= SEVERITIES.index(quiet.unless)


def quiet_until(quiet: QuietHours, zone: ZoneInfo, at: datetime) -> datetime | None:
    """When the quiet hours that hold `at` end; None when it is in none. They begin and end when the person's clock shows
    those times: in a night in which it is changed they are an hour shorter or longer."""
    today = at.astimezone(zone).date()
    for ahead in (-1, 0, 1):
        day = today + timedelta(days=ahead)
        begins = local_moment(day, quiet.start, zone)
        ends = local_moment(day + timedelta(days=int(quiet.end <= quiet.start)), quiet.end, zone)
        if begins <= at < ends:
            return ends
    return None


def news_can_wait(person: Person, told_at: datetime | None, now: datetime) -> tuple[datetime, str] | None:
    """Until when, and why, somebody hears later that another has the alert or that it is over: in their quiet hours, of
    whatever severity it is, unless they were told of it just before (AWAKE)."""
    zone = ZoneInfo(person.time_zone)
    until = quiet_until(person.quiet, zone, now) if person.quiet else None
    if until is None or (told_at is not None and now - told_at <= AWAKE):
        return None
    return until, f"quiet hours until {until.astimezone(zone):%H:%M}, nothing to do"
