"""The file of a recording: JSON that says at its top in plain words what it holds.

A body is text where it is UTF-8, else base64. Of a request there is only its method and address, of an answer's headers
only those that a source looks at.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from monitor.errors import InputError
from monitor.recording.secrets import Cleaner, plain_address

HEADERS = re.compile(
    r"(?i)content-type|content-language|date|etag|last-modified|expires|cache-control|retry-after|location|link|"
    r"[\w-]*rate-?limit[\w-]*|x-(app|user)-limit[\w-]*"
)

WHAT = (
    "A recording of `snapwatch record`: what a platform answered when the source below was polled. It holds public posts "
    "with the names of those who wrote them, the source's settings and the brand's definition. Passwords, keys, tokens and "
    "cookies were taken out and stand as REDACTED. Look through it before you send it to anybody. `snapwatch record SOURCE "
    "--replay FILE` plays it."
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came to one request."""

    method: str
    url: str
    status: int
    reason: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Frame:
    """What a stream brought: "text" or "bytes", "silence", "closed"; the first is its "date", as the server says it."""

    kind: str
    data: bytes = b""


@dataclass(frozen=True, slots=True)
class Heard:
    """Answers and streams in their order, and the credentials that were seen on the way."""

    answers: tuple[Answer, ...] = ()
    streams: tuple[tuple[str, tuple[Frame, ...]], ...] = ()
    secrets: tuple[str, ...] = ()


class Step(BaseModel):
    """One poll. `error` is what it ended in; empty when it brought a page."""

    lane: str
    cursor: str | None
    at: AwareDatetime
    error: str = ""


class Written(BaseModel):
    """As it stands in the file."""

    model_config = ConfigDict(extra="forbid")

    what: str
    snapwatch: str
    source: str
    type: str
    settings: dict[str, Any]
    brand: dict[str, Any]
    steps: list[Step] = Field(min_length=1)
    answers: list[dict[str, Any]]
    streams: list[dict[str, Any]] = []


@dataclass(frozen=True, slots=True)
class Recording:
    """`settings` has `{"secret": true}` in place of each secret."""

    version: str
    source: str
    type: str
    settings: Mapping[str, Any]
    brand: Mapping[str, Any]
    steps: tuple[Step, ...]
    answers: tuple[Answer, ...]
    streams: tuple[tuple[str, tuple[Frame, ...]], ...] = ()


def cleaned(recording: Recording, cleaner: Cleaner) -> Recording:
    """Without a secret in it."""
    return replace(
        recording,
        settings=_without(recording.settings, cleaner),
        brand=_without(recording.brand, cleaner),
        steps=tuple(
            step.model_copy(
                update={
                    "cursor": step.cursor and cleaner.text(step.cursor),
                    "error": cleaner.text(step.error),
                }
            )
            for step in recording.steps
        ),
        answers=tuple(_clean(answer, cleaner) for answer in recording.answers),
        streams=tuple(
            (cleaner.address(url), tuple(Frame(each.kind, cleaner.clean(each.data)) for each in frames))
            for url, frames in recording.streams
        ),
    )


def _clean(answer: Answer, cleaner: Cleaner) -> Answer:
    encoded = any(name.lower() == "content-encoding" for name, _ in answer.headers)
    headers = tuple(
        (name.lower(), _header(name.lower(), value, cleaner))
        for name, value in answer.headers
        if HEADERS.fullmatch(name)
    )
    # What is packed in a way that nobody here can unpack may hold anything.
    body = b"" if encoded else cleaner.clean(answer.body)
    return replace(
        answer,
        url=cleaner.address(answer.url),
        reason=cleaner.text(answer.reason),
        headers=headers,
        body=body,
    )


def _header(name: str, value: str, cleaner: Cleaner) -> str:
    if name == "location":
        return cleaner.address(value)
    if name == "link":
        value = re.sub("<([^>]*)>", lambda found: f"<{plain_address(found[1])}>", value)
    return cleaner.text(value)


def _without(value: Any, cleaner: Cleaner) -> Any:
    if isinstance(value, Mapping):
        return {key: _without(inner, cleaner) for key, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_without(inner, cleaner) for inner in value]
    if not isinstance(value, str):
        return value
    return cleaner.address(value) if "://" in value else cleaner.text(value)


def dump(recording: Recording) -> bytes:
    written = {
        "what": WHAT,
        "snapwatch": recording.version,
        "source": recording.source,
        "type": recording.type,
        "settings": recording.settings,
        "brand": recording.brand,
        "steps": [
            step.model_dump(mode="json", exclude_defaults=True) | {"cursor": step.cursor}
            for step in recording.steps
        ],
        "answers": [
            {
                "method": each.method,
                "url": each.url,
                "status": each.status,
                "reason": each.reason,
                "headers": [list(pair) for pair in each.headers],
                **_packed(each.body),
            }
            for each in recording.answers
        ],
        "streams": [
            {"url": url, "frames": [{"kind": each.kind, **_packed(each.data)} for each in frames]}
            for url, frames in recording.streams
        ],
    }
    return json.dumps(written, indent=1, ensure_ascii=False).encode(errors="replace") + b"\n"


def load(path: Path) -> Recording:
    """InputError when the file is no recording, or one of another version's format."""
    try:
        data = json.loads(path.read_bytes())
    except OSError as error:
        raise InputError(f"{path} can't be read: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise InputError(f"{path} is no recording: it is no JSON") from None
    try:
        written = Written.model_validate(data)
        answers = tuple(
            Answer(
                str(each["method"]),
                str(each["url"]),
                int(each["status"]),
                str(each.get("reason", "")),
                tuple((str(name), str(value)) for name, value in each["headers"]),
                _unpacked(each),
            )
            for each in written.answers
        )
        streams = tuple(
            (str(each["url"]), tuple(Frame(str(frame["kind"]), _unpacked(frame)) for frame in each["frames"]))
            for each in written.streams
        )
    except (ValidationError, KeyError, TypeError, ValueError) as error:
        where = (
            ".".join(map(str, error.errors()[0]["loc"])) if isinstance(error, ValidationError) else str(error)
        )
        raise InputError(f"{path} is no recording of this version of snapwatch: {where[:80]}") from None
    return Recording(
        written.snapwatch,
        written.source,
        written.type,
        written.settings,
        written.brand,
        tuple(written.steps),
        answers,
        streams,
    )


def _packed(data: bytes) -> dict[str, str]:
    if not data:
        return {}
    try:
        return {"text": data.decode()}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode()}


def _unpacked(each: Mapping[str, Any]) -> bytes:
    try:
        return (
            base64.b64decode(each["base64"], validate=True)
            if "base64" in each
            else str(each.get("text", "")).encode()
        )
    except binascii.Error as error:
        raise ValueError(f"base64: {error}") from None
