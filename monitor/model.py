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


@dataclass(frozen=True, slots=True)
class Draft:
    """A proposed SNAP reply for a person to approve.

    `text` is what would be posted: an opening, the four parts, perhaps a last sentence, within the platform's length.
    """

    playbook: str
    text: str
    status: str
    next_steps: str
    approximate_time: str
    planned_outcome: str


@dataclass(frozen=True, slots=True)
class TopPost:
    """A post as a page or the digest shows it; `found` is None while no model has read it."""

    mention: Mention
    count: int | None
    forecast: Forecast | None = None
    found: Classification | None = None


@dataclass(frozen=True, slots=True)
class Further:
    """Another urgent story that a page tells, with the acknowledge code of its own alert."""

    code: str
    title: str
    reason: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Blind:
    """Where posts may be missing: a lane of a source ("x search") that is not read now, since then (None: it never was),
    or, with `until`, a stretch of time that was missed.

    `again`: that stretch will be read again; else it is lost. `heard`: only its stream is down; it is still polled.
    """

    lane: str
    since: datetime | None
    until: datetime | None = None
    why: str = ""
    again: bool = True
    heard: bool = False


@dataclass(frozen=True, slots=True)
class Notice:
    """What a page tells its reader; channels render it, each within its own means.

    `may_offer` is internal: what the reader may offer the customer without asking anyone.

    `summary` is one sentence of another post than the one that the title was taken from; it may be empty.
    `code` is the short acknowledge code ("7k2"); `link` is personal, None when no public address is configured.
    `changed` says what is new since the last page and is empty on the first one. `opened_at` is when the story began, which
    posts that come late move; `paged_at` is when its alert was opened, which with `code` stays the same for good.
    `further` are urgent stories that ring no phone of their own, the newest first. `blind` says where the picture may be
    incomplete at `at`. `outcome` is what became of the alert for those who were paged and have nothing to do any more,
    such as "Sam has it since 03:12"; empty on a page. `test`: a page that was sent to see whether it arrives. `held` is
    why the page waited until now: "quiet hours until 07:00, severity warning". `holder` has it and need not acknowledge
    anew; empty while somebody has to. `option` is what a command needs beside the code, where the configuration is not
    the one that it would find: " --config /etc/snapwatch.toml".
    """

    story_id: int
    title: str
    severity: Severity
    reason: str
    code: str
    brand: str
    person: str
    step: int
    at: datetime
    opened_at: datetime
    paged_at: datetime
    mentions: int
    sources: tuple[str, ...]
    top_posts: tuple[TopPost, ...]
    draft: Draft | None
    may_offer: str = ""
    link: str | None = None
    changed: str = ""
    next_person: str | None = None
    escalates_at: datetime | None = None
    time_zone: str = "UTC"
    test: bool = False
    summary: str = ""
    further: tuple[Further, ...] = ()
    blind: tuple[Blind, ...] = ()
    outcome: str = ""
    held: str = ""
    option: str = ""
    holder: str = ""


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something is wrong with the watch itself: a source is silent, a channel fails, the disk is nearly full.

    `what` names it in a short word or two ("source x"), `words` say what is wrong and what to do. `over_at`: it is over.
    """

    what: str
    words: str
    since: datetime
    over_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent, in every form; a channel takes the one that it can carry.

    `text`, `html` and `images` (PNG files by content id, referred to in `html` as `cid:<id>`) are a mail; `short` is an
    SMS; `chat` a few lines for chat and push, `spoken` for a voice on the phone. Personal data is masked in these three.
    `thread` is the same for all messages of one story, so that mail programs show them together.
    `code` acknowledges it ("12", of a test page "t3"; empty: nothing is to be acknowledged), `link` is the person's own
    page of it, and must not be shown to others (a channel that several people read leaves it out).
    """

    subject: str
    text: str
    html: str
    short: str
    thread: str
    at: datetime
    images: tuple[tuple[str, bytes], ...] = ()
    chat: str = ""
    spoken: str = ""
    code: str = ""
    link: str | None = None
    severity: Severity = "info"


@dataclass(frozen=True, slots=True)
class Short:
    """What an SMS may hold: so many segments (160 characters of the GSM 7-bit alphabet in one, 153 each in more; of
    UCS-2, 70 and 67), `unicode` whether letters outside that alphabet are sent as they are, and whether an answer to it
    reaches us, so that the text can ask for one."""

    segments: int = 1
    unicode: bool = False
    answers: bool = False
