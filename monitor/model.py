"""The words of the project as data: frozen, slotted, free of behaviour that needs anything but themselves.

Every datetime is aware and in UTC. Every counter that a platform does not give is None, never zero.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple

Severity = Literal["info", "warning", "critical"]
SEVERITIES: tuple[Severity, ...] = ("info", "warning", "critical")

COUNTERS = ("likes", "replies", "reposts", "quotes", "views")


class MentionKey(NamedTuple):
    """What identifies a mention: the platform's id is unique only within its source, and need not be a number."""

    source: str
    id: str


@dataclass(frozen=True, slots=True)
class Author:
    id: str
    handle: str
    name: str = ""
    followers: int | None = None


@dataclass(frozen=True, slots=True)
class Mention:
    """One post, comment or review that names the brand.

    `in_reply_to` and `quoted` are ids on the same source.
    """

    source: str
    id: str
    author: Author
    text: str
    url: str
    created_at: datetime
    language: str | None = None
    in_reply_to: str | None = None
    quoted: str | None = None

    @property
    def key(self) -> MentionKey:
        return MentionKey(self.source, self.id)


@dataclass(frozen=True, slots=True)
class Reading:
    """The engagement counters of a mention at one moment."""

    source: str
    id: str
    at: datetime
    likes: int | None = None
    replies: int | None = None
    reposts: int | None = None
    quotes: int | None = None
    views: int | None = None

    @property
    def key(self) -> MentionKey:
        return MentionKey(self.source, self.id)


@dataclass(frozen=True, slots=True)
class Deleted:
    """The platform no longer shows the mention: its text must be erased."""

    source: str
    id: str
    at: datetime

    @property
    def key(self) -> MentionKey:
        return MentionKey(self.source, self.id)


Record = Mention | Reading | Deleted
"""One line of the exchange format."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A stretch of time of one source. `complete` is False where mentions may have been missed; `note` says why."""

    start: datetime
    end: datetime
    complete: bool = True
    note: str = ""


class Billed(NamedTuple):
    """One thing that a platform bills, such as "post 123": each thing once a UTC day, however often it is sent."""

    what: str
    dollars: float


@dataclass(frozen=True, slots=True)
class Batch:
    """What one call of a source brought.

    The pipeline stores all of it, the new `cursor` included, in one transaction. `more` is True while the gap
    since the last poll is not closed: the next poll with the new cursor goes on where this one stopped.
    """

    mentions: tuple[Mention, ...] = ()
    readings: tuple[Reading, ...] = ()
    deleted: tuple[Deleted, ...] = ()
    cursor: str | None = None
    more: bool = False
    covered: tuple[Interval, ...] = ()
    billed: tuple[Billed, ...] = ()


@dataclass(frozen=True, slots=True)
class Sentiment:
    negative: float
    neutral: float
    positive: float


@dataclass(frozen=True, slots=True)
class Emotion:
    """Probabilities of the one that prevails. Anger is the one of high arousal, which drives spread (Berger and
    Milkman 2012); sadness slows it."""

    anger: float
    joy: float
    optimism: float
    sadness: float


@dataclass(frozen=True, slots=True)
class Classification:
    """What the model says of a text. Probabilities are 0..1; `model` is the version that said it.

    `severity` is one of classifiers' labels from "no explicit reproach" to "blame"; `category` a situation such as
    "delivery", and `category_score` its probability; `language` ISO 639-1 or None when unsure; `measured` whether it is
    known how well the model reads that language, None when the language or the model's list of languages is not known;
    `relevance` the probability that a post found for the brand is about it, neither spam nor a namesake; `embedding` has
    unit length, or is empty when the model gives none. `None` always means that this model does not say.
    """

    complaint: float
    sentiment: Sentiment
    model: str
    severity: str | None = None
    severity_score: float | None = None
    category: str | None = None
    language: str | None = None
    measured: bool | None = None
    sarcasm: float | None = None
    emotion: Emotion | None = None
    offensive: float | None = None
    relevance: float | None = None
    category_score: float | None = None
    embedding: tuple[float, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Forecast:
    """At the moment `at`: where the spread of one mention goes.

    `count` is the spread now; `p_viral` the probability that it crosses `viral_at` later, given that it has not yet
    (1.0 once it has); `expected` the expected final spread, `low` and `high` an 80% interval.
    `crosses_at` is the median moment of the crossing, if it comes; None once it has, or where that can't be said.
    `readings` is how many readings with the measure it was made from, `rate` the growth of the spread a minute over
    the last interval between them. `sparse`: too little data; it rests on what is known of other posts alone.
    """

    at: datetime
    count: int
    viral_at: int
    p_viral: float
    expected: float
    low: float
    high: float
    crosses_at: datetime | None = None
    readings: int = 0
    rate: float = 0.0
    sparse: bool = False

    @property
    def crossed(self) -> bool:
        return self.count >= self.viral_at
