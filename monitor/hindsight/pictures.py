"""The pictures of a backtest as PNG files, legible on a light and on a dark page, with what they show in words."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Any, NamedTuple

import numpy as np

from monitor.hindsight.judged import Found

# The background is transparent: these have about the same contrast with white and with black.
_INK, _FORECAST, _COUNT, _PAGE, _VIRAL = "#748091", "#e8590c", "#4c8dd6", "#2f9e6e", "#d6336c"

CURVES = 12
"""Posts that a picture of curves shows at most: those that spread furthest."""

SHARES = (0, 0.5, 1, 3, 10, 30, 100, 1000)
"""What the axis of a picture of curves is marked with, as far as the curves reach."""


class Picture(NamedTuple):
    name: str
    title: str
    png: bytes
    alt: str


def pictures(found: Found) -> list[Picture]:
    """Of one configuration; without those that there is nothing to show in."""
    drawn = (_reliability(found), _trade(found), _curves(found, hits=True), _curves(found, hits=False))
    return [picture for picture in drawn if picture is not None]


def _reliability(found: Found) -> Picture | None:
    of = found.reliability
    if not len(of.readings):
        return None
    figure, axes = _figure()
    axes.plot([0, 1], [0, 1], color=_INK, linewidth=1, linestyle=(0, (4, 3)))
    sizes = 20 + 180 * np.sqrt(of.readings / of.readings.max())
    axes.plot(of.said, of.came, color=_FORECAST, linewidth=1.4)
    axes.scatter(of.said, of.came, s=sizes, color=_FORECAST, alpha=0.7, clip_on=False, zorder=3)
    axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="probability that was said", ylabel="share that crossed")
    said = "; ".join(
        f"{count:,} readings said {said:.0%} on average, {came:.0%} crossed"
        for said, came, count in zip(of.said, of.came, of.readings, strict=True)
    )
    return Picture("reliability", "Are the probabilities true?", _png(figure), f"{said}.")


def _trade(found: Found) -> Picture | None:
    forecast, count = found.trades["forecast"], found.trades["count"]
    if not len(forecast.levels):
        return None
    figure, axes = _figure()
    for trade, colour, name in ((count, _COUNT, "count ≥ c"), (forecast, _FORECAST, "forecast ≥ p")):
        axes.plot(trade.early_recall, trade.precision, color=colour, linewidth=2, label=name)
    now = found.configured.figures
    if now.precision is not None and now.early_recall is not None:
        axes.plot(
            now.early_recall,
            now.precision,
            "o",
            color=_PAGE,
            markersize=9,
            label="as configured",
            clip_on=False,
        )
    axes.set(xlim=(0, 1), ylim=(0, 1.02), xlabel="early recall", ylabel="precision")
    _legend(axes, loc="lower left")
    words = (
        f"Precision against early recall at every level. Area under the curve: forecast {forecast.area:.2f}, "
        f"count {count.area:.2f}. At 70% precision the forecast finds {forecast.early_recall_at(0.7):.0%} early, "
        f"the count {count.early_recall_at(0.7):.0%}."
    )
    return Picture("precision", "How many are found early, at which precision?", _png(figure), words)


def _curves(found: Found, *, hits: bool) -> Picture | None:
    of = found.of
    paged = np.zeros(len(of.posts), dtype=bool)
    paged[found.configured.sent.post] = True
    chosen = np.flatnonzero(found.measured & of.viral & (paged if hits else ~paged))
    chosen = chosen[np.argsort(-of.final[chosen], kind="stable")][:CURVES]
    if not len(chosen):
        return None
    figure, axes = _figure()
    page_at = dict(zip(*(each.tolist() for each in found.configured.sent), strict=True))
    for post in chosen.tolist():
        rows = np.flatnonzero(of.post == post)
        hours = of.age[rows] / 60
        axes.plot(hours, of.count[rows] / of.viral_at[post], color=_INK, linewidth=1.2, alpha=0.8)
        if post in page_at:
            row = page_at[post]
            axes.plot(of.age[row] / 60, of.count[row] / of.viral_at[post], "o", color=_PAGE, markersize=6)
        axes.plot(of.crossed[post] / 60, 1, "x", color=_VIRAL, markersize=6)
    axes.axhline(1, color=_VIRAL, linewidth=1, linestyle=(0, (4, 3)))
    axes.set(xscale="log", yscale="symlog", xlabel="hours after the post", ylabel="spread as a share of V")
    axes.set_ylim(bottom=0)
    if hits:
        axes.plot([], [], "o", color=_PAGE, label="page")
    axes.plot([], [], "x", color=_VIRAL, label="crosses V")
    _legend(axes)
    top = (of.final[chosen] / of.viral_at[chosen]).max()
    axes.set_yticks([share for share in SHARES if share <= top], minor=False)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    name, title = (
        ("hits", "Paged before they crossed") if hits else ("misses", "Crossed without a page before")
    )
    words = (
        f"{title}: spread over the hours after the post. {_curves_in_words(found, chosen.tolist(), page_at)}"
    )
    return Picture(name, title, _png(figure), words)


def _curves_in_words(found: Found, chosen: Sequence[int], page_at: dict[int, int]) -> str:
    of = found.of
    said = []
    for post in chosen:
        words = f"{of.posts[post].key.id} crossed after {of.crossed[post] / 60:.1f} hours"
        if post in page_at:
            row = page_at[post]
            words += f", paged after {of.age[row] / 60:.1f} at {of.count[row] / of.viral_at[post]:.0%} of V"
        said.append(words)
    return "; ".join(said) + "."


def _figure() -> tuple[Any, Any]:
    # Not pyplot: its figures are global.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5, 3.4), dpi=160, layout="constrained")
    FigureCanvasAgg(figure)
    axes: Any = figure.subplots()
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(_INK)
    axes.tick_params(colors=_INK, which="both")
    axes.xaxis.label.set_color(_INK)
    axes.yaxis.label.set_color(_INK)
    axes.grid(color=_INK, alpha=0.18, linewidth=0.8)
    return figure, axes


def _legend(axes: Any, loc: str = "best") -> None:
    axes.legend(frameon=False, labelcolor=_INK, loc=loc)


def _png(figure: Any) -> bytes:
    file = BytesIO()
    figure.savefig(file, format="png", transparent=True, metadata={"Software": None})
    return file.getvalue()
