"""Connections that do not come to the point are closed, and those that do are not."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from starlette.types import Receive, Scope, Send

from monitor import serving
from monitor.web import lines

HEAD = b"GET / HTTP/1.1\r\nHost: localhost\r\n"


async def slowly(scope: Scope, receive: Receive, send: Send) -> None:
    """A stream that lasts longer than the patience for a request's head."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"8")]})
    for _ in range(4):
        await asyncio.sleep(lines.PATIENCE)
        await send({"type": "http.response.body", "body": b"ab", "more_body": True})
    await send({"type": "http.response.body"})


async def nothing(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body"})


@contextmanager
def served(app: object) -> Iterator[tuple[str, int]]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = serving.server_of(app)  # type: ignore[arg-type]
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener.dup()]})
        thread.start()
        try:
            yield listener.getsockname()
        finally:
            server.should_exit = True
            thread.join(30)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "PATIENCE", 0.3)


def ended(client: socket.socket) -> bool:
    """Whether the server closes the line."""
    try:
        return client.recv(1000) == b""
    except ConnectionError:
        return True


@pytest.mark.parametrize("first", [b"", HEAD, HEAD + b"\r\n"])
def test_a_head_that_does_not_come_to_its_end_is_not_waited_for(first: bytes) -> None:
    """Slowloris: byte by byte, with no end; also as the second request on a line."""
    with served(nothing) as where, socket.create_connection(where, timeout=30) as client:
        client.sendall(first)
        if first.endswith(b"\r\n\r\n"):
            assert client.recv(1000).startswith(b"HTTP/1.1 204 ")
        stop = threading.Event()

        def trickle() -> None:
            while not stop.wait(0.02):
                try:
                    client.sendall(b"X" if first else b"G")
                except OSError:
                    return

        thread = threading.Thread(target=trickle)
        thread.start()
        try:
            assert ended(client)
        finally:
            stop.set()
            thread.join()


def test_an_answer_may_take_as_long_as_it_takes() -> None:
    with served(slowly) as where, socket.create_connection(where, timeout=30) as client:
        client.sendall(HEAD + b"\r\n")
        answer = b""
        while not answer.endswith(b"abababab"):
            more = client.recv(1000)
            assert more
            answer += more


@pytest.mark.parametrize("pages", [1, 400])
def test_who_does_not_read_what_they_asked_for_is_not_waited_for(
    pages: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One large page, after which the server would close the line once it is read, or many of which none is read."""
    monkeypatch.setattr(lines, "UNREAD", 0.3)
    ends: list[bool] = []
    gone = threading.Event()

    class Known(lines.Line):
        def connection_lost(self, exc: Exception | None) -> None:
            super().connection_lost(exc)
            ends.append(not self.connections)
            gone.set()

    async def large(scope: Scope, receive: Receive, send: Send) -> None:
        size = (16 << 20) // pages
        head = [(b"content-length", b"%d" % size), (b"connection", b"close" if pages == 1 else b"keep-alive")]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        await send({"type": "http.response.body", "body": bytes(size)})

    monkeypatch.setattr(serving, "Line", Known)
    with served(large) as where, socket.create_connection(where, timeout=30) as client:
        client.sendall((HEAD + b"\r\n") * pages)
        assert gone.wait(60)
    assert ends[0]


def test_who_reads_slowly_gets_all_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "UNREAD", 60.0)
    size = 16 << 20

    async def large(scope: Scope, receive: Receive, send: Send) -> None:
        head = [(b"content-length", b"%d" % size), (b"connection", b"close")]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        await send({"type": "http.response.body", "body": bytes(size)})

    with served(large) as where, socket.create_connection(where, timeout=30) as client:
        client.sendall(HEAD + b"\r\n")
        threading.Event().wait(3 * lines.PATIENCE)
        got = 0
        while chunk := client.recv(1 << 16):
            got += len(chunk)
    assert got > size


def test_nobody_speaks_anything_else_on_a_line() -> None:
    """A WebSocket would be no `Line` any more; who asks for one gets the answer that everybody gets."""
    asked = b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    key = b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    with served(nothing) as where, socket.create_connection(where, timeout=30) as client:
        client.sendall(HEAD + asked + key)
        assert client.recv(1000).startswith(b"HTTP/1.1 204 ")


def test_one_line_too_many_is_closed_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "MOST", 3)
    monkeypatch.setattr(lines, "PATIENCE", 20.0)
    with served(nothing) as where:
        clients = [socket.create_connection(where, timeout=30) for _ in range(3)]
        for client in clients:
            client.sendall(HEAD + b"\r\n")
            assert client.recv(1000).startswith(b"HTTP/1.1 204 ")
        with socket.create_connection(where, timeout=30) as late:
            assert ended(late)
        clients.pop().close()
        clients[0].sendall(HEAD + b"\r\n")
        assert clients[0].recv(1000).startswith(b"HTTP/1.1 204 ")
        for client in clients:
            client.close()
