"""`snapwatch import` and `export`: history in and out, in the exchange format."""

from __future__ import annotations

import heapq
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TextIO

from monitor.commands.erasing import found
from monitor.commands.files import opened
from monitor.config import Config
from monitor.errors import InputError
from monitor.exchange import Label, bounded_lines, dump, read_lines, string, time_of
from monitor.learning.said import KEYS, person_of, say
from monitor.learning.teach import Reader
from monitor.model import Deleted, Mention, Reading, Record
from monitor.opening import clock_of, open_store
from monitor.store import OWN, Labelled, Tables

AT_A_TIME = 1000

Line = tuple[int, Record | Label]
"""Its number, and what it holds."""


def import_files(config: Config, files: Iterable[Path]) -> int:
    """Store what the files hold. Every bad line is named on standard error and skipped, and costs status 1."""
    bad = stored = 0
    with open_store(config) as store:
        now = clock_of(config, store).now()
        reader = Reader(config, store.read, new=True)

        def keep(path: Path, lines: Sequence[Line]) -> None:
            nonlocal bad, stored
            problems = store.write(lambda tables: _keep(tables, reader, lines, now))
            for number, problem in problems:
                print(f"{path}: line {number}: {problem}", file=sys.stderr)
            bad += len(problems)
            stored += len(lines) - len(problems)

        for path in files:
            with opened(path) as file:
                good: list[Line] = []
                for number, line in read_lines(bounded_lines(file)):
                    if isinstance(line, InputError):
                        bad += 1
                        print(f"{path}: line {number}: {line}", file=sys.stderr)
                        continue
                    good.append((number, line))
                    if len(good) >= AT_A_TIME:
                        keep(path, good)
                        good = []
                keep(path, good)
    print(f"{stored} line{'' if stored == 1 else 's'} read" + (f", {bad} skipped" if bad else ""))
    return 1 if bad else 0


def _keep(tables: Tables, reader: Reader, lines: Sequence[Line], now: datetime) -> list[tuple[int, str]]:
    """Store them; the labels that could not be used, each with what is wrong with it."""
    records = [each for _, each in lines]
    mentions = [each for each in records if isinstance(each, Mention)]
    kept_out = tables.authors.kept_out(mentions)
    tables.mentions.add(mentions, now)
    tables.mentions.add_readings(
        each for each in records if isinstance(each, Reading) and each.key not in kept_out
    )
    problems = [
        (number, problem)
        for number, each in lines
        if isinstance(each, Label) and (problem := _say(tables, reader, each, now))
    ]
    tables.mentions.delete(each for each in records if isinstance(each, Deleted))
    return problems


def _say(tables: Tables, reader: Reader, label: Label, now: datetime) -> str:
    try:
        person = person_of(string(label.line, "by")) if label.line.get("by") is not None else None
        # One from the future would be the last word until then.
        return say(tables, reader.said(label.line), person, min(label.at, now), forget=False)
    except InputError as error:
        return str(error)


def export(config: Config, out: TextIO, author: str | None = None) -> None:
    """Everything that is stored, in time order, or what is stored of one author. Deleted mentions are only named as
    deleted. Of an author of whom nothing is stored, that is said on standard error."""
    with open_store(config) as store:
        tables = store.read
        keys = None if author is None else {key for each in found(tables, author) for key in each.mentions}
        records = (each for each in tables.mentions.records() if keys is None or each.key in keys)
        labels = (_label(each) for each in tables.labels.all() if keys is None or each.key in keys)
        for each in heapq.merge(records, labels, key=time_of):
            out.write(dump(each) + "\n")


def _label(each: Labelled) -> Label:
    of = {"text": each.text} if each.key.source == OWN else each.key._asdict()
    by = {"by": each.person} if each.person else {}
    key = {head: key for key, head in KEYS.items()}.get(each.head, each.head)
    return Label(each.at, {**of, **by, key: each.label})
