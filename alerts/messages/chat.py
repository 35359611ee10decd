"""A page as a few lines of plain text, for chat and push. Channels escape for themselves; even where one does not, words
of others can neither call anybody, nor open a tag, nor be a link.

The notices that these functions take are masked already. Nobody's personal link is in it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from alerts.messages.words import (
    NOTHING_TO_DO,
    PLAIN,
    after,
    asks,
    at,
    brief_command,
    command,
    counted,
    has_it,
    is_its_spread,
    label,
    lasting,
    lead,
    not_read,
    percent,
    posts,
    relative,
    sentence,
    zone,
)
from alerts.sms import without_links
from monitor.notice import Alarm, Notice, Short
from monitor.oncall.sections import Person
from monitor.wording.masking import Mask, mask
from monitor.wording.text import one_line, web_link

LONGEST = 1_000
LINES = 8

_TAG = re.compile(r"<(?=[!@#:/?a-zA-Z]|$)")


def inert(text: str, limit: int) -> str:
    """Words of others on one line of at most `limit` characters: no mention of anybody, no tag, no link."""
    return _TAG.sub("‹", without_links(one_line(text, limit))).replace("@", "＠")[:limit]


def chat_of(notice: Notice, short: Short = PLAIN) -> str:
    """Three to eight lines: severity and title, what changed or why, how many posts where, who is paged next and when, how
    to acknowledge; and, where there is room, where the post is, what else is urgent, and which source is not read."""
    head = f"{inert(label(notice), 40)}: {inert(notice.title, 120)} · {inert(notice.brand, 40)}"
    if notice.outcome:
        return "\n".join(
            [
                sentence(inert(notice.outcome, 200)) + f" {NOTHING_TO_DO}",
                head,
                *_counts(notice),
                *_post(notice),
            ]
        )
    if notice.test:
        return "\n".join([head, *_test(notice), *_acknowledge(notice, short)])
    why = sentence(inert(notice.changed or notice.reason, 300))
    told = [f"{'UPDATE ' if notice.changed else ''}{head}", *([why] if why else []), *_counts(notice)]
    end = [_who(notice), *_acknowledge(notice, short)]
    for each in (*_held(notice), *_post(notice), *_further(notice), *_unread(notice), *_summary(notice)):
        lines = [*told, each, *end]
        if len(lines) <= LINES and len("\n".join(lines)) <= LONGEST:
            told.append(each)
    return "\n".join([*told, *end])


def bundle_chat(notices: Sequence[Notice], short: Short = PLAIN) -> str:
    """A line for each story, in the order in which they are given, with the code of its alert; as many as fit."""
    todo = [each.code for each in notices if asks(each)]
    head = f"{counted(notices)} · {inert(notices[0].brand, 40)}"
    end = NOTHING_TO_DO if all(each.outcome for each in notices) else "Nothing has to be acknowledged."
    if todo:
        end = f"Acknowledge: run snapwatch ack CODE, such as snapwatch ack {todo[0]}"
        if short.answers:
            end = f"Acknowledge: reply aa to take all, {todo[0]}a to take one"
    room = LINES - 2 if len(notices) <= LINES - 2 else LINES - 3
    lines = [
        f"{each.code} {inert(label(each), 40)}: {inert(each.title, 80)} ({inert(posts(each), 120)})"
        for each in notices[:room]
    ]
    if len(notices) > room:
        lines.append(f"and {len(notices) - room} more")
    return "\n".join([head, *lines, end])


def alarm_chat(alarm: Alarm, person: Person, now: datetime, mask: Mask = mask) -> str:
    """What is wrong, what to do, and since when; or that it is over, and how long it lasted."""
    told = at(now, zone(person.time_zone))
    what, words = inert(mask(alarm.what), 80), sentence(inert(mask(alarm.words), 600))
    if alarm.over_at:
        lasted = lasting(alarm.over_at - alarm.since)
        since = f"It is over since {told(alarm.over_at)}, and lasted {lasted}. {NOTHING_TO_DO}"
        return f"OVER: {what}\n{since}\nIt was: {words}"
    return f"ALARM: {what}\n{words}\nSince {told(alarm.since)}."


def _test(notice: Notice) -> list[str]:
    todo = (
        "Acknowledge it, to show that pages reach you." if notice.code else "If you can read it, this works."
    )
    why = sentence(inert(notice.reason, 200))
    return [f"This is a test, nothing is wrong. {todo}", *([why] if why else [])]


def _counts(notice: Notice) -> list[str]:
    """How many posts where, since when, and how the first one spreads."""
    told = [f"{inert(posts(notice), 120)}, first seen {relative(notice.opened_at, notice.at)}."]
    first = lead(notice)
    if first and first.forecast and is_its_spread(notice):
        forecast = first.forecast
        chance = "Viral" if forecast.crossed else f"{percent(forecast.p_viral)} likely to go viral"
        told.append(f"{chance}: spread {forecast.count:,} of {forecast.viral_at:,}.")
    return [" ".join(told)]


def _who(notice: Notice) -> str:
    """Who has to answer, and who is paged when nobody does."""
    person, following = inert(notice.person, 60), after(notice)
    if notice.holder:
        return f"{inert(has_it(notice), 80)}: nothing has to be acknowledged."
    if notice.changed and not following.person and not following.again:
        return f"Sent to {person}."
    when = f" at {at(notice.at, zone(notice.time_zone))(following.due)}" if following.due else ""
    if following.person and when:
        return (
            f"{person} is on call; unless it is acknowledged, {inert(following.person, 60)} is paged{when}."
        )
    if following.person:
        return f"{person} is on call; {inert(following.person, 60)} is next."
    if following.again:
        return f"{person} is on call, and is paged again{when} unless it is acknowledged."
    return f"{person} is on call; nobody is paged after that."


def _acknowledge(notice: Notice, short: Short) -> list[str]:
    if not asks(notice):
        return []
    run = command(notice) if len(notice.option) <= 100 else brief_command(notice)
    snooze = "" if notice.test else f" ({notice.code}s: snooze)"
    reply = f"reply {notice.code}a{snooze}, or " if short.answers else ""
    return [f"Acknowledge: {reply}run {run}"]


def _held(notice: Notice) -> list[str]:
    return [f"This page waited: {inert(notice.held, 160)}."] if notice.held else []


def _post(notice: Notice) -> list[str]:
    url = web_link(notice.top_posts[0].mention.url) if notice.top_posts else None
    return [url] if url and len(url) <= 200 else []


def _further(notice: Notice) -> list[str]:
    if not notice.further:
        return []
    told = [f"{inert(each.title, 60)} ({inert(each.code, 12)})" for each in notice.further[:3]]
    left = len(notice.further) - len(told)
    return [f"Also urgent: {'; '.join(told)}{f'; and {left} more' if left > 0 else ''}."]


def _unread(notice: Notice) -> list[str]:
    lane = not_read(notice)
    return [f"{sentence(inert(lane, 120))} Posts may be missing."] if lane else []


def _summary(notice: Notice) -> list[str]:
    return [f"“{inert(notice.summary, 240)}”"] if notice.summary else []
