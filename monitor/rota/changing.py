"""How people change who is on call: the one place to which the shell and the screen come."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import structlog

from monitor.config import Config
from monitor.errors import InputError
from monitor.oncall import chain
from monitor.oncall.rota import Change, Rota, Shift, by_person
from monitor.rota import roster
from monitor.rota.roster import known
from monitor.settings import time_zone
from monitor.store import Store, Stretch, Tables
from monitor.wording.moments import moment, span, told

SENTENCE = 6
"""Shifts that an answer names of a rotation."""
AROUND = timedelta(days=62)
"""How far around a day a shift to be swapped is looked at."""
SHELL = "the shell"
"""Who made a change where nobody is named."""

log = structlog.get_logger()


class Changed(NamedTuple):
    """Who has what from then on, in words without a full stop; the numbers of the changes that say so (none: it was so
    already); and what else is to be known, a sentence."""

    words: str
    numbers: tuple[int, ...]
    also: str = ""


@dataclass(frozen=True, slots=True)
class Planner:
    """Changes the rota at a time. Rotations and people may be named as `rotation_of` and `known` read them; moments are
    written as `monitor.wording.moments` reads them, in that zone or else in that of the person whom the change is about.
    `by`: who makes it, where that is a person. InputError says what can't be done; then nothing is changed."""

    store: Store
    config: Config
    now: datetime

    def take(
        self,
        rotation: str | None,
        by: str,
        until: str | None = None,
        minutes: int | None = None,
        zone: str | None = None,
    ) -> Changed:
        """Whoever asks has the rotation from now on; without an end, until its next hand-over."""
        name, person = rotation_of(self.config, rotation), known(self.config, by)
        where = self._where(zone, person)
        if until is not None:
            end = moment(until, where, self.now, last=True)
        elif minutes is not None:
            end = self.now + timedelta(minutes=minutes)
        else:
            shift, following = self._rota().now_and_next(name, self.now)
            if following is None:
                raise InputError(f"{name} has no hand-over to come: say until when")
            end = shift.end
        if end <= self.now:
            raise InputError(f"it is over already: {told(end, where)}")
        return self._change([(name, person, self.now, end)], person, where)

    def override(
        self,
        rotation: str | None,
        person: str,
        start: str,
        until: str,
        by: str | None = None,
        zone: str | None = None,
    ) -> Changed:
        """That person has the rotation for that time."""
        name, person = rotation_of(self.config, rotation), known(self.config, person)
        where = self._where(zone, person)
        since, end = _stretch(start, until, where, self.now)
        return self._change([(name, person, since, end)], by, where)

    def away(
        self, person: str, start: str, until: str, by: str | None = None, zone: str | None = None
    ) -> Changed:
        """That person has no turns for that time; the next of each layer has them."""
        name = known(self.config, person)
        where = self._where(zone, name)
        since, end = _stretch(start, until, where, self.now)
        made = self._change([(None, name, since, end)], by, where)
        words = f"{name} is away {span(since, end, where)}: {made.words}"
        return Changed(words, made.numbers, self._paged_still(name))

    def swap(
        self,
        rotation: str | None,
        first: tuple[str, str],
        second: tuple[str, str],
        by: str | None = None,
        zone: str | None = None,
    ) -> Changed:
        """Two people exchange the shifts that they have on two days; each is a person and a day, or a moment of it."""
        name = rotation_of(self.config, rotation)
        (one, day), (other, another) = ((known(self.config, who), when) for who, when in (first, second))
        rota = self._rota()
        where = zone_named(zone) if zone else ZoneInfo(rota.rotations[name].time_zone)
        here = _shift_on(rota, name, one, day, where, self.now)
        there = _shift_on(rota, name, other, another, where, self.now)
        if one == other:
            raise InputError(f"{one} can't swap with {one}")
        return self._change(
            [(name, other, here.start, here.end), (name, one, there.start, there.end)], by, where
        )

    def undo(self, number: int, zone: str | None = None) -> str:
        """Take a change back, with those that were made with it; what was taken back and who has what now."""
        gone = self.store.write(lambda tables: tables.rota.undo(number, self.now))
        if not gone:
            raise InputError(f"there is no change {number} that could be taken back")
        where = self._where(zone, gone[0].person)
        what = "; ".join(in_words(each, where) for each in gone[:5]) + ("; …" if len(gone) > 5 else "")
        stretches = [(each.rotation, each.person, each.start, each.end) for each in gone]
        result = _result(self.config, self._rota(), stretches, self.now, where)
        log.info("changes of the rota were taken back", numbers=[each.number for each in gone], now=result)
        return f"Taken back: {what}. Now {result}."

    def stands(self, number: int, zone: str | None = None) -> Changed | None:
        """What a change came to, as things are now; None when it is over or was taken back."""
        made = self.store.read.rota.changes(self.now).made
        group = next((each.group for each in made if each.number == number), None)
        mates = [each for each in made if each.group == group]
        if not mates:
            return None
        stretches = [(each.rotation, each.person, each.start, each.end) for each in mates]
        where = self._where(zone, mates[0].person)
        result = _result(self.config, self._rota(), stretches, self.now, where)
        away = dict.fromkeys(each.person for each in mates if each.rotation is None)
        also = "".join(self._paged_still(name) for name in away)
        return Changed(result, tuple(each.number for each in mates), also)

    def _paged_still(self, person: str) -> str:
        """A sentence, with a space before it, where whoever is away is paged all the same."""
        if not any(person in each.page for each in chain.steps(self.config.oncall)):
            return ""
        return f" {person} is named in the escalation itself and is paged there all the same."

    def _rota(self) -> Rota:
        return roster.rota(self.config, self.store.read, self.now)

    def _where(self, zone: str | None, person: str) -> ZoneInfo:
        return zone_named(zone) if zone else home(self.config, person)

    def _change(self, stretches: Sequence[Stretch], by: str | None, zone: ZoneInfo) -> Changed:
        """Write changes down, unless it is so already."""
        who, before = maker(self.config, by), self._rota()
        if all(_has(before, each) for each in stretches):
            same = _result(self.config, before, stretches, self.now, zone)
            return Changed(f"{same}, as it is already; nothing was changed", ())

        def work(tables: Tables) -> tuple[list[int], Rota]:
            return tables.rota.add(stretches, who, self.now), roster.rota(self.config, tables, self.now)

        numbers, rota = self.store.write(work)
        result = _result(self.config, rota, stretches, self.now, zone)
        log.info("the rota was changed", numbers=numbers, by=who, now=result)
        return Changed(result, tuple(numbers))


def _has(rota: Rota, stretch: Stretch) -> bool:
    """Whether it is so without any change."""
    rotation, person, start, end = stretch
    return rotation is not None and all(each.person == person for each in rota.shifts(rotation, start, end))


def _result(config: Config, rota: Rota, stretches: Iterable[Stretch], now: datetime, zone: ZoneInfo) -> str:
    """Who has the rotations in those stretches, as things are now."""
    said: list[str] = []
    for rotation, person, start, end in stretches:
        for name in [rotation] if rotation else _rotations_of(rota, person):
            shifts = by_person(rota.shifts(name, max(start, now), end)) if name in rota.rotations else []
            said += [
                f"{each.person or 'nobody'} has {name} {span(each.start, each.end, zone)}"
                for each in shifts[:SENTENCE]
            ]
            said += ["and so on"] * (len(shifts) > SENTENCE)
            if any(each.person is None for each in shifts):
                said.append(f"while nobody has it, {_fallback(config)} is paged")
    return "; ".join(dict.fromkeys(said)) or "no rotation is changed by it"


def _rotations_of(rota: Rota, person: str) -> list[str]:
    """Those in which somebody may have turns."""
    return [
        name
        for name, rotation in rota.rotations.items()
        if any(layer.calendar or person in layer.people for layer in rotation.layers)
    ]


def _fallback(config: Config) -> str:
    return chain.fallback(config.oncall, config.rotations, config.people)


def in_words(change: Change, zone: ZoneInfo) -> str:
    """ "Kim has front-line from … until …"."""
    what = f"has {change.rotation}" if change.rotation else "is away"
    return f"{change.person} {what} {span(change.start, change.end, zone)}"


def maker(config: Config, by: str | None) -> str:
    """As whom a change is written down."""
    return known(config, by) if by else SHELL


def _stretch(start: str, until: str, zone: ZoneInfo, now: datetime) -> tuple[datetime, datetime]:
    since = moment(start, zone, now)
    end = moment(until, zone, now, after=since, last=True)
    if end <= since:
        raise InputError(f"it would end before it begins: {told(since, zone)}, {told(end, zone)}")
    if end <= now:
        raise InputError(f"it is over already: {span(since, end, zone)}")
    return since, end


def _shift_on(rota: Rota, rotation: str, person: str, day: str, zone: ZoneInfo, now: datetime) -> Shift:
    """The shift of that person that begins on that day or, when none does, holds a part of it; what is left of it."""
    begins, ends = moment(day, zone, now), moment(day, zone, now, last=True)
    ends = max(ends, begins + timedelta(minutes=1))
    around = rota.shifts(rotation, begins - AROUND, ends + AROUND)
    there = [each for each in around if each.start < ends and each.end > max(begins, now)]
    mine = [each for each in there if each.person == person]
    found = next((each for each in mine if each.start >= begins), next(iter(mine), None))
    if found is None:
        others = " and ".join(dict.fromkeys(each.person or "nobody" for each in there))
        has = f"{others} has it then" if others else "that is over"
        raise InputError(f"{person} does not have {rotation} on {told(begins, zone)}; {has}")
    return found._replace(start=max(found.start, now))


def rotation_of(config: Config, name: str | None) -> str:
    """The rotation of that name, or the only one; capitals don't matter, nor what is left out at the end."""
    names = [each.name for each in config.rotations]
    if not names:
        raise InputError("there is no rotation in the configuration: docs/oncall.md says how to write one")
    if name is None:
        if len(names) > 1:
            raise InputError(f"which rotation? There are: {', '.join(names)}")
        return names[0]
    same = [each for each in names if each.casefold() == name.casefold()]
    found = same or [each for each in names if each.casefold().startswith(name.casefold())]
    if len(found) != 1:
        raise InputError(f"there is no rotation {name!r}; there are: {', '.join(names)}")
    return found[0]


def home(config: Config, person: str) -> ZoneInfo:
    """The zone of somebody's times."""
    return ZoneInfo(next((each.time_zone for each in config.people if each.name == person), "UTC"))


def zone_named(name: str) -> ZoneInfo:
    """InputError when there is no such zone."""
    try:
        return ZoneInfo(time_zone(name))
    except ValueError as error:
        raise InputError(str(error)) from None
