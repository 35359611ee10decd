"""What the core asks of the outside: small protocols, each with one contract suite in tests/contract_*.py.

Adapters raise the PortError of their kind and nothing else; every network call has a timeout.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Event
from typing import Literal, Protocol, runtime_checkable

from monitor.model import Batch, Classification, Forecast, Mention, Reading
from monitor.notice import Message, Short
from monitor.reply import Approved, Case, Draft, Drafts, Posted


class Clock(Protocol):
    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...


class Source(Protocol):
    """One platform. Holds no state of its own: the cursor is everything that it needs to remember.

    Adapters name it as their base, and inherit what they don't need to say.
    """

    name: str

    lanes: Sequence[str] = ("",)
    """Its listings (a search, new comments, a feed, …), each polled for itself, with a cursor, a due time, back-off and
    a ledger of its own, so that one that fails holds up no other. The names are the same after a restart; "" is the
    name where there is only one; none when nothing is polled."""

    read_size: int = 0
    """How many ids one call of `read` takes at most; 0 when posts can't be read again."""

    price: float = 0.0
    """US dollars that the platform bills for one polled post at most, with all that comes with it."""

    read_price: float = 0.0
    """US dollars that it bills for one post that is read again."""

    least_room: int = 1
    """The fewest posts that a poll can be limited to."""

    about_brand: bool = False
    """Whether everything that comes from here is about the brand, also what does not name it: reviews of its app, say."""

    listens: bool = False
    """Whether it is a Listener that wants to be started."""

    def poll(self, cursor: str | None, now: datetime, lane: str = "", room: int | None = None) -> Batch:
        """The next page of what is new in the lane since `cursor` (None: the first poll ever), the gap since then closed
        page by page. A platform that bills sends no more than `room` posts. SourceError when it can't."""
        ...

    def read(self, ids: Sequence[str], now: datetime) -> Batch:  # noqa: ARG002
        """Fresh readings of known mentions, and `deleted` for those that are gone. SourceError when it can't."""
        return Batch()

    def reopen(self, lane: str, start: datetime, end: datetime, now: datetime) -> str | None:  # noqa: ARG002
        """A cursor with which `poll` reads that stretch of time once more, and nothing else; None when the platform can't
        show it any more."""
        return None

    def leave(self, cursor: str, now: datetime, lane: str = "") -> Batch:  # noqa: ARG002
        """Give up what is left of a gap that is being closed: the cursor from which newer posts come, and the rest of
        the gap as an interval that is not complete. Called when a budget is used up between two pages. A source
        whose pages come oldest first leaves nothing behind."""
        return Batch(cursor=cursor)

    def check(self) -> str:
        """One cheap call that proves credentials and query; a line to show, with the queries that it asks and, where
        the platform bills, what a day of them costs. SourceError when they don't work."""
        ...


@runtime_checkable
class Listener(Protocol):
    """A source that can also be listened to. What is heard comes sooner and is stored as it comes; polling still closes
    each gap, so that a stream that breaks, or is silent, loses nothing."""

    def listen(self, keep: Callable[[Batch], None], stopping: Event, clock: Clock) -> None:
        """Hand over what arrives until `stopping` is set. SourceError when the stream can't be opened, breaks, or is
        silent for longer than the platform lets a living stream be."""
        ...


@runtime_checkable
class Receiver(Protocol):
    """A source that is told: another program sends requests to /hooks/NAME."""

    def receive(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Batch:
        """What a request brings. SourceError, permanent, when its signature is not right; InputError when it can't be
        read; then nothing of it is kept."""
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
    def drafts(self, case: Case, responder: str, now: datetime) -> Drafts:
        """SNAP replies to the mention, signed by the colleague on call, each within the platform's length. InputError when
        no playbook fits."""
        ...

    def holding(self, case: Case, responder: str, now: datetime) -> Draft | None:
        """One statement for everybody in the story that the case's mention stands for; None where there is none to say."""
        ...


class Poster(Protocol):
    """A platform on which approved replies are posted in the brand's name."""

    name: str
    """Of the source whose mentions it answers."""

    def post(self, reply: Approved, to: Mention, now: datetime) -> Posted:
        """Post it below the mention. PostError when it is not known to have been posted: `permanent` when the platform
        refused it and another try can't help."""
        ...

    def find(self, reply: Approved, to: Mention, since: datetime, now: datetime) -> Posted | None:
        """The reply, if an earlier try, none before `since`, has posted it; None when it is not there. PostError when that
        can't be said. Nobody posts again without having looked."""
        ...

    def check(self) -> str:
        """Prove that it could post, without posting; a line that names the account. PostError when it could not."""
        ...


Carries = Literal["mail", "sms", "chat", "call"]
"""The form of a message that a channel takes. Digests and briefs go by mail alone; a call is for pages alone."""


class Channel(Protocol):
    """One way to reach a person."""

    name: str
    carries: Carries

    def send(self, message: Message, address: str, key: str) -> str:
        """Deliver to one address; the provider's id of it. `key` is the same on every try of one delivery, for
        providers that can tell a repetition. ChannelError when it can't: `permanent` when another try can't help until a
        person changes something. At least once: a crash after the provider took the message can send it twice, where the
        provider can neither tell a repetition nor be asked (`Asked`)."""
        ...

    def check(self) -> str:
        """Prove that the channel could deliver, without delivering; a line to show. ChannelError when not."""
        ...


@runtime_checkable
class Texts(Protocol):
    """A channel that says what its SMS may hold; others get one plain segment."""

    short: Short


@runtime_checkable
class Asked(Protocol):
    """A channel whose provider can be asked afterwards whether it took a message."""

    def taken(self, message: Message, address: str, key: str, since: datetime) -> str | None:
        """The provider's id of that delivery, if it took it since then; None when it did not. ChannelError when it can't be
        asked now. `message` was made anew and may be worded otherwise than what was sent."""
        ...


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody answered: from which address (as in their contacts), in which words ("12a"). `reply_to` is the
    channel's own note of where the answer goes."""

    address: str
    text: str
    reply_to: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a message after the provider took it. `permanent`: trying again can't help."""

    provider_id: str
    delivered: bool
    error: str = ""
    permanent: bool = True


@runtime_checkable
class CalledBack(Protocol):
    """A channel that its provider calls back over HTTP, at `callback`/WHAT of `build`: POST /channels/NAME/WHAT."""

    def hear(self, what: str, url: str, headers: Mapping[str, str], body: bytes) -> Said | Receipt | None:
        """What the request says; None when it says nothing that matters. `url` is the whole address that was called, as
        the provider knows it. ChannelError when its signature is not right; InputError when it can't be read."""
        ...

    def answer(self, what: str, heard: Said | Receipt | None, words: str | None) -> tuple[str, str]:
        """The media type and the body of the answer, in which whoever wrote is told the `words`; None: they get no word."""
        ...


@runtime_checkable
class Mailbox(Protocol):
    """A channel to which answers come that have to be fetched."""

    def fetch(self, take: Callable[[Said], str | None]) -> int:
        """Give each answer that is new to `take`, once it is sure not to be lost, and send what that returns to who wrote
        it; how many there were. ChannelError when the mailbox can't be read."""
        ...
