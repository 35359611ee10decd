"""History as curves: what a file in the exchange format, or the store, knows of each post's spread.

Texts, authors and the other counters are dropped while reading, so that memory holds 20 bytes a reading and under a
kilobyte a post, however long the lines are.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from math import isnan

import numpy as np

from classifiers.forecast.curves import YOUNGEST, Bools, Curve, Floats
from monitor.errors import InputError
from monitor.exchange import read_records
from monitor.hindsight.outcomes import Post, outcomes
from monitor.model import Deleted, Mention, MentionKey, Record
from monitor.spread import spread

Show = Callable[[int], object]
"""Told how much more was done, for a bar."""

MeasureOf = Callable[[str], tuple[str, int]]
"""From a mention's source to the measure of its spread and the threshold V."""

Measure = Callable[[str], str]
"""From a mention's source to the measure of its spread."""


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
    posts_read_late: int = 0
    posts_young: int = 0
    posts_not_followed: int = 0
    posts_taken_as_over: int = 0

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
            (self.posts_read_late, "{} post{s} not judged: first read when over 48 hours old"),
            (self.posts_young, "{} post{s} not judged: under 48 hours old at the end"),
            (self.posts_not_followed, "{} post{s} not judged: last read when under 24 hours old"),
            (
                self.posts_taken_as_over,
                "{} post{s} taken to be over: last read when under 24 hours old, like most of their source",
            ),
        ]
        return [words.format(f"{n:,}", s="" if n == 1 else "s") for n, words in said if n]


@dataclass(frozen=True, slots=True)
class History:
    """Posts with at least one reading of the measure, in the order in which they were written, each with its curve.

    `moments` are the times of all readings, curve after curve. `until`, `known` and `short` as outcomes.Outcomes has them.
    """

    posts: Sequence[Post]
    curves: Sequence[Curve]
    moments: Floats
    until: float
    known: Bools
    short: bool
    lacks: Lacks = field(default_factory=Lacks)

    @staticmethod
    def of(posts: Sequence[Post], curves: Sequence[Curve], moments: Floats, lacks: Lacks) -> History:
        """With what they say of outcomes; `lacks` is what was found before."""
        found = outcomes(posts, curves, moments)
        lacks = replace(lacks, **found.lacking)
        return History(posts, curves, moments, found.until, found.known, found.short, lacks)

    def finished_at(self, moment: float) -> tuple[list[Post], list[Curve]]:
        """The posts whose outcome was known at that moment, and their curves up to it."""
        posts, curves, moments = [], [], []
        begin = 0
        for post, curve in zip(self.posts, self.curves, strict=True):
            at = self.moments[begin : begin + len(curve.ages)]
            begin += len(at)
            seen = int(np.searchsorted(at, moment, side="right"))
            if seen and post.created <= moment:
                gone = post.deleted if post.deleted is not None and post.deleted <= moment else None
                posts.append(replace(post, deleted=gone))
                curves.append(curve.upto(seen))
                moments.append(at[:seen])
        found = outcomes(posts, curves, np.concatenate(moments)) if posts else None
        if found is None or found.short:
            return [], []
        places = np.flatnonzero(found.known).tolist()
        return [posts[place] for place in places], [curves[place] for place in places]


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
        return History.of(
            posts=[post for post, _ in written],
            curves=[_curve(post, at[part], count[part]) for post, part in written],
            moments=np.concatenate([at[part] for _, part in written]),
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
