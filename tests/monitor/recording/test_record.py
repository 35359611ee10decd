"""Every source is recorded over its fake platform and played again; files that can't be played say why."""

from __future__ import annotations

import io
import json
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from monitor.config import Config
from monitor.errors import InputError, SourceError
from monitor.exchange import dump, time_of
from monitor.model import Batch, Record
from monitor.ports import Source
from monitor.recording import command
from monitor.recording.tape import played
from monitor.store import Store
from tests import recorded
from tests.contract_sources import START, minutes_ago
from tests.fake_platforms import Answer, FakeX
from tests.monitor.recording.worlds import POSTS, WORLDS, recordable
from tests.sources import test_x


def lines(batch: Batch) -> list[str]:
    records: list[Record] = [*batch.mentions, *batch.readings, *batch.deleted]
    return [dump(each) for each in sorted(records, key=time_of)]


def made(name: str, folder: Path) -> Path:
    with recordable(name) as world:
        status, said = recorded.make(folder / "made.json", name, world.settings, world.build, START, folder)
    assert (status, "look through it before you send it" in said) == (0, True)
    return folder / "made.json"


@pytest.mark.parametrize("name", WORLDS)
def test_a_recording_plays_without_network_and_holds_no_secret(name: str, tmp_path: Path) -> None:
    with recordable(name) as world:
        status, _ = recorded.make(tmp_path / "made.json", name, world.settings, world.build, START, tmp_path)
        assert status == 0
        source = world.build()
        source.name = name  # some worlds call theirs otherwise
        true = [line for lane in source.lanes for line in lines(source.poll(None, START, lane))]
    # The platform is gone now, and so are the secrets in the environment.
    data = (tmp_path / "made.json").read_bytes()
    assert not [secret for secret in world.secrets if secret.encode() in data]
    assert json.loads(data)["what"].startswith("A recording of `snapwatch record`")
    status, told, beside = recorded.replayed(name, tmp_path / "made.json")
    assert (status, "covered" in beside, "cursor" in beside) == (0, True, True)
    if name != "rss":  # its ids are made of the feed's address, which had a key in it
        assert told == true
    assert sum('"mention"' in line for line in told) >= POSTS


@pytest.mark.parametrize("name", WORLDS)
def test_the_recordings_that_are_kept_still_mean_the_same(name: str) -> None:
    """What an adapter made of them when they were made."""
    try:
        status, told, _ = recorded.replayed(name, recorded.ROOT / f"{name}.json")
    except InputError as error:
        pytest.fail(f"{error}; if that is meant, `python -m tests.recordings.make` makes the recordings anew")
    assert status == 0
    assert told == (recorded.ROOT / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    assert told


def test_a_recording_of_another_source_or_of_none_is_refused(tmp_path: Path) -> None:
    file = made("x", tmp_path)
    with pytest.raises(InputError, match=r"is a recording of x \(type x\), not of reddit"):
        recorded.replayed("reddit", file)
    with pytest.raises(InputError, match="can't be read"):
        recorded.replayed("x", tmp_path / "none.json")
    data = json.loads(file.read_bytes())

    def changed(**changes: Any) -> Path:
        (tmp_path / "changed.json").write_text(json.dumps(data | changes))
        return tmp_path / "changed.json"

    for changes, why in (
        ({"type": "telegraph"}, "no source of type 'telegraph'"),
        ({"type": "http"}, "no source of type 'http'"),
        ({"settings": {"type": "x", "tokn": 1}}, "settings are not those of this version: bearer_token"),
        ({"steps": []}, "no recording of this version of snapwatch: steps"),
        ({"answers": [{"method": "GET"}]}, "no recording of this version"),
        ({"answers": [data["answers"][0] | {"base64": "%"}]}, "no recording of this version"),
        ({"more": 1}, "no recording of this version of snapwatch: more"),
    ):
        with pytest.raises(InputError, match=why):
            recorded.replayed("x", changed(**changes))
    for content in (b"", b"[]", b"\xff", b"[" * 100_000):
        file.write_bytes(content)
        with pytest.raises(InputError, match="no recording"):
            recorded.replayed("x", file)


@pytest.mark.parametrize("name", ["x", "reddit", "bluesky"])
def test_what_was_not_recorded_is_named(name: str, tmp_path: Path) -> None:
    file = made(name, tmp_path)
    data = json.loads(file.read_bytes())
    missing = data["answers"].pop()
    file.write_text(json.dumps(data))
    with pytest.raises(InputError, match=r"holds no answer to GET https://") as caught:
        recorded.replayed(name, file)
    assert missing["url"].split("?")[0] in str(caught.value)


def test_a_stream_that_was_not_recorded_is_named(tmp_path: Path) -> None:
    file = made("bluesky", tmp_path)
    data = json.loads(file.read_bytes()) | {"streams": []}
    file.write_text(json.dumps(data))
    with pytest.raises(InputError, match="holds no answer to stream ws://"):
        recorded.replayed("bluesky", file)


@pytest.fixture
def x_world(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("X_TOKEN", test_x.TOKEN)
    with FakeX(now=START) as fake:
        yield test_x.XWorld(fake)


def record_x(world: Any, folder: Path, polls: int = 3) -> tuple[int, str]:
    return recorded.make(folder / "made.json", "x", test_x.settings(), world.source, START, folder, polls)


@pytest.mark.parametrize("kind", ["slow down", "unavailable", "unauthorized", "not JSON", "dropped"])
def test_an_error_is_recorded_and_plays_as_the_same(kind: str, x_world: Any, tmp_path: Path) -> None:
    x_world.fail(kind)
    status, said = record_x(x_world, tmp_path)
    assert status == 1
    assert "x search: x: X" in said
    status, told, beside = recorded.replayed("x", tmp_path / "made.json")
    assert (status, told) == (1, [])
    assert "as when it was recorded" in beside
    assert test_x.TOKEN not in (tmp_path / "made.json").read_text()


def test_an_error_that_is_mended_is_told_as_that(x_world: Any, tmp_path: Path) -> None:
    record_x(x_world, tmp_path)
    data = json.loads((tmp_path / "made.json").read_bytes())
    data["answers"][0] |= {"status": 503}
    (tmp_path / "made.json").write_text(json.dumps(data))
    status, _, beside = recorded.replayed("x", tmp_path / "made.json")
    assert status == 1
    assert "which was not so when it was recorded" in beside


def test_a_defect_is_what_a_recording_is_for(x_world: Any, tmp_path: Path) -> None:
    def broken() -> Source:
        source: Source = x_world.source()

        def poll(*_: object) -> Batch:
            raise KeyError("text of a post")

        source.poll = poll  # type: ignore[method-assign, assignment]
        return source

    status, said = recorded.make(tmp_path / "made.json", "x", test_x.settings(), broken, START, tmp_path)
    assert status == 1
    assert "a defect: KeyError" in said
    assert "text of a post" not in said + (tmp_path / "made.json").read_text()


def test_it_polls_from_a_copy_of_the_stored_cursor_and_stores_nothing(x_world: Any, tmp_path: Path) -> None:
    x_world.write(minutes_ago(START, 150))
    first = x_world.source().poll(None, START, "search")
    store = Store(tmp_path / "test.db")
    store.write(lambda tables: tables.sources.polled("x search", first.cursor, START))
    before = [*store.read.mentions.records()], store.read.sources.cursor("x search")
    record_x(x_world, tmp_path)
    assert ([*store.read.mentions.records()], store.read.sources.cursor("x search")) == before
    store.close()
    (step,) = json.loads((tmp_path / "made.json").read_bytes())["steps"]
    assert step["cursor"] == first.cursor
    told = recorded.replayed("x", tmp_path / "made.json")[1]
    assert sum('"mention"' in line for line in told) == 50


def test_as_many_pages_as_were_asked_for(x_world: Any, tmp_path: Path) -> None:
    x_world.write(minutes_ago(START, 350))
    for polls in (1, 2):
        record_x(x_world, tmp_path, polls)
        assert len(json.loads((tmp_path / "made.json").read_bytes())["steps"]) == polls


def test_what_is_no_source_and_what_is_not_polled_is_refused(settings: Config, tmp_path: Path) -> None:
    def run(name: str, build: Callable[..., Source]) -> None:
        command.record(settings, name, tmp_path / "made.json", 1, lambda: START, io.StringIO(), build)

    with pytest.raises(InputError, match="'y' is no source of the configuration; there are: x"):
        run("y", lambda *_: pytest.fail("not asked"))

    class Told(Source):
        name = "x"
        lanes = ()

    with pytest.raises(InputError, match="is not polled"):
        run("x", lambda *_: Told())
    assert not (tmp_path / "made.json").exists()


def test_without_vcrpy_it_says_what_to_install(
    settings: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "vcr", None)
    with pytest.raises(InputError, match=r'pip install "snapwatch\[record\]"'):
        command.record(settings, "x", tmp_path / "made.json", 1, lambda: START, io.StringIO())


def test_while_a_recording_is_played_nothing_reaches_the_network() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, played((), (), str):
        for attempt in (
            lambda: socket.create_connection(server.getsockname(), 1),
            lambda: socket.getaddrinfo("localhost", 80),
        ):
            with pytest.raises(OSError, match="a recording is played"):
                attempt()


def test_a_source_s_error_stays_one(x_world: Any, tmp_path: Path) -> None:
    x_world.fake.will(Answer(503, {}))
    record_x(x_world, tmp_path)
    ((_, result),) = recorded.results(tmp_path / "made.json")
    assert isinstance(result, SourceError)
    assert str(result) == "x: X answers 503"
