"""Pure: the curve of an after-action report as a drawing: how the post that spread furthest spread, where it was said to
end at each moment, how many posts came beside, and when we paged, acknowledged and answered.

It is SVG without styles or scripts of its own: classes name its parts, and the page's stylesheet colours them for light,
dark and paper.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from math import ceil, log10
from typing import Protocol

from monitor.outlook import Outlook
from monitor.overview.report import Curve, Mark, Report, Volume

WIDE, NARROW = 720, 340
"""Of a drawing for a desk and of one for a phone, so that what is written in it is legible on both."""
LEFT, RIGHT = 46, 14
TOP, BARE, SPREAD, GAP, POSTS, BOTTOM = 62, 20, 150, 26, 44, 24
ROW = 15
"""Between the names of marks that would stand on each other."""
LETTER = 7.4
"""About the width of one, at the size of the names."""
LINES = 3
STEPS = tuple(
    timedelta(minutes=each)
    for each in (5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10080, 43200, 129600)
)
TIME = 105
"""Pixels from one time below the curve to the next, at least."""

TALLEST = 2.5
"""A band that reaches higher than so many times what came, or the threshold, is cut."""

Place = Callable[[datetime], float]
"""Where a moment stands, from left to right."""


class Named(Protocol):
    """What is marked: a moment and its name."""

    @property
    def at(self) -> datetime: ...
    @property
    def name(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Line:
    """A straight one, with its name at `x`, `y`; `anchor` as in SVG."""

    x: float
    y: float
    label: str
    anchor: str = "middle"
    name: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Drawing:
    """What a template draws: `points` of the curve ("x,y x,y"), `area` beneath it, heights with their numbers, times,
    marks, `threshold` (None where it lies outside), bars of posts. `band` is where it was said to end, at each moment, with
    `expected` in its middle; empty where that is not known; `cut` where it reaches higher than what is drawn."""

    width: int
    height: int
    left: int
    right: int
    top: int
    floor: int
    base: int
    points: str
    area: str
    heights: tuple[Line, ...]
    times: tuple[Line, ...]
    marks: tuple[Line, ...]
    threshold: Line | None
    bars: tuple[Bar, ...]
    most: int
    each: str
    band: str = ""
    expected: str = ""
    cut: bool = False


def drawing(report: Report, zone: tzinfo, width: int = WIDE) -> Drawing | None:
    """None where there is nothing that takes time to draw."""
    curve, volume = report.curve, report.volume
    if curve is None or not curve.drawn:
        return None
    start, end = _span(curve, volume, report.marks)
    scale = (width - LEFT - RIGHT) / (end - start).total_seconds()

    def x(at: datetime) -> float:
        return round(LEFT + (at - start).total_seconds() * scale, 1)

    said = [each for each in report.course.outlooks if each.post == (curve.quote.source, curve.quote.id)]
    came = max(curve.peak, curve.viral_at if curve.peak * 2 >= curve.viral_at or said else 0, 1)
    highest = max((each.high for each in said), default=0)
    top, each = heights(round(max(came, min(highest, TALLEST * came))))
    above = TOP if report.marks else BARE
    floor, base = above + SPREAD, above + SPREAD + GAP + POSTS

    def y(count: float) -> float:
        return round(floor - SPREAD * count / top, 1)

    line = [(x(at), y(count)) for at, count in curve.points]
    points = " ".join(f"{left},{up}" for left, up in line)
    steps = list(_steps(said, curve.points[-1][0]))
    return Drawing(
        width=width,
        height=base + BOTTOM,
        left=LEFT,
        right=width - RIGHT,
        top=above,
        floor=floor,
        base=base,
        points=points,
        area=f"{line[0][0]},{floor} {points} {line[-1][0]},{floor}",
        heights=tuple(Line(LEFT - 6, y(count), f"{count:,}", "end") for count in range(0, top + 1, each)),
        times=tuple(ticks(start, end, zone, x, width)),
        marks=tuple(named(report.marks, start, end, x, width)),
        threshold=Line(width - RIGHT, y(curve.viral_at), f"viral at {curve.viral_at:,}", "end")
        if curve.viral_at <= top
        else None,
        bars=tuple(_bars(volume, x, base)) if volume else (),
        most=volume.most if volume else 0,
        each=_named(volume.each) if volume else "",
        band=" ".join(
            [f"{x(at)},{y(min(said.high, top))}" for at, said in steps]
            + [f"{x(at)},{y(min(said.low, top))}" for at, said in reversed(steps)]
        ),
        expected=" ".join(f"{x(at)},{y(min(said.expected, top))}" for at, said in steps),
        cut=any(each.high > top for each in said),
    )


def drawings(report: Report, zone: tzinfo) -> tuple[Drawing, ...]:
    """For a desk and for a phone; nothing where there is nothing to draw."""
    found = (drawing(report, zone, width) for width in (WIDE, NARROW))
    return tuple(each for each in found if each)


def _span(curve: Curve, volume: Volume | None, marks: Sequence[Mark]) -> tuple[datetime, datetime]:
    """From the first that is drawn to the last; the end of a story that lay still long is not waited for."""
    times = [at for at, _ in curve.points] + [each.at for each in marks if each.name != "over"]
    if volume:
        times += [volume.start, volume.start + volume.each * len(volume.posts)]
    return min(times), max(times)


def _steps(said: Sequence[Outlook], end: datetime) -> Iterator[tuple[datetime, Outlook]]:
    """What was said, and until when that stood."""
    for place, each in enumerate(said):
        until = min(said[place + 1].at, end) if place + 1 < len(said) else end
        if until > each.at:
            yield each.at, each
            yield until, each


def heights(most: int) -> tuple[int, int]:
    """A round height above the largest, and the step between lines."""
    rough = most / LINES
    size = 10 ** max(int(log10(rough)) if rough >= 1 else 0, 0)
    step = next(int(size * each) for each in (1, 2, 5, 10) if size * each >= rough)
    return step * ceil(most / step), step


def ticks(start: datetime, end: datetime, zone: tzinfo, x: Place, width: int) -> Iterator[Line]:
    """Round times of the zone between the two, none too near to another."""
    step = next((each for each in STEPS if (end - start) / each <= width / TIME), STEPS[-1])
    local = start.astimezone(zone)
    at = local.replace(hour=0, minute=0, second=0, microsecond=0)
    while at < local:
        at += step
    while at <= end:
        daily = step >= timedelta(days=1) or (at.hour == 0 and at.minute == 0)
        label = f"{at.day} {at:%b}" if daily else f"{at:%H:%M}"
        if LEFT + 18 <= x(at) <= width - RIGHT - 18:
            yield Line(x(at), 0, label)
        at += step


def named(marks: Sequence[Named], start: datetime, end: datetime, x: Place, width: int) -> Iterator[Line]:
    """Their names in rows above the curve, none on another."""
    ends = [0.0] * 4
    for mark in sorted(marks, key=lambda each: each.at):
        if not start <= mark.at <= end:
            continue
        at, wide = x(mark.at), len(mark.name) * LETTER
        anchor = "start" if at + wide < width - RIGHT else "end"
        left = at if anchor == "start" else at - wide
        row = next((row for row, taken in enumerate(ends) if left >= taken), len(ends) - 1)
        ends[row] = left + wide + 10
        yield Line(at, 12 + row * ROW, mark.name, anchor, mark.name)


def _bars(volume: Volume, x: Place, base: int) -> Iterator[Bar]:
    for number, posts in enumerate(volume.posts):
        if not posts:
            continue
        left = x(volume.start + volume.each * number)
        right = x(volume.start + volume.each * (number + 1))
        height = round(max(POSTS * posts / volume.most, 1), 1)
        yield Bar(left, base - height, round(max(right - left - 1, 1), 1), height)


def _named(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    if minutes < 60:
        return f"{minutes} min"
    hours = minutes // 60
    if hours < 24:
        return "hour" if hours == 1 else f"{hours} h"
    return "day" if hours == 24 else f"{hours // 24} days"
