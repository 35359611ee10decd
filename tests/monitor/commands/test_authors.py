"""A person's request: what is stored of somebody, erased in numbers, kept out from then on, let in again, told apart."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.commands import erasing, transfer
from monitor.config import Config
from monitor.errors import InputError
from monitor.exchange import dump
from monitor.model import Author, Deleted, Mention, MentionKey, Record
from monitor.pipeline import Pipeline
from monitor.store import Store, spelled
from tests.monitor.commands.test_privacy import in_a_story, told
from tests.monitor.scripted import NOON, ScriptedSource, fill, mention, parts, reading

ANN = Author("7", "Ann", "Ann Lee", 120)


def by(author: Author, number: int, text: str = "My Kestrel parcel is lost") -> Mention:
    return replace(mention(number, text), author=author)


def add(store: Store, *mentions: Mention) -> int:
    return store.write(lambda tables: tables.mentions.add(mentions, NOON))


def purge(
    config: Config, author: str, *, keep_out: bool = False, sure: Callable[[], object] = lambda: None
) -> str:
    out = io.StringIO()
    erasing.purge_author(config, author, out, sure, keep_out=keep_out)
    return out.getvalue()


@pytest.fixture
def ready(store: Store, settings: Config, tmp_path: Path) -> Store:
    fill(store, tmp_path)  # the clock needs it
    return store


@pytest.mark.parametrize("who", ["ann", "Ann", "@ANN", " @ann ", "u/ann", "/u/Ann", "7"])
def test_an_author_is_found_in_any_spelling(store: Store, who: str) -> None:
    add(store, by(ANN, 1), by(Author("8", "anna"), 2), by(replace(ANN, handle="@ann"), 3))
    (found,) = store.read.authors.find("x", who)
    assert [key.id for key in found.mentions] == ["1", "3"]
    assert store.read.authors.find("reddit", who) == []


def test_what_somebody_wrote_under_another_handle_is_found_too(store: Store) -> None:
    add(store, by(ANN, 1), by(replace(ANN, handle="ann_the_2nd"), 2))
    (found,) = store.read.authors.find("x", "ann")
    assert len(found.mentions) == 2


def test_handles_that_differ_in_capitals_alone_may_be_several_people(store: Store) -> None:
    add(store, by(ANN, 1), by(Author("9", "ANN"), 2), by(Author("", "ann"), 3), by(Author("", "Bob"), 4))
    assert [each.author.id for each in store.read.authors.find("x", "@ann")] == ["", "7", "9"]
    add(store, by(Author("10", "Jürgen"), 5))
    assert len(store.read.authors.find("x", "JÜRGEN")) == 1


@given(st.text(max_size=20))
def test_a_spelling_is_the_same_when_it_is_spelled_again_with_an_at(handle: str) -> None:
    assert spelled(f"@{spelled(handle)}") == spelled(handle) or spelled(handle).startswith(
        ("u/", "user/", "/")
    )


def test_erasing_tells_in_numbers_what_it_was(ready: Store, settings: Config) -> None:
    ready.write(in_a_story)  # by user1
    add(ready, mention(2, "I think @USER1 is right"), mention(3, "@user12 is somebody else"))
    ready.write(
        lambda tables: tables.mentions.add_readings([reading(1, 5), reading(1, 6, NOON.replace(hour=13))])
    )
    ready.write(lambda tables: tables.labels.add(MentionKey("x", "1"), {"sarcasm": "no"}, None, NOON))
    asked: list[str] = []
    said = purge(settings, "x:@user1", sure=lambda: asked.append("sure?"))
    assert said.splitlines() == [
        "user1 (id a1) on x: 1 mention, 2 readings, 1 label, 1 title or summary of a story",
        "erased 1 mention",
        "1 mention of others names this author, and stays: x:2; erase one with --mention SOURCE:ID",
    ]
    assert asked == ["sure?"]
    assert told(ready, b"blue ribbon") == set()
    assert purge(settings, "x:@user1") == "nothing is stored of x:@user1\n"
    assert add(ready, mention(1)) == 1  # nobody asked to be kept out


def test_nothing_goes_when_the_answer_is_no(ready: Store, settings: Config) -> None:
    def no() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        purge(settings, "x:user1", keep_out=True, sure=no)
    assert ready.read.mentions.count() == 1
    assert add(ready, by(Author("a1", "user1"), 2)) == 1


@pytest.mark.parametrize("who", ["user1", "a1"])
def test_who_is_kept_out_is_not_stored_again_by_whatever_way(
    ready: Store, settings: Config, who: str
) -> None:
    said = purge(settings, f"x:{who}", keep_out=True)
    assert "kept out: nothing that comes of this author is stored any more" in said
    again = [by(Author("a1", "renamed"), n) for n in (1, 2)]
    other = by(Author("a2", "user1"), 3)  # somebody took the handle
    source = ScriptedSource([*again, other], page=10)
    source.counters = {"1": 5, "2": 5, "3": 5}
    pipeline = Pipeline(parts(ready, settings, source))
    pipeline.schedule(NOON)
    pipeline.fetcher.poll("x", NOON)
    file = settings.store.path.parent / "history.jsonl"
    records: list[Record] = [again[0], reading(1, 9)]
    file.write_text("\n".join(dump(each) for each in records) + "\n", encoding="utf-8")
    assert transfer.import_files(settings, [file]) == 0
    assert [each.id for each in ready.read.mentions.records()] == ["3", "3"]  # of the other, and its reading
    assert ready.read.mentions.readings(MentionKey("x", "1")) == []
    assert told(ready, b"renamed") == set()
    assert told(ready, b'"a1"') == set()


def test_an_author_without_an_id_is_known_by_the_handle(ready: Store, settings: Config) -> None:
    add(ready, by(Author("", "Bob"), 5))
    purge(settings, "x:@bob", keep_out=True)
    assert add(ready, by(Author("", "@BOB"), 6), by(Author("11", "cy"), 7)) == 1


def test_somebody_of_whom_nothing_is_stored_can_be_kept_out_too(ready: Store, settings: Config) -> None:
    said = purge(settings, "x:@Dora", keep_out=True)
    assert said.startswith("nothing is stored of x:@Dora\nerased 0 mentions\nkept out")
    assert (
        add(ready, by(Author("12", "dora"), 8), by(Author("", "@DORA"), 9), by(Author("Dora", "else"), 10))
        == 0
    )
    assert add(ready, by(Author("13", "dor"), 11)) == 1


def test_no_name_is_kept_and_a_mistake_can_be_taken_back(ready: Store, settings: Config) -> None:
    purge(settings, "x:user1", keep_out=True)
    rows = list(ready._connections.reader().query("SELECT * FROM forgotten"))
    assert len(rows) == 1
    assert {len(value) for row in rows for value in row.values()} == {32}
    assert not erasing.let_in(settings, "x:somebody")
    assert not erasing.let_in(settings, "reddit:user1")
    assert erasing.let_in(settings, "x:@USER1")
    assert add(ready, mention(1)) == 1
    purge(settings, "x:user1", keep_out=True)
    assert erasing.let_in(settings, "x:a1")
    assert not erasing.let_in(settings, "x:user1")


@pytest.mark.parametrize("author", ["x", "x:", "x:@", ":ann", "x: "])
def test_a_name_that_is_none_is_refused(ready: Store, settings: Config, author: str) -> None:
    with pytest.raises(InputError, match="--author wants"):
        purge(settings, author, keep_out=True)
    with pytest.raises(InputError, match="--author wants"):
        erasing.let_in(settings, author)


def test_a_hostile_name_erases_nobody_and_moves_no_cursor(ready: Store, settings: Config) -> None:
    said = purge(settings, "x:' OR '1'='1\x1b[2J")
    assert ready.read.mentions.count() == 1
    assert "\x1b" not in said


def test_the_export_of_one_author_has_nothing_of_others(
    ready: Store, settings: Config, capsys: pytest.CaptureFixture[str]
) -> None:
    add(ready, mention(2))
    ready.write(lambda tables: tables.mentions.add_readings([reading(1, 5), reading(2, 6)]))
    for number in (1, 2):
        key = MentionKey("x", str(number))
        ready.write(lambda tables, key=key: tables.labels.add(key, {"sarcasm": "no"}, None, NOON))  # type: ignore[misc]
    out = io.StringIO()
    transfer.export(settings, out, "x:@USER1")
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert {line["type"] for line in lines} == {"mention", "reading", "label"}
    assert {line["id"] for line in lines} == {"1"}
    nothing = io.StringIO()
    transfer.export(settings, nothing, "x:nobody")
    assert nothing.getvalue() == ""
    assert capsys.readouterr().err == "nothing is stored of x:nobody\n"


def test_a_tombstone_is_nobodys(ready: Store) -> None:
    ready.write(lambda tables: tables.mentions.delete([Deleted("x", "1", NOON)]))
    assert ready.read.authors.find("x", "user1") == []
