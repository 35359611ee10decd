"""Pure: which story a mention belongs to.

A story is one issue as customers experience it. A mention joins a story when it answers or quotes one of its posts,
or when it says much the same; otherwise it opens a new one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from zlib import crc32

import numpy as np

from monitor.text import one_line

OPEN_FOR = timedelta(hours=48)
"""A story that no mention has joined for so long takes no more: the next complaint opens a new one."""

SAME_ISSUE = 0.60
"""The least cosine between a mention and the middle of a story."""

LEXICAL_SIZE = 384

_WORD = re.compile(r"[^\W\d_]{3,}")
_NOISE = re.compile(r"https?://\S+|[@#]\w+")
_LINK = re.compile(r"https?://\S+")
_ADDRESSED = re.compile(r"^(\s*[@#]\w+[\s,:]*)+")

SAYS_LITTLE = 25
"""A sentence shorter than this ("UNBELIEVABLE.") makes no title alone."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An open story: the mean of its members' vectors and how many they are."""

    id: int
    centroid: tuple[float, ...]
    members: int


def vector(text: str, embedding: Sequence[float]) -> tuple[float, ...]:
    """What a mention is compared by: the classifier's embedding or, where the model gives none, hashed words."""
    if embedding:
        return tuple(embedding)
    counts = np.zeros(LEXICAL_SIZE)
    for word in set(_WORD.findall(_NOISE.sub(" ", text.casefold()))):
        counts[crc32(word.encode()) % LEXICAL_SIZE] += 1
    length = np.linalg.norm(counts)
    return tuple((counts / length).tolist()) if length else ()


def nearest(of: Sequence[float], candidates: Sequence[Candidate]) -> int | None:
    """The story whose middle is nearest to the mention, if it is near enough."""
    best = max(
        ((cosine(of, candidate.centroid), candidate.id) for candidate in candidates), default=(0.0, None)
    )
    return best[1] if best[0] >= SAME_ISSUE else None


def cosine(a: Sequence[float], b: Sequence[float]) -> float:
    """0 when one of them is empty, or when they come from different models."""
    if not a or len(a) != len(b):
        return 0.0
    length = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(np.dot(a, b)) / length if length else 0.0


def moved(centroid: Sequence[float], members: int, by: Sequence[float]) -> tuple[float, ...]:
    """The middle of a story after one more member."""
    if len(centroid) != len(by):
        return tuple(centroid)
    return tuple(((np.asarray(centroid) * members + np.asarray(by)) / (members + 1)).tolist())


def title(text: str, longest: int = 90) -> str:
    """A story's title in the customer's own words: from the first sentence that says something, cut at a word.

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
