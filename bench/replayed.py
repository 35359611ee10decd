"""Posts of a public series replayed as `snapwatch backtest` replays a history, and its measures of them with intervals.

Intervals are 90%, from RESAMPLES resamples of the posts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from bench.series import Post
from classifiers.forecast.blend import Blend
from classifiers.forecast.curves import Bools, Floats, Ints
from monitor.hindsight.outcomes import Post as Followed
from monitor.hindsight.replay import Ranking, Replay, figures, highest, level, pages, reliability
from monitor.model import MentionKey

RESAMPLES = 400


def replayed(posts: Sequence[Post], viral_at: int, model: Blend, after: int | None = None) -> Replay:
    """The model's forecast after every reading but the closing one, or only `after` so many. Every outcome counts."""
    seen = [post.asked if after is None else post.asked.upto(after) for post in posts]
    said = model.predict(seen, viral_at, last=after is not None)
    created = np.array([post.curve.created for post in posts])
    return Replay(
        posts=[Followed(MentionKey("series", str(n)), at) for n, at in enumerate(created.tolist())],
        viral_at=np.full(len(posts), float(viral_at)),
        created=created,
        crossed=np.array([post.crossed_at(viral_at) for post in posts]),
        final=np.array([float(post.final) for post in posts]),
        known=np.ones(len(posts), dtype=bool),
        short=False,
        moment=created[said.post] + said.age * 60,
        post=said.post,
        age=said.age,
        count=said.count,
        p=said.p_viral,
        expected=said.expected,
        low=said.low,
        high=said.high,
    )


def lowest(of: Replay, signal: Floats, precision: float) -> float:
    """The lowest level of a signal at which alarms about these posts have that precision."""
    return level(highest(of, signal, of.may_page), of.viral, precision)


def alarms(of: Replay, signal: Floats, at: float) -> dict[str, float]:
    """How good alarms at that level would have been."""
    found = figures(of, pages(of.may_page & (signal >= at), of.post), of.known)
    return {
        "level": round(at, 4),
        "precision": round(found.precision or 0.0, 3),
        "recall": round(found.recall or 0.0, 3),
        "early_recall": round(found.early_recall or 0.0, 3),
        "median_lead_minutes": round(found.lead or 0.0),
        "still_to_come": round(found.to_come or 0.0, 2),
    }


def early_recalls(of: Replay, signals: Mapping[str, Floats], precision: float) -> dict[str, Any]:
    """The best early recall of each signal at that precision, and how far the others are ahead of the first."""
    ranked = {name: Ranking(of, signal, of.known) for name, signal in signals.items()}

    def best(weight: Floats | None) -> dict[str, float]:
        return {name: each.trade(weight).early_recall_at(precision) for name, each in ranked.items()}

    here, again = best(None), [best(weight) for weight in resampled(len(of.posts))]
    rule = next(iter(signals))
    found: dict[str, Any] = {}
    for name in signals:
        found[name] = {
            "early_recall": round(here[name], 3),
            "interval": interval([each[name] for each in again]),
        }
        if name != rule:
            found[name] |= {
                "ahead_of_rule": round(here[name] - here[rule], 3),
                "ahead_interval": interval([each[name] - each[rule] for each in again]),
            }
    return found


def truth(of: Replay) -> dict[str, Any]:
    """Brier skill against the base rate and expected calibration error, over the readings before the crossing."""
    rows = of.may_page
    found = reliability(of, of.p, of.known)
    again = resampled_truth(of.p[rows], of.viral[of.post[rows]], of.post[rows])
    return {
        "brier_skill": round(found.skill, 3),
        "brier_skill_interval": interval([skill for skill, _ in again]),
        "ece": round(found.error, 5),
        "ece_interval": interval([error for _, error in again], 5),
        "readings_said_came": [
            [int(n), round(float(said), 3), round(float(came), 3)]
            for n, said, came in zip(found.readings, found.said, found.came, strict=True)
        ],
    }


def resampled_truth(p: Floats, came: Bools, post: Ints) -> list[tuple[float, float]]:
    """Brier skill and expected calibration error of each resample, as monitor.hindsight.replay.reliability has them."""
    number, y = int(post.max()) + 1, came.astype(float)
    bins = np.minimum((p * 10).astype(int), 9)

    def sums(values: Floats) -> Floats:
        return np.asarray(np.bincount(post, values, number))

    readings, crossed, wrong = sums(np.ones(len(p))), sums(y), sums((p - y) ** 2)
    gap = np.array([sums(np.where(bins == each, p - y, 0.0)) for each in range(10)])

    def of(weight: Floats) -> tuple[float, float]:
        in_all = weight @ readings
        base = weight @ crossed / in_all
        skill = 1 - weight @ wrong / in_all / (base * (1 - base))
        return float(skill), float(np.abs(gap @ weight).sum() / in_all)

    return [of(weight) for weight in resampled(number)]


def resampled(number: int) -> list[Floats]:
    """How often each of so many posts counts, in each resample."""
    draws = np.random.default_rng(0)
    return [draws.multinomial(number, np.full(number, 1 / number)).astype(float) for _ in range(RESAMPLES)]


def drawn(number: int, figure: Callable[[Ints], float]) -> list[float]:
    """The interval of a figure of so many things, which is told the places of those that were drawn."""
    draws = np.random.default_rng(0)
    return interval([figure(draws.integers(0, number, number)) for _ in range(RESAMPLES)])


def interval(values: Sequence[float], digits: int = 3) -> list[float]:
    """Of 90%."""
    return [round(float(each), digits) for each in np.quantile(values, [0.05, 0.95])]
