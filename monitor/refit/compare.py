"""Pure: a forecast fitted to a brand's own history, and whether it is worth having.

The history is cut at several moments. At each, a model learns from the posts that were 48 hours old by then, of which it
sees nothing later, and forecasts the posts written from then until the next moment. What it says of all those is put
beside the rule "count ≥ c" and beside the shipped forecast; the same posts, the same readings.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from classifiers.forecast.blend import Blend
from classifiers.forecast.curves import Bools, Floats
from classifiers.forecast.fitting import fit
from monitor.hindsight.history import History, Show
from monitor.hindsight.replay import Ranking, Replay, forecasts, reliability, replay

ORIGINS = (0.5, 0.65, 0.8)
"""Shares of the posts, in time, at which the history is cut: each costs a fit."""

STEPS = len(ORIGINS) + 1
"""Fits in all, which a bar shows."""

LEAST_POSTS, LEAST_VIRAL = 100, 10
"""Posts whose outcome is known that a forecast is fitted to at the fewest, and those among them that crossed."""

LEAST_MEASURED = 5
"""Later posts that crossed; fewer can't tell better from worse."""

RESAMPLES, SURE, SEED = 1000, 0.9, 0
"""Of the later posts; the share in which the forecast must be ahead."""

PRECISION = 0.7
"""Share of pages that are right at which early recall is told."""


class Score(NamedTuple):
    """`area` lies under precision as a function of early recall; `early_recall` is the best at 70% precision. The others
    are of probabilities, None for a count."""

    area: float
    early_recall: float
    brier_skill: float | None = None
    calibration_error: float | None = None
    log_loss: float | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the comparison found. `refused` says in words why the forecast is not worth having; empty when it is.

    `ahead` is by how much its area is larger than that of "count ≥ c", `surer` the share of resamples in which it is.
    """

    posts: int
    viral: int
    measured: int = 0
    measured_viral: int = 0
    rule: Score | None = None
    shipped: Score | None = None
    fitted: Score | None = None
    ahead: float = 0.0
    surer: float = 0.0
    refused: str = ""

    def figures(self) -> dict[str, Any]:
        """As JSON holds it."""
        scores = {
            name: score._asdict() for name in ("rule", "shipped", "fitted") if (score := getattr(self, name))
        }
        return asdict(self) | scores

    def ahead_in_words(self) -> str:
        return f'it beats "count ≥ c" by {self.ahead:.3f} in area, in {self.surer:.0%} of resamples'

    @property
    def better_than_shipped(self) -> bool:
        """Whether it also says more of the later posts than the shipped one: by log loss, which no threshold bends."""
        if self.fitted is None or self.shipped is None:
            return False
        return (self.fitted.log_loss or 0.0) < (self.shipped.log_loss or 0.0)


class Learnt(NamedTuple):
    """A model fitted to all posts whose outcome is known, the first and the last of which were written at `span`."""

    model: Blend
    span: tuple[float, float]


def learn(
    history: History, measure: str, viral_at: int, shipped: Blend, show: Show
) -> tuple[Verdict, Learnt | None]:
    """Fit and compare; the model only when it is worth having. `show` is told of each of the STEPS."""

    def measure_of(_: str) -> tuple[str, int]:
        return measure, viral_at

    of = replay(history, measure_of, lambda curves, v, _: shipped.predict(curves, v), lambda _: None)
    known = np.flatnonzero(of.known)
    viral = int(of.viral[known].sum())
    if len(known) < LEAST_POSTS or viral < LEAST_VIRAL:
        lacking = _lacking(len(known), viral, viral_at, measure)
        return Verdict(len(known), viral, refused=lacking), None
    if not any(history.curves[place].counts[0] < viral_at for place in known[of.viral[known]].tolist()):
        return Verdict(len(known), viral, refused=_late(viral_at, measure)), None
    said = np.full(len(of.p), np.nan)
    measured = np.zeros(len(of.posts), dtype=bool)
    begins = [float(of.created[known[int(len(known) * share)]]) for share in ORIGINS]
    for begin, end in zip(begins, [*begins[1:], np.inf], strict=True):
        _, curves = history.finished_at(begin)
        if any(curve.counts[-1] >= viral_at for curve in curves):
            model = fit(curves, viral_at, shipped)
            later = known[(of.created[known] >= begin) & (of.created[known] < end)]
            rows = forecasts(
                history, later.tolist(), measure_of, lambda c, v, _, m=model: m.predict(c, v), lambda _: None
            )
            said = np.where(np.isnan(rows[0]), said, rows[0])
            measured[later] = True
        show(1)
    verdict = _compared(of, said, measured, Verdict(len(known), viral))
    if verdict.refused:
        return verdict, None
    model = fit([history.curves[place] for place in known.tolist()], viral_at, shipped)
    show(1)
    return verdict, Learnt(model, (float(of.created[known[0]]), float(of.created[known[-1]])))


def _lacking(posts: int, viral: int, viral_at: int, measure: str) -> str:
    return (
        f"too little to learn from: {viral:,} of {posts:,} finished posts crossed {viral_at:,} {measure}; at least "
        f"{LEAST_VIRAL} of {LEAST_POSTS} must have. Until then the shipped forecast is the better one"
    )


def _late(viral_at: int, measure: str) -> str:
    return (
        f"no post was read before it crossed {viral_at:,} {measure}, so that there is nothing to learn from: read posts "
        "when they are young, and more than once"
    )


def _compared(of: Replay, said: Floats, measured: Bools, verdict: Verdict) -> Verdict:
    """The verdict with what was found on the later posts."""
    viral = int(of.viral[measured].sum())
    verdict = replace(verdict, measured=int(measured.sum()), measured_viral=viral)
    if viral < LEAST_MEASURED:
        return replace(
            verdict,
            refused=f"only {viral:,} of {verdict.measured:,} later posts crossed, too few to tell whether it is better "
            f"than a count: {LEAST_MEASURED} must have",
        )
    signals = {"rule": of.relative, "shipped": of.p, "fitted": said}
    rankings = {name: Ranking(of, signal, measured) for name, signal in signals.items()}
    scores: dict[str, Score] = {}
    for name, ranking in rankings.items():
        trade = ranking.trade()
        true = None if name == "rule" else reliability(of, signals[name], measured)
        probabilities = (true.skill, true.error, true.log_loss) if true else ()
        scores[name] = Score(trade.area, trade.early_recall_at(PRECISION), *probabilities)
    ahead = scores["fitted"].area - scores["rule"].area
    draws = np.random.default_rng(SEED)
    wins = 0
    for _ in range(RESAMPLES):
        weight = draws.multinomial(verdict.measured, np.full(verdict.measured, 1 / verdict.measured)).astype(
            float
        )
        wins += rankings["fitted"].trade(weight).area > rankings["rule"].trade(weight).area
    surer = wins / RESAMPLES
    refused = ""
    if ahead <= 0:
        refused = f'it does not beat "count ≥ c": its area is {abs(ahead):.3f} smaller'
    elif surer < SURE:
        refused = (
            f'chance may explain that it beats "count ≥ c": its area is {ahead:.3f} larger, '
            f"in {surer:.0%} of resamples; {SURE:.0%} are asked for"
        )
    return replace(
        verdict,
        rule=scores["rule"],
        shipped=scores["shipped"],
        fitted=scores["fitted"],
        ahead=ahead,
        surer=surer,
        refused=refused,
    )


def table(verdict: Verdict) -> str:
    """The scores on the later posts, a line each; empty where nothing was measured."""
    if verdict.fitted is None:
        return ""
    lines = [
        f"{'':24}{'area':>7}{'early recall':>14}{'Brier skill':>13}{'calibration error':>19}{'log loss':>10}"
    ]
    for name, score in (
        ("count ≥ c", verdict.rule),
        ("shipped forecast", verdict.shipped),
        ("fitted forecast", verdict.fitted),
    ):
        assert score is not None  # noqa: S101 -- all three are measured together
        line = f"{name:24}{score.area:7.3f}{score.early_recall:14.2f}"
        if score.log_loss is not None:
            line += f"{score.brier_skill:13.3f}{score.calibration_error:19.4f}{score.log_loss:10.4f}"
        lines.append(line)
    return "\n".join(lines) + "\n"
