"""Pure: the curve of a story as a picture, legible on a light and on a dark page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

from alerts.languages import Speech

# The background is transparent. These have about the same contrast with white and with a dark mail program.
_INK = "#748091"
_LINE = "#e8590c"
_LEAD = "#2f9e6e"
_VIRAL = "#d6336c"


def curve_png(
    points: Sequence[tuple[datetime, int]],
    zone: ZoneInfo,
    viral_at: int | None = None,
    paged_at: datetime | None = None,
    crossed_at: datetime | None = None,
    speech: Speech | None = None,
) -> bytes:
    """Spread over time as a PNG file of 1000 by 360 pixels, with local times. The points are in order of time and
    not all of one moment.

    Shown with it, where they lie in the picture: the threshold that it has not reached, the first page, the moment
    of going viral, and the lead time between the two as a shaded stretch. Its words are English unless a `speech` says
    otherwise.
    """
    speech = speech or Speech()
    _ = speech._
    # Not pyplot: its figures are global, and this may run in any thread.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.dates import AutoDateLocator, num2date
    from matplotlib.figure import Figure
    from matplotlib.ticker import EngFormatter, FuncFormatter, MaxNLocator

    times = [at.astimezone(zone) for at, _ in points]
    counts = [count for _, count in points]
    top = max(counts)
    figure = Figure(figsize=(5, 1.8), dpi=200, layout="constrained")
    FigureCanvasAgg(figure)
    axes: Any = figure.subplots()  # its annotations know no datetime
    axes.plot(times, counts, color=_LINE, linewidth=2.2, solid_capstyle="round")
    axes.fill_between(times, counts, color=_LINE, alpha=0.12, linewidth=0)
    # Far above the curve it would flatten it.
    if viral_at is not None and top < viral_at < top * 2:
        axes.axhline(viral_at, color=_INK, linewidth=1, linestyle=(0, (4, 3)))
        axes.annotate(
            _("viral at {count}", count=viral_at),
            (1, viral_at),
            xycoords=("axes fraction", "data"),
            xytext=(-2, 2),
            va="bottom",
            textcoords="offset points",
            ha="right",
            color=_INK,
            fontsize=11,
        )
        top = viral_at
    if paged_at is not None:
        _mark(axes, times, paged_at, _("paged"), _LEAD, row=0)
    if crossed_at is not None:
        close = paged_at is not None and abs(paged_at - crossed_at) < (times[-1] - times[0]) / 4
        _mark(axes, times, crossed_at, _("viral"), _VIRAL, row=int(close))
    if paged_at is not None and crossed_at is not None and paged_at < crossed_at:
        axes.axvspan(paged_at, crossed_at, color=_LEAD, alpha=0.16, linewidth=0)
    axes.set_xlim(times[0], times[-1])
    axes.set_ylim(0, max(1, top) * 1.25)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(_INK)
    axes.tick_params(colors=_INK, labelsize=12, length=0)
    axes.tick_params(axis="x", pad=7)  # the first time must not touch the zero
    axes.yaxis.set_major_locator(MaxNLocator(3, integer=True))
    short = EngFormatter(sep="")
    point = "." if speech.language == "en" else ","
    axes.yaxis.set_major_formatter(FuncFormatter(lambda count, _place: short(count).replace(".", point)))
    locator = AutoDateLocator(tz=zone, minticks=2, maxticks=5)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda at, _place: _tick(num2date(at, tz=zone), speech)))  # type: ignore[no-untyped-call]
    axes.grid(axis="y", color=_INK, alpha=0.18, linewidth=0.8)
    file = BytesIO()
    figure.savefig(file, format="png", transparent=True)
    return file.getvalue()


def _tick(at: datetime, speech: Speech) -> str:
    """The day where one begins, else the clock."""
    return f"{at:%H:%M}" if at.hour or at.minute else speech.short_day(at.date())


def _mark(axes: Any, times: Sequence[datetime], at: datetime, label: str, colour: str, row: int) -> None:
    """A vertical line with its name above the plot, where no other line runs through it; rows go upwards."""
    if not times[0] <= at <= times[-1]:
        return
    along = (at - times[0]) / (times[-1] - times[0]) if times[0] < times[-1] else 0.0
    axes.axvline(at, color=colour, linewidth=1.6)
    axes.annotate(
        label,
        (at, 1),
        xycoords=("data", "axes fraction"),
        xytext=(0, 3 + 15 * row),
        textcoords="offset points",
        ha="left" if along < 0.1 else "right" if along > 0.9 else "center",
        va="bottom",
        color=colour,
        fontsize=12,
        fontweight="bold",
    )
