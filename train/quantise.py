"""How the network's activations become 8-bit whole numbers: fixed ranges, found on texts of the training part.

A few channels of the encoder are a hundred times as strong as the others, and one range for all would leave the others
nothing. So each channel is divided by a factor, and the weights that it meets are multiplied by it (SmoothQuant, Xiao
et al. 2023: max|x|^a / max|w|^(1-a)), which changes no product. The range is fixed, not taken from each batch, so
the answer for a text can't depend on its neighbours.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer

from train.network import Network, in_batches

STRENGTH = 0.8
"""The exponent a. Of 0, 0.4, 0.6, 0.8 and 1 it moves the probabilities least."""

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Range:
    """whole = round(x / factor / scale) + zero, 0..255."""

    factor: Array
    scale: float
    zero: int


def ranges(network: Network, tokenizer: Tokenizer, texts: list[str]) -> dict[str, Range]:
    """The range of the input of each matrix product, by the names of train/graph.py."""
    seen: dict[str, list[torch.Tensor]] = defaultdict(list)
    weights: dict[str, torch.Tensor] = {}
    kept: list[torch.Tensor] = []
    hooks = []
    for i, layer in enumerate(network.encoder.encoder.layer):
        own = layer.attention.self
        products: dict[str, tuple[Any, list[Any]]] = {
            "qkv": (own.query, [own.query, own.key, own.value]),
            "seen": (layer.attention.output.dense, [layer.attention.output.dense]),
            "wide": (layer.intermediate.dense, [layer.intermediate.dense]),
            "narrow": (layer.output.dense, [layer.output.dense]),
        }
        for product, (first, all_) in products.items():
            name = f"layer{i}.{product}"
            weights[name] = torch.cat([linear.weight for linear in all_]).abs().amax(0)

            def keep(_: Any, inputs: tuple[torch.Tensor], name: str = name) -> None:
                seen[name].append(inputs[0][kept[0]])

            hooks.append(first.register_forward_pre_hook(keep))

    def run(ids: torch.Tensor, mask: torch.Tensor) -> dict[str, torch.Tensor]:
        kept[:] = [mask.bool()]
        return {"pooled": network.pooled(ids, mask)}

    network.eval()
    in_batches(tokenizer, texts, run)
    for hook in hooks:
        hook.remove()
    with torch.inference_mode():
        return {name: one_range(torch.cat(seen.pop(name)), weights[name]) for name in list(seen)}


def one_range(x: torch.Tensor, weight: torch.Tensor) -> Range:
    """`x` (pieces, channels), `weight` the largest size of the weights that meet each channel."""
    peak = x.abs().amax(0).clamp(min=1e-5)
    factor = peak**STRENGTH / weight.clamp(min=1e-5) ** (1 - STRENGTH)
    # Cutting off the few largest values makes the steps finer, and the answers worse: they are what matters.
    low, high = float((x / factor).min().clamp(max=0)), float((x / factor).max().clamp(min=0))
    scale = (high - low) / 255
    return Range(factor.numpy(), scale, round(-low / scale))
