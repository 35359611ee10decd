"""How the sources are: what each brings, whether it is read, where posts were missed, and what it costs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Literal

from monitor import thresholds
from monitor.blind import LATE, is_lost
from monitor.config import Config
from monitor.intake.lookup import Looked
from monitor.intake.polling import FAILURES_SHOWN, Spent
from monitor.model import Interval
from monitor.paging.notices import every
from monitor.store import AlarmRow, Bill, Gap, Job, Tables

WEEK = timedelta(days=7)
MONTH = 30
"""UTC days, with today."""
DAYS = 14
"""So many days of posts are counted."""
SHOWN = 30
"""So many stretches that were missed are listed, the newest first."""

State = Literal["fine", "failing", "resting", "late", "waiting"]
"""Of a lane: it is read; it fails; its budget of the day is used up; it was not read for too long; it never was."""


Kind = Literal["read", "missed", "unknown"]
"""Of a stretch of time: read completely; posts may have been missed; nothing is known of it."""


@dataclass(frozen=True, slots=True)
class Stretch:
    start: datetime
    end: datetime
    kind: Kind


@dataclass(frozen=True, slots=True)
class LaneHealth:
    """A lane of a source ("x search"). `live`: it listens to a stream. `covered` is how much of the time since `since` (at
    most a week) it was read completely, 0 to 1; `strip` is that time in stretches, in order, without gaps between them."""

    name: str
    state: State
    live: bool
    ran_at: datetime | None
    due_at: datetime
    failures: int
    error: str
    since: datetime
    covered: float
    strip: tuple[Stretch, ...]


@dataclass(frozen=True, slots=True)
class Hole:
    """A stretch in which posts were missed. `fate`: it will be read "again", is "lost", or was "filled" since."""

    lane: str
    start: datetime
    end: datetime
    why: str
    fate: Literal["again", "lost", "filled"]


@dataclass(frozen=True, slots=True)
class Spend:
    """Of a UTC day, or of several: what polling brought and what was billed for it and for reading again; what was read
    again and what the budget did not allow; what was looked up. Limits are None where there are none."""

    bill: Bill
    read: Spent
    looked: Looked
    posts_limit: int | None
    dollars_limit: float | None
    reads_limit: int


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """One source of the configuration. `every` seconds it is polled. `threshold` says in words from which spread on a post
    counts as viral. `days` are the posts of the last DAYS UTC days, the oldest first; `newest` is when its newest post was
    written. `holes` are of the last week, the newest first."""

    name: str
    type: str
    every: int
    state: State
    lanes: tuple[LaneHealth, ...]
    threshold: str
    newest: datetime | None
    days: tuple[tuple[date, int], ...]
    holes: tuple[Hole, ...]
    today: Spend
    month: Spend


@dataclass(frozen=True, slots=True)
class Other:
    """A source that is not configured: its posts were imported or replayed, or it was configured once."""

    name: str
    newest: datetime | None
    days: tuple[tuple[date, int], ...]


@dataclass(frozen=True, slots=True)
class SourcesView:
    """`others` are those of which posts are stored beside. `dollars_today` and `dollars_month` are of all sources, also of
    such as are not configured any more."""

    at: datetime
    sources: tuple[SourceHealth, ...]
    others: tuple[Other, ...]
    alarms: tuple[AlarmRow, ...]
    dollars_today: float
    dollars_month: float


def sources_view(tables: Tables, config: Config, now: datetime) -> SourcesView:
    """Everything that the screen Sources shows."""
    found = _Found(tables, config, now)
    tomorrow = now + timedelta(days=1)
    return SourcesView(
        now,
        tuple(found.source(name) for name in config.sources),
        tuple(found.other(name) for name in tables.glances.sources() if name not in config.sources),
        tuple(each for each in tables.alarms.going_on() if each.what.startswith(("source ", "silent "))),
        sum(each.dollars for each in tables.sources.billed_between(now, tomorrow).values()),
        sum(
            each.dollars
            for each in tables.sources.billed_between(tomorrow - timedelta(days=MONTH), tomorrow).values()
        ),
    )


class _Found:
    """What is read once for all sources."""

    def __init__(self, tables: Tables, config: Config, now: datetime) -> None:
        self._tables, self._config, self._now = tables, config, now
        self._jobs = tables.jobs.watching()
        self._ledger = tables.glances.ledger(now - WEEK, now)
        self._gaps = tables.sources.gaps(now - WEEK, now)
        self._filled = tables.sources.filled(now - WEEK, now)
        self._every = every(config)

    def source(self, name: str) -> SourceHealth:
        settings = self._config.sources[name]
        lanes = tuple(self._lanes(name))
        return SourceHealth(
            name=name,
            type=settings.type,
            every=settings.every,
            state=worst(each.state for each in lanes),
            lanes=lanes,
            threshold=thresholds.in_words(self._config, self._tables, name),
            newest=self._tables.glances.newest(name, self._now),
            days=self._days(name),
            holes=tuple(self._holes(name)),
            today=self._spend(name, self._now, 1),
            month=self._spend(name, self._now - timedelta(days=MONTH - 1), MONTH),
        )

    def other(self, name: str) -> Other:
        return Other(name, self._tables.glances.newest(name, self._now), self._days(name))

    def _days(self, name: str) -> tuple[tuple[date, int], ...]:
        today = self._now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        first = today - timedelta(days=DAYS - 1)
        posts = self._tables.glances.by_day(name, first, self._now)
        days = [(first + timedelta(days=number)).date() for number in range(DAYS)]
        return tuple((day, posts.get(day.isoformat(), 0)) for day in days)

    def _lanes(self, name: str) -> Iterator[LaneHealth]:
        for job in self._jobs:
            kind, _, lane = job.name.partition(" ")
            if lane.partition(" ")[0] != name:
                continue
            ledger = self._ledger.get(lane, [])
            strip = stretches(ledger, self._now - WEEK, self._now, self._every[name])
            known = sum((each.end - each.start for each in strip), timedelta())
            read = sum((each.end - each.start for each in strip if each.kind == "read"), timedelta())
            yield LaneHealth(
                name=lane,
                state=lane_state(job, self._every[name], self._now),
                live=kind == "listen",
                ran_at=job.ran_at,
                due_at=job.due_at,
                failures=job.failures,
                error=(job.error or "").removeprefix(f"{name}: "),
                since=strip[0].start if strip else self._now,
                covered=read / known if known else 0.0,
                strip=strip,
            )

    def _holes(self, name: str) -> list[Hole]:
        found = [
            _hole(each, "lost" if is_lost(each, self._config.sources, self._now) else "again")
            for each in self._gaps
            if each.source.partition(" ")[0] == name
        ]
        found += [_hole(each, "filled") for each in self._filled if each.source.partition(" ")[0] == name]
        return sorted(found, key=lambda each: each.end, reverse=True)[:SHOWN]

    def _spend(self, name: str, start: datetime, days: int) -> Spend:
        end = start + timedelta(days=days)
        limits = self._config.sources[name]
        return Spend(
            self._tables.sources.billed_between(start, end).get(name, Bill()),
            self._tables.sources.spent_between(start, end).get(name, Spent()),
            self._tables.looks.between(start, end).get(name, Looked()),
            limits.posts_per_day,
            limits.dollars_per_day,
            limits.reads_per_day,
        )


def lane_state(job: Job, usual: timedelta, now: datetime) -> State:
    """How a lane is, by its job."""
    if job.failures >= FAILURES_SHOWN:
        return "failing"
    if job.error and not job.failures:
        return "resting"
    if job.name.startswith("listen "):
        return "fine"
    if job.ran_at is None:
        return "waiting"
    return "late" if now - job.ran_at > LATE * usual else "fine"


def worst(states: Iterable[State]) -> State:
    """The state of a source by those of its lanes; "waiting" for one that has none."""
    order: Sequence[State] = ("failing", "late", "resting", "waiting", "fine")
    return min(states, key=order.index, default="waiting")


def stretches(
    ledger: Sequence[Interval], start: datetime, end: datetime, usual: timedelta
) -> tuple[Stretch, ...]:
    """[start, end) as the ledger of a lane tells it, from its first entry on, in order and without gaps. What was missed
    stands in the ledger until it was found. Nothing is said of the last LATE * `usual`, which need not be read yet."""
    known = [each for each in ledger if each.end > start and each.start < end]
    if not known:
        return ()
    start = max(start, min(each.start for each in known))
    change: dict[datetime, Counter[bool]] = {start: Counter(), end: Counter()}
    for each in known:
        change.setdefault(max(each.start, start), Counter())[each.complete] += 1
        change.setdefault(min(each.end, end), Counter())[each.complete] -= 1
    going_on: Counter[bool] = Counter()
    found: list[Stretch] = []
    for since, until in pairwise(sorted(change)):
        going_on.update(change[since])
        kind: Kind = "missed" if going_on[False] else "read" if going_on[True] else "unknown"
        if found and found[-1].kind == kind:
            found[-1] = replace(found[-1], end=until)
        else:
            found.append(Stretch(since, until, kind))
    if found[-1].kind == "unknown" and found[-1].end - found[-1].start <= LATE * usual:
        found.pop()
    return tuple(found)


def _hole(gap: Gap, fate: Literal["again", "lost", "filled"]) -> Hole:
    return Hole(gap.source, gap.interval.start, gap.interval.end, gap.interval.note, fate)
