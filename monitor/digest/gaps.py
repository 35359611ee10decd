"""Where the watch could not look."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from alerts.weekly.figures import READ_LATER, Fate, Gap
from monitor import blind
from monitor.config import Config
from monitor.model import Interval
from monitor.store import Tables

NOT_YET = "not watched yet"
SLACK = timedelta(minutes=5)
"""No lane covers its last minutes: platforms show posts late."""


def gaps(config: Config, tables: Tables, start: datetime, end: datetime, now: datetime) -> list[Gap]:
    """What was missed, and of which it is not known that it was read, those of several lanes of a source at one time
    together. Time in which the daemon was off is no gap once polling has closed it."""
    lanes: dict[Gap, list[str]] = {}
    for gap, lane in _of_lanes(config, tables, start, end, now):
        lanes.setdefault(gap, []).extend([lane] if lane else [])
    return sorted(
        (replace(gap, lanes=tuple(names)) for gap, names in lanes.items()),
        key=lambda gap: (gap.start, gap.source),
    )


def _of_lanes(
    config: Config, tables: Tables, start: datetime, end: datetime, now: datetime
) -> Iterator[tuple[Gap, str]]:
    unpolled = set(config.sources)
    for job in tables.jobs.watching():
        kind, _, of_lane = job.name.partition(" ")
        name, _, lane = of_lane.partition(" ")
        if kind != "poll" or name not in config.sources:
            continue
        unpolled.discard(name)
        ledger = tables.sources.coverage(of_lane)
        slack = blind.LATE * timedelta(seconds=config.sources[name].every) + SLACK
        for begin, until in blind.uncovered(start, end, ledger):
            if until - begin > slack:
                yield _uncovered(name, begin, until, ledger, job.error, is_last=until == end), lane
    for name in unpolled:
        yield Gap(name, start, end, NOT_YET), ""
    for missed in tables.sources.gaps(start, end):
        fate: Fate = "lost" if blind.is_lost(missed, config.sources, now) else "will be tried again"
        yield _missed(missed.source, missed.interval, start, end, fate)
    for filled in tables.sources.filled(start, end):
        if filled.interval.end - filled.interval.start < timedelta(minutes=1):
            continue  # pages overlap by seconds
        yield _missed(filled.source, filled.interval, start, end, READ_LATER)


def _missed(of_lane: str, interval: Interval, start: datetime, end: datetime, fate: Fate) -> tuple[Gap, str]:
    name, _, lane = of_lane.partition(" ")
    begin, until = max(interval.start, start), min(interval.end, end)
    return Gap(name, *_minutes(begin, until), interval.note, fate), lane


def _uncovered(
    name: str,
    begin: datetime,
    until: datetime,
    ledger: Sequence[Interval],
    error: str | None,
    *,
    is_last: bool,
) -> Gap:
    """A stretch of which the ledger says nothing: polling has not come there yet, or nobody ever will."""
    fate: Fate
    if is_last:
        why, fate = (error or "").removeprefix(f"{name}: ") or (NOT_YET if not ledger else ""), "not read yet"
        fate = "" if why == NOT_YET else fate
    elif until <= min(each.start for each in ledger):
        why, fate = NOT_YET, ""
    else:
        why, fate = "", "lost"
    return Gap(name, *_minutes(begin, until), why, fate)


def _minutes(begin: datetime, until: datetime) -> tuple[datetime, datetime]:
    """Of whole minutes, as they are shown, so that lanes which missed the same are told together."""
    return begin.replace(second=0, microsecond=0), until.replace(second=0, microsecond=0)
