"""Fit the constants of classifiers/virality.py on public series and print them.

    python -m bench.fit_virality DATA [KIND]

DATA is a folder with twitter_higgs_bursts, hn_frontpage, hn_domain_mentions and reddit_threads (.jsonl.gz). Each series
is split in time: the constants come from its earlier half, starting at the present ones; bench/forecast.py measures on
the rest. Needs scipy.
"""

from __future__ import annotations

import gzip
import json
import sys
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import betainc, expit, logit

from classifiers.virality import SHARES, THREADS, Floats, Kind, posterior

TRAIN, CALIBRATE = 0.5, 0.7
"""Shares of a series, in time: before the first to fit, up to the second to set thresholds, the rest to measure."""

POLLS = 5 * 1.5 ** np.arange(16)
"""Ages in minutes at which a post is read when the series has every event: geometric, 5 minutes to 36 hours."""


@dataclass(frozen=True)
class Series:
    """Posts in time order: readings (posts × polls; `seen` marks the real ones) and how far each post came at last."""

    ages: Floats
    counts: Floats
    seen: npt.NDArray[np.bool_]
    final: Floats
    weight: Floats
    """How many posts a row stands for."""
    events: list[Floats]
    """Ages at which the spread grew by one, or the readings' ages where only those are known."""

    def rows(self, of: npt.NDArray[np.intp]) -> Series:
        events = [self.events[i] for i in of]
        return Series(self.ages[of], self.counts[of], self.seen[of], self.final[of], self.weight[of], events)

    def part(self, start: float, end: float) -> Series:
        total = len(self.final)
        return self.rows(np.arange(int(total * start), int(total * end)))

    def distinct(self) -> Series:
        """Posts with the same readings and the same end as one row with their number as its weight."""
        table = np.column_stack([self.ages, self.counts, self.final])
        _, first, number = np.unique(table, axis=0, return_index=True, return_counts=True)
        return replace(self.rows(first), weight=number.astype(float))

    def crossed_at(self, viral_at: int) -> Floats:
        """The age in minutes at which each post reached the threshold; infinite when it did not."""
        return np.array([t[viral_at - 1] if len(t) >= viral_at else np.inf for t in self.events])


def rows(data: Path, name: str) -> list[dict[str, Any]]:
    with gzip.open(data / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def from_events(posts: list[dict[str, Any]]) -> Series:
    """A series in which the moment of every share is known."""
    posts = sorted(posts, key=lambda post: post["created"])
    events = [np.sort(np.array(post["t"], dtype=float)) / 60 for post in posts]
    counts = np.array([np.searchsorted(t, POLLS, side="right") for t in events], dtype=float)
    ages = np.broadcast_to(POLLS, counts.shape)
    final = np.array([len(t) for t in events], dtype=float)
    return Series(ages, counts, np.ones(counts.shape, dtype=bool), final, np.ones(len(final)), events)


def from_readings(posts: list[tuple[float, list[tuple[float, float]]]], most: int = 40) -> Series:
    """A series of polled counters: (created, [(age in minutes, count), ...]) for each post, in time order."""
    shape = (len(posts), most)
    ages, counts, seen = np.ones(shape), np.zeros(shape), np.zeros(shape, dtype=bool)
    events = []
    for i, (_, readings) in enumerate(posts):
        kept = readings[:most]
        age, count = (np.array(column, dtype=float) for column in zip(*kept, strict=True))
        ages[i] = np.pad(np.maximum(age, 1.0), (0, most - len(kept)), mode="edge")
        counts[i] = np.pad(np.maximum.accumulate(count), (0, most - len(kept)), mode="edge")
        seen[i, : len(kept)] = True
        every = np.maximum.accumulate([c for _, c in readings])
        moments = np.array([a for a, _ in readings])
        events.append(moments[np.searchsorted(every, np.arange(1, int(every[-1]) + 1))])
    final = np.array([len(t) for t in events], dtype=float)
    return Series(ages, counts, seen, final, np.ones(len(final)), events)


def higgs(data: Path) -> Series:
    return from_events(rows(data, "twitter_higgs_bursts"))


def reddit(data: Path) -> Series:
    return from_events(rows(data, "reddit_threads"))


def frontpage(data: Path) -> Series:
    """Hacker News stories from when the front page first showed them.

    The set has no creation times: ids grow with time, so a story is at most as old as the first sight of any story
    with its id or a later one.
    """
    posts = sorted(rows(data, "hn_frontpage"), key=lambda post: int(post["id"]))
    first = np.array([post["obs"][0][0] for post in posts])
    created = np.minimum.accumulate(first[::-1])[::-1]
    return from_readings(
        [
            (start, [((o[0] - start) / 60, o[1]) for o in post["obs"]])
            for post, start in zip(posts, created, strict=True)
        ]
    )


def domains(data: Path) -> Series:
    """Every Hacker News submission of some domains, followed from its first two hours on: nearly unselected."""
    posts = sorted(rows(data, "hn_domain_mentions"), key=lambda post: post["created"])
    posts = [post for post in posts if post["first_obs_age"] < 7200]
    return from_readings(
        [(p["created"], [(age / 60, points) for age, points, *_ in p["obs"]]) for p in posts], most=60
    )


def crossing(series: Series, viral_at: int, kind: Kind) -> Floats:
    """The forecast of classifiers/virality.py for all readings at once (posts × polls)."""
    alpha, beta, left = posterior(series.ages, series.counts, kind)
    missing = np.maximum(viral_at - series.counts, 1e-9)
    p = np.clip(betainc(missing, alpha, left / (beta + left)), 1e-9, 1 - 1e-9)
    return np.where(series.counts >= viral_at, 1.0, expit(kind.shift + kind.slope * logit(p)))


def loss(series: Series, viral_at: int, kind: Kind) -> float:
    """Mean log loss over the readings before the crossing, relative to always saying the base rate."""
    p = np.clip(crossing(series, viral_at, kind), 1e-7, 1 - 1e-7)
    viral = np.broadcast_to((series.final >= viral_at)[:, None], p.shape)
    weight = series.weight[:, None] * (series.seen & (series.counts < viral_at))
    base = np.average(viral, weights=weight)
    return float(
        -np.average(np.log(np.where(viral, p, 1 - p)), weights=weight)
        / -(base * np.log(base) + (1 - base) * np.log(1 - base))
    )


def uncalibrated(logs: Floats) -> Kind:
    shape, mean, clump, recency, half, steep, doubt = np.exp(logs).tolist()
    return Kind(shape, mean, clump, recency, half, steep, doubt, shift=0.0, slope=1.0)


def fit(series: Series, thresholds: tuple[int, ...], start: Kind) -> tuple[Kind, float]:
    """The constants that lower the mean relative log loss over several thresholds.

    First the distribution without its calibration, over a ladder of thresholds, so that the interval stays true; then
    the calibration alone. Fitted together, the calibration makes up for a distribution that fits nothing.
    """

    def total(kind: Kind) -> float:
        return float(np.mean([loss(series, viral_at, kind) for viral_at in thresholds]))

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
            kind, value = fit(load(data).part(0, TRAIN).distinct(), thresholds, start)
            print(f"{name} = Kind({', '.join(f'{x:.4g}' for x in astuple(kind))})  # loss {value:.4f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else None)
