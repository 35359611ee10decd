"""What `snapwatch check` says of who is on call."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from monitor.config import Config
from monitor.errors import SnapwatchError
from monitor.oncall import chain
from monitor.oncall.calendar import Found
from monitor.oncall.rota import Changes, Rota
from monitor.rota import calendars, roster
from monitor.store import peek
from monitor.wording.moments import span, told

AHEAD = timedelta(days=30)
GAPS_SHOWN = 5


def on_call(config: Config, now: datetime) -> str:
    """Whom each step pages, who has each rotation now and next, and what its calendars say, read anew.

    SnapwatchError when a calendar can't be read, or when nobody has a rotation that is paged some time in AHEAD.
    """
    read = {
        (rotation.name, number): calendars.of_layer(config, rotation.name, number, now)
        for rotation in config.rotations
        for number, layer in enumerate(rotation.layers)
        if layer.calendar is not None
    }
    rota = rota_now(config, now, read)
    paged = {name for step in chain.steps(config.oncall) for name in step.page}
    gaps = [gap for name in rota.rotations if name in paged for gap in _gaps(rota, name, now)]
    if gaps:
        more = f" and {len(gaps) - GAPS_SHOWN} more" if len(gaps) > GAPS_SHOWN else ""
        instead = chain.fallback(config.oncall, config.rotations, config.people)
        raise SnapwatchError(f"nobody has {', '.join(gaps[:GAPS_SHOWN])}{more}; {instead} is paged then")
    return "; ".join([_steps(config), *_rotations(rota, now), *_calendars(read)])


def rota_now(config: Config, now: datetime, read: dict[tuple[str, int], Found]) -> Rota:
    """The rota as it stands, with what calendars say now in place of what the daemon has kept of them."""
    with peek(config.store.path) as tables:
        changes = tables.rota.changes(now) if tables else Changes()
    fresh = {layer: found.shifts for layer, found in read.items()}
    return roster.of(config, replace(changes, calendars={**changes.calendars, **fresh}))


def _gaps(rota: Rota, name: str, now: datetime) -> Iterator[str]:
    for shift in rota.shifts(name, now, now + AHEAD):
        if shift.person is None:
            yield f"{name} {span(shift.start, shift.end, ZoneInfo(rota.rotations[name].time_zone))}"


def _steps(config: Config) -> str:
    said, wait = [], timedelta(0)
    for step in chain.steps(config.oncall):
        names = " and ".join(_reached(config, name, step.by) for name in step.page)
        said.append(f"after {wait // timedelta(minutes=1)} minutes {names}" if wait else names)
        wait = step.wait
    return ", ".join(said)


def _reached(config: Config, name: str, by: tuple[str, ...]) -> str:
    person = next((each for each in config.people if each.name == name), None)
    if person is None:
        return f"{name} by {' and '.join(by)}" if by else name
    return f"{name} by {' and '.join([each for each in by if each in person.contacts] or person.contacts)}"


def _rotations(rota: Rota, now: datetime) -> Iterator[str]:
    for name, rotation in rota.rotations.items():
        zone = ZoneInfo(rotation.time_zone)
        found, following = rota.now_and_next(name, now)
        until = f" until {told(found.end, zone)}, then {following.person or 'nobody'}" if following else ""
        yield f"{found.person or 'nobody'} has {name}{until}"


def _calendars(read: dict[tuple[str, int], Found]) -> Iterator[str]:
    for (rotation, number), found in read.items():
        count = f"{len(found.shifts)} shift{'' if len(found.shifts) == 1 else 's'}"
        strange = f", and events that are nobody's: {', '.join(found.strange[:5])}" if found.strange else ""
        yield f"the calendar of {rotation} (layer {number + 1}) has {count}{strange}"
