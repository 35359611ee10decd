"""What the buttons of an alert do, on its personal page and on its story's screen.

A form says how often the alert had changed hands when it was shown (`seen`): whoever presses a button on an older page does
nothing but see how it stands now.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from monitor.errors import InputError
from monitor.paging import respond
from monitor.store import Event, Store
from monitor.wording.timetable import next_clock

SNOOZES = {"30": timedelta(minutes=30), "120": timedelta(hours=2)}
"""How long to let it rest, by the minutes that a button says."""
MORNING = time(8)

MOVES = ("acknowledged", "snoozed", "reopened", "resolved", "merged")
"""Events that change who has it."""

STALE = "Nothing was done: something had happened since the page was loaded."


def seen(events: Sequence[Event]) -> str:
    """What a form says of how the alert stood: how often it changed hands."""
    return str(sum(each.event in MOVES for each in events))


def until_morning(zone: ZoneInfo, now: datetime) -> datetime:
    """The next 08:00, within what a snooze may last: on the day on which clocks go back it may be 25 hours away."""
    return min(next_clock(now, MORNING, zone), now + respond.LONGEST_SNOOZE)


def press(
    store: Store,
    code: str,
    person: str,
    action: str,
    now: datetime,
    *,
    to: str = "",
    text: str = "",
    zone: ZoneInfo,
    people: Collection[str],
) -> None:
    """Do what the button `action` says, in the name of `person`, with what stands in the fields `to` and `text`. InputError
    when that can't be done."""
    what, _, more = action.partition(" ")
    if what == "acknowledge":
        respond.acknowledge(store, code, person, now)
    elif what == "back":
        respond.unacknowledge(store, code, person, now)
    elif what == "snooze" and more in SNOOZES:
        respond.snooze(store, code, person, now + SNOOZES[more], now)
    elif what == "snooze" and more == "morning":
        respond.snooze(store, code, person, until_morning(zone, now), now)
    elif what == "resolve":
        respond.resolve(store, code, person, now)
    elif what == "take":
        respond.reassign(store, code, person, person, now)
    elif what == "give" and to in people:
        respond.reassign(store, code, person, to, now)
    elif what == "give":
        raise InputError("choose who shall take it")
    elif what == "note":
        respond.note(store, code, person, text, now)
    else:
        raise InputError("this button is not known; press one of these")
