"""Small pictures: nothing leaves its box, and words say the same."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from monitor.overview.sources import Stretch
from monitor.overview.story import Point
from monitor.web.sparks import HEIGHT, MOST, WIDTH, bars, sparked, strip
from tests.monitor.scripted import NOON

curves = st.lists(st.tuples(st.integers(1, 500), st.integers(0, 10**7)), max_size=200).map(
    lambda steps: [
        Point(NOON + timedelta(minutes=sum(each[0] for each in steps[: place + 1])), count)
        for place, (_, count) in enumerate(steps)
    ]
)


@given(curves, st.none() | st.integers(2, 10**6))
def test_curves_stay_in_their_box(curve: list[Point], viral_at: int | None) -> None:
    drawn = sparked(curve, viral_at)
    if len(curve) < 2:
        assert drawn is None
        return
    assert drawn is not None
    points = [tuple(map(float, each.split(","))) for each in drawn.points.split()]
    assert len(points) <= MOST
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in points)
    assert points[0][0] == 0
    assert points[-1][0] == WIDTH
    assert drawn.threshold is None or 0 <= drawn.threshold <= HEIGHT
    assert f"{curve[-1].spread:,}" in drawn.words


def test_the_threshold_is_drawn_where_the_curve_comes_near() -> None:
    near = [Point(NOON, 10), Point(NOON + timedelta(hours=3), 200)]
    drawn = sparked(near, 500)
    assert drawn is not None
    assert drawn.threshold is not None
    assert drawn.words == "Spread from 10 to 200 in 3 hours, threshold 500"
    far = sparked([Point(NOON, 1), Point(NOON + timedelta(minutes=5), 2)], 500)
    assert far is not None
    assert far.threshold is None
    assert far.words == "Spread from 1 to 2 in 5 minutes, threshold 500"


def test_what_was_missed_is_seen_however_short_it_was() -> None:
    end, minute = NOON + timedelta(days=7), timedelta(minutes=1)
    found = strip([Stretch(NOON, end - minute, "read"), Stretch(end - minute, end, "missed")], NOON, end)
    assert [each.kind for each in found] == ["read", "missed"]
    assert found[-1].width >= 0.5
    assert all(each.x + each.width <= 100.01 for each in found)


@given(st.lists(st.integers(0, 10**6), max_size=40))
def test_bars(counts: list[int]) -> None:
    found = bars(counts)
    assert len(found) == len(counts)
    assert all((each.height > 0) == (count > 0) for each, count in zip(found, counts, strict=True))
    assert all(0 <= each.y <= 24 and each.x + each.width <= 100 for each in found)
