"""A history is the same in whatever order its lines come, and says what it lacks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.forecast.curves import curve
from monitor.errors import InputError
from monitor.exchange import dump
from monitor.hindsight.history import History, gather, read
from monitor.model import Author, Deleted, Mention, Reading, Record

START = datetime(2026, 11, 1, tzinfo=UTC)


def mention(id_: str, minutes: float = 0, followers: int | None = None) -> Mention:
    at = START + timedelta(minutes=minutes)
    return Mention("x", id_, Author("7", "ann", "", followers), "late!", f"https://x.example/{id_}", at)


def reading(id_: str, minutes: float, count: int | None) -> Reading:
    return Reading("x", id_, START + timedelta(minutes=minutes), likes=1, reposts=count)


def told(*records: Record | str) -> tuple[History, list[int]]:
    """The history of these lines, and the numbers of those that were called bad."""
    bad: list[int] = []
    lines = [(each if isinstance(each, str) else dump(each)).encode() + b"\n" for each in records]
    found = read(lines, lambda _: "reposts", lambda number, _: bad.append(number), lambda _: None)
    return found, bad


counts = st.lists(st.integers(0, 1000), min_size=1, max_size=6)


@given(posts=st.lists(counts, min_size=1, max_size=5), random=st.randoms(use_true_random=False))
def test_the_order_of_lines_does_not_matter(posts: list[list[int]], random) -> None:  # type: ignore[no-untyped-def]
    records: list[Record] = []
    for number, each in enumerate(posts):
        records.append(mention(str(number), minutes=number // 2))
        records += [reading(str(number), 10 + 7 * place, count) for place, count in enumerate(each)]
    shuffled = records.copy()
    random.shuffle(shuffled)
    one, other = gather(records, lambda _: "reposts"), gather(shuffled, lambda _: "reposts")
    assert [post.key for post in one.posts] == [post.key for post in other.posts]
    assert one.moments.tolist() == other.moments.tolist()
    for this, that in zip(one.curves, other.curves, strict=True):
        assert this.ages.tolist() == that.ages.tolist()
        assert this.counts.tolist() == that.counts.tolist()


@given(counts)
def test_a_curve_is_what_the_forecaster_makes_of_the_same_readings(found: list[int]) -> None:
    post = mention("1", followers=12)
    readings = [reading("1", 5 * place, count) for place, count in enumerate(found)]
    (made,) = gather([post, *readings], lambda _: "reposts").curves
    same = curve(post, readings, "reposts")
    assert same is not None
    assert (made.created, made.followers) == (same.created, same.followers)
    assert np.allclose(made.ages, same.ages)
    assert made.counts.tolist() == same.counts.tolist()


def test_what_is_not_as_it_should_be_is_mended_or_left_out_and_counted() -> None:
    found, bad = told(
        reading("2", 9, 4),  # before its mention
        "not JSON",
        mention("1"),
        mention("2", 1),
        mention("3", 2),  # never read
        reading("1", 5, 3),
        reading("1", 5, 2),  # the same moment
        reading("1", 7, None),  # no reposts
        reading("1", 30, 9),
        reading("unknown", 31, 9),
        reading("1", -3, 0),  # before the post
        Deleted("x", "2", START + timedelta(minutes=40)),
        '{"type": "reading", "source": "x", "id": "1", "at": "2026-11-01T00:31:00Z", "reposts": -1}',
    )
    assert bad == [2, 13]
    assert [post.key.id for post in found.posts] == ["1", "2"]
    assert found.curves[0].counts.tolist() == [0, 3, 9]
    assert found.curves[0].ages.tolist() == [1, 5, 30]
    lacks = found.lacks
    assert (lacks.bad_lines, lacks.readings_without_mention, lacks.readings_without_measure) == (2, 1, 1)
    assert (lacks.readings_twice, lacks.readings_before_post, lacks.posts_without_reading) == (1, 1, 1)
    assert (lacks.deleted, lacks.out_of_order) == (1, 7)
    assert found.until == (START + timedelta(minutes=30)).timestamp()
    assert found.lacks.words()[0] == "2 bad lines skipped"


@given(later=st.none() | st.integers(0, 10**6))
def test_a_mention_told_again_later_changes_nothing(later: int | None) -> None:
    known = [mention("1", followers=50), reading("1", 10, 2), reading("1", 60, 9)]
    one, other = (
        gather(known, lambda _: "reposts"),
        gather([*known, mention("1", minutes=5, followers=later)], lambda _: "reposts"),
    )
    assert [curve.followers for curve in other.curves] == [50]
    assert [curve.ages.tolist() for curve in other.curves] == [curve.ages.tolist() for curve in one.curves]


def test_a_history_without_any_reading_to_go_by_says_so() -> None:
    with pytest.raises(
        InputError, match="no mention has a reading with the measure: 1 reading of unknown mentions"
    ):
        told(reading("1", 5, 3))
    with pytest.raises(InputError, match="no mention has a reading with the measure"):
        gather([], lambda _: "reposts")
