"""Pure: the forecast of posts' spread: three opinions, averaged.

The first opinion of whether a post will cross is the gamma-Poisson formula's (formula.py), or, in a model
fitted to one's own history, the shipped model's. Two learnt members look at it and at the curve (features.py):
a ridge logistic regression whose weights are not negative and, once enough posts have crossed, monotone boosted trees.
Their weighted mean, corrected by a logistic calibration, is the answer.

What holds for every model: the probability is 1.0 exactly when the threshold has been reached, never falls when the last
count is larger, and never rises when that count is read later, or read once more without growth.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from classifiers.forecast.curves import Curve, Floats, Ints, Rows
from classifiers.forecast.ends import Ends
from classifiers.forecast.features import COLUMNS, features, with_product
from classifiers.forecast.formula import SHARES, Kind, Posterior, kind_of, posterior
from classifiers.forecast.linear import Linear
from classifiers.forecast.odds import FAINT, expit, logit
from classifiers.forecast.trees import Trees
from monitor.errors import InputError

FORMAT = "snapwatch forecast 2"
SHIPPED = Path(__file__).with_name("prior")
BASE = COLUMNS.index("base")
LONGEST = 60 * 24 * 60.0
"""Minutes until a crossing that are told at the most."""

LARGEST = 64 << 20
"""Bytes that the arrays of a file hold at the most: a model has a hundredth of that."""


@dataclass(frozen=True, slots=True)
class Predictions:
    """One entry for each reading: of the curve `post`, at `age` minutes, when its spread was `count`.

    `p_viral` is P(it crosses | not yet), 1.0 once it has; `expected` the final spread that is as likely to be passed as
    not, `low` and `high` an 80% interval around it; `crosses` the median age in minutes at which it crosses if it does,
    nan where it has.
    """

    post: Ints
    age: Floats
    count: Floats
    p_viral: Floats
    expected: Floats
    low: Floats
    high: Floats
    crosses: Floats


@dataclass(frozen=True, slots=True)
class Blend:
    kind: Kind
    logistic: Linear
    trees: Trees | None
    weights: (
        Floats  # of the opinions in this order: the first one, the regression, the trees if there are any
    )
    shift: float  # calibration: logit p becomes shift + slope · logit p
    slope: float
    ends: Ends
    when: Linear  # log of the minutes until the crossing, of posts that cross
    base: Blend | None = None  # the shipped model, in one that was fitted to a history

    def predict(
        self, curves: Sequence[Curve], viral_at: int | Sequence[int], last: bool = False
    ) -> Predictions:
        """For every reading of each curve, or only its last one, from that reading and those before it. `viral_at` is
        one threshold or one for each curve. What is said of a curve does not depend on the others."""
        if not curves:
            none = np.zeros(0)
            return Predictions(none.astype(np.intp), none, none, none, none, none, none, none)
        rows = Rows(curves)
        at = rows.last if last else np.arange(len(rows.ages))
        post, age, count = rows.post[at], rows.ages[at], rows.counts[at]
        target = np.broadcast_to(np.asarray(viral_at, dtype=np.float64), len(curves))[post]
        known = posterior(rows, self.kind, at)
        open_ = np.flatnonzero(count < target)
        x = view_of(rows, at[open_], target[open_], known.at(open_), self.kind)
        chance = self.chance(x)
        p, crosses = np.ones(len(at)), np.full(len(at), np.nan)
        p[open_] = np.clip(chance, FAINT, 1 - FAINT)
        wait = np.exp(np.clip(self.when(with_product(self._with_base(x))), 0, np.log(LONGEST)))
        crosses[open_] = age[open_] + wait
        span = self.ends(rows, at, known.mean())
        return Predictions(post, age, count, p, span.middle, span.low, span.high, crosses)

    def chance(self, view: Floats) -> Floats:
        """The probability of crossing from a `view`."""
        p = self.raw(view)
        return expit(self.shift + self.slope * logit(p))

    def raw(self, view: Floats) -> Floats:
        """The same before the calibration."""
        return np.asarray(self.weights @ self.opinions(view))

    def opinions(self, view: Floats) -> Floats:
        """What each member says: a line for each, in the order of `weights`."""
        x = self._with_base(view)
        members = [expit(x[:, BASE]), expit(self.logistic(with_product(x)))]
        if self.trees is not None:
            members.append(expit(self.trees(x)))
        return np.asarray(members)

    def _with_base(self, view: Floats) -> Floats:
        return view if self.base is None else based_on(self.base, view)

    def dump(self) -> bytes:
        """Plain arrays, so that nothing in them can be run."""
        packed = io.BytesIO()
        np.savez_compressed(packed, format=np.array(FORMAT), **self._arrays())
        return packed.getvalue()

    def _arrays(self) -> dict[str, Any]:
        parts: dict[str, Mapping[str, Any]] = {
            "logistic": self.logistic.arrays(),
            "when": self.when.arrays(),
            "ends": self.ends.arrays(),
        }
        if self.trees is not None:
            parts["trees"] = self.trees.arrays()
        if self.base is not None:
            parts["base"] = self.base._arrays()
        found = {f"{part}.{key}": value for part, each in parts.items() for key, value in each.items()}
        return found | {
            "kind": np.array(astuple(self.kind)),
            "weights": self.weights,
            "platt": np.array([self.shift, self.slope]),
        }

    @staticmethod
    def load(data: bytes) -> Blend:
        """InputError when that is not what `dump` wrote."""
        try:
            arrays = read_arrays(data)
            if str(arrays.pop("format")) != FORMAT:
                raise ValueError("another format")
            return _of(arrays)
        except (
            Exception
        ) as error:  # a file from anywhere: what zip, zlib and numpy raise about one has no end
            raise InputError(
                "this is no forecast model that this version of snapwatch can use, or it is damaged: "
                "fit it again with `snapwatch forecast fit`"
            ) from error


def read_arrays(data: bytes) -> dict[str, Any]:
    """The arrays of an .npz file from anywhere, plain ones only. Raises whatever zip, zlib and numpy do about one that is
    damaged, and ValueError when they would fill the memory."""
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        if sum(each.file_size for each in packed.infolist()) > LARGEST:
            raise ValueError("too large")
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        return {name: arrays[name] for name in arrays.files}


def _of(arrays: Mapping[str, Any]) -> Blend:
    parts: dict[str, dict[str, Any]] = {}
    for name, value in arrays.items():
        part, dot, key = name.partition(".")
        if dot:
            parts.setdefault(part, {})[key] = value
    if any(name.startswith("base.") for name in parts.get("base", ())):
        raise ValueError("a base on a base")
    base = _of(parts["base"]) if "base" in parts else None
    width = len(COLUMNS)
    shift, slope = arrays["platt"].tolist()
    if not (abs(shift) < 1e6 and 0 < slope < 1e6):
        raise ValueError("a calibration that is no number, or turns the forecast round")
    logistic = Linear.of(parts["logistic"], width + 1)
    if (logistic.weights < 0).any():
        raise ValueError("a weight that lets the forecast fall where the count rises")
    trees = Trees.of(parts["trees"], width) if "trees" in parts else None
    if trees is not None and not trees.never_fall():
        raise ValueError("trees that let the forecast fall where the count rises")
    weights = arrays["weights"].astype(np.float64)
    if (
        weights.shape != (2 if trees is None else 3,)
        or not (weights >= 0).all()
        or abs(weights.sum() - 1) > 1e-6
    ):
        raise ValueError("weights that are no shares of one")
    return Blend(
        Kind.of(arrays["kind"].tolist()),
        logistic,
        trees,
        weights,
        shift,
        slope,
        Ends.of(parts["ends"], base.ends if base else None),
        Linear.of(parts["when"], width + 1),
        base,
    )


def view_of(rows: Rows, at: Ints, target: Floats, known: Posterior, kind: Kind) -> Floats:
    """The features of readings before the crossing, with the formula as the first opinion."""
    formula = kind.shift + kind.slope * known.crossing(target - rows.counts[at])
    return features(rows, at, target, formula)


def based_on(base: Blend, view: Floats) -> Floats:
    """A `view` whose first opinion is another model's."""
    x = view.copy()
    x[:, BASE] = logit(base.chance(view))
    return x


def prior(measure: str) -> Blend:
    """The shipped model for posts whose spread is this measure. InputError when a counter does not exist."""
    return _shipped("shares" if kind_of(measure) is SHARES else "threads")


@lru_cache
def _shipped(name: str) -> Blend:
    return Blend.load((SHIPPED / f"{name}.npz").read_bytes())
