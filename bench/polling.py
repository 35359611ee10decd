"""How much of the early warning is left when posts are read seldom: `python -m bench.polling DATA [PART]`.

DATA holds twitter_higgs_bursts.jsonl.gz. Its last 30% of posts, later than all that the forecast was fitted on, are
spread at random over the days of a brand, with a steady flow of the same posts before and after. Every five minutes a
policy says which to read, with a fixed number of readings a post over its 48 hours; the counters that come with the
post itself cost nothing. `daemon` is monitor.intake.polling as the daemon runs it, reserve and all; `formula` the value of
information of the literature that it came from; `dense` reads every post at every occasion.

An alarm is early when it comes at least 30 minutes before the crossing. The level that alarms is the same for all: the
lowest with 70% precision under dense reading of the 20% of posts before. PART, 0..1, takes a share of the posts.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bench.report import keep
from bench.series import higgs
from classifiers.forecast.blend import Blend, prior
from classifiers.forecast.curves import Curve
from monitor.intake import polling
from monitor.intake.polling import Due, Spent
from monitor.model import Forecast

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]

VIRAL_AT, PRECISION, EARLY = 100, 0.7, 30.0
CALIBRATE, MEASURE = (0.5, 0.7), (0.7, 1.0)
BUDGETS = (0.7, 2.1, 6.9)
DAYS, TICK, LIFE = 4, 5.0, 48 * 60.0  # days; minutes
START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class Posts:
    """Posts in the order of their arrival: minute of creation, ages (minutes) at which the spread grew by one, and
    whether the post is measured or only there to fill the days before and after."""

    created: Floats
    events: list[Floats]
    measured: npt.NDArray[np.bool_]

    @property
    def crossed(self) -> Floats:
        """The minute at which each crossed; infinite when it did not."""
        ages = [each[VIRAL_AT - 1] if len(each) >= VIRAL_AT else np.inf for each in self.events]
        return np.asarray(self.created + np.array(ages))

    @property
    def viral(self) -> npt.NDArray[np.bool_]:
        return np.isfinite(self.crossed)


def posts(data: Path, between: tuple[float, float], part: float) -> list[Floats]:
    """The ages of every share of the posts of one stretch of the series."""
    series = higgs(data)
    first, last = (int(len(series) * share) for share in between)
    return [post.events for post in series[first : first + int((last - first) * part)]]


def steady(events: list[Floats]) -> Posts:
    """At random over the days, with two days of the same flow before and after."""
    rng = np.random.default_rng(1)
    at = rng.uniform(0, DAYS * 1440, len(events))
    before, after = np.flatnonzero(at > (DAYS - 2) * 1440), np.flatnonzero(at < 2 * 1440)
    which = np.concatenate([np.arange(len(events)), before, after])
    created = np.concatenate([at, at[before] - DAYS * 1440, at[after] + DAYS * 1440]) + LIFE
    order = np.argsort(created)
    return Posts(
        created[order], [events[i] for i in which[order]], (np.arange(len(which)) < len(events))[order]
    )


@dataclass
class State:
    """What is known of each post at a moment."""

    posts: Posts
    model: Blend
    level: float
    read_at: Floats = field(init=False)
    due: Floats = field(init=False)
    said: list[Forecast | None] = field(init=False)
    alarmed: Floats = field(init=False)
    readings: list[list[tuple[float, int]]] = field(init=False)
    polls: int = 0

    def __post_init__(self) -> None:
        count = len(self.posts.created)
        self.read_at, self.due = self.posts.created.copy(), np.full(count, np.inf)
        self.said, self.readings = [None] * count, [[] for _ in range(count)]
        self.alarmed = np.full(count, np.inf)

    def read(self, which: Ints, now: float) -> None:
        curves = []
        for post in which:
            age = max(now - self.posts.created[post], 1.0)
            count = int(np.searchsorted(self.posts.events[post], age, side="right"))
            self.readings[post].append((age, count))
            ages, counts = np.array(self.readings[post], dtype=float).T
            curves.append(Curve(self.posts.created[post] * 60, ages, counts))
        told = self.model.predict(curves, VIRAL_AT, last=True)
        for row, post in enumerate(which):
            n, p = int(told.count[row]), float(told.p_viral[row])
            before = self.readings[post][-2:][0]
            grown = n - before[1], now - self.posts.created[post] - before[0]
            rate = grown[0] / grown[1] if grown[1] > 0 else 0.0
            known = float(told.expected[row]), float(told.low[row]), float(told.high[row])
            self.said[post] = Forecast(moment(now), n, VIRAL_AT, p, *known, rate=rate)
            created, at = moment(self.posts.created[post]), moment(now)
            self.due[post] = minute_of(polling.next_reading(created, self.said[post], at))
            if p >= self.level and n < VIRAL_AT and self.alarmed[post] == np.inf:
                self.alarmed[post] = now
        self.read_at[which] = now


def moment(minute: float) -> datetime:
    return START + timedelta(minutes=float(minute))


Policy = Callable[[State, Ints, float, int], Ints]
"""From the live posts, the minute and how many readings the budget has brought so far: which to read."""


def uniform(state: State, live: Ints, _: float, allowed: int) -> Ints:
    """Those that were not read for longest."""
    return live[np.argsort(state.read_at[live], kind="stable")][:allowed]


def geometric(state: State, live: Ints, now: float, allowed: int) -> Ints:
    """The daemon's former rule: at a quarter of their age, the hot ones at every occasion, the likeliest first."""
    p = np.array(
        [0.0 if said is None or said.crossed else said.p_viral for said in map(state.said.__getitem__, live)]
    )
    age = state.read_at[live] - state.posts.created[live]
    due = state.read_at[live] + np.where(p >= 0.1, TICK, np.clip(age / 4, TICK, 360.0))
    ready = np.flatnonzero(due <= now)
    return live[ready[np.lexsort((due[ready], -p[ready]))][:allowed]]


def formula(state: State, live: Ints, now: float, allowed: int) -> Ints:
    """Those of the greatest (p + .002)·(1 − exp(−λ/(1 + .15 n))), λ = max(A·[G(now) − G(last)], ½·rate·Δ·e^(−Δ/2h)),
    of all that are live."""
    said = [state.said[post] for post in live]
    count, p, final, rate = np.array(
        [(f.count, 0.0 if f.crossed else f.p_viral, f.expected, f.rate) if f else (0, 0, 0, 0) for f in said],
        dtype=float,
    ).T
    since = now - state.read_at[live]
    grown = [
        1 / (1 + (530 / np.maximum(each - state.posts.created[live], 1.0)) ** 1.3)
        for each in (now, state.read_at[live])
    ]
    shares = np.maximum(final * (grown[0] - grown[1]), 0.5 * rate * since * np.exp(-since / 120))
    worth = (p + 0.002) * -np.expm1(-shares / (1 + 0.15 * count))
    return live[np.argsort(-worth, kind="stable")][:allowed]


def measure(
    posts: Posts, model: Blend, level: float, a_post: float, policy: Policy | None
) -> dict[str, float]:
    """Play all the days with so many readings a post; `policy` None is the daemon's."""
    state = State(posts, model, level)
    a_day = a_post * posts.measured.sum() / DAYS
    end = posts.created[posts.measured].max() + LIFE
    known = polls = 0
    earned, spent, day = 0.0, Spent(), START.date()
    for now in np.arange(TICK, end, TICK):
        before, known = known, int(np.searchsorted(posts.created, now, side="right"))
        state.read(np.arange(before, known), now)
        live = np.arange(np.searchsorted(posts.created, now - LIFE), known)
        if policy is None:
            if moment(now).date() != day:
                day, spent = moment(now).date(), Spent()
            read, spent = as_the_daemon(state, live, now, round(a_day), spent)
        else:
            earned += a_day * TICK / 1440
            read = policy(state, live, now, int(earned - polls))
        state.read(read, now)
        polls += len(read)
    return figures(posts, state.alarmed) | {"polls": round(float(polls / (end / 1440) / (a_day / a_post)), 2)}


def as_the_daemon(state: State, live: Ints, now: float, budget: int, spent: Spent) -> tuple[Ints, Spent]:
    """A turn of the pipeline's `read_again`, without a limit to the batch."""
    ready = live[state.due[live] <= now]
    due = [
        Due(str(post), moment(state.posts.created[post]), moment(state.read_at[post]), state.said[post])
        for post in ready
    ]
    choice = polling.choose(due, len(due), budget, spent, moment(now))
    for turn in polling.turns(choice, {each.id for each in choice.read}, moment(now)):
        state.due[int(turn.id)] = minute_of(turn.due_at)
    read = np.array([int(each.id) for each in choice.read], dtype=np.intp)
    return read, Spent(spent.posts + len(read), spent.reserve + choice.reserve)


def minute_of(at: datetime | None) -> float:
    return np.inf if at is None else (at - START) / timedelta(minutes=1)


def densely(posts: Posts, model: Blend) -> list[tuple[Floats, Floats]]:
    """Minutes and probabilities before the crossing of every post that reaches a quarter of the threshold, which the
    others never alarm without; read every five minutes."""
    told = []
    for created, events in zip(posts.created, posts.events, strict=True):
        at = np.arange(np.floor(created / TICK) + 1, np.floor((created + LIFE) / TICK) + 1) * TICK
        counts = np.searchsorted(events, at - created, side="right").astype(float)
        open_ = counts < VIRAL_AT
        if len(events) < VIRAL_AT / 4 or not open_.any():
            told.append((np.zeros(0), np.zeros(0)))
            continue
        ages = np.maximum((at - created)[open_], 1.0)
        said = model.predict([Curve(created * 60, ages, counts[open_])], VIRAL_AT)
        told.append((at[open_], said.p_viral))
    return told


def level_of(posts: Posts, told: list[tuple[Floats, Floats]]) -> float:
    """The lowest probability from which on alarms have the wanted precision."""
    highest = np.array([p.max(initial=0.0) for _, p in told])
    order = np.argsort(-highest, kind="stable")
    precise = np.cumsum(posts.viral[order]) / np.arange(1, len(order) + 1) >= PRECISION
    return float(highest[order][np.flatnonzero(precise)[-1]])


def first_alarms(told: list[tuple[Floats, Floats]], level: float) -> Floats:
    return np.array([at[p >= level].min(initial=np.inf) for at, p in told])


def figures(posts: Posts, alarmed: Floats) -> dict[str, float]:
    hit = np.isfinite(alarmed) & posts.measured
    viral = posts.viral & posts.measured
    caught = hit & viral
    lead = posts.crossed[caught] - alarmed[caught]
    return {
        "precision": round(float(caught.sum() / max(hit.sum(), 1)), 3),
        "recall": round(float(caught.sum() / viral.sum()), 3),
        "early_recall": round(float((lead >= EARLY).sum() / viral.sum()), 3),
        "median_lead_minutes": round(float(np.median(lead))) if len(lead) else 0,
    }


def main(data: Path, part: float) -> None:
    model = prior("reposts")
    before, after = (steady(posts(data, between, part)) for between in (CALIBRATE, MEASURE))
    level = level_of(before, densely(before, model))
    best = figures(after, first_alarms(densely(after, model), level))
    count, viral = int(after.measured.sum()), int((after.viral & after.measured).sum())
    print(f"{viral} of {count:,} posts cross {VIRAL_AT}; alarms from p = {level:.2f}")
    print(
        f"{'':10}{'a post':>8}{'polls':>8}{'precision':>11}{'recall':>8}{'early':>8}{'lead':>6}{'of dense':>10}"
    )
    policies: dict[str, Policy | None] = {
        "uniform": uniform,
        "geometric": geometric,
        "formula": formula,
        "daemon": None,
    }
    told = [("dense", LIFE / TICK, best | {"polls": LIFE / TICK})]
    for a_post in BUDGETS:
        for name, policy in policies.items():
            told.append((name, a_post, measure(after, model, level, a_post, policy)))
            show(*told[-1], best)
    show(*told[0], best)
    results = [
        {"policy": name, "budget": a_post, "of_dense": round(found["early_recall"] / best["early_recall"], 3)}
        | found
        for name, a_post, found in told
    ]
    if part == 1:
        keep(
            "polling",
            {
                "posts": count,
                "viral": viral,
                "viral_at": VIRAL_AT,
                "level": round(level, 3),
                "results": results,
            },
        )


def show(name: str, a_post: float, found: dict[str, float], best: dict[str, float]) -> None:
    print(
        f"{name:10}{a_post:8.1f}{found['polls']:8.2f}{found['precision']:11.2f}{found['recall']:8.2f}"
        f"{found['early_recall']:8.2f}{found['median_lead_minutes']:6.0f}"
        f"{found['early_recall'] / best['early_recall']:10.0%}",
        flush=True,
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]) if len(sys.argv) > 2 else 1.0)
