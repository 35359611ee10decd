"""A notice as the words that a person reads, or hears, at 3 a.m.: a mail, SMS, a few lines of chat, a voice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from alerts.buttons import ALL
from alerts.messages.chat import alarm_chat, bundle_chat, chat_of
from alerts.messages.mail import alarm_mail, bundle_mail, mail_of
from alerts.messages.promise import promise
from alerts.messages.spoken import alarm_spoken, bundle_spoken, spoken_of
from alerts.messages.text import alarm_text, bundle_text, text_of
from alerts.messages.words import PLAIN, asks, counted, worst_first
from monitor.notice import Alarm, Message, Notice, Short
from monitor.oncall.sections import Person
from monitor.wording.masking import Mask, mask
from monitor.wording.text import clean, one_line, web_link

__all__ = ["alarm", "bundle", "masked", "promise", "render"]

LONGEST = 2_000
"""So much of a text is masked, and more of it does not leave but by mail."""


def render(notice: Notice, short: Short = PLAIN, mask: Mask = mask) -> Message:
    """The notice in every form, in the person's time zone (UTC when the zone is not known).

    Everything in it that people outside wrote is shown as text: no markup, no hidden direction marks, cut to a
    length; only http and https addresses become links. `Message.short` fits what `short` says and ends with how to
    acknowledge; `mask` has taken personal data out of all but the mail. The subject stays the same while title and
    severity do, since mail programs need that to keep a story in one thread.
    """
    text, html = mail_of(notice, short)
    outside = masked(notice, mask)
    return Message(
        subject=_subject(notice),
        text=text,
        html=html,
        short=text_of(outside, short, mask),
        # With the time: an alert of the same number in a new database must not join an old thread.
        thread=f"alert-{notice.code}-{notice.paged_at.astimezone(UTC):%Y%m%dT%H%M%SZ}",
        at=notice.at,
        chat=chat_of(outside, short),
        spoken=spoken_of(outside),
        code=notice.code if asks(notice) else "",
        link=None if notice.outcome else web_link(notice.link),
        severity="info" if notice.outcome else notice.severity,
    )


def bundle(notices: Sequence[Notice], short: Short = PLAIN, mask: Mask = mask) -> Message:
    """Several stories (at least one) for one person in one message, the worst first. Its code takes them all."""
    ranked = worst_first(notices)
    outside = [masked(each, mask) for each in ranked]
    text, html = bundle_mail(ranked, short)
    first = ranked[0]
    return Message(
        subject=f"[snapwatch] {counted(ranked)} · {one_line(first.brand, 40)}",
        text=text,
        html=html,
        short=bundle_text(outside, short, mask),
        thread=f"bundle-{first.code}-{first.at.astimezone(UTC):%Y%m%dT%H%M%SZ}",
        at=first.at,
        chat=bundle_chat(outside, short),
        spoken=bundle_spoken(outside),
        code=ALL if any(map(asks, ranked)) else "",
        severity="info" if first.outcome else first.severity,
    )


def alarm(alarm: Alarm, person: Person, at: datetime, short: Short = PLAIN, mask: Mask = mask) -> Message:
    """That something is wrong with the watch itself, or, in the same thread, that it is over."""
    text, html = alarm_mail(alarm, person, at)
    what = one_line(alarm.what, 80)
    return Message(
        subject=f"{'Re: ' if alarm.over_at else ''}[snapwatch] ALARM: {what}",
        text=text,
        html=html,
        short=alarm_text(alarm, person, at, short, mask),
        thread=f"alarm-{what}-{alarm.since.astimezone(UTC):%Y%m%dT%H%M%SZ}",
        at=at,
        chat=alarm_chat(alarm, person, at, mask),
        spoken=alarm_spoken(alarm, person, at, mask),
        severity="info" if alarm.over_at else "warning",
    )


def masked(notice: Notice, mask: Mask = mask) -> Notice:
    """The notice without personal data in what people wrote, as it may leave by SMS, chat or call. Mail is for staff alone,
    and stays whole."""

    def safe(text: str) -> str:
        return mask(clean(text[:LONGEST]))

    return replace(
        notice,
        title=safe(notice.title),
        summary=safe(notice.summary),
        reason=safe(notice.reason),
        changed=safe(notice.changed),
        outcome=safe(notice.outcome),
        top_posts=tuple(
            replace(post, mention=replace(post.mention, text=safe(post.mention.text)))
            for post in notice.top_posts
        ),
        further=tuple(
            replace(each, title=safe(each.title), reason=safe(each.reason)) for each in notice.further
        ),
    )


def _subject(notice: Notice) -> str:
    reply = "Re: " if notice.changed or notice.outcome else ""
    severity = "TEST" if notice.test else notice.severity.upper()
    title, brand = one_line(notice.title, 100), one_line(notice.brand, 40)
    return f"{reply}[snapwatch] {severity}: {title} · {brand}"
