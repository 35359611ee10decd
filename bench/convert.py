"""A public series as a history in the exchange format, to try `forecast fit` and `backtest` on.

    python -m bench.convert DATA SERIES OUT [--from 0] [--to 1]

SERIES is higgs (reposts), reddit (replies), frontpage or domains (likes). --from and --to are shares of its posts in the
order of time. Posts whose every event is known are read at geometric ages, 5 minutes to 55 hours.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from bench.series import POLLS, rows
from monitor.exchange import dump, time_of
from monitor.model import Author, Mention, Reading, Record

AGES = np.append(POLLS, POLLS[-1] * 1.5) * 60

Post = tuple[str, float, list[tuple[float, dict[str, int]]]]
"""Its id, when it was written, and the counters at moments (seconds since 1970)."""


def events(data: Path, name: str, counter: str) -> Iterator[Post]:
    for post in rows(data, name):
        counts = np.searchsorted(np.sort(post["t"]), AGES, side="right")
        readings = [(post["created"] + age, {counter: int(n)}) for age, n in zip(AGES, counts, strict=True)]
        yield post["id"], post["created"], readings


def frontpage(data: Path) -> Iterator[Post]:
    """The set has no creation times: a story is at most as old as the first sight of any with its id or a later one."""
    posts = sorted(rows(data, "hn_frontpage"), key=lambda post: int(post["id"]))
    first = np.array([post["obs"][0][0] for post in posts])
    created = np.minimum.accumulate(first[::-1])[::-1]
    for post, start in zip(posts, created.tolist(), strict=True):
        yield post["id"], start, [(at, {"likes": n, "replies": c}) for at, n, c, _ in post["obs"]]


def domains(data: Path) -> Iterator[Post]:
    for post in rows(data, "hn_domain_mentions"):
        readings = [
            (post["created"] + age, {"likes": n} | ({"replies": c} if isinstance(c, int) else {}))
            for age, n, c in post["obs"]
            if isinstance(n, int)
        ]
        yield post["id"], post["created"], readings


def series(data: Path, name: str) -> list[Post]:
    """Its posts in the order of time."""
    found = {
        "higgs": lambda: events(data, "twitter_higgs_bursts", "reposts"),
        "reddit": lambda: events(data, "reddit_threads", "replies"),
        "frontpage": lambda: frontpage(data),
        "domains": lambda: domains(data),
    }[name]()
    return sorted(found, key=lambda post: post[1])


def records(name: str, posts: list[Post]) -> list[Record]:
    """Mentions without words, and their readings, in the order of time."""
    nobody = Author("", "")
    found: list[Record] = []
    for id_, created, readings in posts:
        url = f"https://{name}.example/{id_}"
        found.append(Mention(name, id_, nobody, "", url, datetime.fromtimestamp(created, UTC)))
        found += [Reading(name, id_, datetime.fromtimestamp(at, UTC), **counts) for at, counts in readings]
    return sorted(found, key=time_of)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("series", choices=("higgs", "reddit", "frontpage", "domains"))
    parser.add_argument("out", type=Path)
    parser.add_argument("--from", dest="start", type=float, default=0.0)
    parser.add_argument("--to", dest="end", type=float, default=1.0)
    given = parser.parse_args()
    posts = series(given.data, given.series)
    posts = posts[int(len(posts) * given.start) : int(len(posts) * given.end)]
    with given.out.open("w", encoding="utf-8") as file:
        file.writelines(dump(record) + "\n" for record in records(given.series, posts))


if __name__ == "__main__":
    main()
