"""Do the bundled model's probabilities mean what they say: figures for each head, and a picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from train.calibration import cross_fitted, ece, ece_by_chance, log_loss, reliability, stated
from train.data import HEADS
from train.measure import Answers

KINDS = {"temperature": False, "Platt": True}
"""Whether the fit has a bias. The bundled model ships a temperature for each head."""
INK, GREY = "#1f4e79", "#8a8a8a"


def calibration(answers: dict[str, Answers]) -> dict[str, dict[str, float]]:
    """For each head: log loss and expected calibration error as shipped (the rows that set the temperature, so this
    flatters), cross-fitted with a temperature and with Platt's bias, and the error that is chance on so few rows."""
    found = {}
    for head in HEADS:
        if head not in answers:
            continue
        a = answers[head]
        fitted = {name: cross_fitted(a.p, a.truth, a.half, biased=biased) for name, biased in KINDS.items()}
        figures: dict[str, float] = {"rows": len(a.truth)}
        for name, p in ({"as shipped": a.p} | fitted).items():
            figures[f"log loss, {name}"] = log_loss(p, a.truth)
            figures[f"ECE, {name}"] = ece(*stated(p, a.truth))
        said, _ = stated(fitted["temperature"], a.truth)
        figures["ECE by chance"], figures["ECE by chance, 95th percentile"] = ece_by_chance(said)
        found[head] = {name: round(value, 4) for name, value in figures.items()}
    return found


def draw(answers: dict[str, Answers], path: Path) -> None:
    """Reliability diagrams, cross-fitted: "complaint" large, the other heads small."""
    figure = Figure(figsize=(9, 4.3), layout="constrained")
    grid = figure.add_gridspec(2, 5, width_ratios=(1, 1, 1, 1, 1))
    heads = [head for head in HEADS if head in answers and head != "complaint"]
    _panel(figure.add_subplot(grid[:, :2]), "complaint", answers["complaint"], large=True)
    for i, head in enumerate(heads[:6]):
        _panel(figure.add_subplot(grid[i // 3, 2 + i % 3]), head, answers[head], large=False)
    figure.savefig(path, dpi=110, metadata={"Software": None})


def _panel(axes: Axes, head: str, a: Answers, *, large: bool) -> None:
    said, so = stated(cross_fitted(a.p, a.truth, a.half, biased=False), a.truth)
    points = reliability(said, so)
    x, y = np.array([p.said for p in points]), np.array([p.share for p in points])
    reach = np.array([[p.share - p.low for p in points], [p.high - p.share for p in points]])
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle="--")
    axes.errorbar(x, y, np.maximum(reach, 0), fmt="o-", color=INK, markersize=5 if large else 3, linewidth=1)
    size: dict[str, Any] = {"fontsize": 11 if large else 9}
    axes.set_title(f"{head} ({len(so)} rows)" if large else head, **size)
    axes.text(0.97, 0.04, f"error {ece(said, so):.3f}", ha="right", transform=axes.transAxes, **size)
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), aspect="equal")
    ticks = (0, 0.25, 0.5, 0.75, 1) if large else (0, 0.5, 1)
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks], fontsize=8)
    axes.set_yticks(ticks, [f"{tick:g}" for tick in ticks], fontsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    if large:
        axes.set_xlabel("probability that the model says")
        axes.set_ylabel("share of posts of which it is so, 95% interval")
