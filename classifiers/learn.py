"""Heads fitted to a team's own labels. Pure: features, the shipped head's logits and labels in, a head out.

A head that has labels of its own (categories) is a multinomial logistic regression over standardised features. One that
keeps the shipped labels is centred on the shipped head, in the manner of "biased regularisation" (Evgeniou and Pontil
2004): its logits are those of the shipped head, scaled and shifted, plus what the features add, and it is what it adds
that is held small. How small is chosen by cross-validation, "adds nothing" among the choices, so that few labels
recalibrate and no more.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from classifiers.heads import Array, Head, softmax
from classifiers.text import same

Labels = NDArray[np.int64]

HELD_OUT = 5
"""One text of so many is never learnt from, only measured on."""

FOLDS = 3
STRENGTHS = (0.3, 0.1, 0.03, 0.01, 0.003, 0.001)
"""How strongly the weights over standardised features are held small: half of it times their squares is added to the
mean log loss."""

RARE = 0.5
"""Of a head with labels of its own, this power of a label's share is taken out of its probability (logit adjustment, Menon
et al. 2021): the rare situation counts as well as the common one. 1 would make all equally likely; one half is best for
macro-F1 (.47 to .53 on nine reasons of complaint from 44 to 2,107 rows)."""

STEPS = 150
"""Of the optimiser, L-BFGS; more bring nothing that the third digit shows."""

RESAMPLES = 1000
SURE = 0.95
BINS = 10
LEAST_PROBABILITY = 1e-6
"""A label that a head does not know, or holds for impossible, costs a finite log loss."""


class Figures(NamedTuple):
    """How good probabilities are on labelled rows: macro-F1, mean log loss (nats), expected calibration error, and the
    recall at one half: of two labels the second's ("yes"), of more the mean of those that occur."""

    macro_f1: float
    log_loss: float
    ece: float
    recall: float


class Verdict(NamedTuple):
    """Two heads on the same rows. `surer`: in which share of resamples the new one's log loss is the lower one."""

    old: Figures
    new: Figures
    surer: float

    def against(self, *, misses: bool) -> str:
        """What speaks against the new head, in words; nothing when it is better. `misses`: to find fewer of the second of
        two labels is worse than all that is gained elsewhere.

        Noise is no progress, so its log loss must surely be lower. That is the one test: of a proper score, to which every
        row adds, while F1 hangs on the few rows that change sides.
        """
        if misses and self.new.recall < self.old.recall:
            return f"it misses more: finds {self.new.recall:.1%}, until now {self.old.recall:.1%}"
        if self.new.macro_f1 < self.old.macro_f1:
            return "macro-F1 is lower"
        if self.new.log_loss > self.old.log_loss:
            return "log loss is higher"
        if self.surer < SURE:
            return f"chance may explain it (log loss is lower in {self.surer:.0%} of resamples)"
        return ""


@dataclass(frozen=True)
class Rows:
    """What a head is fitted to: features (rows, features), labels as indices into its names, the shipped head's logits
    (rows, labels) or None for a head of its own, and of each row the fold of `bucket`."""

    features: Array
    labels: Labels
    logits: Array | None
    folds: Labels

    def of(self, which: NDArray[np.bool_]) -> Rows:
        logits = None if self.logits is None else self.logits[which]
        return Rows(self.features[which], self.labels[which], logits, self.folds[which])


def key(text: str) -> str:
    """The same for two copies of a text."""
    return same(text).casefold()


def bucket(text: str) -> int:
    """0 .. HELD_OUT * FOLDS - 1, evenly, by the text alone: the same on every machine and every time."""
    return int.from_bytes(hashlib.sha256(key(text).encode()).digest()[:4], "big") % (HELD_OUT * FOLDS)


def is_held_out(bucket: int) -> bool:
    return bucket % HELD_OUT == 0


def fold(bucket: int) -> int:
    """Of a text that is learnt from: its fold of the cross-validation."""
    return bucket // HELD_OUT


def learn(rows: Rows, names: Sequence[str]) -> tuple[Head, float]:
    """The head, and the strength that cross-validation chose (infinite: recalibration alone).

    The order of the rows does not matter but for rounding. On these rows, the log loss of a head that keeps the shipped
    labels is no higher than the shipped head's.
    """
    middle, spread = rows.features.mean(0), rows.features.std(0)
    spread[spread < 1e-6] = 1.0  # says nothing
    standard = Rows(rows.features - middle, rows.labels, rows.logits, rows.folds)
    standard.features[:] /= spread
    strength = _chosen(standard, len(names))
    scale, weight, bias = _fitted(standard, len(names), strength)
    weight = weight / spread
    return Head(tuple(names), weight, np.asarray(bias - weight @ middle, np.float32), scale), strength


def evened(head: Head, counts: Labels) -> Head:
    """The head with rare labels lifted (RARE). `counts`: how often each label was given; one that nobody gave is lifted no
    more than the commonest."""
    share = np.where(counts > 0, counts, counts.max()) / max(counts.sum(), 1)
    return replace(head, bias=head.bias - np.float32(RARE) * np.log(share).astype(np.float32))


def _chosen(rows: Rows, names: int) -> float:
    """The strength with the least log loss on rows that were left out, from the strongest on while it gets better."""
    best, chosen = np.inf, np.inf
    starts: list[NDArray[np.float64] | None] = [None] * FOLDS
    for strength in (np.inf, *STRENGTHS) if rows.logits is not None else STRENGTHS:
        loss = 0.0
        for number in range(FOLDS):
            inside = rows.of(rows.folds != number)
            left_out = rows.of(rows.folds == number)
            if not (len(inside.labels) and len(left_out.labels)):
                continue
            starts[number] = theta = _minimum(inside, names, strength, starts[number])
            loss -= float(np.log(_true(_probabilities(left_out, names, theta), left_out.labels)).sum())
        if loss >= best:
            break
        best, chosen = loss, strength
    return chosen


def _fitted(rows: Rows, names: int, strength: float) -> tuple[float, Array, Array]:
    theta = _minimum(rows, names, strength, None).astype(np.float32)
    scale = 0.0 if rows.logits is None else float(np.exp(theta[0]))
    return scale, theta[1 + names :].reshape(names, -1), theta[1 : 1 + names]


def objective(
    rows: Rows, names: int, strength: float, theta: NDArray[np.float64]
) -> tuple[float, NDArray[np.float64]]:
    """Mean log loss and penalties, with the gradient, at theta = (log scale, bias of each label, weights).

    log scale and bias are held near 0 as strongly as one row would hold them, so that labels which the shipped head
    separates well don't drive them to infinity. At theta = 0 it is the shipped head's own log loss.
    """
    n = max(len(rows.labels), 1)
    scale = np.float32(np.exp(theta[0]))
    bias, weight = theta[1 : 1 + names], theta[1 + names :].reshape(names, -1).astype(np.float32)
    found = softmax(_power(rows, scale, bias, weight))
    loss = -float(np.log(_true(found, rows.labels)).mean()) if len(rows.labels) else 0.0
    found[np.arange(len(rows.labels)), rows.labels] -= 1
    found /= n
    gradient = np.zeros_like(theta)
    if rows.logits is not None:
        gradient[0] = scale * float((found * rows.logits).sum()) + theta[0] / n
        loss += float(theta[0] ** 2) / 2 / n
    gradient[1 : 1 + names] = found.sum(0) + bias / n
    loss += float(bias @ bias) / 2 / n
    if np.isfinite(strength):
        gradient[1 + names :] = (found.T @ rows.features).ravel() + strength * theta[1 + names :]
        loss += strength / 2 * float(theta[1 + names :] @ theta[1 + names :])
    return loss, gradient


def _minimum(
    rows: Rows, names: int, strength: float, start: NDArray[np.float64] | None
) -> NDArray[np.float64]:
    from scipy.optimize import minimize

    size = 1 + names + names * rows.features.shape[1]
    best = minimize(
        lambda theta: objective(rows, names, strength, theta),
        np.zeros(size) if start is None else start,
        method="L-BFGS-B",
        jac=True,
        options={"maxiter": STEPS, "ftol": 1e-7, "gtol": 1e-5},
    )
    return np.asarray(best.x)


def _probabilities(rows: Rows, names: int, theta: NDArray[np.float64]) -> Array:
    weight = theta[1 + names :].reshape(names, -1).astype(np.float32)
    return softmax(_power(rows, np.float32(np.exp(theta[0])), theta[1 : 1 + names], weight))


def _power(rows: Rows, scale: np.float32, bias: NDArray[np.float64], weight: Array) -> Array:
    power = rows.features @ weight.T + bias.astype(np.float32)
    return power if rows.logits is None else power + scale * rows.logits


def _true(probabilities: Array, labels: Labels) -> Array:
    """What each row's own label was given."""
    return np.maximum(probabilities[np.arange(len(labels)), labels], np.float32(LEAST_PROBABILITY))


def compare(old: Array, new: Array, labels: Labels) -> Verdict:
    """Two heads' probabilities (rows, labels) of the same labelled rows, with a paired bootstrap over the rows."""
    even = np.full(len(labels), 1 / len(labels))
    draws = np.random.default_rng(0).multinomial(len(labels), even, RESAMPLES)
    picks = np.asarray(draws, np.float32)
    gain = picks @ (np.log(_true(new, labels)) - np.log(_true(old, labels)))
    surer = ((gain > 0).mean() + (gain >= 0).mean()) / 2  # what is even counts half
    return Verdict(figures(old, labels), figures(new, labels), float(surer))


def figures(probabilities: Array, labels: Labels) -> Figures:
    """Of at least one row. Log loss with probabilities of at least LEAST_PROBABILITY."""
    present = np.unique(labels)
    said, true = probabilities.argmax(1)[:, None] == present, labels[:, None] == present
    hits, wanted, given = (said & true).sum(0), true.sum(0), said.sum(0)
    recalls = hits / wanted
    return Figures(
        macro_f1=float((2 * hits / (wanted + given)).mean()),
        log_loss=-float(np.log(_true(probabilities, labels)).mean()),
        ece=expected_error(probabilities, labels),
        recall=float(recalls[-1] if probabilities.shape[1] == 2 else recalls.mean()),
    )


def expected_error(probabilities: Array, labels: Labels) -> float:
    """Expected calibration error (Naeini et al. 2015), ten bins of equal width: of two labels of the second's
    probability, of more of the highest one."""
    if probabilities.shape[1] == 2:
        said, true = probabilities[:, 1], labels == 1
    else:
        said, true = probabilities.max(1), probabilities.argmax(1) == labels
    bins = np.minimum((said * BINS).astype(int), BINS - 1)
    gaps = np.bincount(bins, said - true, BINS)
    return float(np.abs(gaps).sum() / len(labels))
