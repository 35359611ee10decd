"""Pure: the edition for leadership as a mail: what a busy person reads in a minute, then the detail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Generic, TypeVar
from zoneinfo import ZoneInfo

from alerts.curves import curve_png
from alerts.fitting import fitted
from alerts.languages import Speech, speaking
from alerts.weekly import words
from alerts.weekly.advice import advice
from alerts.weekly.answers import kept, outcomes, times
from alerts.weekly.figures import DigestData, StoryLine
from alerts.weekly.pictures import weeks_in_words, weeks_png
from alerts.weekly.sentences import (
    category_counts,
    changes,
    headline,
    is_quiet,
    notes,
    quiet_line,
    rows_range,
    source_counts,
)
from alerts.weekly.standstill import unwatched_days
from alerts.weekly.tiles import tiles
from monitor.model import SEVERITIES
from monitor.notice import Message
from monitor.wording.text import one_line, web_link

Item = TypeVar("Item")

FIRST = 3
"""So many stories are on the first screen, with their curves, if they paged somebody or went viral."""
FURTHER = 5
"""And so many below with what was done; others in a line."""
LISTED = 12
"""So many others, gaps, sources and changes are listed; of further ones, how many there are."""
CATEGORIES = 8
NOTES = 8
PARTS = (1, 2, 4, 12)
"""Where a week is so full that the mail would be cut off, a half of that is listed, or less."""


def digest(data: DigestData) -> Message:
    """The digest as a mail: text, HTML with the curves as inline images, and its headline as the short form.

    Nothing in it is loaded from elsewhere, and whatever people outside wrote is shown as text. Each week is a mail
    thread of its own, for each language.
    """
    speech = Speech(data.language, data.time_zone)
    zone = ZoneInfo(data.time_zone)
    brand = one_line(data.brand, 40)
    quiet = is_quiet(data)
    ranked = sorted(data.stories, key=_weight, reverse=True)
    grave = [] if quiet else [story for story in ranked if story.viral or story.paged_at is not None]
    shown = grave[:FIRST]
    images = [
        (
            f"story-{number}",
            curve_png(story.curve, zone, story.viral_at, story.paged_at, story.crossed_at, speech),
        )
        for number, story in enumerate(shown, start=1)
        if story.has_curve
    ]
    if not quiet and data.week.mentions and len(data.weeks) > 1:
        images.append(("weeks", weeks_png(data, speech)))
    first, last = data.start.astimezone(zone).date(), data.end.astimezone(zone).date() - timedelta(days=1)
    context: dict[str, Any] = {
        "data": data,
        "week": data.week,
        "quiet": quiet,
        "quiet_line": quiet_line(data, speech) if quiet else "",
        "headline": headline(data, speech),
        "preview": headline(data, speech),
        "tiles": () if quiet or not data.week.mentions else tiles(data, speech),
        "advice": () if quiet else advice(data, speech),
        "changes": changes(data, speech),
        "stories": shown,
        "pictures": [name for name, _ in images],
        "weeks_in_words": weeks_in_words(data, speech),
        "link": web_link(data.link),
        "period": speech.period(first, last),
        "busiest": max((day.mentions for day in data.week.days), default=0) or 1,
        "unwatched": unwatched_days(data),
        "times": [times(data, "to_page"), times(data, "to_acknowledge"), times(data, "to_reply")],
        "kept": (kept([data.week]), kept(data.before)),
        "outcomes": (outcomes([data.week]), outcomes(data.before)),
        "still_missing": any(not gap.filled for gap in data.gaps),
        "spent_before": {each.source: each for each in data.before[-1].spending} if data.before else {},
        "handled": lambda story: words.handled(speech, story),
        "curve": lambda story: words.curve(speech, story),
        "arranged": lambda story: words.arranged(speech, story),
        "label": lambda story: words.label(speech, story),
        "state": lambda story: words.state(speech, story),
    }
    environment = speaking(speech)
    rows, categories, gaps = _rows(data, speech), _categories(data, speech), words.together(speech, data.gaps)

    def written(name: str, part: int) -> str:
        most, further = LISTED // part, FURTHER // part
        others = [story for story in ranked if story not in grave[: FIRST + further]]
        listed = {
            "further": grave[FIRST : FIRST + further],
            "others": _first(others, most),
            "rows": _first(rows, most),
            "categories": categories[: CATEGORIES // part],
            "notes": _first(notes(data, speech), NOTES // part),
            "praise": data.praise[: max(5 // part, 1)],
            "done_changes": _first(data.done_changes, most),
            "open_changes": _first(data.open_changes, most),
            "spending": _first(data.week.spending, most),
            "gaps": _first(gaps, most),
        }
        return str(environment.get_template(name).render(context | listed))

    html, part = fitted(lambda part: written("weekly.html.jinja", part), PARTS)
    return Message(
        subject=speech._(
            "{brand}, week of {day}: {stories}",
            brand=brand,
            day=speech.named_day(first),
            stories=speech._("a quiet week") if quiet else words.stories(speech, data.week),
        ),
        text=written("weekly.txt.jinja", part),
        html=html,
        short=one_line(
            speech._("{brand}, last week: {headline}", brand=brand, headline=context["headline"]), 160
        ),
        thread=f"digest-{first:%G-W%V}{'' if data.language == 'en' else f'-{data.language}'}",
        at=data.made_at,
        images=tuple(images),
    )


@dataclass(frozen=True, slots=True)
class First(Generic[Item]):
    """The first ones of a list, and how many `more` there are."""

    shown: Sequence[Item]
    more: int


def _first(items: Sequence[Item], most: int) -> First[Item]:
    most = max(most, 1)
    return First(items[:most], max(len(items) - most, 0))


def _weight(story: StoryLine) -> tuple[bool, bool, int, int]:
    return story.viral, story.paged_at is not None, SEVERITIES.index(story.severity), story.peak_spread or 0


def _rows(data: DigestData, speech: Speech) -> list[dict[str, Any]]:
    """Each source: mentions, complaints, what is normal of these, and whether this is not."""
    rows = []
    for of in data.week.sources:
        normal = rows_range(data, source_counts(data, of.source))
        rows.append(
            {
                "source": of.source,
                "mentions": of.mentions,
                "complaints": of.complaints,
                "normal": f"{speech.number(normal.low)}–{speech.number(normal.high)}" if normal else "",
                "off": normal is not None and normal.verdict(of.complaints) == "more",
            }
        )
    return rows


def _categories(data: DigestData, speech: Speech) -> list[dict[str, Any]]:
    rows = []
    for name, count in data.week.categories[:CATEGORIES]:
        normal = rows_range(data, category_counts(data, name))
        rows.append(
            {
                "name": words.category(speech, name),
                "complaints": count,
                "normal": f"{speech.number(normal.low)}–{speech.number(normal.high)}" if normal else "",
                "off": normal is not None and normal.verdict(count) == "more",
            }
        )
    return rows
