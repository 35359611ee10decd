"""Pure: the forecast of a post's spread, learnt from posts whose end is known."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace

import numpy as np
from scipy.optimize import minimize
from scipy.special import betainc, expit, logit

from classifiers.curves import Curve, Floats, Ints
from classifiers.virality import SHARES, THREADS, Kind, kind_of, posterior
from monitor.errors import InputError

GROWN = 48 * 60.0
"""Minutes after which a post's last reading says how it ended."""


@dataclass(frozen=True, slots=True)
class Predictions:
    """One entry for each reading: of the curve `post`, at `age` minutes, when its spread was `count`.

    `p_viral` is P(it crosses | not yet), 1.0 once it has; `expected` the final spread to expect, `low` and `high` an 80%
    interval; `crosses` the median age in minutes at which it crosses if it does, nan where it has or can't be said.
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

    def predict(
        self, curves: Sequence[Curve], viral_at: int | Sequence[int], last: bool = False
    ) -> Predictions:
        """For every reading of each curve, or only its last one, from that reading and those before it. `viral_at` is
        one threshold or one for each curve."""
        most = max(len(each.ages) for each in curves)
        ages = np.array([np.pad(c.ages, (0, most - len(c.ages)), mode="edge") for c in curves])
        counts = np.array([np.pad(c.counts, (0, most - len(c.ages)), mode="edge") for c in curves])
        lengths = np.array([len(each.ages) for each in curves])
        shape, rate, left = posterior(ages, counts, self.kind)
        places = np.arange(most)
        wanted = places == lengths[:, None] - 1 if last else places < lengths[:, None]
        target = np.broadcast_to(np.asarray(viral_at, dtype=np.float64).reshape(-1, 1), ages.shape)
        post, _ = np.nonzero(wanted)
        n, v, a, b, rest = (each[wanted] for each in (counts, target, shape, rate, left))
        come = rest / (b + rest)
        p = np.clip(betainc(np.maximum(v - n, 1e-9), a, come), 1e-9, 1 - 1e-9)
        p = np.where(n >= v, 1.0, expit(self.kind.shift + self.kind.slope * logit(p)))
        mean = a * rest / b
        error = np.sqrt(mean + mean**2 / a)
        return Predictions(
            post,
            ages[wanted],
            n,
            p,
            n + mean,
            n + np.maximum(mean - 1.28 * error, 0),
            n + mean + 1.28 * error,
            np.full(len(n), np.nan),
        )

    def dump(self) -> bytes:
        packed = io.BytesIO()
        np.savez(packed, kind=np.array(astuple(self.kind)))
        return packed.getvalue()

    @staticmethod
    def load(data: bytes) -> Blend:
        """InputError when that is not what `dump` wrote."""
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
                return Blend(Kind(*arrays["kind"].tolist()))
        except (ValueError, KeyError, TypeError, EOFError, OSError, zipfile.BadZipFile) as error:
            raise InputError(
                "this is no forecast model of snapwatch, or it is damaged: fit it again"
            ) from error


def prior(measure: str) -> Blend:
    """The shipped model for posts whose spread is this measure. InputError when a counter does not exist."""
    return Blend(SHARES if kind_of(measure) is SHARES else THREADS)


def went_viral(curve: Curve, viral_at: int) -> bool | None:
    """How it ended, from its last reading: True once it has crossed, False 48 hours after its creation, else None."""
    if curve.counts[-1] >= viral_at:
        return True
    return False if curve.ages[-1] >= GROWN else None


def fit(curves: Sequence[Curve], viral_at: int, prior: Blend) -> Blend:
    """The prior, adapted to posts of one's own: those whose end is known. The prior itself when none of them is."""
    known = [(each, end) for each in curves if (end := went_viral(each, viral_at)) is not None]
    if not known:
        return prior
    ends = np.array([end for _, end in known])
    said = replace(prior, kind=replace(prior.kind, shift=0.0, slope=1.0)).predict(
        [c for c, _ in known], viral_at
    )
    open_ = said.count < viral_at
    x, y = logit(np.clip(said.p_viral[open_], 1e-9, 1 - 1e-9)), ends[said.post[open_]]

    def loss(packed: Floats) -> float:
        z = packed[0] + np.exp(packed[1]) * x
        return float(np.mean(np.logaddexp(0, z) - y * z) + (packed[0] ** 2 + packed[1] ** 2) / len(x))

    found = minimize(loss, [prior.kind.shift, np.log(prior.kind.slope)], method="Nelder-Mead").x
    return replace(prior, kind=replace(prior.kind, shift=float(found[0]), slope=float(np.exp(found[1]))))
