"""What is done when a message does not arrive: another try, the person's next way, the next person."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import structlog

from monitor.errors import ChannelError
from monitor.intake import polling
from monitor.oncall import reach
from monitor.paging.pager import Pager
from monitor.parts import Parts
from monitor.ports import Receipt
from monitor.replying.eyes import is_asked, is_wanted
from monitor.replying.promises import Promises
from monitor.store import Contact, Delivery, Tables

PATIENCE = 3
"""From so many failures in a row on, the next way to the person is tried as well."""
LONG = 60.0
"""Seconds. Where a provider asks to wait longer, the next way is tried at once."""

log = structlog.get_logger()


class Failures:
    """Everything here happens inside a transaction of the caller."""

    def __init__(self, parts: Parts, pager: Pager, jitter: Callable[[], float]) -> None:
        self._ = parts
        self._pager = pager
        self._jitter = jitter
        self._promises = Promises(parts)
        self._people = {person.name: person for person in parts.config.people}

    def next_try(self, delivery: Delivery, retry_after: float | None, now: datetime) -> datetime:
        """When to try again what was tried `attempts` times, all of them in vain."""
        return now + polling.back_off(delivery.attempts, retry_after, self._jitter())

    def not_taken(self, tables: Tables, delivery_id: int, error: ChannelError, now: datetime) -> None:
        """The provider did not take what was given to it."""
        delivery = tables.sending.get(delivery_id)
        if delivery is None:
            return
        if error.permanent:
            tables.sending.fail(delivery.id, str(error))
            if not delivery.stale:
                self.failed(tables, delivery, now)
            return
        tables.sending.postpone(delivery.id, str(error), self.next_try(delivery, error.retry_after, now))
        hopeless = delivery.attempts == PATIENCE or (error.retry_after or 0.0) > LONG
        if hopeless and delivery.kind == "page" and not delivery.stale:
            self._next_way(tables, delivery, now)

    def failed(self, tables: Tables, delivery: Delivery, now: datetime) -> None:
        """It failed for good: the person's next way comes at once; when there is none left, the next person."""
        if delivery.brief is not None:
            self._pager.brief_failed(tables, delivery.brief, now)
        if delivery.kind != "page" or self._next_way(tables, delivery, now):
            return
        if delivery.promise_id is not None and not is_asked(delivery):
            self._promises.failed(tables, delivery, now)
        if delivery.alert_id is None:
            return
        alert = tables.alerts.get(delivery.alert_id)
        if alert and tables.outbox.unreached(alert.id, alert.revision, alert.step):
            self._pager.failed(tables, alert, now)

    def received(self, tables: Tables, delivery: Delivery, receipt: Receipt, now: datetime) -> None:
        """A receipt of something that was sent. That it arrived is believed whenever it is said; that it did not, once,
        and is acted upon while the message still matters."""
        if receipt.delivered:
            tables.sending.delivered(delivery.id, now)
        elif delivery.state != "sent" or delivery.receipt == "delivered":
            log.info("a receipt that changes nothing", delivery=delivery.id, error=receipt.error)
        elif not self._matters(tables, delivery):
            tables.sending.undelivered(delivery.id, receipt.error, now, None)
        elif receipt.permanent or delivery.attempts >= PATIENCE:
            log.error("did not arrive", channel=delivery.channel, to=delivery.person, error=receipt.error)
            tables.sending.undelivered(delivery.id, receipt.error, now, None)
            self.failed(tables, delivery, now)
        else:
            again_at = self.next_try(delivery, None, now)
            tables.sending.undelivered(delivery.id, receipt.error, now, again_at)

    def _matters(self, tables: Tables, delivery: Delivery) -> bool:
        """Whether its person still has something to do: nobody has the alert, or they had it before this was sent."""
        if delivery.promise_id is not None:
            return is_wanted(tables.replies.get(delivery.promise_id), delivery)
        alert = tables.alerts.get(delivery.alert_id) if delivery.alert_id else None
        if alert is None or delivery.kind != "page":
            return delivery.alert_id is None
        if alert.state == "acknowledged" and alert.held_since and delivery.tried_at:
            return alert.holder == delivery.person and delivery.tried_at > alert.held_since
        return alert.state == "open" and (alert.id, alert.revision) == (delivery.alert_id, delivery.revision)

    def _next_way(self, tables: Tables, delivery: Delivery, now: datetime) -> bool:
        """Bring in the next way to the person, unless one that is left has reached them, or still may; whether one comes,
        or came. First what was to be sent later anyway, then the contacts that nothing has used yet; what quiet hours
        hold waits for them."""
        if delivery.alert_id is None and delivery.alarm_id is None and delivery.promise_id is None:
            return False
        beside = [each for each in tables.sending.beside(delivery) if each.id != delivery.id]
        if any(_is_alive(each, now) for each in beside):
            return True
        later = [each for each in beside if each.state == "pending" and each.due_at > now]
        ready = [each for each in later if not each.held]
        if ready:
            chosen = [each for each in ready if each.due_at == ready[0].due_at]
            for each in chosen:
                tables.sending.hasten(each.id, now)
            self._tell(tables, delivery, [each.channel for each in chosen], now)
        elif not later:
            unused = self._unused(delivery, {delivery.channel, *(each.channel for each in beside)}, now)
            tables.outbox.enqueue(
                unused,
                alert_id=delivery.alert_id,
                alarm_id=delivery.alarm_id,
                promise_id=delivery.promise_id,
                revision=delivery.revision,
                step=delivery.step,
            )
            self._tell(tables, delivery, [each.channel for each in unused], now)
            return bool(unused)
        return True

    def _unused(self, delivery: Delivery, used: set[str], now: datetime) -> list[Contact]:
        """The person's contacts that nothing of the page has gone to; an alarm of the watch calls nobody."""
        person = self._people.get(delivery.person)
        if person is None:
            return []
        names = [name for name in person.contacts if name not in used and name in self._.channels]
        if delivery.alarm_id is not None:
            names = [name for name in names if self._.channels[name].carries != "call"]
        ways = reach.ways(person, delivery.severity or "warning", names, now) if names else []
        return [Contact(person.name, *way) for way in ways]

    def _tell(self, tables: Tables, delivery: Delivery, channels: list[str], now: datetime) -> None:
        if delivery.alert_id is not None and channels:
            note = f"{delivery.channel} does not reach them; next: {', '.join(channels)}"
            tables.alerts.log(delivery.alert_id, now, "not delivered", delivery.person, note)


def _is_alive(delivery: Delivery, now: datetime) -> bool:
    """Whether it has reached its person, or may do so soon."""
    if delivery.state == "sent":
        return True
    waits = delivery.state == "sending" or (delivery.state == "pending" and delivery.due_at <= now)
    trying = delivery.state == "pending" and delivery.tried_at is not None
    return (waits or trying) and delivery.attempts < PATIENCE
