"""A head: what turns the network's features of a text into probabilities."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Head:
    """Probabilities = softmax(logits * scale + features @ weight.T + bias).

    `logits` are those of the shipped head of the same name; `scale` 0 leaves them out, so that a head may have labels
    of its own. `weight` has the shape (labels, features), `bias` (labels,).
    """

    labels: tuple[str, ...]
    weight: Array
    bias: Array
    scale: float = 0.0

    def probabilities(self, features: Array, logits: Array | None = None) -> Array:
        """(texts, features) and, where `scale` is not 0, the shipped head's (texts, labels) -> (texts, labels)."""
        power = features @ self.weight.T + self.bias
        if self.scale and logits is not None:
            power = power + logits * self.scale
        return softmax(power)


def softmax(logits: Array) -> Array:
    """Along the last axis; never overflows."""
    power = np.exp(logits - logits.max(-1, keepdims=True))
    return np.asarray(power / power.sum(-1, keepdims=True), np.float32)
