"""Test pages: once a week everybody who can be paged gets one, by every way a critical page would take, and has to
acknowledge it."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import structlog

from monitor.errors import InputError
from monitor.oncall.sections import Person
from monitor.parts import Parts
from monitor.store import Contact, Drill, Store, Tables
from monitor.wording.timetable import next_digest_due

LATEST = timedelta(hours=2)
"""A test page that could not be sent at its time is sent within this, or a week later: not at night."""

log = structlog.get_logger()


class Drills:
    def __init__(self, parts: Parts) -> None:
        self._store = parts.store
        self._config = parts.config

    def after(self, moment: datetime) -> datetime | None:
        """When the next test page is due, in the time zone of whoever gets it; None when there are none."""
        return min(
            (due for person in self._config.people if (due := self._due(person, moment))), default=None
        )

    def run(self, now: datetime) -> None:
        """Queue the test pages whose time has come since the last one that was due, and set the next."""

        def work(tables: Tables) -> list[str]:
            job = tables.jobs.get("drill")
            following = self.after(now)
            if job is None or following is None:
                tables.jobs.remove("drill")
                return []
            before = max(job.due_at, now - LATEST) - timedelta(microseconds=1)
            tested = [
                each for each in self._tested(tables, now) if (due := self._due(each, before)) and due <= now
            ]
            for person in tested:
                send(tables, person, now)
            tables.jobs.succeeded("drill", now, following)
            return [person.name for person in tested]

        if tested := self._store.write(work):
            log.info("test pages", to=tested)

    def miss(self, tables: Tables, now: datetime) -> None:
        """Those that were not acknowledged in time are missed: the watch raises the alarm."""
        patience = timedelta(minutes=2 * self._config.oncall.escalate_after_minutes)
        for drill in tables.drills.miss(now - patience, now):
            log.warning("a test page was not acknowledged", code=drill.code, person=drill.person)

    def _tested(self, tables: Tables, now: datetime) -> list[Person]:
        """Whoever an escalation can reach."""
        calls = self._config.oncall
        names = {calls.fallback, *calls.order, *(name for step in calls.steps for name in step.page)}
        rotations = [each for each in self._config.rotations if each.name in names]
        names |= {name for each in rotations for layer in each.layers for name in layer.people}
        for (name, _), shifts in tables.rota.changes(now).calendars.items():
            names |= {shift.person for shift in shifts} if name in names else set()
        return [person for person in self._config.people if person.name in names and person.contacts]

    def _due(self, person: Person, moment: datetime) -> datetime | None:
        calls = self._config.oncall
        if calls.test_day is None:
            return None
        return next_digest_due(moment, calls.test_day, calls.test_time, ZoneInfo(person.time_zone))


AGAIN = timedelta(minutes=5)
"""Nobody gets test pages by hand faster than that: they cost money, and wake people."""


def ask(store: Store, person: Person, now: datetime) -> Drill:
    """A test page to that person now, because somebody wants to see it arrive. InputError just after another one."""

    def work(tables: Tables) -> Drill:
        last = next((each for each in tables.drills.last() if each.person == person.name), None)
        if last is not None and now - last.at < AGAIN:
            raise InputError(
                f"{person.name} got test page {last.code} less than {AGAIN // timedelta(minutes=1)} minutes ago: "
                "wait for that one"
            )
        return send(tables, person, now)

    drill = store.write(work)
    log.info("test pages", to=[person.name])
    return drill


def send(tables: Tables, person: Person, now: datetime) -> Drill:
    """Queue a test page to that person."""
    drill = tables.drills.begin(person.name, now)
    tables.outbox.enqueue(
        [Contact(person.name, channel, now) for channel in channels_of(person)], drill_id=drill.id
    )
    return drill


def channels_of(person: Person) -> list[str]:
    """Every channel by which a critical page would reach the person."""
    named = [channel for method in person.pages.get("critical", ()) for channel in method.by]
    return [channel for channel in dict.fromkeys(named) if channel in person.contacts] or list(
        person.contacts
    )
