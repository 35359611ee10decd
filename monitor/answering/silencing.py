"""Silences: how people make and end them; the shell and the screen come here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple
from zoneinfo import ZoneInfo

from monitor.config import Config
from monitor.errors import InputError
from monitor.paging.respond import At
from monitor.paging.silences import WHY_LONGEST, Kind, Silence, moment
from monitor.store import Store
from monitor.wording import moments
from monitor.wording.text import one_line, suggestion

LONGEST = timedelta(days=31)
"""How long a silence lasts at most: one that nobody remembers hides what matters."""

_NUMBER = re.compile("[1-9][0-9]{0,14}")
"""A story's, as it is compared with what a silence is of."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Who answers, and when; `zone` is theirs."""

    store: Store
    config: Config
    now: datetime
    person: str
    zone: ZoneInfo

    @property
    def at(self) -> At:
        return partial(moment, zone=self.zone, now=self.now)

    def until(self, until: str | None, minutes: int | None, usual: int | None = None) -> datetime:
        """When it ends, as the options say."""
        if until is not None and minutes is not None:
            raise InputError("give either --until or --minutes")
        if until is not None:
            return moments.moment(until, self.zone, self.now, last=True)
        chosen = usual if minutes is None else minutes
        if chosen is None:
            raise InputError("say when it ends: --until or --minutes")
        return self.now + timedelta(minutes=chosen)


class Made(NamedTuple):
    """A silence's number, and what it does, in sentences."""

    number: int
    words: str


def silence(at: Desk, kind: Kind, what: str, until: datetime, why: str) -> Made:
    """Let nothing of that page until then. InputError for what there is not, or what can't be held so long."""
    _refuse_unknown(at, kind, what)
    refuse_end(at, until)
    reason = one_line(why, WHY_LONGEST)
    if not reason:
        raise InputError("say why: whoever is on call reads it")
    number = at.store.write(lambda tables: tables.silences.add(kind, what, until, reason, at.person, at.now))
    name = Silence(number, kind, what, until, reason, at.person, at.now).name
    urgent = at.config.rules.urgent
    but = ""
    if kind != "story" and what not in urgent and urgent:
        but = f" What is urgent ({', '.join(urgent)}) pages all the same."
    return Made(
        number,
        f"Silence {number}: {name} pages nobody until {clock(at.config, at.now)(until)}.{but} "
        "Then what it held is decided again.",
    )


def end(at: Desk, number: int) -> str:
    """End it before its time. InputError when there is none of that number."""
    found = at.store.read.silences.get(number)
    if found is None:
        raise InputError(f"there is no silence {number}; `snapwatch silence --list` shows what there is")
    if found.ended_at is not None or found.until <= at.now:
        ended = clock(at.config, at.now)(found.ended_at or found.until)
        return f"Silence {number} ({found.name}) has been over since {ended}."
    at.store.write(lambda tables: tables.silences.end(number, at.now))
    again = " What it held is decided again now." if at.store.read.silences.stories(number) else ""
    return f"Silence {number} ({found.name}) has ended.{again}"


def refuse_end(at: Desk, until: datetime) -> None:
    """InputError for an end that is over, or more than LONGEST away."""
    if until <= at.now:
        raise InputError("that is over already: a silence ends in the future")
    if until > at.now + LONGEST:
        raise InputError(f"a silence lasts {LONGEST.days} days at most; make it anew when it ends")


def _refuse_unknown(at: Desk, kind: Kind, what: str) -> None:
    """InputError for a name that is a slip: it would hold nothing."""
    config = at.config
    if kind == "source":
        # A replay's posts have the names that its file gives them.
        known = {*config.sources, *at.store.read.past.sources()}
        if what not in known:
            raise InputError(f"there is no source {what!r}; {suggestion(what, known)}")
    if kind == "category" and config.classifier.type == "bundled":
        categories = {*config.categories, *config.rules.urgent}
        if what not in categories:
            raise InputError(f"there is no category {what!r}; there are: {', '.join(sorted(categories))}")
    if kind == "story" and not (_NUMBER.fullmatch(what) and at.store.read.stories.get(int(what))):
        raise InputError(f"there is no story {what!r}; `snapwatch mute CODE` silences the story of an alert")


def clock(config: Config, now: datetime) -> At:
    """Of the zone of the on-call settings, which everybody who reads it knows."""
    return partial(moment, zone=ZoneInfo(config.oncall.time_zone), now=now)
