"""What the commands do that answer a page or silence what would page; the shell around them is in `cli.answers`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from classifiers.bundled import Settings as Bundled
from classifiers.categories import merged
from monitor import moments
from monitor.app import clock_of, open_store
from monitor.config import Config
from monitor.errors import InputError
from monitor.loose_ends import suggestion
from monitor.paging import respond
from monitor.paging.respond import At
from monitor.paging.silences import WHY_LONGEST, Kind, Silence, moment
from monitor.rota import roster
from monitor.rota.roster import known
from monitor.store import Store
from monitor.text import one_line

LONGEST = timedelta(days=31)
"""How long a silence lasts at most: one that nobody remembers hides what matters."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Who answers, and when; `zone` is theirs."""

    store: Store
    config: Config
    now: datetime
    person: str
    zone: ZoneInfo

    @property
    def at(self) -> At:
        return partial(moment, zone=self.zone, now=self.now)

    def until(self, until: str | None, minutes: int | None, usual: int | None = None) -> datetime:
        """When it ends, as the options say."""
        if until is not None and minutes is not None:
            raise InputError("give either --until or --minutes")
        if until is not None:
            return moments.moment(until, self.zone, self.now, last=True)
        chosen = usual if minutes is None else minutes
        if chosen is None:
            raise InputError("say when it ends: --until or --minutes")
        return self.now + timedelta(minutes=chosen)


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
        _refuse_unknown(at, kind, what)
        return _silence(at, kind, what, at.until(until, minutes), why)


def mute(config: Config, code: str, until: str | None, minutes: int | None, why: str, by: str | None) -> str:
    """Silence the story of an alert; whoever does so takes the alert, if nobody has it yet: it would go on paging."""
    with desk(config, by, code) as at:
        alert = respond.find(at.store.read, code)
        if alert.state == "resolved":
            return respond.standing(alert, at.at)
        end = at.until(until, minutes)
        _refuse_end(at, end)
        taken = respond.acknowledge(at.store, code, at.person, at.now, at.at)
        return (
            f"{taken} {_silence(at, 'story', str(alert.story_id), end, why or f'alert {alert.id} is muted')}"
        )


def silences(config: Config) -> Iterator[str]:
    """A line for each that is going on."""
    with desk(config, None) as at:
        active = at.store.read.silences.active(at.now)
        for each in active:
            held = len(at.store.read.silences.stories(each.number))
            stories = f"; held {held} {'story' if held == 1 else 'stories'}" if held else ""
            clock = _clock(config, at.now)
            yield (
                f"{each.number}  {each.name}, until {clock(each.until)}: {one_line(each.why, WHY_LONGEST)} "
                f"({one_line(each.who, 80)}, {clock(each.at)}{stories})"
            )
        if not active:
            yield "nothing is silenced"


def end(config: Config, number: int) -> str:
    """End a silence before its time."""
    with desk(config, None) as at:
        found = at.store.read.silences.get(number)
        if found is None:
            raise InputError(f"there is no silence {number}; `snapwatch silence --list` shows what there is")
        if found.ended_at is not None or found.until <= at.now:
            ended = _clock(config, at.now)(found.ended_at or found.until)
            return f"Silence {number} ({found.name}) has been over since {ended}."
        at.store.write(lambda tables: tables.silences.end(number, at.now))
        again = " What it held is decided again now." if at.store.read.silences.stories(number) else ""
        return f"Silence {number} ({found.name}) has ended.{again}"


def _silence(at: Desk, kind: Kind, what: str, until: datetime, why: str) -> str:
    _refuse_end(at, until)
    reason = one_line(why, WHY_LONGEST)
    if not reason:
        raise InputError("say why with --why: whoever is on call reads it")
    number = at.store.write(lambda tables: tables.silences.add(kind, what, until, reason, at.person, at.now))
    name = Silence(number, kind, what, until, reason, at.person, at.now).name
    urgent = at.config.rules.urgent
    but = ""
    if kind != "story" and what not in urgent and urgent:
        but = f" What is urgent ({', '.join(urgent)}) pages all the same."
    return (
        f"Silence {number}: {name} pages nobody until {_clock(at.config, at.now)(until)}.{but} "
        f"Then what it held is decided again. End it sooner: snapwatch silence --end {number}"
    )


def _refuse_end(at: Desk, until: datetime) -> None:
    if until <= at.now:
        raise InputError("that is over already: a silence ends in the future")
    if until > at.now + LONGEST:
        raise InputError(f"a silence lasts {LONGEST.days} days at most; make it anew when it ends")


def _refuse_unknown(at: Desk, kind: Kind, what: str) -> None:
    """InputError for a name that is a slip: it would hold nothing."""
    config = at.config
    if kind == "source":
        # A replay's posts have the names that its file gives them.
        known = {*config.sources, *at.store.read.past.sources()}
        if what not in known:
            raise InputError(f"there is no source {what!r}; {suggestion(what, known)}")
    if kind == "category" and isinstance(config.classifier, Bundled):
        categories = {*merged(config.classifier.categories), *config.rules.urgent}
        if what not in categories:
            raise InputError(f"there is no category {what!r}; there are: {', '.join(sorted(categories))}")
    if kind == "story" and (not what.isdigit() or at.store.read.stories.get(int(what)) is None):
        raise InputError(f"there is no story {what!r}; `snapwatch mute CODE` silences the story of an alert")


def _clock(config: Config, now: datetime) -> At:
    """Of the zone of the on-call settings, which everybody who reads it knows."""
    return partial(moment, zone=ZoneInfo(config.oncall.time_zone), now=now)
