"""Copies of one post are read once: what spreads is mostly the same words again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from classifiers.text import original, same
from monitor.model import Classification
from monitor.ports import Classifier

MOST = 4096

Row = tuple[Classification, NDArray[np.float32]]
"""A classification without its embedding, and the embedding: a quarter of the size that a tuple of floats has."""


class Once:
    """Any classifier, asked once for texts that are the `same`; the names in front of a post that was passed on
    ("RT @user:") are not shown to it. It gets texts of similar length side by side, which keeps padding low.

    It remembers the answers of the last MOST different texts, under a hash, so that no text is kept: with an embedding
    of 384 numbers about 11 MB. They are forgotten when the classifier's version changes. For one thread at a time.
    """

    def __init__(self, inner: Classifier, most: int = MOST) -> None:
        self.inner = inner
        self._most = most
        self._known: OrderedDict[bytes, Row] = OrderedDict()
        self._version = inner.version

    @property
    def version(self) -> str:
        return self.inner.version

    def classify(self, texts: Sequence[str]) -> list[Classification]:
        """One classification for each text, in the same order."""
        if self._version != self.inner.version:
            self._known.clear()
            self._version = self.inner.version
        keys = [blake2b(same(text).encode(), digest_size=16).digest() for text in texts]
        rows = {key: self._known[key] for key in keys if key in self._known}
        new: dict[bytes, str] = {}
        for key, text in zip(keys, texts, strict=True):
            if key not in rows:
                new.setdefault(key, original(text))
        if new:
            asked = sorted(new, key=lambda key: len(new[key]))
            found = self.inner.classify([new[key] for key in asked])
            rows |= zip(asked, map(_packed, found), strict=True)
        for key, row in rows.items():
            self._known[key] = row
            self._known.move_to_end(key)
        while len(self._known) > self._most:
            self._known.popitem(last=False)
        answers = {key: _unpacked(row) for key, row in rows.items()}
        return [answers[key] for key in keys]


def _packed(found: Classification) -> Row:
    return replace(found, embedding=()), np.asarray(found.embedding, np.float32)


def _unpacked(row: Row) -> Classification:
    found, embedding = row
    return replace(found, embedding=tuple(embedding.tolist()))
