"""Fine-tune the base on all tasks at once.

    python -m train.train BASE DATA OUT [--kind taught --teacher FILE] [--until HH:MM] [--layers 8]

Every batch holds rows of all tasks in random order, so the run may be stopped anywhere and every task has had its
share. Each batch holds texts of similar length, which saves a third of the work. The word embeddings are frozen: the
rare words of other languages stay where the base has put them. With a teacher some rows are posts without labels: they
teach how likely each is a complaint, and keep the layers such that its topic can be told. The learning rate falls to
zero at the last step or at `--until` (UTC), whichever comes first.
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
from typing import NamedTuple

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional

from train.data import Row, key, posts, tasks
from train.embedding import LAYERS, SIZE, fit, pooled_layers, side_by_side, target, unit
from train.measure import validation
from train.network import Network, encode, pad, scores, start

BATCH, LONGEST = 32, 56
WORKERS = 2
"""Processes that share the weights in memory and meet three times a step: a quarter faster than two threads."""
RATE, HEAD_RATE, WARM_UP = 6e-5, 1e-3, 0.06
PASSES: dict[str, dict[str, float]] = {
    "long": {
        "complaint": 8, "sentiment": 2.5, "severity": 5, "sarcasm": 6, "emotion": 6, "offensive": 3, "relevance": 5,
    },
    "taught": {
        "complaint": 3, "sentiment": 1.7, "severity": 4, "sarcasm": 6, "emotion": 6, "offensive": 3, "relevance": 4,
        "teacher": 3,
    },
    "short": {
        "complaint": 3, "sentiment": 0.3, "severity": 1, "sarcasm": 1, "emotion": 1, "offensive": 0.3, "relevance": 1,
    },
    "twelve": {"complaint": 4, "sentiment": 0.15, "emotion": 0.5, "offensive": 0.1},
}  # fmt: skip
"""Passes over the rows of each task in each kind of run."""

TOPIC_WEIGHT = 2.0
"""What the distance of a topic counts against the loss of a head."""

Example = tuple[str, list[int], int, float]
"""Head or "teacher", word pieces, label or number of the post, and how much the row counts."""


class Taught(NamedTuple):
    """Of each post without labels how likely it is a complaint (posts,), its topic (posts, 256), of length one, and
    the map of the layers' outputs to the topic, which is learnt too."""

    complaint: Tensor
    topic: Tensor
    to_topic: nn.Linear


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
    data: Path, tokenizer: Tokenizer, passes: dict[str, float], rng: random.Random, *, taught: bool
) -> list[list[Example]]:
    """All batches of the run, in order: every task in every batch, texts of similar length side by side."""
    known, unseen = {}, set()
    for head, task in tasks(data).items():
        print(f"{head}: {len(task.train)} rows to learn from, {len(task.held_out)} held out", flush=True)
        known[head] = examples(head, task.train, tokenizer)
        unseen |= {key(row.text) for row in task.held_out}
    if taught:
        rows = [Row(text, i) for i, text in enumerate(posts(data)) if key(text) not in unseen]
        known["teacher"] = examples("teacher", rows, tokenizer)
    found: list[Example] = []
    for head, its in known.items():
        for whole in range(math.ceil(passes.get(head, 0))):
            found += rng.sample(its, round(len(its) * min(passes[head] - whole, 1)))
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
    network: Network,
    todo: list[list[Example]],
    padding: int,
    end: float,
    checkpoint: Path,
    taught: Taught | None,
) -> None:
    """Take the steps of the plan, in `WORKERS` processes that share the weights."""
    torch.set_num_threads(1)
    network.encoder.embeddings.word_embeddings.weight.requires_grad = False
    network.share_memory()
    body = [p for p in network.encoder.parameters() if p.requires_grad]
    heads = list(network.heads.parameters())
    if taught:
        heads += list(taught.to_topic.share_memory().parameters())
    gradients = [[torch.zeros_like(p).share_memory_() for p in body + heads] for _ in range(WORKERS)]
    sizes = torch.zeros(WORKERS).share_memory_()
    processes = multiprocessing.get_context("fork")
    barrier = processes.Barrier(WORKERS)
    begin = time.time()

    def work(rank: int) -> None:
        """Each process computes its part of every batch, and moves its part of the weights."""
        torch.manual_seed(rank)
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
        losses = dict.fromkeys(sorted({head for batch in todo for head, *_ in batch}), 0.0)
        for step in range(len(todo)):
            # Every process must come to the same end, so the clock of the first decides.
            if rank == 0:
                now = (time.time() - begin) / (end - begin)
                progress[0] = max(step / len(todo), now)
            barrier.wait()
            done = float(progress[0])
            if done >= 1:
                break
            warm = min((step + 1) / (WARM_UP * len(todo)), 1)
            for group in optimiser.param_groups:
                group["lr"] = group["base"] * warm * min((1 - done) / (1 - WARM_UP), 1)
            for gradient in gradients[rank]:
                gradient.zero_()
            part = todo[step][rank::WORKERS]
            found = by_head(network, part, padding, taught)
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
                rate = (step + 1) * BATCH / (time.time() - begin)
                shown = " ".join(f"{name} {value:.3f}" for name, value in losses.items())
                print(f"step {step + 1}/{len(todo)} done {done:.2f} rows/s {rate:.1f} {shown}", flush=True)
            if rank == 0 and step % 400 == 399:
                torch.save({"network": network.state_dict()}, checkpoint)
        if rank == 0:
            torch.save({"network": network.state_dict()}, checkpoint)

    progress = torch.zeros(1).share_memory_()
    workers = [processes.Process(target=work, args=(rank,)) for rank in range(WORKERS)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if any(worker.exitcode for worker in workers):
        raise RuntimeError("a training process ended early; its error stands above")


def by_head(
    network: Network, part: list[Example], padding: int, taught: Taught | None = None
) -> dict[str, Tensor]:
    """The sum of the losses of each head's rows."""
    ids, mask = pad([ids for _, ids, _, _ in part], padding)
    hidden = network.hidden(ids, mask)
    pooled = network.drop(side_by_side(hidden, mask, (-1,)))
    found = {}
    for head in dict.fromkeys(head for head, *_ in part):
        places = [i for i, example in enumerate(part) if example[0] == head]
        labels = torch.tensor([part[i][2] for i in places])
        if head == "teacher" and taught:
            said = network.heads["complaint"](pooled[places])
            yes = taught.complaint[labels]
            loss = functional.cross_entropy(said, torch.stack([1 - yes, yes], 1), reduction="sum")
            topic = taught.to_topic(side_by_side(hidden, mask, LAYERS)[places])
            near = functional.cosine_similarity(topic, taught.topic[labels])
            found[head] = loss + TOPIC_WEIGHT * (1 - near).sum()
        else:
            weights = torch.tensor([part[i][3] for i in places])
            loss = functional.cross_entropy(network.heads[head](pooled[places]), labels, reduction="none")
            found[head] = (loss * weights).sum()
    return found


def teaching(file: Path, data: Path, network: Network, tokenizer: Tokenizer) -> Taught:
    """What train/teacher.py wrote, and the map to the topic as it is before training."""
    wanted = np.load(file)
    topic = target(wanted["before"])
    weight, bias = fit(topic, pooled_layers(network, tokenizer, posts(data), LAYERS))
    to_topic = nn.Linear(weight.shape[1], SIZE)
    to_topic.weight.data, to_topic.bias.data = torch.tensor(weight), torch.tensor(bias)
    return Taught(torch.tensor(wanted["complaint"]).float(), torch.tensor(unit(topic)).float(), to_topic)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("base", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--until")
    parser.add_argument("--teacher", type=Path, help="what train/teacher.py wrote")
    parser.add_argument("--kind", choices=PASSES, default="long")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--layers", type=int, default=8, help="keep so many of the base's, from the bottom")
    args = parser.parse_args()
    torch.manual_seed(1)  # all runs start alike, so that their weights may be averaged
    args.out.mkdir(parents=True, exist_ok=True)
    tokenizer = Tokenizer.from_file(str(args.base / "tokenizer.json"))
    todo = plan(args.data, tokenizer, PASSES[args.kind], random.Random(args.seed), taught=bool(args.teacher))  # noqa: S311
    network = start(args.base, args.layers)
    taught = teaching(args.teacher, args.data, network, tokenizer) if args.teacher else None
    end, checkpoint = deadline(args.until), args.out / "network.pt"
    learn(network, todo, tokenizer.token_to_id("<pad>"), end, checkpoint, taught)
    figures = validation(args.data, lambda texts: scores(network, tokenizer, texts))
    (args.out / "figures.json").write_text(json.dumps(figures, indent=1))
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
