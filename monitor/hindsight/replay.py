"""Pure: a history replayed as it was known at each moment, and how good the pages would have been.

Each post's forecast after a reading is made from that reading and those before it, nothing else. A page would have gone
out at the first reading at which a signal (the forecast, or a count) reached its level, before the crossing and while
the post was young enough to page. Levels are tuned on posts whose outcome was known before the posts that they are
measured on were written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from classifiers.forecast.blend import Predictions
from classifiers.forecast.curves import Bools, Curve, Floats
from monitor.hindsight.history import History, MeasureOf, Show
from monitor.hindsight.outcomes import KNOWN_AFTER, Post
from monitor.rules import FRESH

Ints = npt.NDArray[np.int64]

PAGES_FOR = FRESH.total_seconds() / 60
"""Minutes of age up to which a post pages."""

EARLY = 30.0
"""Minutes before the crossing that make a page an early one."""

ORIGINS = (0.5, 0.6, 0.7, 0.8, 0.9)
"""Shares of the posts, in time, after each of which levels are tuned anew. Posts before the first are never measured."""

AT_A_TIME = 20_000
"""Readings that are forecast at a time: what is computed on the way is dropped after each part."""


class Predict(Protocol):
    def __call__(self, curves: Sequence[Curve], viral_at: int, measure: str, /) -> Predictions:
        """One row for each reading of each curve, in order."""
        ...


@dataclass(frozen=True, slots=True)
class Replay:
    """All posts of a history with all their forecasts. Arrays of posts are in the order of `posts`; arrays of readings
    go post after post, each in the order of time, and `post` says whose they are."""

    posts: Sequence[Post]
    viral_at: Floats
    created: Floats
    crossed: Floats
    """Age in minutes at the first reading at which each post had reached its threshold; infinite where none had."""
    final: Floats
    known: Bools
    """Whether the outcome of each post counts, and whether the history is too short to tell (outcomes.Outcomes)."""
    short: bool

    moment: Floats
    post: Ints
    age: Floats
    count: Floats
    p: Floats
    expected: Floats
    low: Floats
    high: Floats

    @property
    def viral(self) -> Bools:
        return np.isfinite(self.crossed)

    @property
    def open(self) -> Bools:
        """Readings before the crossing."""
        return self.count < self.viral_at[self.post]

    @property
    def may_page(self) -> Bools:
        """Readings at which a forecast can page: before the crossing, and while the post is young."""
        return self.open & (self.age <= PAGES_FOR)

    @property
    def relative(self) -> Floats:
        """What the rule "count ≥ c" looks at: each count as a share of its threshold, so that one c serves several."""
        return self.count / self.viral_at[self.post]


def replay(history: History, measure_of: MeasureOf, predict: Predict, show: Show) -> Replay:
    """Forecast after every reading. `show` is told how many readings were done, time and again."""
    lengths = np.array([len(curve.ages) for curve in history.curves])
    starts = np.concatenate([[0], np.cumsum(lengths)])
    post = np.repeat(np.arange(len(lengths)), lengths)
    age = np.concatenate([curve.ages for curve in history.curves])
    count = np.concatenate([curve.counts for curve in history.curves])
    thresholds = [measure_of(each.key.source)[1] for each in history.posts]
    viral_at = np.array(thresholds, dtype=float)
    columns = forecasts(history, range(len(lengths)), measure_of, predict, show)
    crossed = np.minimum.reduceat(np.where(count >= viral_at[post], age, np.inf), starts[:-1])
    return Replay(
        posts=history.posts,
        viral_at=viral_at,
        created=np.array([each.created for each in history.posts]),
        crossed=crossed,
        final=count[starts[1:] - 1],
        known=history.known,
        short=history.short,
        post=post,
        age=age,
        count=count,
        moment=history.moments,
        p=columns[0],
        expected=columns[1],
        low=columns[2],
        high=columns[3],
    )


def forecasts(
    history: History, places: Sequence[int], measure_of: MeasureOf, predict: Predict, show: Show
) -> Floats:
    """p, expected, low and high (four rows) at each reading of the history; NaN at those of posts not in `places`."""
    lengths = np.array([len(curve.ages) for curve in history.curves])
    starts = np.concatenate([[0], np.cumsum(lengths)])
    columns = np.full((4, int(starts[-1])), np.nan)
    asked = [measure_of(history.posts[place].key.source) for place in places]
    for measure, viral_at in dict.fromkeys(asked):
        same = [place for place, each in zip(places, asked, strict=True) if each == (measure, viral_at)]
        for part in _parts(same, lengths):
            said = predict([history.curves[place] for place in part], viral_at, measure)
            rows = np.concatenate([np.arange(starts[place], starts[place + 1]) for place in part])
            columns[:, rows] = said.p_viral, said.expected, said.low, said.high
            show(len(rows))
    return columns


def _parts(places: Sequence[int], lengths: Ints) -> Iterator[Sequence[int]]:
    """Posts in parts of about the same number of readings each, no more than AT_A_TIME in all if one post alone has
    fewer: a model may pad them to the same length."""
    part: list[int] = []
    for place in sorted(places, key=lambda place: int(lengths[place])):
        if part and (len(part) + 1) * lengths[place] > AT_A_TIME:
            yield part
            part = []
        part.append(place)
    if part:
        yield part


# --- pages ---------------------------------------------------------------------------------------------------------


class Pages(NamedTuple):
    """The pages that would have gone out: whose, and at which reading (its place in the replay's arrays)."""

    post: Ints
    reading: Ints


def pages(hits: Bools, post: Ints) -> Pages:
    """The first hit of each post."""
    rows = np.flatnonzero(hits)
    whose, first = np.unique(post[rows], return_index=True)
    return Pages(whose, rows[first])


@dataclass(frozen=True, slots=True)
class Figures:
    """How good the pages about some posts were. Shares are None where there is nothing to divide by.

    `right`: pages about posts that crossed later. `early`: those at least 30 minutes before. `lead` is the median of the
    minutes between page and crossing, `to_come` of the share of the final spread that had not happened at the page,
    `a_week` pages a week.
    """

    pages: int
    right: int
    early: int
    viral: int
    precision: float | None
    recall: float | None
    early_recall: float | None
    lead: float | None
    to_come: float | None
    a_week: float | None


def figures(of: Replay, sent: Pages, measured: Bools) -> Figures:
    """Of the pages about the measured posts. A post that had crossed when it was first read counts as missed."""
    chosen = measured[sent.post]
    whose, rows = sent.post[chosen], sent.reading[chosen]
    right = of.viral[whose]
    whose_right, rows_right = whose[right], rows[right]
    lead = of.crossed[whose_right] - of.age[rows_right]
    to_come = 1 - of.count[rows_right] / of.final[whose_right]
    viral = int((of.viral & measured).sum())
    early = int((lead >= EARLY).sum())
    span = np.ptp(of.created[measured]) if measured.any() else 0.0
    return Figures(
        pages=len(whose),
        right=len(lead),
        early=early,
        viral=viral,
        precision=_share(len(lead), len(whose)),
        recall=_share(len(lead), viral),
        early_recall=_share(early, viral),
        lead=float(np.median(lead)) if len(lead) else None,
        to_come=float(np.median(to_come)) if len(lead) else None,
        a_week=_share(len(whose) * 7 * 86_400, float(span)),
    )


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None


# --- levels --------------------------------------------------------------------------------------------------------


def highest(of: Replay, signal: Floats, rows: Bools) -> Floats:
    """The largest value of a signal at each post's chosen readings; -inf where it has none."""
    top = np.full(len(of.posts), -np.inf)
    np.maximum.at(top, of.post[rows], signal[rows])
    return top


def level(top: Floats, viral: Bools, precision: float) -> float:
    """The lowest level at which the pages about these posts still have the wanted precision; infinite when none has."""
    order = np.argsort(-top, kind="stable")
    right = np.cumsum(viral[order]) / np.arange(1, len(order) + 1)
    levels = top[order]
    last_of_level = np.append(levels[1:] < levels[:-1], True)
    good = np.flatnonzero((right >= precision) & last_of_level[: len(levels)] & np.isfinite(levels))
    return float(levels[good[-1]]) if len(good) else float("inf")


class Tuned(NamedTuple):
    """Levels that were tuned as time went on: that of each post (infinite before the first origin), the last one, and
    which posts they can be measured on."""

    of_post: Floats
    last: float
    measured: Bools


def tuned(of: Replay, signal: Floats, precision: float, usable: Bools) -> Tuned:
    """Tune a level at each origin on the posts that were 48 hours old by then; it holds until the next origin.

    Posts that are not `usable` are looked at for nothing: their outcome is not known, or a model has learnt from them.
    """
    top = highest(of, signal, of.may_page)
    of_post = np.full(len(of.posts), np.inf)
    moments = origins(of.created[usable])
    found = float("inf")
    for begin in moments:
        crossed_by_then = of.created + of.crossed * 60 <= begin
        before = usable & (of.created <= begin - KNOWN_AFTER)
        found = level(top[before], crossed_by_then[before], precision)
        of_post[of.created >= begin] = found
    measured = usable & (of.created >= moments[0]) if len(moments) else np.zeros(len(of.posts), dtype=bool)
    return Tuned(of_post, found, measured)


def unlearnt(created: Floats, known: Bools, learnt: tuple[float, float] | None) -> Bools:
    """The posts that figures may be of: their outcome is known, and no model has learnt from those written between the two
    moments `learnt`."""
    if learnt is None:
        return known
    return np.asarray(known & ~((created >= learnt[0]) & (created <= learnt[1])))


def origins(created: Floats) -> Sequence[float]:
    """The moments at which the shares ORIGINS of these posts, in the order of time, have been written."""
    places = sorted({int(len(created) * share) for share in ORIGINS}) if len(created) else []
    return [float(created[place]) for place in places]


# --- how good a signal is at every level ---------------------------------------------------------------------------


class Trade(NamedTuple):
    """Precision and early recall at each level of a signal, from the highest down."""

    levels: Floats
    precision: Floats
    early_recall: Floats

    @property
    def area(self) -> float:
        """Under precision as a function of early recall: 1 is a signal that pages every viral post early and no other."""
        return float(np.sum(np.diff(self.early_recall, prepend=0.0) * self.precision))

    def early_recall_at(self, precision: float) -> float:
        """The best early recall at that precision or more; 0 when no level has it."""
        good = self.precision >= precision
        return float(self.early_recall[good].max()) if good.any() else 0.0


class Ranking:
    """Posts ranked by the highest value that a signal had of them, which is all that a trade depends on."""

    def __init__(self, of: Replay, signal: Floats, measured: Bools) -> None:
        rows = of.may_page & measured[of.post]
        early = rows & (of.age <= of.crossed[of.post] - EARLY)
        tops, early_tops = highest(of, signal, rows)[measured], highest(of, signal, early)[measured]
        self._viral = of.viral[measured]
        self._levels = np.unique(tops[np.isfinite(tops)])[::-1]
        self._all, self._early = (_Falling(each, self._levels) for each in (tops, early_tops))

    def trade(self, weight: Floats | None = None) -> Trade:
        """`weight` says how often each measured post counts; once when it is None."""
        times = np.ones(len(self._viral)) if weight is None else weight
        viral = np.where(self._viral, times, 0.0)
        paged, right = self._all.sums(times), self._all.sums(viral)
        in_time = self._early.sums(viral)
        precision = np.divide(right, paged, out=np.zeros_like(right), where=paged > 0)
        return Trade(
            self._levels, precision, in_time / viral.sum() if viral.any() else np.zeros_like(in_time)
        )


class _Falling:
    """For sums over the values that reach each of some falling levels."""

    def __init__(self, values: Floats, levels: Floats) -> None:
        self._order = np.argsort(-values, kind="stable")
        self._ends = np.searchsorted(-values[self._order], -levels, side="right")

    def sums(self, weight: Floats) -> Floats:
        return np.asarray(np.concatenate([[0.0], np.cumsum(weight[self._order])])[self._ends])


# --- whether the probabilities are true ----------------------------------------------------------------------------


class Reliability(NamedTuple):
    """Over readings before the crossing: what was said and how often it came, in ten equal bins; the mean gap between the
    two (expected calibration error), the Brier score's gain over always saying the base rate (0 where nothing crossed), and
    the mean log loss."""

    said: Floats
    came: Floats
    readings: Ints
    error: float
    skill: float
    log_loss: float


def reliability(of: Replay, p: Floats, measured: Bools) -> Reliability:
    """Of these probabilities, one for each reading, where they are about the measured posts."""
    rows = of.may_page & measured[of.post]
    said, came = p[rows], of.viral[of.post[rows]].astype(float)
    bins = np.minimum((said * 10).astype(int), 9)
    readings = np.bincount(bins, minlength=10)
    filled = readings > 0
    means = [np.bincount(bins, values, minlength=10)[filled] / readings[filled] for values in (said, came)]
    gaps = np.abs(means[0] - means[1]) * readings[filled]
    variance = float(came.var()) if len(came) else 0.0
    return Reliability(
        said=means[0],
        came=means[1],
        readings=readings[filled],
        error=float(gaps.sum() / max(len(said), 1)),
        skill=1 - float(np.mean((said - came) ** 2)) / variance if variance else 0.0,
        log_loss=float(-np.log(np.clip(np.where(came > 0, said, 1 - said), 1e-7, 1)).mean())
        if len(came)
        else 0.0,
    )
