from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.weekly.normal import ENOUGH, LEAST, ROWS, SINGLE, WEEKS, of_counts, of_shares, of_times

counts = st.lists(st.integers(0, 10**6), min_size=ENOUGH, max_size=WEEKS)


@given(counts, st.sampled_from([0.90, ROWS]))
def test_a_range_holds_the_middle_and_is_no_negative_number(weeks: list[int], level: float) -> None:
    found = of_counts(weeks, level)
    assert found is not None
    assert 0 <= found.low <= found.high
    assert found.verdict(found.low) == found.verdict(found.high) == "normal"
    assert found.verdict(found.high + 1) == "more"
    wide = of_counts(weeks, ROWS)
    assert wide is not None
    assert wide.low <= found.low
    assert wide.high >= found.high


@given(counts, st.data())
def test_the_range_of_a_share_lies_between_none_and_all(weeks: list[int], data: st.DataObject) -> None:
    parts = [data.draw(st.integers(0, week)) for week in weeks]
    found = of_shares(parts, weeks, 1000)
    if sum(week >= LEAST for week in weeks) < ENOUGH:
        assert found is None
    else:
        assert found is not None
        assert 0 <= found.low <= found.high <= 1


def test_of_too_little_nothing_is_said() -> None:
    assert of_counts([100] * (ENOUGH - 1)) is None
    assert of_shares([10] * WEEKS, [100] * WEEKS, LEAST - 1) is None
    assert of_times([5.0] * (SINGLE - 1)) is None


def test_weeks_that_were_all_the_same_leave_room_for_chance() -> None:
    found = of_counts([100] * 8)
    assert found is not None
    assert (found.low, found.high) == (81, 121)
    none = of_counts([0] * 8)
    assert none is not None
    assert (none.low, none.high) == (0, 2)


def test_single_answers_lie_between_their_tenths() -> None:
    found = of_times([float(each) for each in range(11)])
    assert found is not None
    assert (found.low, found.high) == (1.0, 9.0)


@pytest.mark.parametrize("mean", [3, 40, 1000])
@pytest.mark.parametrize("spread", [0.0, 0.3])
@pytest.mark.parametrize(("level", "at_least"), [(0.90, 0.87), (ROWS, 0.975)])
def test_so_many_new_weeks_lie_in_it_as_it_says(
    mean: float, spread: float, level: float, at_least: float
) -> None:
    """Of weeks that differ by chance alone, and of weeks that differ by more (gamma)."""
    rng = np.random.default_rng(11)
    rates = (
        rng.gamma(1 / spread**2, mean * spread**2, (4000, 9)) if spread else np.full((4000, 9), float(mean))
    )
    drawn = rng.poisson(rates)
    within = [of_counts(row[:8].tolist(), level).verdict(int(row[8])) == "normal" for row in drawn]  # type: ignore[union-attr]
    assert at_least <= np.mean(within) <= 1.0
    assert np.mean(within) <= level + 0.075


def test_so_many_shares_lie_in_it_as_it_says() -> None:
    rng = np.random.default_rng(12)
    drawn = rng.binomial(400, rng.beta(30, 170, (4000, 9)))
    within = []
    for row in drawn:
        found = of_shares(row[:8].tolist(), [400] * 8, 400)
        assert found is not None
        within.append(found.verdict(int(row[8]) / 400) == "normal")
    assert 0.87 <= np.mean(within) <= 0.93
