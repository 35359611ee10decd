"""Linear models of few columns, by scipy: a logistic one whose weights are not negative, and a plain ridge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from classifiers.forecast.curves import Floats
from classifiers.forecast.odds import expit

LARGEST = 1e12
"""Size below which all numbers of a model lie, so that no sum of theirs overflows."""


@dataclass(frozen=True, slots=True)
class Linear:
    weights: Floats
    constant: float

    def __call__(self, x: Floats) -> Floats:
        return np.asarray(x @ self.weights + self.constant)

    def arrays(self) -> dict[str, Any]:
        return {"weights": self.weights, "constant": np.float64(self.constant)}

    @staticmethod
    def of(arrays: Mapping[str, Any], width: int) -> Linear:
        """What `arrays` gave, for rows of `width` columns. ValueError when that can't be evaluated."""
        found = Linear(arrays["weights"].astype(np.float64), float(arrays["constant"]))
        if found.weights.shape != (width,):
            raise ValueError("weights for other columns")
        if not (np.abs([*found.weights, found.constant]) < LARGEST).all():
            raise ValueError("weights that are no numbers")
        return found


def fit_logistic(x: Floats, y: Floats, weight: Floats, ridge: float) -> Linear:
    """The logit of P(y), with a ridge penalty on standardised columns and no weight below 0, so that it never falls
    when a column rises."""
    from scipy.optimize import minimize

    middle, scale, z = _standard(x, weight)
    share = weight / weight.sum()

    def loss(packed: Floats) -> tuple[float, Floats]:
        logits = packed[0] + z @ packed[1:]
        wrong = share * (expit(logits) - y)
        value = share @ (np.logaddexp(0, logits) - y * logits) + ridge / 2 * packed[1:] @ packed[1:]
        return float(value), np.concatenate([[wrong.sum()], z.T @ wrong + ridge * packed[1:]])

    rate = np.clip(share @ y, 1e-6, 1 - 1e-6)
    start = np.concatenate([[np.log(rate / (1 - rate))], np.full(x.shape[1], 0.1)])
    bounds = [(None, None), *[(0.0, None)] * x.shape[1]]
    packed = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x
    return _unscaled(packed, middle, scale)


def fit_ridge(x: Floats, y: Floats, weight: Floats, ridge: float) -> Linear:
    """The mean of y."""
    middle, scale, z = _standard(x, weight)
    share = (weight / weight.sum())[:, None]
    about = float(share[:, 0] @ y)
    found = np.linalg.solve(z.T @ (share * z) + ridge * np.eye(x.shape[1]), z.T @ (share[:, 0] * (y - about)))
    return _unscaled(np.concatenate([[about], found]), middle, scale)


def _standard(x: Floats, weight: Floats) -> tuple[Floats, Floats, Floats]:
    middle = np.average(x, axis=0, weights=weight)
    scale = np.sqrt(np.average((x - middle) ** 2, axis=0, weights=weight))
    scale = np.where(scale > 1e-9, scale, 1.0)
    return middle, scale, (x - middle) / scale


def _unscaled(packed: Floats, middle: Floats, scale: Floats) -> Linear:
    weights = packed[1:] / scale
    return Linear(weights, float(packed[0] - weights @ middle))
