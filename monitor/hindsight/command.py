"""`snapwatch backtest`: which pages a history would have brought, and how good they would have been."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TextIO

from classifiers.forecast.blend import Blend, Predictions, prior
from classifiers.forecast.curves import Curve
from monitor.config import Config
from monitor.errors import InputError
from monitor.hindsight import page as backtest_page
from monitor.hindsight.history import History, Measure, MeasureOf
from monitor.hindsight.judged import Found, judged
from monitor.hindsight.load import measure_in, read_file, read_stored, thresholds_in
from monitor.hindsight.programs import as_json, forecast_lines
from monitor.hindsight.replay import replay
from monitor.hindsight.words import table
from monitor.progress import bar
from monitor.refit.own import Own, read_model

FAR = 4
"""How many times the V that a model was fitted to is so far from it that a person is warned."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person asked for. `history` is None for what the first configuration's daemon has stored; `measure` and
    `viral_at` are what the configurations say where they are None."""

    history: Path | None
    measure: str | None
    viral_at: int | None
    model: Path | None
    configs: Sequence[tuple[str, Config]]
    precision: float
    forecasts: Path | None = None
    out: Path | None = None
    as_json: bool = False


def backtest(wanted: Wanted, out: TextIO) -> int:
    """Replay, tell, and write what was asked for. Status 1 when a line had to be skipped, or nothing could be measured."""
    given = read_model(wanted.model) if wanted.model else None
    found: list[Found] = []
    configs: Sequence[tuple[str, Config | None]] = wanted.configs or [("", None)]
    for name, config in configs:
        history = _history(wanted, config)
        measure_of = _measure_of(wanted, config, history, given.learnt if given else None)
        if given:
            for source in sorted({post.key.source for post in history.posts}):
                _same(given.own, source, *measure_of(source))
        with bar("Forecasting", len(history.moments)) as show:
            of = replay(history, measure_of, partial(_predict, given.own.model if given else None), show)
        found.append(judged(name, of, config, wanted.precision, given.learnt if given else None))
        if wanted.forecasts and len(found) == 1:
            _write(wanted.forecasts, forecast_lines(of))
    if wanted.as_json:
        out.write(json.dumps(as_json(history, found), ensure_ascii=False, indent=1) + "\n")
    else:
        out.write(table(history, found))
    if wanted.out:
        backtest_page.write(wanted.out, history, found)
    if not all(each.measured.any() for each in found):
        print("nothing could be measured", file=sys.stderr)
        return 1
    return 1 if history.lacks.bad_lines else 0


def _same(own: Own, source: str, measure: str, viral_at: int) -> None:
    """InputError when the model was fitted to another measure; a word on standard error when V is far from its own."""
    if own.measure != measure:
        raise InputError(
            f"the model was fitted to {own.measure}, and {source} is measured in {measure}: fit one to that, or ask for "
            f"--measure {own.measure}"
        )
    if not own.viral_at / FAR <= viral_at <= own.viral_at * FAR:
        print(
            f"the model was fitted to V = {own.viral_at:,}, far from {viral_at:,} of {source}",
            file=sys.stderr,
        )


def _predict(model: Blend | None, curves: Sequence[Curve], viral_at: int, measure: str) -> Predictions:
    return (model or prior(measure)).predict(curves, viral_at)


def _history(wanted: Wanted, config: Config | None) -> History:
    measure: Measure
    if wanted.measure is not None:
        told = wanted.measure
        measure = lambda _: told  # noqa: E731
    else:
        assert config is not None  # noqa: S101 -- the command asks for one of the two
        measure = measure_in(config)
    if wanted.history is not None:
        return read_file(wanted.history, measure)
    _, stored = wanted.configs[0]
    return read_stored(stored, measure)


def _measure_of(
    wanted: Wanted, config: Config | None, history: History, learnt: tuple[float, float] | None
) -> MeasureOf:
    configured = thresholds_in(config, history, learnt) if config else None

    def measure_of(source: str) -> tuple[str, int]:
        measure, viral_at = configured(source) if configured else ("", 0)
        return wanted.measure or measure, wanted.viral_at or viral_at

    return measure_of


def _write(path: Path, lines: Iterable[str]) -> None:
    try:
        with path.open("w", encoding="utf-8") as file:
            file.writelines(line + "\n" for line in lines)
    except OSError as error:
        raise InputError(f"{path} can't be written: {error.strerror}") from None
