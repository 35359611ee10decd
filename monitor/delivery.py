"""The outbox: messages on their way to people, made when they are sent and marked when they were taken."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import structlog

from monitor import polling
from monitor.errors import ChannelError, StoreError
from monitor.model import Message, Notice, Short
from monitor.notices import notice
from monitor.paging import Pager
from monitor.parts import Parts
from monitor.ports import Texts
from monitor.store import Delivery, Tables

Lane = tuple[str, bool]
"""A channel, and whether it is for digests and briefs: they must not hold up a page."""

log = structlog.get_logger()


class Taken(NamedTuple):
    """What a provider took: its id of the message, the further alerts that it tells, and when it was made."""

    provider_id: str
    parts: tuple[int, ...]
    made_at: datetime


class Dispatcher:
    def __init__(self, parts: Parts, pager: Pager) -> None:
        self._ = parts
        self._store = parts.store
        self._config = parts.config
        self._pager = pager
        self._taken: dict[int, Taken] = {}
        self._digests: dict[tuple[datetime, datetime], Message] = {}

    def lanes_due(self, now: datetime) -> set[Lane]:
        """What has something to send; lanes don't wait for each other."""
        return {_lane(each) for each in self._store.read.outbox.due(now)}

    def dispatch(self, lane: Lane, now: datetime) -> int:
        """Send what is due in one lane; how many tries were made.

        A delivery is marked sent after the provider took it: at least once, never silently lost. A crash between the
        two sends it again, with the same key.
        """
        due = [each for each in self._store.read.outbox.due(now) if _lane(each) == lane]
        for delivery in due:
            if self._.stopping.is_set():
                break
            # An acknowledgement may have come while the one before was on its way.
            if self._store.read.outbox.is_pending(delivery.id):
                self._deliver(delivery, now)
        return len(due)

    def _deliver(self, delivery: Delivery, now: datetime) -> None:
        if delivery.id in self._taken:
            self._mark(delivery)
            return
        try:
            channel = self._.channels.get(delivery.channel)
            address = self._address(delivery)
            if channel is None or address is None:
                raise ChannelError(
                    f"{delivery.person} has no {delivery.channel} in the configuration any more",
                    permanent=True,
                )
            short = channel.short if isinstance(channel, Texts) else Short()
            message, parts = self._message(delivery, short, now)
            taken = channel.send(message, address, delivery.key)
            self._taken[delivery.id] = Taken(taken, parts, now)
        except StoreError:
            raise
        except ChannelError as error:
            self._undelivered(delivery, error)
        except Exception as error:
            log.exception("delivery failed", delivery=delivery.id, channel=delivery.channel)
            self._undelivered(delivery, ChannelError(f"{type(error).__name__} (see the log)"))
        else:
            self._mark(delivery)
            log.info(
                "sent",
                channel=delivery.channel,
                to=delivery.person,
                alert=delivery.alert_id,
                id=self._taken.pop(delivery.id).provider_id,
            )

    def _mark(self, delivery: Delivery) -> None:
        """Write down that the provider took it. What can't be written is remembered, and not sent again meanwhile."""
        taken = self._taken[delivery.id]

        def work(tables: Tables) -> None:
            tables.outbox.sent(delivery.id, taken.provider_id, self._.clock.now())
            tables.gathered.listed(taken.parts, taken.made_at)

        self._store.write(work)

    def _address(self, delivery: Delivery) -> str | None:
        for person in self._config.people:
            if person.name == delivery.person:
                return person.contacts.get(delivery.channel)
        return None

    def _message(self, delivery: Delivery, short: Short, now: datetime) -> tuple[Message, tuple[int, ...]]:
        """The message, and the numbers of the further alerts that it tells."""
        tables = self._store.read
        if delivery.digest is not None:
            return self._digest(tables, delivery.digest, now), ()
        if delivery.brief is not None:
            return self._.brief(tables, delivery.brief), ()
        alert = tables.alerts.get(delivery.alert_id or 0)
        if alert is None:
            raise LookupError(f"delivery {delivery.id} belongs to no alert")
        about = notice(tables, alert, delivery.person, self._config, self._.drafter, self._.link, now)
        try:
            return self._.render(about, short), tuple(int(each.code) for each in about.further)
        except Exception:
            # A page without its clothes is better than no page.
            log.exception("a page could not be rendered", alert=alert.id)
            return plain(about), ()

    def _digest(self, tables: Tables, due: datetime, now: datetime) -> Message:
        """The same for every reader, and much work: kept from one delivery to the next, but not for another try, before
        which something that it tells may have been erased."""
        if (due, now) not in self._digests:
            self._digests = {(due, now): self._.digest(tables, due)}
        return self._digests[due, now]

    def _undelivered(self, delivery: Delivery, error: ChannelError) -> None:
        now = self._.clock.now()  # the try itself may have taken minutes
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
                tables.outbox.postpone(delivery.id, str(error), due)
                return
            tables.outbox.fail(delivery.id, str(error))
            if delivery.brief is not None:
                self._pager.brief_failed(tables, delivery.brief, now)
            alert = tables.alerts.get(delivery.alert_id) if delivery.alert_id else None
            if alert and tables.outbox.unreached(alert.id, alert.revision, alert.step):
                self._pager.failed(tables, alert, now)

        self._store.write(work)


def _lane(delivery: Delivery) -> Lane:
    return delivery.channel, delivery.alert_id is None


def plain(about: Notice) -> Message:
    """A notice in the fewest words."""
    text = f"{about.severity}: {about.title}\n{about.reason}\nsnapwatch ack {about.code}"
    short = f"{about.severity} Ack: {about.code}"
    return Message(f"[snapwatch] {about.severity}", text, "", short, f"alert-{about.code}", about.at)
