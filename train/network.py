"""The network: the encoder, its mean-pooled output, and one linear layer for each head."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import BertConfig, BertModel

from classifiers.text import prepare, shorten
from train.data import HEADS

PREFIX = ""
"""The base wants "query: "; training makes it needless, and without it a tenth of the work is saved."""
LONGEST = 128
"""Pieces of a text that are read."""


class Network(nn.Module):
    """ids and mask of shape (texts, pieces) -> pooled output (texts, 384) and the logits of each head."""

    def __init__(self, config: BertConfig) -> None:
        super().__init__()
        self.encoder = BertModel(config, add_pooling_layer=False)
        self.drop = nn.Dropout(0.1)
        self.heads = nn.ModuleDict({name: nn.Linear(config.hidden_size, len(k)) for name, k in HEADS.items()})

    def hidden(self, ids: Tensor, mask: Tensor) -> tuple[Tensor, ...]:
        """The outputs of the word embeddings and of each layer, (texts, pieces, 384)."""
        found = self.encoder(input_ids=ids, attention_mask=mask, output_hidden_states=True)
        return tuple(found.hidden_states)

    def pooled(self, ids: Tensor, mask: Tensor) -> Tensor:
        hidden = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        weight = mask.unsqueeze(-1).to(hidden.dtype)
        return (hidden * weight).sum(1) / weight.sum(1)

    def forward(self, ids: Tensor, mask: Tensor) -> dict[str, Tensor]:
        pooled = self.pooled(ids, mask)
        return {name: head(self.drop(pooled)) for name, head in self.heads.items()} | {"pooled": pooled}


def start(base: Path, layers: int = 12) -> Network:
    """The network with the first `layers` of the base's encoder and fresh heads."""
    config = BertConfig.from_pretrained(base, attn_implementation="sdpa", num_hidden_layers=layers)
    network = Network(config)
    network.encoder = BertModel.from_pretrained(
        base, config=config, add_pooling_layer=False, attn_implementation="sdpa"
    )
    return network


def finished(base: Path, file: Path) -> Network:
    """A network that train/train.py wrote, with as many layers as it has."""
    state = torch.load(file, weights_only=True)["network"]
    layers = {name.split(".")[3] for name in state if name.startswith("encoder.encoder.layer.")}
    found = start(base, len(layers))
    found.load_state_dict(state)
    return found.eval()


def encode(tokenizer: Tokenizer, texts: list[str], longest: int) -> list[list[int]]:
    """The ids of each text, prepared and with the prefix, at most `longest` of them."""
    encodings = tokenizer.encode_batch([PREFIX + prepare(text) for text in texts])
    return [shorten(encoding.ids, longest) for encoding in encodings]


def pad(rows: list[list[int]], padding: int) -> tuple[Tensor, Tensor]:
    """Ids and mask of a batch, as long as its longest row."""
    length = max(map(len, rows))
    ids = torch.full((len(rows), length), padding)
    for i, row in enumerate(rows):
        ids[i, : len(row)] = torch.tensor(row)
    mask = torch.zeros_like(ids)
    for i, row in enumerate(rows):
        mask[i, : len(row)] = 1
    return ids, mask


def scores(network: Network, tokenizer: Tokenizer, texts: list[str]) -> dict[str, np.ndarray]:
    """Probabilities of each head and "pooled" for the texts, in their order."""
    network.eval()
    found = in_batches(tokenizer, texts, network)
    return {n: v if n == "pooled" else torch.tensor(v).softmax(-1).numpy() for n, v in found.items()}


def in_batches(
    tokenizer: Tokenizer, texts: list[str], run: Callable[[Tensor, Tensor], dict[str, Tensor]]
) -> dict[str, np.ndarray]:
    """What `run` says of the texts, in their order, computed in batches of similar length."""
    rows = encode(tokenizer, texts, LONGEST)
    order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
    parts: dict[str, list[Tensor]] = {}
    with torch.inference_mode():
        for i in range(0, len(order), 64):
            found = run(*pad([rows[j] for j in order[i : i + 64]], tokenizer.token_to_id("<pad>")))
            for name, value in found.items():
                parts.setdefault(name, []).append(value)
    back = np.argsort(order)
    return {name: torch.cat(values).numpy()[back] for name, values in parts.items()}
