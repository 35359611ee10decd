"""A story's curve, and what was done with it, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from monitor.overview.story import Curve, Done, Point, thinned
from monitor.paging.happened import happened, noted
from monitor.spread import in_words
from monitor.web import reply_words
from monitor.wording.platforms import source_name
from monitor.wording.text import one_line

READINGS = 12
"""Of a curve, so many readings stand in its table."""

At = Callable[[datetime], str]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the audit. `said` is what somebody wrote down, `text` what a reply said then."""

    at: datetime
    words: str
    said: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class _AlertEvent:
    event: str
    person: str | None
    note: str


def curve_in_words(curve: Curve, at: At) -> str:
    """What the picture shows, for who does not see it."""
    who = one_line(curve.post.author.handle, 60) or "somebody"
    what = in_words(curve.measure)
    if not curve.points:
        return f"The {what} of the post by {who} were not read yet."
    first, last = curve.points[0], curve.points[-1]
    said = [
        f"The post by {who} on {source_name(curve.post.source)} had {last.spread:,} {what} at {at(last.at)}"
    ]
    if len(curve.points) > 1:
        said[0] += f", and {first.spread:,} at {at(first.at)}"
    if curve.crossed_at:
        said.append(f"It went viral ({curve.viral_at:,}) by {at(curve.crossed_at)}")
    else:
        said.append(f"It is viral at {curve.viral_at:,}")
    forecast = curve.forecast
    if forecast:
        said.append(
            f"In the end {forecast.expected:,.0f} are expected, in 8 of 10 cases {forecast.low:,.0f} to "
            f"{forecast.high:,.0f}"
        )
    if forecast and forecast.crosses_at and not curve.crossed_at:
        said.append(f"If it goes viral, then at about {at(forecast.crosses_at)}")
    return ". ".join(said) + "."


def readings(curve: Curve) -> tuple[Point, ...]:
    """What stands in the table beside the picture, the newest first."""
    return thinned(curve.points, READINGS)[::-1]


def audit_in_words(rows: Iterable[Done], but: str = "") -> list[Line]:
    """What was done; a note that is `but` is said elsewhere and not again."""
    return [_line(each, but) for each in rows]


def _line(row: Done, but: str) -> Line:
    if row.of == "alert":
        event = _AlertEvent(row.what, row.who or None, row.note)
        return Line(row.at, happened(event, but), "" if row.note == but else noted(event))
    if row.of == "reply":
        return Line(
            row.at, f"Reply {row.code}: {reply_words.done(row.what, row.who, row.note)}", text=row.text
        )
    way = "Became one with" if row.what == "merge" else "Was parted from"
    return Line(row.at, f"{way} story {row.code}, {one_line(row.note, 300)}")
