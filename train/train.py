"""Fine-tune the base on all tasks at once.

    python -m train.train BASE DATA OUT [--short] [--until HH:MM] [--resume] [--seed 1] [--layers 8]

Every batch holds rows of all tasks in random order, so the run may be stopped anywhere and every task has had its
share. Each batch holds texts of similar length, which saves a third of the work. The word embeddings are frozen: the
rare words of other languages stay where the base has put them. The learning rate falls to zero at the last step or at
`--until` (UTC), whichever comes first.
"""

from __future__ import annotations

import argparse
import json
import math
import multiprocessing
import random
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional

from train.data import HEADS, Row, tasks
from train.measure import validation
from train.network import Network, encode, pad, scores, start

BATCH, LONGEST = 32, 56
WORKERS = 2
"""Processes that share the weights in memory and meet three times a step: a quarter faster than two threads."""
RATE, HEAD_RATE, WARM_UP = 6e-5, 1e-3, 0.06
LONG: dict[str, float] = {
    "complaint": 8, "sentiment": 2.5, "severity": 5, "sarcasm": 6, "emotion": 6, "offensive": 3, "relevance": 5,
}  # fmt: skip
SHORT: dict[str, float] = {
    "complaint": 3, "sentiment": 0.3, "severity": 1, "sarcasm": 1, "emotion": 1, "offensive": 0.3, "relevance": 1,
}  # fmt: skip
"""Passes over the rows of each task."""

Example = tuple[str, list[int], int, float]
"""Head, word pieces, label, and how much the row counts."""


def examples(head: str, rows: list[Row], tokenizer: Tokenizer) -> list[Example]:
    """SemEval has three times as many neutral as negative rows; there each class counts the same as a whole."""
    counts = Counter(row.label for row in rows if row.group == "semeval")
    total = sum(counts.values())
    pieces = encode(tokenizer, [row.text for row in rows], LONGEST)
    return [
        (head, ids, row.label, total / len(counts) / counts[row.label] if row.group == "semeval" else 1.0)
        for row, ids in zip(rows, pieces, strict=True)
    ]


def plan(
    data: Path, tokenizer: Tokenizer, passes: dict[str, float], rng: random.Random
) -> list[list[Example]]:
    """All batches of the run, in order: every task in every batch, texts of similar length side by side."""
    found: list[Example] = []
    for head, task in tasks(data).items():
        print(f"{head}: {len(task.train)} rows to learn from, {len(task.held_out)} held out", flush=True)
        known = examples(head, task.train, tokenizer)
        for whole in range(math.ceil(passes[head])):
            found += rng.sample(known, round(len(known) * min(passes[head] - whole, 1)))
    rng.shuffle(found)
    batches = []
    for i in range(0, len(found), BATCH * 16):
        chunk = sorted(found[i : i + BATCH * 16], key=lambda example: len(example[1]))
        batches += [chunk[j : j + BATCH] for j in range(0, len(chunk), BATCH)]
    # Chunk by chunk lengths would rise and fall; the learning rate should not meet one length at a time.
    rng.shuffle(batches)
    return batches


def deadline(until: str | None) -> float:
    if until is None:
        return float("inf")
    now = datetime.now(UTC)
    hour, minute = map(int, until.split(":"))
    moment = now.replace(hour=hour, minute=minute, second=0)
    return (moment if moment > now else moment + timedelta(days=1)).timestamp()


def learn(
    network: Network, todo: list[list[Example]], first: int, padding: int, end: float, checkpoint: Path
) -> None:
    """Take the steps `first`, `first` + 1, ... of the plan, in `WORKERS` processes that share the weights."""
    torch.set_num_threads(1)
    network.encoder.embeddings.word_embeddings.weight.requires_grad = False
    network.share_memory()
    body = [p for p in network.encoder.parameters() if p.requires_grad]
    heads = list(network.heads.parameters())
    gradients = [[torch.zeros_like(p).share_memory_() for p in body + heads] for _ in range(WORKERS)]
    sizes = torch.zeros(WORKERS).share_memory_()
    processes = multiprocessing.get_context("fork")
    barrier = processes.Barrier(WORKERS)
    begin = time.time()

    def work(rank: int) -> None:
        """Each process computes its part of every batch, and moves its part of the weights."""
        torch.manual_seed(1000 * first + rank)
        torch.set_flush_denormal(True)
        network.train()
        params = body + heads
        for p, gradient in zip(params, gradients[rank], strict=True):
            p.grad = gradient
        mine = list(range(rank, len(params), WORKERS))
        groups = [
            {"params": [params[i] for i in mine if i < len(body)], "base": RATE},
            {"params": [params[i] for i in mine if i >= len(body)], "base": HEAD_RATE},
        ]
        optimiser = torch.optim.AdamW(groups, lr=RATE, weight_decay=0.01, fused=True)
        losses = dict.fromkeys(HEADS, 0.0)
        for step in range(first, len(todo)):
            # Every process must come to the same end, so the clock of the first decides.
            if rank == 0:
                now = (time.time() - begin) / (end - begin)
                progress[0] = max(step / len(todo), now)
            barrier.wait()
            done = float(progress[0])
            if done >= 1:
                break
            warm = min((step - first + 1) / (WARM_UP * len(todo)), 1)
            for group in optimiser.param_groups:
                group["lr"] = group["base"] * warm * min((1 - done) / (1 - WARM_UP), 1)
            for gradient in gradients[rank]:
                gradient.zero_()
            part = todo[step][rank::WORKERS]
            found = by_head(network, part, padding)
            loss = torch.stack(list(found.values())).sum() / len(todo[step])
            loss.backward()
            barrier.wait()
            for i in mine:
                for other in range(WORKERS):
                    if other != rank:
                        gradients[rank][i] += gradients[other][i]
            sizes[rank] = sum(float(gradients[rank][i].square().sum()) for i in mine)
            barrier.wait()
            shrink = min(1.0, 1.0 / (float(sizes.sum()) ** 0.5 + 1e-6))
            for i in mine:
                gradients[rank][i] *= shrink
            optimiser.step()
            barrier.wait()
            for head, value in found.items():
                count = sum(example[0] == head for example in part)
                losses[head] += 0.02 * (value.item() / count - losses[head])
            if rank == 0 and step % 100 == 99:
                rate = (step + 1 - first) * BATCH / (time.time() - begin)
                shown = " ".join(f"{name} {value:.3f}" for name, value in losses.items())
                print(f"step {step + 1}/{len(todo)} done {done:.2f} rows/s {rate:.1f} {shown}", flush=True)
            if rank == 0 and step % 400 == 399:
                torch.save({"network": network.state_dict(), "step": step + 1}, checkpoint)
        if rank == 0:
            torch.save({"network": network.state_dict(), "step": step + 1}, checkpoint)

    progress = torch.zeros(1).share_memory_()
    workers = [processes.Process(target=work, args=(rank,)) for rank in range(WORKERS)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if any(worker.exitcode for worker in workers):
        raise RuntimeError("a training process ended early; its error stands above")


def by_head(network: Network, part: list[Example], padding: int) -> dict[str, Tensor]:
    """The sum of the losses of each head's rows."""
    pooled = network.drop(network.pooled(*pad([ids for _, ids, _, _ in part], padding)))
    found = {}
    for head in dict.fromkeys(head for head, *_ in part):
        places = [i for i, example in enumerate(part) if example[0] == head]
        labels = torch.tensor([part[i][2] for i in places])
        weights = torch.tensor([part[i][3] for i in places])
        loss = functional.cross_entropy(network.heads[head](pooled[places]), labels, reduction="none")
        found[head] = (loss * weights).sum()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("base", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--until")
    parser.add_argument("--resume", action="store_true", help="go on from the checkpoint in OUT")
    parser.add_argument("--short", action="store_true", help="a tenth of the work")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--layers", type=int, default=8, help="keep so many of the base's, from the bottom")
    args = parser.parse_args()
    torch.manual_seed(1)  # all runs start alike, so that their weights may be averaged
    args.out.mkdir(parents=True, exist_ok=True)
    tokenizer = Tokenizer.from_file(str(args.base / "tokenizer.json"))
    passes = SHORT if args.short else LONG
    todo = plan(args.data, tokenizer, passes, random.Random(args.seed))  # noqa: S311
    network = start(args.base, args.layers)
    checkpoint, first = args.out / "network.pt", 0
    if args.resume:
        saved = torch.load(checkpoint, weights_only=True)
        network.load_state_dict(saved["network"])
        first = saved["step"]
    learn(network, todo, first, tokenizer.token_to_id("<pad>"), deadline(args.until), checkpoint)
    figures = validation(args.data, lambda texts: scores(network, tokenizer, texts))
    (args.out / "figures.json").write_text(json.dumps(figures, indent=1))
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
