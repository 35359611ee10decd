"""A page as a mail, for staff alone: whole, as text and as HTML. Whatever people outside wrote is shown as text."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from jinja2 import Environment

from alerts.messages.words import (
    NOTHING_TO_DO,
    after,
    asks,
    at,
    clock,
    command,
    counted,
    full,
    has_it,
    label,
    lasting,
    percent,
    posts,
    relative,
    remarks,
    sentence,
    zone,
)
from alerts.templating import templates
from monitor import blind
from monitor.notice import Alarm, Notice, Promise, Short
from monitor.oncall.sections import Person
from monitor.wording.platforms import source_name
from monitor.wording.text import web_link


def mail_of(notice: Notice, short: Short) -> tuple[str, str]:
    """The text and the HTML of one story's page, or of what became of it."""
    now, local = notice.at, zone(notice.time_zone)
    following = after(notice)
    context = _frame(now, notice.time_zone) | {
        "notice": notice,
        "label": label(notice),
        "title": notice.title,
        "brand": notice.brand,
        "tone": "green" if notice.outcome else "grey" if notice.test else notice.severity,
        "preview": f"{sentence(notice.outcome)} {NOTHING_TO_DO}"
        if notice.outcome
        else notice.changed or notice.reason,
        "outcome": sentence(notice.outcome),
        "link": web_link(notice.link),
        "reply_link": web_link(notice.reply_link),
        "answers": short.answers,
        "command": command(notice),
        "asks": asks(notice),
        "has_it": has_it(notice),
        "next_person": following.person,
        "again": following.again,
        "due": following.due,
        "ago": lambda moment: relative(moment, now),
        "posts": posts(notice),
        "remarks": remarks,
        "blind": blind.in_words(notice.blind, blind.clock(local, now)),
    }
    return _rendered("outcome" if notice.outcome else "page", context)


def bundle_mail(notices: Sequence[Notice], short: Short) -> tuple[str, str]:
    """A block for each story, in the order in which they are given, with its code and link."""
    first = notices[0]
    told = counted(notices)
    context = _frame(first.at, first.time_zone) | {
        "label": "PAGES",
        "title": told,
        "brand": first.brand,
        "tone": "green" if first.outcome else first.severity,
        "preview": "; ".join(each.title for each in notices[:5]),
        "answers": short.answers and any(map(asks, notices)),
        "stories": [_story(each) for each in notices],
    }
    return _rendered("bundle", context)


def alarm_mail(alarm: Alarm, person: Person, now: datetime) -> tuple[str, str]:
    context = _frame(now, person.time_zone) | {
        "alarm": alarm,
        "label": "OVER" if alarm.over_at else "ALARM",
        "title": alarm.what[:1].upper() + alarm.what[1:],
        "brand": "snapwatch",
        "tone": "green" if alarm.over_at else "warning",
        "preview": alarm.words,
        "words": sentence(alarm.words),
        "lasted": lasting((alarm.over_at or now) - alarm.since),
        "person": person.name,
    }
    return _rendered("alarm", context)


def promise_mail(promise: Promise, title: str, person: Person, now: datetime) -> tuple[str, str]:
    broken = promise.by <= now
    context = _frame(now, person.time_zone) | {
        "promise": promise,
        "label": "PROMISE RAN OUT" if broken else "PROMISE",
        "title": title,
        "brand": "snapwatch",
        "tone": "critical" if broken else "warning",
        "preview": promise.words,
        "broken": broken,
        "mine": promise.owner == person.name,
        "url": web_link(promise.url),
        "link": web_link(promise.link),
        "command": f"snapwatch kept {promise.code}{promise.option}",
        "person": person.name,
    }
    return _rendered("promise", context)


def _story(notice: Notice) -> dict[str, Any]:
    top = notice.top_posts[0].mention.url if notice.top_posts else None
    return {
        "notice": notice,
        "label": label(notice),
        "posts": posts(notice),
        "told": f"{sentence(notice.outcome)} {NOTHING_TO_DO}"
        if notice.outcome
        else notice.changed or notice.reason,
        "link": web_link(notice.link),
        "command": command(notice),
        "asks": asks(notice),
        "has_it": has_it(notice),
        "url": web_link(top),
    }


def _frame(now: datetime, time_zone: str) -> dict[str, Any]:
    local = zone(time_zone)
    return {
        "now": now,
        "at": at(now, local),
        "clock": lambda moment: clock(moment, local),
        "full": lambda moment: full(moment, local),
    }


def _rendered(name: str, context: dict[str, Any]) -> tuple[str, str]:
    text, html = (
        _templates().get_template(f"{name}.{form}.jinja").render(context) for form in ("txt", "html")
    )
    return text, html


@cache
def _templates() -> Environment:
    return templates(percent=percent, source=source_name)
