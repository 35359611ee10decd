"""Closing the gap of a search, against a search that is a list."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from monitor.model import Interval
from sources.bluesky_search import OVERLAP, Found, Search, Step, advance, closed
from tests.contract_sources import connected

START = datetime(2026, 11, 1, 12, tzinfo=UTC)
PAGE = 5
moments = st.lists(st.integers(0, 3600_000), max_size=40, unique=True).map(
    lambda values: [START + timedelta(milliseconds=value) for value in values]
)


def page(posts: list[Found], search: Search, now: datetime) -> tuple[list[Found], bool]:
    upper = search.below or now + timedelta(microseconds=1)
    found = sorted(
        (post for post in posts if search.since <= post.at < upper), key=lambda post: post.at, reverse=True
    )
    return found[:PAGE], len(found) > PAGE


def read(posts: list[Found], search: Search, now: datetime) -> list[Step]:
    steps = [advance(search, *page(posts, search, now), now)]
    while steps[-1].more:
        assert len(steps) < 200
        steps.append(advance(steps[-1].search, *page(posts, steps[-1].search, now), now))
    return steps


def made(times: list[datetime]) -> list[Found]:
    return [Found(f"at://{number}", {}, at, {}) for number, at in enumerate(times)]


@given(moments, moments)
def test_each_post_comes_once_and_all_time_is_covered(first: list[datetime], second: list[datetime]) -> None:
    middle, end = START + timedelta(hours=1), START + timedelta(hours=2)
    posts = made([*first, *(at + timedelta(hours=1) for at in second)])
    early = [post for post in posts if post.at <= middle]
    steps = read(early, Search(since=START), middle)
    steps += read(posts, steps[-1].search, end)
    found = [post.uri for step in steps for post in step.fresh]
    assert sorted(found) == sorted(post.uri for post in posts)
    covered = [interval for step in steps for interval in step.covered]
    assert all(interval.complete for interval in covered)
    assert connected(covered)
    assert min(each.start for each in covered) == START
    assert max(each.end for each in covered) == end


@given(moments, st.integers(0, 120))
def test_what_is_found_late_comes_in_the_next_poll(times: list[datetime], late: int) -> None:
    """As long as it is no later than the overlap."""
    now = START + timedelta(hours=1)
    posts = made(times)
    newest = max(times, default=START)
    hidden = [post for post in posts if newest - timedelta(seconds=late) < post.at < newest]
    steps = read([post for post in posts if post not in hidden], Search(since=START), now)
    steps += read(posts, steps[-1].search, now + timedelta(minutes=1))
    assert sorted(post.uri for step in steps for post in step.fresh) == sorted(post.uri for post in posts)


@given(moments)
def test_a_stretch_is_read_for_each_query(times: list[datetime]) -> None:
    end = START + timedelta(minutes=30)
    steps = read(made(times), Search(since=START, started=end, below=end, queries=("a", "b")), end)
    found = [post.at for step in steps for post in step.fresh]
    assert sorted(found) == sorted([at for at in times if at < end] * 2)
    assert [each for step in steps for each in step.covered] == [Interval(START, end)]


def test_a_search_that_does_not_go_down_ends() -> None:
    """It shows the same posts, whatever is asked."""
    posts = made([START + timedelta(minutes=number) for number in range(PAGE)])
    now = START + timedelta(hours=1)
    first = advance(Search(since=START - timedelta(hours=1)), posts, True, now)
    second = advance(first.search, posts, True, now)
    assert (first.more, second.more) == (True, False)
    assert [each for each in second.covered if not each.complete] == [
        Interval(
            START - timedelta(hours=1), START, False, f"search shows no more than {PAGE} posts of one moment"
        )
    ]


def test_what_was_not_finished_is_forgotten_but_for_the_overlap() -> None:
    newest = START + timedelta(minutes=30)
    seen = {"at://1": newest, "at://2": newest - 2 * OVERLAP}
    search = Search(since=START, seen=seen, started=newest, below=START + timedelta(minutes=9), newest=newest)
    assert closed(search) == Search(since=newest - OVERLAP, seen={"at://1": newest})
