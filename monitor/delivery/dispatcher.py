"""Takes what is due from the outbox, gives it to a provider, and writes down what came of it."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import NamedTuple, Protocol, runtime_checkable

import structlog

from monitor.delivery.content import Content, Made
from monitor.delivery.failing import Failures
from monitor.delivery.rate import WINDOW, key_of, next_message
from monitor.delivery.unknown import Unknown
from monitor.errors import ChannelError, StoreError
from monitor.notice import Short
from monitor.paging.pager import Pager
from monitor.parts import Parts
from monitor.ports import Channel, Receipt, Texts
from monitor.store import Delivery, Lane, Tables
from monitor.wording.text import one_line

EARLY_RECEIPTS = 100
"""So many receipts are kept that came before it was written down what they are of."""

log = structlog.get_logger()


class Letter(NamedTuple):
    """A message that is ready to be sent."""

    channel: Channel
    person: str
    address: str
    made: Made


class Taken(NamedTuple):
    """What a provider took: its id of the message, the further alerts that it tells, and when it was made."""

    lane: Lane
    person: str
    provider_id: str
    parts: tuple[int, ...]
    made_at: datetime


@runtime_checkable
class Left(Protocol):
    """A channel to browsers, which may leave by themselves."""

    def ended(self) -> list[str]:
        """The endpoints of those that have, since this was asked last."""
        ...


class Dispatcher:
    """A delivery is marked `sending` before a provider gets it, and sent once it took it: at least once, never silently
    lost. What is marked when the process starts is unknown, and looked after first.

    One thread at a time may dispatch a lane; receipts may come on any.
    """

    def __init__(self, parts: Parts, pager: Pager, jitter: Callable[[], float] = random.random) -> None:
        self._ = parts
        self._store = parts.store
        self._pager = pager
        self._people = {person.name: person for person in parts.config.people}
        self._content = Content(parts)
        self._failures = Failures(parts, pager, jitter)
        self._unknown = Unknown(parts, self._content, self._failures)
        self._taken: dict[str, Taken] = {}
        self._early: deque[Receipt] = deque(maxlen=EARLY_RECEIPTS)

    def lanes_due(self, now: datetime) -> set[Lane]:
        """Where something is to be sent, or to be looked after; lanes don't wait for each other."""
        return self._store.read.sending.lanes(now)

    def dispatch(self, lane: Lane, now: datetime) -> int:
        """Send what is due in one lane, the most severe first, then the oldest; how many messages were tried. What comes
        meanwhile takes its place among the rest."""
        for key in [key for key, taken in self._taken.copy().items() if taken.lane == lane]:
            self._mark(key)
        tries = 0
        while not self._.stopping.is_set():
            moment = max(now, self._.clock.now())
            self._unknown.settle(lane, moment)
            message = self._next(lane, moment)
            if not message:
                break
            tries += self._send(message, moment)
        return tries

    def _next(self, lane: Lane, now: datetime) -> list[Delivery]:
        sending, settings = self._store.read.sending, self._.config.channels.get(lane[0])
        # While it is not known what an address got, it gets nothing else that could be taken for it.
        unknown = {self._address(each.person, lane[0]) for each in sending.unknown(lane)}
        due = [each for each in sending.due(now, lane) if self._address(each.person, lane[0]) not in unknown]
        if settings is None or not due:
            return due[:1]
        tried = sending.tried(lane[0], now - WINDOW)
        return next_message(due, self._by_address(lane[0], tried), settings.one_by_one, now)

    def _by_address(
        self, channel: str, tried: dict[str, dict[str, datetime]]
    ) -> dict[str, dict[str, datetime]]:
        """People who share an address share its rate."""
        shared: dict[str, dict[str, datetime]] = {}
        for person, messages in tried.items():
            shared.setdefault(self._address(person, channel), {}).update(messages)
        return {name: shared.get(self._address(name, channel), {}) for name in self._people}

    def _address(self, person: str, channel: str) -> str:
        known = self._people.get(person)
        return known.contacts.get(channel, "") if known else ""

    # --- one message ------------------------------------------------------------------------------------------

    def _send(self, deliveries: Sequence[Delivery], now: datetime) -> int:
        """Try one message; how many tries that were: none when somebody turned out to need less."""
        moot = [each.id for each in deliveries if self._content.is_moot(each)]
        if moot:
            self._store.write(lambda tables: tables.sending.cancel(moot))
            return 0
        news = [each for each in deliveries if each.kind != "page" and each.alert_id is not None]
        slept = bool(news) and self._store.write(partial(self._let_sleep, news, now))
        if slept:
            return 0
        letter, error = self._letter(deliveries, now)
        ids, key = [each.id for each in deliveries], key_of(deliveries)
        if not self._store.write(lambda tables: tables.sending.take(ids, key, now)):
            return 0  # acknowledged meanwhile: it is put together anew
        if letter is not None:
            try:
                provider_id = letter.channel.send(letter.made.message, letter.address, key)
            except Exception as raised:
                error = _explained(raised)
            else:
                lane, parts = deliveries[0].lane, letter.made.parts
                self._taken[key] = Taken(lane, letter.person, provider_id, parts, now)
                self._mark(key)
        if error is not None:
            self._not_taken(deliveries, error)
        if letter is not None and isinstance(letter.channel, Left):
            self._forget(letter.channel.ended())
        return 1

    def _forget(self, endpoints: Sequence[str]) -> None:
        def work(tables: Tables) -> None:
            for each in endpoints:
                tables.devices.remove(each)

        if endpoints:
            self._store.write(work)

    def _let_sleep(self, news: Sequence[Delivery], now: datetime, tables: Tables) -> bool:
        """Have news that leave nothing to do wait until their reader's quiet hours are over; whether any does."""
        waits = False
        for each in news:
            wait = self._pager.news_can_wait(tables, each.person, each.alert_id or 0, now)
            if wait is not None:
                tables.sending.hold(each.id, *wait)
                waits = True
        return waits

    def _letter(
        self, deliveries: Sequence[Delivery], now: datetime
    ) -> tuple[Letter, None] | tuple[None, ChannelError]:
        first = deliveries[0]
        channel, person = self._.channels.get(first.channel), self._people.get(first.person)
        address = self._address(first.person, first.channel)
        if channel is None or person is None or not address:
            text = f"{first.person} has no {first.channel} in the configuration any more"
            return None, ChannelError(text, permanent=True)
        # Where browsers get push messages, they say themselves.
        address = self._store.read.devices.address(person.name, first.channel) or address
        short = channel.short if isinstance(channel, Texts) else Short()
        try:
            return Letter(
                channel, first.person, address, self._content.of(deliveries, person, short, now)
            ), None
        except StoreError:
            raise
        except Exception as raised:
            return None, _explained(raised)

    def _mark(self, key: str) -> None:
        """Write down that the provider took it. What can't be written is remembered until it can, and not sent again
        meanwhile."""
        taken = self._taken[key]

        def work(tables: Tables) -> None:
            now = self._.clock.now()
            tables.sending.sent(key, taken.provider_id, now)
            tables.gathered.listed(taken.parts, taken.made_at)
            for receipt in [each for each in self._early if each.provider_id == taken.provider_id]:
                self._receive(tables, receipt, now)

        self._store.write(work)
        del self._taken[key]
        log.info("sent", channel=taken.lane[0], to=taken.person, message=key, id=taken.provider_id)

    def _not_taken(self, deliveries: Sequence[Delivery], error: ChannelError) -> None:
        now = self._.clock.now()  # the try itself may have taken minutes
        log.error(
            "not delivered",
            channel=deliveries[0].channel,
            to=deliveries[0].person,
            error=str(error),
            permanent=error.permanent,
        )

        def work(tables: Tables) -> None:
            for each in deliveries:
                self._failures.not_taken(tables, each.id, error, now)

        self._store.write(work)

    # --- receipts ---------------------------------------------------------------------------------------------

    def receipt(self, receipt: Receipt) -> None:
        """What a provider says became of a message. One that is late, repeated, or of nothing that is known here does no
        harm."""

        def work(tables: Tables) -> bool:
            if self._receive(tables, receipt, self._.clock.now()):
                return True
            if tables.sending.in_flight():  # it may be of what is just being written down
                self._early.append(receipt)
                return True
            return False

        if not self._store.write(work):
            log.warning("a receipt of nothing that was sent from here", id=one_line(receipt.provider_id, 80))

    def _receive(self, tables: Tables, receipt: Receipt, now: datetime) -> bool:
        deliveries = tables.sending.of_provider(receipt.provider_id) if receipt.provider_id else []
        for each in deliveries:
            self._failures.received(tables, each, receipt, now)
        return bool(deliveries)


def _explained(error: Exception) -> ChannelError:
    if isinstance(error, ChannelError):
        return error
    log.error("delivery failed", exc_info=error)
    return ChannelError(f"{type(error).__name__} (see the log)")
