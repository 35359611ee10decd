"""When what is said of a story is worth a row: for any course that a story takes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from monitor.model import MentionKey
from monitor.outlook import EVERY, MATTERS, MOST, RATIO, STEP, Outlook, Written, joined, matters, worth_a_row
from tests.monitor.scripted import NOON

VIRAL_AT, PAGE_AT = 500, 0.35
POST = MentionKey("x", "1")

said = st.builds(
    lambda minute, p, count, expected, high: Outlook(
        NOON + timedelta(minutes=minute),
        1.0 if count >= VIRAL_AT else p,
        PAGE_AT,
        POST,
        count,
        VIRAL_AT,
        max(expected, count),
        float(count),
        max(expected, count) * high,
    ),
    st.integers(0, 3000),
    st.floats(0, 0.999),
    st.integers(0, 2 * VIRAL_AT),
    st.floats(0, 1e6),
    st.floats(1, 10),
)
"""At any moment, anything that a forecast can say."""


def outlook(p: float, minute: int = 0, count: int = 10) -> Outlook:
    return Outlook(NOON + timedelta(minutes=minute), p, PAGE_AT, POST, count, VIRAL_AT, 100.0, 50.0, 200.0)


def kept(course: Sequence[Outlook]) -> list[Outlook]:
    """The rows of a story that says all that, one after the other."""
    rows: list[Outlook] = []
    for each in course:
        so_far = Written(rows[-1], len(rows), any(row.warns for row in rows)) if rows else None
        if worth_a_row(each, so_far):
            rows.append(each)
    return rows


@given(st.lists(said, max_size=60), st.integers(1, 12))
def test_a_story_has_no_more_rows_than_the_most(course: list[Outlook], times: int) -> None:
    rows = kept(course * times)
    assert len(rows) <= MOST
    assert bool(rows) == bool(course)


def test_a_story_that_never_rests_ends_below_the_most_and_the_crossing_has_its_row() -> None:
    restless = [outlook(0.34 * (n % 2), n) for n in range(5000)]
    wilder = [
        Outlook(NOON, 0.2, PAGE_AT, POST, 1, VIRAL_AT, 10.0 ** (n % 2 * 300), 0.0, 10.0 ** (n % 2 * 300))
        for n in range(5000)
    ]
    assert len(kept(restless)) < 200
    rows = kept([*wilder, outlook(0.4, 1), outlook(1.0, 2, VIRAL_AT)])
    assert len(rows) <= MOST
    assert [each.p_viral for each in rows[-2:]] == [0.4, 1.0]


@given(st.lists(said, min_size=1, max_size=60), st.integers(1, 8))
def test_the_first_warning_and_the_first_crossing_are_kept(course: list[Outlook], times: int) -> None:
    course = course * times
    rows = kept(course)
    for event in ("warns", "crossed"):
        first = next((each for each in course if getattr(each, event)), None)
        assert next((each for each in rows if getattr(each, event)), None) == first


@given(st.lists(said, max_size=EVERY - 1))
def test_what_is_not_kept_was_nearly_said_before(course: list[Outlook]) -> None:
    newest: Outlook | None = None
    rows = 0
    warned = False
    for each in course:
        if worth_a_row(each, Written(newest, rows, warned) if newest else None):
            newest, rows, warned = each, rows + 1, warned or each.warns
        else:
            assert newest is not None
            assert abs(each.p_viral - newest.p_viral) < STEP
            assert (each.expected + 1) / (newest.expected + 1) < RATIO * 1.0001
            assert (newest.high + 1) / (each.high + 1) < RATIO * 1.0001
            assert not each.crossed or newest.crossed


@given(st.lists(said, max_size=30))
def test_what_is_said_again_is_written_once(course: list[Outlook]) -> None:
    assert kept([each for each in course for _ in range(3)]) == kept(course)


def test_what_hardly_matters_begins_no_record() -> None:
    assert not matters(outlook(MATTERS - 0.01))
    assert matters(outlook(MATTERS))
    cautious = Outlook(NOON, 0.05, 0.04, POST, 1, VIRAL_AT, 1.0, 1.0, 1.0)
    assert matters(cautious)  # where pages go out from less


def test_what_has_crossed_warns_no_more() -> None:
    assert outlook(PAGE_AT).warns
    assert not outlook(PAGE_AT - 0.01).warns
    assert not outlook(1.0, count=VIRAL_AT).warns


def test_of_joined_stories_the_worst_speaks() -> None:
    rows = [(1, outlook(0.2, 0)), (2, outlook(0.5, 1)), (1, outlook(0.3, 2)), (2, outlook(0.1, 3))]
    told = [(each.at, each.p_viral) for each in joined(rows, {})]
    at = [NOON + timedelta(minutes=n) for n in range(4)]
    assert told == [(at[0], 0.2), (at[1], 0.5), (at[3], 0.3)]


def test_a_crossing_is_never_hidden_by_what_is_as_good_as_certain() -> None:
    told = list(joined([(1, outlook(1.0, 0)), (2, outlook(1.0, 1, count=VIRAL_AT))], {}))
    assert [each.crossed for each in told] == [False, True]


def test_a_part_speaks_until_it_is_one_with_the_other() -> None:
    rows = [(2, outlook(0.5, 0)), (1, outlook(0.3, 1)), (1, outlook(0.4, 3))]
    told = [each.p_viral for each in joined(rows, {2: NOON + timedelta(minutes=2)})]
    assert told == [0.5, 0.4]


@given(st.lists(st.tuples(st.integers(1, 3), said), max_size=40))
def test_joined_in_time_and_never_better_than_what_was_said(rows: list[tuple[int, Outlook]]) -> None:
    rows.sort(key=lambda each: each[1].at)
    told = list(joined(rows, {}))
    assert [each.at for each in told] == sorted(each.at for each in told)
    assert len(told) <= len(rows)
    assert bool(told) == bool(rows)
    if rows:
        newest = {story: each.p_viral for story, each in rows}
        assert told[-1].p_viral == max(newest.values())
        of_one = [each for story, each in rows if story == rows[0][0]]
        assert list(joined([(1, each) for each in of_one], {})) == of_one
