"""`snapwatch classify`: JSON Lines in, JSON Lines out, in the same order, as fast as they come."""

from __future__ import annotations

import json
import os
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from threading import Thread
from typing import TYPE_CHECKING, Any, BinaryIO, TextIO

from classifiers import language
from classifiers.explain import Explanation, coloured, explain
from monitor import rules
from monitor.errors import InputError
from monitor.exchange import parse_object
from monitor.intake.streaming import windows
from monitor.learning.classified import classified
from monitor.learning.learnt import build_taught
from monitor.log import configure_log
from monitor.model import Classification, Emotion, Sentiment
from monitor.sections import LogSettings

if TYPE_CHECKING:
    from monitor.config import Config

_JSON = json.JSONEncoder(allow_nan=False)

RELEVANT_AT = 0.5
"""From which `relevant` is true where no configuration names a brand and its own threshold."""


def classify(config: Config | None, lines: BinaryIO, out: TextIO, *, explained: bool = False) -> int:
    """One line of results for each good line, in order; bad lines are named on standard error and cost status 1.

    Without a configuration the bundled model answers. Results are written as soon as they are known: a line that
    comes alone is answered alone. `explained` adds the words that moved the decision.
    """
    configure_log(config.log if config else LogSettings())
    Thread(target=language.ready).start()  # beside the model that is built meanwhile
    read = partial(classified, build_taught(config))
    number = bad = 0
    with _progress(lines, out) as advance:
        for window in windows(lines):
            items: list[tuple[int, dict[str, Any]]] = []
            problems: list[str] = []
            for line in window:
                number += 1
                try:
                    items += [(number, _item(line))] if line.strip() else []
                except InputError as error:
                    problems.append(f"line {number}: {error}")
            answers = read([item["text"] for _, item in items])
            for (at, item), found in zip(items, answers, strict=True):
                why = explain(read, item["text"]) if explained and found is not None else None
                if found is None or not _write(item, found, why, config, out):
                    problems.append(f"line {at}: the classifier can't read this text")
                elif why is not None and why.unknown:
                    problems.append(
                        f"line {at}: {why.unknown} of {why.words} words has no effect told: "
                        "without it the classifier can't read the text"
                    )
            out.flush()
            for problem in problems:
                print(problem, file=sys.stderr)
            bad += len(problems)
            advance(len(items), sum(map(len, window)) + len(window))
    return 1 if bad else 0


def _write(
    item: dict[str, Any], found: Classification, why: Explanation | None, config: Config | None, out: TextIO
) -> bool:
    """A line of JSON; an explanation on a terminal is for a person, in colours. False, and nothing is written, when what
    was found is no number."""
    if why is not None and out.isatty():
        shown = coloured(str(item["id"]), item["text"], found.complaint, why.effects)
        from rich.console import Console

        Console(file=out, highlight=False).print(shown, soft_wrap=True)
        return True
    answer = _answer(item, found, config)
    if why is not None:
        answer["explain"] = [asdict(each) for each in why.effects]
    try:
        line = _JSON.encode(answer)
    except ValueError:
        return False
    out.write(line + "\n")
    return True


def _item(line: bytes) -> dict[str, Any]:
    item = parse_object(line)
    if "id" not in item or not isinstance(item.get("text"), str):
        raise InputError('an object with "id" and "text" is expected, text as a string')
    return item


def _answer(item: dict[str, Any], found: Classification, config: Config | None) -> dict[str, Any]:
    return {
        "id": item["id"],
        "complaint": found.complaint,
        "sentiment": _as_dict(found.sentiment),
        "severity": {"label": found.severity, "score": found.severity_score},
        "category": found.category,
        "language": found.language,
        "language_measured": found.measured,
        "sarcasm": found.sarcasm,
        "emotion": _as_dict(found.emotion) if found.emotion else None,
        "offensive": found.offensive,
        "relevance": found.relevance,
        "model": found.model,
        "relevant": _relevant(item["text"], found, config),
    }


def _as_dict(numbers: Sentiment | Emotion) -> dict[str, float]:
    return {name: getattr(numbers, name) for name in numbers.__slots__}  # a tenth of the time of `asdict`


def _relevant(text: str, found: Classification, config: Config | None) -> bool | None:
    """Whether it names the brand and is about it; None when no brand is known and the model does not say."""
    if config is not None:
        return config.brand.relevant(text) and not rules.beside_the_point(found.relevance, config.rules)
    return None if found.relevance is None else found.relevance >= RELEVANT_AT


@contextmanager
def _progress(lines: BinaryIO, out: TextIO) -> Iterator[Callable[[int, int], None]]:
    """What to call with the texts and the bytes that were just answered: a bar for who would else see nothing move."""
    if not sys.stderr.isatty() or out.isatty():
        yield lambda _texts, _size: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.fields[texts]:,} texts"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        about = os.fstat(lines.fileno())
        task = bar.add_task("", total=about.st_size if stat.S_ISREG(about.st_mode) else None, texts=0)
        texts = 0

        def advance(more: int, size: int) -> None:
            nonlocal texts
            texts += more
            bar.update(task, advance=size, texts=texts)

        yield advance
