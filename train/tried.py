"""One idea, from the base, in a small budget that is the same for all: what is it worth?

    python -m train.tried VARIANT BASE DATA [--seconds 240] [--seed 1] [--teacher RUN/network.pt]
    python -m bench.tried                                                   # the table of all that was tried

The budget is processor time of one core spent on learning; reading, a teacher's answers and measuring are free. Appends
one line to bench/results/tried.jsonl. BASE is the folder that train/base.py wrote, or for "minilm" any BERT folder.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
from sklearn.linear_model import LogisticRegression
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers.utils import logging

from bench.report import RESULTS, about
from train.data import HEADS, Row, tasks
from train.measure import Model, Scores, ask, figures
from train.network import Network, finished, in_batches, pad, scores, start
from train.train import BATCH, HEAD_RATE, RATE, WARM_UP, Example, by_head, examples

MIX = {
    "complaint": 5,
    "sentiment": 9,
    "severity": 1,
    "sarcasm": 2,
    "emotion": 1,
    "offensive": 1,
    "relevance": 1,
}
"""How many of twenty rows are of each head, so that a short run has seen all of them."""
SAMPLE = 600
"""Rows of each set or language that the figures are of."""
RANK, LORA_RATE = 16, 5e-4
MEASURED = {"complaint": ("complaint", "airline"), "sentiment": ("sentiment",), "sarcasm": ("sarcasm",)}


@dataclass(frozen=True)
class Variant:
    what: str
    layers: int = 8
    heads: tuple[str, ...] = tuple(HEADS)
    share: float = 1.0
    balanced: bool = True
    lora: bool = False
    taught: bool = False
    frozen: bool = False


VARIANTS = {
    "several tasks": Variant("all heads at once, bottom 8 layers of the base"),
    "6 layers": Variant("the same with the bottom 6 layers", layers=6),
    "12 layers": Variant("the same with all 12 layers", layers=12),
    "complaint alone": Variant("full fine-tune for complaint alone", heads=("complaint",)),
    "sentiment alone": Variant("full fine-tune for sentiment alone", heads=("sentiment",)),
    "frozen probe": Variant("logistic regression on the base's output, all 12 layers", layers=12, frozen=True),
    "LoRA": Variant(f"low-rank updates of all linear maps, rank {RANK}", lora=True),
    "a tenth of the rows": Variant("several tasks, fewer rows seen more often", share=0.1),
    "unbalanced": Variant("several tasks, SemEval's classes as frequent as they come", balanced=False),
    "soft labels": Variant("6 layers, taught what the finished network says of every head", layers=6, taught=True),
    "minilm": Variant("several tasks on all-MiniLM-L6-v2, English", layers=6),
}  # fmt: skip


class LowRank(nn.Module):
    """A frozen linear map and a learnt change of low rank (Hu et al. 2021), nothing at first."""

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        self.linear = linear
        self.down = nn.Linear(linear.in_features, RANK, bias=False)
        self.up = nn.Linear(RANK, linear.out_features, bias=False)
        nn.init.zeros_(self.up.weight)

    def forward(self, x: Tensor) -> Tensor:
        return self.linear(x) + 2 * self.up(self.down(x))


def with_low_rank(network: Network) -> None:
    """Only the changes and the heads are learnt from now on."""
    for parameter in network.encoder.parameters():
        parameter.requires_grad = False
    for module in list(network.encoder.encoder.modules()):
        for name, child in list(module.named_children()):
            if isinstance(child, nn.Linear):
                setattr(module, name, LowRank(child))


def stream(known: dict[str, list[Example]], rng: random.Random) -> Iterator[list[Example]]:
    """Batches without end: heads in the shares of `MIX`, texts of similar length side by side."""

    def forever(rows: list[Example]) -> Iterator[Example]:
        while True:
            yield from rng.sample(rows, len(rows))

    rows = {head: forever(part) for head, part in known.items()}
    unit = 16 * BATCH // sum(MIX[head] for head in known)
    while True:
        chunk = [next(rows[head]) for head in known for _ in range(unit * MIX[head])]
        chunk.sort(key=lambda example: len(example[1]))
        batches = [chunk[i : i + BATCH] for i in range(0, len(chunk), BATCH)]
        yield from rng.sample(batches, len(batches))


def learn(
    network: Network, batches: Iterator[list[Example]], padding: int, variant: Variant, teacher: Network | None,
    seconds: float,
) -> tuple[int, float]:  # fmt: skip
    """Rows seen and seconds used; the rate rises for `WARM_UP` of the time, then falls to zero."""
    network.encoder.embeddings.word_embeddings.weight.requires_grad = False
    body = [p for p in network.encoder.parameters() if p.requires_grad]
    rate = LORA_RATE if variant.lora else RATE
    groups = [{"params": body, "base": rate}, {"params": list(network.heads.parameters()), "base": HEAD_RATE}]
    optimiser = torch.optim.AdamW(groups, lr=rate, weight_decay=0.01, fused=True)
    network.train()
    spent, rows = 0.0, 0
    while spent < seconds:
        batch = next(batches)
        taught = answers(teacher, batch, padding) if teacher else None
        begin, done = time.process_time(), spent / seconds
        for group in optimiser.param_groups:
            group["lr"] = group["base"] * min(done / WARM_UP, (1 - done) / (1 - WARM_UP))
        loss = soft(network, batch, padding, taught) if taught else hard(network, batch, padding)
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        optimiser.zero_grad()
        spent += time.process_time() - begin
        rows += len(batch)
    return rows, spent


def hard(network: Network, batch: list[Example], padding: int) -> Tensor:
    """Each row teaches the one head that it has a label of."""
    return torch.stack(list(by_head(network, batch, padding).values())).sum() / len(batch)


def soft(network: Network, batch: list[Example], padding: int, taught: dict[str, Tensor]) -> Tensor:
    """Each row teaches every head what the teacher says of it; no label is looked at."""
    found = network(*pad([ids for _, ids, _, _ in batch], padding))
    losses = [-(taught[head] * found[head].log_softmax(-1)).sum(-1).mean() for head in HEADS]
    return torch.stack(losses).sum()


def answers(teacher: Network, batch: list[Example], padding: int) -> dict[str, Tensor]:
    with torch.inference_mode():
        found = teacher(*pad([ids for _, ids, _, _ in batch], padding))
    return {head: found[head].softmax(-1).clone() for head in HEADS}


def probe(
    network: Network, tokenizer: Tokenizer, rows: dict[str, list[Row]], seconds: float
) -> tuple[Model, int, float]:
    """As many rows as the base reads in that time, complaints first; the base wants its prefix."""
    network.eval()

    def pooled(texts: list[str]) -> Tensor:
        found = in_batches(
            tokenizer, [f"query: {text}" for text in texts], lambda *x: {"pooled": network.pooled(*x)}
        )
        return torch.nn.functional.normalize(torch.tensor(found["pooled"]))

    begin, seen, fitted = time.process_time(), 0, {}
    for head in ("complaint", "sentiment"):
        parts = []
        for i in range(0, len(rows[head]), 256):
            if parts and time.process_time() - begin > seconds:
                break
            parts.append(pooled([row.text for row in rows[head][i : i + 256]]))
        x = torch.cat(parts).numpy()
        fitted[head] = LogisticRegression(C=30, max_iter=1000).fit(x, [r.label for r in rows[head][: len(x)]])
        seen += len(x)

    def model(texts: list[str]) -> Scores:
        x = pooled(texts).numpy()
        return {head: found.predict_proba(x) for head, found in fitted.items()}

    return model, seen, time.process_time() - begin


def read_tokenizer(base: Path) -> Tokenizer:
    """MiniLM's pieces have other names for padding, and it cuts and pads by itself."""
    text = (base / "tokenizer.json").read_text(encoding="utf-8").replace('"[PAD]"', '"<pad>"')
    tokenizer = Tokenizer.from_str(text)
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def attempt(
    variant: Variant, base: Path, data: Path, seconds: float, seed: int, taught_by: Path | None
) -> dict:
    """Learn and measure: rows seen, seconds used, figures."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    rng = random.Random(seed)  # noqa: S311
    tokenizer = read_tokenizer(base)
    padding = tokenizer.token_to_id("<pad>")
    network = start(base, variant.layers)
    found = tasks(data)
    rows = {
        head: rng.sample(found[head].train, round(len(found[head].train) * variant.share))
        for head in variant.heads
    }
    if variant.frozen:
        model, seen, spent = probe(network, tokenizer, rows, seconds)
    else:
        if variant.lora:
            with_low_rank(network)
        known = {head: examples(head, part, tokenizer) for head, part in rows.items()}
        if not variant.balanced:
            known = {head: [(*example[:3], 1.0) for example in part] for head, part in known.items()}
        teacher = finished(base, taught_by) if variant.taught and taught_by else None
        seen, spent = learn(network, stream(known, rng), padding, variant, teacher, seconds)
        model = partial(scores, network, tokenizer)
    sets = tuple(name for head in variant.heads for name in MEASURED.get(head, ()))
    measured = figures(ask(data, model, SAMPLE, sets))
    return {"rows seen": seen, "seconds": round(spent), "figures": measured}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("variant", choices=VARIANTS)
    parser.add_argument("base", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("--seconds", type=float, default=240)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--teacher", type=Path, help='what train/train.py wrote, for "soft labels"')
    args = parser.parse_args()
    logging.set_verbosity_error()  # it would list the layers that are left out
    variant = VARIANTS[args.variant]
    if variant.taught and not args.teacher:
        parser.error("this variant needs --teacher")
    found = attempt(variant, args.base, args.data, args.seconds, args.seed, args.teacher)
    line = about() | {"variant": args.variant, "what": variant.what, "seed": args.seed} | found
    with (RESULTS / "tried.jsonl").open("a", encoding="utf-8") as lines:
        lines.write(json.dumps(line) + "\n")
    print(json.dumps(line, indent=1))


if __name__ == "__main__":
    main()
