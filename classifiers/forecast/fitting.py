"""Pure: learn a Blend from posts whose end is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from classifiers.forecast.blend import Blend, based_on, view_of
from classifiers.forecast.curves import Curve, Floats, Ints, Rows
from classifiers.forecast.ends import Ends, grow_ends
from classifiers.forecast.features import with_product
from classifiers.forecast.formula import Kind, posterior
from classifiers.forecast.linear import fit_logistic, fit_ridge
from classifiers.forecast.odds import FAINT, expit, logit
from classifiers.forecast.trees import grow_classifier
from monitor.spread import OVER

TREES = 100
MOST_ROWS = 20_000
"""Readings for each threshold that the members are fitted to; the likelier ones first, with weights that make up for it."""

RIDGE = 0.001
ENOUGH_FOR_TREES = 50
"""Posts that crossed, and posts that did not, from which on trees are grown."""

ENOUGH_FOR_ENDS = 300
"""Posts, and readings that teach, from which on the interval is learnt anew."""

ENOUGH_TO_CALIBRATE = 5
"""Posts that crossed, in each half of those that the calibration is tried on."""

OLD = OVER.total_seconds() / 60
"""Minutes after which a post that has not crossed never will."""

LATER = 0.25
"""Share of the posts, in time, that calibration and interval are tried on before all are fitted to."""

LADDER = (0.25, 0.5, 1.0, 2.0)
"""Thresholds, as parts of one's own, that are learnt from: features are relative to the threshold, so that the many
posts that crossed a lower one teach something about the few that crossed this one."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """Posts of one platform, the last reading of each of which says how it ended, and thresholds to learn from.

    `selected`: the count that a post must have reached to be in this data set. Readings below it teach nothing: that
    such a post gets there is how it was chosen. `ends`: whether they teach the interval too.
    """

    curves: Sequence[Curve]
    thresholds: Sequence[int]
    selected: float = 0.0
    weight: float = 1.0
    ends: bool = True


def fit(curves: Sequence[Curve], viral_at: int, base: Blend, seed: int = 0) -> Blend:
    """A model of one's own posts, which starts from the shipped one. The last reading of each curve says how it ended.
    The shipped one itself when there is nothing to learn: none of them crossed, or all did, or none was read before."""
    crossed = sum(each.counts[-1] >= viral_at for each in curves)
    if not 0 < crossed < len(curves):
        return base
    ladder = sorted({max(int(viral_at * part), 2) for part in LADDER})
    ordered = sorted(curves, key=lambda each: each.created)
    return learn([Lesson(ordered, ladder)], base.kind, base, viral_at, seed)


def learn(
    lessons: Sequence[Lesson], kind: Kind, base: Blend | None, viral_at: int | None = None, seed: int = 0
) -> Blend:
    """A model of all the lessons, each in the order of time. First one of the earlier posts, which shows on the later
    ones how wide the interval must be, how to calibrate and, where the model is for one `viral_at`, how much each member
    weighs. Where it is for all thresholds (None), they weigh alike: which is best on the platforms that were learnt from
    says little about another. `base` when there is nothing to learn; ValueError when there is none either."""
    cuts = [int(len(each.curves) * (1 - LATER)) for each in lessons]
    before = [replace(each, curves=each.curves[:cut]) for each, cut in zip(lessons, cuts, strict=True)]
    after = [replace(each, curves=each.curves[cut:]) for each, cut in zip(lessons, cuts, strict=True)]
    if viral_at is not None:
        after = [replace(each, thresholds=(viral_at,)) for each in after]
    draft = _members(before, kind, base, seed)
    model = _members(lessons, kind, base, seed) or draft or base
    if model is None:
        raise ValueError("no lesson has readings of posts that crossed later and of posts that did not")
    if draft is None:
        return model
    stretch = _stretched(draft.ends, after, kind).stretch
    model = replace(model, ends=replace(model.ends, stretch=stretch))
    halves = _halves(draft, after)
    if not all(halves):
        return model
    weights = draft.weights
    if viral_at is not None and len(weights) == len(model.weights):
        weights = _weights(*_joined([*halves[0], *halves[1]]))
        model = replace(model, weights=weights)
    shift, slope = _calibration(weights, *(_joined(half) for half in halves))
    return replace(model, shift=shift, slope=slope)


@dataclass(frozen=True, slots=True)
class _Taught:
    """Readings before the crossing, whether it came, and how many minutes later (nan where it never did)."""

    view: Floats
    crossed: Floats
    weight: Floats
    wait: Floats


def _taught(lesson: Lesson, viral_at: int, kind: Kind, base: Blend | None, seed: int) -> _Taught | None:
    """None without readings of posts that crossed later, or without readings of posts that did not."""
    rows = Rows(lesson.curves)
    final = rows.counts[rows.last]
    at = _telling(rows, lesson.selected)
    at = at[rows.counts[at] < viral_at]
    known = posterior(rows, kind, at)
    crossed = (final >= viral_at)[rows.post[at]]
    # The rarer a reading's post crosses, the less it says: of those that almost never do, fewer are taken.
    chance = expit(kind.shift + kind.slope * known.crossing(viral_at - rows.counts[at]))
    wish = np.sqrt(chance + 1e-4)
    share = np.where(crossed, 1.0, np.minimum(MOST_ROWS * wish / wish.sum(), 1.0))
    keep = np.flatnonzero(np.random.default_rng(seed).random(len(at)) < share)
    at, crossed = at[keep], crossed[keep]
    if not 0 < crossed.sum() < len(crossed):
        return None
    view = view_of(rows, at, np.full(len(at), float(viral_at)), known.at(keep), kind)
    wait = np.maximum(_crossings(rows, viral_at)[rows.post[at]] - rows.ages[at], 1.0)
    return _Taught(
        view if base is None else based_on(base, view),
        crossed.astype(float),
        lesson.weight / share[keep],
        np.where(crossed, wait, np.nan),
    )


def _telling(rows: Rows, selected: float) -> Ints:
    """The readings that teach. A post's last one is the answer itself; it teaches only where the post was old by then:
    that those are over."""
    is_last = np.zeros(len(rows.ages), dtype=bool)
    is_last[rows.last] = True
    return np.flatnonzero((rows.counts >= selected) & (~is_last | (rows.ages >= OLD)))


def _crossings(rows: Rows, viral_at: int) -> Floats:
    """The age at which each post's curve reached the threshold, linear between readings; nan where it did not."""
    crossed = np.flatnonzero(rows.counts >= viral_at)
    post, first = np.unique(rows.post[crossed], return_index=True)
    at = crossed[first]
    fresh = rows.first[at]
    age = np.where(fresh, 0.0, rows.ages[at - 1])
    count = np.where(fresh, 0.0, rows.counts[at - 1])
    found = np.full(len(rows.last), np.nan)
    found[post] = age + (rows.ages[at] - age) * (viral_at - count) / (rows.counts[at] - count)
    return found


def _members(lessons: Sequence[Lesson], kind: Kind, base: Blend | None, seed: int) -> Blend | None:
    """Everything but calibration and stretch; None when no lesson has anything to teach."""
    taught = [
        found
        for lesson in lessons
        for viral_at in lesson.thresholds
        if (found := _taught(lesson, viral_at, kind, base, seed)) is not None
    ]
    if not taught:
        return None
    x, y, weight, wait = (
        np.concatenate([getattr(each, name) for each in taught])
        for name in ("view", "crossed", "weight", "wait")
    )
    wide = with_product(x)
    logistic = fit_logistic(wide, y, weight, RIDGE)
    trees = grow_classifier(x, y, weight, TREES, seed) if _enough(lessons) else None
    crossed = y > 0
    when = fit_ridge(wide[crossed], np.log(wait[crossed]), weight[crossed], RIDGE)
    ends = _ends(lessons, kind, base.ends if base else None, seed)
    members = 2 if trees is None else 3
    return Blend(kind, logistic, trees, np.full(members, 1 / members), 0.0, 1.0, ends, when, base)


def _enough(lessons: Sequence[Lesson]) -> bool:
    """Whether there are posts enough, on both sides of a threshold, for trees."""
    return any(
        ENOUGH_FOR_TREES
        <= sum(curve.counts[-1] >= viral_at for curve in lesson.curves)
        <= len(lesson.curves) - ENOUGH_FOR_TREES
        for lesson in lessons
        for viral_at in lesson.thresholds
    )


def _ends(lessons: Sequence[Lesson], kind: Kind, base: Ends | None, seed: int) -> Ends:
    lessons = [each for each in lessons if each.ends]
    parts = [_ended(each, kind) for each in lessons]
    posts, readings = sum(len(each.curves) for each in lessons), sum(len(each.at) for each in parts)
    if base is not None and min(posts, readings) < ENOUGH_FOR_ENDS:
        return base
    curves = [curve for each in lessons for curve in each.curves]
    rows = Rows(curves)
    starts = np.cumsum([0, *(len(part.rows.ages) for part in parts[:-1])])
    at = np.concatenate([part.at + start for part, start in zip(parts, starts, strict=True)])
    to_come, final = (
        np.concatenate([getattr(part, name) for part in parts]) for name in ("to_come", "final")
    )
    return grow_ends(rows, at, to_come, final, base, seed)


@dataclass(frozen=True, slots=True)
class _Ended:
    """Readings of finished posts, what the formula expects to come, and where they ended."""

    rows: Rows
    at: Ints
    to_come: Floats
    final: Floats


def _ended(lesson: Lesson, kind: Kind) -> _Ended:
    rows = Rows(lesson.curves)
    at = _telling(rows, lesson.selected)
    return _Ended(rows, at, posterior(rows, kind, at).mean(), rows.counts[rows.last][rows.post[at]])


def _stretched(ends: Ends, lessons: Sequence[Lesson], kind: Kind) -> Ends:
    parts = [_ended(each, kind) for each in lessons if each.ends and each.curves]
    needed = [ends.stretched(part.rows, part.at, part.to_come, part.final).stretch for part in parts]
    return replace(ends, stretch=float(np.exp(np.mean(np.log(needed))))) if needed else ends


_Said = tuple[Floats, Floats]
"""The members' opinions of readings before the crossing, a line for each member, and whether it came."""


def _halves(draft: Blend, lessons: Sequence[Lesson]) -> tuple[list[_Said], list[_Said]]:
    """What is said of every other post, and of those between, of each lesson and threshold that enough of them crossed."""
    halves: tuple[list[_Said], list[_Said]] = [], []
    for lesson in lessons:
        for viral_at in lesson.thresholds:
            for half, found in enumerate(halves):
                curves = lesson.curves[half::2]
                crossed = sum(each.counts[-1] >= viral_at for each in curves)
                if crossed >= ENOUGH_TO_CALIBRATE:
                    found.append(_said(draft, curves, viral_at, lesson.selected))
    return halves


def _said(model: Blend, curves: Sequence[Curve], viral_at: int, selected: float) -> _Said:
    rows = Rows(curves)
    at = np.flatnonzero((rows.counts < viral_at) & (rows.counts >= selected))
    view = view_of(rows, at, np.full(len(at), float(viral_at)), posterior(rows, model.kind, at), model.kind)
    crossed = rows.counts[rows.last] >= viral_at
    return model.opinions(view), crossed[rows.post[at]].astype(float)


def _joined(parts: Sequence[_Said]) -> _Said:
    return np.concatenate([said for said, _ in parts], axis=1), np.concatenate([came for _, came in parts])


def _weights(said: Floats, came: Floats) -> Floats:
    """The weights of the members that make what came most likely, pulled towards equal ones as if EQUAL posts spoke for
    each. Readings of one post say the same many times over: together they count as one."""
    from scipy.optimize import minimize

    right = np.clip(np.where(came > 0, said, 1 - said), FAINT, 1)

    def shares(packed: Floats) -> Floats:
        odds = np.exp(packed - packed.max())
        return np.asarray(odds / odds.sum())

    def loss(packed: Floats) -> float:
        weights = shares(packed)
        return float(-np.log(weights @ right).sum() / READINGS - EQUAL * np.log(weights).sum())

    return shares(minimize(loss, np.zeros(len(said)), method="L-BFGS-B", bounds=[(-5, 5)] * len(said)).x)


def _calibration(weights: Floats, one: _Said, other: _Said) -> tuple[float, float]:
    """Platt's shift and slope, kept only if what one half of the posts says of them lowers the log loss of the other."""
    (x0, y0), (x1, y1) = ((logit(weights @ said), came) for said, came in (one, other))
    gains = [
        _log_loss(x, y, 0.0, 1.0) - _log_loss(x, y, *_platt(*there))
        for (x, y), there in (((x0, y0), (x1, y1)), ((x1, y1), (x0, y0)))
    ]
    if sum(gains) <= 0:
        return 0.0, 1.0
    return _platt(np.concatenate([x0, x1]), np.concatenate([y0, y1]))


def _platt(x: Floats, y: Floats) -> tuple[float, float]:
    """The most likely shift and slope, with the priors N(0, .5²) and N(1, .15²). Readings of one post say the same many
    times over: together they count as one."""
    from scipy.optimize import minimize

    def loss(packed: Floats) -> float:
        belief = (packed[0] / 0.5) ** 2 / 2 + ((packed[1] - 1) / 0.15) ** 2 / 2
        return len(x) / READINGS * _log_loss(x, y, packed[0], packed[1]) + float(belief)

    shift, slope = minimize(loss, [0.0, 1.0], method="L-BFGS-B", bounds=[(-3, 3), (0.3, 3)]).x
    return float(shift), float(slope)


READINGS = 10.0
"""A post's, about, that say the same."""

EQUAL = 1.0
"""Posts that speak for each member before any is looked at."""


def _log_loss(x: Floats, y: Floats, shift: float, slope: float) -> float:
    z = shift + slope * x
    return float(np.mean(np.logaddexp(0, z) - y * z))
