"""Pure: who is on call, from the rotations as configured and the changes that people have made."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from monitor.oncall.rotation import turns
from monitor.oncall.sections import RotationSettings

MOMENT = timedelta(microseconds=1)
AHEAD = (timedelta(days=2), timedelta(days=15), timedelta(days=100))
"""How far the next hand-over is looked for, the nearest first."""


class Shift(NamedTuple):
    """A stretch in which one person is on call; None: nobody is. `why` says it in words."""

    person: str | None
    start: datetime
    end: datetime
    why: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """For that time the person has the turns of `rotation`; None: they are away from all.

    `number` takes it back, with all others of the same `group` (both halves of a swap, the events of a file). `who` made
    it `at` that time.
    """

    number: int
    group: int
    rotation: str | None
    person: str
    start: datetime
    end: datetime
    who: str = ""
    at: datetime | None = None

    def holds(self, moment: datetime) -> bool:
        return self.start <= moment < self.end


@dataclass(frozen=True, slots=True)
class Changes:
    """What people have changed, in the order of their numbers, and what the calendars of rotations' layers say, by
    rotation and number of the layer."""

    made: Sequence[Change] = ()
    calendars: Mapping[tuple[str, int], Sequence[Shift]] = field(default_factory=dict)


class Rota:
    def __init__(
        self, rotations: Iterable[RotationSettings], changes: Changes, people: Collection[str]
    ) -> None:
        """`people` are the names of those there are: whoever is none of them any more has nothing by a change or a
        calendar."""
        self.rotations = {rotation.name: rotation for rotation in rotations}
        known = [each for each in changes.made if each.person in people]
        self._overrides = [each for each in known if each.rotation is not None]
        self._away = [each for each in known if each.rotation is None]
        self._calendars = {
            layer: [shift for shift in said if shift.person in people]
            for layer, said in changes.calendars.items()
        }

    def on_call(self, name: str, at: datetime) -> str | None:
        """Who is on call in that rotation; None when nobody is. A name that is no rotation's is a person's, who always
        is."""
        return self.shifts(name, at, at + MOMENT)[0].person if name in self.rotations else name

    def is_away(self, person: str, at: datetime) -> bool:
        """Whether they have said that they are."""
        return any(each.person == person and each.holds(at) for each in self._away)

    def people(self, names: Iterable[str], at: datetime) -> list[str]:
        """Who is on call of those people and rotations, each person once, in that order."""
        found = [self.on_call(name, at) for name in names]
        return [name for name in dict.fromkeys(found) if name is not None]

    def now_and_next(self, rotation: str, at: datetime) -> tuple[Shift, Shift | None]:
        """Who has it from `at` on, and who after that, whatever the reasons; None when that is nobody else within the
        longest of AHEAD, for which calendars are known."""
        found: list[Shift] = []
        for ahead in AHEAD:
            found = by_person(self.shifts(rotation, at, at + ahead))
            if len(found) > 2:  # the last one is cut short
                break
        return found[0], found[1] if len(found) > 1 else None

    def shifts(self, rotation: str, start: datetime, end: datetime) -> list[Shift]:
        """Who has it from `start` to `end`, with no gap: the stretch of each but the first begins where the one before it
        ends. An override beats the layers, and of two the newer; the first layer that has somebody who is not away
        counts."""
        settings = self.rotations[rotation]
        layers = [self._duties(settings, number, start, end) for number in range(len(settings.layers))]
        overrides = [
            each
            for each in self._overrides
            if each.rotation == rotation and each.start < end and each.end > start
        ]
        edges = {start, end}
        for since, until in (
            *((duty.start, duty.end) for layer in layers for duty in layer),
            *((each.start, each.end) for each in (*overrides, *self._away)),
        ):
            edges |= {edge for edge in (since, until) if start < edge < end}
        found: list[Shift] = []
        for since, until in pairwise(sorted(edges)):
            person, why = self._at(layers, overrides, since)
            if found and (found[-1].person, found[-1].why) == (person, why):
                found[-1] = found[-1]._replace(end=until)
            else:
                found.append(Shift(person, since, until, why))
        return found

    def _at(
        self, layers: Sequence[Sequence[_Duty]], overrides: Sequence[Change], moment: datetime
    ) -> tuple[str | None, str]:
        for change in reversed(overrides):
            if change.holds(moment):
                return change.person, f"change {change.number}"
        for layer in layers:
            for duty in layer:
                if duty.start <= moment < duty.end:
                    present = [person for person in duty.people if not self.is_away(person, moment)]
                    if present:
                        missing = duty.people[: duty.people.index(present[0])]
                        return present[0], f"in place of {' and '.join(missing)}" if missing else duty.why
        return None, "nobody"

    def _duties(self, settings: RotationSettings, number: int, start: datetime, end: datetime) -> list[_Duty]:
        """What a layer says of the stretch."""
        layer = settings.layers[number]
        if layer.calendar is None:
            zone, people = ZoneInfo(layer.time_zone or settings.time_zone), layer.people
            return [
                _Duty((*people[place:], *people[:place]), since, until, "turn")
                for place, since, until in turns(layer, zone, start, end)
            ]
        said = self._calendars.get((settings.name, number), ())
        # Of two events at a time, the one that begins later: it was put over the other.
        return [
            _Duty((person,), since, until, "calendar")
            for person, since, until, _ in sorted(said, key=lambda each: (-each.start.timestamp(), each.end))
            if person is not None and since < end and until > start
        ]


def by_person(shifts: Iterable[Shift]) -> list[Shift]:
    """Shifts that follow each other as one where the same person has them, whatever the reasons."""
    found: list[Shift] = []
    for each in shifts:
        if found and found[-1].person == each.person:
            found[-1] = found[-1]._replace(end=each.end)
        else:
            found.append(each)
    return found


class _Duty(NamedTuple):
    """A stretch of a layer: whoever is there first of these people has it."""

    people: tuple[str, ...]
    start: datetime
    end: datetime
    why: str
