"""A notice as the words that a person reads at 3 a.m.: a mail (text and HTML) and one SMS."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment
from markupsafe import escape

from alerts import sms
from alerts.templating import templates
from monitor import blind
from monitor.languages import in_words
from monitor.masking import Mask, mask
from monitor.model import SEVERITIES, Alarm, Message, Notice, Short, TopPost
from monitor.sections import Person
from monitor.text import clean, one_line, web_link

OFFENSIVE = 0.5
"""The probability of offensive language from which an excerpt is announced as such."""

UNLIKELY = 0.2
"""The probability of going viral under which a page is about something else."""

POST_LONGEST = 2_000
"""So much of a post is masked, and more of it does not leave but by mail."""

PLAIN = Short()

_LINK_SEPTETS = 72  # a longer personal link would leave the SMS too little room to say what happened


def render(notice: Notice, short: Short = PLAIN, mask: Mask = mask) -> Message:
    """The notice as a mail and as an SMS, in the person's time zone (UTC when the zone is not known).

    Everything in it that people outside wrote is shown as text: no markup, no hidden direction marks, cut to a
    length; only http and https addresses become links. `short` has at most 160 septets of the GSM 7-bit alphabet
    and ends with the whole acknowledge code; `mask` has taken personal data out of it. The subject stays the same while
    title and severity do, since mail programs need that to keep a story in one thread.
    """
    now, zone = notice.at, _zone(notice.time_zone)
    # A page that waited (no network, a restart) can be sent after the time at which it was to escalate.
    due = notice.escalates_at if notice.escalates_at and notice.escalates_at > now else None
    again = notice.next_person == notice.person or bool(due and not notice.next_person)
    context: dict[str, Any] = {
        "notice": notice,
        "label": _label(notice),
        "link": web_link(notice.link),
        "command": f"snapwatch ack {notice.code}",
        "at": lambda moment: _at(moment, now, zone),
        "next_person": None if again else notice.next_person,
        "again": again,
        "due": due,
        "clock": lambda moment: _clock(moment, zone),
        "full": lambda moment: f"{_local(moment, zone):%A %d %B %Y}, {_clock(moment, zone)}",
        "ago": lambda moment: relative(moment, now),
        "remarks": _remarks,
        "blind": blind.in_words(notice.blind, blind.clock(zone, now)),
    }
    return Message(
        subject=_subject(notice),
        text=_templates().get_template("page.txt.jinja").render(context),
        html=_templates().get_template("page.html.jinja").render(context),
        short=text_of(masked(notice, mask), mask),
        thread=_thread(notice),
        at=now,
        chat=text_of(masked(notice, mask), mask),
        spoken=text_of(masked(notice, mask), mask),
        code=notice.code,
        link=web_link(notice.link),
        severity=notice.severity,
    )


def bundle(notices: Sequence[Notice], short: Short = PLAIN, mask: Mask = mask) -> Message:
    """Several stories to one person in one message, the worst first; at least one."""
    ranked = sorted(notices, key=lambda each: -SEVERITIES.index(each.severity))
    first = ranked[0]
    pages = [render(each, short, mask) for each in ranked]
    headline = f"{len(pages)} stories"
    return Message(
        subject=f"[snapwatch] {headline} · {one_line(first.brand, 40)}",
        text="\n\n".join(page.text for page in pages),
        html="<hr>".join(page.html for page in pages),
        short=sms.shorten(" ".join(page.short for page in pages), sms.SEPTETS),
        thread=f"bundle-{first.at.astimezone(UTC):%Y%m%dT%H%M%SZ}",
        at=first.at,
        chat="\n\n".join(page.chat for page in pages),
        spoken=f"{headline}. {pages[0].spoken}",
        code="aa",
        severity=first.severity,
    )


def alarm(alarm: Alarm, person: Person, at: datetime, short: Short = PLAIN, mask: Mask = mask) -> Message:
    """That something is wrong with the watch itself, or is over."""
    headline = f"{'OVER' if alarm.over_at else 'ALARM'}: {one_line(alarm.what, 80)}"
    words = one_line(f"{headline}. {alarm.words}", 1_000)
    brief = mask(sms.shorten(sms.to_gsm(words), sms.SEPTETS))
    return Message(
        subject=f"[snapwatch] {headline}",
        text=words,
        html=str(escape(words)),
        short=brief,
        thread=f"alarm-{alarm.what}-{alarm.since.astimezone(UTC):%Y%m%dT%H%M%SZ}",
        at=at,
        chat=mask(words),
        spoken=brief,
        severity="info" if alarm.over_at else "warning",
    )


def _thread(notice: Notice) -> str:
    # With the time: an alert of the same number in a new database must not join an old thread.
    return f"alert-{notice.code}-{notice.paged_at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def masked(notice: Notice, mask: Mask = mask) -> Notice:
    """The notice without personal data in what people wrote, as it may leave by SMS or chat. Mail is for staff alone, and
    stays whole."""
    return replace(
        notice,
        title=mask(clean(notice.title)),
        summary=mask(clean(notice.summary)),
        reason=mask(clean(notice.reason)),
        changed=mask(clean(notice.changed)),
        top_posts=tuple(
            replace(post, mention=replace(post.mention, text=mask(clean(post.mention.text[:POST_LONGEST]))))
            for post in notice.top_posts
        ),
        further=tuple(
            replace(each, title=mask(clean(each.title)), reason=mask(clean(each.reason)))
            for each in notice.further
        ),
    )


def text_of(notice: Notice, mask: Mask = mask) -> str:
    """A masked notice as one SMS: severity, title, what is new, why, and how to acknowledge."""
    head = f"{'UPDATE ' if notice.changed else ''}{_label(notice)}: "
    tail = _how_to_acknowledge(notice)
    # Masked again: in Latin letters, what was written in others may be a number.
    title = sms.without_links(mask(sms.to_gsm(notice.title))).removesuffix(".")
    why = ". ".join(
        part[:1].upper() + part[1:]
        for part in (notice.changed or _further(notice), _not_read(notice), _why(notice))
        if part
    )
    reason = sms.without_links(mask(sms.to_gsm(why))).removesuffix(".")
    room = sms.SEPTETS - sms.septets(f"{head}. .{tail}")
    title = sms.shorten(title, max(room // 2, room - sms.septets(reason)))
    reason = sms.shorten(reason, room - sms.septets(title))
    sentences = (part + ("" if part.endswith("...") else ".") for part in (title, reason) if part)
    return f"{head}{' '.join(sentences)}{tail}"


def _further(notice: Notice) -> str:
    """How many other urgent stories the page tells; an update names them."""
    count = len(notice.further)
    return f"with {count} more urgent {'story' if count == 1 else 'stories'}" if count else ""


def _not_read(notice: Notice) -> str:
    """In an SMS only when it bears on the story: a source that tells of it is not read now."""
    at = blind.clock(_zone(notice.time_zone), notice.at)
    for each in notice.blind:
        if each.until is None and not each.heard and each.lane.partition(" ")[0] in notice.sources:
            return f"{each.lane} not read {f'since {at(each.since)}' if each.since else 'yet'}"
    return ""


def _remarks(post: TopPost) -> list[str]:
    """What to know before reading an excerpt, or before believing what the classifier says of it."""
    remarks = []
    if _not_measured(post):
        remarks.append(f"in {_language(post)}, on which the classifier was not measured")
    if post.found and post.found.offensive is not None and post.found.offensive >= OFFENSIVE:
        remarks.append("offensive language")
    return remarks


def _not_measured(post: TopPost) -> bool:
    return post.found is not None and post.found.measured is False


def _language(post: TopPost) -> str:
    return in_words(post.found.language if post.found else None)


def _why(notice: Notice) -> str:
    """Why, in the few characters of an SMS: in figures, or the reason where no post has a forecast."""
    lead = next((post for post in notice.top_posts if post.forecast), (*notice.top_posts, None)[0])
    unread = f"in {_language(lead)} (read it), " if lead and _not_measured(lead) else ""
    forecast = lead.forecast if lead else None
    if forecast is None:
        return unread + notice.reason
    posts = f"{notice.mentions:,} post{'' if notice.mentions == 1 else 's'}"
    if not forecast.crossed and forecast.p_viral < UNLIKELY:
        # Not its spread woke anybody: what did stands first in the reason.
        return f"{unread}{notice.reason.partition('; ')[0]}, {posts} in all"
    chance = "viral" if forecast.crossed else f"{_percent(forecast.p_viral)} likely viral"
    return f"spread {forecast.count:,} of {forecast.viral_at:,}, {chance}, {unread}{posts}"


def _how_to_acknowledge(notice: Notice) -> str:
    code, link = sms.to_gsm(notice.code), web_link(notice.link)
    if not code:
        return ""
    if link and sms.septets(sms.to_gsm(link)) <= _LINK_SEPTETS:
        return f" Ack: {code} {link}"
    return f" Ack: {code} (snapwatch ack {code})"


def _label(notice: Notice) -> str:
    return "TEST" if notice.test else notice.severity.upper()


def _subject(notice: Notice) -> str:
    reply = "Re: " if notice.changed else ""
    title, brand = one_line(notice.title, 100), one_line(notice.brand, 40)
    return f"{reply}[snapwatch] {_label(notice)}: {title} · {brand}"


def relative(moment: datetime, now: datetime) -> str:
    """How long before or after `now`: "just now", "23 minutes ago", "in 2 hours"."""
    seconds = abs(moment - now) // timedelta(seconds=1)
    if seconds < 45:
        return "just now" if moment <= now else "in a moment"
    if seconds < 90 * 60:
        count, unit = max(1, round(seconds / 60)), "minute"
    elif seconds < 36 * 3600:
        count, unit = round(seconds / 3600), "hour"
    else:
        count, unit = round(seconds / 86400), "day"
    words = f"{count} {unit}" + ("" if count == 1 else "s")
    return f"{words} ago" if moment < now else f"in {words}"


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return UTC  # a page is sent all the same: the configuration check complains about the zone


def _local(moment: datetime, zone: tzinfo) -> datetime:
    return moment.astimezone(zone)


def _clock(moment: datetime, zone: tzinfo) -> str:
    local = _local(moment, zone)
    name = local.tzname() or ""
    return f"{local:%H:%M} " + (f"UTC{name}" if name[:1] in "+-" else name)


def _at(moment: datetime, now: datetime, zone: tzinfo) -> str:
    same_day = _local(moment, zone).date() == _local(now, zone).date()
    day = "" if same_day else f"{_local(moment, zone):%a %d %b}, "
    return f"{day}{_clock(moment, zone)} ({relative(moment, now)})"


def _percent(probability: float) -> str:
    return "under 1%" if probability < 0.01 else "over 99%" if probability > 0.99 else f"{probability:.0%}"


@cache
def _templates() -> Environment:
    return templates(percent=_percent)
