"""Who is on call now and in the weeks to come, what people have changed about it, which test pages arrived, and what is
silenced."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from monitor.config import Config
from monitor.oncall import chain
from monitor.oncall.days_off import is_off
from monitor.oncall.rota import Change, Rota, Shift
from monitor.paging.silences import Silence
from monitor.rota import roster
from monitor.store import Drill, Tables
from monitor.wording.timetable import local_moment

WEEKS = 4
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Standing:
    """Who has a rotation now, from when they have had it no matter, and who has it next; `next` is None where that is
    nobody else."""

    rotation: str
    zone: ZoneInfo
    now: Shift
    next: Shift | None


@dataclass(frozen=True, slots=True)
class StepNow:
    """A step of the escalation: how long after the page it comes, whom it names, and who that is now (the person who is
    paged in their place where nobody has a rotation)."""

    after: timedelta
    names: tuple[str, ...]
    people: tuple[str, ...]
    vacant: tuple[str, ...]
    by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of one day in which one person has the rotation; None: nobody. `change`: the number of the change that says
    so; `why`: "turn", "calendar", "in place of Ann", "change 3" or "nobody"."""

    person: str | None
    start: datetime
    end: datetime
    why: str
    change: int | None
    all_day: bool


@dataclass(frozen=True, slots=True)
class Day:
    """`away`: people who are away for some of it, though they are in the rotation. `holiday`: a day on which one of its
    layers rests."""

    date: date
    parts: tuple[Part, ...]
    away: tuple[str, ...]
    holiday: bool


@dataclass(frozen=True, slots=True)
class Calendar:
    """Weeks of a rotation from Monday to Sunday, the first of which holds today, by the clock of `zone`. Days that are over
    have no parts: what was then is not known any more."""

    rotation: str
    zone: ZoneInfo
    today: date
    weeks: tuple[tuple[Day, ...], ...]


@dataclass(frozen=True, slots=True)
class Way:
    """A channel by which a test page went, and what became of it: as deliveries' states are called."""

    channel: str
    state: str
    error: str


@dataclass(frozen=True, slots=True)
class Tested:
    """Somebody's last test page. `waiting`: it can still be acknowledged in time."""

    person: str
    channels: tuple[str, ...]
    drill: Drill | None
    state: Literal["never", "waiting", "acknowledged", "missed"]
    ways: tuple[Way, ...]


@dataclass(frozen=True, slots=True)
class Silenced:
    """A silence that is going on, and how many stories it holds."""

    silence: Silence
    held: int


@dataclass(frozen=True, slots=True)
class OnCall:
    steps: tuple[StepNow, ...]
    standings: tuple[Standing, ...]
    changes: tuple[Change, ...]
    tested: tuple[Tested, ...]
    silences: tuple[Silenced, ...]


def on_call(tables: Tables, config: Config, now: datetime) -> OnCall:
    """All but the calendars."""
    rota = roster.rota(config, tables, now)
    return OnCall(
        tuple(_steps(config, rota, now)),
        tuple(
            Standing(name, ZoneInfo(each.time_zone), *rota.now_and_next(name, now))
            for name, each in rota.rotations.items()
        ),
        tuple(tables.rota.changes(now).made),
        tuple(_tested(tables, config)),
        tuple(
            Silenced(each, len(tables.silences.stories(each.number))) for each in tables.silences.active(now)
        ),
    )


def _steps(config: Config, rota: Rota, now: datetime) -> Iterator[StepNow]:
    instead = chain.fallback(config.oncall, config.rotations, config.people)
    after = timedelta(0)
    for step in chain.steps(config.oncall):
        paged = chain.people_at(step, rota, instead, now)
        yield StepNow(after, step.page, paged.people, paged.vacant, step.by)
        after += step.wait


def calendar(
    tables: Tables, config: Config, rotation: str, zone: ZoneInfo, now: datetime, weeks: int = WEEKS
) -> Calendar:
    """The rotation's coming weeks. KeyError for a name that no rotation has."""
    rota = roster.rota(config, tables, now)
    today = now.astimezone(zone).date()
    monday = today - today.weekday() * DAY
    end = local_moment(monday + 7 * weeks * DAY, datetime.min.time(), zone)
    shifts = rota.shifts(rotation, now, end)
    # The shift that goes on began before now; where that is today, its day says so.
    first = _began(rota, rotation, shifts[0], local_moment(today, datetime.min.time(), zone))
    shifts = [first, *shifts[1:]]
    away = [each for each in tables.rota.changes(now).made if each.rotation is None]
    layers = rota.rotations[rotation].layers
    members = {name for layer in layers for name in layer.people}
    holidays = {each for layer in layers for each in layer.holidays}
    days = [_day(monday + number * DAY, zone, shifts, away, members, holidays) for number in range(7 * weeks)]
    return Calendar(
        rotation, zone, today, tuple(tuple(days[start : start + 7]) for start in range(0, 7 * weeks, 7))
    )


def _began(rota: Rota, rotation: str, shift: Shift, day: datetime) -> Shift:
    if day >= shift.start:
        return shift
    before = rota.shifts(rotation, day, shift.start)[-1]
    same = (before.person, before.why) == (shift.person, shift.why)
    return shift._replace(start=before.start) if same else shift


def _day(
    day: date,
    zone: ZoneInfo,
    shifts: Sequence[Shift],
    away: Sequence[Change],
    members: set[str],
    holidays: set[str],
) -> Day:
    begins = local_moment(day, datetime.min.time(), zone)
    ends = local_moment(day + DAY, datetime.min.time(), zone)
    parts = tuple(
        Part(
            each.person,
            max(each.start, begins),
            min(each.end, ends),
            each.why,
            int(each.why.partition(" ")[2]) if each.why.startswith("change ") else None,
            each.start <= begins and each.end >= ends,
        )
        for each in shifts
        if each.start < ends and each.end > begins
    )
    gone = [each.person for each in away if each.start < ends and each.end > begins]
    here = tuple(name for name in dict.fromkeys(gone) if name in members)
    return Day(day, parts, here, is_off(day, holidays))


def coming(tables: Tables, config: Config, rotation: str, now: datetime, ahead: timedelta) -> list[Shift]:
    """The shifts of people from now on, as a swap exchanges them: what somebody took over stands apart from their own turn
    after it. The last one is cut short at `ahead`."""
    found = roster.rota(config, tables, now).shifts(rotation, now, now + ahead)
    return [each for each in found if each.person is not None]


def _tested(tables: Tables, config: Config) -> Iterator[Tested]:
    last = {each.person: each for each in tables.drills.last()}
    for person in config.people:
        drill = last.get(person.name)
        ways = tuple(
            Way(channel, state, error)
            for channel, state, error in (tables.drills.ways(drill.id) if drill else ())
        )
        yield Tested(person.name, tuple(person.contacts), drill, _state(drill), ways)


def _state(drill: Drill | None) -> Literal["never", "waiting", "acknowledged", "missed"]:
    if drill is None:
        return "never"
    if drill.acknowledged_at is not None:
        return "acknowledged"
    return "waiting" if drill.missed_at is None else "missed"
