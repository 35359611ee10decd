"""How fast `snapwatch classify` is as a whole command, from JSON Lines to JSON Lines, and how much memory it takes.

    python -m bench.classifier_speed [--texts 2000] [--rounds 5] [--python PYTHON]

PYTHON has torch and transformers (default: this one); with it the same texts go through `transformers.pipeline`, same
architecture, fp32, default batch size (bench/pipeline_baseline.py), in turn with the command: A B B A A B … The ratio is
a hard one: our whole command, start and loading included, against the pipeline's call alone. Without torch that part is
left out. Writes bench/results/classifier_speed.json.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
import tomllib
from pathlib import Path
from statistics import median
from typing import NamedTuple

from tokenizers import Tokenizer

from bench.report import write
from classifiers.bundled import FOLDER

ROOT = Path(__file__).parents[1]
TOKENIZER = FOLDER / "tokenizer.json"
LENGTHS = range(25, 38)
"""Word pieces of a text, the two that mark its ends included; 31 on average."""
CLASSIFY = [sys.executable, "-c", "from monitor.cli import main; main()", "classify"]


class Run(NamedTuple):
    seconds: float
    processor_seconds: float
    megabytes: float
    errors: str


def texts(count: int) -> list[str]:
    """So many different ones of about thirty word pieces: the posts of bench/stories.toml in pairs."""
    stories = tomllib.loads((ROOT / "bench" / "stories.toml").read_text(encoding="utf-8"))
    posts = [post for story in stories.values() for post in story]
    pairs = [f"{a} {b}" for a in posts for b in posts if a != b]
    tokenizer = Tokenizer.from_file(str(TOKENIZER))
    lengths = [len(encoding.ids) for encoding in tokenizer.encode_batch(pairs)]
    fitting = [pair for pair, length in zip(pairs, lengths, strict=True) if length in LENGTHS]
    if len(fitting) < count:
        raise SystemExit(f"only {len(fitting)} texts of that length can be made")
    return random.Random(1).sample(fitting, count)


def layers() -> int:
    """Of the shipped network, whose attention nodes are numbered from 0."""
    numbers = re.findall(rb"layer(\d+)\.attention", (FOLDER / "model.onnx").read_bytes())
    return 1 + max(map(int, numbers))


def run(command: list[str], lines: Path, folder: Path) -> Run:
    """The command with the lines as its input, in a folder without a configuration."""
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    with lines.open("rb") as stdin, (folder / "out").open("wb") as out, (folder / "err").open("wb") as err:
        begin = time.perf_counter()
        process = subprocess.Popen(command, stdin=stdin, stdout=out, stderr=err, cwd=folder, env=env)  # noqa: S603
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
    errors = (folder / "err").read_text(encoding="utf-8")
    answers = (folder / "out").read_bytes().count(b"\n")
    if process.returncode or answers != lines.read_bytes().count(b"\n"):
        raise SystemExit(f"{command} gave {answers} answers and status {process.returncode}:\n{errors}")
    unit = 1e6 if sys.platform == "darwin" else 1e3
    return Run(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / unit, errors)


def compare(lines: Path, one: Path, folder: Path, python: str | None, rounds: int) -> dict[str, object]:
    """Every figure's median, and where it says something the least and the most."""
    count = lines.read_bytes().count(b"\n")
    baseline = [python or "", "-m", "bench.pipeline_baseline", str(TOKENIZER), str(layers())]
    load = os.getloadavg()[0]
    ours, pipeline, first = [], [], []
    for number in range(rounds):
        for who in ("ours", "pipeline") if number % 2 == 0 else ("pipeline", "ours"):
            if who == "ours":
                first.append(run(CLASSIFY, one, folder))
                ours.append(run(CLASSIFY, lines, folder))
            elif python:
                whole = run(baseline, lines, folder)
                said = json.loads(whole.errors.splitlines()[-1])
                pipeline.append((said["answered"] - said["ready"], whole.seconds))
    seconds = median(each.seconds for each in ours)
    used, start = (median(each.processor_seconds for each in runs) for runs in (ours, first))
    figures: dict[str, object] = {
        "texts": count,
        "rounds": rounds,
        "load before and after": [round(load, 1), round(os.getloadavg()[0], 1)],
        "texts a second, whole command": round(count / seconds, 1),
        "texts a second, least and most": spread([count / each.seconds for each in ours]),
        "texts a second of one core": round(count / used, 1),
        "processor time of a text after the start, ms": round(1000 * (used - start) / count, 2),
        "processor time of the start, s": round(start, 2),
        "start to first answer, s": round(median(each.seconds for each in first), 2),
        "start to first answer, least and most": spread([each.seconds for each in first]),
        "resident memory, MB": round(max(each.megabytes for each in ours)),
    }
    if pipeline:
        calls, wholes = zip(*pipeline, strict=True)
        pairs = [call / each.seconds for call, each in zip(calls, ours, strict=True)]
        figures |= {
            "pipeline's texts a second": round(count / median(calls), 1),
            "times the pipeline's texts a second": round(median(calls) / seconds, 2),
            "times the pipeline, least and most": spread(pairs),
            "times the pipeline with its start": round(median(wholes) / seconds, 2),
        }
    return figures


def spread(values: list[float]) -> list[float]:
    return [round(min(values), 2), round(max(values), 2)]


def has_torch(python: str) -> bool:
    command = [python, "-c", "import torch, transformers"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0  # noqa: S603


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--texts", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--python", default=sys.executable, help="one that has torch and transformers")
    args = parser.parse_args()
    python = args.python if has_torch(args.python) else None
    if python is None:
        print(
            f"{args.python} has no torch and transformers: no comparison with the pipeline", file=sys.stderr
        )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lines, one = folder / "in.jsonl", folder / "one.jsonl"
        made = [json.dumps({"id": str(i), "text": text}) + "\n" for i, text in enumerate(texts(args.texts))]
        lines.write_text("".join(made), encoding="utf-8")
        one.write_text(made[0], encoding="utf-8")
        write("classifier_speed", compare(lines, one, folder, python, args.rounds))


if __name__ == "__main__":
    main()
