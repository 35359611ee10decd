"""Which story a mention belongs to, which stories are one, and which is two."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from monitor import stories
from monitor.stories import Board, Candidate, Vector
from tests.monitor.scripted import NOON

DAY = timedelta(days=1)


def candidate(id_: int, text: str, members: int = 1, days: float = 0) -> Candidate:
    at = NOON + days * DAY
    return Candidate(id_, stories.vector(text, ()), members, at, at)


def board(*candidates: Candidate) -> Board:
    made = Board(NOON - DAY, NOON + DAY)
    for each in candidates:
        made.put(each)
    return made


PARCEL = candidate(2, "My parcel was dumped in a recycling bin")
APP = candidate(1, "the app logs me out every morning", 3)


def near(made: Board, of: Vector, days: float = 0) -> int | None:
    found = made.nearest(of, NOON + days * DAY)
    return None if found is None else found.id


def test_a_story_takes_what_is_near_and_nothing_else() -> None:
    same = stories.vector("parcel dumped in the recycling bin!!", ())
    assert near(board(APP, PARCEL), same) == 2
    assert near(board(APP), same) is None
    assert near(board(), same) is None
    assert near(board(APP, PARCEL), stories.vector("", ())) is None
    assert near(board(APP, PARCEL), stories.vector("", (1.0, 0.0))) is None


@pytest.mark.parametrize("days", [-300, -3, 3, 300])
def test_a_story_takes_nothing_from_long_before_or_after(days: int) -> None:
    assert near(board(PARCEL), PARCEL.centroid) == 2
    assert near(board(PARCEL), PARCEL.centroid, days) is None


numbers = st.lists(st.floats(-1, 1, width=32), min_size=3, max_size=3)


def array(values: Sequence[float]) -> Vector:
    return np.asarray(values, dtype=np.float32)


@given(numbers, numbers, st.integers(1, 1000))
def test_the_middle_moves_towards_the_new_voice(
    middle: list[float], member: list[float], members: int
) -> None:
    before = Candidate(1, array(middle), members, NOON, NOON)
    after = before.joined_by(array(member), NOON + timedelta(hours=1))
    assert (after.members, after.updated_at - after.opened_at) == (members + 1, timedelta(hours=1))
    for was, now, to in zip(middle, after.centroid, member, strict=True):
        assert min(was, to) - 1e-5 <= now <= max(was, to) + 1e-5


def test_an_echo_and_another_models_vector_leave_the_middle_alone() -> None:
    later = NOON + DAY
    for of in (None, array([1, 2])):
        after = PARCEL.joined_by(of, later)
        assert (after.members, after.updated_at) == (1, later)
        assert after.centroid is PARCEL.centroid


@given(st.lists(st.tuples(numbers, st.integers(1, 50)), min_size=2, max_size=6))
def test_the_order_of_merging_does_not_matter(parts: list[tuple[list[float], int]]) -> None:
    made = [Candidate(n, array(values), size, NOON, NOON + n * DAY) for n, (values, size) in enumerate(parts)]
    forth, back = made[0], made[-1]
    for each in made[1:]:
        forth = forth.merged_with(each)
    for each in made[-2::-1]:
        back = back.merged_with(each)
    assert (forth.members, forth.opened_at, forth.updated_at) == (
        back.members,
        back.opened_at,
        back.updated_at,
    )
    assert np.allclose(forth.centroid, back.centroid, atol=1e-4)


steps = st.lists(
    st.tuples(st.sampled_from(["put", "drop"]), st.integers(0, 9), numbers, st.integers(1, 9)), max_size=60
)


@given(steps, numbers)
def test_a_board_finds_what_a_plain_search_finds(
    done: list[tuple[str, int, list[float], int]], of: list[float]
) -> None:
    made, plain = board(), {}
    for what, number, values, members in done:
        if what == "put":
            length = 2 if members == 9 else 3  # now and then from another model
            plain[number] = Candidate(number, array(values[:length]), members, NOON, NOON)
            made.put(plain[number])
        else:
            plain.pop(number, None)
            made.drop(number)
    assert len(made) == len(plain)
    for number in range(10):
        got = made.get(number)
        assert (got is None) == (number not in plain)
        if got is not None:
            assert got.centroid.tolist() == plain[number].centroid.tolist()
            assert (got.members, got.opened_at) == (plain[number].members, NOON)
    wanted = {
        number: float(stories.cosine_rows(each.centroid[None], array(of))[0])
        for number, each in plain.items()
        if len(each.centroid) == 3
    }
    best = max(wanted.values(), default=0.0)
    lengths = [
        float(np.linalg.norm(each)) for each in (array(of), *(story.centroid for story in plain.values()))
    ]
    assume(all(length == 0 or length > 1e-3 for length in lengths))
    unit = array(of) / max(lengths[0], 1e-9)
    assume(abs(best - stories.SAME_ISSUE) > 1e-4)
    found = made.nearest(unit, NOON)
    assert (found is not None) == (best >= stories.SAME_ISSUE)
    assert found is None or wanted[found.id] == pytest.approx(best, abs=1e-5)


def test_two_stories_that_say_the_same_are_found_and_one_alone_is_not() -> None:
    again = candidate(7, "My parcel was dumped in the recycling bin", days=0.5)
    made = board(APP, PARCEL, again)
    same = made.same(PARCEL)
    assert same is not None
    assert same.id == 7
    assert made.same(APP) is None
    assert board(PARCEL).same(PARCEL) is None
    long_after = candidate(8, "My parcel was dumped in the recycling bin", days=9)
    assert board(PARCEL, long_after).same(PARCEL) is None


def test_a_board_that_was_not_read_covers_nothing() -> None:
    assert not Board().covers(NOON, NOON)
    assert board().covers(NOON - DAY, NOON)
    assert not board().covers(NOON, NOON + 2 * DAY)


def around(middle: Sequence[float], count: int, rng: np.random.Generator) -> list[Vector]:
    rows = np.asarray(middle) + rng.normal(0, 0.15, (count, len(middle)))
    return [array(row) for row in rows / np.linalg.norm(rows, axis=1, keepdims=True)]


@given(st.integers(0, 2**32 - 1), st.integers(stories.LEAST_HALF, 20), st.integers(stories.LEAST_HALF, 20))
def test_a_story_of_two_things_is_told_in_halves_in_any_order(seed: int, one: int, other: int) -> None:
    rng = np.random.default_rng(seed)
    voices = around([1, 0, 0, 0], one, rng) + around([-0.5, 1, 0, 0], other, rng)
    order = rng.permutation(len(voices))
    found = stories.halves([voices[i] for i in order])
    assert found is not None
    sides = [{bool(order[i] < one) for i in part} for part in found]
    assert sides in ([{True}, {False}], [{False}, {True}])
    assert 0 in found[0]  # the first voice's half keeps the story
    assert sorted(found[0] + found[1]) == list(range(len(voices)))


@given(st.integers(0, 2**32 - 1), st.integers(1, 30))
def test_a_story_of_one_thing_stays_one(seed: int, count: int) -> None:
    assert stories.halves(around([1, 0, 0, 0], count, np.random.default_rng(seed))) is None


def test_a_few_who_see_it_otherwise_are_no_story() -> None:
    rng = np.random.default_rng(1)
    few = around([0, 1, 0, 0], stories.LEAST_HALF - 1, rng)
    assert stories.halves(around([1, 0, 0, 0], 20, rng) + few) is None
    assert stories.halves([*few, array([1, 0])] * 4) is None  # of two models
    assert stories.halves([array([1, 0, 0])] * 20) is None


def test_what_was_split_is_not_merged_at_once() -> None:
    assert 2 * stories.TWO_STORIES < stories.ONE_STORY
