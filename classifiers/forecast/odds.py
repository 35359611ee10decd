"""Probabilities and their logits."""

from __future__ import annotations

import numpy as np

from classifiers.forecast.curves import Floats

FAINT = 1e-9
"""Probabilities that are not 0 or 1 for certain keep this distance from both."""


def logit(p: Floats) -> Floats:
    """log(p/(1 − p)), of a probability that is kept from 0 and 1."""
    p = np.clip(p, FAINT, 1 - FAINT)
    return np.asarray(np.log(p) - np.log1p(-p))


def expit(z: Floats) -> Floats:
    """The probability with that logit; no overflow anywhere."""
    return np.asarray(np.exp(-np.logaddexp(0.0, -z)))
