"""A listing whose newest come first: everything that it shows is taken once, whatever the pages and the moments."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from monitor.model import Interval
from sources.newest import Entry, Listing, advance, again, begin, key, leave, read
from tests.contract_sources import connected

START = datetime(2026, 11, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
OVERLAP = 60 * SECOND

moments = st.lists(st.integers(0, 2000), min_size=1, max_size=60, unique=True)


def entry(at: int, count: int | None = None) -> Entry:
    return Entry(str(at), START + at * SECOND, count)


def close(
    listing: Listing, shown: list[Entry], size: int, now: datetime
) -> tuple[Listing, list[str], list[Interval]]:
    """Page by page until the gap is closed; the platform pages by offset."""
    found: list[str] = []
    covered: list[Interval] = []
    more = True
    while more:
        offset = int(listing.after or 0)
        after = str(offset + size) if offset + size < len(shown) else None
        step = advance(listing, shown[offset : offset + size], after, now, OVERLAP)
        listing = Listing.model_validate_json(step.listing.model_dump_json(exclude_defaults=True))
        found += step.fresh
        covered += step.covered
        more = step.more
    return listing, found, covered


@given(moments, moments, st.integers(1, 9))
def test_everything_comes_once_and_all_time_is_covered(
    written: list[int], polls: list[int], size: int
) -> None:
    listing = begin(START - SECOND)
    found: list[str] = []
    covered: list[Interval] = []
    for second in [*sorted(polls), 2001]:
        now = START + second * SECOND
        shown = sorted((entry(at) for at in written if at <= second), key=lambda each: each.at, reverse=True)
        listing, fresh, time = close(listing, shown, size, now)
        found += fresh
        covered += time
    assert sorted(found) == sorted(map(str, written))
    assert connected(covered)
    assert min(each.start for each in covered) == START - SECOND
    assert max(each.end for each in covered) == START + 2001 * SECOND


@given(moments, st.integers(0, 59))
def test_what_is_shown_late_within_the_overlap_is_found(written: list[int], late: int) -> None:
    newest = max(written)
    shown = sorted((entry(at) for at in written), key=lambda each: each.at, reverse=True)
    listing, *_ = close(begin(START - 100 * SECOND), shown, 5, START + newest * SECOND)
    more = sorted(
        [*shown, Entry("late", START + (newest - late) * SECOND)], key=lambda each: each.at, reverse=True
    )
    _, found, _ = close(listing, more, 5, START + (newest + 1) * SECOND)
    assert found == ["late"]


def test_a_rush_that_is_read_in_time_loses_nothing_although_the_list_is_cut() -> None:
    """More within the overlap than the platform shows at all, poll after poll."""
    listing, lost = begin(START - SECOND), list[Interval]()
    for now, missed in ((30, 0), (40, 0), (50, 0), (90, 20)):
        shown = [entry(at) for at in range(now, now - 20, -1)]
        step = advance(listing, shown, None, START + now * SECOND, OVERLAP, "only the last 20")
        listing = step.listing
        lost += [each for each in step.covered if not each.complete]
        at = START + 50 * SECOND
        assert lost[1:] == ([Interval(at, at + 21 * SECOND, False, "only the last 20")] if missed else [])
    assert lost[0] == Interval(START - SECOND, START + 11 * SECOND, False, "only the last 20")


def test_a_time_from_the_future_hides_nothing() -> None:
    now = START + 10 * SECOND
    listing, found, _ = close(begin(START), [entry(10**9), entry(5)], 9, now)
    assert set(found) == {"5", str(10**9)}
    assert listing.since <= now.timestamp()


def test_another_count_is_a_move_and_an_edit_is_new() -> None:
    step = advance(begin(START), [entry(3, 1), entry(2, 1), entry(1)], None, START + 9 * SECOND, OVERLAP)
    assert (set(step.fresh), set(step.moved)) == ({"1", "2", "3"}, set())
    step = advance(step.listing, [entry(3, 4), entry(2, 1), entry(1)], None, START + 9 * SECOND, OVERLAP)
    assert (set(step.fresh), set(step.moved)) == (set(), {"3"})
    assert key("7", "now") != key("7", "then")


def test_a_stretch_read_once_more_brings_nothing_else() -> None:
    shown = [entry(at) for at in range(99, -1, -1)]
    listing = read("shop", again(START + 20 * SECOND, START + 30 * SECOND))
    _, found, covered = close(listing, shown, 7, START + 100 * SECOND)
    assert sorted(found) == [str(at) for at in range(20, 30)]
    assert covered == [Interval(START + 20 * SECOND, START + 30 * SECOND)]


def test_a_gap_that_is_left_is_told_and_what_comes_next_is_found() -> None:
    now = START + 100 * SECOND
    shown = [entry(at) for at in range(99, -1, -1)]
    step = advance(begin(START), shown[:10], "10", now, OVERLAP)
    assert step.more
    listing, covered = leave(step.listing, OVERLAP)
    unread, rest = covered
    assert (unread.start, unread.end, unread.complete) == (START, START + 90 * SECOND, False)
    assert (rest.start, rest.end, rest.complete) == (START + 90 * SECOND, now, True)
    assert leave(listing, OVERLAP) == (listing, ())
    _, found, _ = close(listing, [entry(101), *shown], 10, START + 102 * SECOND)
    assert "101" in found
    assert not {str(at) for at in range(90, 100)} & set(found)


def test_a_gap_that_is_left_begins_where_the_listing_was_read_last() -> None:
    """Where little is written, `since` stays far behind: what was read before the gap was not given up."""
    listing = begin(START - 5000 * SECOND)
    for at in (0, 1000):
        listing = advance(listing, [], None, START + at * SECOND, OVERLAP).listing
    shown = [entry(at) for at in range(1099, 1000, -1)]
    step = advance(listing, shown[:10], "10", START + 1100 * SECOND, OVERLAP)
    unread, _ = leave(step.listing, OVERLAP)[1]
    assert (unread.start, unread.end) == (START + 1000 * SECOND, START + 1090 * SECOND)
