"""Whom a page goes to, and by which ways: the escalation's steps, the rota of the moment, each person's own methods.
Everything here happens inside a transaction of the caller."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from monitor.oncall import chain, reach
from monitor.oncall.sections import Person
from monitor.parts import Parts
from monitor.rota import roster
from monitor.store import Alert, Contact, Tables

log = structlog.get_logger()


class Caller:
    def __init__(self, parts: Parts) -> None:
        self._ = parts
        self._config = parts.config
        self._people = {person.name: person for person in parts.config.people}

    # --- who --------------------------------------------------------------------------------------------------

    def exists(self, step: int) -> bool:
        """Whether anybody is left to be paged at that step."""
        return chain.step_at(self._config.oncall, step) is not None

    def people_at(self, tables: Tables, step: int, now: datetime) -> chain.Paged:
        """Who is paged at a step now; nobody when it is past the end."""
        found = chain.step_at(self._config.oncall, step)
        if found is None:
            return chain.Paged(())
        return chain.people_at(found, roster.rota(self._config, tables, now), self._fallback, now)

    @property
    def _fallback(self) -> str:
        return chain.fallback(self._config.oncall, self._config.rotations, self._config.people)

    def everybody(self, tables: Tables, now: datetime) -> list[str]:
        """Whoever is on call now, in the order of the steps, and the fallback last."""
        return roster.everybody(self._config, tables, now)

    def is_away(self, tables: Tables, name: str, now: datetime) -> bool:
        return roster.rota(self._config, tables, now).is_away(name, now)

    def never_paged(self, tables: Tables, alert: Alert, now: datetime) -> tuple[str, ...]:
        """Of whoever is on call now and can be reached, those whom no page of the alert has gone to."""
        paged = tables.outbox.paged_people(alert.id)
        return tuple(
            each for each in self.everybody(tables, now) if each not in paged and self.contacts(each)
        )

    def listeners(self, tables: Tables, alert: Alert) -> list[str]:
        """Who hears of news: whoever has the alert or, when nobody reachable has, everyone who was paged about it."""
        holder = [alert.holder] if alert.holder and self.contacts(alert.holder) else []
        return holder or tables.outbox.paged_people(alert.id)

    def news_can_wait(
        self, tables: Tables, name: str, alert_id: int, now: datetime
    ) -> tuple[datetime, str] | None:
        """Until when, and why, somebody who has nothing to do about an alert any more may sleep before they hear so."""
        person = self.person(name)
        return reach.news_can_wait(person, tables.outbox.told_at(alert_id, name), now) if person else None

    # --- how --------------------------------------------------------------------------------------------------

    def person(self, name: str) -> Person | None:
        """Somebody who has left the configuration is nobody."""
        return self._people.get(name)

    def contacts(self, name: str) -> list[str]:
        """The channels of a person; somebody who has left the configuration has none."""
        person = self.person(name)
        return list(person.contacts) if person else []

    def carries(self, channel: str) -> str | None:
        """What a channel carries; None when there is none of that name any more."""
        return self._.channels[channel].carries if channel in self._.channels else None

    def wait(self, step: int) -> timedelta:
        """How long a page at that step waits for an answer."""
        found = chain.step_at(self._config.oncall, step)
        return found.wait if found else timedelta(minutes=self._config.oncall.escalate_after_minutes)

    def page_step(self, tables: Tables, alert: Alert, step: int, now: datetime) -> datetime | None:
        """Page whoever is on call at that step; when the step is over, None when it is past the end. A rotation that nobody
        has is an error, and the fallback is paged in its place."""
        people, vacant = self.people_at(tables, step, now)
        for rotation in vacant:
            tables.alerts.log(alert.id, now, "nobody on call", note=rotation)
            log.error("nobody is on call; the fallback is paged", rotation=rotation, to=self._fallback)
        if not people:
            return None
        return self.page(tables, alert, people, now, step=step, revision=alert.revision)

    def page(
        self,
        tables: Tables,
        alert: Alert,
        people: Sequence[str],
        now: datetime,
        *,
        revision: int,
        step: int,
        asked: bool = False,
    ) -> datetime:
        """Queue a page for those people, for the first on call who can be reached when none of them can; when whoever it
        reaches first has had the time to acknowledge it. It takes the place of what still waits to be sent to them.
        `asked`: a person wants them paged now, quiet hours or not."""
        by = self._step_channels(tables, step, now) if not alert.holder else {}
        contacts = [
            Contact(person, *way)
            for person in self._reachable(tables, people, now)
            for way in reach.ways(self._people[person], alert.severity, by.get(person, ()), now, asked=asked)
        ]
        self._queue(tables, alert.id, contacts, now, revision=revision, step=step)
        return min((each.due_at for each in contacts), default=now) + self.wait(step)

    def _step_channels(self, tables: Tables, step: int, now: datetime) -> dict[str, tuple[str, ...]]:
        """By which channels a step pages whom, where it says so."""
        found = chain.step_at(self._config.oncall, step)
        if found is None or not found.by:
            return {}
        return dict.fromkeys(self.people_at(tables, step, now).people, found.by)

    def tell(
        self, tables: Tables, alert: Alert, people: Sequence[str], now: datetime, *, revision: int
    ) -> None:
        """Queue news that need no acknowledgement, for whoever has the alert: by the first of their methods, and by no call
        where there is another way."""
        contacts = []
        for person in self._reachable(tables, people, now):
            ways = reach.ways(self._people[person], alert.severity, (), now)
            quiet = [way for way in ways if self.carries(way.channel) != "call"] or ways
            contacts += [Contact(person, *way) for way in quiet if way.due_at == quiet[0].due_at]
        self._queue(tables, alert.id, contacts, now, revision=revision, step=alert.step)

    def _reachable(self, tables: Tables, people: Sequence[str], now: datetime) -> list[str]:
        reachable = [person for person in people if self.contacts(person)]
        if people and not reachable:
            reachable = [person for person in self.everybody(tables, now) if self.contacts(person)][:1]
        return reachable

    def _queue(
        self,
        tables: Tables,
        alert_id: int,
        contacts: Sequence[Contact],
        now: datetime,
        *,
        revision: int,
        step: int,
    ) -> None:
        each_one: dict[str, list[Contact]] = {}
        for contact in contacts:
            each_one.setdefault(contact.person, []).append(contact)
        tables.outbox.cancel_pages_to(alert_id, each_one)
        tables.outbox.enqueue(contacts, alert_id=alert_id, revision=revision, step=step)
        for person, theirs in each_one.items():
            held = theirs[0].held
            tables.alerts.log(alert_id, now, "held" if held else "paged", person, held or in_words(theirs))


def in_words(contacts: Sequence[Contact]) -> str:
    """By which ways somebody is reached, and why some of them wait: "by sms; by call 3 minutes later, unless somebody
    acknowledges before"."""
    first, told = contacts[0].due_at, []
    for due in dict.fromkeys(each.due_at for each in contacts):
        ways = [each for each in contacts if each.due_at == due]
        minutes = (due - first) // timedelta(minutes=1)
        later = f" {minutes} minute{'' if minutes == 1 else 's'} later, unless somebody acknowledges before"
        why = f": {ways[0].held}" if ways[0].held else later if minutes else ""
        told.append(f"by {' and '.join(each.channel for each in ways)}{why}")
    return "; ".join(told)
