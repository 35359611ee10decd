"""That what a customer was promised runs out, or has. Nothing is to be acknowledged: only keeping it ends it."""

from __future__ import annotations

from datetime import UTC, datetime

from alerts.messages.chat import inert
from alerts.messages.mail import promise_mail
from alerts.messages.spoken import NAME, WORDS, greeting, speakable
from alerts.messages.text import LINK, fitted, writer
from alerts.messages.words import PLAIN, at, day, relative, sentence, zone
from monitor.notice import Message, Promise, Short
from monitor.oncall.sections import Person
from monitor.wording.masking import Mask, mask
from monitor.wording.text import clean, one_line, web_link

READ = 1_000
"""Characters of the promise that are looked at: more than are shown."""


def promise(
    promise: Promise, person: Person, now: datetime, short: Short = PLAIN, mask: Mask = mask
) -> Message:
    """To whom we have to write, by when in the reader's zone, what we said, and how to say that it is done."""
    broken = promise.by <= now
    clock = day(now, person.time_zone)(promise.by)
    customer = one_line(promise.customer, 60) or "the customer"
    who = f"{customer} on {one_line(promise.platform, 30)}"
    title = f"{who} waits for our word since {clock}" if broken else f"Write to {who} by {clock}"
    text, html = promise_mail(promise, title, person, now)
    words = mask(clean(promise.words[:READ]))
    return Message(
        subject=f"[snapwatch] {_label(broken)}: {title}",
        text=text,
        html=html,
        short=_short(promise, title, words, broken, short, mask),
        thread=f"promise-{promise.code}-{promise.since.astimezone(UTC):%Y%m%dT%H%M%SZ}",
        at=now,
        chat=_chat(promise, title, words, person, broken, now, mask),
        spoken=_spoken(promise, words, person, broken, now),
        link=web_link(promise.link),
        severity="warning",
    )


def _label(broken: bool) -> str:
    return "PROMISE RAN OUT" if broken else "PROMISE"


def _short(promise: Promise, title: str, words: str, broken: bool, short: Short, mask: Mask) -> str:
    write = writer(short, mask)
    link, run = web_link(promise.link), f" Done? snapwatch kept {promise.code}"
    tails = [f"{run} {link}", run] if link and len(link) <= LINK else [run]
    said = f"We said: {words}" if words else ""
    return fitted(f"{_label(broken)}: ", write(title), write(sentence(said)), tails, short)


def _chat(
    promise: Promise, title: str, words: str, person: Person, broken: bool, now: datetime, mask: Mask
) -> str:
    told = at(now, zone(person.time_zone))
    by = f"It ran out at {told(promise.by)}." if broken else f"Until {told(promise.by)}."
    url = web_link(promise.url)
    return "\n".join(
        [
            f"{_label(broken)}: {inert(mask(title), 160)}",
            *([f"We said: “{inert(words, 300)}”"] if words else []),
            by,
            *([url] if url and len(url) <= 200 else []),
            f"Done? Run snapwatch kept {promise.code}{promise.option if len(promise.option) <= 100 else ''}",
        ]
    )


def _spoken(promise: Promise, words: str, person: Person, broken: bool, now: datetime) -> str:
    where = speakable(promise.platform, NAME)
    when = relative(promise.by, now)
    first = (
        f"A promise to a customer on {where} ran out {when}."
        if broken
        else f"A customer on {where} was promised to hear from us {when}."
    )
    said = speakable(words, WORDS // 3)
    return " ".join(
        [
            f"{greeting(person.name)}.",
            first,
            *([f"We said: {sentence(said)}"] if said else []),
            "Please write to them.",
        ]
    )
