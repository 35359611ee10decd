"""The embedding: a linear map of several layers' outputs to the place that the untrained base gives a text.

Training pulls texts together that are alike for its tasks, and stories are told apart by topic. So the target is the
base's own embedding, whitened, so that its few strong directions, which all texts share, don't drown the rest.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor

from train.network import Network, in_batches

LAYERS = (2, 4, 5, 6, 7, 8)
"""The layers that the embedding is a map of."""
SIZE = 256
Array = NDArray[np.float32]


def unit(x: Array) -> Array:
    return x / np.linalg.norm(x, axis=-1, keepdims=True)


def side_by_side(hidden: tuple[Tensor, ...], mask: Tensor, layers: tuple[int, ...]) -> Tensor:
    """Mean-pooled outputs of the layers, (texts, layers * hidden)."""
    share = mask.unsqueeze(-1) / mask.sum(1)[:, None, None]
    return torch.cat([(hidden[i] * share).sum(1) for i in layers], -1)


def pooled_layers(network: Network, tokenizer: Tokenizer, texts: list[str], layers: tuple[int, ...]) -> Array:
    """`side_by_side` of the texts, in their order."""
    network.eval()

    def run(ids: Tensor, mask: Tensor) -> dict[str, Tensor]:
        return {"pooled": side_by_side(network.hidden(ids, mask), mask, layers)}

    return in_batches(tokenizer, texts, run)["pooled"]


def target(before: Array) -> Array:
    """The base's embeddings whitened, (texts, SIZE).

    Directions weaker than the median one are not blown up; the strongest `SIZE` of the whitened space are kept.
    """
    centred = before - before.mean(0)
    _, size, directions = np.linalg.svd(centred, full_matrices=False)
    spread = size / np.sqrt(len(before))
    white = centred @ directions.T / np.sqrt(spread**2 + np.median(spread) ** 2)
    return np.asarray(white[:, :SIZE])


def fit(wanted: Array, layers: Array) -> tuple[Array, Array]:
    """Weight and bias that take the layers' outputs to what is wanted (ridge regression)."""
    middle, scale = layers.mean(0), layers.std(0)
    x = (layers - middle) / scale
    weight = np.linalg.solve(x.T @ x + 0.03 * len(x) * np.eye(x.shape[1]), x.T @ wanted).T / scale
    return weight.astype(np.float32), (-weight @ middle).astype(np.float32)
