"""Hours on a fake clock with everything that goes wrong: what was shown long enough is stored, once; the ledger is true.

The platform's clock is the true one. The daemon's own differs by up to SKEW and is set right now and then. Requests fail,
people edit and delete, search lags, the daemon dies between and within transactions, the network is gone for a while. At
the end there are some quiet hours, in which nothing is written and nothing fails.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from monitor.model import Batch, Interval, MentionKey
from monitor.ports import Source
from monitor.store import Store, Tables, lane_name
from tests.fake_platforms import Answer, Request
from tests.fetching import Fetching
from tests.simulated_platforms import Deed, People, Post, later

T = TypeVar("T")
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
EVERY = timedelta(seconds=60)
STEP = timedelta(seconds=20)
SKEW = timedelta(minutes=5)
QUIET = timedelta(hours=8)
QUIET_STEP = timedelta(minutes=5)
DRIFT = timedelta(seconds=0.2)
"""What passes on the platform with each request."""


@dataclass(frozen=True)
class Weather:
    """What goes wrong, and how often."""

    a_minute: float = 1.0
    bursts: int = 3
    burst: int = 400
    failing: float = 0.05
    """Of the requests."""
    deleted: float = 0.1
    edited: float = 0.1
    lagging: float = 0.2
    lag: timedelta = timedelta(minutes=4)
    """With SKEW it stays below the shortest overlap of a source, the ten minutes of X."""
    crashing: float = 0.01
    """Of the transactions."""
    offline: timedelta = 2 * HOUR
    slow: float = 0.0
    """Of the requests: those cost real time."""


class CrashError(BaseException):
    """The process is gone."""


class Dying(Store):
    """A store whose process dies now and then, before a transaction or right after it."""

    rng: random.Random
    crashing = 0.0

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        # Only the process dies here, not the machine: no need to wait for the disk.
        self._connections._writer.execute("PRAGMA synchronous = OFF")

    def write(self, work: Callable[[Tables], T]) -> T:
        fate = self.rng.random() if self.crashing else 1.0
        if fate < self.crashing / 2:
            raise CrashError
        result = super().write(work)
        if fate < self.crashing:
            raise CrashError
        return result


@dataclass
class Found:
    """What a day came to. Each list should be empty."""

    posts: int = 0
    owed: int = 0
    """Posts that were shown over a whole gap-closing poll, from before it began until after it ended."""
    stored: int = 0
    deleted: int = 0
    looked_up: int = 0
    edited: int = 0
    with_new_text: int = 0
    faults: int = 0
    crashes: int = 0
    requests: int = 0
    polls: int = 0
    lost: list[str] = field(default_factory=list)
    told: int = 0
    """Of those that are owed and lost, how many the ledger tells."""
    kept_text: list[str] = field(default_factory=list)
    untrue: list[str] = field(default_factory=list)
    twice: int = 0
    gaps: list[str] = field(default_factory=list)


class Day:
    def __init__(
        self,
        world: Any,
        people: People,
        folder: Path,
        seed: int,
        hours: float = 24,
        weather: Weather = Weather(),
    ) -> None:
        self._world, self._people, self._folder, self._weather = world, people, folder, weather
        self._rng = random.Random(seed)
        self._begin: datetime = world.now
        self._end = self._begin + hours * HOUR
        self._true = self._begin
        self._skew = timedelta(0)
        self._deeds: list[Deed] = []
        self._posts: dict[MentionKey, Post] = {}
        self._passes: list[tuple[datetime, datetime]] = []
        self._starts: dict[str, datetime] = {}
        self._ended: dict[str, tuple[datetime, datetime]] = {}
        self._newest = ""
        self._asked: dict[MentionKey, list[datetime]] = {}
        self._offline = (self._end, self._end)
        self.found = Found()
        self._plan()
        self._break(people.fake)
        self._fetching = self._start()

    # --- what happens -----------------------------------------------------------------------------------------

    def _plan(self) -> None:
        rng, weather = self._rng, self._weather
        minutes = (self._end - self._begin) / MINUTE
        times = [self._at(rng.random()) for _ in range(round(weather.a_minute * minutes))]
        for _ in range(weather.bursts):
            start = self._at(rng.random() * 0.95)
            times += [start + rng.random() * 5 * MINUTE for _ in range(weather.burst)]
        # Some platforms tell moments by the millisecond, and by the second.
        for number, at in enumerate(
            sorted(at.replace(microsecond=at.microsecond // 1000 * 1000) for at in times)
        ):
            later(self._deeds, at, lambda at=at, number=number: self._write(at, number))
        if weather.offline:
            start = self._at(rng.uniform(0.2, 0.7))
            self._offline = (start, start + weather.offline)
        for part in (0.0, 0.3, 0.6):
            skew = rng.uniform(-1, 1) * SKEW
            later(self._deeds, self._at(part), lambda skew=skew: setattr(self, "_skew", skew))

    def _at(self, part: float) -> datetime:
        return self._begin + part * (self._end - self._begin)

    def _write(self, at: datetime, number: int) -> None:
        rng, weather = self._rng, self._weather
        lags = rng.random() < weather.lagging
        shown = at + (rng.random() ** 2 * weather.lag if lags else timedelta(0))
        post = self._people.write(at, shown, number)
        self._posts[post.key] = post
        after = rng.choice([0.2, 3, 30, 300]) * rng.random() * MINUTE
        if rng.random() < weather.deleted:
            later(self._deeds, shown + after, lambda: self._delete(post))
        elif rng.random() < weather.edited:
            later(self._deeds, shown + after, lambda: self._edit(post))

    def _delete(self, post: Post) -> None:
        post.deleted_at = self._true
        self._people.delete(post)

    def _edit(self, post: Post) -> None:
        post.edited_at = self._true
        text = f"acme came at last, edited {post.key.id}"
        other = self._people.edit(post, text)
        if other is None:
            post.text = text
        else:
            post.deleted_at = self._true
            self._posts[other.key] = other

    def _break(self, fake: Any) -> None:
        """Every now and then a request gets something else than the true answer."""
        answer, rng = fake.answer, self._rng

        def broken(request: Request) -> Answer:
            self.found.requests += 1
            fake.now += DRIFT
            if self._offline[0] <= self._true < self._offline[1]:
                return Answer(drop=True)
            if self._true >= self._end or fake.free(request):
                return answer(request)  # type: ignore[no-any-return]
            fate = rng.random()
            if fate >= self._weather.failing:
                return answer(request)  # type: ignore[no-any-return]
            self.found.faults += 1
            if rng.random() < self._weather.slow:
                return Answer(late=5)
            true = answer(request)
            return rng.choice(
                [
                    Answer(429, {"error": "slow down"}, {"Retry-After": str(rng.randrange(1, 300))}),
                    Answer(500, {"error": "sorry"}),
                    Answer(503, b"", {"Retry-After": "9"}),
                    Answer(drop=True),
                    Answer(200, true.body, true.headers, cut=True),
                    Answer(200, b"<html>Over capacity"),
                ]
            )

        fake.answer = broken

    # --- the daemon -------------------------------------------------------------------------------------------

    def _start(self) -> Fetching:
        source = self._world.source()
        source.lanes = (self._world.lane,)
        self._watch(source)
        limits = {"every": int(EVERY.total_seconds()), "reads_per_day": 2000}
        fetching = Fetching(self._folder, source, self._own_clock(), store=Dying, **limits)
        fetching.store.rng = self._rng  # type: ignore[attr-defined]
        return fetching

    def _own_clock(self) -> datetime:
        return self._true + self._skew

    def _watch(self, source: Source) -> None:
        poll, read = source.poll, source.read

        def polled(cursor: str | None, now: datetime, lane: str = "", room: int | None = None) -> Batch:
            if cursor in self._ended:  # what the cursor ended is stored
                self._passes.append(self._ended.pop(cursor))
            start = self._starts.get(cursor or "", self._people.fake.now)
            batch = poll(cursor, now, lane, room)
            self.found.polls += 1
            if batch.more:
                self._starts[batch.cursor or ""] = start
            else:
                self._ended[batch.cursor or ""] = (start, self._people.fake.now)
            self._newest = batch.cursor or ""
            return batch

        def looked(ids: Sequence[str], now: datetime) -> Batch:
            batch = read(ids, now)
            for id in ids:
                self._asked.setdefault(MentionKey(source.name, id), []).append(self._true)
            return batch

        source.poll = polled  # type: ignore[method-assign]
        source.read = looked  # type: ignore[method-assign]

    def run(self) -> Found:
        while self._true < self._end + QUIET:
            self._true += STEP if self._true < self._end else QUIET_STEP
            self._people.fake.now = self._true
            while self._deeds and self._deeds[0].at <= self._true:
                self._deeds.pop(0).work()
            self._fetching.store.crashing = self._weather.crashing if self._true < self._end else 0.0  # type: ignore[attr-defined]
            self._fetching.clock.moment = self._own_clock()
            try:
                self._fetching.settle()
                self._fetching.digest()
            except CrashError:
                self.found.crashes += 1
                self._ended.pop(self._newest, None)  # what it brought may not be stored
                self._fetching.store.close()
                self._true += self._rng.random() * 10 * MINUTE
                self._fetching = self._start()
        return self._judge()

    # --- what it came to --------------------------------------------------------------------------------------

    def _judge(self) -> Found:
        found, read = self.found, self._fetching.store.read
        lane = lane_name(self._fetching.source.name, self._world.lane)
        ledger = read.sources.coverage(lane)
        missed = [each for each in ledger if not each.complete]
        found.posts = len(self._posts)
        found.gaps = [f"{each.start:%H:%M}-{each.end:%H:%M} {each.note}" for each in missed]
        kept = [record.key for record in read.mentions.records() if hasattr(record, "text")]
        found.stored = read.mentions.count()
        found.twice = len(kept) - len(set(kept))
        assert set(kept) <= self._posts.keys()
        for key, post in self._posts.items():
            there = read.mentions.get(key)
            if self._is_owed(post):
                found.owed += 1
                if there is None:
                    words = f"{key.id} written {post.written_at:%H:%M:%S} shown {post.shown_at:%H:%M:%S}"
                    told = _in(missed, post.written_at)
                    found.told += told
                    if not (told and self._people.slack):
                        found.lost.append(words)
                    if post.deleted_at is None and not told and _in(ledger, post.written_at):
                        found.untrue.append(words)
            if post.deleted_at is not None and there is not None:
                found.deleted += 1
                if any(at > post.deleted_at for at in self._asked.get(key, ())):
                    found.looked_up += 1
                    if there.text:
                        found.kept_text.append(key.id)
            if post.edited_at is not None and post.deleted_at is None and there is not None:
                found.edited += 1
                found.with_new_text += post.text in there.text
        self._fetching.store.close()
        return found

    def _is_owed(self, post: Post) -> bool:
        return any(
            post.shown_at <= start and (post.deleted_at is None or post.deleted_at > end)
            for start, end in self._passes
        )


def _in(intervals: Sequence[Interval], at: datetime) -> bool:
    second = timedelta(seconds=1)  # some platforms tell whole seconds
    return any(each.start - second <= at <= each.end + second for each in intervals)
