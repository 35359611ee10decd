"""In which order stories call for somebody."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from monitor.model import Forecast
from monitor.overview.urgency import Standing, rank, standing
from monitor.paging.updates import Paged
from monitor.store import Alert
from tests.monitor.scripted import NOON

ALERT = Alert(
    1, 1, "open", "critical", "why", NOON, Paged(NOON, "critical", 1, 1, ("x",), False, None, 0), 0, "", 0,
    NOON, None, None, None, None,
)  # fmt: skip
FORECAST = Forecast(NOON, 50, 500, 0.5, 200, 100, 400)
STANDINGS: tuple[Standing, ...] = ("open", "graver", "told", "taken", "resting", "watched")

stories = st.tuples(
    st.sampled_from(STANDINGS),
    st.sampled_from(["info", "warning", "critical", None]),
    st.none()
    | st.builds(
        lambda p, minutes: replace(
            FORECAST, p_viral=p, crosses_at=None if minutes is None else NOON + timedelta(minutes=minutes)
        ),
        st.floats(0, 1),
        st.none() | st.integers(-90, 9_000),
    ),
    st.integers(0, 5_000).map(lambda minutes: NOON - timedelta(minutes=minutes)),
)


def test_standings() -> None:
    assert standing(None) == "watched"
    assert standing(ALERT) == "open"
    assert standing(replace(ALERT, gathered_into=2)) == "told"
    assert standing(replace(ALERT, state="snoozed")) == "resting"
    assert standing(replace(ALERT, state="acknowledged", step_due_at=None)) == "taken"
    assert standing(replace(ALERT, state="acknowledged")) == "graver"


@given(st.lists(stories, max_size=12))
def test_what_waits_comes_before_what_somebody_has_and_that_before_what_is_watched(
    found: list[tuple],  # type: ignore[type-arg]
) -> None:
    group = {"open": 0, "graver": 0, "told": 0, "taken": 1, "resting": 2, "watched": 3}
    ranked = sorted(found, key=lambda each: rank(*each))
    groups = [group[each[0]] for each in ranked]
    assert groups == sorted(groups)
    waiting = [each[1] != "critical" for each in ranked if group[each[0]] == 0]
    assert waiting == sorted(waiting)
    watched = [each[2].p_viral if each[2] else 0.0 for each in ranked if each[0] == "watched"]
    assert watched == sorted(watched, reverse=True)


def test_of_two_that_wait_the_nearest_crossing_comes_first() -> None:
    soon = replace(FORECAST, p_viral=0.4, crosses_at=NOON + timedelta(minutes=20))
    late = replace(FORECAST, p_viral=0.9, crosses_at=NOON + timedelta(hours=3))
    crossed = replace(FORECAST, count=900, p_viral=1.0)
    order = sorted((crossed, late, soon), key=lambda each: rank("open", "critical", each, NOON))
    assert order == [soon, late, crossed]
