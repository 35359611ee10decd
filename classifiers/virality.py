"""Which mentions are about to go viral, from their polled counters: the shipped model, or one fitted to a history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType

import structlog

from classifiers.forecast.blend import Blend, Predictions, prior
from classifiers.forecast.curves import Curve, curve
from monitor.model import Forecast
from monitor.ports import Ask

FEWEST_READINGS, TOO_YOUNG = 2, 10.0
"""Readings, and minutes of age, below which a forecast rests on what other posts did and little else."""

log = structlog.get_logger()


class Virality:
    """The Forecaster. It works from the first day on, with what was learnt elsewhere."""

    def __init__(self, fitted: Mapping[tuple[str, str], Blend] = MappingProxyType({})) -> None:
        """`fitted` has models by source and measure; the shipped one of its measure answers whatever else is asked."""
        self._fitted = fitted

    def forecast(self, asks: Sequence[Ask], now: datetime) -> list[Forecast | None]:
        """The state after the last reading up to `now` that has the measure; None when there is none.

        The probability is 1.0 exactly when the threshold has been reached. It never falls when the last count is
        larger, and never rises when that count is read later, or read once more without growth. A counter that falls
        (an unlike) stands at its highest value; low ≤ expected ≤ high. InputError when a measure names a counter that
        does not exist. Where a fitted model fails, the shipped one answers.
        """
        said: list[Forecast | None] = [None] * len(asks)
        known: dict[tuple[int, str], tuple[Blend, list[int], list[Curve]]] = {}
        for place, ask in enumerate(asks):
            model = self._fitted.get((ask.mention.source, ask.measure)) or prior(ask.measure)
            readings = [reading for reading in ask.readings if reading.at <= now]
            found = curve(ask.mention, readings, ask.measure)
            if found is not None:
                _, places, curves = known.setdefault((id(model), ask.measure), (model, [], []))
                places.append(place)
                curves.append(found)
        for (_, measure), (model, places, curves) in known.items():
            told = _predicted(model, prior(measure), curves, [asks[place].viral_at for place in places])
            for row, (place, each) in enumerate(zip(places, curves, strict=True)):
                said[place] = _forecast(asks[place], each, told, row, now)
        return said


def _predicted(model: Blend, shipped: Blend, curves: Sequence[Curve], viral_at: Sequence[int]) -> Predictions:
    try:
        return model.predict(curves, viral_at, last=True)
    except Exception:
        if model is shipped:
            raise
        log.exception("a fitted forecast failed, the shipped one answers")
        return shipped.predict(curves, viral_at, last=True)


def _forecast(ask: Ask, known: Curve, told: Predictions, row: int, now: datetime) -> Forecast:
    count, age, crosses_at = int(told.count[row]), float(told.age[row]), None
    if count < ask.viral_at:
        crosses_at = max(ask.mention.created_at + timedelta(minutes=float(told.crosses[row])), now)
    readings = len(known.ages)
    before_age, before = (known.ages[-2], known.counts[-2]) if readings > 1 else (0.0, 0.0)
    return Forecast(
        at=now,
        count=count,
        viral_at=ask.viral_at,
        p_viral=float(told.p_viral[row]),
        expected=float(told.expected[row]),
        low=float(told.low[row]),
        high=float(told.high[row]),
        crosses_at=crosses_at,
        readings=readings,
        rate=float((count - before) / max(age - before_age, 1.0)),
        sparse=readings < FEWEST_READINGS or age < TOO_YOUNG,
    )
