"""The exchange format: what is written comes back, what is wrong is named, and a bad line stops nothing."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import InputError
from monitor.exchange import (
    MAX_LINE,
    Label,
    bounded_lines,
    dump,
    parse_line,
    read_lines,
    read_records,
    time_of,
)
from monitor.model import COUNTERS, Author, Deleted, Mention, Reading

texts = st.text(st.characters(exclude_categories=["Cs"]))
words = texts.filter(lambda text: bool(text.strip()))
names = texts.map(lambda text: "".join(text.split())).filter(bool)
counts = st.none() | st.integers(0, 2**63 - 1)
offsets = st.timedeltas(timedelta(hours=-23), timedelta(hours=23)).map(
    lambda delta: timezone(timedelta(minutes=delta // timedelta(minutes=1)))
)
times = st.datetimes(datetime(1990, 1, 1), datetime(2200, 1, 1), timezones=offsets)  # noqa: DTZ001
mentions = st.builds(
    Mention,
    source=names,
    id=words,
    author=st.builds(Author, id=texts, handle=texts, name=texts, followers=counts),
    text=texts,
    url=st.just("") | texts.map(lambda text: "https://" + text),
    created_at=times.map(lambda time: time.astimezone(UTC)),
    language=st.none() | words,
    in_reply_to=st.none() | words,
    quoted=st.none() | words,
)
readings = st.builds(
    Reading,
    source=names,
    id=words,
    at=times.map(lambda time: time.astimezone(UTC)),
    **dict.fromkeys(COUNTERS, counts),
)
deletions = st.builds(Deleted, source=names, id=words, at=times.map(lambda time: time.astimezone(UTC)))
records = mentions | readings | deletions
labels = st.builds(
    Label,
    at=times.map(lambda time: time.astimezone(UTC)),
    line=st.dictionaries(texts.filter(lambda key: key not in ("type", "at")), texts),
)

MENTION: dict[str, Any] = {
    "type": "mention",
    "source": "x",
    "id": "1",
    "author": {"id": "7", "handle": "ann", "name": "Ann", "followers": 120},
    "text": "late again",
    "url": "https://example.org/1",
    "created_at": "2026-11-01T10:00:00Z",
    "language": "en",
    "in_reply_to": None,
}
READING: dict[str, Any] = {
    "type": "reading",
    "source": "x",
    "id": "1",
    "at": "2026-11-01T10:05:00Z",
    "likes": 3,
}
DELETED: dict[str, Any] = {"type": "deleted", "source": "x", "id": "1", "at": "2026-11-01T11:00:00Z"}


@given(records | labels)
def test_what_is_written_comes_back(record: Mention | Reading | Deleted | Label) -> None:
    line = dump(record)
    assert parse_line(line) == record
    assert line.isascii()
    assert len(line.splitlines()) == 1


def test_labels_are_for_those_who_care_for_them() -> None:
    label = {"type": "label", "source": "x", "id": "1", "at": "2026-11-01T10:05:00Z", "complaint": "no"}
    lines = [json.dumps(each) for each in (MENTION, label, DELETED)]
    assert [number for number, _ in read_records(lines)] == [1, 3]
    assert [type(line) for _, line in read_lines(lines)] == [Mention, Label, Deleted]
    ((_, found),) = read_lines([json.dumps(label | {"at": "yesterday"})])
    assert "at is not a time" in str(found)


@given(st.lists(records | st.sampled_from(["{", "[]", "\x00", '{"type": "like"}']), max_size=20))
def test_every_line_is_accounted_for(lines: list[Any]) -> None:
    written = [line if isinstance(line, str) else dump(line) for line in lines]
    back = list(read_records(line.encode() + b"\n" for line in written))
    assert [number for number, _ in back] == list(range(1, len(lines) + 1))
    for line, (_, record) in zip(lines, back, strict=True):
        assert isinstance(record, InputError) if isinstance(line, str) else record == line


@given(st.text() | st.recursive(st.none() | st.floats() | st.text(), st.lists).map(json.dumps))
def test_anything_else_is_an_input_error(text: str) -> None:
    with pytest.raises(InputError):
        parse_line(text)


@given(times)
def test_every_offset_becomes_utc(time: datetime) -> None:
    record = parse_line(json.dumps(DELETED | {"at": time.isoformat()}))
    assert time_of(record) == time
    assert time_of(record).tzinfo is UTC


def test_the_lines_of_the_design() -> None:
    mention = parse_line(json.dumps(MENTION))
    assert mention == Mention(
        source="x",
        id="1",
        author=Author("7", "ann", "Ann", 120),
        text="late again",
        url="https://example.org/1",
        created_at=datetime(2026, 11, 1, 10, tzinfo=UTC),
        language="en",
    )
    assert json.loads(dump(mention)) == MENTION
    assert json.loads(dump(parse_line(json.dumps(READING)))) == READING
    assert json.loads(dump(parse_line(json.dumps(DELETED)))) == DELETED


@pytest.mark.parametrize(
    ("base", "change", "reason"),
    [
        (MENTION, {"type": "like"}, "type must be mention, reading, deleted or label"),
        (MENTION, {"type": 3}, "type must be a string, not a number"),
        (MENTION, {"id": 1}, "id must be a string, not a number"),
        (MENTION, {"id": ""}, "id is empty"),
        (MENTION, {"source": "  "}, "source is empty"),
        (MENTION, {"source": ...}, "source is missing"),
        (MENTION, {"source": "my shop"}, "source holds white space: write it as one word"),
        (READING, {"source": "my\u00a0shop"}, "source holds white space"),
        (DELETED, {"source": "shop\n"}, "source holds white space"),
        (MENTION, {"author": ...}, "author is missing"),
        (MENTION, {"author": "ann"}, "author must be an object, not a string"),
        (MENTION, {"author": {"handle": "ann"}}, "author.id is missing"),
        (MENTION, {"author": {"id": "7", "handle": "ann", "followers": -1}}, "author.followers is negative"),
        (MENTION, {"text": None}, "text must be a string, not null"),
        (MENTION, {"text": ["a"]}, "text must be a string, not a list"),
        (MENTION, {"url": "javascript:alert(1)"}, "url must begin with https:// or http://"),
        (MENTION, {"created_at": ...}, "created_at is missing"),
        (MENTION, {"created_at": "2026-11-01T10:00:00"}, "created_at has no time zone"),
        (MENTION, {"created_at": "2026-11-01"}, "created_at has no time zone"),
        (MENTION, {"created_at": "yesterday"}, "created_at is not a time"),
        (MENTION, {"created_at": "0001-01-01T00:00:00+10:00"}, "created_at is not a time"),
        (MENTION, {"created_at": 1793527200}, "created_at must be a string, not a number"),
        (MENTION, {"quoted": ""}, "quoted is empty"),
        (MENTION, {"language": True}, "language must be a string, not true"),
        (MENTION, {"text": "\ud83d"}, "text holds half of a surrogate pair"),
        (READING, {"likes": -1}, "likes is negative"),
        (READING, {"likes": True}, "likes must be a whole number, not true"),
        (READING, {"likes": 1.5}, "likes must be a whole number, not a decimal number"),
        (READING, {"likes": float("nan")}, "likes must be a whole number, not NaN or infinity"),
        (READING, {"views": float("inf")}, "views must be a whole number, not NaN or infinity"),
        (READING, {"quotes": "3"}, "quotes must be a whole number, not a string"),
        (READING, {"reposts": 2**63}, "reposts is larger than any counter can be"),
        (DELETED, {"at": ...}, "at is missing"),
    ],
)
def test_a_bad_field_is_named(base: dict[str, Any], change: dict[str, Any], reason: str) -> None:
    data = {key: value for key, value in (base | change).items() if value is not ...}
    with pytest.raises(InputError) as caught:
        parse_line(json.dumps(data))
    assert str(caught.value).startswith(reason)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"type": "mention", ', "not JSON at character"),
        ("[" * 100_000, "nested too deeply"),
        ("9" * 5_000, "not JSON"),
        ('"mention"', "a line holds one JSON object, not a string"),
        (" " * MAX_LINE + "{}", "longer than 1,000,000 characters"),
    ],
)
def test_a_bad_line_is_explained(line: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        parse_line(line)


def test_absent_and_null_are_the_same_and_other_keys_are_ignored() -> None:
    nulls = dict.fromkeys([*COUNTERS, "label"]) | {"spam": 1}
    assert parse_line(json.dumps({**nulls, **DELETED, "type": "reading"})) == Reading(
        "x", "1", datetime(2026, 11, 1, 11, tzinfo=UTC)
    )


def test_blank_lines_keep_the_count_and_a_byte_order_mark_is_no_text() -> None:
    file = io.BytesIO(b"\xef\xbb\xbf" + dump(parse_line(json.dumps(DELETED))).encode() + b"\n\n \r\n\xff\n{}")
    found = list(read_records(bounded_lines(file)))
    assert [number for number, _ in found] == [1, 4, 5]
    assert found[0][1] == parse_line(json.dumps(DELETED))
    assert [str(record) for _, record in found[1:]] == ["not UTF-8 at byte 1", "type is missing"]


def test_a_line_without_end_is_cut_and_the_next_one_read() -> None:
    good = dump(parse_line(json.dumps(DELETED))).encode()
    file = io.BytesIO(b"x" * (3 * MAX_LINE) + b"\n" + good + b"\n" + good)
    lines = list(bounded_lines(file))
    assert max(map(len, lines)) <= MAX_LINE + 1
    (_, first), *rest = read_records(lines)
    assert "longer than" in str(first)
    assert [record for _, record in rest] == [parse_line(good.decode())] * 2
