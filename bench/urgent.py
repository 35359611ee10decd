"""What pages at once without waiting for spread: how much of it is found, and how much else is taken for it.

    python -m bench.urgent [DATA] [--show]

`urgent.toml` has written sentences that are urgent, and ordinary ones with the same words in them; DATA is the folder of
the airline posts and the customers' tweets to brands, on which a page at once is rare: `--show` prints those that page,
to be read. By the rule of monitor/rules.py: not glad, and SURE of the category; beside it, what paged if it had to be a
complaint as well. Writes bench/results/urgent.json.
"""

from __future__ import annotations

import argparse
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from bench import report
from bench.classifier import DATA
from bench.models import bundled
from bench.series import rows
from classifiers.bundled import Bundled
from monitor.rules import GLAD, SURE
from monitor.sections import RulesSettings

TEXTS = Path(__file__).with_name("urgent.toml")
LEVELS = (0.8, 0.95, 0.98, SURE)
POSTS = {"airline": "text", "reply_pairs": "customer_text"}
"""The sets of real posts, and the field of each that is the text."""


class Said(NamedTuple):
    """What the model says of a text: `category` is empty where it is glad."""

    category: str
    score: float
    complaint: bool


def ask(model: Bundled, texts: Sequence[str]) -> list[Said]:
    at = RulesSettings().complaint_at
    return [
        Said(
            "" if found.sentiment.positive >= GLAD and found.complaint < at else found.category or "",
            found.category_score or 0.0,
            found.complaint >= at,
        )
        for found in model.classify(texts)
    ]


def measure(data: Path, *, show: bool = False) -> dict[str, float]:
    model = bundled()
    urgent = RulesSettings().urgent
    figures: dict[str, float] = {}
    for name, sentences in tomllib.loads(TEXTS.read_text(encoding="utf-8")).items():
        said = ask(model, sentences)
        figures[f"{name}: sentences"] = len(said)
        for level in LEVELS:
            figures |= counted(f"{name}: page at {level}", [e for e in said if e.category in urgent], level)
    for name, field in POSTS.items():
        texts = list(dict.fromkeys(row[field] for row in rows(data, name)))
        said = ask(model, texts)
        figures[f"{name}: posts"] = len(texts)
        for each in urgent:
            for level in LEVELS:
                figures |= counted(
                    f"{name}: {each} at {level}", [e for e in said if e.category == each], level
                )
            if show:
                paging = [
                    text
                    for text, e in zip(texts, said, strict=True)
                    if e.category == each and e.score >= SURE
                ]
                print(*(f"{name} {each}: {text!r}" for text in paging), sep="\n")
    return figures


def counted(name: str, said: Sequence[Said], level: float) -> dict[str, float]:
    sure = [each for each in said if each.score >= level]
    return {name: len(sure), f"{name}, complaints only": sum(each.complaint for each in sure)}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, nargs="?", default=DATA)
    parser.add_argument("--show", action="store_true", help="print the real posts that page at once")
    args = parser.parse_args()
    report.write("urgent", measure(args.data, show=args.show))


if __name__ == "__main__":
    main()
