"""History as curves: what a file in the exchange format, or the store, knows of each post's spread.

Texts, authors and the other counters are dropped while reading, so that memory holds 20 bytes a reading and under a
kilobyte a post, however long the lines are.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from math import isnan

import numpy as np
import numpy.typing as npt

from classifiers.forecast.curves import YOUNGEST, Curve, Floats
from monitor.errors import InputError
from monitor.exchange import read_records
from monitor.model import Deleted, Mention, MentionKey, Record
from monitor.spread import spread

Show = Callable[[int], object]
"""Told how much more was done, for a bar."""

Bools = npt.NDArray[np.bool_]

MeasureOf = Callable[[str], tuple[str, int]]
"""From a mention's source to the measure of its spread and the threshold V."""

Measure = Callable[[str], str]
"""From a mention's source to the measure of its spread."""

KNOWN_AFTER = 48 * 3600.0
"""Seconds after which a post that has not crossed is taken to be one that never will."""


@dataclass(slots=True)
class Post:
    """A post without its words. Moments are seconds since 1970; `created` is NaN until its mention was read."""

    key: MentionKey
    created: float = float("nan")
    url: str = ""
    followers: int | None = None
    deleted: float | None = None


@dataclass(frozen=True, slots=True)
class Lacks:
    """What was found in a history beside its curves, counted."""

    bad_lines: int = 0
    out_of_order: int = 0
    readings_without_mention: int = 0
    readings_without_measure: int = 0
    readings_twice: int = 0
    readings_before_post: int = 0
    posts_without_reading: int = 0
    deleted: int = 0

    def words(self) -> list[str]:
        """A line for each thing that is not as it should be."""
        said = [
            (self.bad_lines, "{} bad line{s} skipped"),
            (self.out_of_order, "{} line{s} out of the order of time: sorted"),
            (self.readings_without_mention, "{} reading{s} of unknown mentions left out"),
            (self.readings_without_measure, "{} reading{s} without the measure left out"),
            (self.readings_twice, "{} reading{s} of a moment that has one already: the larger counts"),
            (self.readings_before_post, "{} reading{s} from before the post: taken as its first minute"),
            (self.posts_without_reading, "{} mention{s} without a reading left out"),
            (self.deleted, "{} deleted mention{s}"),
        ]
        return [words.format(f"{n:,}", s="" if n == 1 else "s") for n, words in said if n]


@dataclass(frozen=True, slots=True)
class History:
    """Posts with at least one reading of the measure, in the order in which they were written, each with its curve.

    `moments` are the times of all readings, curve after curve, `until` the last moment that the history knows of.
    """

    posts: Sequence[Post]
    curves: Sequence[Curve]
    moments: Floats
    until: float
    lacks: Lacks = field(default_factory=Lacks)

    def outcomes_known(self) -> Bools:
        """Whether the outcome of each post counts: it was read while young, and was 48 hours old when the history
        ended. One that was deleted sooner does not count, whether it had crossed or not: to keep only those that had would
        flatter. In a history that has no such post, of one day say, all count as finished where it ends (`short`)."""
        created = np.array([post.created for post in self.posts])
        gone = np.array([(post.deleted or np.inf) < post.created + KNOWN_AFTER for post in self.posts])
        late = np.array([curve.ages[0] * 60 > KNOWN_AFTER for curve in self.curves])
        usable = ~gone & ~late
        return np.asarray(usable if self.short else usable & (created + KNOWN_AFTER <= self.until))

    @property
    def short(self) -> bool:
        """Whether the history ends before any of its posts is 48 hours old."""
        return not self.posts or self.posts[0].created + KNOWN_AFTER > self.until


class Gathering:
    """Takes records in any order and makes a history of them."""

    def __init__(self, measure: Measure) -> None:
        self._measure = measure
        self._posts: list[Post] = []
        self._places: dict[MentionKey, int] = {}
        self._which, self._at, self._count = array("i"), array("d"), array("d")
        self._newest = float("-inf")
        self.counted: Counter[str] = Counter()

    def add(self, record: Record) -> None:
        """Take one record; a mention that comes twice counts as it was told first, like in the store:
        later it may have followers that nobody knew of."""
        place = self._place(record.key)
        post = self._posts[place]
        if isinstance(record, Mention):
            at = record.created_at.timestamp()
            if isnan(post.created):
                post.created, post.url, post.followers = at, record.url, record.author.followers
        elif isinstance(record, Deleted):
            at = post.deleted = record.at.timestamp()
            self.counted["deleted"] += 1
        else:
            at = record.at.timestamp()
            count = spread(record, self._measure(record.source))
            if count is None:
                self.counted["readings_without_measure"] += 1
            else:
                self._which.append(place)
                self._at.append(at)
                self._count.append(count)
        self.counted["out_of_order"] += at < self._newest
        self._newest = max(self._newest, at)

    def _place(self, key: MentionKey) -> int:
        place = self._places.get(key)
        if place is None:
            place = self._places[key] = len(self._posts)
            self._posts.append(Post(key))
        return place

    def history(self) -> History:
        """What was gathered. InputError when no known mention has a reading with the measure."""
        which = np.frombuffer(self._which, dtype=np.int32)
        at, count = np.frombuffer(self._at), np.frombuffer(self._count)
        created = np.array([post.created for post in self._posts], dtype=float)
        known = np.isfinite(created[which])
        self.counted["readings_without_mention"] = int((~known).sum())
        order = np.lexsort((count, at, which))
        order = order[known[order]]
        which, at, count = which[order], at[order], count[order]
        # of the readings of one moment the largest, which is the last, counts
        last = np.append((np.diff(which) != 0) | (np.diff(at) > 0), True)[: len(which)]
        self.counted["readings_twice"] = int((~last).sum())
        which, at, count = which[last], at[last], count[last]
        self.counted["readings_before_post"] = int((at < created[which]).sum())
        firsts = np.flatnonzero(np.diff(which, prepend=-1))
        places = which[firsts]
        self.counted["posts_without_reading"] = int(np.isfinite(created).sum()) - len(places)
        if not len(places):
            found = "; ".join(self.lacks().words())
            raise InputError("no mention has a reading with the measure" + (f": {found}" if found else ""))
        slices = [slice(*each) for each in zip(firsts, [*firsts[1:], len(which)], strict=True)]
        written = sorted(
            zip((self._posts[place] for place in places), slices, strict=True),
            key=lambda each: (each[0].created, each[0].key),
        )
        return History(
            posts=[post for post, _ in written],
            curves=[_curve(post, at[part], count[part]) for post, part in written],
            moments=np.concatenate([at[part] for _, part in written]),
            until=self._newest,
            lacks=self.lacks(),
        )

    def lacks(self) -> Lacks:
        return Lacks(**self.counted)


def _curve(post: Post, at: Floats, counts: Floats) -> Curve:
    """As classifiers.forecast.curves.curve makes it of a mention and its readings."""
    ages = np.maximum((at - post.created) / 60, YOUNGEST)
    return Curve(post.created, ages, np.maximum.accumulate(counts), post.followers)


def gather(records: Iterable[Record], measure: Measure) -> History:
    """The history that records hold, which come in no order of time. InputError when no known mention has a reading with
    the measure."""
    found = Gathering(measure)
    for record in records:
        found.add(record)
    found.counted["out_of_order"] = 0
    return found.history()


def read(
    lines: Iterable[bytes], measure: Measure, bad: Callable[[int, InputError], object], show: Show
) -> History:
    """The history that the lines of a file hold. `bad` is told each line that can't be read, and its number; `show` the
    bytes of each line. InputError when no known mention has a reading with the measure."""
    found = Gathering(measure)
    for number, record in read_records(_shown(lines, show)):
        if isinstance(record, InputError):
            found.counted["bad_lines"] += 1
            bad(number, record)
        else:
            found.add(record)
    return found.history()


def _shown(lines: Iterable[bytes], show: Show) -> Iterator[bytes]:
    for line in lines:
        show(len(line))
        yield line
