"""Pure: where the picture may be incomplete: lanes that are not read now, and stretches of time in which posts were missed.

A lane is named like its job: the source's name alone, or "source lane".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Protocol

from monitor.intake.polling import FAILURES_SHOWN
from monitor.model import Interval
from monitor.notice import Blind
from monitor.wording.text import one_line

TRIES = 3
"""So often is a stretch that was missed read again; what it still lacks then is lost."""

FILL_BACK = timedelta(days=7)
"""What was missed longer ago is not read any more: it would page for what is over."""

LATE = 3
"""A lane that was not read for more than so many times its `every` is not read."""

BEFORE = timedelta(hours=1)
"""What was missed so shortly before a story's first post may be how the story began."""

SHOWN = 5
"""So many lines are shown to a reader; of further ones, how many there are."""


class Job(Protocol):
    """A job's row."""

    @property
    def name(self) -> str: ...
    @property
    def due_at(self) -> datetime: ...
    @property
    def ran_at(self) -> datetime | None: ...
    @property
    def failures(self) -> int: ...
    @property
    def error(self) -> str | None: ...


class Missed(Protocol):
    """A stretch of the ledger that is not complete."""

    @property
    def source(self) -> str: ...
    @property
    def interval(self) -> Interval: ...
    @property
    def tries(self) -> int: ...


def is_lost(missed: Missed, sources: Iterable[str], now: datetime) -> bool:
    """Whether nobody reads that stretch again, with these `sources` in the configuration."""
    gone = missed.source.partition(" ")[0] not in set(sources)
    return gone or missed.tries >= TRIES or missed.interval.end <= now - FILL_BACK


def blind(
    jobs: Iterable[Job],
    missed: Iterable[Missed],
    every: Mapping[str, timedelta],
    since: datetime,
    now: datetime,
) -> tuple[Blind, ...]:
    """What a reader must know at `now` of a story that began at `since`: the lanes that are not read, those of a source
    with the same reason together, then what was missed in the story's time, the newest first. `every` is how often each
    source of the configuration is polled."""
    unread: dict[tuple[str, str, bool], Blind] = {}
    for each in _unread(jobs, every, now):
        source, _, lane = each.lane.partition(" ")
        key = (source, each.why, each.heard)
        other = unread.get(key)
        if other is None:
            unread[key] = each
            continue
        known = [moment for moment in (other.since, each.since) if moment is not None]
        unread[key] = Blind(
            f"{other.lane}, {lane}", min(known, default=None), None, each.why, heard=each.heard
        )
    holes = [
        Blind(
            each.source,
            each.interval.start,
            each.interval.end,
            each.interval.note,
            again=not is_lost(each, every, now),
        )
        for each in missed
        if each.interval.end > since - BEFORE and each.interval.start < now
    ]
    holes.sort(key=lambda hole: (hole.until, hole.lane), reverse=True)
    return (*unread.values(), *holes)


def _unread(jobs: Iterable[Job], every: Mapping[str, timedelta], now: datetime) -> Iterator[Blind]:
    for job in jobs:
        kind, _, lane = job.name.partition(" ")
        source = lane.partition(" ")[0]
        if source not in every:
            continue
        why = (job.error or "").removeprefix(f"{source}: ")
        broken = job.failures >= FAILURES_SHOWN
        if kind == "poll":
            last = job.ran_at or (job.due_at if not job.failures else now)
            rests = bool(job.error) and not job.failures
            if broken or rests or now - last > LATE * every[source]:
                yield Blind(lane, job.ran_at, None, why)
        elif kind == "listen" and broken and job.due_at > now:  # one that is due again is being heard
            yield Blind(lane, None, None, why, heard=True)


def uncovered(
    start: datetime, end: datetime, ledger: Iterable[Interval]
) -> Iterator[tuple[datetime, datetime]]:
    """The stretches of [start, end) of which the ledger says nothing, in order."""
    reached = start
    for each in sorted(ledger, key=lambda interval: interval.start):
        if each.start >= end:
            break
        if each.start > reached:
            yield reached, each.start
        reached = max(reached, each.end)
    if reached < end:
        yield reached, end


def in_words(found: Sequence[Blind], at: Callable[[datetime], str]) -> list[str]:
    """A line for each, at most SHOWN; `at` writes a moment as the reader's clock shows it."""
    lines = [_in_words(each, at) for each in found[:SHOWN]]
    more = len(found) - SHOWN
    return [*lines, f"and {more} more, see `snapwatch check`"] if more > 0 else lines


def _in_words(each: Blind, at: Callable[[datetime], str]) -> str:
    lane, why = one_line(each.lane, 80), one_line(each.why, 160)
    told = f" ({why})" if why else ""
    if each.heard:
        return f"Not heard live, only polled: {lane}{told}"
    if each.until is None:
        return f"Not read {f'since {at(each.since)}' if each.since else 'yet'}: {lane}{told}"
    stretch = f"{at(each.since)}–{at(each.until)}" if each.since else f"until {at(each.until)}"
    parts = [f"{stretch} missed", why, "will be tried again" if each.again else "is lost"]
    return f"{lane}: {', '.join(filter(None, parts))}"


def clock(zone: tzinfo, now: datetime) -> Callable[[datetime], str]:
    """Writes moments of the day of `now` as a time, and others with their day."""

    def at(moment: datetime) -> str:
        local = moment.astimezone(zone)
        same_day = local.date() == now.astimezone(zone).date()
        return f"{local:%H:%M}" if same_day else f"{local:%a} {local.day} {local:%b} {local:%H:%M}"

    return at
