"""Measure the burst detection: `python -m bench.bursts DATA`; writes bench/results/bursts.json.

Everything is causal and runs through monitor.bursts: the baseline is learnt anew every six hours (the daemon: every hour)
from what came until four hours before. Alarms less than a day apart are one (a story pages once); a false one is one
outside the labelled windows, or any at all on a background into which nothing was put. DATA holds nab_brand_volume,
reddit_threads, airline and twitter_higgs_bursts.

- Brand volumes: mentions of a brand each five minutes, with labelled windows (Numenta Anomaly Benchmark). They only
  measure: SURPRISE was chosen before, see docs/bursts.md.
- Backgrounds: posts of subreddits, complaints to airlines by issue, and made-up streams with a day and a week in them, each
  thinned to the rate that is asked for. Extra posts are put in at random times, evenly over an hour.
- Brands: made-up streams of complaints in 200 issues of unequal size, each story judged by its share, all alarms counted.
- What follows: by how many hours of the present rate a thread of comments, or a cascade of reposts, still grows.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from bench.report import write
from monitor import bursts
from monitor.bursts import Baseline, Floats

HOUR, DAY, WEEK = 3600.0, 86400.0, 7 * 86400.0
QUARTER = 900
HELD_BACK_HOURS = 4
REFIT_HOURS = 6
PAST_HOURS = int(bursts.PAST.total_seconds() // HOUR)
TRIALS, EXTRA, DETECTED_WITHIN = 400, 20, 2 * HOUR
ISSUES = 200
LEVELS = (4.0, bursts.SURPRISE, 5.0)


@dataclass(frozen=True)
class Stream:
    """Times in seconds, ascending, each with how many posts came then; and the labelled windows, if any."""

    name: str
    times: Floats
    counts: Floats
    windows: Sequence[tuple[float, float]] = ()

    @property
    def start(self) -> float:
        return float(self.times[0] // HOUR * HOUR)

    @property
    def weeks(self) -> float:
        inside = sum(end - start for start, end in self.windows)
        return float(self.times[-1] - self.times[0] - inside) / WEEK

    def thinned(self, per_hour: float, rng: np.random.Generator) -> Stream:
        """A random sample of its posts with that mean rate."""
        hours = (self.times[-1] - self.times[0]) / HOUR
        keep = rng.random(len(self.times)) < per_hour * hours / len(self.times)
        return Stream(self.name, self.times[keep], self.counts[keep])


class Normal:
    """The baseline of each hour of a stream, as it was known in that hour."""

    def __init__(self, stream: Stream) -> None:
        self.start = stream.start
        hours = int((stream.times[-1] - self.start) // HOUR) + 1
        quarters = ((stream.times - self.start) // QUARTER).astype(int)
        bins = np.bincount(quarters, stream.counts, hours * bursts.BINS).astype(float)
        first = bursts.hour_of_week(datetime.fromtimestamp(self.start, UTC))
        self.learnt: list[Baseline] = []
        for hour in range(hours):
            if hour % REFIT_HOURS == 0:
                until = max(hour - HELD_BACK_HOURS, 0)
                since = max(until - PAST_HOURS, 0)
                past = bins[since * bursts.BINS : until * bursts.BINS]
                latest = bursts.learn(past, (first + since) % bursts.WEEK)
            self.learnt.append(latest)
        self.first = first
        self.spread = np.array([each.spread for each in self.learnt])
        self.rates = np.array([each.rates for each in self.learnt])

    def surprise(self, at: Floats, posts: Sequence[Floats]) -> Floats:
        """Of the most surprising window that ends at each of the times; `posts` are the counts in each window."""
        hour = ((at - self.start) // HOUR).astype(int)
        best = np.zeros(len(at))
        for column, (minutes, count) in enumerate(zip(bursts.WINDOWS, posts, strict=True)):
            expected = np.zeros(len(at))
            for back in range(minutes // 60 + 2):
                begin = self.start + (hour - back) * HOUR
                part = (
                    np.clip(np.minimum(at, begin + HOUR) - np.maximum(at - minutes * 60, begin), 0, HOUR)
                    / HOUR
                )
                expected += part * self.rates[hour, (self.first + hour - back) % 168]
            found = bursts.surprise(count, expected, self.spread[hour, column])
            best = np.maximum(best, np.where(count >= bursts.VOICES, found, 0))
        return best


def windows_of(times: Floats, counts: Floats, at: Floats) -> list[Floats]:
    """How many posts came in each window that ends at each of the times."""
    total = np.concatenate([[0.0], np.cumsum(counts)])

    def until(moment: Floats) -> Floats:
        return np.asarray(total[np.searchsorted(times, moment, side="right")])

    return [until(at) - until(at - minutes * 60) for minutes in bursts.WINDOWS]


def alarms(times: Floats, surprise: Floats, level: float, gap: float = DAY) -> list[tuple[float, float]]:
    """The first and the last moment of each alarm."""
    found: list[tuple[float, float]] = []
    for at in times[surprise >= level]:
        if found and at - found[-1][1] < gap:
            found[-1] = (found[-1][0], float(at))
        else:
            found.append((float(at), float(at)))
    return found


def judged(stream: Stream, found: Sequence[tuple[float, float]]) -> tuple[int, int]:
    """How many windows were met, and how many alarms met none."""
    met = sum(any(a <= end and b >= start for a, b in found) for start, end in stream.windows)
    false = sum(not any(a <= end and b >= start for start, end in stream.windows) for a, b in found)
    return met, false


# --- streams ----------------------------------------------------------------------------------------------------


def rows(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def brands(data: Path) -> list[Stream]:
    """Each count stands at the end of its five minutes."""
    found = []
    for row in rows(data / "nab_brand_volume.jsonl.gz"):
        ends = np.array([seconds(f"{at}+00:00") + 300 for at, _ in row["series"]])
        windows = [(seconds(f"{a[:19]}+00:00"), seconds(f"{b[:19]}+00:00") + 300) for a, b in row["windows"]]
        found.append(
            Stream(row["brand"], ends, np.array([n for _, n in row["series"]], dtype=float), windows)
        )
    return found


def streams_of(posts: dict[str, list[float]], least: int) -> list[Stream]:
    return [
        Stream(name, np.sort(np.array(times)), np.ones(len(times)))
        for name, times in sorted(posts.items())
        if len(times) >= least
    ]


def subreddits(data: Path) -> list[Stream]:
    posts = defaultdict(list)
    for row in rows(data / "reddit_threads.jsonl.gz"):
        posts[f"r/{row['subreddit']}"].append(float(row["created"]))
    return streams_of(posts, 300)


def airlines(data: Path) -> list[Stream]:
    """Complaints by airline and issue; American's are left out, whose first days are missing."""
    posts = defaultdict(list)
    for row in rows(data / "airline.jsonl.gz"):
        if row["reason"] and row["airline"] != "American":
            posts[f"{row['airline']}: {row['reason']}"].append(seconds(row["created"].replace(" -", "-")))
    return streams_of(posts, 60)


def made_up(per_hour: float, days: int, rng: np.random.Generator, unevenness: float = 0.3) -> Floats:
    """Times of posts: quiet nights, quieter weekends, and an hour's rate that wanders (gamma, of that variance)."""
    hours = np.arange(days * 24)
    season = (1 + 0.8 * np.sin(2 * np.pi * (hours % 24 - 9) / 24)) * np.where(hours // 24 % 7 >= 5, 0.7, 1.12)
    rate = per_hour * season * rng.gamma(1 / unevenness, unevenness, len(hours))
    times = np.repeat(hours, rng.poisson(rate)).astype(float)
    return np.sort(times + rng.random(len(times))) * HOUR


def made_up_streams(per_hour: float, many: int, rng: np.random.Generator) -> list[Stream]:
    times = [made_up(per_hour, 70, rng) for _ in range(many)]
    return [Stream(f"made up {n}", each, np.ones(len(each))) for n, each in enumerate(times)]


# --- what is measured -------------------------------------------------------------------------------------------


def volumes(streams: Sequence[Stream]) -> dict[str, Any]:
    """Recall of the labelled windows and false alarms a week, of all brands together, by the level and by what is one."""
    surprises = [
        Normal(each).surprise(each.times, windows_of(each.times, each.counts, each.times)) for each in streams
    ]
    figures = {}
    for level in LEVELS:
        for gap in (12 * HOUR, DAY):
            met = false = 0
            for stream, surprise in zip(streams, surprises, strict=True):
                known = stream.times >= stream.start + 2 * DAY
                more = judged(stream, alarms(stream.times[known], surprise[known], level, gap))
                met, false = met + more[0], false + more[1]
            labelled = sum(len(each.windows) for each in streams)
            weeks = sum(each.weeks - 2 / 7 for each in streams)
            figures[f"surprise ≥ {level}, alarms {gap / HOUR:.0f} h apart"] = (
                f"recall {met / labelled:.2f} ({met} of {labelled}), {false / weeks:.2f} false a week"
            )
    return figures


def background(streams: Sequence[Stream], normals: Sequence[Normal], warm_up: float, level: float) -> float:
    """False alarms a week on what is there by itself, after the first days."""
    false = weeks = 0.0
    for stream, normal in zip(streams, normals, strict=True):
        surprise = normal.surprise(stream.times, windows_of(stream.times, stream.counts, stream.times))
        later = stream.times >= stream.start + warm_up
        false += len(alarms(stream.times[later], surprise[later], level))
        weeks += (stream.times[-1] - stream.start - warm_up) / WEEK
    return false / weeks


def injected(
    streams: Sequence[Stream],
    normals: Sequence[Normal],
    warm_up: float,
    level: float,
    rng: np.random.Generator,
) -> list[float]:
    """Minutes from the beginning of an hour with EXTRA posts to its alarm; infinite where none comes in two hours."""
    delays = []
    for _ in range(TRIALS):
        which = int(rng.integers(len(streams)))
        stream, normal = streams[which], normals[which]
        start = rng.uniform(stream.start + warm_up, stream.times[-1] - DETECTED_WITHIN)
        near = stream.times[(stream.times > start - 5 * HOUR) & (stream.times <= start + DETECTED_WITHIN)]
        times = np.sort(np.concatenate([near, start + rng.uniform(0, HOUR, EXTRA)]))
        at = times[times >= start]
        found = at[normal.surprise(at, windows_of(times, np.ones(len(times)), at)) >= level]
        delays.append((found[0] - start) / 60 if len(found) else np.inf)
    return delays


def told(delays: Sequence[float]) -> str:
    found = np.isfinite(delays)
    return f"{found.mean():.1%} found, median delay {np.median(delays):.0f} min"


def one_stream(streams: Sequence[Stream], warm_up: float, rng: np.random.Generator) -> dict[str, str]:
    normals = [Normal(each) for each in streams]
    return {
        f"surprise ≥ {level}": f"{told(injected(streams, normals, warm_up, level, rng))}; by itself "
        f"{background(streams, normals, warm_up, level):.2f} false a week"
        for level in LEVELS
    }


def brand(per_hour: float, days: int, rng: np.random.Generator) -> str:
    """A brand's complaints in ISSUES issues of unequal size (Zipf): false alarms of all its stories together in a week, and
    how soon EXTRA posts on a new one are found. A story ends when nobody has joined it for two days."""
    times = made_up(per_hour, days, rng)
    normal = Normal(Stream("brand", times, np.ones(len(times))))
    sizes = 1 / np.arange(1, ISSUES + 1)
    issue = rng.choice(ISSUES, len(times), p=sizes / sizes.sum())
    false = 0
    for one in np.unique(issue):
        posts = times[issue == one]
        for story in np.split(posts, np.flatnonzero(np.diff(posts) > 2 * DAY) + 1):
            at = [each for n, each in enumerate(story) if each > 7 * DAY and alarming(story[: n + 1], normal)]
            false += len(alarms(np.array(at), np.ones(len(at)), 1))
    delays = []
    for start in rng.uniform(7 * DAY, times[-1] - HOUR, TRIALS // 4):
        extra = np.sort(start + rng.uniform(0, HOUR, EXTRA))
        first = next((each for n, each in enumerate(extra) if alarming(extra[: n + 1], normal)), np.inf)
        delays.append((first - start) / 60)
    return f"{false / (days / 7 - 1):.2f} false a week of all stories; {told(delays)}"


def alarming(story: Floats, normal: Normal) -> bool:
    """Whether the newest post of a story makes an alarm, as monitor.paging.facts and monitor.bursts decide it."""
    now = story[-1]
    hour = int((now - normal.start) // HOUR)
    until = normal.start + (hour - HELD_BACK_HOURS) * HOUR
    over = timedelta(seconds=until - max(story[0] - 2 * DAY, normal.start))
    baseline = normal.learnt[hour].of_story(int(np.searchsorted(story, until)), over)
    recent = [datetime.fromtimestamp(each, UTC) for each in story[story > now - 4 * HOUR]]
    return bursts.detect(recent, baseline, datetime.fromtimestamp(now, UTC)) is not None


def worth(data: Path) -> dict[str, str]:
    """What follows a post, in hours at the rate of the hour before: in the next four hours, and ever."""
    figures = {}
    for name, file in (("Reddit comments", "reddit_threads"), ("Twitter reposts", "twitter_higgs_bursts")):
        posts = [np.array(row["t"]) / HOUR for row in rows(data / f"{file}.jsonl.gz") if len(row["t"]) >= 5]
        for age in (0.5, 1, 2, 4, 8):
            rate = [((t > age - 1) & (t <= age)).sum() for t in posts]
            soon, ever = (
                sum(((t > age) & (t <= age + span)).sum() for t, r in zip(posts, rate, strict=True) if r)
                for span in (bursts.SOON_HOURS, np.inf)
            )
            figures[f"{name} at {age:g} h"] = (
                f"{soon / sum(rate):.1f} and {ever / sum(rate):.1f} hours' worth"
            )
    return figures


def main(data: Path) -> None:
    rng = np.random.default_rng(7)
    figures: dict[str, Any] = {
        f"Brand volumes (NAB), {name}": figure for name, figure in volumes(brands(data)).items()
    }
    reddit = subreddits(data)
    for rate in (0.5, 2.0):
        loud = [each for each in reddit if len(each.times) / (each.weeks * WEEK / HOUR) >= 0.8 * rate]
        thinned = [each.thinned(rate, rng) for each in loud for _ in range(2)]
        for name, streams in (("Reddit posts", thinned), ("made up", made_up_streams(rate, 4, rng))):
            for at, figure in one_stream(streams, 7 * DAY, rng).items():
                figures[f"{EXTRA} extra over {rate:g}/h ({name}), {at}"] = figure
    for name, streams, warm_up in (
        ("Reddit posts, seven weeks", reddit, 7 * DAY), ("airlines' issues, five days", airlines(data), 2 * DAY),
    ):  # fmt: skip
        normals = [Normal(each) for each in streams]
        for level in LEVELS:
            false = background(streams, normals, warm_up, level)
            figures[f"By themselves ({name}), surprise ≥ {level}"] = f"{false:.2f} false a week"
    for per_hour, days in ((2, 70), (20, 42), (100, 21)):
        figures[f"A brand of {per_hour}/h, {EXTRA} extra on a new story"] = brand(per_hour, days, rng)
    figures |= {f"What follows, {name}": figure for name, figure in worth(data).items()}
    write("bursts", figures)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
