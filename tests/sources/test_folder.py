"""A watched folder: what people put there is read once, whatever its form, and nothing holds up the rest."""

from __future__ import annotations

import errno
import os
import tracemalloc
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pydantic import ValidationError
from structlog.testing import capture_logs

from monitor.errors import SourceError
from monitor.exchange import dump
from monitor.model import Author, Deleted, Mention, MentionKey, Reading
from sources import folder, tables
from tests.contract_sources import BRAND, START, SourceContract, keys, poll_all

HEAD = "id,text,date,author,url\n"


class World:
    """Each time that somebody writes, a new file is there."""

    secrets = ()
    lane = ""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.now = START
        self.written = 0

    def source(self, **changes: Any) -> folder.FolderSource:
        values = {"type": "folder", "folder": str(self.path)} | changes
        source = folder.build(folder.Settings.model_validate(values), "inbox", BRAND)
        assert isinstance(source, folder.FolderSource)
        return source

    def write(self, times: Sequence[datetime]) -> set[MentionKey]:
        rows = [
            f"{self.written + n},It is late,{at.isoformat()},ann,https://shop.example/{n}\n"
            for n, at in enumerate(times)
        ]
        ids = {str(self.written + n) for n, _ in enumerate(times)}
        self.put(f"posts-{self.written}.csv", HEAD + "".join(rows))
        self.written += len(rows)
        return {MentionKey("inbox", id) for id in ids}

    def put(self, name: str, content: str | bytes, age: float = 60) -> Path:
        """A file that was last written to so many seconds ago."""
        path = self.path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        self.touch(path, age)
        return path

    def touch(self, path: Path, age: float = 60) -> None:
        seconds = self.now.timestamp() - age
        os.utime(path, (seconds, seconds))

    def all(self, cursor: str | None = None, **changes: Any) -> list[Mention]:
        batches = poll_all(self.source(**changes), cursor, self.now)
        return [mention for batch in batches for mention in batch.mentions]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


class TestContract(SourceContract):
    @pytest.fixture
    def world(self, world: World) -> World:
        return world


def test_a_table_with_columns_that_people_use(world: World) -> None:
    world.put(
        "reviews.csv",
        'Review ID;Headline;Review;Date;Name;Likes\n7;"Late; again";"Where is it?\nTell me.";2026-11-01 09:30;Ann;12\n',
    )
    [batch] = poll_all(world.source(time_zone="Europe/Berlin"), None, world.now)
    assert batch.mentions == (
        Mention(
            source="inbox",
            id="7",
            author=Author("Ann", "Ann", "Ann"),
            text="Late; again\n\nWhere is it?\nTell me.",
            url="",
            created_at=datetime(2026, 11, 1, 8, 30, tzinfo=UTC),
        ),
    )
    assert batch.readings == (Reading("inbox", "7", world.now, likes=12),)


def test_columns_can_be_named_and_dates_have_a_form(world: World) -> None:
    world.put("a.csv", "Wann,Was,Text\n31.10.2026,Paket weg,an own column\n")
    [mention] = world.all(columns={"text": "Was", "created_at": "Wann"}, date_format="%d.%m.%Y")
    assert (mention.text, mention.created_at) == ("Paket weg", datetime(2026, 10, 31, tzinfo=UTC))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le-bom", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_encodings_and_delimiters(world: World, encoding: str, delimiter: str) -> None:
    rows = [delimiter.join((str(n), "Für mich – nie wieder", "2026-10-31")) for n in range(1200)]
    text = "\r\n".join([delimiter.join(("id", "text", "date")), *rows])
    world.put("a.csv", text.encode("utf-16" if encoding == "utf-16-le-bom" else encoding))
    found = world.all()
    assert [mention.id for mention in found] == [str(n) for n in range(1200)]
    assert {mention.text for mention in found} == {"Für mich – nie wieder"}


def test_the_exchange_format(world: World) -> None:
    mention = Mention("elsewhere", "9", Author("1", "ann"), "It is late", "", START - timedelta(hours=1))
    gone = Deleted("elsewhere", "8", START)
    world.put(
        "a.jsonl",
        "\n".join([dump(mention), "{", dump(Reading("elsewhere", "9", START, views=3)), dump(gone)]),
    )
    with capture_logs() as logs:
        batch = world.source().poll(None, world.now)
    assert [(each.source, each.id) for each in (*batch.mentions, *batch.readings, *batch.deleted)] == [
        ("inbox", "9"),
        ("inbox", "9"),
        ("inbox", "8"),
    ]
    assert [(entry["file"], entry["line"]) for entry in logs] == [("a.jsonl", 2)]


def test_bad_rows_are_named_and_the_others_are_read(world: World) -> None:
    long = '"' + "x" * 200_000 + '"'
    world.put(
        "a.csv", f"id,text,date\n1,good,2026-10-31\n2,,2026-10-31\n3,late,yesterday\n4,{long},\n\n5,fine,\n"
    )
    with capture_logs() as logs:
        found = world.all()
    assert [mention.id for mention in found] == ["1", "5"]
    assert found[1].created_at == world.now - timedelta(seconds=60)
    assert [(entry["line"], entry["reason"]) for entry in logs] == [
        (3, "text is empty"),
        (4, "created_at is not a date such as 2026-11-01T10:00:00Z"),
        (5, "a field is too long; is a quotation mark missing?"),
    ]


def test_a_file_of_bad_rows_does_not_flood_the_log(world: World) -> None:
    world.put("a.csv", HEAD + "1,,,,\n" * 300)
    with capture_logs() as logs:
        assert world.all() == []
    assert len(logs) == folder.TOLD + 1
    assert logs[-1]["count"] == 300 - folder.TOLD


def test_rows_without_an_id_are_the_same_when_read_twice(world: World) -> None:
    world.put("a.csv", "text,date\nlate,2026-10-31\nlost,2026-10-31\n")
    world.put("b.csv", "text,date\nlost,2026-10-31\n")
    found = world.all()
    assert len(found) == 3
    assert len({mention.id for mention in found}) == 2


def test_a_file_in_the_writing_waits_and_whole_lines_do_not(world: World) -> None:
    line = dump(Mention("a", "1", Author("", ""), "late", "", START))
    table = world.put("a.csv", HEAD + "1,late", age=1)
    lines = world.put("b.jsonl", f"{line}\n{line[:30]}", age=1)
    [first] = poll_all(world.source(), None, world.now)
    assert keys([first]) == [MentionKey("inbox", "1")]
    table.write_text(HEAD + "2,late and lost,,,\n")
    lines.write_text(line + "\n" + line.replace('"1"', '"3"') + "\n")
    for path in (table, lines):
        world.touch(path, 0)
    world.now += timedelta(minutes=1)
    assert {key.id for key in keys(poll_all(world.source(), first.cursor, world.now))} == {"2", "3"}


def test_a_last_line_without_its_end_is_read_once_the_file_rests(world: World) -> None:
    line = dump(Mention("a", "1", Author("", ""), "late", "", START))
    world.put("b.jsonl", line, age=1)
    [first] = poll_all(world.source(), None, world.now)
    assert keys([first]) == []
    world.now += timedelta(minutes=1)
    assert len(keys(poll_all(world.source(), first.cursor, world.now))) == 1


def test_what_is_appended_is_read_on_and_what_is_replaced_is_read_anew(world: World) -> None:
    path = world.put("a.csv", HEAD + "1,one,,,\n2,two,,,\n")
    cursor = poll_all(world.source(), None, world.now)[-1].cursor
    path.write_text(HEAD + "1,one,,,\n2,two,,,\n3,three,,,\n")
    world.touch(path)
    [batch] = poll_all(world.source(), cursor, world.now)
    assert [mention.id for mention in batch.mentions] == ["3"]
    path.write_text(HEAD + "4,four and some more,,,\n1,one,,,\n2,two,,,\n3,three,,,\n")
    world.touch(path)
    [batch] = poll_all(world.source(), batch.cursor, world.now)
    assert [mention.id for mention in batch.mentions] == ["4", "1", "2", "3"]


def test_odd_things_in_the_folder_are_named_once_and_hold_up_nothing(world: World, tmp_path: Path) -> None:
    outside = tmp_path.parent / f"{tmp_path.name}-outside.csv"
    outside.write_text(HEAD + "secret,secret,,,\n")
    (world.path / "link.csv").symlink_to(outside)
    (world.path / "folder.csv").mkdir()
    os.mkfifo(world.path / "pipe.jsonl")
    world.put("evil\n\x1b[31m.csv", HEAD + "e,evil,,,\n")
    Path(os.fsdecode(os.fsencode(world.path) + b"/\xff.csv")).write_text(HEAD)
    world.put(".hidden.csv", HEAD + "h,hidden,,,\n")
    world.put("notes.txt", "text\nnot a table\n")
    world.put("empty.csv", "")
    world.put("binary.csv", bytes(range(256)) * 9)
    world.put("locked.csv", HEAD + "l,locked,,,\n").chmod(0)
    world.put("good.csv", HEAD + "g,good,,,\n")
    with capture_logs() as logs:
        batches = poll_all(world.source(), None, world.now)
        again = poll_all(world.source(), batches[-1].cursor, world.now)
    assert {"g"} <= {key.id for key in keys(batches)} <= {"g", "l"}  # root may read what is locked
    assert keys(again) == []
    passed = sorted(entry["file"] for entry in logs if "passed over" in entry["event"])
    assert passed == sorted(
        ascii(name) for name in ("link.csv", "folder.csv", "pipe.jsonl", "evil\n\x1b[31m.csv", "\udcff.csv")
    )
    unread = {entry["file"] for entry in logs if "can't be read" in entry["event"]}
    assert {"empty.csv", "binary.csv"} <= unread
    told = world.source().check()
    assert "good.csv" not in told
    assert "no column is the text" in told


def test_only_what_names_the_brand(world: World) -> None:
    world.put("a.csv", HEAD + "1,Kestrel is late,,,\n2,the weather,,,\n")
    source = world.source(about_brand=False)
    assert not source.about_brand
    assert [key.id for key in keys(poll_all(source, None, world.now))] == ["1"]


def test_a_folder_that_is_not_there(world: World) -> None:
    with pytest.raises(SourceError, match="can't be read") as caught:
        world.source(folder=str(world.path / "none")).poll(None, world.now)
    assert caught.value.permanent


def test_a_large_file_takes_little_memory(world: World) -> None:
    with (world.path / "large.csv").open("w") as file:
        file.write(HEAD)
        for number in range(150_000):
            file.write(f"{number},{'late ' * 40},,,\n")
    world.touch(world.path / "large.csv")
    source = world.source()
    source.poll(None, world.now)
    tracemalloc.start()
    batch = source.poll(None, world.now)
    for _ in range(3):
        batch = source.poll(batch.cursor, world.now)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [batch.mentions[0].id, len(batch.mentions), batch.more] == ["1500", folder.ROWS, True]
    assert peak < 12 << 20


@pytest.mark.parametrize(("name", "head"), [("a.csv", "id,text\n"), ("a.jsonl", "")])
def test_a_file_of_empty_lines_ends_a_page_too(
    world: World, name: str, head: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "BLANKS", 10)
    monkeypatch.setattr(folder, "ROWS", 5)
    post = Mention("inbox", "7", Author("a", "a"), "acme is late", "", world.now)
    row = "7,acme is late\n" if head else dump(post) + "\n"
    world.put(name, head + "\n" * 123 + row + "\n" * 27)
    batches = poll_all(world.source(), None, world.now)
    assert [mention.id for batch in batches for mention in batch.mentions] == ["7"]
    assert len(batches) == 4  # fifteen times ten empty lines, and a row


def test_a_disk_that_fails_for_a_moment_loses_no_file(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    written = world.write([world.now])
    with monkeypatch.context() as broken:
        broken.setattr(folder, "_mark", Mock(side_effect=OSError(errno.EIO, "Input/output error")))
        first = world.source().poll(None, world.now)
    assert first.mentions == ()
    assert set(keys(poll_all(world.source(), first.cursor, world.now))) == written


def test_check_tells_the_first_bad_line_of_a_file(world: World) -> None:
    os.utime(world.put("a.csv", HEAD + "1,,,,\n2,,,,\n"))
    world.put("b.csv", HEAD + "1,,,,\n2,fine,,,\n")
    line = world.source().check()
    assert "b.csv: line 2: text is empty" in line
    assert "line 3" not in line


@pytest.mark.parametrize("changes", [{"columns": {"words": "Review"}}, {"time_zone": "Mars"}, {"folder": ""}])
def test_settings_that_can_not_work_are_refused(world: World, changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        world.source(**changes)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("any")


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300), st.booleans(), st.sampled_from([".csv", ".jsonl"]))
def test_any_bytes_do_no_harm(place: Path, content: bytes, headed: bool, kind: str) -> None:
    world = World(place)
    path = world.put(f"any{kind}", HEAD.encode() * headed + content)
    for batch in poll_all(world.source(), None, world.now):
        for mention in batch.mentions:
            assert mention.text
            mention.text.encode()
    path.unlink()
