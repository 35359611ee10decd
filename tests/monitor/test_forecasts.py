"""Forecasts on their way: through the store as they were said, and past a post that breaks the model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from monitor.assess import forecasts
from monitor.model import Classification, Forecast, Sentiment
from monitor.ports import Ask
from monitor.store import Store
from tests.monitor.scripted import KEY, NOON, ScriptedForecaster, mention, reading


def test_a_forecast_comes_back_as_it_was_said(store: Store) -> None:
    found = Classification(0.9, Sentiment(0.8, 0.1, 0.1), "test")
    store.write(lambda tables: tables.mentions.add([mention(1)], NOON))
    store.write(lambda tables: tables.mentions.classified(KEY, found, NOON))
    story = store.write(lambda tables: tables.stories.open(mention(1), [1.0, 0.0]).id)
    said = Forecast(
        NOON, 12, 500, 0.25, 80.5, 20.0, 400.0, NOON + timedelta(hours=2), readings=3, rate=0.4, sparse=True
    )
    for each in (said, replace(said, count=600, p_viral=1.0, crosses_at=None, readings=4, sparse=False)):
        store.write(lambda tables, each=each: tables.mentions.assessed(KEY, each, None, seen=0))
        (top,) = store.read.stories.top(story, 5)
        assert top.forecast == each


class Breaks(ScriptedForecaster):
    """At a post of no shares at all."""

    def forecast(self, asks: Sequence[Ask], now: datetime) -> list[Forecast | None]:
        if any(not ask.readings for ask in asks):
            raise ZeroDivisionError
        return super().forecast(asks, now)


def test_a_post_that_breaks_the_model_costs_only_its_own_forecast() -> None:
    asks = [Ask(mention(n), [reading(n, 7)] if n != 2 else [], 500, "reposts") for n in (1, 2, 3)]
    first, broken, last = forecasts(Breaks(), asks, NOON + timedelta(days=1))
    assert broken is None
    assert first is not None
    assert last is not None
    assert forecasts(Breaks(), asks[:1], NOON + timedelta(days=1)) == [first]
