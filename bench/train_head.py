"""What `label` and `train-head` make of a team's own categories, through the real commands.

    python -m bench.train_head [DATA] [--sample 5000]      # needs scikit-learn; writes bench/results/train_head.json

DATA is the folder of labelled posts that train/README.md names. The nine airline reasons, which no shipped weight has
seen, stand for a brand's categories. A fifth of the posts is set aside by the hash of its text and never labelled; what
`classify` says of them is measured after ten examples a category in the configuration, and after all other posts were
labelled and `train-head` ran.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import tomlkit
from sklearn.metrics import f1_score

from bench.reasons import NONE, examples, name
from bench.report import write
from classifiers import categories, learn
from train.data import Row, airline
from train.measure import some

ROOT = Path(__file__).resolve().parents[1]
SNAPWATCH = Path(sys.executable).with_name("snapwatch")


def set_aside(row: Row) -> bool:
    """A fifth. Not the one that `train-head` holds out: that is a part of what is labelled."""
    return hashlib.sha256(f"set aside {learn.key(row.text)}".encode()).digest()[0] % 5 == 0


def configure(folder: Path, own: dict[str, tuple[str, ...]]) -> None:
    """The example configuration with these categories and, but for "other", no shipped ones."""
    document = tomlkit.parse((ROOT / "config.example.toml").read_text(encoding="utf-8"))
    removed = {each: () for each in categories.shipped() if each != categories.OTHER}
    document["classifier"]["categories"] = removed | own
    (folder / "config.toml").write_text(tomlkit.dumps(document), encoding="utf-8")


def snapwatch(folder: Path, *arguments: str, lines: Iterable[object] = ()) -> tuple[str, float]:
    """What the command prints, and its seconds from start to end. It must end well."""
    begin = time.perf_counter()
    done = subprocess.run(  # noqa: S603
        [SNAPWATCH, *arguments],
        cwd=folder,
        input="".join(json.dumps(line) + "\n" for line in lines),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stdout, time.perf_counter() - begin


def quality(folder: Path, asked: Sequence[Row]) -> float:
    """Macro-F1 over the nine reasons of what `classify` says."""
    lines = [{"id": place, "text": row.text} for place, row in enumerate(asked)]
    answers, _ = snapwatch(folder, "classify", lines=lines)
    said = [json.loads(line)["category"] for line in answers.splitlines()]
    truth = [name(row.group) for row in asked]
    return round(float(f1_score(truth, said, average="macro", labels=sorted(set(truth)))), 4)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, nargs="?", default=ROOT.parent / "shared" / "data")
    parser.add_argument("--sample", type=int, help="use at most so many posts")
    args = parser.parse_args()
    different = {learn.key(row.text): row for row in airline(args.data) if row.group not in NONE}
    rows = some(list(different.values()), args.sample)
    asked, labelled = [row for row in rows if set_aside(row)], [row for row in rows if not set_aside(row)]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        configure(folder, examples(labelled, random.Random(0)))
        figures: dict[str, object] = {
            "posts labelled": len(labelled),
            "posts asked": len(asked),
            "macro-F1 by ten examples a category": quality(folder, asked),
        }
        lines = [{"text": row.text, "category": name(row.group)} for row in labelled]
        _, seconds = snapwatch(folder, "label", "--file", "-", lines=lines)
        figures["label --file, s"] = round(seconds, 1)
        table, seconds = snapwatch(folder, "train-head")
        print(table)
        figures["train-head, s"] = round(seconds, 1)
        figures["macro-F1 after train-head"] = quality(folder, asked)
    write("train_head", figures)


if __name__ == "__main__":
    main()
