"""Whether probabilities mean what they say, and how to make them. Arrays in, numbers out.

A head is calibrated on held-out rows; a figure of that on the same rows would flatter. So figures are cross-fitted: the
rows fall into two halves, each half's probabilities are calibrated on the other one.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]
Labels = NDArray[np.int64]
BINS = 10


class Point(NamedTuple):
    """One bin: what the model says on average, the share of rows of which it is so with its 95% interval, and rows."""

    said: float
    share: float
    low: float
    high: float
    rows: int


class Scaling(NamedTuple):
    """Probabilities = softmax(logits * scale + bias). Without the bias this is temperature scaling (Guo et al. 2017),
    with it Platt's (1999), for more than two labels with one scale for all."""

    scale: float
    bias: Array

    def apply(self, probabilities: Array) -> Array:
        return _softmax(_logits(probabilities) * self.scale + self.bias)


def fit(probabilities: Array, truth: Labels, *, biased: bool) -> Scaling:
    """The scaling with the least log loss on (rows, labels); without `biased` its bias is zero.

    It is drawn towards changing nothing with the weight of one row, so that a few rows that are all answered rightly
    don't make it infinite. The loss is convex; Newton's method finds its least.
    """
    logits, (rows, labels) = _logits(probabilities), probabilities.shape
    parts = [logits[:, :, None]]
    if biased:
        parts.append(np.broadcast_to(np.eye(labels), (rows, labels, labels)))
    slopes = np.concatenate(parts, 2)
    right = np.eye(labels)[truth]
    start = np.eye(slopes.shape[2])[0]
    pull = 1 / rows

    def loss(x: Array) -> float:
        return log_loss(_softmax(slopes @ x), truth) + float(pull / 2 * ((x - start) ** 2).sum())

    x = start
    for _ in range(50):
        p = _softmax(slopes @ x)
        gradient = np.einsum("nk,nkp->p", p - right, slopes) / rows + pull * (x - start)
        mean = np.einsum("nk,nkp->np", p, slopes)
        curve = (np.einsum("nk,nkp,nkq->pq", p, slopes, slopes) - mean.T @ mean) / rows
        step = np.linalg.solve(curve + pull * np.eye(len(x)), gradient)
        size = 1.0
        while loss(x - size * step) > loss(x) and size > 1e-6:
            size /= 2
        x = x - size * step
        if np.abs(step).max() < 1e-8:
            break
    return Scaling(float(x[0]), x[1:] if biased else np.zeros(labels))


def cross_fitted(probabilities: Array, truth: Labels, half: Labels, *, biased: bool) -> Array:
    """The probabilities, those of each half (0 or 1 for each row) calibrated on the other half."""
    found = np.array(probabilities, np.float64)
    for here in (0, 1):
        mine, other = half == here, half != here
        if mine.any() and other.any():
            found[mine] = fit(probabilities[other], truth[other], biased=biased).apply(probabilities[mine])
    return found


def stated(probabilities: Array, truth: Labels) -> tuple[Array, Labels]:
    """What is said and whether it is so: of two labels the second one's probability and whether it is right; of more,
    the likeliest one's."""
    if probabilities.shape[1] == 2:
        return probabilities[:, 1], truth
    return probabilities.max(1), (probabilities.argmax(1) == truth).astype(np.int64)


def reliability(said: Array, so: Labels, bins: int = BINS) -> list[Point]:
    """Rows in order of what is said, in bins of equally many; intervals by Wilson (1927)."""
    _, place, count = np.unique(said, return_inverse=True, return_counts=True)
    # Which of several equal probabilities falls into which bin must not depend on the order of the rows.
    share = (np.bincount(place, so) / count)[place]
    found = []
    for part in np.array_split(np.argsort(said, kind="stable"), min(bins, len(said))):
        n, mean = len(part), float(share[part].mean())
        middle = (mean + 1.96**2 / (2 * n)) / (1 + 1.96**2 / n)
        wide = 1.96 * np.sqrt(mean * (1 - mean) / n + 1.96**2 / (4 * n**2)) / (1 + 1.96**2 / n)
        found.append(Point(float(said[part].mean()), mean, middle - wide, middle + wide, n))
    return found


def ece(said: Array, so: Labels, bins: int = BINS) -> float:
    """Expected calibration error: the mean distance between what is said and what is so, over bins of equally many
    rows (Naeini et al. 2015, Nguyen and O'Connor 2015)."""
    return sum(p.rows * abs(p.said - p.share) for p in reliability(said, so, bins)) / len(said)


def ece_by_chance(said: Array, bins: int = BINS, rounds: int = 400) -> tuple[float, float]:
    """Mean and 95th percentile of the error that a perfectly calibrated model shows on so few rows."""
    rng = np.random.default_rng(1)
    found = [ece(said, (rng.random(len(said)) < said).astype(np.int64), bins) for _ in range(rounds)]
    return float(np.mean(found)), float(np.percentile(found, 95))


def log_loss(probabilities: Array, truth: Labels) -> float:
    """In nats a row."""
    right = probabilities[np.arange(len(truth)), truth]
    return float(-np.log(np.clip(right, 1e-9, 1)).mean())


def _logits(probabilities: Array) -> Array:
    return np.log(np.clip(np.asarray(probabilities, np.float64), 1e-9, 1))


def _softmax(logits: Array) -> Array:
    power = np.exp(logits - logits.max(-1, keepdims=True))
    return np.asarray(power / power.sum(-1, keepdims=True))
