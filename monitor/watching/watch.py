"""Pure: what is wrong with the watch itself, in words that say what to do.

Sources that fail or are silent, mentions and pages that wait, a full disk, channels that fail, a clock that jumped,
nobody on call, nobody who acknowledges, test pages that were missed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import fmean, median
from typing import NamedTuple

from monitor import blind
from monitor.intake.polling import FAILURES_SHOWN
from monitor.sections import WatchSettings
from monitor.wording.text import one_line

WEEKS, LEAST_WEEKS = 4, 2
"""So many former weeks say how much is normal at an hour of the week, and so many must be known at least."""

QUIET_DAY = 0.4
"""On a quiet day, a holiday say, there is so much of what is normal. With 0.4 a simulated year has less than one false
alarm (docs/running.md); with 1 it has hundreds."""

CHANCE = 0.001
"""A stretch without posts that is no likelier than this is no chance."""

JUMP = timedelta(minutes=1)
"""A clock that moved so much otherwise than time passes has jumped."""

CALM = timedelta(minutes=10)
"""An alarm is over once it has been well for so long."""

AGAIN = timedelta(days=1)
"""People hear of an alarm once in this time at most, and once more when it is over."""

PRESSING = ("nobody", "alert", "queue", "pages")
"""Alarms that begin with these words wait for nobody's quiet hours: a page is not seen because of them."""


class Wrong(NamedTuple):
    """An alarm's short name, the same while it lasts, and what to say of it."""

    what: str
    words: str


class Quiet(NamedTuple):
    """A source of which no post is known since then; how many there were in the same stretch of each former week that is
    known, and how many in those weeks in all, a week."""

    source: str
    since: datetime
    former: tuple[int, ...]
    weekly: float


class Ill(NamedTuple):
    """Deliveries to a person by a channel that fail, the last one with that error."""

    channel: str
    person: str
    since: datetime
    error: str


class Missed(NamedTuple):
    """A test page that was not acknowledged."""

    person: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known at a moment. `began` is since when it has been watching without a long break; `every` how often each
    source of the configuration is polled; `mention` since when the oldest mention waits to be understood, and `page` the
    oldest page to be sent; `free` in bytes; `jump` by how much the clock has jumped of late."""

    began: datetime
    jobs: Sequence[blind.Job] = ()
    every: Mapping[str, timedelta] | None = None
    quiet: Sequence[Quiet] = ()
    mention: datetime | None = None
    page: datetime | None = None
    free: int | None = None
    ill: Sequence[Ill] = ()
    jump: timedelta = timedelta(0)
    uncovered: Sequence[str] = ()
    given_up: Sequence[int] = ()
    missed: Sequence[Missed] = ()


def alarms(facts: Facts, settings: WatchSettings, now: datetime) -> list[Wrong]:
    """Everything that is wrong now, each by a name of its own."""
    failing = dict(_failing(facts, timedelta(minutes=settings.failing_minutes), now))
    found = [Wrong(f"source {name}", words) for name, words in failing.items()]
    found += [
        Wrong(f"silent {each.source}", _silence(each))
        for each in facts.quiet
        if each.source not in failing and is_silent(each)
    ]
    found += _late(facts, timedelta(minutes=settings.late_minutes), now)
    if facts.free is not None and facts.free < settings.free_gigabytes * 1e9:
        found.append(
            Wrong("disk", f"only {facts.free / 1e9:.1f} GB are free on the database's disk; free some space")
        )
    found += _channels(facts.ill, timedelta(minutes=settings.failing_minutes), now)
    if abs(facts.jump) >= JUMP:
        way = "forward" if facts.jump > timedelta(0) else "back"
        found.append(
            Wrong(
                "clock",
                f"the machine's clock went {way} by {_lasting(abs(facts.jump))}, or the machine slept; check its time "
                "service: due times and quiet hours go by the clock",
            )
        )
    found += [
        Wrong(
            f"nobody on call: {name}",
            f"nobody is on call in {name}; pages go to the fallback person: see `snapwatch oncall`",
        )
        for name in facts.uncovered
    ]
    found += [
        Wrong(
            f"alert {number}",
            f"nobody has acknowledged alert {number} and nobody is left to page: `snapwatch ack {number}`",
        )
        for number in facts.given_up
    ]
    found += [
        Wrong(
            f"test page {each.person}",
            f"{each.person} did not acknowledge the test page of {_at(each.at)}: ask whether it arrived, and check the "
            "phone and the addresses in the configuration",
        )
        for each in facts.missed
    ]
    return found


def is_pressing(what: str) -> bool:
    return what.startswith(PRESSING)


def p_none(former: Sequence[int]) -> float:
    """The chance that a stretch of time has no post, where the same stretch of former weeks had so many.

    Poisson: e^(-QUIET_DAY · m), where m is the mean or the median of the weeks, whichever is less, so that one storm
    does not make what followed it look silent.
    """
    return math.exp(-QUIET_DAY * min(fmean(former), median(former))) if former else 1.0


def is_silent(quiet: Quiet) -> bool:
    """Whether the stretch is too long for chance: less likely than CHANCE, and so unlikely that of all the stretches
    between two posts of a year less than one would be as long."""
    if len(quiet.former) < LEAST_WEEKS:
        return False
    p = p_none(quiet.former)
    return p < CHANCE and p * quiet.weekly * 52 < 1


def _silence(quiet: Quiet) -> str:
    usual = min(fmean(quiet.former), median(quiet.former))
    return (
        f"no post from {quiet.source} since {_at(quiet.since)}, where about {usual:,.0f} are usual by now, though it "
        "answers: check its query and its credentials (`snapwatch check`)"
    )


def _failing(facts: Facts, patience: timedelta, now: datetime) -> Iterator[tuple[str, str]]:
    """Each source of which a lane can't be read for so long, in words."""
    every = facts.every or {}
    lanes: dict[str, list[tuple[str, datetime, str]]] = {}
    for job in facts.jobs:
        kind, _, lane = job.name.partition(" ")
        source = lane.partition(" ")[0]
        if kind != "poll" or source not in every:
            continue
        rests = bool(job.error) and not job.failures
        if job.failures >= FAILURES_SHOWN:
            since = job.ran_at or facts.began
            broken = job.ran_at is None or now - since >= patience
        else:
            # A poll that hangs fails never.
            since = max(job.ran_at or facts.began, facts.began)
            broken = not rests and now - since >= max(patience, blind.LATE * every[source])
        if broken:
            lanes.setdefault(source, []).append((lane, since, job.error or "it does not end"))
    for source, found in lanes.items():
        names = ", ".join(lane for lane, _, _ in found)
        _, since, error = min(found, key=lambda each: each[1])
        why = one_line(error.removeprefix(f"{source}: "), 160)
        yield source, f"{names} can't be read since {_at(since)}: {why}; what is posted there is not seen"


def _late(facts: Facts, patience: timedelta, now: datetime) -> Iterator[Wrong]:
    # What waited while nothing ran is not late yet.
    mention, page = (at and max(at, facts.began) for at in (facts.mention, facts.page))
    if mention and now - mention >= patience:
        yield Wrong(
            "queue",
            f"posts wait since {_at(mention)} to be read by the model or assessed: is it failing, or the machine too "
            "slow? See the log",
        )
    if page and now - page >= patience:
        yield Wrong("pages", f"a page waits since {_at(page)} to be sent: see `snapwatch check` and the log")


def _channels(ill: Iterable[Ill], patience: timedelta, now: datetime) -> Iterator[Wrong]:
    found: dict[str, list[Ill]] = {}
    for each in ill:
        if now - each.since >= patience:
            found.setdefault(each.channel, []).append(each)
    for channel, some in found.items():
        people = ", ".join(sorted({each.person for each in some}))
        first = min(some, key=lambda each: each.since)
        yield Wrong(
            f"channel {channel}",
            f"messages by {channel} to {people} fail since {_at(first.since)}: "
            f"{one_line(some[-1].error.removeprefix(f'{channel}: '), 160)}",
        )


def _at(moment: datetime) -> str:
    return f"{moment:%a} {moment.day} {moment:%b %H:%M} UTC"


def _lasting(stretch: timedelta) -> str:
    minutes = round(stretch / timedelta(minutes=1))
    return f"{minutes} minutes" if minutes < 120 else f"{minutes / 60:.0f} hours"
