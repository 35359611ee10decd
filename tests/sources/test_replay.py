"""Replay: lines come when their time has come, once, whatever is wrong with their neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from monitor.errors import SourceError
from monitor.exchange import dump
from monitor.model import Author, Deleted, Mention, MentionKey, Reading, Record
from sources import replay
from tests.contract_sources import BRAND, START, SourceContract, keys, poll_all

MINUTE = timedelta(minutes=1)


def mention(time: datetime, id: str) -> Mention:
    return Mention("x", id, Author("7", "ann"), "late again", f"https://x.com/ann/status/{id}", time)


class ReplayWorld:
    """A file that grows; what is written while the daemon runs comes in time order, as in a recording."""

    secrets: Sequence[str] = ()
    lane = ""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.file.touch()
        self.now = START
        self._count = 0

    def source(self) -> replay.ReplaySource:
        return replay.ReplaySource(replay.Settings(type="replay", file=self.file), "replay")

    def write(self, times: Sequence[datetime]) -> set[MentionKey]:
        made: list[Record] = []
        for time in sorted(times):
            self._count += 1
            one = mention(time, str(self._count))
            made += [one, Reading("x", one.id, time, likes=1)]
        self.append(*map(dump, made))
        return {record.key for record in made}

    def append(self, *lines: str) -> None:
        with self.file.open("a", encoding="utf-8") as file:
            file.writelines(line + "\n" for line in lines)


@pytest.fixture
def world(tmp_path: Path) -> ReplayWorld:
    return ReplayWorld(tmp_path / "story.jsonl")


class TestContract(SourceContract):
    @pytest.fixture
    def world(self, world: ReplayWorld) -> ReplayWorld:
        return world


def test_a_record_comes_when_its_time_has_come(world: ReplayWorld) -> None:
    times = [START + each * MINUTE for each in range(5)]
    world.append(*[dump(mention(time, str(number))) for number, time in enumerate(times)])
    world.append(dump(Deleted("x", "0", START + 5 * MINUTE)))
    source, cursor, found = world.source(), None, []
    for each in range(-1, 7):
        batch = source.poll(cursor, START + each * MINUTE)
        found.append([each.id for each in batch.mentions] + [each.id for each in batch.deleted])
        cursor = batch.cursor
    assert found == [[], ["0"], ["1"], ["2"], ["3"], ["4"], ["0"], []]


def test_a_bad_line_is_told_once_with_its_number_and_stops_nothing(world: ReplayWorld) -> None:
    world.append(
        dump(mention(START, "1")), "", '{"type": "mention", "id": "\x1b[31m"}', dump(mention(START, "2"))
    )
    world.append("nonsense", dump(mention(START + MINUTE, "3")), "{}")
    with structlog.testing.capture_logs() as logs:
        first = world.source().poll(None, START)
        second = world.source().poll(first.cursor, START + MINUTE)
        world.append("[]")
        world.source().poll(second.cursor, START + MINUTE)
    assert [key.id for key in keys([first, second])] == ["1", "2", "3"]
    assert [(log["line"], log["reason"]) for log in logs] == [
        (3, "not JSON at character 28"),
        (5, "not JSON at character 1"),
        (7, "type is missing"),
        (8, "a line holds one JSON object, not a list"),
    ]


@given(
    st.lists(st.integers(0, 30), max_size=60), st.lists(st.integers(0, 40), max_size=12), st.integers(1, 9)
)
def test_every_record_comes_exactly_once(
    tmp_path_factory: pytest.TempPathFactory, minutes: list[int], polls: list[int], size: int
) -> None:
    world = ReplayWorld(tmp_path_factory.mktemp("replay") / "story.jsonl")
    written = world.write([START + minute * MINUTE for minute in minutes])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(replay, "BATCH", size)
        cursor, found = None, []
        for minute in [*sorted(polls), 50]:
            now = START + minute * MINUTE
            more = True
            while more:
                batch = world.source().poll(cursor, now)
                assert len(batch.mentions) + len(batch.readings) <= size
                assert all(each.created_at <= now for each in batch.mentions)
                found += keys([batch])
                cursor, more = batch.cursor, batch.more
    assert sorted(found) == sorted(written)


def test_the_bundled_day_is_whole() -> None:
    source = replay.build(replay.Settings(type="replay"), "brand day", BRAND)
    assert source.check().endswith("0 bad lines")
    first, last = replay.span(replay.Settings(type="replay").file)
    assert timedelta(hours=12) < last - first < timedelta(hours=36)
    batches = poll_all(source, None, last)
    assert {mention.source for batch in batches for mention in batch.mentions} == {"x", "reddit"}
    assert replay.Settings(type="replay").speed == 1


def test_check_names_bad_lines_and_an_empty_file(world: ReplayWorld) -> None:
    with pytest.raises(SourceError, match="holds no mention"):
        world.source().check()
    with pytest.raises(SourceError, match="holds no record"):
        replay.span(world.file)
    world.append("{}", dump(mention(START, "1")))
    assert world.source().check() == "replay: 1 mentions, 0 readings, 1 bad lines (line 1: type is missing)"
    assert replay.span(world.file) == (START, START)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    source = replay.build(replay.Settings(type="replay", file=tmp_path / "none.jsonl"), "replay", BRAND)
    for call in (source.check, lambda: source.poll(None, START)):
        with pytest.raises(SourceError, match=r"none\.jsonl can't be read") as caught:
            call()
        assert caught.value.permanent


@pytest.mark.parametrize("change", [{"speed": 0}, {"speed": "inf"}, {"speed": "nan"}, {"loop": True}])
def test_settings_that_can_not_work(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        replay.Settings.model_validate({"type": "replay"} | change)
