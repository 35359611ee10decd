"""What every source guarantees. An adapter's test gives a `world` fixture and inherits the suite.

`SourceContract` is for all of them; `GuardedSourceContract` adds what can go wrong between two machines, and what a hostile
or broken server does.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.errors import SourceError
from monitor.exchange import dump, parse_line
from monitor.intake.brand import Brand
from monitor.model import Batch, Interval, MentionKey, Record
from monitor.ports import Source

BRAND = Brand(name="Kestrel Parcels", names=("Kestrel", "acme"), handles=("kestrelparcels",))
START = datetime(2026, 11, 1, 12, tzinfo=UTC)
FAILURES = {
    # kind: is it permanent?
    "slow down": False,
    "unavailable": False,
    "cut": False,
    "dropped": False,
    "late": False,
    "not JSON": False,
    "odd JSON": False,
    "odd error": False,
    "odd headers": False,
    "unauthorized": True,
    "forbidden": True,
}
HARD_FAILURES = {
    "huge": False,
    "dripping": False,
    "redirect loop": False,
    "not found": True,
}
"""What else a server does, tried on polling alone. `Answer`s for all of them: tests/fake_platforms.failing."""
SLOW_DOWN = 120.0


class World(Protocol):
    """A platform with posts on it. `now` is its clock; posts later than it are not there yet."""

    now: datetime
    secrets: Sequence[str]
    lane: str
    """The lane that the suite polls; the mentions that are written come through it."""

    def source(self) -> Source:
        """A new source over the same platform, as after a restart."""
        ...

    def write(self, times: Sequence[datetime]) -> set[MentionKey]:
        """Somebody writes a mention at each of these moments."""
        ...


class NetworkWorld(World, Protocol):
    def fail(self, kind: str) -> None:
        """The next request fails as `kind`, a key of FAILURES, says; "slow down" asks for SLOW_DOWN seconds."""
        ...

    def spoil(self, change: Callable[[Any], Any]) -> None:
        """The next answer's body passes through `change`."""
        ...


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.just("\ud83d")
    | st.just("9" * 40),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=4,
)


def places_in(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    for key, inner in (
        value.items() if isinstance(value, dict) else enumerate(value if isinstance(value, list) else ())
    ):
        yield from places_in(inner, (*path, key))


def with_replaced(value: Any, path: tuple[Any, ...], by: Any) -> Any:
    if not path:
        return by
    changed = value.copy()
    changed[path[0]] = with_replaced(value[path[0]], path[1:], by)
    return changed


def poll_all(source: Source, cursor: str | None, now: datetime, lane: str = "") -> list[Batch]:
    """Polls until the gap is closed."""
    batches = [source.poll(cursor, now, lane)]
    while batches[-1].more:
        assert len(batches) < 50, "paging does not end"
        batches.append(source.poll(batches[-1].cursor, now, lane))
    return batches


def keys(batches: Sequence[Batch]) -> list[MentionKey]:
    return [mention.key for batch in batches for mention in batch.mentions]


def minutes_ago(now: datetime, count: int, first: int = 1) -> list[datetime]:
    return [now - timedelta(minutes=first + each) for each in range(count)]


def connected(intervals: Sequence[Interval]) -> bool:
    """Without a hole from the earliest start to the latest end."""
    ordered = sorted(intervals, key=lambda each: each.start)
    reached = ordered[0].end
    for each in ordered[1:]:
        if each.start > reached:
            return False
        reached = max(reached, each.end)
    return True


def fails_and_loses_nothing(
    world: NetworkWorld, kind: str, permanent: bool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    written = world.write(minutes_ago(world.now, 150))
    source = world.source()
    first = source.poll(None, world.now, world.lane)
    world.fail(kind)
    with pytest.raises(SourceError) as caught:
        source.poll(first.cursor, world.now, world.lane)
    error = caught.value
    assert error.permanent is permanent
    assert source.name in str(error)
    told = "".join(traceback.format_exception(error)) + repr(error) + caplog.text
    assert not [secret for secret in world.secrets if secret in told]
    world.now += timedelta(seconds=2 * SLOW_DOWN)
    rest = poll_all(source, first.cursor, world.now, world.lane)
    assert set(keys([first, *rest])) == written


class SourceContract:
    @pytest.fixture
    def world(self) -> Iterator[World]:
        raise NotImplementedError("the adapter's test gives it")

    def test_the_first_poll_brings_what_is_there(self, world: World) -> None:
        written = world.write(minutes_ago(world.now, 30))
        source = world.source()
        batches = poll_all(source, None, world.now, world.lane)
        assert sorted(keys(batches)) == sorted(written)
        for batch in batches:
            for mention in batch.mentions:
                assert mention.created_at.utcoffset() == timedelta(0)
                assert mention.created_at <= world.now
                assert mention.text
                assert mention.url.startswith("https://")
            for reading in batch.readings:
                assert reading.at.utcoffset() == timedelta(0)
                assert reading.key in written

    def test_nothing_new_brings_nothing(self, world: World) -> None:
        world.write(minutes_ago(world.now, 30))
        cursor = poll_all(world.source(), None, world.now, world.lane)[-1].cursor
        for wait in (0, 60, 3600):
            world.now += timedelta(seconds=wait)
            batches = poll_all(world.source(), cursor, world.now, world.lane)
            assert keys(batches) == []
            cursor = batches[-1].cursor

    def test_what_is_new_comes_once(self, world: World) -> None:
        world.write(minutes_ago(world.now, 5))
        cursor = poll_all(world.source(), None, world.now, world.lane)[-1].cursor
        for _ in range(3):
            world.now += timedelta(minutes=10)
            written = world.write(minutes_ago(world.now, 7))
            batches = poll_all(world.source(), cursor, world.now, world.lane)
            assert sorted(keys(batches)) == sorted(written)
            cursor = batches[-1].cursor

    def test_a_long_gap_is_closed_page_by_page(self, world: World) -> None:
        cursor = poll_all(world.source(), None, world.now, world.lane)[-1].cursor
        world.now += timedelta(minutes=900)
        written = world.write(minutes_ago(world.now, 890))
        batches = poll_all(world.source(), cursor, world.now, world.lane)
        assert sorted(keys(batches)) == sorted(written)
        assert len(batches) > 1
        assert keys(poll_all(world.source(), batches[-1].cursor, world.now, world.lane)) == []
        covered = [each for batch in batches for each in batch.covered]
        assert connected(covered)
        assert min(each.start for each in covered) <= min(minutes_ago(world.now, 890))

    @pytest.mark.parametrize("stored", range(4))
    def test_a_crash_between_pages_loses_nothing(self, world: World, stored: int) -> None:
        """`stored` pages were stored, the next one was fetched, and then the process died."""
        written = world.write(minutes_ago(world.now, 1200))
        cursor: str | None = None
        found: list[MentionKey] = []
        for _ in range(stored):
            batch = world.source().poll(cursor, world.now, world.lane)
            found, cursor = [*found, *keys([batch])], batch.cursor
        lost = world.source().poll(cursor, world.now, world.lane)
        world.now += timedelta(minutes=2)
        written |= world.write(minutes_ago(world.now, 2, first=0))
        again = world.source().poll(cursor, world.now, world.lane)
        assert set(keys([lost])) <= set(keys([again])) | written
        found += keys([again])
        cursor = again.cursor
        while again.more:
            again = world.source().poll(cursor, world.now, world.lane)
            found, cursor = found + keys([again]), again.cursor
        world.now += timedelta(minutes=2)
        found += keys(poll_all(world.source(), cursor, world.now, world.lane))
        assert set(found) == written

    def test_what_is_written_while_paging_is_not_lost(self, world: World) -> None:
        """Nor is a time said to be covered while something of it is still to come."""
        written = {key: at for at in reversed(minutes_ago(world.now, 700)) for key in world.write([at])}
        cursor: str | None = None
        more, found, covered = True, set[MentionKey](), list[Interval]()
        while more:
            batch = world.source().poll(cursor, world.now, world.lane)
            found |= set(keys([batch]))
            covered += [each for each in batch.covered if each.complete]
            missing = [at for key, at in written.items() if key not in found]
            assert not [at for at in missing for each in covered if each.start < at < each.end]
            cursor, more = batch.cursor, batch.more
            world.now += timedelta(minutes=1)
            at = world.now - timedelta(seconds=20)
            written |= dict.fromkeys(world.write([at]), at)
        world.now += timedelta(minutes=1)
        found |= set(keys(poll_all(world.source(), cursor, world.now, world.lane)))
        assert found == set(written)

    def test_intervals_are_stretches_of_time(self, world: World) -> None:
        world.write(minutes_ago(world.now, 250))
        covered = [
            each for batch in poll_all(world.source(), None, world.now, world.lane) for each in batch.covered
        ]
        assert covered
        for each in covered:
            assert each.start.utcoffset() == each.end.utcoffset() == timedelta(0)
            assert each.start <= each.end <= world.now
            assert each.complete

    def test_a_cursor_that_is_none_of_ours_is_a_source_error(self, world: World) -> None:
        for cursor in ("{", '{"since": "yesterday"}', "[]", "null"):
            with pytest.raises(SourceError, match="cursor"):
                world.source().poll(cursor, world.now, world.lane)

    def test_reading_nothing_is_nothing_and_odd_ids_do_no_harm(self, world: World) -> None:
        source = world.source()
        assert source.read([], world.now) == Batch()
        batch = source.read(["demo-1", "1,2", "'; --", "t1_../", "９"], world.now)
        assert (batch.readings, batch.deleted) == ((), ())
        assert source.read_size >= 0

    def test_check_says_one_line(self, world: World) -> None:
        world.write(minutes_ago(world.now, 3))
        source = world.source()
        line = source.check()
        assert source.name in line
        assert "\n" not in line

    def test_secrets_are_nowhere(self, world: World, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)
        world.write(minutes_ago(world.now, 3))
        source = world.source()
        told = (
            repr(source)
            + str(vars(source))
            + source.check()
            + str(poll_all(source, None, world.now, world.lane))
        )
        told += caplog.text
        assert not [secret for secret in world.secrets if secret in told]


class GuardedSourceContract(SourceContract):
    """For sources whose every answer is bounded in size and time: all that go through sources/http.py.

    For the slow answers a world makes `http.READ` and `http.WHOLE` short, best for that answer alone
    (`Platform.will_slowly`)."""

    @pytest.mark.parametrize("kind", FAILURES | HARD_FAILURES)
    def test_every_failure_is_a_source_error_and_loses_nothing(
        self, world: NetworkWorld, kind: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        fails_and_loses_nothing(world, kind, (FAILURES | HARD_FAILURES)[kind], caplog)

    @pytest.mark.parametrize("kind", FAILURES)
    def test_reading_again_and_checking_fail_the_same_way(self, world: NetworkWorld, kind: str) -> None:
        [key, *_] = world.write(minutes_ago(world.now, 1))
        if world.source().read_size:
            world.fail(kind)
            with pytest.raises(SourceError):
                world.source().read([key.id], world.now)
        world.fail(kind)
        with pytest.raises(SourceError):
            world.source().check()

    def test_whatever_the_platform_sends_is_read_or_a_source_error(self, world: NetworkWorld) -> None:
        """A true answer with one value, anywhere in it, replaced by any other JSON value."""
        source = world.source()
        [key, *_] = world.write(minutes_ago(world.now, 2))

        @settings(max_examples=100, deadline=None)
        @given(where=st.integers(0, 1000), by=JSON)
        def spoiled(where: int, by: Any) -> None:
            def spoil(answer: Any) -> Any:
                places = list(places_in(answer))
                return with_replaced(answer, places[where % len(places)], by)

            for reading_again in (False, True):
                world.spoil(spoil)
                try:
                    batch = (
                        source.read([key.id], world.now)
                        if reading_again
                        else source.poll(None, world.now, world.lane)
                    )
                except SourceError:
                    continue
                records: list[Record] = [*batch.mentions, *batch.readings, *batch.deleted]
                for record in records:
                    assert parse_line(dump(record)) == record

        spoiled()

    def test_a_netrc_changes_nothing(
        self, world: NetworkWorld, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        (tmp_path / "netrc").write_text("default login evil password evil\n")
        monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
        written = world.write(minutes_ago(world.now, 3))
        assert set(keys(poll_all(world.source(), None, world.now, world.lane))) == written

    def test_slowing_down_takes_as_long_as_asked(self, world: NetworkWorld) -> None:
        world.fail("slow down")
        with pytest.raises(SourceError) as caught:
            world.source().poll(None, world.now, world.lane)
        assert caught.value.retry_after == pytest.approx(SLOW_DOWN, abs=1)
