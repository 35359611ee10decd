"""Pure: which posts of a history say how they ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from classifiers.forecast.curves import Bools, Curve, Floats
from monitor.model import MentionKey
from monitor.spread import FOLLOWED, OVER

KNOWN_AFTER = OVER.total_seconds()
"""Seconds after which a post that has not crossed is taken to be one that never will."""

STRAY = 60 * 86_400.0
"""Seconds after its post from which on a reading says nothing of when the history ends: a wrong clock may have made it."""

MOSTLY = 0.5
"""Share of a source's posts that must have been followed for the others to be gaps."""


@dataclass(slots=True)
class Post:
    """A post without its words. Moments are seconds since 1970; `created` is NaN until its mention was read."""

    key: MentionKey
    created: float = float("nan")
    url: str = ""
    followers: int | None = None
    deleted: float | None = None


class Outcomes(NamedTuple):
    """Whether each post's outcome is `known`; `until`, the last moment that the history knows of; whether it is `short`;
    and how many posts do not count, or count without having been followed (by fields of history.Lacks)."""

    known: Bools
    until: float
    short: bool
    lacking: Mapping[str, int]


def outcomes(posts: Sequence[Post], curves: Sequence[Curve], moments: Floats) -> Outcomes:
    """A post counts when it was first read before it was 48 hours old, was not deleted before, was 48 hours old when the
    history of its source ended, and was followed: read once more when at least 24 hours old.

    None of that asks how the post ended. One that was not followed does not count even if it had crossed: to keep only
    those that had would make what goes viral look more frequent, and every page better, than it was. The same goes for
    deleted ones.

    Where most posts of a source were not followed, the platform, or who collected it, stops counting by itself (a front
    page drops what nobody looks at any more): there the last reading is the end, and all of its posts count.

    The history of a source ends with its last reading, STRAY ones aside; what is dated later follows no post. When no post
    is old enough for its outcome, in a history of one day say, it is `short`, and all count as finished where it ends.
    """
    lengths = np.array([len(curve.ages) for curve in curves])
    starts = np.cumsum(lengths) - lengths
    created = np.array([post.created for post in posts])
    age = moments - np.repeat(created, lengths)
    names, source = np.unique([post.key.source for post in posts], return_inverse=True)
    of = np.repeat(source, lengths)
    until = np.full(len(names), created.min())
    sure = (age >= 0) & (age <= STRAY)
    np.maximum.at(until, of[sure], moments[sure])
    last = np.maximum.reduceat(np.where(moments <= until[of], age, -np.inf), starts)
    gone = np.array([(post.deleted or np.inf) < post.created + KNOWN_AFTER for post in posts])
    read_late = age[starts] > KNOWN_AFTER
    usable = ~gone & ~read_late
    old = usable & (created + KNOWN_AFTER <= until[source])
    short = not old.any()
    known = usable if short else old
    followed = last >= FOLLOWED.total_seconds()
    share = np.bincount(source, known & followed) / np.maximum(np.bincount(source, known), 1)
    gap = known & ~followed & (share >= MOSTLY)[source] & (not short)
    known = known & ~gap
    return Outcomes(
        known=known,
        until=float(until.max()),
        short=short,
        lacking={
            "posts_read_late": int((read_late & ~gone).sum()),
            "posts_young": 0 if short else int((usable & ~old).sum()),
            "posts_not_followed": int(gap.sum()),
            "posts_taken_as_over": 0 if short else int((known & ~followed).sum()),
        },
    )
