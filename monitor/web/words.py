"""How an alert stands, what happened to it and what comes next, as its page says it to one person."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from markupsafe import Markup, escape

from monitor.paging.happened import happened, noted
from monitor.paging.silences import moment
from monitor.store import Alert, Event
from monitor.wording.text import one_line

SHOWN = 6
"""Of what happened, so much is shown at once; the rest is folded away."""


@dataclass(frozen=True, slots=True)
class Happened:
    """One line of the alert's past. `ago` is relative ("12 minutes ago"), `clock` a time of the reader's zone."""

    at: datetime
    clock: str
    ago: str
    words: str
    said: str = ""


def sentences(reason: str) -> list[str]:
    """Why a story pages or does not, a sentence for each part."""
    parts = one_line(reason, 2000).removeprefix("held: ").split("; ")
    return [f"{part[:1].upper()}{part[1:].rstrip('.')}." for part in parts if part]


def standing(alert: Alert, person: str, at: Callable[[datetime], str]) -> str:
    """Who has it."""
    mine = alert.holder == person
    who = "You have it" if mine else f"{alert.holder} has it"
    if alert.state == "resolved" and alert.resolved_at:
        return f"It is over since {at(alert.resolved_at)}. Nothing is left to do."
    if alert.state == "acknowledged" and alert.held_since:
        return f"{who} since {at(alert.held_since)}."
    if alert.state == "snoozed" and alert.snoozed_until:
        return f"{who}, and let it rest until {at(alert.snoozed_until)}."
    if alert.assigned:
        return f"Nobody has it yet: {'you were' if alert.assigned == person else f'{alert.assigned} was'} asked to take it."
    return "Nobody has it yet."


def coming(
    alert: Alert, person: str, next_person: str | None, at: Callable[[datetime], str], now: datetime
) -> str:
    """Who is paged next, and when; empty when nobody is."""
    if alert.state == "snoozed" and alert.snoozed_until:
        who = "you are" if alert.holder == person else f"{alert.holder} is"
        return f"Then {who} paged again, {relative(alert.snoozed_until, now)}."
    due = alert.step_due_at
    if alert.state == "acknowledged" and due:
        return f"It got graver. If nobody acknowledges that by {at(due)}, {relative(due, now)}, others are paged."
    if alert.state != "open":
        return ""
    if alert.gathered_into:
        return f"It is told in the page of alert {alert.gathered_into}: whoever takes that one takes this."
    if due and next_person:
        who = "you are" if next_person == person else f"{next_person} is"
        who = f"{next_person} are" if " and " in next_person else who
        return f"If nobody acknowledges it, {who} paged at {at(due)}, {relative(due, now)}."
    return "Nobody else is paged after this: it waits for you." if not due else ""


def past(events: Sequence[Event], zone: tzinfo, now: datetime, but: str = "") -> list[Happened]:
    """What happened, the newest first; `but` is said elsewhere and not again."""
    return [
        Happened(
            event.at,
            moment(event.at, zone, now),
            relative(event.at, now),
            happened(event, but),
            "" if event.note == but else noted(event),
        )
        for event in reversed(events)
    ]


def relative(at: datetime, now: datetime) -> str:
    """Such as "in 8 minutes", "just now" or "3 hours ago"."""
    apart = abs(at - now)
    if apart < timedelta(minutes=1):
        return "just now" if at <= now else "in a moment"
    minutes = round(apart / timedelta(minutes=1))
    if minutes < 120:
        span = f"{minutes} minute{'' if minutes == 1 else 's'}"
    elif minutes < 48 * 60:
        span = f"{round(minutes / 60)} hours"
    else:
        span = f"{round(minutes / 60 / 24)} days"
    return f"{span} ago" if at <= now else f"in {span}"


def sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}".rstrip(".") + "."


def coded(text: str) -> Markup:
    """What stands between backticks as code; all else as the text that it is."""
    code = Markup("<code>{}</code>")
    parts = (code.format(part) if place % 2 else escape(part) for place, part in enumerate(text.split("`")))
    return Markup("").join(parts)
