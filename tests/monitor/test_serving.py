"""What the first page would wait for is loaded ahead, and nothing ends where that can't be done."""

from __future__ import annotations

import socket
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from starlette.types import Receive, Scope, Send
from structlog.testing import capture_logs

from monitor import serving
from monitor.errors import ClassifierError
from monitor.reply import Finding, Occasion
from monitor.store import Store
from tests.monitor.scripted import ScriptedSource, config, parts


def test_what_pages_need_is_loaded_ahead(tmp_path: Path) -> None:
    read: list[str] = []

    def lint(text: str, _: Occasion) -> Sequence[Finding]:
        read.append(text)
        return []

    def broken(text: str, _: Occasion) -> Sequence[Finding]:
        raise ClassifierError("the model is not there")

    store = Store(tmp_path / "test.db")
    made = parts(store, config(tmp_path), ScriptedSource([]))
    with capture_logs() as said:
        serving.warm(replace(made, lint=lint))
        assert read
        assert said == []
        serving.warm(replace(made, lint=broken))
    assert [each["event"] for each in said] == ["what pages need could not be loaded ahead"]
    store.close()


async def nothing(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body"})


def test_headers_without_end_are_not_kept() -> None:
    """Whoever may not even enter must not fill the memory."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = serving.server_of(nothing)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener.dup()]})
        thread.start()
        try:
            with socket.create_connection(listener.getsockname(), timeout=30) as client:
                client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 100_000)
                assert client.recv(100).startswith(b"HTTP/1.1 400 ")
        finally:
            server.should_exit = True
            thread.join(30)
