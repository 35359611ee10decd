"""What to read next: the budget, the batch, the order, and the turns of those that were left out."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.intake import polling
from monitor.intake.polling import Choice, Due, Spent
from monitor.model import Forecast
from tests.monitor.scripted import NOON

MIDNIGHT = NOON.replace(hour=0)
DAY = timedelta(days=1)


def forecast(p: float, count: int = 10) -> Forecast:
    return Forecast(NOON, count, 500, p, count, count, count)


@st.composite
def mentions(draw: st.DrawFn) -> Due:
    age = timedelta(minutes=draw(st.integers(-10, 49 * 60)))  # clocks disagree: some are from the future
    read = timedelta(minutes=draw(st.integers(-10, 48 * 60)))
    count = draw(st.integers(0, 600))
    seen = forecast(draw(st.floats(0, 1)), count)
    return Due(
        str(draw(st.integers(0, 10**6))),
        NOON - age,
        NOON - min(read, age),
        seen if draw(st.booleans()) else None,
        draw(st.integers(0, 2)),
    )


several = st.lists(mentions(), max_size=40, unique_by=lambda each: each.id)
budgets = st.integers(0, 3000)


# --- the budget ---------------------------------------------------------------------------------------------------


@st.composite
def days(draw: st.DrawFn) -> tuple[int, list[tuple[datetime, Spent]]]:
    """A budget, and what was spent up to each moment of a day that takes what it wants of its allowance."""
    budget = draw(budgets)
    minutes = sorted(draw(st.sets(st.integers(0, 24 * 60 - 1), min_size=1, max_size=30)))
    spent, told = Spent(), []
    for minute in minutes:
        at = MIDNIGHT + timedelta(minutes=minute)
        told.append((at, spent))
        allowed = polling.allowance(budget, spent, at)
        even, hot = draw(st.integers(0, allowed.even)), draw(st.integers(0, allowed.reserve))
        spent = Spent(spent.posts + even + hot, spent.reserve + hot)
    return budget, [*told, (MIDNIGHT + timedelta(minutes=minutes[-1]), spent)]


@given(days())
def test_no_day_spends_more_than_its_budget_whatever_it_takes_when(
    day: tuple[int, list[tuple[datetime, Spent]]],
) -> None:
    budget, told = day
    for at, spent in told:
        allowed = polling.allowance(budget, spent, at)
        assert allowed.even >= 0
        assert allowed.reserve >= 0
        assert spent.posts + allowed.even + allowed.reserve <= budget


@given(days(), st.integers(1, 24 * 60))
def test_the_evening_is_never_blind(day: tuple[int, list[tuple[datetime, Spent]]], minutes: int) -> None:
    """Whatever was spent before, each later stretch of the day brings its share of what is not reserved."""
    budget, told = day
    at, spent = told[-1]
    later = min(at + timedelta(minutes=minutes), MIDNIGHT + DAY - timedelta(seconds=1))
    share = (1 - polling.RESERVE) * budget * ((later - at) / DAY)
    allowed = polling.allowance(budget, spent, later)
    assert allowed.even >= int(share) - 1


@given(budgets, st.integers(0, 3000))
def test_at_midnight_nothing_that_was_not_needed_is_left_over(budget: int, posts: int) -> None:
    end = MIDNIGHT + DAY - timedelta(microseconds=1)
    allowed = polling.allowance(budget, Spent(min(posts, budget)), end)
    assert min(posts, budget) + allowed.even == budget


def test_urgent_readings_find_the_reserve_at_any_hour() -> None:
    for hour in range(18):
        assert polling.allowance(2000, Spent(), MIDNIGHT + timedelta(hours=hour)).reserve == 400
    assert polling.allowance(2000, Spent(100, 100), MIDNIGHT).reserve == 300


def test_a_budget_that_was_lowered_meanwhile_allows_nothing() -> None:
    assert polling.allowance(100, Spent(500, 20), NOON) == polling.Allowance(0, 0)


# --- the order ----------------------------------------------------------------------------------------------------


@given(several)
def test_worth_is_a_number_from_0_to_1(due: list[Due]) -> None:
    values = polling.worth(due, NOON)
    assert len(values) == len(due)
    assert all(0 <= value <= 1.01 for value in values)


@given(mentions(), st.floats(0, 0.99), st.floats(0, 0.99))
def test_worth_never_falls_with_the_probability(each: Due, one: float, other: float) -> None:
    low, high = sorted([one, other])
    colder, hotter = polling.worth(
        [replace(each, forecast=forecast(low)), replace(each, forecast=forecast(high))], NOON
    )
    assert colder <= hotter


@given(mentions(), st.integers(1, 48 * 60))
def test_worth_never_falls_with_the_wait(each: Due, minutes: int) -> None:
    longer = replace(each, read_at=each.read_at - timedelta(minutes=minutes))
    fresh, waited = polling.worth([each, longer], NOON)
    assert fresh <= waited + 1e-12


def test_the_second_reading_in_a_minute_is_worth_next_to_nothing() -> None:
    born = NOON - timedelta(hours=2)
    again, waited = polling.worth(
        [
            Due("1", born, NOON - timedelta(minutes=1), forecast(0.9)),
            Due("2", born, NOON - timedelta(hours=1), forecast(0.01)),
        ],
        NOON,
    )
    assert again < waited


@given(several, st.integers(0, 30), budgets, st.integers(0, 3000), st.integers(0, 24 * 60 - 1))
def test_never_more_than_the_batch_nor_the_budget_and_each_has_one_turn(
    due: list[Due], batch: int, budget: int, posts: int, minute: int
) -> None:
    now, spent = MIDNIGHT + timedelta(minutes=minute), Spent(min(posts, budget))
    allowed = polling.allowance(budget, spent, now)
    choice = polling.choose(due, batch, budget, spent, now)
    assert len(choice.read) <= min(batch, allowed.even + allowed.reserve)
    assert len(choice.read) - choice.reserve <= allowed.even
    assert choice.reserve <= allowed.reserve
    told = [each.id for part in (choice.read, choice.lost, choice.over) for each in part]
    assert len(told) == len(set(told))
    left = {each.id for each in due} - set(told)
    assert not left or len(choice.read) == batch
    if choice.lost:  # a turn is lost only to the budget
        assert len(choice.read) - choice.reserve == min(allowed.even, batch)
        assert len(choice.read) + len(left) >= allowed.even
    if any(worth >= polling.URGENT for worth in polling.worth(choice.lost, now)):
        assert choice.reserve == allowed.reserve or len(choice.read) == batch
    assert all(now - each.created_at > polling.READ_FOR for each in choice.over)


@given(several)
def test_while_the_budget_reaches_everybody_is_read_and_nobody_loses(due: list[Due]) -> None:
    choice = polling.choose(due, 1000, 10**6, Spent(), NOON)
    assert len(choice.read) + len(choice.over) == len(due)
    assert choice.lost == ()


@given(
    st.integers(20, 47 * 60),
    st.lists(st.integers(0, 1000), min_size=2, max_size=20, unique=True),
    st.integers(1, 5),
)
def test_of_posts_that_differ_in_nothing_else_the_hotter_are_read(
    age: int, thousandths: list[int], batch: int
) -> None:
    created, read = NOON - timedelta(minutes=age), NOON - timedelta(minutes=20)
    alike = [Due(str(p), created, read, forecast(p / 1001)) for p in thousandths]
    choice = polling.choose(alike, batch, 10**6, Spent(), NOON)
    assert [int(each.id) for each in choice.read] == sorted(thousandths, reverse=True)[:batch]


def test_an_urgent_reading_comes_from_the_reserve_when_the_even_share_is_spent() -> None:
    born = NOON - timedelta(hours=3)
    due = [
        Due("cold", born, NOON - timedelta(hours=1), forecast(0.01)),
        Due("hot", born, NOON - timedelta(hours=1), forecast(0.4)),
        Due("hot but just read", born, NOON - timedelta(minutes=5), forecast(0.4)),
    ]
    even = polling.allowance(2000, Spent(), NOON).even
    choice = polling.choose(due, 100, 2000, Spent(even), NOON)
    assert ([each.id for each in choice.read], choice.reserve) == (["hot"], 1)
    assert {each.id for each in choice.lost} == {"cold", "hot but just read"}


def test_what_nobody_expects_anything_of_is_still_read_now_and_then() -> None:
    """Thirty hot posts could take every reading of the day; three dull ones are not forgotten."""
    hot = {f"hot {n}": forecast(0.5, 50) for n in range(30)}
    dull = {f"dull {n}": forecast(0.0, 0) for n in range(3)}
    born = MIDNIGHT
    read_at = dict.fromkeys(hot | dull, born)
    budget, waits, spent = 24 * 12 * 4, [], Spent()
    for minute in range(5, 24 * 60, 5):
        now = MIDNIGHT + timedelta(minutes=minute)
        due = [Due(id_, born, read_at[id_], said) for id_, said in (hot | dull).items()]
        choice = polling.choose(due, 100, budget, spent, now)
        spent = Spent(spent.posts + len(choice.read), spent.reserve + choice.reserve)
        for each in choice.read:
            waits += [now - read_at[each.id]] if each.id in dull else []
            read_at[each.id] = now
    assert len(waits) >= 9
    assert max(waits) <= polling.READ_LATEST + timedelta(hours=3)  # in which 3 · 40 readings are made


# --- the turns ----------------------------------------------------------------------------------------------------


@given(mentions(), st.floats(0, 0.99), st.floats(0, 0.99))
def test_a_hotter_post_has_its_turn_no_later(each: Due, one: float, other: float) -> None:
    low, high = sorted([one, other])
    colder = polling.next_reading(each.created_at, forecast(low), NOON)
    hotter = polling.next_reading(each.created_at, forecast(high), NOON)
    if colder is None or hotter is None:
        assert NOON - each.created_at > polling.READ_FOR
        assert colder is hotter
    else:
        assert NOON + polling.READ_SOONEST <= hotter <= colder <= NOON + polling.READ_LATEST


@given(several)
def test_every_one_that_was_told_of_has_a_next_turn_or_none_for_good(due: list[Due]) -> None:
    choice = polling.choose(due, 10, 100, Spent(), NOON)
    turns = {turn.id: turn for turn in polling.turns(choice, {each.id for each in choice.read}, NOON)}
    assert turns.keys() == {each.id for part in (choice.read, choice.lost, choice.over) for each in part}
    for each in (*choice.read, *choice.lost):
        due_at = turns[each.id].due_at
        assert due_at is not None
        assert due_at >= NOON + polling.READ_SOONEST
    assert all(turns[each.id].unanswered == 0 for each in choice.read)
    assert all(turns[each.id].unanswered == each.unanswered for each in choice.lost)


@pytest.mark.parametrize(("before", "after", "again"), [(0, 1, True), (1, 2, True), (2, 3, False)])
def test_what_the_platform_passes_over_in_silence_is_let_go(before: int, after: int, again: bool) -> None:
    silent = Due("1", NOON - timedelta(hours=1), NOON - timedelta(minutes=30), None, before)
    (turn,) = polling.turns(Choice(read=(silent,)), set(), NOON)
    assert turn.unanswered == after
    assert (turn.due_at is not None) is again
