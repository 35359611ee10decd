"""What sentences mean where wording is open: a small head over the classifier's embeddings tells blame, guesses, … from
what good replies say. bench/train_lint.py makes its weights.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from alerts.linting.reading import Reading
from alerts.linting.rule import Spot
from monitor.model import Classification

WEIGHTS = Path(__file__).parent / "meaning.npz"
NONE = "none"
"""The label of what good replies say."""

SURE = {"blame": 0.93, "half-knowledge": 0.8, "passed-on": 0.75, "policy": 0.85}
"""From which chance on a sentence means it. Arguing, internal remarks and sarcasm are not among them: on sentences that it
was not fitted to, the head takes one good sentence for each three that it finds."""

MOST = 40
"""Sentences of a reply that are read for their meaning; good ones have fewer than ten."""


class Meaning:
    """Knows the embeddings of one model; of those of another it says nothing."""

    def __init__(self) -> None:
        with np.load(WEIGHTS) as stored:
            self._labels = [str(label) for label in stored["labels"]]
            self._weight = stored["weight"].astype(np.float32)
            self._bias = stored["bias"]
            self._version = str(stored["version"])

    def chances(self, found: Sequence[Classification]) -> Iterator[dict[str, float]]:
        """How likely each label is, for each of them; empty where nothing can be said."""
        for each in found:
            known = each.model.split("+")[0] == self._version and len(each.embedding) == self._weight.shape[1]
            if not known:
                yield {}
                continue
            power = self._weight @ np.array(each.embedding, np.float32) + self._bias
            power = np.exp(power - power.max())
            yield dict(zip(self._labels, (power / power.sum()).tolist(), strict=True))


_KIND = re.compile(r"\b(?:sorry|apolog\w{1,6}|thanks?|must have been)\b")
"""What opens a reply tells of what went wrong, too."""


def meant(reading: Reading, label: str, suggestion: str) -> Iterator[Spot]:
    """Sentences that mean it, where a classifier told."""
    for sentence, chances in zip(reading.sentences, reading.chances, strict=False):
        if chances.get(label, 0.0) >= SURE[label] and not _KIND.search(sentence.text):
            yield Spot(sentence.start, sentence.end, suggestion)
