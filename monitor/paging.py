"""Alerts and their pages: decide, page, escalate, deliver. Called by the pipeline, which knows the order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta

import structlog

from monitor import oncall, polling, rules
from monitor.errors import ChannelError, StoreError
from monitor.model import SEVERITIES, Message
from monitor.notices import notice
from monitor.parts import Parts
from monitor.store import Alert, Delivery, Tables

log = structlog.get_logger()


class Pager:
    def __init__(self, parts: Parts) -> None:
        self._ = parts
        self._store = parts.store
        self._config = parts.config
        self._window = timedelta(minutes=parts.config.rules.burst_window_minutes)

    def decide(self, tables: Tables, story: int, now: datetime) -> str:
        """Page, update or hold; the reason when somebody is to hear of it, else nothing."""
        facts = self._facts(tables, story, now)
        if facts is None:
            return ""
        decision = rules.decide(facts, self._config.rules, now)
        tables.stories.decided(story, decision, now)
        if decision.action == "hold":
            return ""
        alert = tables.alerts.of_story(story)
        if alert is None:
            step_due = self._next_step_at(0, now)
            alert_id = tables.alerts.open(story, facts, decision, now, step_due)
            self._page(tables, alert_id, [self._config.oncall.order[0]], now)
            return decision.reason
        if alert.state not in ("open", "acknowledged"):
            return ""
        worst = max(decision.severity, alert.severity, key=SEVERITIES.index)
        decision = replace(decision, severity=worst)
        news = rules.changed(alert.last, facts, decision, self._config.rules, now)
        if not news:
            return ""
        people = [alert.holder] if alert.holder else tables.alerts.paged_people(alert.id)
        tables.alerts.cancel_pending(alert.id)
        revision = tables.alerts.update(alert.id, facts, decision, news, now)
        self._page(tables, alert.id, people, now, revision=revision, step=alert.step)
        return news

    def _facts(self, tables: Tables, story: int, now: datetime) -> rules.StoryFacts | None:
        row = tables.stories.get(story)
        top = tables.stories.top(story, 1)
        if row is None or not top:
            return None
        volume = tables.stories.volume(story, now, self._window)
        lead = top[0]
        measure, _ = self._.measure_of(lead.mention.source)
        return rules.StoryFacts(
            **asdict(volume),
            opened_at=row.opened_at,
            lead=rules.Lead(lead.mention, lead.forecast, measure.replace("+", " and ")),
        )

    def _next_step_at(self, step: int, now: datetime) -> datetime | None:
        calls = self._config.oncall
        return oncall.next_step_at(calls.order, calls.repeat, step, calls.escalate_after_minutes, now)

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
        contacts = [(person, channel) for person in people for channel in self.contacts(person)]
        tables.alerts.enqueue(contacts, now, alert_id=alert_id, revision=revision, step=step)
        for person in people:
            tables.alerts.log(alert_id, now, "paged", person)

    def contacts(self, person: str) -> list[str]:
        """The channels of a person; somebody who has left the configuration has none."""
        return [channel for each in self._config.people if each.name == person for channel in each.contacts]

    def escalate(self, now: datetime) -> int:
        """Page the next person of each alert that nobody acknowledged in time; how many alerts moved."""

        def work(tables: Tables) -> int:
            due = tables.alerts.step_due(now)
            for alert in due:
                if alert.state == "snoozed":
                    tables.alerts.wake(alert.id, self._next_step_at(alert.step, now), now)
                    self._page(
                        tables,
                        alert.id,
                        self._person_at(alert.step),
                        now,
                        revision=alert.revision + 1,
                        step=alert.step,
                    )
                else:
                    self._escalate(tables, alert, now)
            return len(due)

        return self._store.write(work) if self._store.read.alerts.step_due(now) else 0

    def _person_at(self, step: int) -> list[str]:
        person = oncall.responder(self._config.oncall.order, self._config.oncall.repeat, step)
        return [] if person is None else [person]

    def _escalate(self, tables: Tables, alert: Alert, now: datetime) -> None:
        step = alert.step + 1
        people = self._person_at(step)
        tables.alerts.escalate(alert.id, step, self._next_step_at(step, now))
        tables.alerts.log(alert.id, now, "escalated" if people else "nobody left", note=" ".join(people))
        self._page(tables, alert.id, people, now, revision=alert.revision, step=step)
        if not people:
            log.error("nobody acknowledged and nobody is left to page", alert=alert.id)

    def dispatch(self, channel: str, now: datetime) -> int:
        """Send what is due through one channel; how many tries were made.

        A delivery is marked sent after the provider took it: at least once, never silently lost. A crash between the
        two sends it again, with the same key.
        """
        due = [each for each in self._store.read.alerts.deliveries_due(now) if each.channel == channel]
        for delivery in due:
            # An acknowledgement may have come while the one before was on its way.
            if self._store.read.alerts.is_pending(delivery.id):
                self._deliver(delivery, now)
        return len(due)

    def channels_due(self, now: datetime) -> set[str]:
        return {delivery.channel for delivery in self._store.read.alerts.deliveries_due(now)}

    def _deliver(self, delivery: Delivery, now: datetime) -> None:
        try:
            channel = self._.channels.get(delivery.channel)
            address = self._address(delivery)
            if channel is None or address is None:
                raise ChannelError(
                    f"{delivery.person} has no {delivery.channel} in the configuration any more",
                    permanent=True,
                )
            provider_id = channel.send(self._message(delivery, now), address, delivery.key)
        except StoreError:
            raise
        except ChannelError as error:
            self._undelivered(delivery, error, now)
        except Exception as error:
            log.exception("delivery failed", delivery=delivery.id, channel=delivery.channel)
            self._undelivered(delivery, ChannelError(f"{type(error).__name__} (see the log)"), now)
        else:
            self._store.write(lambda tables: tables.alerts.sent(delivery.id, provider_id, now))
            log.info(
                "sent", channel=delivery.channel, to=delivery.person, alert=delivery.alert_id, id=provider_id
            )

    def _address(self, delivery: Delivery) -> str | None:
        for person in self._config.people:
            if person.name == delivery.person:
                return person.contacts.get(delivery.channel)
        return None

    def _message(self, delivery: Delivery, now: datetime) -> Message:
        tables = self._store.read
        if delivery.digest is not None:
            return self._.digest(tables, delivery.digest)
        alert = tables.alerts.get(delivery.alert_id or 0)
        if alert is None:
            raise LookupError(f"delivery {delivery.id} belongs to no alert")
        about = notice(tables, alert, delivery.person, self._config, self._.drafter, self._.link, now)
        return self._.render(about)

    def _undelivered(self, delivery: Delivery, error: ChannelError, now: datetime) -> None:
        due = now + polling.back_off(delivery.attempts + 1, error.retry_after)
        log.error(
            "not delivered",
            channel=delivery.channel,
            to=delivery.person,
            error=str(error),
            permanent=error.permanent,
        )

        def work(tables: Tables) -> None:
            if not error.permanent:
                tables.alerts.postpone(delivery.id, str(error), due)
                return
            tables.alerts.fail(delivery.id, str(error))
            alert = tables.alerts.get(delivery.alert_id) if delivery.alert_id else None
            if alert and alert.state == "open" and tables.alerts.unreached(alert.id, alert.step):
                self._escalate(tables, alert, now)

        self._store.write(work)
