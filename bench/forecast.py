"""Measure the forecast beside the rule "count ≥ c" on posts later in time than those that it was fitted on.

    python -m bench.forecast DATA

Prints a table and writes bench/results/forecast.json. DATA as for bench/fit_virality.py. For both sides the threshold
is the lowest that alarms with 70% precision on the slice before the measured one. A post alarms at its first reading
above the threshold and before the crossing. Early: at least 30 minutes before the crossing. Still to come: the share of
the final spread that had not happened at the alarm. Needs scipy.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from bench.fit_virality import (
    CALIBRATE,
    TRAIN,
    Series,
    crossing,
    domains,
    frontpage,
    higgs,
    reddit,
)
from bench.report import about
from classifiers.virality import Floats, Virality, kind_of
from monitor.model import Author, Mention, Reading
from monitor.ports import Ask

PRECISION, EARLY_MINUTES = 0.7, 30
RESULTS = Path(__file__).with_name("results") / "forecast.json"
SETS = (
    ("Higgs (reposts)", higgs, "reposts", (50, 100, 200)),
    ("Reddit threads (comments)", reddit, "replies", (50, 100)),
    ("Hacker News front page (points)", frontpage, "likes", (300, 800)),
    ("Hacker News domains (points)", domains, "likes", (100,)),
)


def threshold(signal: Floats, series: Series, viral_at: int) -> float:
    """The lowest level at which the alarms of this slice still have the wanted precision."""
    highest = np.where(series.seen & (series.counts < viral_at), signal, -np.inf).max(axis=1)
    order = np.argsort(-highest, kind="stable")
    precision = np.cumsum((series.final >= viral_at)[order]) / np.arange(1, len(order) + 1)
    levels = highest[order]
    last_of_level = np.append(levels[1:] < levels[:-1], True)
    good = np.flatnonzero((precision >= PRECISION) & last_of_level & np.isfinite(levels))
    return float(levels[good[-1]]) if len(good) else float("inf")


def alarms(signal: Floats, series: Series, viral_at: int, level: float) -> dict[str, float]:
    hits = series.seen & (series.counts < viral_at) & (signal >= level)
    alarmed, viral = hits.any(axis=1), series.final >= viral_at
    row, at = np.arange(len(hits)), hits.argmax(axis=1)
    caught = alarmed & viral
    lead = (series.crossed_at(viral_at) - series.ages[row, at])[caught]
    to_come = 1 - (series.counts[row, at] / np.maximum(series.final, 1))[caught]
    return {
        "threshold": round(level, 4),
        "precision": round(float(caught.sum() / max(alarmed.sum(), 1)), 3),
        "recall": round(float(caught.sum() / viral.sum()), 3),
        "early_recall": round(float((lead >= EARLY_MINUTES).sum() / viral.sum()), 3),
        "median_lead_minutes": round(float(np.median(lead))) if len(lead) else 0,
        "still_to_come": round(float(np.median(to_come)), 2) if len(to_come) else 0,
    }


def reliability(p: Floats, series: Series, viral_at: int) -> dict[str, Any]:
    """Over readings before the crossing: expected calibration error (ten equal bins), Brier skill against the rate."""
    open_ = series.seen & (series.counts < viral_at)
    said, true = p[open_], np.broadcast_to((series.final >= viral_at)[:, None], p.shape)[open_]
    bins = np.minimum((said * 10).astype(int), 9)
    table = [
        {
            "readings": int((bins == b).sum()),
            "said": round(float(said[bins == b].mean()), 3),
            "came": round(float(true[bins == b].mean()), 3),
        }
        for b in range(10)
        if (bins == b).any()
    ]
    ece = sum(row["readings"] * abs(row["said"] - row["came"]) for row in table) / len(said)
    skill = 1 - float(np.mean((said - true) ** 2)) / float(true.mean() * (1 - true.mean()))
    return {"ece": round(ece, 5), "brier_skill": round(skill, 3), "bins": table}


CREATED = datetime(2026, 1, 1, tzinfo=UTC)
MENTION = Mention("x", "1", Author("1", "a"), "", "", CREATED)


def readings_of(series: Series, post: int, measure: str) -> list[Reading]:
    return [
        Reading("x", "1", CREATED + timedelta(minutes=float(age)), **{measure: int(count)})
        for age, count, seen in zip(series.ages[post], series.counts[post], series.seen[post], strict=True)
        if seen
    ]


def intervals(series: Series, measure: str, posts: int = 400) -> dict[str, float]:
    """The 80% interval and the expected final spread through the public class, an hour after the post or later."""
    inside, errors = [], []
    for post in np.flatnonzero(series.final >= 20)[-posts:]:
        readings = readings_of(series, post, measure)
        later = [reading.at for reading in readings if reading.at >= CREATED + timedelta(hours=1)]
        seen = Virality().forecast([Ask(MENTION, readings, 10**6, measure)], later[0])[0] if later else None
        if seen is not None and seen.count >= 10:
            inside.append(seen.low <= series.final[post] <= seen.high)
            errors.append(abs(seen.expected / series.final[post] - 1))
    return {
        "posts": len(inside),
        "coverage_80": round(float(np.mean(inside)), 3),
        "median_ape": round(float(np.median(errors)), 3),
    }


def agree(series: Series, measure: str, viral_at: int) -> None:
    """The class and the arrays that everything here is measured on must say the same."""
    p = crossing(series, viral_at, kind_of(measure))
    for post in np.argsort(-series.final)[:20]:
        readings = readings_of(series, post, measure)
        for reading, array in zip(readings, p[post][series.seen[post]], strict=True):
            (seen,) = Virality().forecast([Ask(MENTION, readings, viral_at, measure)], reading.at)
            assert seen is not None
            assert abs(seen.p_viral - array) < 1e-4, (seen, array)


def main(data: Path) -> None:
    results = []
    print(f"{'':42}{'precision':>10}{'recall':>8}{'early':>8}{'lead':>6}{'to come':>9}{'ECE':>9}{'skill':>7}")
    for title, load, measure, thresholds in SETS:
        series = load(data)
        before, after = series.part(TRAIN, CALIBRATE), series.part(CALIBRATE, 1)
        hour = intervals(after, measure)
        for viral_at in thresholds:
            agree(after, measure, viral_at)
            kind = kind_of(measure)
            p = crossing(after, viral_at, kind)
            rule = alarms(after.counts, after, viral_at, threshold(before.counts, before, viral_at))
            model = alarms(p, after, viral_at, threshold(crossing(before, viral_at, kind), before, viral_at))
            sure = reliability(p, after, viral_at)
            posts, viral = len(after.final), int((after.final >= viral_at).sum())
            results.append(
                {"set": title, "viral_at": viral_at, "posts": posts, "viral": viral, "after_an_hour": hour}
                | {"rule": rule, "model": model, "reliability": sure}
            )
            print(f"{title}, V = {viral_at}: {viral} of {posts:,} viral")
            for name, row, tail in (
                (f"  count ≥ {rule['threshold']:.0f}", rule, ""),
                (f"  p ≥ {model['threshold']:.2f}", model, f"{sure['ece']:9.4f}{sure['brier_skill']:7.2f}"),
            ):
                print(
                    f"{name:42}{row['precision']:10.2f}{row['recall']:8.2f}{row['early_recall']:8.2f}"
                    f"{row['median_lead_minutes']:6}{row['still_to_come']:9.2f}{tail}"
                )
        print(f"  after an hour, ten shares or more: {hour}")
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(about() | {"results": results}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
