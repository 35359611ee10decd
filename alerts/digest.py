"""The weekly digest for leadership: one sentence, the figures, the stories, and where snapwatch could not look.

Pure: the pipeline gathers `DigestData`; nothing here asks for the time or reads the store.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment

from alerts.curves import curve_png
from alerts.mail import standalone_html
from alerts.templating import templates
from alerts.week import (
    DigestData,
    Gap,
    StoryLine,
    changes,
    headline,
    minutes,
    notes,
    place,
    stories_in_words,
)
from monitor.model import SEVERITIES
from monitor.notice import Message
from monitor.platforms import listed, source_name
from monitor.text import one_line, web_link

__all__ = ["SHOWN", "render_digest", "standalone_html"]

GAPS = 12
"""So many gaps are listed, those first that still are ones; of further ones, how many there are."""

SHOWN = 5
"""So many stories are shown in full, with their curve, if they paged somebody or went viral; the others in a line."""


def render_digest(data: DigestData) -> Message:
    """The digest as a mail: text, HTML with the curves as inline images, and its headline as the short form.

    Nothing in it is loaded from elsewhere, and whatever people outside wrote is shown as text. Each week is a mail
    thread of its own.
    """
    zone = ZoneInfo(data.time_zone)
    brand = one_line(data.brand, 40)
    ranked = sorted(data.stories, key=_weight, reverse=True)
    stories = [story for story in ranked if story.viral or story.paged_at is not None][:SHOWN]
    images = tuple(
        (f"story-{number}", curve_png(story.curve, zone, story.viral_at, story.paged_at, story.crossed_at))
        for number, story in enumerate(stories, start=1)
        if story.has_curve
    )
    first, last = data.start.astimezone(zone), data.end.astimezone(zone) - timedelta(days=1)
    context: dict[str, Any] = {
        "data": data,
        "headline": headline(data),
        "changes": changes(data),
        "notes": (*notes(data.week), *data.learnt),
        "stories": stories,
        "others": ranked[len(stories) :],
        "pictures": [name for name, _ in images],
        "link": web_link(data.link),
        "period": _period(first, last),
        "busiest": max((day.mentions for day in data.week.days), default=0) or 1,
        "before": {volume.source: volume for volume in data.week_before.sources} if data.week_before else {},
        "at": lambda moment: _at(moment, zone),
        "describe": lambda story: _curve_in_words(story, zone),
        "gaps": sorted(data.gaps, key=lambda gap: gap.filled)[:GAPS],
        "more_gaps": max(len(data.gaps) - GAPS, 0),
        "still_missing": any(not gap.filled for gap in data.gaps),
        "spent_before": {each.source: each for each in data.week_before.spending} if data.week_before else {},
        "until": lambda gap: _until(gap, zone),
        "handled": _handling_in_words,
    }
    environment = _templates()
    return Message(
        subject=f"{brand}, week of {first.day} {first:%B}: {stories_in_words(data.week)}",
        text=environment.get_template("digest.txt.jinja").render(context),
        html=environment.get_template("digest.html.jinja").render(context),
        short=one_line(f"{brand}, last week: {headline(data)}", 160),
        thread=f"digest-{first:%G-W%V}",
        at=data.made_at,
        images=images,
    )


def _weight(story: StoryLine) -> tuple[bool, bool, int, int]:
    return story.viral, story.paged_at is not None, SEVERITIES.index(story.severity), story.peak_spread or 0


def _handling_in_words(story: StoryLine) -> str:
    """Who did what about a story that paged somebody or went viral, and how early."""
    if story.paged_at is None:
        return "It went viral, and nobody was paged."
    waited = _between(story.opened_at, story.paged_at)
    words = f"Paged {waited} after the first post; "
    if story.acknowledged_at is None:
        words += "nobody acknowledged."
    else:
        who = one_line(story.acknowledged_by, 60) if story.acknowledged_by else "somebody"
        words += f"{who} acknowledged {_between(story.paged_at, story.acknowledged_at)} later."
    if story.crossed_at is None:
        return words
    early = "after" if story.crossed_at >= story.paged_at else "before"
    return f"{words} It went viral {_between(story.paged_at, story.crossed_at)} {early} the page."


def _curve_in_words(story: StoryLine, zone: ZoneInfo) -> str:
    """What the picture of a story shows, for who can't see it."""
    (begin, low), (finish, high) = story.curve[0], story.curve[-1]
    words = f"Spread from {low:,} ({_at(begin, zone)}) to {high:,} ({_at(finish, zone)})"
    return f"{words}; viral from {_at(story.crossed_at, zone)}" if story.crossed_at else words


def _between(one: datetime, other: datetime) -> str:
    return minutes(abs(other - one) / timedelta(minutes=1))


def _at(moment: datetime, zone: ZoneInfo) -> str:
    local = moment.astimezone(zone)
    return f"{local:%a} {local.day} {local:%b}, {local:%H:%M}"


def _until(gap: Gap, zone: ZoneInfo) -> str:
    start, end = _at(gap.start, zone), _at(gap.end, zone)
    same_day = gap.start.astimezone(zone).date() == gap.end.astimezone(zone).date()
    return f"{start} to {end.rsplit(' ', 1)[1] if same_day else end}"


def _period(first: datetime, last: datetime) -> str:
    start = f"{first:%a} {first.day}"
    if first.month != last.month:
        start += f" {first:%B}"
    if first.year != last.year:
        start += f" {first.year}"
    return f"{start} – {last:%a} {last.day} {last:%B} {last.year}"


def _dollars(amount: float) -> str:
    return f"${amount:,.2f}" if amount else "–"


def _ratio(part: int, whole: int) -> str:
    return f"{part / whole:.0%}" if whole else "–"


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."


@cache
def _templates() -> Environment:
    return templates(
        share=_ratio,
        minutes=minutes,
        listed=listed,
        source=source_name,
        sentence=_sentence,
        place=place,
        dollars=_dollars,
    )
