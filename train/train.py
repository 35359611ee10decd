"""Fine-tune the base on all tasks at once.

    python -m train.train BASE DATA OUT [--until HH:MM] [--resume] [--seed 1] [--semeval 28000]

Batches hold one task each and are drawn in random order over the whole run, so it may be stopped anywhere and every
task has had its share. Each batch holds texts of similar length, which saves a third of the work. The word
embeddings are frozen: the rare words of other languages stay where the base has put them. The learning rate falls to
zero at the last step or at `--until` (UTC), whichever comes first.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch.nn import functional

from train.data import HEADS, Row, tasks
from train.measure import validation
from train.network import Network, encode, pad, scores, start

BATCH, LONGEST = 32, 56
THREADS = 2
RATE, HEAD_RATE, WARM_UP = 6e-5, 1e-3, 0.06
PASSES = {"complaint": 3, "sentiment": 1, "severity": 2, "sarcasm": 1}

Batch = tuple[str, list[list[int]], list[int]]


def batches(head: str, rows: list[Row], tokenizer: Tokenizer, rng: random.Random) -> list[Batch]:
    """One pass over the rows in random order, sorted by length within every 16 batches."""
    rows = rng.sample(rows, len(rows))
    encoded = list(
        zip(encode(tokenizer, [r.text for r in rows], LONGEST), (r.label for r in rows), strict=True)
    )
    found: list[Batch] = []
    for i in range(0, len(encoded), BATCH * 16):
        chunk = sorted(encoded[i : i + BATCH * 16], key=lambda pair: len(pair[0]))
        for j in range(0, len(chunk), BATCH):
            part = chunk[j : j + BATCH]
            found.append((head, [ids for ids, _ in part], [label for _, label in part]))
    return found


def plan(data: Path, tokenizer: Tokenizer, semeval: int, rng: random.Random) -> list[Batch]:
    """All batches of the run, in order. Of SemEval, the largest set, a random part is taken."""
    found: list[Batch] = []
    for head, task in tasks(data).items():
        rows = task.train
        if head == "sentiment":
            english = [row for row in rows if row.group == "semeval"]
            rows = [row for row in rows if row.group != "semeval"] + rng.sample(
                english, min(semeval, len(english))
            )
        print(f"{head}: {len(rows)} rows to learn from, {len(task.held_out)} held out", flush=True)
        for _ in range(PASSES[head]):
            found += batches(head, rows, tokenizer, rng)
    rng.shuffle(found)
    return found


def deadline(until: str | None) -> float:
    if until is None:
        return float("inf")
    now = datetime.now(UTC)
    hour, minute = map(int, until.split(":"))
    moment = now.replace(hour=hour, minute=minute, second=0)
    return (moment if moment > now else moment + timedelta(days=1)).timestamp()


def learn(
    network: Network, todo: list[Batch], first: int, padding: int, end: float, checkpoint: Path
) -> None:
    """Take the steps `first`, `first` + 1, … of the plan. Each thread computes half of a batch: two halves that meet
    once a step lose much less on a shared machine than two threads that meet in every operation."""
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    network.encoder.embeddings.word_embeddings.weight.requires_grad = False
    heads = list(network.heads.parameters())
    body = [p for p in network.encoder.parameters() if p.requires_grad]
    groups = [{"params": body, "base": RATE}, {"params": heads, "base": HEAD_RATE}]
    optimiser = torch.optim.AdamW(groups, lr=RATE, weight_decay=0.01, fused=True)
    begin = time.time()
    losses: dict[str, float] = dict.fromkeys(HEADS, 0.0)
    network.train()

    def half(head: str, rows: list[list[int]], labels: list[int], whole: int) -> float:
        logits = network(*pad(rows, padding))[head]
        loss = functional.cross_entropy(logits, torch.tensor(labels), reduction="sum") / whole
        loss.backward()
        return loss.item()

    with ThreadPoolExecutor(THREADS) as pool:
        for step in range(first, len(todo)):
            head, rows, labels = todo[step]
            done = max(step / len(todo), (time.time() - begin) / (end - begin))
            if done >= 1:
                break
            warm = min((step - first) / (WARM_UP * len(todo)), 1)
            for group in optimiser.param_groups:
                group["lr"] = group["base"] * warm * min((1 - done) / (1 - WARM_UP), 1)
            optimiser.zero_grad()
            parts = [
                pool.submit(half, head, rows[i::THREADS], labels[i::THREADS], len(rows))
                for i in range(THREADS)
            ]
            loss = sum(part.result() for part in parts)
            torch.nn.utils.clip_grad_norm_(body + heads, 1.0)
            optimiser.step()
            losses[head] += 0.05 * (loss - losses[head])
            if step % 50 == 49:
                rate = (step + 1 - first) * BATCH / (time.time() - begin)
                shown = " ".join(f"{name} {value:.3f}" for name, value in losses.items())
                print(
                    f"step {step + 1}/{len(todo)} done {done:.2f} rows/s {rate:.1f} loss {shown}", flush=True
                )
            if step % 200 == 199:
                torch.save({"network": network.state_dict(), "step": step + 1}, checkpoint)
    torch.save({"network": network.state_dict(), "step": step + 1}, checkpoint)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("base", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--until")
    parser.add_argument("--resume", action="store_true", help="go on from the checkpoint in OUT")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--semeval", type=int, default=28_000)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    args.out.mkdir(parents=True, exist_ok=True)
    tokenizer = Tokenizer.from_file(str(args.base / "tokenizer.json"))
    todo = plan(args.data, tokenizer, args.semeval, random.Random(args.seed))  # noqa: S311
    network = start(args.base)
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
