"""Alerts: whether a story pages, whom, and who is next. Everything here happens inside a transaction of the caller."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

import structlog

from monitor import rules, updates
from monitor.facts import Facts
from monitor.model import SEVERITIES
from monitor.oncall import chain
from monitor.parts import Parts
from monitor.store import Alert, Contact, Part, Tables
from monitor.text import quoted
from monitor.timetable import shift_of

log = structlog.get_logger()


class Said(NamedTuple):
    """What became of a story, for the log."""

    event: Literal["page", "update", "held", "gathered"]
    words: str


class Pager:
    def __init__(self, parts: Parts) -> None:
        self._ = parts
        self._config = parts.config
        self._facts = Facts(parts.config, parts.measure_of)
        self._zone = ZoneInfo(parts.config.oncall.time_zone)

    def learn(self, tables: Tables, now: datetime) -> None:
        """Read what is normal, before the transaction in which `decide` asks for it."""
        self._facts.learn(tables, now)

    def decide(self, tables: Tables, story: int, now: datetime) -> Said | None:
        """Page, update or hold; None when there is nothing that anybody should hear of."""
        facts = self._facts.of(tables, story, now)
        if facts is None:
            return None
        decision = rules.decide(facts, self._config.rules, now)
        alert = tables.alerts.of_story(story)
        if alert is None:
            decision = rules.under_cap(decision, facts, self._sent(tables, decision, now), self._config.rules)
        tables.stories.decided(story, decision, now)
        if decision.rule == "cap":
            new = tables.held.add(story, decision, now)
            return Said("held", decision.reason) if new else None
        if decision.action == "hold" and (alert is None or decision.rule == "over"):
            return None
        if alert is None:
            tables.stories.entitle(story, facts.lead.mention)
            return self._open(tables, story, facts, decision, now)
        if alert.state not in ("open", "acknowledged"):
            return None
        worst = max(decision.severity, alert.severity, key=SEVERITIES.index)
        if decision.action == "hold":  # what was paged for has calmed down, and still is news when it changes
            decision = replace(decision, reason=rules.in_short(facts, self._config.rules, now))
        decision = replace(decision, severity=worst)
        news = updates.changed(alert.last, facts, decision, self._config.rules, now, self._zone)
        if not news:
            return None
        people = self._listeners(tables, alert)
        tables.outbox.cancel_pending(alert.id)
        is_part = tables.gathered.is_part(alert.id)
        told = tables.gathered.was_told(alert.id) if is_part else bool(tables.outbox.sent_to(alert.id))
        heard = told or alert.acknowledged_at is not None
        revision = tables.alerts.update(alert.id, facts, decision, news, now, heard=heard)
        if is_part:
            tables.gathered.has_news(alert.id)
        else:
            self._page(tables, alert.id, people, now, revision=revision, step=alert.step)
        return Said("update", news)

    def _open(
        self, tables: Tables, story: int, facts: rules.StoryFacts, decision: rules.Decision, now: datetime
    ) -> Said:
        """Open the story's alert and page, or, when it is urgent and past the cap of those, have another's page tell it:
        nothing urgent is silent, and the phone does not ring for each."""
        since, _ = self.shift(now)
        cap = self._config.rules.urgent_pages_per_shift
        urgent = rules.is_never_held(decision, facts, self._config.rules)
        past = urgent and tables.gathered.rang(since) >= cap
        gatherer = tables.gathered.gatherer(since, cap) if past else None
        if past:
            where = f"told with alert {gatherer}" if gatherer else "further ones are told in this page"
            decision = replace(
                decision, reason=f"{decision.reason}; over {cap} urgent stories this shift: {where}"
            )
        alert_id = tables.alerts.open(story, facts, decision, now, self._next_step_at(0, now))
        if urgent:
            tables.gathered.mark_urgent(alert_id)
        if gatherer is None:
            self._page(tables, alert_id, self._config.oncall.order[:1], now)
            return Said("page", decision.reason)
        tables.gathered.join(alert_id, gatherer)
        return Said("gathered", decision.reason)

    def _sent(self, tables: Tables, decision: rules.Decision, now: datetime) -> int:
        """How many stories, as severe as this one or worse, have paged in this shift."""
        since, _ = self.shift(now)
        return tables.alerts.opened(since, SEVERITIES[SEVERITIES.index(decision.severity) :])

    def shift(self, now: datetime) -> tuple[datetime, datetime]:
        """When the shift at that time began and ends."""
        return shift_of(now, self._config.oncall.shifts, self._zone)

    def brief(self, tables: Tables, due: datetime, now: datetime) -> int:
        """Queue the morning brief of that time for whoever is on call, if anything was held back; how many stories it
        tells. What nobody can be mailed waits for the next brief."""
        contacts = self._mail_of_first(self._config.oncall.order, now)
        if not contacts:
            log.error("the morning brief reaches nobody: no one on call has an address that takes mail")
            return 0
        told = tables.held.brief(due)
        if told:
            tables.outbox.enqueue(contacts, brief=due)
        return told

    def brief_failed(self, tables: Tables, due: datetime, now: datetime) -> None:
        """A delivery of that brief failed for good. When no other is under way or was taken, the next person gets it; what
        nobody is left to get is told by the next brief."""
        tried = tables.outbox.brief_tried(due)
        if tried is None:
            return
        contacts = self._mail_of_first([each for each in self._config.oncall.order if each not in tried], now)
        tables.outbox.enqueue(contacts, brief=due)
        if not contacts:
            tables.held.untell(due)
            log.error("the morning brief reached nobody: the next one tells what it held", due=due)

    def _mail_of_first(self, people: Sequence[str], now: datetime) -> list[Contact]:
        """The addresses of the first of them who takes mail."""
        return next(filter(None, (self.mail_of(person, now) for person in people)), [])

    def mail_of(self, person: str, now: datetime) -> list[Contact]:
        return [
            Contact(person, channel, now) for channel in self.contacts(person) if self.carries_mail(channel)
        ]

    def carries_mail(self, channel: str) -> bool:
        return self._.channels[channel].carries == "mail" if channel in self._.channels else False

    def _next_step_at(self, step: int, now: datetime) -> datetime | None:
        calls = self._config.oncall
        return chain.next_step_at(calls.order, calls.repeat, step, calls.escalate_after_minutes, now)

    def _page(
        self,
        tables: Tables,
        alert_id: int,
        people: Sequence[str],
        now: datetime,
        *,
        revision: int = 0,
        step: int = 0,
    ) -> None:
        """Queue the page for those people; for the first who can be reached when none of them can."""
        reachable = [person for person in people if self.contacts(person)]
        if people and not reachable:
            reachable = [person for person in self._config.oncall.order if self.contacts(person)][:1]
        contacts = [
            Contact(person, channel, now) for person in reachable for channel in self.contacts(person)
        ]
        tables.outbox.enqueue(contacts, alert_id=alert_id, revision=revision, step=step)
        for person in reachable:
            tables.alerts.log(alert_id, now, "paged", person)

    def contacts(self, person: str) -> list[str]:
        """The channels of a person; somebody who has left the configuration has none."""
        return [channel for each in self._config.people if each.name == person for channel in each.contacts]

    def is_due(self, tables: Tables, now: datetime) -> bool:
        """Whether `escalate` has anything to do."""
        return bool(tables.alerts.step_due(now) or self._gathered_due(tables, now))

    def _gathered_due(self, tables: Tables, now: datetime) -> list[int]:
        return tables.gathered.due(now - timedelta(minutes=self._config.oncall.escalate_after_minutes))

    def escalate(self, tables: Tables, now: datetime) -> int:
        """Page the next person of each alert that nobody acknowledged in time, and tell whoever has one what ended in it or
        is to be told in its page; how many alerts moved."""
        gatherers = self._gathered_due(tables, now)
        for number in gatherers:
            self._tell_gathered(tables, number, now)
        due = tables.alerts.step_due(now)
        for alert in due:
            ended = tables.alerts.untold(alert.id)
            if ended is not None:
                self._tell_merged(tables, alert, ended, now)
            elif alert.state == "snoozed":
                self._wake(tables, alert, now)
            else:
                self.next_step(tables, alert, now)
        return len(gatherers) + len(due)

    def _tell_gathered(self, tables: Tables, number: int, now: datetime) -> None:
        """Page again about an alert, with the urgent stories that have come since. When one of those is nobody's yet, it
        has to be acknowledged anew; when nobody hears of the alert any more, the first of them pages in its place."""
        parts = tables.gathered.waiting(number)
        alert = tables.alerts.get(number)
        if alert is None or alert.state in ("snoozed", "resolved"):
            tables.gathered.lead(parts[0].id, number)
            alert = tables.alerts.get(parts[0].id)
        if alert is None:
            return
        people = self._listeners(tables, alert) or self._config.oncall.order[:1]
        news = in_words(parts)
        tables.outbox.cancel_pending(alert.id)
        step = alert.step
        if any(part.is_open for part in parts):
            step = self._step_again(alert)
            tables.alerts.reopen(alert.id, step, self._next_step_at(step, now), news, now)
        else:
            tables.alerts.tell(alert.id, news, now)
        self._page(tables, alert.id, people, now, revision=alert.revision + 1, step=step)

    def _tell_merged(self, tables: Tables, alert: Alert, ended: Alert, now: datetime) -> None:
        people = self._listeners(tables, alert)
        tables.outbox.cancel_pending(alert.id)
        revision = tables.alerts.tell_merged(alert, ended, now)
        self._page(tables, alert.id, people, now, revision=revision, step=alert.step)

    def _listeners(self, tables: Tables, alert: Alert) -> list[str]:
        """Who hears of news: whoever has the alert or, when nobody reachable has, everyone who was paged about it."""
        holder = [alert.holder] if alert.holder and self.contacts(alert.holder) else []
        return holder or tables.outbox.paged_people(alert.id)

    def _wake(self, tables: Tables, alert: Alert, now: datetime) -> None:
        """Page whoever snoozed it; the escalation goes on from there."""
        step = self._step_again(alert)
        people = [alert.holder] if alert.holder else self._person_at(step)
        tables.gathered.leave(alert.id)
        tables.alerts.reopen(alert.id, step, self._next_step_at(step, now), "the snooze is over", now)
        self._page(tables, alert.id, people, now, revision=alert.revision + 1, step=step)

    def _step_again(self, alert: Alert) -> int:
        """Where the escalation of an alert that is open again goes on: anew when it had reached its end."""
        return alert.step if self._person_at(alert.step) else 0

    def _person_at(self, step: int) -> list[str]:
        person = chain.responder(self._config.oncall.order, self._config.oncall.repeat, step)
        return [] if person is None else [person]

    def next_step(self, tables: Tables, alert: Alert, now: datetime) -> None:
        """Page the next person, or say that nobody is left."""
        step = alert.step + 1
        people = self._person_at(step)
        tables.alerts.escalate(alert.id, step, self._next_step_at(step, now))
        tables.alerts.log(alert.id, now, "escalated" if people else "nobody left", note=" ".join(people))
        self._page(tables, alert.id, people, now, revision=alert.revision, step=step)
        if not people:
            log.error("nobody acknowledged and nobody is left to page", alert=alert.id)

    def failed(self, tables: Tables, alert: Alert, now: datetime) -> None:
        """Every delivery of the newest page failed for good: its person can't know, so somebody else must."""
        if alert.state == "open":
            self.next_step(tables, alert, now)
        elif alert.state == "acknowledged":
            others = [person for person in self._config.oncall.order if person != alert.holder]
            tables.alerts.log(alert.id, now, "holder unreachable", alert.holder)
            self._page(tables, alert.id, others[:1], now, revision=alert.revision, step=alert.step)


def in_words(parts: Sequence[Part]) -> str:
    """What a page tells of the stories that it gathers."""
    new = [part for part in parts if not part.changed]
    words = [f"alert {part.id} {part.changed}" for part in parts if part.changed]
    if new:
        titles = ", ".join(f"{quoted(part.title)} (alert {part.id})" for part in new)
        words.insert(0, f"{len(new)} more urgent {'story' if len(new) == 1 else 'stories'}: {titles}")
    return "; ".join(words)
