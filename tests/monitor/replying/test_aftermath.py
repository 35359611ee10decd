"""What a reply did to the spread, in words."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from monitor.model import Reading
from monitor.replying.aftermath import since_reply
from tests.monitor.scripted import NOON, reading

MEASURE = "reposts+quotes"


def at(*points: tuple[float, int]) -> list[Reading]:
    """Readings so many hours after NOON, when the reply was posted."""
    return [reading(1, count, NOON + timedelta(hours=hours)) for hours, count in points]


def told(*points: tuple[float, int], hours: float = 48) -> str:
    return since_reply(at(*points), NOON, MEASURE, NOON + timedelta(hours=hours))


def test_before_and_since() -> None:
    assert (
        told((-2, 0), (0, 24), (4, 36)) == "12 reposts and quotes an hour before the reply, 3 an hour since"
    )


def test_between_two_readings() -> None:
    """At the reply, half way from one reading to the next, it was half way up."""
    assert told((-2, 0), (-1, 10), (1, 30), (3, 30)) == (
        "10 reposts and quotes an hour before the reply, 3.3 an hour since"
    )


def test_what_is_not_known_is_not_told() -> None:
    assert told() == ""
    assert told((0, 5)) == ""
    assert told((-2, 0), (0, 24)) == "12 reposts and quotes an hour before the reply; not read since"
    assert told((0, 24), (2, 30)) == "3 reposts and quotes an hour since the reply"
    assert told((-2, 0), (0, 24), (4, 36), hours=1) == told((-2, 0), (0, 24))


def test_a_counter_that_falls_is_no_spread() -> None:
    assert (
        told((-2, 24), (0, 20), (4, 10)) == "0 reposts and quotes an hour before the reply, 0 an hour since"
    )


@given(st.lists(st.tuples(st.floats(-50, 50), st.integers(0, 10**9)), max_size=12))
def test_it_never_fails(points: list[tuple[float, int]]) -> None:
    words = told(*points)
    assert not words or "an hour" in words
    assert "-" not in words
