"""Pure: how a post spreads and where it goes, as a picture for a screen that is light or dark."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

WIDE, NARROW = (720, 250), (350, 230)
"""In pixels; a narrow picture is drawn for itself, so that its words stay legible on a phone."""

AHEAD = 0.3
"""Of the time that is shown, so much is added on the right for where it ends."""

LEAST = timedelta(minutes=30)

LETTER, ROW, ROWS = 6.6, 14, 3
"""Pixels: the width of a letter of a label, on average, and the height of one. Names of marks stand above the curve, in as
many rows as keep them apart, and three at most: further marks have their line alone."""

# Each stands for a variable of the style below, which knows whether the screen is light or dark.
_INK, _DIM, _LINE, _GRID, _VIRAL, _MARK = "#010101", "#020202", "#030303", "#040404", "#050505", "#060606"
_NAMES = {_INK: "ink", _DIM: "dim", _LINE: "line", _GRID: "grid", _VIRAL: "viral", _MARK: "mark"}
_STYLE = """<style>
:root{--ink:#16191d;--dim:#59616b;--line:#3550c8;--grid:#e3e6ea;--viral:#b3122b;--mark:#17693c}
@media(prefers-color-scheme:dark){:root{--ink:#e8eaee;--dim:#a0a8b4;--line:#93a8ff;--grid:#2a2f37;--viral:#ff8a94;--mark:#64cf94}}
text{font-family:system-ui,sans-serif!important}
</style>"""


class End(NamedTuple):
    """Where the spread is expected to end, with an interval."""

    expected: float
    low: float
    high: float


def story_curve(
    points: Sequence[tuple[datetime, int]],
    zone: ZoneInfo,
    viral_at: int,
    end: End | None = None,
    marks: Sequence[tuple[datetime, str]] = (),
    *,
    narrow: bool = False,
) -> bytes:
    """An SVG file of WIDE or NARROW: the points, at least one, in order of time; the threshold; the end, if it is known, at
    the right edge; what happened, by name, at those of the marks that lie within the time shown."""
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    mpl.rcParams["svg.fonttype"] = "none"  # words stay words, which the browser sets in its own font
    mpl.rcParams["svg.hashsalt"] = "snapwatch"
    width, height = NARROW if narrow else WIDE
    figure = Figure(figsize=(width / 72, height / 72), dpi=72)
    FigureCanvasSVG(figure)
    # In UTC, in which spans of time are right on the night on which clocks are changed, too.
    times, counts = [at.astimezone(UTC) for at, _ in points], [count for _, count in points]
    span = max(times[-1] - times[0], LEAST)
    right = times[-1] + (span * AHEAD if end else timedelta())
    last = max(right, times[0] + LEAST)
    names = _rows([each for each in marks if times[0] <= each[0] <= right], times[0], last, width - 48)
    above = 8 + ROW * max([1, *(each.row + 1 for each in names)])
    axes: Any = figure.add_axes((38 / width, 26 / height, 1 - 48 / width, 1 - (26 + above) / height))
    axes.plot(times, counts, color=_LINE, linewidth=2.5, solid_capstyle="round", solid_joinstyle="round")
    axes.plot(times[-1:], counts[-1:], "o", color=_LINE, markersize=6)
    top = float(max(max(counts), viral_at, 1))
    if end:
        top = max(top, min(end.high, max(1.25 * end.expected, 1.5 * top)))
        axes.fill_between(
            [times[-1], right], [counts[-1], end.low], [counts[-1], end.high], color=_LINE, alpha=0.16, lw=0
        )
        axes.plot(
            [times[-1], right], [counts[-1], end.expected], color=_LINE, linewidth=1.5, linestyle=(0, (4, 3))
        )
    axes.set_xlim(times[0], last)
    axes.set_ylim(0, top * 1.12)
    if viral_at <= top:
        axes.axhline(viral_at, color=_VIRAL, linewidth=1.25, linestyle=(0, (5, 4)))
        words = f"viral at {viral_at:,}"
        # On the left, where curves are low, behind the marks that would cross it; on the right far below one that went on.
        lines = sorted((each.at - times[0]) / (last - times[0]) * (width - 48) for each in names)
        begins, long = 0.0, LETTER * len(words) + 4
        for x in lines:
            begins = x if begins <= x < begins + long else begins
        far_right = width - 48 - long
        if counts[-1] > 2 * viral_at and not any(x > far_right for x in lines):
            begins = far_right
        begins = min(begins, far_right)
        _say(axes, (begins / (width - 48), viral_at), ("axes fraction", "data"), (2, 4), words, _VIRAL)
    for each in names:
        axes.axvline(each.at, color=_MARK, linewidth=1.25, alpha=0.8)
        place = (-2 if each.left else 2, 4 + ROW * each.row)
        said = _say(axes, (each.at, 1), ("data", "axes fraction"), place, each.name, _MARK)
        said.set_ha("right" if each.left else "left")
    _ticks(axes, times, zone, narrow=narrow)
    if end:
        _say(axes, (1, 0), "axes fraction", (0, -18), "at the end", _DIM).set_ha("right")
        ticks, (left, over) = axes.get_xticks(), axes.get_xlim()
        free = [each for each in ticks if (each - left) / (over - left) * (width - 48) < width - 48 - 90]
        axes.set_xticks(free or ticks[:1])
    file = BytesIO()
    figure.savefig(file, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    return _coloured(file.getvalue())


class _Name(NamedTuple):
    """Of a mark: in which row it stands, and whether to the left of its line."""

    at: datetime
    name: str
    row: int
    left: bool


def _rows(
    marks: Sequence[tuple[datetime, str]], first: datetime, last: datetime, width: float
) -> list[_Name]:
    """The names in the lowest rows in which none touches another."""
    taken: list[float] = []  # where the last name of each row ends
    found = []
    for at, name in sorted(marks):
        x, long = (at - first) / (last - first) * width, LETTER * len(name) + 4
        left = x + long > width
        begins = x - long if left else x
        row = next((number for number, end in enumerate(taken) if end + 4 <= begins), len(taken))
        if row < ROWS:
            taken[row : row + 1] = [begins + long]
        found.append(_Name(at, *(name, row) if row < ROWS else ("", 0), left))
    return found


def _say(axes: Any, place: Any, coordinates: Any, apart: tuple[int, int], words: str, colour: str) -> Any:
    return axes.annotate(
        words, place, xycoords=coordinates, xytext=apart, textcoords="offset points", color=colour, fontsize=12,
        annotation_clip=False,
    )  # fmt: skip


def _ticks(axes: Any, times: Sequence[datetime], zone: ZoneInfo, *, narrow: bool) -> None:
    """Of the axes; none of time beyond the last point, where the end stands."""
    from matplotlib.dates import (
        DAILY,
        HOURLY,
        MINUTELY,
        MONTHLY,
        AutoDateLocator,
        ConciseDateFormatter,
        date2num,
    )
    from matplotlib.ticker import EngFormatter, MaxNLocator

    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(_GRID)
    axes.tick_params(colors=_DIM, labelsize=12, length=0, pad=6)
    axes.yaxis.set_major_locator(MaxNLocator(3, integer=True))
    axes.yaxis.set_major_formatter(EngFormatter(sep=""))
    locator = AutoDateLocator(tz=zone, minticks=2, maxticks=3 if narrow else 5)  # type: ignore[no-untyped-call]
    for unit, whole in ((MINUTELY, 60), (HOURLY, 24), (DAILY, 31), (MONTHLY, 12)):
        locator.intervald[unit].append(
            whole
        )  # else there are spans of which no part is known that is long enough
    shown = times[0], max(times[-1], times[0] + LEAST)
    first, last = date2num(shown)  # type: ignore[no-untyped-call]
    ticks = locator.tick_values(*(at.astimezone(zone) for at in shown))  # type: ignore[no-untyped-call]
    axes.set_xticks([each for each in ticks if first <= each <= last])
    formats = ["%Y", "%b", "%d", "%H:%M", "%H:%M", "%H:%M:%S"]
    zeros = ["", "%Y", "%b", "%d %b", "%H:%M", "%H:%M"]
    axes.xaxis.set_major_formatter(
        ConciseDateFormatter(locator, tz=zone, formats=formats, zero_formats=zeros, show_offset=False)  # type: ignore[no-untyped-call]
    )
    axes.grid(axis="y", color=_GRID, linewidth=1)
    axes.set_axisbelow(True)


def _coloured(svg: bytes) -> bytes:
    text = svg.decode()
    for colour, name in _NAMES.items():
        text = text.replace(colour, f"var(--{name})")
    text = re.sub(r'(width|height)="(\d+)pt"', r'\1="\2"', text, count=2)
    head, tag, rest = text.partition("<defs>")
    return (head + _STYLE + tag + rest).encode()
