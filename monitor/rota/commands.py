"""What `snapwatch oncall` and its commands do: who is on call, and how people change that."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog

from monitor.app import clock_of, open_store
from monitor.config import Config
from monitor.errors import InputError
from monitor.moments import moment, span, told
from monitor.oncall import calendar, chain
from monitor.oncall.rota import Change, Rota, Shift, by_person
from monitor.rota import roster
from monitor.rota.calendars import of_file, read
from monitor.rota.roster import known
from monitor.settings import time_zone
from monitor.store import Store, Tables
from monitor.store.rota import Stretch

SHOWN = timedelta(days=30)
EXPORTED = timedelta(days=90)
IMPORTED = timedelta(days=400)
MOST_IMPORTED = 1000
SENTENCE = 6
"""Shifts that an answer names of a rotation."""
AROUND = timedelta(days=62)
"""How far around a day a shift to be swapped is looked at."""
SHELL = "the shell"
"""Who made a change where nobody is named."""

log = structlog.get_logger()


def show(config: Config, rotation: str | None, zone: str | None) -> Iterator[str]:
    """Lines: who is paged in which order, and for each rotation who has it now, next and in the days after."""
    with open_store(config) as store:
        now = clock_of(config, store).now()
        rota = roster.rota(config, store.read, now)
        made = store.read.rota.changes(now).made
    yield "A page goes to " + "; then ".join(_steps(config, rota, now)) + "."
    for name in [_rotation(config, rotation)] if rotation else rota.rotations:
        where = _zone(zone) if zone else ZoneInfo(rota.rotations[name].time_zone)
        yield f"\n{name} ({where.key})"
        found, following = rota.now_and_next(name, now)
        yield f"  now   {_who(found)}" + (f" until {told(found.end, where)}" if following else "")
        if following:
            yield f"  next  {_who(following)} {span(following.start, following.end, where)}"
        yield ""
        yield from _table(rota.shifts(name, now, now + SHOWN), where)
    if made:
        yield "\nChanges"
    for change in made:
        where = _zone(zone) if zone else _home(config, change.person)
        yield f"  {change.number}  {_in_words(change, where)}, by {change.who} (`snapwatch oncall undo {change.number}`)"


def _steps(config: Config, rota: Rota, now: datetime) -> Iterator[str]:
    wait = timedelta(0)
    for step in chain.steps(config.oncall):
        names = [
            f"{name} ({rota.on_call(name, now) or 'nobody now'})" if name in rota.rotations else name
            for name in step.page
        ]
        after = f"after {wait // timedelta(minutes=1)} minutes " if wait else ""
        yield after + " and ".join(names) + (f" by {' and '.join(step.by)}" if step.by else "")
        wait = step.wait


def _table(found: Iterable[Shift], zone: ZoneInfo) -> Iterator[str]:
    rows = [(told(each.start, zone), told(each.end, zone), _who(each), each.why) for each in found]
    widths = [max(len(row[place]) for row in rows) for place in range(3)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        yield f"  {'  '.join([*cells, row[3] if row[3] not in ('turn', 'nobody') else ''])}".rstrip()


def _who(shift: Shift) -> str:
    return shift.person or "nobody"


def export(config: Config, rotation: str | None, out: Path) -> None:
    """Write a rotation's next months as an iCalendar file; "-" is standard output."""
    with open_store(config) as store:
        now = clock_of(config, store).now()
        rota = roster.rota(config, store.read, now)
        name = _rotation(config, rotation)
        # From before now: the first shift begins when it really began, so that the same event comes of it each time.
        found = by_person(rota.shifts(name, now - AROUND, now + EXPORTED))
        content = calendar.written(name, [each for each in found if each.end > now], now)
    if str(out) == "-":
        sys.stdout.buffer.write(content)
        return
    try:
        out.write_bytes(content)
    except OSError as error:
        raise InputError(f"{out} can't be written: {error.strerror}") from None


def take(
    config: Config, rotation: str | None, by: str, until: str | None, minutes: int | None, zone: str | None
) -> str:
    """Whoever asks has the rotation from now on; without an end, until its next hand-over."""
    with open_store(config) as store:
        now = clock_of(config, store).now()
        name, person = _rotation(config, rotation), known(config, by)
        where = _zone(zone) if zone else _home(config, person)
        if until is not None:
            end = moment(until, where, now, last=True)
        elif minutes is not None:
            end = now + timedelta(minutes=minutes)
        else:
            shift, following = roster.rota(config, store.read, now).now_and_next(name, now)
            if following is None:
                raise InputError(f"{name} has no hand-over to come; say until when with --until or --minutes")
            end = shift.end
        return _change(config, store, [(name, person, now, end)], person, now, where)


def override(
    config: Config, names: Sequence[str], start: str, until: str, by: str | None, zone: str | None
) -> str:
    """That person has the rotation for that time."""
    rotation, person = _names(config, names, "[ROTATION] PERSON")
    with open_store(config) as store:
        now = clock_of(config, store).now()
        where = _zone(zone) if zone else _home(config, person)
        since, end = _stretch(start, until, where, now)
        return _change(config, store, [(rotation, person, since, end)], by, now, where)


def away(config: Config, person: str, start: str, until: str, by: str | None, zone: str | None) -> str:
    """That person has no turns for that time; the next of each layer has them."""
    with open_store(config) as store:
        now, name = clock_of(config, store).now(), known(config, person)
        where = _zone(zone) if zone else _home(config, name)
        since, end = _stretch(start, until, where, now)
        said = _change(config, store, [(None, name, since, end)], by, now, where)
        said = f"{name} is away {span(since, end, where)}: {said}"
    named = [each.page for each in chain.steps(config.oncall) if name in each.page]
    still = f" {name} is named in the escalation itself and is paged there all the same." if named else ""
    return said + still


def swap(config: Config, names: Sequence[str], by: str | None, zone: str | None) -> str:
    """Two people exchange the shifts that they have on two days."""
    rotation, one, day, other, another = _names(config, names, "[ROTATION] PERSON DAY PERSON DAY")
    with open_store(config) as store:
        now = clock_of(config, store).now()
        rota = roster.rota(config, store.read, now)
        where = _zone(zone) if zone else ZoneInfo(rota.rotations[rotation].time_zone)
        first = _shift_on(rota, rotation, one, day, where, now)
        second = _shift_on(rota, rotation, other, another, where, now)
        if one == other:
            raise InputError(f"{one} can't swap with {one}")
        return _change(
            config,
            store,
            [(rotation, other, first.start, first.end), (rotation, one, second.start, second.end)],
            by,
            now,
            where,
        )


def undo(config: Config, number: int, zone: str | None) -> str:
    """Take a change back, with those that were made with it."""
    with open_store(config) as store:
        now = clock_of(config, store).now()
        gone = store.write(lambda tables: tables.rota.undo(number, now))
        if not gone:
            raise InputError(
                f"there is no change {number} that could be taken back; `snapwatch oncall` lists them"
            )
        where = _zone(zone) if zone else _home(config, gone[0].person)
        rota = roster.rota(config, store.read, now)
        what = "; ".join(_in_words(each, where) for each in gone[:5]) + ("; …" if len(gone) > 5 else "")
        stretches = [(each.rotation, each.person, each.start, each.end) for each in gone]
        result = _result(config, rota, stretches, now, where)
        log.info("changes of the rota were taken back", numbers=[each.number for each in gone], now=result)
        return f"Taken back: {what}. Now {result}."


def load(config: Config, path: Path, rotation: str | None, by: str | None) -> str:
    """The events of an iCalendar file become overrides of the rotation."""
    with open_store(config) as store:
        now, name = clock_of(config, store).now(), _rotation(config, rotation)
        where = ZoneInfo(next(each.time_zone for each in config.rotations if each.name == name))
        try:
            events, wrong = read(of_file(path), where, now, now + IMPORTED)
        except InputError as error:
            raise InputError(f"{path}: {str(error).removeprefix(f'{path} ')}") from None
        found = calendar.shifts(events, config.people)
        strange = [*found.strange, *wrong]
        left = f" Left out: {'; '.join(strange[:10])}{'; …' if len(strange) > 10 else ''}." if strange else ""
        if not found.shifts:
            raise InputError(f"{path}: it has no shift of anybody from now on.{left}")
        if len(found.shifts) > MOST_IMPORTED:
            raise InputError(f"{path}: it has {len(found.shifts):,} shifts, more than {MOST_IMPORTED:,}")
        stretches = [(name, each.person or "", max(each.start, now), each.end) for each in found.shifts]
        numbers = store.write(lambda tables: tables.rota.add(stretches, _maker(config, by), now))
        log.info("a calendar was imported", numbers=numbers, by=_maker(config, by), left_out=strange[:20])
        end = max(each.end for each in found.shifts)
        return (
            f"{name} has {len(numbers)} shift{'s' * (len(numbers) > 1)} of {path.name}, "
            f"{span(stretches[0][2], end, where)} (`snapwatch oncall undo {numbers[0]}` takes them back).{left}"
        )


def _change(
    config: Config,
    store: Store,
    stretches: Sequence[Stretch],
    by: str | None,
    now: datetime,
    zone: ZoneInfo,
) -> str:
    """Write changes down; a sentence that says who has what from then on, and how it is taken back."""
    who, before = _maker(config, by), roster.rota(config, store.read, now)
    if all(_has(before, each) for each in stretches):
        return f"{_result(config, before, stretches, now, zone)}, as it is already; nothing was changed."

    def work(tables: Tables) -> tuple[list[int], Rota]:
        return tables.rota.add(stretches, who, now), roster.rota(config, tables, now)

    numbers, rota = store.write(work)
    result = _result(config, rota, stretches, now, zone)
    log.info("the rota was changed", numbers=numbers, by=who, now=result)
    return f"{result} (`snapwatch oncall undo {numbers[0]}` takes it back)."


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
                f"{_who(each)} has {name} {span(each.start, each.end, zone)}" for each in shifts[:SENTENCE]
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


def _in_words(change: Change, zone: ZoneInfo) -> str:
    what = f"has {change.rotation}" if change.rotation else "is away"
    return f"{change.person} {what} {span(change.start, change.end, zone)}"


def _maker(config: Config, by: str | None) -> str:
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
        others = " and ".join(dict.fromkeys(map(_who, there)))
        has = f"{others} has it then" if others else "that is over"
        raise InputError(f"{person} does not have {rotation} on {told(begins, zone)}; {has}")
    return found._replace(start=max(found.start, now))


def _names(config: Config, names: Sequence[str], usage: str) -> list[str]:
    """The rotation, which need not be named where there is one alone, and what follows it, people by their names."""
    needed = len(usage.split()) - 1
    if len(names) not in (needed, needed + 1):
        raise InputError(f"write it as {usage}; --help tells more")
    rotation = _rotation(config, names[0] if len(names) > needed else None)
    rest = list(names[-needed:])
    return [rotation, *(known(config, each) if place % 2 == 0 else each for place, each in enumerate(rest))]


def _rotation(config: Config, name: str | None) -> str:
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


def _home(config: Config, person: str) -> ZoneInfo:
    """The zone of somebody's times."""
    return ZoneInfo(next((each.time_zone for each in config.people if each.name == person), "UTC"))


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(time_zone(name))
    except ValueError as error:
        raise InputError(str(error)) from None
