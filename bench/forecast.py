"""Measure the forecast on posts later in time than those that it learnt from, beside the rule "count ≥ c".

    python -m bench.forecast DATA [ROW ...]

Prints tables and writes bench/results/forecast.json; with names of rows, measures only these. DATA as for
bench/series.py. The prior has learnt from the first half of each series (bench/fit_prior.py); `fitted` starts from it and
learns the first 70%, as `snapwatch forecast fit` would. All is measured on the last 30%, by the measures of
`snapwatch backtest` (bench/replayed.py).

Plain rows are trained on posts written before the measured ones, each to its end. `strict` rows are trained on what was
known when the first measured post was written: posts that were old enough by then, up to then (series.known_at).

A post alarms at its first reading before the crossing, and within 48 hours, at which the signal reaches the level. Early:
at least 30 minutes before the crossing. "level set before": the lowest level that has the wanted precision on the 20% of
posts before the measured ones (for `fitted`: as a model of the first half sees them). "level set here": the lowest that
has it on the measured posts themselves, which is what early recall at that precision means; rule and forecast are treated
alike. Needs scikit-learn.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import average_precision_score, roc_auc_score

from bench import fit_prior, series
from bench.replayed import alarms, drawn, early_recalls, lowest, replayed, truth
from bench.report import about, keep
from bench.series import Post, parted
from classifiers.forecast.blend import Blend, prior
from classifiers.forecast.curves import Floats
from classifiers.forecast.fitting import LADDER, Lesson, fit, learn
from classifiers.virality import Virality
from monitor.hindsight.replay import Replay
from monitor.model import Author, Mention, Reading
from monitor.ports import Ask

RESULTS = Path(__file__).with_name("results") / "forecast.json"

HALF_A_DAY = 12 * 60.0
"""Minutes by which most viral posts of one event had crossed; the event is over before any is 48 hours old."""

Load = Callable[[Path], list[Post]]


def race(
    data: Path, name: str, load: Load, measure: str, viral_at: int, precision: float, oldest: float | None
) -> dict[str, Any]:
    """The rule, the prior and the fitted forecast on one series. `oldest`: the age in minutes from which on a post may be
    learnt from where the training is strict; None for a series of which hardly any post crossed after the cut."""
    first, between, later = parted(load(data))
    base = prior(measure)
    fitted = fit([post.curve for post in (*first, *between)], viral_at, base)
    draft = fit([post.curve for post in first], viral_at, base)
    before = {"prior": replayed(between, viral_at, base), "fitted": replayed(between, viral_at, draft)}

    models = {"prior": base, "fitted": fitted}
    if oldest is not None:
        cut = later[0].curve.created
        models |= strict(
            data, name, [*first, *between], measure, viral_at, lambda them: series.known_at(them, cut, oldest)
        )
    of = {label: replayed(later, viral_at, model) for label, model in models.items()}
    posts = of["prior"]
    signals = {"rule": posts.count} | {label: each.p for label, each in of.items()}
    found: dict[str, Any] = {
        "set": name, "viral_at": viral_at, "precision": precision, "posts": len(later), "viral": int(posts.viral.sum()),
        "at_best": early_recalls(posts, signals, precision),
    }  # fmt: skip
    levels = {"rule": (before["prior"], before["prior"].count)}
    levels |= {label: (each, each.p) for label, each in before.items()}
    print(f"\n{name}, V = {viral_at}: {found['viral']} of {len(later):,} viral, precision ≥ {precision}")
    for label, signal in signals.items():
        row = found[label] = {"level_set_here": alarms(posts, signal, lowest(posts, signal, precision))}
        if label in levels:
            row["level_set_before"] = alarms(posts, signal, lowest(*levels[label], precision))
        if label in of:
            row["truth"] = truth(of[label])
        print(f"  {label:15}", json.dumps(found["at_best"][label]))
        for key, value in row.items():
            print(f"  {'':15}", key, json.dumps(value))
    return found


def strict(
    data: Path,
    name: str,
    posts: Sequence[Post],
    measure: str,
    viral_at: int,
    known: Callable[[Sequence[Post]], list[Post]],
) -> dict[str, Blend]:
    """The prior and the fitted model, of what was known of the series' posts."""
    base = fit_prior.train(
        data,
        fit_prior.kind_named(measure),
        cut=lambda each, them: known(them) if each == name else them,
        say=lambda _: None,
    )
    fitted = fit([post.curve for post in known(posts)], viral_at, base)
    return {"prior, strict": base, "fitted, strict": fitted}


# --- at one age ----------------------------------------------------------------------------------------------------


def at_age(data: Path, name: str, minutes: float, thresholds: Sequence[int]) -> list[dict[str, Any]]:
    """Average precision, Brier skill and the error of the final spread, of a model fitted to the earlier posts, for posts
    that are as old as that and were read four times until then, at doubling ages."""
    ages: Floats = np.asarray(minutes * 2.0 ** np.arange(-3, 12), dtype=np.float64)
    first, between, later = parted(series.events_of(data, name, lambda: ages[ages < series.TWO_DAYS]))
    base = prior("reposts")
    fitted = learn([Lesson([post.curve for post in (*first, *between)], thresholds)], base.kind, base)
    found = []
    for viral_at in thresholds:
        of = {"prior": replayed(later, viral_at, base, 4), "fitted": replayed(later, viral_at, fitted, 4)}
        open_, viral = of["prior"].open, of["prior"].viral
        row: dict[str, Any] = {"set": name, "minutes": minutes, "viral_at": viral_at}
        row |= {"posts": int(open_.sum()), "viral": int((open_ & viral).sum())}
        row["rule"] = {"average_precision": _average_precision(of["prior"], of["prior"].count)}
        row |= {label: _at_age(each) for label, each in of.items()}
        found.append(row)
        print(f"\n{name} at {minutes:.0f} min, V = {viral_at}: {row['viral']} of {row['posts']} cross later")
        for label in ("rule", "prior", "fitted"):
            print(f"  {label:8}", json.dumps(row[label]))
    return found


def _average_precision(of: Replay, signal: Floats) -> list[float]:
    y, x = of.viral[of.open], signal[of.open]
    again = drawn(len(x), lambda rows: float(average_precision_score(y[rows], x[rows])))
    return [round(float(average_precision_score(y, x)), 3), *again]


def _at_age(of: Replay) -> dict[str, Any]:
    true, wrong = truth(of), np.abs(of.expected / np.maximum(of.final, 1) - 1)
    again = drawn(len(wrong), lambda rows: float(np.median(wrong[rows])))
    return {
        "average_precision": _average_precision(of, of.p),
        "brier_skill": [true["brier_skill"], *true["brier_skill_interval"]],
        "median_error": [round(float(np.median(wrong)), 3), *again],
        "coverage_80": round(float(np.mean((of.low <= of.final) & (of.final <= of.high))), 3),
    }


# --- intervals and the time of the crossing --------------------------------------------------------------------------


def intervals(title: str, posts: Sequence[Post], measure: str, viral_at: int, own: bool) -> dict[str, Any]:
    """How often the 80% interval holds the end, and how far off the middle and the time of the crossing are: of the prior
    and, with `own`, of the fitted model."""
    first, between, later = parted(posts)
    final = np.array([post.final for post in later])
    crossed_at = np.array([post.crossed_at(viral_at) for post in later])
    found: dict[str, Any] = {"set": title, "viral_at": viral_at}
    base = prior(measure)
    models = {"prior": base}
    if own:
        models["fitted"] = fit([post.curve for post in (*first, *between)], viral_at, base)
    for label, model in models.items():
        said = model.predict([post.asked for post in later], viral_at)
        end = final[said.post]
        inside = (said.low <= end) & (end <= said.high)
        # one reading a post: the first an hour after it or later, while there is something to be said
        hour = np.flatnonzero((said.age >= 60) & (said.count >= 10))
        hour = hour[np.unique(said.post[hour], return_index=True)[1]]
        hour = hour[said.age[hour] <= 24 * 60]
        coming = np.flatnonzero((said.count < viral_at) & (end >= viral_at) & (said.count >= viral_at / 10))
        waits = crossed_at[said.post[coming]] - said.age[coming]
        ratio = np.log(np.maximum(said.crosses[coming] - said.age[coming], 1) / np.maximum(waits, 1))
        found[label] = {
            "coverage_all_readings": round(float(inside.mean()), 3),
            "coverage_after_an_hour": round(float(inside[hour].mean()), 3),
            "below": round(float((end < said.low)[hour].mean()), 3),
            "above": round(float((end > said.high)[hour].mean()), 3),
            "readings_after_an_hour": len(hour),
            "median_error_after_an_hour": round(
                float(np.median(np.abs(said.expected[hour] / end[hour] - 1))), 3
            ),
            "crossing_off_by_factor": round(float(np.exp(np.median(np.abs(ratio)))), 2),
            "crossing_too_late": round(float((ratio > 0).mean()), 2),
        }
        print(f"  {title:28}{label:8}", json.dumps(found[label]))
    return found


# --- without data of one's own -----------------------------------------------------------------------------------------

HN = ("hn_frontpage", "hn_domain_mentions")
FOREIGN: Sequence[tuple[str, Load, str, int, tuple[str, ...]]] = (
    ("Higgs", series.higgs, "reposts", 100, ("twitter_higgs_bursts",)),
    ("Reddit threads", series.reddit, "replies", 50, ("reddit_threads",)),
    ("HN front page", series.frontpage, "likes", 300, HN),
    ("HN domains", series.domains, "likes", 50, HN),
)


def carries_over(data: Path) -> list[dict[str, Any]]:
    """The area under the ROC curve, over readings before the crossing, of a prior that was trained without the series
    (and its platform) beside a model that was learnt from its first half alone. The formula's constants stay: those of
    shares were fitted to Higgs, those of threads to Reddit."""
    found = []
    for title, load, measure, viral_at, without in FOREIGN:
        first, _, later = parted(load(data))
        kind = fit_prior.kind_named(measure)
        ladder = [int(viral_at * part) for part in LADDER]
        own = Lesson([post.curve for post in first], ladder)
        areas = {
            "foreign": area(later, viral_at, fit_prior.train(data, kind, without, say=lambda _: None)),
            "native": area(later, viral_at, learn([own], fit_prior.KINDS[kind], None, viral_at)),
        }
        row = {"set": title, "viral_at": viral_at} | {name: round(each, 4) for name, each in areas.items()}
        found.append(row | {"behind": round(areas["native"] - areas["foreign"], 4)})
        print(" ", json.dumps(found[-1]))
    return found


def area(posts: Sequence[Post], viral_at: int, model: Blend) -> float:
    of = replayed(posts, viral_at, model)
    return float(roc_auc_score(of.viral[of.post[of.may_page]], of.p[of.may_page]))


# --- time ----------------------------------------------------------------------------------------------------------------


def speed(mentions: int = 10_000, readings: int = 10) -> dict[str, float]:
    """Seconds for one forecast for each of so many mentions, with the shipped model: the middle of five. On a busy machine
    the time that one core worked says more than the time that passed."""
    draws = np.random.default_rng(0)
    start = datetime(2026, 11, 1, tzinfo=UTC)
    asks = []
    for number in range(mentions):
        author = Author(str(number), "a", followers=int(draws.integers(1, 10_000)))
        mention = Mention("x", str(number), author, "", "", start)
        ages = np.sort(draws.uniform(1, 2000, readings)).tolist()
        counts = np.cumsum(draws.poisson(draws.gamma(0.3, 10), readings)).tolist()
        known = [
            Reading("x", str(number), start + timedelta(minutes=age), reposts=n, quotes=0, likes=3 * n)
            for age, n in zip(ages, counts, strict=True)
        ]
        asks.append(Ask(mention, known, 500, "reposts+quotes"))
    virality = Virality()
    virality.forecast(asks[:10], start + timedelta(days=2))
    taken, worked = [], []
    for _ in range(5):
        begun, busy = time.perf_counter(), time.process_time()
        virality.forecast(asks, start + timedelta(days=2))
        taken.append(time.perf_counter() - begun)
        worked.append(time.process_time() - busy)
    seconds = {
        "seconds": round(float(np.median(taken)), 3),
        "of_one_core": round(float(np.median(worked)), 3),
    }
    print(f"\n{mentions:,} mentions with {readings} readings each:", json.dumps(seconds))
    return {"mentions": mentions, "readings": readings} | seconds


def main(data: Path, wanted: Sequence[str]) -> None:
    rows: dict[str, Callable[[], Any]] = {
        "speed": speed,
        "higgs": lambda: race(data, "twitter_higgs_bursts", series.higgs, "reposts", 100, 0.7, HALF_A_DAY),
        "frontpage": lambda: race(data, "hn_frontpage", series.frontpage, "likes", 800, 0.7, None),
        "reddit": lambda: race(data, "reddit_threads", series.reddit, "replies", 50, 0.5, None),
        "domains": lambda: race(data, "hn_domain_mentions", series.domains, "likes", 50, 0.5, None),
        "twitter15_16": lambda: at_age(data, "twitter15_16", 60, (300, 500, 750, 1000)),
        "weibo": lambda: at_age(data, "weibo_ced", 30, (300, 500, 600, 700, 800)),
        "intervals": lambda: [
            intervals("Higgs", series.higgs(data), "reposts", 100, False),
            intervals("Reddit threads", series.reddit(data), "replies", 50, True),
            intervals("HN front page", series.frontpage(data), "likes", 300, False),
            intervals("HN domains", series.domains(data), "likes", 50, True),
        ],
        "carries_over": lambda: carries_over(data),
    }
    for name in wanted or rows:
        found = {name: rows[name]()}
        former = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
        keep("forecast", {each: former[each] for each in rows if each in former} | found | about())


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
