"""Which posts count does not depend on how they ended, on what came later, or on one line with a wrong clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.make_history import records
from monitor.hindsight.history import History, gather
from monitor.model import Author, Deleted, Mention, Reading, Record

START = datetime(2026, 11, 1, tzinfo=UTC)
HOUR = 60
ENDED = 100 * HOUR


def post(id_: str, *read: tuple[float, int], at: float = 0, source: str = "x") -> list[Record]:
    """A post of minute `at`, and its counts at ages in minutes."""
    created = START + timedelta(minutes=at)
    author = Author("7", "ann")
    mention = Mention(source, id_, author, "late!", f"https://x.example/{id_}", created)
    return [
        mention,
        *(Reading(source, id_, created + timedelta(minutes=age), reposts=count) for age, count in read),
    ]


def history(*posts: list[Record]) -> History:
    return gather([each for one in posts for each in one], lambda _: "reposts")


def counted(found: History) -> set[str]:
    return {each.key.id for each, known in zip(found.posts, found.known, strict=True) if known}


def followed(number: int, source: str = "x") -> list[list[Record]]:
    return [
        post(f"{source}{each}", (20, 5), (30 * HOUR, 9), at=each, source=source) for each in range(number)
    ]


LATER = post("later", (20, 1), at=ENDED - 20)
"""After which the posts of the first day are 48 hours old."""


def test_an_outcome_is_known_when_the_post_was_followed_and_has_been_over_for_long() -> None:
    found = history(
        *followed(5),
        LATER,
        [*post("gone", (20, 50)), Deleted("x", "gone", START + timedelta(hours=30))],
        [
            *post("gone later", (20, 50), (25 * HOUR, 60)),
            Deleted("x", "gone later", START + timedelta(hours=60)),
        ],
        post("first read late", (49 * HOUR, 50)),
        post("not followed", (5, 0)),
        post("crossed and not followed", (5, 1), (90, 5000)),
        post("a day is enough", (5, 0), (24 * HOUR, 0)),
    )
    assert counted(found) == {f"x{each}" for each in range(5)} | {"gone later", "a day is enough"}
    assert not found.short
    lacks = found.lacks
    assert (lacks.posts_not_followed, lacks.posts_read_late, lacks.posts_young) == (2, 1, 1)
    assert lacks.posts_taken_as_over == 0
    said = "; ".join(lacks.words())
    assert "2 posts not judged: last read when under 24 hours old" in said
    assert "1 post not judged: under 48 hours old at the end" in said
    assert "1 post not judged: first read when over 48 hours old" in said


@given(st.lists(st.tuples(st.sampled_from([5, 600, 2000, 4000]), st.integers(0, 9)), min_size=1, max_size=12))
def test_how_a_post_ended_does_not_decide_whether_it_counts(read: list[tuple[int, int]]) -> None:
    one, other = (
        history(
            *(post(str(n), (4, 0), (age, count * more), at=n) for n, (age, count) in enumerate(read)), LATER
        )
        for more in (1, 1000)
    )
    assert one.known.tolist() == other.known.tolist()


def test_where_the_platform_stops_counting_the_last_reading_is_the_end() -> None:
    fell = [post(f"h{each}", (5, 1), (HOUR, 2), at=each, source="h") for each in range(4)]
    found = history(
        *fell, post("h9", (5, 1), (30 * HOUR, 2), source="h"), post("h end", (5, 1), at=ENDED, source="h")
    )
    assert counted(found) == {"h0", "h1", "h2", "h3", "h9"}
    assert (found.lacks.posts_taken_as_over, found.lacks.posts_not_followed) == (4, 0)
    assert "4 posts taken to be over" in "; ".join(found.lacks.words())
    # another source's posts are judged by their own kind
    gap = post("gap", (5, 0))
    both = history(*fell, post("h end", (5, 1), at=ENDED, source="h"), *followed(3), gap, LATER)
    assert counted(both) == {"h0", "h1", "h2", "h3", "x0", "x1", "x2"}


FAR = datetime(2099, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "stray",
    [
        [Reading("x", "later", FAR, reposts=1)],
        [Reading("x", "x0", FAR, reposts=9)],
        [Deleted("x", "x0", FAR)],
        [Mention("x", "far", Author("7", "ann"), "", "", FAR)],
        [
            Mention("x", "far", Author("7", "ann"), "", "", FAR),
            Reading("x", "far", START + timedelta(hours=1), reposts=1),
        ],
        [Reading("x", "later", datetime(1999, 1, 1, tzinfo=UTC), reposts=0)],
    ],
)
def test_one_stray_line_makes_nothing_finished(stray: list[Record]) -> None:
    plain = history(*followed(5), LATER)
    found = history(*followed(5), LATER, stray)
    assert counted(found) == counted(plain) == {f"x{each}" for each in range(5)}
    assert found.until == plain.until


def test_a_reading_after_months_follows_a_post_too() -> None:
    late = post("late", (20, 5), (90 * 24 * HOUR, 9))
    end = post("end", (20, 1), at=95 * 24 * HOUR)
    found = history(*followed(5), late, end)
    assert "late" in counted(found)


def test_each_source_ends_with_its_own_last_reading() -> None:
    found = history(
        *followed(3), LATER, post("y0", (20, 1), (HOUR, 2), source="y"), post("y1", (20, 1), at=5, source="y")
    )
    assert counted(found) == {"x0", "x1", "x2"}
    assert found.lacks.posts_young == 3


def test_in_a_short_history_every_post_counts_as_finished() -> None:
    found = history(post("1", (20, 5)), post("2", (20, 5), at=30))
    assert found.short
    assert found.known.all()
    assert (found.lacks.posts_young, found.lacks.posts_taken_as_over) == (0, 0)


@pytest.mark.parametrize("day", [3.0, 17.3, 39.9])
def test_what_was_finished_at_a_moment_is_what_a_history_up_to_it_says(day: float) -> None:
    made = records(posts=200, days=40, seed=5)
    moment = datetime(2026, 6, 1, tzinfo=UTC) + timedelta(days=day)
    posts, curves = gather(made, lambda _: "reposts").finished_at(moment.timestamp())
    past = [each for each in made if (each.created_at if isinstance(each, Mention) else each.at) <= moment]
    then = gather(past, lambda _: "reposts")
    places = np.flatnonzero(then.known).tolist()
    assert [each.key for each in posts] == [then.posts[place].key for place in places]
    assert [each.counts.tolist() for each in curves] == [
        then.curves[place].counts.tolist() for place in places
    ]


def test_a_history_that_was_only_read_before_its_posts_ends_where_it_begins() -> None:
    found = history(post("1", (-5, 5)))
    assert found.until == START.timestamp()
    assert found.short


def test_at_the_begin_nothing_was_finished() -> None:
    found = history(*followed(5), LATER)
    assert found.finished_at(START.timestamp() - 1) == ([], [])
    assert found.finished_at((START + timedelta(hours=30)).timestamp()) == ([], [])
