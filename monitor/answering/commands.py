"""What the commands do that answer a page or silence what would page; the shell around them is in `cli.answers`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from zoneinfo import ZoneInfo

from monitor.answering import silencing
from monitor.answering.silencing import Desk, Made
from monitor.config import Config
from monitor.opening import clock_of, open_store
from monitor.paging import respond
from monitor.paging.respond import At
from monitor.paging.silences import WHY_LONGEST, Kind
from monitor.rota import roster
from monitor.rota.roster import known
from monitor.store import Store
from monitor.wording.text import one_line


@contextmanager
def desk(config: Config, by: str | None, code: str = "") -> Iterator[Desk]:
    """For a person; None: whoever has the alert of that code, else whoever was paged last, else whoever is on call."""
    with open_store(config) as store:
        now = clock_of(config, store).now()
        person = known(config, by) if by else _usual(config, store, code, now)
        zone = next(
            (each.time_zone for each in config.people if each.name == person), config.oncall.time_zone
        )
        yield Desk(store, config, now, person, ZoneInfo(zone))


def _usual(config: Config, store: Store, code: str, now: datetime) -> str:
    drill = respond.drill(store.read, code)
    if drill is not None:
        return drill.person
    if code:
        alert = respond.find(store.read, code)
        paged = store.read.outbox.paged_people(alert.id)
        if alert.holder or paged:
            return alert.holder or paged[-1]
    return roster.first(config, store.read, now)


Act = Callable[[Store, str, str, datetime, At], str]
"""What `respond` does with an alert's code in a person's name."""


def act(config: Config, what: Act, code: str, by: str | None) -> str:
    """Acknowledge, give back or resolve."""
    with desk(config, by, code) as at:
        return what(at.store, code, at.person, at.now, at.at)


def snooze(config: Config, code: str, by: str | None, until: str | None, minutes: int | None) -> str:
    with desk(config, by, code) as at:
        end = at.until(until, minutes, usual=30)
        return respond.snooze(at.store, code, at.person, end, at.now, at.at)


def reassign(config: Config, code: str, to: str, by: str | None) -> str:
    with desk(config, by, code) as at:
        return respond.reassign(at.store, code, at.person, known(config, to), at.now, at.at)


def note(config: Config, code: str, text: str, by: str | None) -> str:
    with desk(config, by, code) as at:
        return respond.note(at.store, code, at.person, text, at.now, at.at)


# --- silences ---------------------------------------------------------------------------------------------------


def silence(
    config: Config, kind: Kind, what: str, until: str | None, minutes: int | None, why: str, by: str | None
) -> str:
    """Let nothing of that page until then; what it did."""
    with desk(config, by) as at:
        return _told(silencing.silence(at, kind, what, at.until(until, minutes), why))


def mute(config: Config, code: str, until: str | None, minutes: int | None, why: str, by: str | None) -> str:
    """Silence the story of an alert; whoever does so takes the alert, if nobody has it yet: it would go on paging."""
    with desk(config, by, code) as at:
        alert = respond.find(at.store.read, code)
        if alert.state == "resolved":
            return respond.standing(alert, at.at)
        end = at.until(until, minutes)
        silencing.refuse_end(at, end)
        taken = respond.acknowledge(at.store, code, at.person, at.now, at.at)
        why = why or f"alert {alert.id} is muted"
        return f"{taken} {_told(silencing.silence(at, 'story', str(alert.story_id), end, why))}"


def silences(config: Config) -> Iterator[str]:
    """A line for each that is going on."""
    with desk(config, None) as at:
        active = at.store.read.silences.active(at.now)
        for each in active:
            held = len(at.store.read.silences.stories(each.number))
            stories = f"; held {held} {'story' if held == 1 else 'stories'}" if held else ""
            clock = silencing.clock(config, at.now)
            yield (
                f"{each.number}  {each.name}, until {clock(each.until)}: {one_line(each.why, WHY_LONGEST)} "
                f"({one_line(each.who, 80)}, {clock(each.at)}{stories})"
            )
        if not active:
            yield "nothing is silenced"


def end(config: Config, number: int) -> str:
    """End a silence before its time."""
    with desk(config, None) as at:
        return silencing.end(at, number)


def _told(made: Made) -> str:
    return f"{made.words} End it sooner: snapwatch silence --end {made.number}"
