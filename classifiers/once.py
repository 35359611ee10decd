"""Copies of one post are read once: what spreads is mostly the same words again."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import replace
from hashlib import blake2b
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from classifiers.text import original, same
from monitor.model import Classification
from monitor.ports import Classifier

MOST = 4096
SECONDS = 3600.0
"""How long an answer is remembered: copies come within the hour, and what is erased from the database must not live on."""


class Row(NamedTuple):
    """When it was read; the classification without its embedding, and the embedding: a quarter of the size that a tuple of
    floats has."""

    at: float
    found: Classification
    embedding: NDArray[np.float32]


class Once:
    """Any classifier, asked once for texts that are the `same`; the names in front of a post that was passed on
    ("RT @user:") are not shown to it. It gets texts of similar length side by side, which keeps padding low.

    It remembers the answers of the last MOST different texts that it read, under a hash: with an embedding of 384 numbers
    about 11 MB. No text and no author is kept, but what is said of a text, and its embedding tell of it: they are forgotten
    at the first call more than SECONDS after it was read, and when the classifier's version changes. For one thread at a
    time.
    """

    def __init__(
        self, inner: Classifier, most: int = MOST, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.inner = inner
        self._most = most
        self._clock = clock
        self._known: OrderedDict[bytes, Row] = OrderedDict()
        self._version = inner.version

    @property
    def version(self) -> str:
        return self.inner.version

    def classify(self, texts: Sequence[str]) -> list[Classification]:
        """One classification for each text, in the same order."""
        now = self._clock()
        self._forget(now)
        keys = [blake2b(same(text).encode(), digest_size=16).digest() for text in texts]
        rows = {key: self._known[key] for key in keys if key in self._known}
        new: dict[bytes, str] = {}
        for key, text in zip(keys, texts, strict=True):
            if key not in rows:
                new.setdefault(key, original(text))
        if new:
            asked = sorted(new, key=lambda key: len(new[key]))
            found = self.inner.classify([new[key] for key in asked])
            read = {key: _packed(each, now) for key, each in zip(asked, found, strict=True)}
            rows |= read
            self._known |= read
        while len(self._known) > self._most:
            self._known.popitem(last=False)
        answers = {key: _unpacked(row) for key, row in rows.items()}
        return [answers[key] for key in keys]

    def _forget(self, now: float) -> None:
        if self._version != self.inner.version:
            self._known.clear()
            self._version = self.inner.version
        while self._known and now - next(iter(self._known.values())).at > SECONDS:
            self._known.popitem(last=False)


def _packed(found: Classification, now: float) -> Row:
    return Row(now, replace(found, embedding=()), np.asarray(found.embedding, np.float32))


def _unpacked(row: Row) -> Classification:
    return replace(row.found, embedding=tuple(row.embedding.tolist()))
