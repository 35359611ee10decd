"""Pure: how likely a story was said to go viral, over time, as a drawing like that of the report's curve."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import NamedTuple

from monitor.overview.course import Course
from monitor.overview.course_words import percent
from monitor.overview.report_curve import LEFT, NARROW, RIGHT, TOP, WIDE, Line, named, ticks

HEIGHT, BOTTOM = 110, 24

SOON = timedelta(minutes=1)
"""A page that went out so soon after the warning is marked with it."""

AFTER = 0.15
"""Of the time until the crossing, so much is drawn after it."""


class Event(NamedTuple):
    at: datetime
    name: str


@dataclass(frozen=True, slots=True)
class Likelihood:
    """What a template draws: `points` of the steps ("x,y x,y"), `area` beneath them, heights and times, what happened
    meanwhile, and from where on it was `enough` to page."""

    width: int
    height: int
    left: int
    right: int
    floor: int
    points: str
    area: str
    heights: tuple[Line, ...]
    times: tuple[Line, ...]
    marks: tuple[Line, ...]
    enough: Line


def drawing(course: Course, zone: tzinfo, width: int) -> Likelihood | None:
    """None where too little was said to draw."""
    if len(course.outlooks) < 2:
        return None
    events = tuple(_events(course))
    start, end = _span(course, events)
    if start >= end:
        return None
    scale = (width - LEFT - RIGHT) / (end - start).total_seconds()
    floor = TOP + HEIGHT

    def x(at: datetime) -> float:
        return round(LEFT + (at - start).total_seconds() * scale, 1)

    def y(p: float) -> float:
        return round(floor - HEIGHT * p, 1)

    steps: list[tuple[float, float]] = []
    for each in course.outlooks:
        if each.at <= end:
            until = steps[-1][1] if steps else y(each.p_viral)
            steps += [(x(each.at), until), (x(each.at), y(each.p_viral))]
    steps.append((x(end), steps[-1][1]))
    points = " ".join(f"{left},{up}" for left, up in steps)
    page_at = course.outlooks[-1].page_at
    return Likelihood(
        width=width,
        height=floor + BOTTOM,
        left=LEFT,
        right=width - RIGHT,
        floor=floor,
        points=points,
        area=f"{steps[0][0]},{floor} {points} {steps[-1][0]},{floor}",
        heights=tuple(Line(LEFT - 6, y(each), f"{each:.0%}", "end") for each in (0.0, 0.5, 1.0)),
        times=tuple(ticks(start, end, zone, x, width)),
        marks=tuple(named(events, start, end, x, width)),
        enough=Line(width - RIGHT, y(page_at), f"warns from {percent(page_at)}", "end"),
    )


def drawings(course: Course, zone: tzinfo) -> tuple[Likelihood, ...]:
    """For a desk and for a phone; nothing where there is nothing to draw."""
    found = (drawing(course, zone, width) for width in (WIDE, NARROW))
    return tuple(each for each in found if each)


def _events(course: Course) -> Iterator[Event]:
    warned, paged = course.warned, course.paged_at
    together = warned is not None and paged is not None and abs(paged - warned.at) <= SOON
    if warned is not None:
        yield Event(warned.at, "warned, paged" if together else "warned")
    if paged is not None and not together:
        yield Event(paged, "paged")
    if course.crossed_at is not None:
        yield Event(course.crossed_at, "viral")


def _span(course: Course, events: tuple[Event, ...]) -> tuple[datetime, datetime]:
    """From the first that was said to the last, or to soon after the crossing where anything was said before it."""
    times = [each.at for each in course.outlooks] + [each.at for each in events]
    start = min(times)
    until = max((each.at for each in events), default=start)
    if course.crossed_at is None or course.outlooks[0].at > until:
        return start, max(times)
    return start, until + (until - start) * AFTER
