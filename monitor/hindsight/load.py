"""Where a history comes from: a file in the exchange format, or what the daemon has stored."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from monitor.commands.files import opened
from monitor.config import Config
from monitor.errors import InputError
from monitor.exchange import bounded_lines
from monitor.hindsight.history import History, Measure, MeasureOf, gather, read
from monitor.hindsight.replay import origins, unlearnt
from monitor.opening import open_store
from monitor.progress import bar
from monitor.thresholds import PAST, in_force, rare

NAMED = 20
"""Bad lines that are named one by one; a file in another format has nothing else."""


def read_file(path: Path, measure: Measure) -> History:
    """The history in a file, or on standard input for "-". Bad lines are named on standard error. InputError when the file
    can't be read or holds no reading to go by."""
    bad = 0

    def name(number: int, error: InputError) -> None:
        nonlocal bad
        bad += 1
        if bad <= NAMED:
            print(f"{path}: line {number}: {error}", file=sys.stderr)

    size = path.stat().st_size if path.is_file() else None
    with opened(path) as file, bar("Reading", size) as show:
        try:
            return read(bounded_lines(file), measure, name, show)
        except InputError as error:
            raise InputError(f"{path}: {error}") from None
        finally:
            if bad > NAMED:
                print(f"{path}: {bad - NAMED:,} more bad lines", file=sys.stderr)


def read_stored(config: Config, measure: Measure) -> History:
    """The history that the daemon of a configuration has stored, of all sources. InputError when it holds no reading to go
    by."""
    with open_store(config) as store:
        past = store.read.past
        return gather((record for source in past.sources() for record in past.records(source)), measure)


def measure_in(config: Config) -> Measure:
    """The measure of each source, as configured."""
    return lambda source: in_force(config, source, None)[0]


def thresholds_in(config: Config, history: History, learnt: tuple[float, float] | None) -> MeasureOf:
    """The measure and V of each source, as configured. Where V is to be learnt from the brand's own posts, it is learnt
    once: when the first that is measured was written, from what was known then. `learnt` as in judged."""
    created = np.array([post.created for post in history.posts])
    spreads: dict[str, list[int]] = {}
    for begin in origins(created[unlearnt(created, history.known, learnt)])[:1]:
        for post, curve in zip(*history.finished_at(begin), strict=True):
            if post.created >= begin - PAST.total_seconds():
                spreads.setdefault(post.key.source, []).append(int(curve.counts[-1]))
    found: dict[str, tuple[str, int]] = {}

    def measure_of(source: str) -> tuple[str, int]:
        if source not in found:
            found[source] = in_force(config, source, rare(spreads.get(source, [])))
        return found[source]

    return measure_of
