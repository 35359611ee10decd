"""The exchange format: JSON Lines that import, export, replay and backtest all speak.

    {"type": "mention", "source", "id", "author": {"id", "handle", "name"?, "followers"?}, "text", "url",
     "created_at", "language"?, "in_reply_to"?, "quoted"?}
    {"type": "reading", "source", "id", "at", "likes"?, "replies"?, "reposts"?, "quotes"?, "views"?}
    {"type": "deleted", "source", "id", "at"}
    {"type": "label", "source", "id", "at", "by"?, "complaint"?, ...}    or with "text" in place of "source" and "id"

Lines are ordered by time (`created_at` or `at`). What carries a question mark may be absent or null; a counter that
the platform does not give is absent, not zero. Keys that are not named here are ignored, so that files with more
in them can be read. A source's name holds no white space. Times are ISO 8601 with an offset and become UTC.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, BinaryIO

from monitor.errors import InputError
from monitor.model import COUNTERS, Author, Deleted, Mention, Reading, Record

MAX_LINE = 1_000_000
"""Bytes (characters of a str) that one line may have; the longest post of any platform is a tenth of it."""

_LARGEST = 2**63 - 1  # what a database column holds


@dataclass(frozen=True, slots=True)
class Label:
    """What a person said: a line as `snapwatch label --file` takes it (it knows what may be said), and when."""

    at: datetime
    line: Mapping[str, Any]


def parse_line(text: str) -> Record | Label:
    """What one line holds. InputError says what is wrong, naming the field, and never quotes the line."""
    if len(text) > MAX_LINE:
        raise InputError(f"the line is longer than {MAX_LINE:,} characters")
    try:
        data = json.loads(text)
    except RecursionError:
        raise InputError("not JSON that can be read: nested too deeply") from None
    except ValueError as error:
        where = f" at character {error.pos + 1}" if isinstance(error, json.JSONDecodeError) else ""
        raise InputError(f"not JSON{where}") from None
    if not isinstance(data, dict):
        raise InputError(f"a line holds one JSON object, not {_kind(data)}")
    kind = string(data, "type")
    if kind == "mention":
        return _mention(data)
    if kind == "reading":
        return Reading(
            source=_source(data),
            id=string(data, "id"),
            at=_time(data, "at"),
            **{counter: _count(data, counter) for counter in COUNTERS},
        )
    if kind == "deleted":
        return Deleted(source=_source(data), id=string(data, "id"), at=_time(data, "at"))
    if kind == "label":
        return Label(_time(data, "at"), {key: data[key] for key in data if key not in ("type", "at")})
    raise InputError("type must be mention, reading, deleted or label")


def read_records(lines: Iterable[str | bytes]) -> Iterator[tuple[int, Record | InputError]]:
    """`read_lines` for those who do not care for labels."""
    for number, line in read_lines(lines):
        if not isinstance(line, Label):
            yield number, line


def read_lines(lines: Iterable[str | bytes]) -> Iterator[tuple[int, Record | Label | InputError]]:
    """Each line's number, from 1, with what it holds or with what is wrong with it; blank lines are skipped.

    A bad line never stops the rest. From a file, pass `bounded_lines(file)`, so that memory is bounded too.
    """
    for number, line in enumerate(lines, start=1):
        try:
            text = line if isinstance(line, str) else _decode(line)
            if text.strip():
                yield number, parse_line(text)
        except InputError as error:
            yield number, error


def parse_object(line: bytes) -> dict[str, Any]:
    """The JSON object that a line of any format holds, fit to be written as JSON again. InputError when it is too long or
    none."""
    if len(line) > MAX_LINE:
        raise InputError(f"the line is longer than {MAX_LINE:,} bytes")
    try:
        item = json.loads(line, parse_float=_finite, parse_constant=_no_json)
    except (ValueError, RecursionError):
        raise InputError("not JSON; one object a line is expected") from None
    if not isinstance(item, dict):
        raise InputError("one object a line is expected")
    return item


def _finite(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise InputError("not JSON that can be read: a number is too large")
    return value


def _no_json(name: str) -> float:
    raise InputError(f"not JSON: {name} is no number")


def bounded_lines(file: BinaryIO) -> Iterator[bytes]:
    """The lines of a file; one that is too long is cut, still too long to be accepted, instead of filling memory.

    `file.tell()` after each line is the offset of the next one.
    """
    while line := file.readline(MAX_LINE + 1):
        rest = line
        while rest and not rest.endswith(b"\n"):
            rest = file.readline(MAX_LINE)
        yield line


def dump(record: Record | Label) -> str:
    """One line without its newline, in ASCII, so that nothing in a text breaks a line or reaches a terminal raw.

    `parse_line(dump(record)) == record`.
    """
    data: dict[str, Any]
    if isinstance(record, Mention):
        author: dict[str, Any] = {
            "id": record.author.id,
            "handle": record.author.handle,
            "name": record.author.name,
        }
        if record.author.followers is not None:
            author["followers"] = record.author.followers
        data = {
            "type": "mention",
            "source": record.source,
            "id": record.id,
            "author": author,
            "text": record.text,
            "url": record.url,
            "created_at": _iso(record.created_at),
            "language": record.language,
            "in_reply_to": record.in_reply_to,
        }
        if record.quoted is not None:
            data["quoted"] = record.quoted
    elif isinstance(record, Reading):
        data = {"type": "reading", "source": record.source, "id": record.id, "at": _iso(record.at)}
        data |= {name: value for name in COUNTERS if (value := getattr(record, name)) is not None}
    elif isinstance(record, Label):
        data = {"type": "label", "at": _iso(record.at), **record.line}
    else:
        data = {"type": "deleted", "source": record.source, "id": record.id, "at": _iso(record.at)}
    return json.dumps(data)


def time_of(record: Record | Label) -> datetime:
    """The moment that orders the lines: when a mention was written, when a reading or a deletion was seen, when a person
    spoke."""
    return record.created_at if isinstance(record, Mention) else record.at


def _mention(data: dict[str, Any]) -> Mention:
    author = data.get("author")
    if not isinstance(author, dict):
        raise InputError(_wrong(data, "author", "an object"))
    url = string(data, "url", empty=True)
    if url and not url.startswith(("https://", "http://")):
        raise InputError("url must begin with https:// or http://")
    return Mention(
        source=_source(data),
        id=string(data, "id"),
        author=Author(
            id=string(author, "id", path="author.", empty=True),
            handle=string(author, "handle", path="author.", empty=True),
            name=_optional(author, "name", path="author.") or "",
            followers=_count(author, "followers", path="author."),
        ),
        text=string(data, "text", empty=True),
        url=url,
        created_at=_time(data, "created_at"),
        language=_optional(data, "language"),
        in_reply_to=_optional(data, "in_reply_to"),
        quoted=_optional(data, "quoted"),
    )


def string(data: Mapping[str, Any], name: str, *, path: str = "", empty: bool = False) -> str:
    """The string of that name, which a database and a terminal's encoding can hold. InputError when it is none."""
    value = data.get(name)
    if not isinstance(value, str):
        raise InputError(_wrong(data, name, "a string", path))
    if not value.strip() and not empty:
        raise InputError(f"{path}{name} is empty")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise InputError(f"{path}{name} holds half of a surrogate pair, which is no character") from None
    return value


def _source(data: Mapping[str, Any]) -> str:
    """The name of a source is one word: the database holds lists of them, and a mention's name begins with it."""
    name = string(data, "source")
    if name.split() != [name]:
        raise InputError("source holds white space: write it as one word, such as my-shop")
    return name


def _optional(data: dict[str, Any], name: str, *, path: str = "") -> str | None:
    return None if data.get(name) is None else string(data, name, path=path, empty=name == "name")


def _count(data: dict[str, Any], name: str, *, path: str = "") -> int | None:
    value = data.get(name)
    if value is None:
        return None
    if isinstance(value, float) and not math.isfinite(value):
        raise InputError(f"{path}{name} must be a whole number, not NaN or infinity")
    if isinstance(value, bool) or not isinstance(value, int):
        raise InputError(_wrong(data, name, "a whole number", path))
    if value < 0:
        raise InputError(f"{path}{name} is negative")
    if value > _LARGEST:
        raise InputError(f"{path}{name} is larger than any counter can be")
    return value


def _time(data: dict[str, Any], name: str) -> datetime:
    text = string(data, name)
    try:
        value = datetime.fromisoformat(text)
        if value.tzinfo is None:
            raise InputError(f"{name} has no time zone: write 2026-11-01T10:00:00Z")
        return value.astimezone(UTC)
    except (ValueError, OverflowError):
        raise InputError(f"{name} is not a time such as 2026-11-01T10:00:00Z") from None


def _wrong(data: Mapping[str, Any], name: str, wanted: str, path: str = "") -> str:
    if name not in data:
        return f"{path}{name} is missing"
    return f"{path}{name} must be {wanted}, not {_kind(data[name])}"


def _kind(value: object) -> str:
    kinds: dict[type, str] = {int: "a number", float: "a decimal number", str: "a string", list: "a list"}
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return kinds.get(type(value), "an object")


def _decode(line: bytes) -> str:
    if len(line) > MAX_LINE:
        raise InputError(f"the line is longer than {MAX_LINE:,} bytes")
    try:
        return line.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"not UTF-8 at byte {error.start + 1}") from None


def _iso(value: datetime) -> str:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
