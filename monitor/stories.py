"""Pure: which story a mention belongs to.

A story is one issue as customers experience it. A mention joins a story when it answers or quotes one of its posts,
or when it says much the same; otherwise it opens a new one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zlib import crc32

import numpy as np
import numpy.typing as npt

from monitor.text import one_line

Vector = npt.NDArray[np.float32]

OPEN_FOR = timedelta(hours=48)
"""A story that no mention has joined for so long takes no more: the next complaint opens a new one."""

SAME_ISSUE = 0.35
"""The least cosine between a mention and the middle of a story: the best of `python -m bench.stories`."""

LEXICAL_SIZE = 384

_WORD = re.compile(r"[^\W\d_]{3,}")
_NOISE = re.compile(r"https?://\S+|[@#]\w+")
_LINK = re.compile(r"https?://\S+")
_ADDRESSED = re.compile(r"^(\s*[@#]\w+[\s,:]*)+")

SAYS_LITTLE = 60
"""Sentences are added to a title until it is as long as this: "UNBELIEVABLE." alone says nothing."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An open story: the mean of its members' vectors, how many they are, and the time that they span."""

    id: int
    centroid: Vector
    members: int
    opened_at: datetime
    updated_at: datetime

    def takes(self, at: datetime) -> bool:
        """Whether a mention of that time may join."""
        return self.opened_at - OPEN_FOR <= at <= self.updated_at + OPEN_FOR

    def joined_by(self, of: Vector, at: datetime) -> Candidate:
        """The story after one more member; a vector of another length (another model's) leaves the middle alone."""
        same = len(of) == len(self.centroid)
        step = (of - self.centroid) / np.float32(self.members + 1) if same else np.float32(0)
        centroid = np.asarray(self.centroid + step, dtype=np.float32)
        return Candidate(
            self.id, centroid, self.members + 1, min(self.opened_at, at), max(self.updated_at, at)
        )


def vector(text: str, embedding: Sequence[float]) -> Vector:
    """What a mention is compared by: the classifier's embedding or, where the model gives none, hashed words."""
    if embedding:
        return np.asarray(embedding, dtype=np.float32)
    counts = np.zeros(LEXICAL_SIZE, dtype=np.float32)
    for word in set(_WORD.findall(_NOISE.sub(" ", text.casefold()))):
        counts[crc32(word.encode()) % LEXICAL_SIZE] += 1
    return counts


def nearest(of: Vector, at: datetime, candidates: Iterable[Candidate]) -> Candidate | None:
    """The story whose middle is nearest to a mention of that time, if it is near enough."""
    open_ = [each for each in candidates if each.takes(at) and len(each.centroid) == len(of)]
    if not open_:
        return None
    near = cosines(of, np.stack([each.centroid for each in open_]))
    best = int(near.argmax())
    return open_[best] if near[best] >= SAME_ISSUE else None


def cosines(of: Vector, rows: Vector) -> Vector:
    """Of one vector with each row; 0 where either is empty of meaning."""
    lengths = np.linalg.norm(rows, axis=1) * np.linalg.norm(of)
    return np.asarray(np.divide(rows @ of, lengths, out=np.zeros(len(rows), np.float32), where=lengths > 0))


def title(text: str, longest: int = 110) -> str:
    """A story's title in the customer's own words: its first sentences, cut at a word.

    Links go, as do the handles that a post is addressed to; a handle within a sentence keeps its name.
    """
    plain = _ADDRESSED.sub("", _LINK.sub(" ", text)).replace("@", "").replace("#", "")
    plain = one_line(plain, len(plain) + 1)
    sentences = re.split(r"(?<=[.!?])\s+", plain)
    while len(sentences) > 1 and len(sentences[0]) < SAYS_LITTLE:
        sentences[:2] = [" ".join(sentences[:2])]
    first = sentences[0]
    if len(first) > longest:
        first = first[: longest - 1].rsplit(" ", 1)[0] + "…"
    return first or "A post without words"
