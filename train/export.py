"""Turn a trained network into the folder that the installation ships, and measure what that costs.

    python -m train.export BASE TAUGHT LONG TEACHER DATA OUT

1. The weights of two runs are averaged, one with and one without a teacher: each is better at something, and the average
   keeps most of both (Wortsman et al. 2022, "Model soups").
2. The embedding (train/embedding.py) is fitted to the layers as they are now.
3. Each head gets the scale (Guo et al. 2017), and with two labels the bias (Platt 1999), that make its probabilities honest
   on the held-out rows.
4. The graph is written in fp32 and with 8-bit weights and activations (train/quantise.py), both are measured through
   `classifiers.bundled`, and the second is put in OUT with its manifest. TAUGHT/export.json has the figures.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import shutil
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer

from classifiers.bundled import EXAMPLES, Bundled
from train import examples
from train.calibration import fit
from train.data import HEADS, LANGUAGES, Row, posts, tasks
from train.embedding import LAYERS, pooled_layers, target
from train.embedding import fit as fit_embedding
from train.graph import build
from train.measure import bundled_scores, topics, validation
from train.network import LONGEST, PREFIX, scores, start
from train.quantise import ranges

LONG_SHARE = 0.4
NAME = "snapwatch-e5-small-3"
Array = NDArray[np.float32]


def mixed(taught: Path, long: Path) -> dict[str, torch.Tensor]:
    a, b = (torch.load(path, weights_only=True)["network"] for path in (taught, long))
    return {n: v.lerp(b[n], LONG_SHARE) if v.is_floating_point() else v for n, v in a.items()}


def share_shift(part: list[Row], all_: list[Row]) -> float:
    """In log-odds: how much likelier the second label is in the whole set than in the part, by the luck of the draw."""

    def odds(rows: list[Row]) -> float:
        share = float(np.mean([row.label for row in rows]))
        return float(np.log(share / (1 - share)))

    return odds(all_) - odds(part)


def prepare_parts(base: Path, taught: Path, long: Path, teacher: Path, data: Path) -> dict[str, Any]:
    """Everything that the graph needs beside the weights, and the figures of the network as trained."""
    tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
    rng = random.Random(3)  # noqa: S311
    texts = posts(data)
    before = np.load(teacher)["before"]
    network = start(base, max(LAYERS))
    network.load_state_dict(mixed(taught / "network.pt", long / "network.pt"))
    embedding = fit_embedding(target(before), pooled_layers(network, tokenizer, texts, LAYERS))
    known = tasks(data)
    groups: dict[tuple[str, str], list[str]] = defaultdict(list)
    for head, task in known.items():
        for row in task.train:
            groups[head, row.group].append(row.text)
    learnt = [text for group in groups.values() for text in rng.sample(group, min(len(group), 50))]

    check = scores(network, tokenizer, texts[:64])["sentiment"]
    measured = ranges(network, tokenizer, learnt)

    heads: dict[str, dict[str, Any]] = {}
    for head, its_labels in HEADS.items():
        part = known[head].held_out
        part = rng.sample(part, min(len(part), 3000))
        found = scores(network, tokenizer, [r.text for r in part])[head]
        # Two labels: Platt's scaling was better than a temperature on the other half of the rows (bench/classifier.py).
        # Not for complaint: the random tweets of its set, which no monitor meets, would draw plain complaints below 0.5.
        biased = len(its_labels) == 2 and head != "complaint"
        scaling = fit(found, np.array([r.label for r in part]), biased=biased)
        bias = scaling.bias
        if biased:
            bias = bias + np.array([0, share_shift(part, [*known[head].train, *known[head].held_out])])
        network.heads[head].bias.data += torch.tensor(bias / scaling.scale, dtype=torch.float32)
        heads[head] = {"labels": list(its_labels), "scale": round(scaling.scale, 3)}
    return {
        "state": {name: value.numpy() for name, value in network.state_dict().items()},
        "embedding": embedding,
        "ranges": measured,
        "heads": heads,
        "pad": tokenizer.token_to_id("<pad>"),
        "check": (texts[:64], check),
    }


def write(parts: dict[str, Any], base: Path, out: Path, whole_numbers: bool) -> None:
    """The folder that classifiers/bundled.py reads."""
    config = json.loads((base / "config.json").read_text())
    model = build(
        parts["state"], list(HEADS), parts["ranges"] if whole_numbers else None, pad=parts["pad"],
        attention_heads=config["num_attention_heads"], layers=max(LAYERS), eps=config["layer_norm_eps"],
        embedding_layers=LAYERS, embedding=parts["embedding"], longest=LONGEST,
    )  # fmt: skip
    out.mkdir(parents=True, exist_ok=True)
    onnx.save(model, out / "model.onnx")
    shutil.copy(base / "tokenizer.json", out / "tokenizer.json")
    files = ("model.onnx", "tokenizer.json")
    manifest = {
        "name": NAME,
        "sha256": {name: hashlib.sha256((out / name).read_bytes()).hexdigest() for name in files},
        "prefix": PREFIX,
        "longest": LONGEST,
        "pad": parts["pad"],
        "languages": sorted(LANGUAGES.values()),
        "heads": parts["heads"],
    }
    (out / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n")
    examples.write(out)


def agree(folder: Path, texts: list[str], sentiment: Array) -> None:
    """ValueError when the graph does not compute what the network computes."""
    model = Bundled(folder)
    power = sentiment ** model._heads["sentiment"]["scale"]
    found = bundled_scores(model, texts)["sentiment"]
    difference = float(np.abs(found - power / power.sum(1, keepdims=True)).max())
    if difference > 1e-3:
        raise ValueError(f"the graph differs from the network by {difference}")


def measure(folder: Path, data: Path, reference: Path | None, sample: int | None) -> dict[str, float]:
    """Quality, size and speed of one folder; with a reference also how far its answers are from that one's."""
    model = Bundled(folder)
    figures = validation(data, lambda texts: bundled_scores(model, texts), sample)
    figures |= topics(data, model, sample)
    model = Bundled(folder, threads=1)
    figures["MB"] = round(sum(f.stat().st_size for f in folder.iterdir()) / 1e6, 1)
    texts = [r.text for r in tasks(data)["sentiment"].held_out[:320]]
    model.classify(texts[:32])
    rows = model._encode(texts)
    begin = time.process_time()
    for i in range(0, len(rows), 32):
        model._run(rows[i : i + 32])
    figures["texts per second of one core"] = round(len(texts) / (time.process_time() - begin), 1)
    together, alone = model.classify(texts[:64]), [model.classify([text])[0] for text in texts[:64]]
    figures["largest change of complaint by the batch"] = largest(together, alone)
    if reference is not None:
        figures["largest change of complaint against fp32"] = largest(
            model.classify(texts), Bundled(reference).classify(texts)
        )
    return figures


def largest(a: list[Any], b: list[Any]) -> float:
    return round(max(abs(x.complaint - y.complaint) for x, y in zip(a, b, strict=True)), 5)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("base", type=Path)
    parser.add_argument("taught", type=Path)
    parser.add_argument("long", type=Path)
    parser.add_argument("teacher", type=Path, help="what train/teacher.py wrote")
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--sample", type=int, help="measure on so many rows of each set only")
    args = parser.parse_args()
    parts = prepare_parts(args.base, args.taught, args.long, args.teacher, args.data)
    figures = {}
    for kind in ("fp32", "int8"):
        folder = args.taught / kind
        write(parts, args.base, folder, kind == "int8")
        if kind == "fp32":
            agree(folder, *parts["check"])
        reference = None if kind == "fp32" else args.taught / "fp32"
        figures[kind] = measure(folder, args.data, reference, args.sample)
        print(kind, json.dumps(figures[kind], indent=1), flush=True)
    (args.taught / "export.json").write_text(json.dumps(figures, indent=1))
    for name in ("model.onnx", "tokenizer.json", "manifest.json", EXAMPLES):
        args.out.mkdir(parents=True, exist_ok=True)
        shutil.copy(args.taught / "int8" / name, args.out / name)


if __name__ == "__main__":
    main()
