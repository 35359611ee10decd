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
    axes: Any = figure.add_axes((38 / width, 26 / height, 1 - 48 / width, 1 - 48 / height))
    # In UTC, in which spans of time are right on the night on which clocks are changed, too.
    times, counts = [at.astimezone(UTC) for at, _ in points], [count for _, count in points]
    span = max(times[-1] - times[0], LEAST)
    right = times[-1] + (span * AHEAD if end else timedelta())
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
    axes.set_xlim(times[0], max(right, times[0] + LEAST))
    axes.set_ylim(0, top * 1.12)
    if viral_at <= top:
        axes.axhline(viral_at, color=_VIRAL, linewidth=1.25, linestyle=(0, (5, 4)))
        _say(axes, (0, viral_at), ("axes fraction", "data"), (2, 4), f"viral at {viral_at:,}", _VIRAL)
    for row, (at, what) in enumerate(marks):
        if times[0] <= at <= right:
            late = at - times[0] > (right - times[0]) * 0.75
            axes.axvline(at, color=_MARK, linewidth=1.25, alpha=0.8)
            place = (at, 1)
            said = _say(
                axes, place, ("data", "axes fraction"), (-4 if late else 4, -10 - 13 * (row % 3)), what, _MARK
            )
            said.set_ha("right" if late else "left")
    _ticks(axes, times, zone, narrow=narrow)
    if end:
        _say(axes, (1, 0), "axes fraction", (0, -18), "at the end", _DIM).set_ha("right")
    file = BytesIO()
    figure.savefig(file, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    return _coloured(file.getvalue())


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
