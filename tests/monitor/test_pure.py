"""Polling, clocks: the small pure deciders."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.clock import RealClock, ReplayClock
from monitor.intake import polling
from monitor.model import Forecast
from tests.monitor.scripted import NOON


@given(st.integers(0, 2000), st.none() | st.floats(0, 1e6))
def test_back_off_grows_to_its_longest_and_obeys_the_platform(failures: int, asked: float | None) -> None:
    wait = polling.back_off(failures, asked).total_seconds()
    assert wait >= (asked or 0) - 1e-6
    assert polling.BACK_OFF_FIRST <= wait <= max(polling.BACK_OFF_LONGEST, (asked or 0) + 1e-6)
    assert polling.back_off(failures + 1, asked).total_seconds() >= wait
    assert (
        wait <= polling.back_off(failures, asked, 1.0).total_seconds() <= wait * (1 + polling.JITTER) + 1e-6
    )


def forecast(p: float, count: int = 10) -> Forecast:
    return Forecast(NOON, count, 500, p, 1.0, 1.0, 1.0)


@given(st.integers(0, 48 * 60), st.floats(0, 1))
def test_a_hot_post_is_never_read_later_than_a_cold_one(age: int, p: float) -> None:
    created = NOON - timedelta(minutes=age)
    due, cold = polling.next_reading(created, forecast(p), NOON), polling.next_reading(created, None, NOON)
    assert due is not None
    assert cold is not None
    assert NOON < due <= cold <= NOON + polling.READ_LATEST


def test_old_posts_and_crossed_posts_get_no_hurry() -> None:
    assert polling.next_reading(NOON - timedelta(days=3), forecast(0.9), NOON) is None
    crossed = polling.next_reading(NOON - timedelta(hours=8), forecast(1.0, 600), NOON)
    assert crossed == NOON + timedelta(hours=2)


def test_a_replayed_day_passes_fast_and_then_in_real_time(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = ReplayClock(NOON, NOON + timedelta(hours=24), 900, began=1000.0)
    for passed, story in ((-5, 0), (0, 0), (4, 3600), (96, 86400), (106, 86410)):
        monkeypatch.setattr("time.time", lambda at=1000.0 + passed: at)
        assert clock.now() == NOON + timedelta(seconds=story)
    assert RealClock().now().tzinfo is not None
