from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.forecast.curves import Curve, Rows, curve
from monitor.model import Author, Mention, Reading

START = datetime(2026, 11, 1, 9, tzinfo=UTC)
MENTION = Mention("x", "1", Author("7", "ann", followers=120), "hello", "https://x.example/1", START)

curves = st.lists(
    st.lists(
        st.tuples(st.integers(1, 5000), st.integers(0, 3000)),
        min_size=1,
        max_size=8,
        unique_by=lambda poll: poll[0],
    ).map(
        lambda polls: Curve(
            0.0,
            np.sort([float(age) for age, _ in polls]),
            np.maximum.accumulate([float(count) for _, count in polls]),
        )
    ),
    min_size=1,
    max_size=6,
)


def at(minutes: float, **counters: int) -> Reading:
    return Reading("x", "1", START + timedelta(minutes=minutes), **counters)


def test_a_curve_has_the_readings_with_the_measure() -> None:
    found = curve(MENTION, [at(5, reposts=1), at(9, likes=3), at(20, reposts=4, quotes=2)], "reposts+quotes")
    assert found is not None
    assert found.ages.tolist() == [5, 20]
    assert found.counts.tolist() == [1, 6]
    assert found.followers == 120
    assert found.created == START.timestamp()
    assert curve(MENTION, [at(5, likes=1)], "reposts") is None
    assert curve(MENTION, [], "reposts") is None


def test_counts_never_fall_and_no_reading_is_before_the_post() -> None:
    found = curve(MENTION, [at(-3, likes=7), at(0.2, likes=5), at(30, likes=6)], "likes")
    assert found is not None
    assert found.ages.tolist() == [1, 1, 30]
    assert found.counts.tolist() == [7, 7, 7]


@given(curves, st.floats(0, 1))
def test_between_readings_the_spread_grew_evenly(polled: list[Curve], part: float) -> None:
    rows = Rows(polled)
    every = np.arange(len(rows.ages))
    found = rows.counts_at(every, part * rows.ages)
    place = 0
    for each in polled:
        for reading in range(len(each.ages)):
            ages, counts = np.append(0, each.ages[: reading + 1]), np.append(0, each.counts[: reading + 1])
            assert found[place] == pytest.approx(np.interp(part * ages[-1], ages, counts), rel=1e-6, abs=1e-6)
            place += 1


@given(curves)
def test_sums_and_beginnings_are_each_posts_own(polled: list[Curve]) -> None:
    rows = Rows(polled)
    sums = rows.running(rows.counts)
    begun = rows.engaged()
    for post, each in enumerate(polled):
        assert sums[rows.post == post].tolist() == np.cumsum(each.counts).tolist()
        for reading, (age, found) in enumerate(zip(each.ages, begun[rows.post == post], strict=True)):
            seen = each.ages[: reading + 1][each.counts[: reading + 1] > 0]
            assert found == (seen[0] if len(seen) else age)
    assert rows.last.tolist() == (np.cumsum([len(each.ages) for each in polled]) - 1).tolist()
