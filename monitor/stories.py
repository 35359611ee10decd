"""Pure: which story a mention belongs to, which stories are one, and which is two.

A story is one issue as customers experience it. A mention joins a story when it answers or quotes one of its posts, or when
it says much the same; otherwise it opens a new one. Two stories that turn out to say the same become one (`Board.same`),
and one that turns out to tell of two things becomes two (`halves`).

A mention joins by its cosine with the middle of a story. Two stories become one by the mean cosine between their voices
(average linkage): a story that tells of many things has a middle near to everything, but voices that are not, so that it
swallows no others. The thresholds belong to the classifier's embedding, and another one needs others:
`python -m bench.stories` prints the curves from which they are chosen.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zlib import crc32

import numpy as np
import numpy.typing as npt

Vector = npt.NDArray[np.float32]

OPEN_FOR = timedelta(hours=48)
"""A story that no mention has joined for so long takes no more: the next complaint opens a new one."""

SAME_ISSUE = 0.35
"""The least cosine between a mention and the middle of a story that it joins."""

ONE_STORY = 0.34
"""The least mean cosine between the voices of two stories that become one. (Within a story it is about the square of the
cosine with its middle.)"""

TWO_STORIES = 0.12
"""The most mean cosine between the voices of the halves of a story that become two; well under ONE_STORY, so that what was
split does not become one again at once."""

LEAST_HALF = 4
"""Voices that each half of a split story must have: fewer say little about a middle."""

LEXICAL_SIZE = 384

SHORTEST = 1e-6
"""Of a middle: one that is empty of meaning is near to nothing."""

OVER = -2.0
"""In place of a cosine, for a story that takes no more."""

_WORD = re.compile(r"[^\W\d_]{3,}")
_NOISE = re.compile(r"https?://\S+|[@#]\w+")


@dataclass(frozen=True, slots=True)
class Candidate:
    """An open story: the mean of its voices' vectors (of unit length), how many they are, and the time that its posts
    span."""

    id: int
    centroid: Vector
    members: int
    opened_at: datetime
    updated_at: datetime

    def joined_by(self, of: Vector | None, at: datetime) -> Candidate:
        """The story after one more post. None, for a post that is no voice of its own, leaves the middle where it is, as
        does a vector of another length (another model's)."""
        centroid, members = self.centroid, self.members
        if of is not None and len(of) == len(centroid):
            members += 1
            centroid = np.asarray(centroid + (of - centroid) / np.float32(members), dtype=np.float32)
        return Candidate(self.id, centroid, members, min(self.opened_at, at), max(self.updated_at, at))

    def merged_with(self, other: Candidate) -> Candidate:
        """This story after it has taken in all of another."""
        centroid, members = self.centroid, self.members
        if len(centroid) == len(other.centroid):
            members += other.members
            share = np.float32(other.members / members)
            centroid = np.asarray(centroid + share * (other.centroid - centroid), dtype=np.float32)
        return Candidate(
            self.id,
            centroid,
            members,
            min(self.opened_at, other.opened_at),
            max(self.updated_at, other.updated_at),
        )


def vector(text: str, embedding: Sequence[float]) -> Vector:
    """What a mention is compared by, of unit length or empty of meaning: the classifier's embedding or, where the model
    gives none, hashed words."""
    found = np.asarray(embedding, dtype=np.float32)
    if not embedding:
        found = np.zeros(LEXICAL_SIZE, dtype=np.float32)
        for word in set(_WORD.findall(_NOISE.sub(" ", text.casefold()))):
            found[crc32(word.encode()) % LEXICAL_SIZE] += 1
    length = np.linalg.norm(found)
    return found / np.float32(length) if length else found


class Board:
    """The stories that mentions between two times may join, as arrays: the nearest of tens of thousands is found within a
    few milliseconds. Without times it covers nothing."""

    def __init__(self, first: datetime | None = None, last: datetime | None = None) -> None:
        self.first, self.last = first, last
        self.seen = 0
        """The newest change of a story that it knows."""
        self._rows: dict[int, _Rows] = {}
        self._stories: dict[int, Candidate] = {}

    def covers(self, first: datetime, last: datetime) -> bool:
        return self.first is not None and self.last is not None and self.first <= first and last <= self.last

    def __len__(self) -> int:
        return len(self._stories)

    def put(self, story: Candidate) -> None:
        """Add a story, or what has become of it."""
        length = len(story.centroid)
        before = self._stories.get(story.id)
        if before is not None and len(before.centroid) != length:
            self.drop(story.id)
        self._stories[story.id] = story
        self._rows.setdefault(length, _Rows(length)).put(story)

    def drop(self, story: int) -> None:
        """Forget a story, if it is there."""
        before = self._stories.pop(story, None)
        if before is not None:
            self._rows[len(before.centroid)].drop(story)

    def get(self, story: int) -> Candidate | None:
        return self._stories.get(story)

    def nearest(self, of: Vector, at: datetime) -> Candidate | None:
        """The story that is nearest to a mention of that time, if it is near enough."""
        rows = self._rows.get(len(of))
        if rows is None:
            return None
        best = rows.nearest(rows.with_middles(of), SAME_ISSUE, at, at)
        return None if best is None else self._stories[best]

    def same(self, story: Candidate) -> Candidate | None:
        """The other story that says the same as this one and was open at the same time; the nearest of several."""
        rows = self._rows[len(story.centroid)]
        near = rows.with_voices(story.centroid)
        best = rows.nearest(near, ONE_STORY, story.opened_at, story.updated_at, but=story.id)
        return None if best is None else self._stories[best]


class _Rows:
    """The middles of stories with vectors of one length, in a row each, and when mentions may join (seconds)."""

    def __init__(self, length: int) -> None:
        self._ids: list[int] = []
        self._row_of: dict[int, int] = {}
        self._middles = np.zeros((64, length), np.float32)
        self._lengths = np.ones(64, np.float32)
        self._since, self._until = np.zeros(64), np.zeros(64)

    @property
    def _columns(self) -> tuple[npt.NDArray[np.floating], ...]:
        return self._middles, self._lengths, self._since, self._until

    def put(self, story: Candidate) -> None:
        row = self._row_of.setdefault(story.id, len(self._ids))
        if row == len(self._ids):
            self._ids.append(story.id)
            if row == len(self._middles):
                self._middles, self._lengths, self._since, self._until = (
                    np.concatenate([each, np.ones_like(each)]) for each in self._columns
                )
        self._middles[row] = story.centroid
        self._lengths[row] = max(float(np.linalg.norm(story.centroid)), SHORTEST)
        self._since[row] = (story.opened_at - OPEN_FOR).timestamp()
        self._until[row] = (story.updated_at + OPEN_FOR).timestamp()

    def drop(self, story: int) -> None:
        """The last row takes the place of the one that goes."""
        row, last, moved = self._row_of.pop(story), len(self._ids) - 1, self._ids.pop()
        if row != last:
            self._ids[row], self._row_of[moved] = moved, row
            for each in self._columns:
                each[row] = each[last]

    def with_middles(self, of: Vector) -> Vector:
        """The cosine of a vector of unit length with the middle of each story."""
        return self.with_voices(of) / self._lengths[: len(self._ids)]

    def with_voices(self, of: Vector) -> Vector:
        """The mean cosine with the voices of each story, of one vector or of the voices of which it is the mean: the
        product of means is the mean of the products."""
        return np.asarray(self._middles[: len(self._ids)] @ of)

    def nearest(
        self, cosines: Vector, least: float, first: datetime, last: datetime, but: int | None = None
    ) -> int | None:
        """The story with the largest cosine, at least that, that was open at the time."""
        rows = len(self._ids)
        if not rows:
            return None
        over = (self._since[:rows] > last.timestamp()) | (self._until[:rows] < first.timestamp())
        cosines[over] = OVER
        if but is not None:
            cosines[self._row_of[but]] = OVER
        best = int(cosines.argmax())
        return self._ids[best] if cosines[best] >= least and cosines[best] > OVER else None


def halves(vectors: Sequence[Vector]) -> tuple[list[int], list[int]] | None:
    """The two things of which a story's voices tell, as positions in their list, the half of the first voice first; None
    when they tell of one.

    Two means, from the direction in which the voices differ most; the halves must lie further apart than TWO_STORIES, and
    each must hold together better than that.
    """
    if len(vectors) < 2 * LEAST_HALF or len({len(each) for each in vectors}) != 1:
        return None
    rows = np.stack(vectors)
    _, _, directions = np.linalg.svd(rows - rows.mean(0), full_matrices=False)
    side = (rows - rows.mean(0)) @ directions[0] > 0
    for _ in range(10):
        if not LEAST_HALF <= side.sum() <= len(rows) - LEAST_HALF:
            return None
        before = side
        side = cosine_rows(rows, rows[side].mean(0)) > cosine_rows(rows, rows[~side].mean(0))
        if (side == before).all():
            break
    if not LEAST_HALF <= side.sum() <= len(rows) - LEAST_HALF:
        return None
    one, other = rows[side].mean(0), rows[~side].mean(0)
    if float(one @ other) > TWO_STORIES:
        return None
    if not side[0]:
        side = ~side
    return list(map(int, np.flatnonzero(side))), list(map(int, np.flatnonzero(~side)))


def grown(before: int, after: int) -> bool:
    """Whether a story has so many more voices that it is worth another look: at 2, 3, 4, 8, 16, 32, … of them."""
    steps = (members if members < 4 else 2 + members.bit_length() for members in (before, after))
    return next(steps) < next(steps)


def mean(vectors: Iterable[Vector]) -> Vector:
    return np.asarray(np.mean(list(vectors), axis=0), dtype=np.float32)


def cosine_rows(rows: Vector, of: Vector) -> Vector:
    """Of one vector with each row; 0 where either is empty of meaning."""
    lengths = np.linalg.norm(rows, axis=1) * np.linalg.norm(of)
    return np.asarray(np.divide(rows @ of, lengths, out=np.zeros(len(rows), np.float32), where=lengths > 0))
