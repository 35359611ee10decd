"""What sentences mean, however they are worded: a small head over the classifier's embeddings and the words tells the parts
of a good reply and the turn-offs apart. bench/train_lint.py makes its weights.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from alerts.linting.reading import Reading
from alerts.linting.rule import Spot
from monitor.model import Classification

WEIGHTS = Path(__file__).parent / "meaning.npz"

TELLS = {
    "acknowledgement": 0.06,
    "status": 0.08,
    "next-step": 0.1,
    "time": 0.1,
    "outcome": 0.06,
    "thanks": 0.3,
    "apology": 0.3,
}
"""From which chance on a sentence tells a part. Low: where it is doubtful nothing is said to be missing."""

LABELS = {"time": "unsupported-time"}
"""The label of a rule, where it has another name than the rule."""

SURE = {
    "arguing": 0.63,
    "policy": 0.4,
    "promise": 0.4,
    "time": 0.45,
    "sarcasm": 0.6,
    "internal": 0.58,
    "passed-on": 0.58,
    "half-knowledge": 0.35,
    "blame": 0.53,
    "compensation": 0.5,
    "script": 0.5,
    "jargon": 0.35,
}
"""Rules, and from which chance on a sentence breaks them whatever its words. High: a good reply passes."""

DOUBT = {
    "arguing": 0.02,
    "blame": 0.02,
    "compensation": 0.03,
    "half-knowledge": 0.02,
    "passed-on": 0.02,
    "sarcasm": 0.02,
    "time": 0.05,
}
"""Rules, and below which chance on a sentence its phrases are not taken to mean it."""

MOST = 40
"""Sentences of a reply that are read for their meaning; good ones have fewer than ten."""

BUCKETS = 4096
"""Words and pairs of words are told apart by a hash of this many values."""


def words(sentence: str) -> NDArray[np.float32]:
    """Which words and pairs of neighbours are in it; its length is 1."""
    found = ["<", *re.findall(r"\w+(?:'\w+)?|[?!]", re.sub(r"\d+", "0", sentence.lower().replace("’", "'")))]
    kinds = {*found, *(f"{one} {two}" for one, two in pairwise(found))}
    vector = np.zeros(BUCKETS, np.float32)
    vector[[crc32(kind.encode("utf-8", "replace")) % BUCKETS for kind in kinds]] = 1
    return vector / np.float32(np.sqrt(vector.sum()))


class Meaning:
    """Knows the embeddings of one model; of those of another it says nothing."""

    def __init__(self) -> None:
        with np.load(WEIGHTS) as stored:
            self._labels = [str(label) for label in stored["labels"]]
            self._weight = stored["weight"].astype(np.float32)
            self._bias = stored["bias"]
            self._version = str(stored["version"])
        self._size = self._weight.shape[1] - BUCKETS

    def chances(
        self, sentences: Sequence[str], found: Sequence[Classification]
    ) -> Iterator[dict[str, float]]:
        """How likely each label holds, for each sentence and what the classifier says of it; empty where nothing can be
        said."""
        for sentence, each in zip(sentences, found, strict=True):
            if each.model.split("+")[0] != self._version or len(each.embedding) != self._size:
                yield {}
                continue
            features = np.concatenate([np.array(each.embedding, np.float32), words(sentence)])
            power = np.clip(self._weight @ features + self._bias, -30, 30)
            yield dict(zip(self._labels, (1 / (1 + np.exp(-power))).tolist(), strict=True))


def told(reading: Reading, part: str) -> bool:
    """Whether a sentence tells this part, where a classifier told."""
    return any(chances.get(part, 0.0) >= TELLS[part] for chances in reading.chances)


def meant(reading: Reading, rule: str, suggestion: str) -> Iterator[Spot]:
    """Sentences that break a rule of `SURE`, where a classifier told."""
    label = LABELS.get(rule, rule)
    for sentence, chances in zip(reading.sentences, reading.chances, strict=False):
        if chances.get(label, 0.0) >= SURE[rule]:
            yield Spot(sentence.start, sentence.end, suggestion)


def doubted(reading: Reading, rule: str, spot: Spot) -> bool:
    """Whether a phrase stands in a sentence that, where a classifier told, very likely does not mean what the phrase
    mostly means."""
    if rule not in DOUBT:
        return False
    label = LABELS.get(rule, rule)
    heard: list[Mapping[str, float]] = [
        chances
        for sentence, chances in zip(reading.sentences, reading.chances, strict=False)
        if sentence.start < spot.end and spot.start < sentence.end
    ]
    return bool(heard) and all(chances.get(label, 1.0) < DOUBT[rule] for chances in heard)
