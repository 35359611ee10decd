"""What people are told of a story or of the watch itself, as data: notices, and the messages that carry them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from monitor.model import Classification, Forecast, Mention, Severity
from monitor.reply import Draft, Drafts

Edition = Literal["leadership", "front-line"]
"""Whom a weekly digest is written for."""


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

    `drafts` answer the first of `top_posts`, `holding` all of the story together.

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
    drafts: Drafts | None
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
    holding: Draft | None = None

    @property
    def reply_link(self) -> str | None:
        """The person's own page on which the customer is answered: it stands beside that of the alert."""
        if self.link is None:
            return None
        site, _, token = self.link.rpartition("/a/")
        return f"{site}/r/{token}"


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
class Promise:
    """We told a customer that they hear from us again by then, and have not written since.

    `code` is the reply's ("r12"); `customer` their handle, empty when it is not known; `words` the sentence that promised
    it at `since`, in the name of `owner`. `url` is the reply, `link` the reader's own page of its alert; `option` as in
    `Notice`. That somebody has read this keeps nothing: nothing is to be acknowledged.
    """

    code: str
    customer: str
    platform: str
    words: str
    by: datetime
    since: datetime
    owner: str
    url: str | None = None
    link: str | None = None
    option: str = ""


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
