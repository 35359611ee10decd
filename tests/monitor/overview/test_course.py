"""How a forecast went, in words and as a drawing: whatever was said, and whatever came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from monitor.model import MentionKey
from monitor.outlook import Outlook
from monitor.overview.course import SHOWN, Course
from monitor.overview.course_curve import drawing, drawings
from monitor.overview.course_words import in_words, percent
from monitor.overview.report_curve import NARROW, WIDE
from tests.monitor.scripted import NOON
from tests.monitor.test_outlook import said

POST = MentionKey("x", "1")


def at(moment: datetime) -> str:
    return f"{moment:%H:%M}"


def minutes(after: float) -> datetime:
    return NOON + timedelta(minutes=after)


def outlook(after: float, p: float, count: int = 10, crosses: float | None = None) -> Outlook:
    when = None if crosses is None else minutes(crosses)
    return Outlook(minutes(after), p, 0.35, POST, count, 500, 300.0, 100.0, 900.0, when)


def course(
    *outlooks: Outlook,
    paged: float | None = None,
    crossed: float | None = None,
    whole: bool = True,
    over: bool = True,
) -> Course:
    return Course(
        outlooks,
        whole,
        None if paged is None else minutes(paged),
        None if crossed is None else minutes(crossed),
        over,
    )


def test_a_warning_that_came_true() -> None:
    told = course(
        outlook(0, 0.2), outlook(10, 0.6, crosses=120), outlook(160, 1.0, 500), paged=11, crossed=160
    )
    assert in_words(told, at) == (
        "The forecast first warned at 12:10, with 60%; the first page went out at 12:11. "
        "It crossed at 14:40, 2 h 30 min after that warning, which had said 14:00."
    )


def test_a_warning_that_did_not_is_nobodys_triumph() -> None:
    told = course(outlook(0, 0.4), paged=1)
    assert in_words(told, at).endswith(
        "It did not cross. Whether that is because somebody acted, figures can't say."
    )
    assert in_words(replace(told, over=False), at).endswith("It has not crossed so far.")


def test_a_crossing_without_a_warning_says_so() -> None:
    silent = course(outlook(0, 0.2), outlook(30, 1.0, 500), crossed=30)
    assert in_words(silent, at) == (
        "It crossed at 12:30, without a warning: until then 20% was the most that was written down; nobody was paged."
    )
    sudden = course(outlook(30, 1.0, 500), crossed=30, paged=31)
    assert "until then it was never given 10% or more; the first page went out at 12:31" in in_words(
        sudden, at
    )
    assert "until then it was never given 10% or more" in in_words(course(crossed=30), at)


def test_a_warning_after_the_crossing_is_none() -> None:
    told = course(outlook(60, 0.9), crossed=30)
    assert told.warned is None


def test_what_never_warned_says_how_near_it_came() -> None:
    assert in_words(course(outlook(0, 0.2), outlook(5, 0.3)), at) == (
        "No warning: 30% was the most that was written down, at 12:05; 35% warns."
    )
    assert in_words(course(over=False), at) == "No warning so far: it was never given 10% or more."


def test_of_a_story_from_before_only_what_is_known_is_told() -> None:
    assert in_words(course(whole=False), at) == (
        "The story began before snapwatch wrote down what it said, or as a part of another one: "
        "no more than its newest forecast is known."
    )
    told = in_words(course(outlook(5, 1.0, 600), whole=False, crossed=-30), at)
    assert "no warning before that is known" in told
    assert "what was said before 12:05 is not known" in told


def test_the_table_is_short_and_has_the_warning_and_the_crossing() -> None:
    rows = [outlook(n, 0.1 + n / 1000) for n in range(40)]
    rows[7] = outlook(7, 0.5)
    rows += [outlook(40 + n, 1.0, 500 + n) for n in range(40)]
    told = course(*rows, crossed=40)
    assert len(told.told) <= SHOWN
    assert rows[7] in told.told
    assert rows[40] in told.told
    assert told.told[0] == rows[0]
    assert told.told[-1] == rows[-1]


def test_no_probability_is_certain_before_it_is() -> None:
    assert [percent(each) for each in (0.0, 0.001, 0.35, 0.999, 1.0)] == [
        "0%", "under 1%", "35%", "over 99%", "100%",
    ]  # fmt: skip


# --- for anything that can be said --------------------------------------------------------------------------------

moments = st.none() | st.integers(0, 3000).map(lambda n: NOON + timedelta(minutes=n))
courses = st.builds(
    Course,
    st.lists(said, max_size=30).map(lambda rows: tuple(sorted(rows, key=lambda each: each.at))),
    st.booleans(),
    moments,
    moments,
    st.booleans(),
)


@given(courses)
def test_every_course_can_be_told_and_drawn(told: Course) -> None:
    assert in_words(told, at)
    assert len(told.told) <= max(SHOWN, 2)
    for width in (WIDE, NARROW):
        drawn = drawing(told, UTC, width)
        if drawn is None:
            continue
        assert drawn.width == width
        for left, up in places(drawn.points):
            assert drawn.left <= left <= drawn.right
            assert 0 <= up <= drawn.floor
        lefts = [left for left, _ in places(drawn.points)]
        assert lefts == sorted(lefts)
        assert all(drawn.left <= each.x <= drawn.right for each in drawn.marks)


@given(courses)
def test_a_warning_is_before_the_crossing_and_was_enough(told: Course) -> None:
    warned = told.warned
    if warned is None:
        return
    assert warned.p_viral >= warned.page_at
    assert told.crossed_at is None or warned.at < told.crossed_at
    assert not any(each.warns for each in told.outlooks if each.at < warned.at)


def test_too_little_is_not_drawn() -> None:
    assert drawings(course(), UTC) == ()
    assert drawings(course(outlook(0, 0.5)), UTC) == ()
    assert drawings(course(outlook(0, 0.5), outlook(0, 0.6)), UTC) == ()


def places(points: str) -> Sequence[tuple[float, float]]:
    return [(float(left), float(up)) for left, up in (each.split(",") for each in points.split())]
