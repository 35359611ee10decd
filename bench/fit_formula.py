"""Fit the constants of classifiers/forecast/formula.py on public series and print them.

    python -m bench.fit_formula DATA [KIND]

DATA as for bench/series.py. The constants come from the earlier half, in time, of a series, starting at the present
ones; bench/forecast.py measures on the rest.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import astuple, replace
from pathlib import Path

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

from bench.series import Post, higgs, reddit
from classifiers.forecast.curves import Floats, Rows
from classifiers.forecast.formula import SHARES, THREADS, Kind, posterior

TRAIN = 0.5


class Polled:
    """The readings of posts, and where each post ended; posts that were read alike and ended alike weigh together."""

    def __init__(self, posts: Sequence[Post]) -> None:
        known: dict[tuple[float, ...], int] = {}
        curves = {}
        for post in posts:
            key = (*post.curve.counts.tolist(), float(post.final))
            known[key] = known.get(key, 0) + 1
            curves[key] = post
        self.rows = Rows([each.asked for each in curves.values()])
        final = np.array([each.final for each in curves.values()])
        self.final = final[self.rows.post]
        self.weight = np.array([float(known[key]) for key in curves])[self.rows.post]

    def loss(self, viral_at: int, kind: Kind) -> float:
        """Mean log loss over the readings before the crossing, relative to always saying the base rate."""
        at = np.flatnonzero(self.rows.counts < viral_at)
        known = posterior(self.rows, kind, at)
        z = kind.shift + kind.slope * known.crossing(viral_at - self.rows.counts[at])
        p = np.clip(expit(z), 1e-7, 1 - 1e-7)
        viral, weight = self.final[at] >= viral_at, self.weight[at]
        base = np.average(viral, weights=weight)
        return float(
            -np.average(np.log(np.where(viral, p, 1 - p)), weights=weight)
            / -(base * np.log(base) + (1 - base) * np.log(1 - base))
        )


def fit(polled: Polled, thresholds: tuple[int, ...], start: Kind) -> tuple[Kind, float]:
    """The constants that lower the mean relative log loss over several thresholds.

    First the distribution without its calibration, over a ladder of thresholds, so that the interval stays true; then
    the calibration alone. Fitted together, the calibration makes up for a distribution that fits nothing.
    """

    def uncalibrated(logs: Floats) -> Kind:
        shape, mean, clump, recency, half, steep, doubt = np.exp(logs).tolist()
        return Kind(shape, mean, clump, recency, half, steep, doubt, 0.0, 1.0, start.followers)

    def total(kind: Kind) -> float:
        return float(np.mean([polled.loss(viral_at, kind) for viral_at in thresholds]))

    def distribution(packed: Floats) -> float:
        kind = uncalibrated(packed)
        sane = kind.steep < 5 and kind.recency < 8 and kind.shape > 1e-4
        # a faint pull to the start keeps directions that the data don't determine from drifting away
        return total(kind) + 1e-4 * float(np.sum((packed - origin) ** 2)) if sane else 1e3

    def calibration(packed: Floats) -> float:
        return total(replace(kind, shift=packed[0], slope=np.exp(packed[1])))

    origin = np.log(astuple(start)[:7])
    options = {"maxiter": 300, "fatol": 1e-5, "adaptive": True}
    kind = uncalibrated(minimize(distribution, origin, method="Nelder-Mead", options=options).x)
    found = minimize(calibration, [0.0, 0.1], method="Nelder-Mead", options={"maxiter": 50, "fatol": 1e-5})
    return replace(kind, shift=float(found.x[0]), slope=float(np.exp(found.x[1]))), float(found.fun)


def main(data: Path, only: str | None) -> None:
    recipes = {
        "SHARES": (SHARES, higgs, (50, 100, 200, 400)),
        "THREADS": (THREADS, reddit, (10, 20, 50, 100)),
    }
    for name, (start, load, thresholds) in recipes.items():
        if only in (None, name):
            posts = load(data)
            kind, value = fit(Polled(posts[: int(len(posts) * TRAIN)]), thresholds, start)
            print(f"{name} = Kind({', '.join(f'{x:.4g}' for x in astuple(kind))})  # loss {value:.4f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else None)
