"""What `snapwatch oncall` and its commands do: who is on call, and how people change that."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog

from monitor.config import Config
from monitor.errors import InputError
from monitor.oncall import calendar, chain
from monitor.oncall.rota import Rota, Shift, by_person
from monitor.opening import clock_of, open_store
from monitor.rota import roster
from monitor.rota.calendars import of_file, read
from monitor.rota.changing import AROUND, Changed, Planner, home, in_words, maker, rotation_of, zone_named
from monitor.wording.moments import span, told

SHOWN = timedelta(days=30)
EXPORTED = timedelta(days=90)
IMPORTED = timedelta(days=400)
MOST_IMPORTED = 1000

log = structlog.get_logger()


def show(config: Config, rotation: str | None, zone: str | None) -> Iterator[str]:
    """Lines: who is paged in which order, and for each rotation who has it now, next and in the days after."""
    with open_store(config) as store:
        now = clock_of(config, store).now()
        rota = roster.rota(config, store.read, now)
        made = store.read.rota.changes(now).made
    yield "A page goes to " + "; then ".join(_steps(config, rota, now)) + "."
    for name in [rotation_of(config, rotation)] if rotation else rota.rotations:
        where = zone_named(zone) if zone else ZoneInfo(rota.rotations[name].time_zone)
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
        where = zone_named(zone) if zone else home(config, change.person)
        yield f"  {change.number}  {in_words(change, where)}, by {change.who} (`snapwatch oncall undo {change.number}`)"


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
        name = rotation_of(config, rotation)
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
    with _planner(config) as planner:
        return _told(planner.take(rotation, by, until, minutes, zone))


def override(
    config: Config, names: Sequence[str], start: str, until: str, by: str | None, zone: str | None
) -> str:
    """That person has the rotation for that time."""
    rotation, person = _names(names, "[ROTATION] PERSON")
    with _planner(config) as planner:
        return _told(planner.override(rotation, person or "", start, until, by, zone))


def away(config: Config, person: str, start: str, until: str, by: str | None, zone: str | None) -> str:
    """That person has no turns for that time; the next of each layer has them."""
    with _planner(config) as planner:
        return _told(planner.away(person, start, until, by, zone))


def swap(config: Config, names: Sequence[str], by: str | None, zone: str | None) -> str:
    """Two people exchange the shifts that they have on two days."""
    rotation, *rest = _names(names, "[ROTATION] PERSON DAY PERSON DAY")
    one, day, other, another = (each or "" for each in rest)
    with _planner(config) as planner:
        return _told(planner.swap(rotation, (one, day), (other, another), by, zone))


def undo(config: Config, number: int, zone: str | None) -> str:
    """Take a change back, with those that were made with it."""
    with _planner(config) as planner:
        return planner.undo(number, zone)


@contextmanager
def _planner(config: Config) -> Iterator[Planner]:
    with open_store(config) as store:
        yield Planner(store, config, clock_of(config, store).now())


def _told(made: Changed) -> str:
    """In a sentence, with how it is taken back."""
    back = f" (`snapwatch oncall undo {made.numbers[0]}` takes it back)" if made.numbers else ""
    return f"{made.words}{back}.{made.also}"


def load(config: Config, path: Path, rotation: str | None, by: str | None) -> str:
    """The events of an iCalendar file become overrides of the rotation."""
    with open_store(config) as store:
        now, name = clock_of(config, store).now(), rotation_of(config, rotation)
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
        numbers = store.write(lambda tables: tables.rota.add(stretches, maker(config, by), now))
        log.info("a calendar was imported", numbers=numbers, by=maker(config, by), left_out=strange[:20])
        end = max(each.end for each in found.shifts)
        return (
            f"{name} has {len(numbers)} shift{'s' * (len(numbers) > 1)} of {path.name}, "
            f"{span(stretches[0][2], end, where)} (`snapwatch oncall undo {numbers[0]}` takes them back).{left}"
        )


def _names(names: Sequence[str], usage: str) -> list[str | None]:
    """The rotation, None where it is not named, and what follows it."""
    needed = len(usage.split()) - 1
    if len(names) not in (needed, needed + 1):
        raise InputError(f"write it as {usage}; --help tells more")
    return [names[0] if len(names) > needed else None, *names[-needed:]]
