"""What the core asks of the outside: small protocols, each with one contract suite in tests/contract_*.py.

Adapters raise the PortError of their kind and nothing else; every network call has a timeout.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from monitor.model import Batch, Classification, Draft, Forecast, Mention, Message, Reading


class Clock(Protocol):
    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...


class Source(Protocol):
    """One platform. Holds no state of its own: the cursor is everything that it needs to remember."""

    name: str
    read_size: int
    """How many ids one call of `read` takes at most; 0 when posts can't be read again."""

    def poll(self, cursor: str | None, now: datetime) -> Batch:
        """The next page of what is new since `cursor` (None: the first poll ever). SourceError when it can't."""
        ...

    def read(self, ids: Sequence[str], now: datetime) -> Batch:
        """Fresh readings of known mentions, and `deleted` for those that are gone. SourceError when it can't."""
        ...

    def check(self) -> str:
        """One cheap call that proves credentials and query; a line to show. SourceError when they don't work."""
        ...


class Classifier(Protocol):
    @property
    def version(self) -> str:
        """The model and everything else that its answers depend on, in a short word."""
        ...

    def classify(self, texts: Sequence[str]) -> list[Classification]:
        """One classification for each text, in the same order. ClassifierError when the model can't be used."""
        ...


@dataclass(frozen=True, slots=True)
class Ask:
    """What a forecast is made from: a mention, its readings in time order, the threshold and measure of its source, and
    what the model says of its text (None: it has not been read)."""

    mention: Mention
    readings: Sequence[Reading]
    viral_at: int
    measure: str
    found: Classification | None = None


class Forecaster(Protocol):
    def forecast(self, asks: Sequence[Ask], now: datetime) -> list[Forecast | None]:
        """One answer for each ask, in the same order, that does not depend on the others; None when no reading up to
        `now` has the measure. Readings after `now` are never looked at."""
        ...


class Drafter(Protocol):
    def draft(self, mention: Mention, category: str | None, responder: str, now: datetime) -> Draft:
        """A SNAP reply to the mention, signed by the colleague on call, within the platform's length. InputError when
        no playbook fits."""
        ...

    def may_offer(self, playbook: str) -> str:
        """What the person on call may offer without asking anyone; internal, never part of a draft; may be empty."""
        ...


class Channel(Protocol):
    """One way to reach a person."""

    name: str
    carries: Literal["mail", "sms"]
    """Which form of a message it takes: the whole mail, or the short text. The digest goes by mail alone."""

    def send(self, message: Message, address: str, key: str) -> str:
        """Deliver to one address; the provider's id of it. `key` is the same on every try of one delivery, for
        providers that can tell a repetition. ChannelError when it can't; at least once, so a crash after the
        provider took the message can send it twice."""
        ...

    def check(self) -> str:
        """Prove that the channel could deliver, without delivering; a line to show. ChannelError when not."""
        ...
