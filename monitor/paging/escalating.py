"""What is due of the alerts that there are: the next step when nobody answered in time, the end of a snooze, news of what
was gathered or merged. Everything here happens inside a transaction of the caller."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from monitor.config import Config
from monitor.paging.calling import Caller
from monitor.store import Alert, Part, Tables
from monitor.wording.text import quoted

log = structlog.get_logger()


class Escalation:
    def __init__(self, config: Config, caller: Caller) -> None:
        self._config = config
        self._caller = caller

    def is_due(self, tables: Tables, now: datetime) -> bool:
        """Whether `escalate` has anything to do."""
        return bool(tables.alerts.step_due(now) or self._gathered_due(tables, now))

    def _gathered_due(self, tables: Tables, now: datetime) -> list[int]:
        return tables.gathered.due(now, timedelta(minutes=self._config.oncall.escalate_after_minutes))

    def escalate(self, tables: Tables, now: datetime) -> int:
        """Page the next step of each alert that nobody acknowledged in time, and tell whoever has one what ended in it or
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
                self._wake(tables, alert, "the snooze is over", now)
            elif alert.state == "acknowledged":
                self._unanswered(tables, alert, now)
            elif alert.assigned:
                self._hand_to(tables, alert, alert.assigned, now)
            else:
                self.next_step(tables, alert, now)
        return len(gatherers) + len(due)

    def next_step(self, tables: Tables, alert: Alert, now: datetime) -> None:
        """Page the next step; after the last one whoever is on call by now and was never paged of it, since the rota or the
        configuration has changed; or say that nobody is left."""
        step = alert.step + 1
        people = (
            self._caller.people_at(tables, step, now).people
            or self._caller.never_paged(tables, alert, now)[:1]
        )
        if not people:
            tables.alerts.escalate(alert.id, step, None)
            tables.alerts.log(alert.id, now, "nobody left")
            log.error("nobody acknowledged and nobody is left to page", alert=alert.id)
            return
        tables.alerts.log(alert.id, now, "escalated", note=", ".join(people))
        due = self._caller.page_step(tables, alert, step, now) or self._caller.page(
            tables, alert, people, now, revision=alert.revision, step=step
        )
        tables.alerts.escalate(alert.id, step, due)

    def failed(self, tables: Tables, alert: Alert, now: datetime) -> None:
        """Every delivery of the newest page failed for good: its people can't know, so somebody else must."""
        if alert.state == "open":
            self.next_step(tables, alert, now)
        elif alert.state == "acknowledged":
            tried = {alert.holder, *tables.outbox.unreached(alert.id, alert.revision, alert.step)}
            others = [each for each in self._caller.everybody(tables, now) if each not in tried]
            tables.alerts.log(alert.id, now, "holder unreachable", alert.holder)
            self._caller.page(tables, alert, others[:1], now, revision=alert.revision, step=alert.step)

    def step_again(self, alert: Alert) -> int:
        """Where the escalation of an alert that is open again goes on: anew when it had reached its end."""
        return alert.step if self._caller.exists(alert.step) else 0

    def _open_again(
        self,
        tables: Tables,
        alert: Alert,
        people: Sequence[str],
        why: str,
        now: datetime,
        *,
        asked: bool = False,
    ) -> None:
        """Page those people about an alert that nobody has any more, in a new revision; the escalation goes on then."""
        step = self.step_again(alert)
        tables.alerts.reopen(alert.id, step, None, why, now)
        open_ = replace(alert, holder=None)
        revision = alert.revision + 1
        due = self._caller.page(tables, open_, people, now, revision=revision, step=step, asked=asked)
        tables.alerts.escalate(alert.id, step, due)

    def _wake(self, tables: Tables, alert: Alert, why: str, now: datetime) -> None:
        """Page whoever snoozed it, at the time that they chose."""
        people = (
            [alert.holder]
            if alert.holder
            else self._caller.people_at(tables, self.step_again(alert), now).people
        )
        tables.gathered.leave(alert.id)
        self._open_again(tables, alert, people, why, now, asked=True)

    def _hand_to(self, tables: Tables, alert: Alert, person: str, now: datetime) -> None:
        """Page whom somebody gave it to, who has to acknowledge it."""
        step = self.step_again(alert)
        revision = alert.revision
        due = self._caller.page(tables, alert, [person], now, revision=revision, step=step, asked=True)
        tables.alerts.escalate(alert.id, step, due)

    def _unanswered(self, tables: Tables, alert: Alert, now: datetime) -> None:
        """Its holder did not acknowledge that it got graver, and may be asleep: nobody has it, and the next step is
        paged."""
        why = f"{alert.holder} has not answered: {alert.changed}"
        tables.gathered.leave(alert.id)
        tables.alerts.reopen(alert.id, alert.step, None, why, now)
        again = tables.alerts.get(alert.id)
        if again is not None:
            self.next_step(
                tables, replace(again, step=alert.step if self._caller.exists(alert.step + 1) else -1), now
            )

    # --- what is told with another's page ---------------------------------------------------------------------

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
        people = self._caller.listeners(tables, alert) or self._caller.people_at(tables, 0, now).people
        news = in_words(parts)
        tables.outbox.cancel_pending(alert.id)
        goes_on = (
            alert.state == "open" and alert.step_due_at is not None
        )  # a long step, which is not to begin anew
        if any(part.is_open for part in parts) and not goes_on:
            self._open_again(tables, alert, people, news, now)
        else:
            tables.alerts.tell(alert.id, news, now)
            self.tell_news(tables, alert, people, now, graver=False, revision=alert.revision + 1)

    def _tell_merged(self, tables: Tables, alert: Alert, ended: Alert, now: datetime) -> None:
        people = self._caller.listeners(tables, alert)
        tables.outbox.cancel_pending(alert.id)
        revision = tables.alerts.tell_merged(alert, ended, now)
        after = tables.alerts.get(alert.id)
        if after is not None:
            self.tell_news(tables, after, people, now, graver=ended.is_worse_than(alert), revision=revision)

    def tell_news(
        self,
        tables: Tables,
        alert: Alert,
        people: Sequence[str],
        now: datetime,
        *,
        graver: bool,
        revision: int,
    ) -> None:
        """Queue the newest revision of an alert for those who hear of it.

        Whoever has it has to acknowledge only what is graver, and in the time of a step; it ends their snooze. While nobody
        has it, the step goes on as it was; if it waited for quiet hours that the graver news break, it begins now. After
        its last step, what is graver begins the escalation anew.
        """
        if alert.state == "snoozed":
            self._wake(tables, alert, alert.changed, now)
            return
        if alert.state == "acknowledged" and not graver and alert.step_due_at is None:
            self._caller.tell(tables, alert, people, now, revision=revision)
            return
        step = self.step_again(alert) if graver else alert.step
        if step != alert.step:
            tables.alerts.log(alert.id, now, "escalated", note=", ".join(people))
        due = self._caller.page(tables, alert, people, now, revision=revision, step=step)
        if alert.step_due_at is not None:
            due = min(due, alert.step_due_at)
        if graver or alert.step_due_at is not None:
            tables.alerts.escalate(alert.id, step, due)


def in_words(parts: Sequence[Part]) -> str:
    """What a page tells of the stories that it gathers."""
    new = [part for part in parts if not part.changed]
    words = [f"alert {part.id} {part.changed}" for part in parts if part.changed]
    if new:
        titles = ", ".join(f"{quoted(part.title)} (alert {part.id})" for part in new)
        words.insert(0, f"{len(new)} more urgent {'story' if len(new) == 1 else 'stories'}: {titles}")
    return "; ".join(words)
