"""The bundled classifier beside the figures to reach, a TF-IDF + logistic regression, and any hub model.

    python -m bench.classifier [DATA] [--sample N] [--hub NAME|FOLDER [MEANING=LABEL ...]]

DATA is the folder of labelled posts that train/README.md names. Every figure is one on rows that no weight of the
bundled model has seen (train/data.py has the split), through the files that are shipped; the baseline learns from the
same rows as the model did. Speed and memory are those that bench/classifier_speed.py kept last. Writes
bench/results/classifier.json and docs/reliability.png. Needs the extra "bench", and "huggingface" for `--hub`.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import NamedTuple

from bench.report import RESULTS, keep

DATA = Path(__file__).parents[2] / "shared" / "data"
PICTURE = Path(__file__).parents[1] / "docs" / "reliability.png"
LANGUAGES = ("ar", "de", "en", "es", "fr", "hi", "it", "pt")


class Row(NamedTuple):
    """A row of the table: the figure and the value to reach, at least or `at_most`; None: nothing is asked."""

    figure: str
    reach: float | None = None
    at_most: bool = False

    def goal(self) -> str:
        return "" if self.reach is None else f"{'≤' if self.at_most else '≥'} {self.reach:g}"

    def reached(self, value: float | None) -> str:
        if self.reach is None or value is None:
            return ""
        return "yes" if (value <= self.reach if self.at_most else value >= self.reach) else "no"


ROWS = (
    Row("complaint: macro-F1", 0.90),
    Row("complaint: macro-F1, low end of the 95% interval"),
    Row("complaint: macro-F1, high end of the 95% interval"),
    Row("complaint: AUC"),
    Row("complaint, no random negatives: macro-F1", 0.84),
    Row("complaint, no random negatives: AUC"),
    Row("complaint -> airline negative: macro-F1", 0.86),
    Row("complaint -> airline negative: AUC"),
    Row("complaint: expected calibration error, cross-fitted", 0.03, at_most=True),
    Row("complaint: expected calibration error, by chance"),
    Row("sentiment semeval: macro-recall", 0.713),
    Row("sentiment, mean of eight languages: macro-F1", 0.68),
    Row("sentiment, mean of eight languages: macro-recall"),
    *(Row(f"sentiment {language}: macro-F1") for language in LANGUAGES),
    *(Row(f"sentiment {language}: macro-recall") for language in LANGUAGES),
    Row("airline reasons, ten examples each: macro-F1", 0.55),
    Row("airline reasons, ten written sentences each: macro-F1"),
    Row("airline reasons, train-head: macro-F1", 0.75),
    Row("sarcasm, TweetEval irony: F1 of irony", 0.72),
    Row("sarcasm: AUC"),
    Row("sarcasm -> iSarcasmEval: macro-F1"),
    Row("sarcasm -> iSarcasmEval: AUC"),
    Row("emotion: macro-F1", 0.76),
    Row("offensive: macro-F1", 0.79),
    Row("relevance: macro-F1"),
    Row("severity: macro-F1"),
    Row("severity: rank correlation"),
    Row("category: accuracy on airline"),
    Row("category: macro-recall on airline"),
    Row("stories: AUC"),
    Row("stories: same story first"),
    Row("weights, MB", 45, at_most=True),
    Row("texts a second, whole command", 450),
    Row("times the pipeline's texts a second", 6),
    Row("start to first answer, s", 2, at_most=True),
    Row("resident memory, MB", 400, at_most=True),
)


def table(columns: Mapping[str, Mapping[str, float]]) -> list[list[str]]:
    """The first column is the bundled model's, the one that is asked to reach anything."""
    ours = next(iter(columns.values()))
    lines = [["figure", "reach", "reached", *columns]]
    for row in ROWS:
        values = [figures.get(row.figure) for figures in columns.values()]
        shown = ["–" if value is None else f"{value:.4g}" for value in values]
        lines.append([row.figure, row.goal(), row.reached(ours.get(row.figure)), *shown])
    return lines


def show(lines: list[list[str]]) -> None:
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def speed() -> dict[str, float]:
    """What bench/classifier_speed.py measured last; nothing where it never ran."""
    kept = RESULTS / "classifier_speed.json"
    return dict(json.loads(kept.read_text(encoding="utf-8"))["figures"]) if kept.exists() else {}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, nargs="?", default=DATA)
    parser.add_argument("--sample", type=int, help="measure on at most so many rows of each set or language")
    parser.add_argument(
        "--hub", nargs="+", action="append", default=[], metavar=("NAME", "MEANING=LABEL"),
        help="another model in the same table; which of its labels mean complaint, negative, neutral and positive",
    )  # fmt: skip
    return parser.parse_args()


def main() -> None:
    args = arguments()
    # What the extra "bench" brings is asked for only now, so that --help works without it.
    from bench import models
    from bench.calibration import calibration, draw
    from bench.reasons import reasons
    from train.measure import Model, ask, bundled_scores, figures, interval, port_scores, topics

    bundled = models.bundled()
    asked: dict[str, Model] = {
        "bundled": partial(bundled_scores, bundled),
        "TF-IDF": models.baseline(args.data),
    }
    for name, *labels in args.hub:
        shown = Path(name).name if Path(name).is_dir() else name
        asked[shown] = partial(port_scores, models.hub(name, labels))
    columns: dict[str, dict[str, float]] = {}
    calibrated = {}
    for name, model in asked.items():
        answers = ask(args.data, model, args.sample)
        columns[name] = figures(answers)
        calibrated[name] = calibration(answers)
        complaint = calibrated[name]["complaint"]
        low, high = interval(answers["complaint"])
        columns[name] |= {
            "complaint: macro-F1, low end of the 95% interval": round(low, 4),
            "complaint: macro-F1, high end of the 95% interval": round(high, 4),
            "complaint: expected calibration error, cross-fitted": complaint["ECE, temperature"],
            "complaint: expected calibration error, by chance": complaint["ECE by chance"],
        }
        if name == "bundled":
            draw(answers, PICTURE)
    mine, baseline = reasons(args.data, bundled, args.sample)
    columns["bundled"] |= topics(args.data, bundled, args.sample) | mine | models.size() | speed()
    columns["TF-IDF"] |= baseline
    lines = table(columns)
    show(lines)
    keep(
        "classifier",
        {
            "model": bundled.version,
            "rows of each set at most": args.sample,
            "figures": columns,
            "calibration": calibrated,
        },
    )


if __name__ == "__main__":
    main()
