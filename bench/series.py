"""Public series of spread as posts that were polled: what bench/ fits forecasts to and measures them on.

DATA is a folder with the series (.jsonl.gz). Where a series has the moment of every share, its posts are read at `polls`
(minutes of age); where it has polled counters, those are the readings. Posts are in the order of time.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from classifiers.forecast.curves import YOUNGEST, Curve, Floats

POLLS: Floats = np.asarray(5 * 1.5 ** np.arange(16), dtype=np.float64)
"""Ages in minutes at which a post is read: geometric, 5 minutes to 36 hours."""

WEEK, TWO_DAYS = 7 * 24 * 60.0, 48 * 60.0


@dataclass(frozen=True, slots=True)
class Post:
    """`curve` ends with a reading that says how far the post came; forecasts are made from the others. `events` are
    the ages in minutes at which the spread grew by one, or of the readings that showed it."""

    curve: Curve
    events: Floats
    text: str = ""
    group: str = ""

    @property
    def final(self) -> int:
        return len(self.events)

    def crossed_at(self, viral_at: int) -> float:
        """The age in minutes at which it reached the threshold; infinite when it did not."""
        return float(self.events[viral_at - 1]) if len(self.events) >= viral_at else float("inf")

    @property
    def asked(self) -> Curve:
        """What a forecast sees, after all readings but the closing one."""
        return self.curve.upto(len(self.curve.ages) - 1)


def parted(posts: Sequence[Post]) -> tuple[Sequence[Post], Sequence[Post], Sequence[Post]]:
    """The first half in time, which the prior learns from, the 20% after it, and the 30% that all is measured on."""
    half, measured = int(len(posts) * 0.5), int(len(posts) * 0.7)
    return posts[:half], posts[half:measured], posts[measured:]


def known_at(posts: Sequence[Post], moment: float, oldest: float) -> list[Post]:
    """What could be learnt at a moment (seconds since 1970): the posts that were `oldest` minutes old by then, up to
    then. Younger ones are left out whether they had crossed or not: to keep those that had would teach that posts do."""
    found = []
    for post in posts:
        curve, age = post.curve, (moment - post.curve.created) / 60
        if age < oldest:
            continue
        if age < curve.ages[-1]:
            events, readings = post.events[post.events <= age], int(np.searchsorted(curve.ages, age))
            ages = np.append(curve.ages[:readings], age)
            counts = np.append(curve.counts[:readings], float(len(events)))
            cut = Curve(curve.created, ages, np.maximum.accumulate(counts), curve.followers)
            post = replace(post, curve=cut, events=events)
        found.append(post)
    return found


def rows(data: Path, name: str) -> list[dict[str, Any]]:
    with gzip.open(data / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def from_events(row: dict[str, Any], polls: Floats) -> Post:
    """A post of which the moment of every share in its first week is known."""
    events = np.sort(np.array(row["t"], dtype=float)) / 60
    events = np.maximum(events[events <= WEEK], 0)
    closing = max(TWO_DAYS, float(events[-1]) if len(events) else 0.0, float(polls[-1]))
    ages = np.append(polls, closing)
    counts = np.searchsorted(events, ages, side="right").astype(float)
    curve = Curve(float(row["created"] or 0), ages, counts, row.get("root_followers"))
    text = f"{row['title']} {row['text']}" if "title" in row else row.get("text") or ""
    return Post(curve, events, text, row.get("subreddit", ""))


def from_readings(created: float, seen: Iterable[Sequence[float]]) -> Post:
    """A post of which only readings are known: (age in minutes, count). The last is repeated, as the closing one."""
    ages, counts = np.array([each[:2] for each in seen], dtype=float).T
    counts = np.maximum.accumulate(counts)
    ages = np.maximum(ages, YOUNGEST)
    events = ages[np.searchsorted(counts, np.arange(1, int(counts[-1]) + 1))]
    curve = Curve(created, np.append(ages, max(ages[-1], TWO_DAYS)), np.append(counts, counts[-1]))
    return Post(curve, events)


def events_of(data: Path, name: str, polls: Callable[[], Floats] = lambda: POLLS) -> list[Post]:
    """A series in which the moment of every share is known; `polls` says when each post is read."""
    posts = [from_events(row, polls()) for row in rows(data, name)]
    return sorted(posts, key=lambda post: post.curve.created)


def higgs(data: Path) -> list[Post]:
    """Bursts of retweets of one event, nearly unselected."""
    return events_of(data, "twitter_higgs_bursts")


def reddit(data: Path) -> list[Post]:
    """Comments of the threads of eight subreddits, nearly all of them."""
    return events_of(data, "reddit_threads")


def auspol(data: Path) -> list[Post]:
    """Retweets of all tweets under a hashtag; when they were written is not known."""
    return events_of(data, "twitter_auspol_full")


def twitter15_16(data: Path) -> list[Post]:
    """Retweets of tweets that were chosen for having a hundred or so."""
    return events_of(data, "twitter15_16")


def weibo(data: Path) -> list[Post]:
    """Reposts of posts that were chosen for having many."""
    return events_of(data, "weibo_ced")


def frontpage(data: Path) -> list[Post]:
    """Points of Hacker News stories, from when the front page first showed them.

    The set has no creation times: ids grow with time, so a story is at most as old as the first sight of any story
    with its id or a later one.
    """
    posts = sorted(rows(data, "hn_frontpage"), key=lambda post: int(post["id"]))
    first = np.array([post["obs"][0][0] for post in posts], dtype=float)
    created = np.minimum.accumulate(first[::-1])[::-1].tolist()
    return [
        from_readings(start, [((at - start) / 60, points) for at, points, *_ in post["obs"]])
        for post, start in zip(posts, created, strict=True)
    ]


def domains(data: Path) -> list[Post]:
    """Points of every Hacker News submission of some domains, followed from its first two hours on."""
    posts = sorted(rows(data, "hn_domain_mentions"), key=lambda post: float(post["created"]))
    return [
        from_readings(post["created"], [(age / 60, n) for age, n, *_ in post["obs"] if n is not None])
        for post in posts
        if post["first_obs_age"] < 7200
    ]
