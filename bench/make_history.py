"""Write a made-up history in the exchange format, for the examples of docs/backtest.md and for tests.

    python -m bench.make_history OUT [--posts 1500] [--days 60] [--seed 1]

Each post has a level of its own, heavy-tailed, a pace of its own, and comes to its reposts as a Poisson process along a
log-logistic curve; it is read at growing intervals. It says nothing about the real world: it shows that the commands work.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from monitor.exchange import dump, time_of
from monitor.model import Author, Mention, Reading, Record

BEGIN = datetime(2026, 6, 1, tzinfo=UTC)
AGES = 5 * 1.5 ** np.arange(17)
"""Minutes at which a post is read, about: up to 55 hours."""


def records(posts: int, days: float, seed: int) -> list[Record]:
    """In the order of time; the same for the same arguments."""
    return sorted(_records(posts, days, np.random.default_rng(seed)), key=time_of)


def _records(posts: int, days: float, random: np.random.Generator) -> Iterator[Record]:
    for number, day in enumerate(np.sort(random.uniform(0, days, posts))):
        id_ = str(1000 + number)
        created = BEGIN + timedelta(days=float(day))
        created = created.replace(microsecond=0)
        author = Author(f"a{number}", f"author{number}", "", int(random.lognormal(6, 1.5)))
        yield Mention(
            "x", id_, author, f"My parcel is late, number {number}", f"https://x.example/{id_}", created
        )
        ages = AGES * random.uniform(0.8, 1.2, len(AGES))
        level, half = random.lognormal(1.0, 2.0), random.lognormal(np.log(240), 0.8)
        done = 1 / (1 + (half / ages) ** 1.5)
        counts = np.cumsum(random.poisson(np.diff(level * done, prepend=0)))
        for age, count in zip(ages.tolist(), counts.tolist(), strict=True):
            at = created + timedelta(seconds=round(age * 60))
            yield Reading("x", id_, at, likes=3 * count, reposts=count)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--posts", type=int, default=1500)
    parser.add_argument("--days", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with given.out.open("w", encoding="utf-8") as file:
        file.writelines(dump(record) + "\n" for record in records(given.posts, given.days, given.seed))


if __name__ == "__main__":
    main()
