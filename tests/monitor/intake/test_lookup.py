"""When a post is looked up: the ages, the share of the budget, which first, and what the budget does not allow."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from monitor.intake import lookup
from monitor.intake.lookup import (
    DAY,
    EVERY,
    FRESH_FOR,
    LATE,
    SHARE,
    SILENT,
    Choice,
    Look,
    Room,
    choose,
    next_look,
    room,
    turns,
)
from monitor.settings import SourceSettings
from tests.monitor.scripted import NOON

MIDNIGHT = NOON + timedelta(hours=11, minutes=59)


def test_a_post_is_looked_up_after_a_day_three_seven_and_then_weekly() -> None:
    ages, seen = [], NOON
    for _ in range(6):
        seen = next_look(NOON, seen)
        ages.append((seen - NOON) // DAY)
    assert ages == [1, 3, 7, 14, 21, 28]


@given(st.timedeltas(timedelta(0), timedelta(days=400)))
def test_the_next_look_is_later_and_never_more_than_a_week_away(age: timedelta) -> None:
    due = next_look(NOON, NOON + age)
    assert timedelta(0) < due - (NOON + age) <= EVERY
    assert next_look(NOON, NOON - age) == NOON + DAY  # a clock that was ahead


def limits(**values: object) -> SourceSettings:
    return SourceSettings(type="x", **values)


def test_looking_up_has_a_quarter_of_the_budget_and_of_it_what_the_day_has_left_over() -> None:
    free = limits(reads_per_day=400)
    assert room(free, 0.0, 0, 0, 0.0, NOON) == Room(100, 50)
    assert room(free, 0.0, 60, 0, 0.0, NOON) == Room(40, 0)
    assert room(free, 0.0, 0, 180, 0.0, NOON) == Room(100, 20)  # readings for pages came first
    assert room(free, 0.0, 0, 390, 0.0, NOON) == Room(10, 0)
    assert room(limits(reads_per_day=0), 0.0, 0, 0, 0.0, NOON) == Room(0, 0)


def test_where_reading_costs_it_has_a_quarter_of_the_dollars_too() -> None:
    paid = limits(reads_per_day=4000, dollars_per_day=2.0)
    assert room(paid, 0.005, 0, 0, 0.0, NOON) == Room(100, 50)
    assert room(paid, 0.005, 0, 0, 1.9, NOON) == Room(20, 0)
    assert room(paid, 0.005, 100, 0, 0.5, NOON) == Room(0, 0)
    assert room(paid, 0.0, 0, 0, 1.9, NOON) == Room(1000, 500)  # this platform bills none


@given(
    st.integers(0, 5000),
    st.integers(0, 5000),
    st.integers(0, 5000),
    st.floats(0, 10),
    st.timedeltas(timedelta(0), DAY),
)
def test_never_more_than_the_share_or_the_budget(
    budget: int, looked: int, read: int, dollars: float, later: timedelta
) -> None:
    left = room(limits(reads_per_day=budget, dollars_per_day=5), 0.01, looked, read, dollars, NOON + later)
    assert 0 <= left.others <= left.all
    assert left.all == 0 or (
        looked + left.all <= SHARE * budget
        and looked + read + left.all <= budget
        and dollars + 0.01 * left.all <= 5.001
    )


def look(
    id_: int, age: float, unseen: float, *, shown: bool = False, due: float = 0.0, silent: int = 0
) -> Look:
    """Of a post so many days old, that was last seen, and became due, so many days ago."""
    written, seen, since = (NOON - timedelta(days=each) for each in (age, unseen, due))
    return Look(str(id_), written, seen, since, silent, shown)


def ids(looks: tuple[Look, ...]) -> str:
    return "".join(each.id for each in looks)


def test_what_is_shown_comes_first_then_what_has_aged_most() -> None:
    due = [look(1, 200, 7), look(2, 1, 1), look(3, 14, 7), look(4, 60, 1, shown=True)]
    assert ids(choose(due, 10, Room(10, 10), NOON).ask) == "4231"
    assert ids(choose(due, 2, Room(10, 10), NOON).ask) == "42"
    assert ids(choose(due, 10, Room(3, 0), NOON).ask) == "4"


def test_what_was_read_or_looked_up_lately_is_not_asked_for() -> None:
    due = [look(1, 1, 0.5), look(2, 60, 0.5, shown=True), look(3, 60, 0.5, shown=True, due=-1)]
    choice = choose(due, 10, Room(10, 10), NOON)
    assert (ids(choice.ask), ids(choice.fresh)) == ("", "12")
    assert FRESH_FOR < DAY


def test_a_look_that_the_budget_does_not_allow_waits_a_day_and_is_lost_then() -> None:
    due = [look(1, 7, 4, due=0.1), look(2, 300, 8, due=1.5), look(3, 300, 8, due=0.5)]
    choice = choose(due, 10, Room(1, 1), NOON)
    assert (ids(choice.ask), ids(choice.lost)) == ("1", "2")
    assert LATE == DAY
    # A full batch is no want of budget.
    assert choose(due, 1, Room(9, 9), NOON).lost == ()


def test_turns() -> None:
    told, silent, lost = look(1, 7, 4, silent=2), look(2, 7, 4, silent=2), look(3, 7, 4, silent=1)
    taken = {each.id: each for each in turns(Choice((told, silent), (), (lost,)), {"1"}, NOON)}
    assert [taken[id_].silent for id_ in "123"] == [0, SILENT, 1]
    assert [taken[id_].looked_at for id_ in "123"] == [NOON, NOON, None]
    assert {each.due_at for each in taken.values()} == {NOON + EVERY}
    assert lookup.vanished(list(taken.values())) == ["2"]


@given(
    st.lists(st.tuples(st.floats(0, 400), st.floats(0, 400), st.booleans(), st.floats(-2, 9)), max_size=30)
)
def test_every_look_is_taken_once_or_stays_due(rows: list[tuple[float, float, bool, float]]) -> None:
    due = [
        look(n, max(age, unseen), unseen, shown=shown, due=late)
        for n, (age, unseen, shown, late) in enumerate(rows)
    ]
    choice = choose(due, 5, Room(4, 3), NOON)
    told = [each.id for each in (*choice.ask, *choice.fresh, *choice.lost)]
    assert len(told) == len(set(told))
    assert len(choice.ask) <= 4
    for turn in turns(choice, set(), NOON):
        assert isinstance(turn.due_at, datetime)
        assert turn.due_at > NOON
