"""`snapwatch forecast`: fits the forecast to a history, and keeps it only where it is worth having."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from classifiers.forecast.blend import prior
from monitor import thresholds
from monitor.config import Config
from monitor.errors import InputError
from monitor.hindsight.load import read_file
from monitor.hindsight.programs import iso
from monitor.hindsight.words import about, small
from monitor.opening import clock_of, open_store
from monitor.progress import bar
from monitor.refit.compare import SEED, STEPS, Learnt, Verdict, learn, table
from monitor.refit.own import in_use, write_model
from monitor.refit.weekly import refit
from monitor.store import Version

RESTS = "the daemon fits no more by itself until `snapwatch forecast fit` has kept a version"


def fit_file(path: Path, measure: str, viral_at: int, folder: Path, out: TextIO) -> int:
    """Fit to a history in a file and write the model to a folder. Status 1 when it was refused, which writes nothing, or
    when a line had to be skipped."""
    history = read_file(path, lambda _: measure)
    out.write(about(history) + "\n")
    if words := history.lacks.words():
        out.write(f"Of note: {'; '.join(words)}.\n")
    with bar("Fitting", STEPS) as show:
        verdict, learnt = learn(history, measure, viral_at, prior(measure), show)
    out.write(found(verdict, viral_at, measure))
    if learnt is None:
        out.write(f"Nothing was written: {verdict.refused}.\n")
        return 1
    write_model(folder, learnt.model, _card(verdict, learnt, measure, viral_at))
    out.write(f"Wrote {folder}: {verdict.ahead_in_words()}.\n")
    if not verdict.better_than_shipped:
        out.write("It says no more of these posts than the shipped forecast, by log loss.\n")
    return 1 if history.lacks.bad_lines else 0


def found(verdict: Verdict, viral_at: int, measure: str) -> str:
    """What the comparison rests on and what it found; a line or a table."""
    words = " ".join(
        [
            f"{verdict.viral:,} of {verdict.posts:,} finished posts crossed {viral_at:,} {measure}.",
            *small(viral_at),
        ]
    )
    if verdict.fitted is None:
        return words + "\n"
    return (
        f"{words} Compared on {verdict.measured:,} later posts, {verdict.measured_viral:,} of which crossed:\n"
        + table(verdict)
    )


def _card(verdict: Verdict, learnt: Learnt, measure: str, viral_at: int) -> dict[str, Any]:
    first, last = learnt.span
    return {
        "made_at": iso(datetime.now(UTC).timestamp()),
        "measure": measure,
        "viral_at": viral_at,
        "learnt": {"posts": verdict.posts, "viral": verdict.viral, "from": iso(first), "until": iso(last)},
        "figures": verdict.figures(),
        "seed": SEED,
    }


def fit_stored(config: Config, out: TextIO) -> int:
    """`refit` of what the daemon has stored, told in tables. Status 1 when no source had enough to learn from."""
    with open_store(config) as store:
        now = clock_of(config, store).now()
        done = refit(store, lambda source: thresholds.measure_of(config, store.read, source), now)
    if not done.outcomes:
        raise InputError("nothing is stored yet: `snapwatch run` or `snapwatch import` first")
    for each in done.outcomes:
        out.write(f"{each.source}: ")
        if each.verdict is not None:
            out.write(found(each.verdict, each.viral_at, each.measure))
        became = "Kept" if each.kept else "Withdrawn" if each.withdrawn else "Not kept"
        out.write(f"{became}: {each.why}.\n")
    if done.version is None:
        out.write("What answered until now goes on.\n")
        return 0 if any(each.verdict and each.verdict.fitted for each in done.outcomes) else 1
    out.write(
        f"Version {done.version} answers from now on; `snapwatch forecast --back` returns to the former.\n"
    )
    return 0


# --- versions ------------------------------------------------------------------------------------------------------


def versions(config: Config, out: TextIO) -> None:
    """Every version that was kept, oldest first, and which one answers."""
    with open_store(config) as store:
        all_, rests = store.read.fits.all(), store.read.fits.went_back()
        answers = in_use(store.read)
    number = answers.version.number if answers.version else None
    for each in all_:
        out.write(_version_line(each, answers=each.number == number))
    if number is None:
        out.write("what was shipped answers" + (f": {answers.problem}" if answers.problem else "") + "\n")
    if rests:
        out.write(f"{RESTS}\n")


def _version_line(version: Version, *, answers: bool) -> str:
    told = [_gain(source, figures) for source, figures in version.figures["sources"].items()]
    told += [f"{source}: withdrawn" for source in version.figures.get("withdrawn", ())]
    return (
        f"version {version.number}{' (answers)' if answers else ''}  {version.made_at:%Y-%m-%d %H:%M} UTC"
        f"  after {_called(version.former)}  {', '.join(told)}\n"
    )


def _gain(source: str, figures: Mapping[str, Any]) -> str:
    return (
        f"{source}: area {figures['fitted']['area']:.3f}, count ≥ c {figures['rule']['area']:.3f}, "
        f"shipped {figures['shipped']['area']:.3f}"
    )


def _called(number: int | None) -> str:
    return "what was shipped" if number is None else f"version {number}"


def back(config: Config) -> str:
    """Return to the former version, at the end to what was shipped. The daemon then fits no more by itself."""
    with open_store(config) as store:
        if store.read.fits.active() is None:
            raise InputError("what was shipped answers already; there is nothing to go back to")
        active = store.write(lambda tables: tables.fits.back())
    return f"{_called(active.number if active else None)} answers from now on; {RESTS}."
