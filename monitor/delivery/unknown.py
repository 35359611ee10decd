"""What was given to a provider before the process died, or before its answer could be written down.

A provider that can be asked is asked. Any other gets it again: a page that comes twice is better than none. How often
that was so is counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import structlog

from monitor.delivery.content import Content, Made
from monitor.delivery.failing import PATIENCE, Failures
from monitor.errors import ChannelError, StoreError
from monitor.notice import Short
from monitor.parts import Parts
from monitor.ports import Asked, Texts
from monitor.store import Delivery, Lane, Tables

log = structlog.get_logger()


class Unknown:
    def __init__(self, parts: Parts, content: Content, failures: Failures) -> None:
        self._ = parts
        self._store = parts.store
        self._content = content
        self._failures = failures

    def settle(self, lane: Lane, now: datetime) -> None:
        """Find out what became of everything in a lane of which that is not known, message by message."""
        messages: dict[str, list[Delivery]] = {}
        for delivery in self._store.read.sending.unknown(lane):
            if delivery.due_at <= now:
                messages.setdefault(delivery.message or delivery.key, []).append(delivery)
        for key, deliveries in messages.items():
            self._settle(key, deliveries, now)

    def _settle(self, key: str, deliveries: Sequence[Delivery], now: datetime) -> None:
        first = deliveries[0]
        try:
            found = self._ask(key, deliveries, now)
        except ChannelError as error:
            text = str(error)
            log.warning("unknown whether it was taken", channel=first.channel, to=first.person, error=text)
            if not error.permanent and first.attempts < PATIENCE:
                due = self._failures.next_try(first, error.retry_after, self._.clock.now())
                self._store.write(lambda tables: tables.sending.ask_again(key, text, due))
                return
            found = None
        if found is None or not found[0]:
            self._send_again(key, first, now, maybe=found is None)
            return
        provider_id, made = found

        def work(tables: Tables) -> None:
            tables.sending.sent(key, provider_id, now)
            tables.gathered.listed(made.parts, first.tried_at or now)

        self._store.write(work)
        log.info("it was taken, says the provider", channel=first.channel, to=first.person, id=provider_id)

    def _send_again(self, key: str, first: Delivery, now: datetime, *, maybe: bool) -> None:
        self._store.write(lambda tables: tables.sending.not_taken(key, now, maybe=maybe))
        if maybe:
            log.warning("sent again, may come twice", channel=first.channel, to=first.person, id=key)

    def _ask(self, key: str, deliveries: Sequence[Delivery], now: datetime) -> tuple[str, Made] | None:
        """The provider's id, empty when it did not take the message; None when nobody can tell."""
        first, channel = deliveries[0], self._.channels.get(deliveries[0].channel)
        person = next((each for each in self._.config.people if each.name == first.person), None)
        if not isinstance(channel, Asked) or person is None or first.channel not in person.contacts:
            return None
        short = channel.short if isinstance(channel, Texts) else Short()
        try:
            made = self._content.of(deliveries, person, short, now)
            address, since = person.contacts[first.channel], first.tried_at or now
            return channel.taken(made.message, address, key, since) or "", made
        except (ChannelError, StoreError):
            raise
        except Exception:
            log.exception("can't ask", channel=first.channel, to=first.person)
            return None
