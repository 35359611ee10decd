"""Pure: the weeks as a picture, legible on a light and on a dark page, with its text equivalent."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from alerts.languages import Speech
from alerts.weekly.figures import DigestData
from alerts.weekly.normal import LEAST, Range
from alerts.weekly.sentences import mentions_range, share_range

# The background is transparent. These have about the same contrast with white and with a dark mail program.
_INK = "#748091"
_BAR = "#8d99a8"
_COMPLAINTS = "#e8590c"
_NORMAL = "#2f9e6e"


def weeks_png(data: DigestData, speech: Speech) -> bytes:
    """Mentions with the complaints among them, and the share of complaints, week by week: a PNG file of 1000 by 420 pixels.
    The green stretch is what is normal for the last week."""
    # Not pyplot: its figures are global, and this may run in any thread.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    _ = speech._
    names = [speech.short_day(each.days[0].day) for each in data.weeks]
    places = list(range(len(names)))
    figure = Figure(figsize=(5, 2.1), dpi=200, layout="constrained")
    FigureCanvasAgg(figure)
    volume: Any
    share: Any
    volume, share = figure.subplots(1, 2)
    volume.bar(places, [each.mentions for each in data.weeks], color=_BAR, width=0.72)
    volume.bar(places, [each.complaints for each in data.weeks], color=_COMPLAINTS, width=0.72)
    shares = [100 * e.complaints / e.mentions if e.mentions >= LEAST else float("nan") for e in data.weeks]
    share.plot(places, shares, color=_COMPLAINTS, linewidth=2.2, marker="o", markersize=4)
    normal = share_range(data)
    _band(volume, places[-1], mentions_range(data))
    _band(share, places[-1], Range(100 * normal.low, 100 * normal.high) if normal else None)
    volume.set_title(_("Mentions, complaints"), color=_INK, fontsize=10, loc="left")
    share.set_title(_("Share of complaints"), color=_INK, fontsize=10, loc="left")
    volume.yaxis.set_major_formatter(FuncFormatter(lambda value, _place: speech.number(value)))
    share.yaxis.set_major_formatter(FuncFormatter(lambda value, _place: speech.percent(value / 100)))
    shown = [*places[:: max(1, len(places) // 2)]]
    for axes in (volume, share):
        axes.set_ylim(0)
        axes.set_xlim(-0.6, places[-1] + 0.6)
        axes.set_xticks(shown, [names[place] for place in shown])
        axes.yaxis.set_major_locator(MaxNLocator(3))
        axes.tick_params(colors=_INK, labelsize=9.5, length=0)
        axes.spines[["top", "right", "left"]].set_visible(False)
        axes.spines["bottom"].set_color(_INK)
        axes.grid(axis="y", color=_INK, alpha=0.18, linewidth=0.8)
        axes.set_axisbelow(True)
    file = BytesIO()
    figure.savefig(file, format="png", transparent=True)
    return file.getvalue()


def _band(axes: Any, last: int, normal: Range | None) -> None:
    """What is normal, over all weeks faintly, and beside the last one plainly."""
    if normal is None:
        return
    axes.axhspan(normal.low, normal.high, color=_NORMAL, alpha=0.14, linewidth=0)
    axes.plot(
        [last + 0.5, last + 0.5], [normal.low, normal.high], color=_NORMAL, linewidth=3, solid_capstyle="butt"
    )


def weeks_in_words(data: DigestData, speech: Speech) -> str:
    """The same, for who can't see it: one clause a week."""
    return "; ".join(
        speech._(
            "week of {day}: {mentions} mentions, {complaints} complaints",
            day=speech.named_day(each.days[0].day),
            mentions=each.mentions,
            complaints=each.complaints,
        )
        for each in data.weeks
        if each.days
    )
