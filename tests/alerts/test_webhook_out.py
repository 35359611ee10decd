"""The signed webhook, against a program that verifies it as the standard's own library does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest
from pydantic import ValidationError
from standardwebhooks import Webhook

from alerts import webhook
from monitor.errors import ChannelError
from tests.contract_channels import MESSAGE, ChannelContract

SECRET = "whsec_c2l4dGVlbi1ieXRlcy1vZi1ub3RoaW5nLWF0LWFsbA=="
PAGE = replace(
    MESSAGE,
    chat="CRITICAL: Parcels lost in Leeds\n61 posts\nAck: 12a",
    code="12",
    link="https://watch.example/a/12-x",
    severity="critical",
)


class Program:
    """Keeps (path, headers, body) of what it verified, and answers with `status`."""

    def __init__(self, status: int = 200, headers: dict[str, str] | None = None) -> None:
        self.taken: list[tuple[str, dict[str, str], dict[str, Any]]] = []
        taken = self.taken

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                named = {name.lower(): value for name, value in self.headers.items()}
                if status == 200:
                    Webhook(SECRET).verify(body, named)
                    taken.append((self.path, named, json.loads(body)))
                self.do_OPTIONS()

            def do_OPTIONS(self) -> None:
                self.send_response(status)
                for name, value in (headers or {}).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(SECRET.encode())

            def log_message(self, *_: object) -> None:
                pass

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/snapwatch"

    def __enter__(self) -> Program:
        self._thread = Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_SECRET", SECRET)


def channel_to(url: str) -> webhook.Channel:
    settings = webhook.Settings(type="webhook", url=url, secret={"env": "DESK_SECRET"})
    return webhook.build(settings, "desk", None)


class TestWebhook(ChannelContract):
    address = "sam"
    secrets = (SECRET, SECRET.removeprefix("whsec_"))

    @contextmanager
    def _channel(self, status: int) -> Iterator[webhook.Channel]:
        with Program(status) as self.program:
            yield channel_to(self.program.url)

    def working(self) -> Any:
        return self._channel(200)

    def refusing(self) -> Any:
        return self._channel(410)

    def ailing(self) -> Any:
        return self._channel(503)

    def received(self) -> list[str]:
        return [body["short"] for _, _, body in self.program.taken]

    def saw_a_repetition(self, received: list[str]) -> None:
        assert len(received) == 2
        assert len({headers["webhook-id"] for _, headers, _ in self.program.taken}) == 1

    @pytest.mark.parametrize(
        "address",
        [
            "",
            "sam kim",
            "sam\r\nX: y",
            "/..",
            "/a/.b",
            "/a?x",
            "//evil.example",
            "/",
            "<sam>",
            "+999123456789",
            "\ud800",
            "sam/kim",
        ],
    )
    def test_a_bad_address_is_refused_for_good(self, address: str) -> None:
        super().test_a_bad_address_is_refused_for_good(address)


@pytest.mark.parametrize(("address", "path"), [("sam", "/snapwatch"), ("/sam/phone", "/snapwatch/sam/phone")])
def test_what_is_sent(address: str, path: str) -> None:
    with Program() as program:
        assert channel_to(program.url).send(PAGE, address, "snapwatch-7") == "snapwatch-7"
    ((asked, headers, body),) = program.taken
    assert (asked, headers["content-type"], headers["webhook-id"]) == (
        path,
        "application/json",
        "snapwatch-7",
    )
    assert body == {
        "id": "snapwatch-7",
        "at": "2026-11-22T03:12:00Z",
        "to": address,
        "severity": "critical",
        "text": PAGE.chat,
        "short": PAGE.short,
        "thread": PAGE.thread,
        "code": "12",
        "link": PAGE.link,
    }


@pytest.mark.parametrize(
    ("status", "permanent", "retry_after"),
    [
        (301, True, None), (302, False, None), (308, True, None), (400, True, None), (401, True, None), (404, True, None),
        (408, False, None), (410, True, None), (425, False, None), (429, False, 7.0), (500, False, None), (503, False, 7.0),
    ],
)  # fmt: skip
def test_what_answers_mean(status: int, permanent: bool, retry_after: float | None) -> None:
    headers = {"Location": "http://127.0.0.1:9/"} | ({"Retry-After": "7"} if retry_after else {})
    with Program(status, headers) as program, pytest.raises(ChannelError) as caught:
        channel_to(program.url).send(PAGE, "sam", "1")
    assert (caught.value.permanent, caught.value.retry_after) == (permanent, retry_after)


def test_nobody_answers() -> None:
    with pytest.raises(ChannelError, match=r"desk: can't be reached \(ConnectionError\)") as caught:
        channel_to("http://127.0.0.1:9/secret-path").send(PAGE, "sam", "1")
    assert not caught.value.permanent


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.com/x",
        "ftp://localhost/x",
        "https://",
        "https://u:p@example.com",
        "https://example.com/?t=1",
    ],
)
def test_addresses_that_can_not_be_used(url: str) -> None:
    with pytest.raises(ValidationError, match="url"):
        channel_to(url)


def test_a_short_secret_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_SECRET", "whsec_c2hvcnQ=")
    with pytest.raises(ValidationError, match="24 random bytes") as caught:
        channel_to("https://example.com/x")
    assert "c2hvcnQ" not in str(caught.value)
