"""Pure: from an iCalendar file to shifts, and back.

`expand` runs a stranger's recurrence rules, of which some never end: `monitor.rota.calendars` calls it in a process of its
own, with a limit of time and memory.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

from monitor.errors import InputError
from monitor.oncall.rota import Shift
from monitor.oncall.sections import Person
from monitor.wording.text import one_line
from monitor.wording.timetable import local_moment

if TYPE_CHECKING:
    from icalendar import Calendar, Component

MOST = 20_000
"""Events that are read of one calendar; an on-call calendar has some hundreds a year."""

SHOWN = 80
"""Letters of a summary that are shown or kept."""


class Event(NamedTuple):
    """One occurrence. `mails` are the addresses of who attends, `organizer` of who made it, all in small letters."""

    summary: str
    start: datetime
    end: datetime
    mails: tuple[str, ...] = ()
    organizer: str = ""


class Found(NamedTuple):
    """What a calendar says: shifts in order, and, once each, what its other events are called and why they are none."""

    shifts: list[Shift]
    strange: list[str]


def expand(content: bytes, zone: ZoneInfo, start: datetime, end: datetime) -> tuple[list[Event], list[str]]:
    """The occurrences of all events that have a part between two moments, in order, and what can't be read of them.

    Days without a time, and times without a zone, are those of `zone`. What is cancelled is left out. InputError when the
    file is no calendar, or holds more than MOST of them.
    """
    import recurring_ical_events
    from icalendar import Calendar

    try:
        calendars = Calendar.from_ical(content.removeprefix(codecs.BOM_UTF8), multiple=True)
    except (ValueError, IndexError, KeyError, TypeError, AttributeError):
        raise InputError("it is no iCalendar file") from None
    if not calendars or any(each.name != "VCALENDAR" for each in calendars):
        raise InputError("it is no iCalendar file")
    events: list[Event] = []
    wrong: list[str] = []
    for series in (each for calendar in calendars for each in _series(calendar)):
        name = next((_summary(each) for each in series.walk("VEVENT")), "")
        try:
            for found in recurring_ical_events.of(series).between(start, end):
                if event := _event(found, zone):
                    events.append(event)
        except Exception as error:  # the libraries raise many kinds for what a file may hold
            wrong.append(f"{name!r} can't be read ({type(error).__name__})")
        if len(events) > MOST:
            raise InputError(f"it has more than {MOST:,} events")
    return sorted(events, key=lambda event: (event.start, event.end, event.summary)), wrong


def _series(calendar: Calendar) -> Iterator[Calendar]:
    """A calendar for each event, with what changes single ones of its occurrences: a bad one spoils no other."""
    by_uid: dict[str, list[Component]] = {}
    rest = [each for each in calendar.subcomponents if each.name != "VEVENT"]
    for number, event in enumerate(calendar.walk("VEVENT")):
        by_uid.setdefault(str(event.get("UID") or number), []).append(event)
    for events in by_uid.values():
        series = calendar.copy()
        series.subcomponents = [*rest, *events]
        yield series


def _event(found: Component, zone: ZoneInfo) -> Event | None:
    if str(found.get("STATUS", "")).upper() == "CANCELLED":
        return None
    start, end = _moment(found["DTSTART"], zone), _moment(found["DTEND"], zone)
    if end <= start:
        return None
    return Event(
        _summary(found),
        start,
        end,
        tuple(_mail(each) for each in _many(found.get("ATTENDEE")) if _comes(each)),
        _mail(found.get("ORGANIZER", "")),
    )


def _moment(value: Any, zone: ZoneInfo) -> datetime:
    at: date | datetime = value.dt
    if not isinstance(at, datetime):
        return local_moment(at, time(), zone)
    return at.astimezone(UTC) if at.tzinfo else local_moment(at.date(), at.time(), zone)


def _summary(event: Component) -> str:
    return one_line(str(event.get("SUMMARY", "")), SHOWN)


def _many(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _comes(attendee: Any) -> bool:
    parameters: Mapping[str, Any] = getattr(attendee, "params", {})
    return str(parameters.get("PARTSTAT", "")).upper() != "DECLINED"


def _mail(address: Any) -> str:
    return str(address).strip().casefold().removeprefix("mailto:")[:254]


def shifts(events: Iterable[Event], people: Collection[Person]) -> Found:
    """Who has each event: the first who attends and whose address is one of a person's contacts; else the person whom the
    summary names; else who made the event."""
    addresses = {
        address.casefold(): person.name
        for person in people
        for address in person.contacts.values()
        if "@" in address
    }
    found: list[Shift] = []
    strange: dict[str, None] = {}
    for event in events:
        comes = next((addresses[mail] for mail in event.mails if mail in addresses), None)
        named = _named(event.summary, people)
        person = comes or (named[0] if len(named) == 1 else None)
        if person is None and not named:
            person = addresses.get(event.organizer)
        if person:
            found.append(Shift(person, event.start, event.end, event.summary))
        else:
            why = f"names {' and '.join(named)}" if named else "names nobody in [[people]]"
            strange[f"{event.summary!r} {why}"] = None
    return Found(found, list(strange))


def _named(summary: str, people: Collection[Person]) -> list[str]:
    """The people whose names stand in it, without what stands in brackets after a name ("Sam (first on call)")."""
    words = {person.name: re.sub(r"\s*\(.*", "", person.name) or person.name for person in people}
    hits = {
        name: word.casefold()
        for name, word in words.items()
        if re.search(rf"(?<!\w){re.escape(word.casefold())}(?!\w)", summary.casefold())
    }
    # "Ann Lee" is not "Ann", though that name stands in hers.
    return [
        name
        for name, word in hits.items()
        if not any(word != other and word in other for other in hits.values())
    ]


def written(rotation: str, found: Iterable[Shift], now: datetime) -> bytes:
    """The shifts that somebody has, as an iCalendar file that calendar programs take and `expand` reads."""
    from icalendar import Calendar, Event

    calendar = Calendar()
    calendar.add("prodid", "-//snapwatch//on call//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", f"On call: {rotation}")
    for shift in found:
        if shift.person is None:
            continue
        event = Event()
        event.add("uid", f"{shift.start:%Y%m%dT%H%M%SZ}-{rotation}@snapwatch")
        event.add("dtstamp", now.astimezone(UTC))
        event.add("summary", f"{shift.person} on call: {rotation}")
        event.add("dtstart", shift.start.astimezone(UTC))
        event.add("dtend", shift.end.astimezone(UTC))
        calendar.add_component(event)
    return bytes(calendar.to_ical())
