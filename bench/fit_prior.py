"""Train the forecast that is shipped (classifiers/forecast/prior) on the earlier half, in time, of public series.

    python -m bench.fit_prior DATA

DATA as for bench/series.py. Posts whose every share is known are read at moments drawn anew for each post, so that the
model knows all rhythms of polling. Needs scikit-learn; takes some minutes.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from bench import series
from bench.series import Post
from classifiers.forecast.blend import SHIPPED, Blend
from classifiers.forecast.curves import Floats
from classifiers.forecast.fitting import Lesson, learn
from classifiers.forecast.formula import SHARES, THREADS, Kind, kind_of

EARLIER = 0.5
"""Share of each series, in time, that the prior learns from. bench/forecast.py measures on later posts."""

KINDS: Mapping[str, Kind] = {"shares": SHARES, "threads": THREADS}

Series = Mapping[str, tuple[tuple[int, ...], float]]
"""By name the thresholds to learn from, and the count that each post of the series was chosen for having."""

REPOSTS: Series = {
    "twitter_higgs_bursts": ((20, 50, 100, 200, 400), 0.0),
    "twitter_auspol_full": ((5, 10, 20), 0.0),
}
# The posts of two series were chosen for having a hundred shares or so: only what came after that teaches.
CHOSEN: Series = {
    "twitter15_16": ((300, 500, 1000), 120.0),
    "weibo_ced": ((300, 500, 800), 120.0),
}
# Reposts too: what holds on more platforms than two says more truly how rare it is on yet another. They teach the
# interval nothing: they stop sooner than threads, and would draw its lower end down to the count.
LESSONS: Mapping[str, Series] = {
    "shares": {**REPOSTS, **CHOSEN},
    "threads": {
        "reddit_threads": ((10, 20, 50, 100, 200), 0.0),
        "hn_frontpage": ((50, 100, 300, 800), 0.0),
        "hn_domain_mentions": ((20, 50, 100, 200), 0.0),
        **REPOSTS,
    },
}


def kind_named(measure: str) -> str:
    """Which of KINDS answers for a measure."""
    return next(name for name, kind in KINDS.items() if kind is kind_of(measure))


def rhythm(draws: np.random.Generator) -> Floats:
    """Ages in minutes at which one post is read: geometric, from its first half hour to two days, at one of many paces."""
    start, ratio = draws.uniform(2, 30), draws.uniform(1.15, 2.5)
    ages = start * ratio ** np.arange(60)
    return np.asarray(ages[ages < series.TWO_DAYS])


def load(data: Path, name: str, seed: int = 0) -> list[Post]:
    """A series, in the order of time, as the prior learns from it."""
    match name:
        case "hn_frontpage":
            return series.frontpage(data)
        case "hn_domain_mentions":
            return series.domains(data)
    draws = np.random.default_rng(seed)
    posts = series.events_of(data, name, lambda: rhythm(draws))
    if name == "twitter_auspol_full":  # its times are not known
        return [posts[place] for place in draws.permutation(len(posts))]
    return posts


def lesson(posts: Sequence[Post], thresholds: tuple[int, ...], selected: float, ends: bool) -> Lesson:
    """The larger a series, the more it weighs, but by the root of its size: none drowns the others."""
    return Lesson([post.curve for post in posts], thresholds, selected, 100 / len(posts) ** 0.5, ends)


def train(
    data: Path,
    kind: str,
    without: Sequence[str] = (),
    cut: Callable[[str, Sequence[Post]], Sequence[Post]] = lambda _, posts: posts,
    say: Callable[[str], None] = print,
) -> Blend:
    """The prior of a kind, learnt from the earlier part of each of its series but `without`, or from what `cut` leaves of
    it."""
    lessons = []
    for name, (thresholds, selected) in LESSONS[kind].items():
        if name not in without:
            posts = load(data, name)
            earlier = cut(name, posts[: int(len(posts) * EARLIER)])
            ends = kind == "shares" or name not in REPOSTS
            lessons.append(lesson(earlier, thresholds, selected, ends))
            say(f"{kind}: {len(lessons[-1].curves):,} posts of {name}")
    return learn(lessons, KINDS[kind], None)


def main(data: Path) -> None:
    SHIPPED.mkdir(exist_ok=True)
    for kind in KINDS:
        packed = train(data, kind).dump()
        (SHIPPED / f"{kind}.npz").write_bytes(packed)
        print(f"{kind}.npz: {len(packed):,} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
