"""Hears every answer that comes over HTTP (through vcrpy) and websockets, or gives those of a recording instead.

vcrpy reaches whatever goes through requests, urllib3, http.client, httplib2 or httpx. A source must be built within:
a connection that is open already is not heard.
"""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

from monitor.errors import InputError
from monitor.recording.format import Answer, Frame, Heard


class NoAnswer(InputError):  # noqa: N818
    """The recording holds no answer to what is asked."""


class NoNetwork(OSError):  # noqa: N818
    """A recording is played: nothing else is asked."""


@contextmanager
def recorded() -> Iterator[Callable[[], Heard]]:
    """What was heard since; call it before the end."""
    with ExitStack() as stack:
        cassette = stack.enter_context(_cassette((), "all", lambda request: request))
        streams: list[tuple[str, list[Frame]]] = []
        stack.enter_context(mock.patch("websockets.sync.client.connect", _listening(streams)))

        def heard() -> Heard:
            answers = tuple(_answer(request, response) for request, response in cassette.data)
            seen = [value for request, _ in cassette.data for value in _credentials(dict(request.headers))]
            cookies = [
                value
                for _, response in cassette.data
                for name, values in response["headers"].items()
                if name.lower() == "set-cookie"
                for value in values
            ]
            return Heard(
                answers, tuple((url, tuple(frames)) for url, frames in streams), (*seen, *_values(cookies))
            )

        yield heard


@contextmanager
def played(
    answers: Sequence[Answer], streams: Sequence[tuple[str, Sequence[Frame]]], address: Callable[[str], str]
) -> Iterator[list[str]]:
    """Answers are those of a recording, each once, in their order; `address` makes one of now look as it was written
    down. What was asked and is not there is added to the list that this gives."""
    missing: list[str] = []

    def rename(request: Any) -> Any:
        request.uri = address(request.uri)
        return request

    def refuse(*_: object, **__: object) -> Any:
        raise NoNetwork("a recording is played")

    with ExitStack() as stack:
        cassette = stack.enter_context(_cassette(answers, "none", rename))
        knows = cassette.can_play_response_for

        def asked(request: Any) -> Any:
            there = knows(request)
            if not there:
                missing.append(f"{request.method} {address(request.uri)}")
            return there

        cassette.can_play_response_for = asked
        stack.enter_context(
            mock.patch("websockets.sync.client.connect", _playing(list(streams), address, missing))
        )
        for place in ("socket.connect", "getaddrinfo"):
            stack.enter_context(
                mock.patch.object(socket.socket if "." in place else socket, place.rpartition(".")[2], refuse)
            )
        yield missing


@contextmanager
def _cassette(answers: Sequence[Answer], mode: str, rename: Callable[[Any], Any]) -> Iterator[Any]:
    try:
        import vcr
    except ImportError:
        raise InputError('vcrpy is not installed: pip install "snapwatch[record]"') from None
    from vcr.persisters.filesystem import CassetteNotFoundError
    from vcr.request import Request
    from vcr.stubs import VCRHTTPResponse

    class Memory:
        @staticmethod
        def load_cassette(*_: object, **__: object) -> tuple[list[Any], list[Any]]:
            if not answers:
                raise CassetteNotFoundError
            requests = [Request(each.method, each.url, None, {}) for each in answers]
            return requests, [_response(each) for each in answers]

        @staticmethod
        def save_cassette(*_: object, **__: object) -> None:
            pass

    def read1(self: Any, amount: int = -1, decode_content: object = None) -> bytes:  # noqa: ARG001
        found: bytes = self._content.read1(amount)
        if not found:
            self.release_conn()
        return found

    logging.getLogger("vcr").setLevel(logging.CRITICAL)  # it tells whole addresses
    tape = vcr.VCR(record_mode=mode, before_record_request=rename)
    tape.register_persister(Memory)
    # sources/http.py reads with urllib3's `read1`, whose second argument vcrpy's own does not know.
    with mock.patch.object(VCRHTTPResponse, "read1", read1), tape.use_cassette("recording") as cassette:
        yield cassette


def _answer(request: Any, response: Any) -> Answer:
    from vcr.filters import decode_response

    decoded = decode_response(response)
    headers = tuple((name, value) for name, values in decoded["headers"].items() for value in values)
    status = decoded["status"]
    return Answer(
        request.method,
        request.uri,
        status["code"],
        status["message"] or "",
        headers,
        decoded["body"]["string"] or b"",
    )


def _response(answer: Answer) -> dict[str, Any]:
    headers: dict[str, list[str]] = {}
    for name, value in answer.headers:
        headers.setdefault(name, []).append(value)
    return {
        "status": {"code": answer.status, "message": answer.reason},
        "headers": headers,
        "body": {"string": answer.body},
    }


def _credentials(headers: dict[str, Any]) -> Iterator[str]:
    """What a request proves itself with."""
    for name, value in headers.items():
        text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
        if name.lower() in ("authorization", "proxy-authorization"):
            yield text.partition(" ")[2] or text
        elif name.lower() == "cookie":
            yield from _values([text])


def _values(cookies: Sequence[str]) -> Iterator[str]:
    """Long enough to be secret, and not one of a cookie's own words."""
    for cookie in cookies:
        for pair in cookie.split(";"):
            name, _, value = pair.strip().partition("=")
            if len(value) >= 8 and name.lower() not in ("path", "domain", "expires", "max-age", "samesite"):
                yield value.strip('"')


# --- websockets -----------------------------------------------------------------------------------------------


def _listening(streams: list[tuple[str, list[Frame]]]) -> Callable[..., Any]:
    from websockets.exceptions import ConnectionClosed
    from websockets.sync.client import connect

    class Listening:
        def __init__(self, url: str, **options: Any) -> None:
            self._inner, self._url, self._frames = connect(url, **options), url, list[Frame]()

        def __enter__(self) -> Listening:
            self._inner.__enter__()
            self.response = self._inner.response
            streams.append((self._url, self._frames))
            self._frames.append(Frame("date", str(self.response.headers.get("Date", "")).encode()))
            return self

        def __exit__(self, *error: Any) -> Any:
            return self._inner.__exit__(*error)

        def recv(self, timeout: float | None = None) -> str | bytes:
            try:
                message: str | bytes = self._inner.recv(timeout=timeout)
            except TimeoutError:
                self._frames.append(Frame("silence"))
                raise
            except ConnectionClosed:
                self._frames.append(Frame("closed"))
                raise
            if isinstance(message, str):
                self._frames.append(Frame("text", message.encode()))
            else:
                self._frames.append(Frame("bytes", message))
            return message

    return Listening


def _playing(
    streams: list[tuple[str, Sequence[Frame]]], address: Callable[[str], str], missing: list[str]
) -> Callable[..., Any]:
    from websockets.exceptions import ConnectionClosedError

    class Played:
        def __init__(self, url: str, **_: Any) -> None:
            wanted = address(url)
            found = next((each for each in streams if each[0] == wanted), None)
            if found is None:
                missing.append(f"stream {wanted}")
                raise NoNetwork("a recording is played")
            streams.remove(found)
            first, *self._frames = found[1]
            self.response = mock.Mock(headers={"Date": first.data.decode()} if first.data else {})

        def __enter__(self) -> Played:
            return self

        def __exit__(self, *_: Any) -> None:
            pass

        def recv(self, timeout: float | None = None) -> str | bytes:  # noqa: ARG002
            frame = self._frames.pop(0) if self._frames else Frame("closed")
            if frame.kind == "silence":
                raise TimeoutError
            if frame.kind == "closed":
                raise ConnectionClosedError(None, None)
            return frame.data.decode() if frame.kind == "text" else frame.data

    return Played
