"""The table of what was tried in training, from bench/results/tried.jsonl (train/tried.py adds to it), as Markdown.

    python -m bench.tried [FILE]

Macro-F1 of complaint stands on 467 held-out rows: differences below .03 may be chance.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.report import RESULTS

COLUMNS = {
    "complaint: macro-F1 (AUC)": ("complaint: macro-F1", "complaint: AUC"),
    "no random negatives": (
        "complaint, no random negatives: macro-F1",
        "complaint, no random negatives: AUC",
    ),
    "→ airline": ("complaint -> airline negative: macro-F1", "complaint -> airline negative: AUC"),
    "SemEval, macro-recall": ("sentiment semeval: macro-recall",),
    "UMSAB, macro-recall": ("sentiment, mean of eight languages: macro-recall",),
    "irony: AUC": ("sarcasm: AUC",),
}


def cell(figures: Mapping[str, float], names: tuple[str, ...]) -> str:
    if names[0] not in figures:
        return "–"
    first, *more = (f"{figures[name]:.3f}".removeprefix("0") for name in names)
    return f"{first} ({more[0]})" if more else first


def table(tried: list[Mapping[str, Any]]) -> str:
    """One line a run, in the order of the file."""
    lines = ["| tried | seconds of one core | rows seen | " + " | ".join(COLUMNS) + " |"]
    lines.append("|---" * (3 + len(COLUMNS)) + "|")
    for run in tried:
        cells = [cell(run["figures"], names) for names in COLUMNS.values()]
        what = f"{run['variant']}: {run['what']}"
        lines.append(f"| {what} | {run['seconds']} | {run['rows seen']} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path, nargs="?", default=RESULTS / "tried.jsonl")
    lines = parser.parse_args().file.read_text(encoding="utf-8").splitlines()
    print(table([json.loads(line) for line in lines]))


if __name__ == "__main__":
    main()
