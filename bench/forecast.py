"""Measure the forecast on posts later in time than those that it learnt from, beside the rule "count ≥ c".

    python -m bench.forecast DATA [ROW ...]

Prints tables and writes bench/results/forecast.json; with names of rows, measures only these. DATA as for
bench/series.py. The prior has learnt from the first half of each series (bench/fit_prior.py); `fitted` starts from it and
learns the first 70%, as `snapwatch forecast fit` would. All is measured on the last 30%.

A post alarms at its first reading before the crossing at which the signal reaches the level. Early: at least 30 minutes
before the crossing. "level set before": the lowest level that has the wanted precision on the 20% of posts before the
measured ones (for `fitted`: as a model of the first half sees them). "level set here": the lowest that has it on the
measured posts themselves, which is what early recall at that precision means; rule and forecast are treated alike.
Intervals are 90%, from 400 resamples of the measured posts. Needs scikit-learn.
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
from bench.report import about, keep
from bench.series import Post
from classifiers.forecast.blend import Blend, Predictions, prior
from classifiers.forecast.curves import Bools, Floats, Ints, Rows
from classifiers.forecast.fitting import Lesson, fit, learn
from classifiers.virality import Virality
from monitor.model import Author, Mention, Reading
from monitor.ports import Ask

FIRST, SECOND = 0.5, 0.7
EARLY_MINUTES = 30.0
RESAMPLES = 400
RESULTS = Path(__file__).with_name("results") / "forecast.json"


def parted(posts: Sequence[Post]) -> tuple[Sequence[Post], Sequence[Post], Sequence[Post]]:
    """The first half, the slice that levels are set on, and the posts to measure on."""
    first, second = int(len(posts) * FIRST), int(len(posts) * SECOND)
    return posts[:first], posts[first:second], posts[second:]


# --- alarms -------------------------------------------------------------------------------------------------------


class Board:
    """All readings of some posts before the crossing."""

    def __init__(self, posts: Sequence[Post], viral_at: int) -> None:
        self.posts, self.viral_at = posts, viral_at
        rows = Rows([post.asked for post in posts])
        self.open: Bools = rows.counts < viral_at
        self.post: Ints = rows.post[self.open]
        self.age, self.count = rows.ages[self.open], rows.counts[self.open]
        self.final = np.array([post.final for post in posts])
        self.viral: Bools = self.final >= viral_at
        self.crossed_at = np.array([post.crossed_at(viral_at) for post in posts])
        self.early: Bools = self.age <= self.crossed_at[self.post] - EARLY_MINUTES

    @property
    def came(self) -> Bools:
        return np.asarray(self.viral[self.post])

    def ask(self, model: Blend) -> Floats:
        said = model.predict([post.asked for post in self.posts], self.viral_at)
        return np.asarray(said.p_viral[self.open])

    def tops(self, signal: Floats, of: Bools | None = None) -> Floats:
        """The largest value of the signal that each post ever had."""
        top = np.full(len(self.posts), -np.inf)
        chosen = np.ones(len(signal), dtype=bool) if of is None else of
        np.maximum.at(top, self.post[chosen], signal[chosen])
        return top

    def alarms(self, signal: Floats, level: float) -> dict[str, float]:
        hits = np.flatnonzero(signal >= level)
        whose, first = np.unique(self.post[hits], return_index=True)
        rows = hits[first]
        right = self.viral[whose]
        lead = (self.crossed_at[whose] - self.age[rows])[right]
        to_come = 1 - (self.count[rows] / np.maximum(self.final[whose], 1))[right]
        return {
            "level": round(float(level), 4),
            "precision": round(float(right.mean()), 3) if len(whose) else 0.0,
            "recall": round(float(right.sum() / self.viral.sum()), 3),
            "early_recall": round(float((lead >= EARLY_MINUTES).sum() / self.viral.sum()), 3),
            "median_lead_minutes": round(float(np.median(lead))) if len(lead) else 0,
            "still_to_come": round(float(np.median(to_come)), 2) if len(to_come) else 0.0,
        }

    def lowest(self, signal: Floats, precision: float) -> float:
        """The lowest level with that precision."""
        levels, right, _ = self.trade(signal)
        good = np.flatnonzero(right >= precision)
        return float(levels[good[-1]]) if len(good) else float("inf")

    def trade(self, signal: Floats, weight: Floats | None = None) -> tuple[Floats, Floats, Floats]:
        """Levels from the highest down, with the precision and the early recall of each."""
        times = np.ones(len(self.posts)) if weight is None else weight
        top, early = self.tops(signal), self.tops(signal, self.early)
        levels = np.unique(top[np.isfinite(top)])[::-1]

        def reaching(values: Floats, weights: Floats) -> Floats:
            order = np.argsort(-values, kind="stable")
            ends = np.searchsorted(-values[order], -levels, side="right")
            return np.asarray(np.concatenate([[0.0], np.cumsum(weights[order])])[ends])

        viral = np.where(self.viral, times, 0.0)
        precision = reaching(top, viral) / np.maximum(reaching(top, times), 1e-9)
        return levels, precision, reaching(early, viral) / max(viral.sum(), 1e-9)


def early_recalls(
    board: Board, signals: dict[str, Floats], precision: float, seed: int = 0
) -> dict[str, Any]:
    """The best early recall of each signal with an interval, and how far the others are ahead of the first."""

    def best(signal: Floats, weight: Floats | None = None) -> float:
        _, right, early = board.trade(signal, weight)
        good = right >= precision
        return float(early[good].max()) if good.any() else 0.0

    draws = np.random.default_rng(seed)
    # levels are values of the tops alone: a resample needs no more than those
    rows = {name: [] for name in signals}
    for _ in range(RESAMPLES):
        weight = draws.multinomial(len(board.posts), np.full(len(board.posts), 1 / len(board.posts))).astype(
            float
        )
        for name, signal in signals.items():
            rows[name].append(best(signal, weight))
    (rule, *others) = signals
    found: dict[str, Any] = {
        name: {"early_recall": round(best(signal), 3), "interval": _interval(rows[name])}
        for name, signal in signals.items()
    }
    for name in others:
        ahead = np.subtract(rows[name], rows[rule])
        found[name]["ahead_of_rule"] = round(best(signals[name]) - best(signals[rule]), 3)
        found[name]["ahead_interval"] = _interval(ahead)
    return found


def _interval(values: Sequence[float] | Floats) -> list[float]:
    return [round(float(each), 3) for each in np.quantile(values, [0.05, 0.95])]


def truth(p: Floats, came: Bools, post: Ints, seed: int = 0) -> dict[str, Any]:
    """Brier skill against the base rate, expected calibration error (ten equal bins), over readings before the crossing;
    intervals from resampled posts."""
    number = int(post.max()) + 1
    y = came.astype(float)
    bins = np.minimum((p * 10).astype(int), 9)

    def sums(values: Floats) -> Floats:
        return np.bincount(post, values, number)

    total, crossed, wrong = sums(np.ones(len(p))), sums(y), sums((p - y) ** 2)
    gap = np.array([sums(np.where(bins == b, p - y, 0.0)) for b in range(10)])

    def figures(weight: Floats) -> tuple[float, float]:
        rows = weight @ total
        base = weight @ crossed / rows
        return float(1 - weight @ wrong / rows / (base * (1 - base))), float(
            np.abs(gap @ weight).sum() / rows
        )

    draws = np.random.default_rng(seed)
    again = [
        figures(draws.multinomial(number, np.full(number, 1 / number)).astype(float))
        for _ in range(RESAMPLES)
    ]
    skill, error = figures(np.ones(number))
    table = [
        [int((bins == b).sum()), round(float(p[bins == b].mean()), 3), round(float(y[bins == b].mean()), 3)]
        for b in range(10)
        if (bins == b).any()
    ]
    return {
        "brier_skill": round(skill, 3),
        "brier_skill_interval": _interval([each for each, _ in again]),
        "ece": round(error, 5),
        "ece_interval": _interval([each for _, each in again]),
        "readings_said_came": table,
    }


def race(title: str, posts: Sequence[Post], measure: str, viral_at: int, precision: float) -> dict[str, Any]:
    """The rule, the prior and the fitted forecast on one series."""
    first, between, later = parted(posts)
    base = prior(measure)
    draft = fit([post.curve for post in first], viral_at, base)
    fitted = fit([post.curve for post in (*first, *between)], viral_at, base)
    before, board = Board(between, viral_at), Board(later, viral_at)
    signals = {"rule": board.count, "prior": board.ask(base), "fitted": board.ask(fitted)}
    levels = {"rule": before.count, "prior": before.ask(base), "fitted": before.ask(draft)}
    found: dict[str, Any] = {
        "set": title, "viral_at": viral_at, "precision": precision, "posts": len(later), "viral": int(board.viral.sum()),
        "at_best": early_recalls(board, signals, precision),
    }  # fmt: skip
    print(f"\n{title}, V = {viral_at}: {found['viral']} of {len(later):,} viral, precision ≥ {precision}")
    print(
        f"{'':12}{'level':>8}{'precision':>10}{'recall':>8}{'early':>7}{'lead':>6}{'to come':>9}"
        f"{'Brier skill':>13}{'ECE':>9}"
    )
    for name, signal in signals.items():
        row = found[name] = {
            "level_set_before": board.alarms(signal, before.lowest(levels[name], precision)),
            "level_set_here": board.alarms(signal, board.lowest(signal, precision)),
        }
        true = ""
        if name != "rule":
            row["truth"] = truth(signal, board.came, board.post)
            true = f"{row['truth']['brier_skill']:13.3f}{row['truth']['ece']:9.4f}"
        for alarms in row.values():
            if "level" in alarms:
                print(
                    f"{name:12}{alarms['level']:8.3g}{alarms['precision']:10.2f}{alarms['recall']:8.2f}"
                    f"{alarms['early_recall']:7.2f}{alarms['median_lead_minutes']:6.0f}{alarms['still_to_come']:9.0%}{true}"
                )
                true = ""
        at_best = found["at_best"][name]
        print(f"{'':12}early recall {at_best['early_recall']} {at_best['interval']}", end="")
        print(f", ahead {at_best['ahead_of_rule']} {at_best['ahead_interval']}" if name != "rule" else "")
    return found


# --- at one age ----------------------------------------------------------------------------------------------------


def at_age(
    title: str, data: Path, name: str, minutes: float, thresholds: Sequence[int]
) -> list[dict[str, Any]]:
    """Average precision, Brier skill and the error of the final spread, of a model fitted to the earlier posts, for posts
    that are as old as that and were read four times until then, at doubling ages."""
    ages = minutes * 2.0 ** np.arange(-3, 12)
    posts = series.events_of(data, name, lambda: ages[ages < series.TWO_DAYS])
    first, between, later = parted(posts)
    seen = [post.asked.upto(4) for post in later]
    final = np.array([post.final for post in later])
    base = prior("reposts")
    fitted = learn([Lesson([post.curve for post in (*first, *between)], thresholds)], base.kind, base)
    found = []
    for viral_at in thresholds:
        row: dict[str, Any] = {"set": title, "minutes": minutes, "viral_at": viral_at}
        for label, model in (("prior", base), ("fitted", fitted)):
            said = model.predict(seen, viral_at, last=True)
            row[label] = _at_age(said, final, viral_at)
        open_ = said.count < viral_at
        row["rule"] = {"average_precision": _average_precision(said.count, final, open_, viral_at)}
        row |= {"posts": int(open_.sum()), "viral": int((open_ & (final >= viral_at)).sum())}
        found.append(row)
        print(f"\n{title} at {minutes:.0f} min, V = {viral_at}: {row['viral']} of {row['posts']} cross later")
        for label in ("rule", "prior", "fitted"):
            print(f"  {label:8}", json.dumps(row[label]))
    return found


def _average_precision(signal: Floats, final: Ints, open_: Bools, viral_at: int) -> list[float]:
    y, x = final[open_] >= viral_at, signal[open_]
    draws = np.random.default_rng(0)
    again = []
    for _ in range(RESAMPLES):
        drawn = draws.integers(0, len(x), len(x))
        if y[drawn].any():
            again.append(average_precision_score(y[drawn], x[drawn]))
    return [round(float(average_precision_score(y, x)), 3), *_interval(again)]


def _at_age(said: Predictions, final: Ints, viral_at: int) -> dict[str, Any]:
    open_ = said.count < viral_at
    true = truth(said.p_viral[open_], final[open_] >= viral_at, np.arange(open_.sum()))
    wrong = np.abs(said.expected / np.maximum(final, 1) - 1)
    draws = np.random.default_rng(0)
    again = [np.median(wrong[draws.integers(0, len(wrong), len(wrong))]) for _ in range(RESAMPLES)]
    return {
        "average_precision": _average_precision(said.p_viral, final, open_, viral_at),
        "brier_skill": [true["brier_skill"], *true["brier_skill_interval"]],
        "median_error": [round(float(np.median(wrong)), 3), *_interval(again)],
        "coverage_80": round(float(np.mean((said.low <= final) & (final <= said.high))), 3),
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


def carries_over(data: Path) -> list[dict[str, Any]]:
    """The area under the ROC curve, over readings before the crossing, of a prior that was trained without the series
    (and its platform) beside a model that was learnt from its first half alone. The formula's constants stay: those of
    shares were fitted to Higgs, those of threads to Reddit."""
    found = []
    for title, load, measure, viral_at, ladder, without in (
        ("Higgs", series.higgs, "reposts", 100, (25, 50, 100, 200), ("twitter_higgs_bursts",)),
        ("Reddit threads", series.reddit, "replies", 50, (12, 25, 50, 100), ("reddit_threads",)),
        (
            "HN front page",
            series.frontpage,
            "likes",
            300,
            (75, 150, 300, 600),
            ("hn_frontpage", "hn_domain_mentions"),
        ),
        (
            "HN domains",
            series.domains,
            "likes",
            50,
            (12, 25, 50, 100),
            ("hn_frontpage", "hn_domain_mentions"),
        ),
    ):
        first, _, later = parted(load(data))
        kind = "shares" if measure == "reposts" else "threads"
        board = Board(later, viral_at)
        foreign = board.ask(fit_prior.train(data, kind, without, say=lambda _: None))
        native = board.ask(
            learn([Lesson([p.curve for p in first], ladder)], fit_prior.KINDS[kind], None, viral_at)
        )
        areas = {
            name: float(roc_auc_score(board.came, p))
            for name, p in (("foreign", foreign), ("native", native))
        }
        row = {"set": title, "viral_at": viral_at} | {name: round(area, 4) for name, area in areas.items()}
        found.append(row | {"behind": round(areas["native"] - areas["foreign"], 4)})
        print(" ", json.dumps(found[-1]))
    return found


def other_kind(data: Path) -> list[dict[str, Any]]:
    """The same area for the shipped model of the other kind, whose constants are foreign too."""
    found = []
    for title, load, measure, viral_at in (
        ("Higgs", series.higgs, "likes", 100),
        ("Reddit threads", series.reddit, "reposts", 50),
        ("HN domains", series.domains, "reposts", 50),
    ):
        board = Board(parted(load(data))[2], viral_at)
        areas = {"rule": board.count, "foreign": board.ask(prior(measure))}
        row = {name: round(float(roc_auc_score(board.came, signal)), 4) for name, signal in areas.items()}
        found.append({"set": title, "viral_at": viral_at} | row)
        print(" ", json.dumps(found[-1]))
    return found


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
        "higgs": lambda: race("Higgs (reposts)", series.higgs(data), "reposts", 100, 0.7),
        "frontpage": lambda: race("HN front page (points)", series.frontpage(data), "likes", 800, 0.7),
        "reddit": lambda: race("Reddit threads (comments)", series.reddit(data), "replies", 50, 0.5),
        "domains": lambda: race("HN domains (points)", series.domains(data), "likes", 50, 0.5),
        "twitter15_16": lambda: at_age("Twitter15/16", data, "twitter15_16", 60, (300, 500, 750, 1000)),
        "weibo": lambda: at_age("Weibo", data, "weibo_ced", 30, (300, 500, 600, 700, 800)),
        "intervals": lambda: [
            intervals("Higgs", series.higgs(data), "reposts", 100, False),
            intervals("Reddit threads", series.reddit(data), "replies", 50, True),
            intervals("HN front page", series.frontpage(data), "likes", 300, False),
            intervals("HN domains", series.domains(data), "likes", 50, True),
        ],
        "carries_over": lambda: carries_over(data),
        "other_kind": lambda: other_kind(data),
    }
    for name in wanted or rows:
        found = {name: rows[name]()}
        former = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
        keep("forecast", {each: former[each] for each in rows if each in former} | found | about())


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
