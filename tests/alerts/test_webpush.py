"""Push messages, against a push service that decrypts them as a browser does; and against npm `web-push-testing`."""

from __future__ import annotations

import base64
import json
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import http_ece
import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from py_vapid import Vapid02
from pydantic import ValidationError

from alerts import webpush
from monitor.errors import ChannelError
from tests import peers
from tests.contract_channels import HOSTILE, MESSAGE, ChannelContract
from tests.ports import free_port

KEY = ec.derive_private_key(123456789, ec.SECP256R1())
PEM = KEY.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()
RAW = base64.urlsafe_b64encode((123456789).to_bytes(32, "big")).rstrip(b"=").decode()
PAGE = replace(
    MESSAGE,
    chat="CRITICAL: Parcels lost in Leeds\n61 posts in 40 minutes\nAck: 12",
    code="12",
    link="https://watch.example/a/12-x",
    severity="critical",
)


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class PushService:
    """Any number of browsers; each answers with its status, and keeps what it could decrypt."""

    def __init__(self, *statuses: int, headers: dict[str, str] | None = None) -> None:
        self.taken: list[tuple[dict[str, str], dict[str, Any]]] = []
        taken = self.taken
        browsers = [(ec.generate_private_key(ec.SECP256R1()), secrets.token_bytes(16)) for _ in statuses]

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                number = int(self.path.removeprefix("/"))
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if statuses[number] == 201:
                    assert Vapid02.verify(self.headers["Authorization"])
                    key, auth = browsers[number]
                    plain = http_ece.decrypt(body, private_key=key, auth_secret=auth, version="aes128gcm")
                    taken.append(({k.lower(): v for k, v in self.headers.items()}, json.loads(plain)))
                self.send_response(statuses[number])
                for name, value in ({"Location": f"/message/{number}"} | (headers or {})).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(RAW.encode())

            def log_message(self, *_: object) -> None:
                pass

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        url = f"http://127.0.0.1:{self._server.server_port}"
        self.address = json.dumps(
            [
                {
                    "endpoint": f"{url}/{number}",
                    "keys": {
                        "p256dh": encoded(
                            key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
                        ),
                        "auth": encoded(auth),
                    },
                }
                for number, (key, auth) in enumerate(browsers)
            ]
        )

    def __enter__(self) -> PushService:
        self._thread = Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUSH_KEY", RAW)


def channel() -> webpush.Channel:
    settings = webpush.Settings(
        type="webpush", vapid_key={"env": "PUSH_KEY"}, contact="mailto:service@example.com"
    )
    return webpush.build(settings, "push", None)


class TestWebPush(ChannelContract):
    secrets = (RAW, PEM)

    @contextmanager
    def _channel(self, status: int) -> Iterator[webpush.Channel]:
        with PushService(status) as self.service:
            self.address = self.service.address
            yield channel()

    def working(self) -> Any:
        return self._channel(201)

    def refusing(self) -> Any:
        return self._channel(410)

    def ailing(self) -> Any:
        return self._channel(503)

    def received(self) -> list[str]:
        return [shown["title"] for _, shown in self.service.taken]

    def saw_a_repetition(self, received: list[str]) -> None:
        assert len(received) == 2  # the second takes the place of the first
        assert len({(headers["topic"], shown["tag"]) for headers, shown in self.service.taken}) == 1

    def test_check_finds_the_trouble(self) -> None:
        """There is nobody to ask without a browser."""
        assert "only a test page shows" in channel().check()


def test_what_a_browser_gets() -> None:
    with PushService(201) as service:
        assert channel().send(PAGE, service.address, "snapwatch-7") == "/message/0"
    ((headers, shown),) = service.taken
    assert shown == {
        "title": "CRITICAL: Parcels lost in Leeds",
        "body": "61 posts in 40 minutes\nAck: 12",
        "link": PAGE.link,
        "tag": "snapwatch-7",
        "severity": "critical",
    }
    assert (headers["urgency"], headers["ttl"], len(headers["topic"])) == ("high", "14400", 32)


def test_a_long_message_fits() -> None:
    with PushService(201) as service:
        channel().send(replace(HOSTILE, chat="é\U0001f4a9" * 9000), service.address, "k" * 500)
        channel().send(replace(HOSTILE, chat="a\n" + "\U0001f4a9\n" * 9000), service.address, "k")
    assert len(service.taken) == 2


@pytest.mark.parametrize(
    ("statuses", "permanent"),
    [
        ((410, 404), True), ((410, 503), False), ((410, 429), False), ((400,), True), ((403, 410), True), ((413,), True),
        ((503, 410), False), ((302,), False),
    ],
)  # fmt: skip
def test_nobody_got_it(statuses: tuple[int, ...], permanent: bool) -> None:
    with (
        PushService(*statuses, headers={"Retry-After": "9"}) as service,
        pytest.raises(ChannelError) as caught,
    ):
        channel().send(PAGE, service.address, "1")
    assert caught.value.permanent == permanent
    assert caught.value.retry_after == (None if permanent or 302 in statuses else 9.0)
    assert RAW not in str(caught.value)


def test_one_browser_is_enough() -> None:
    with PushService(410, 201, 503) as service:
        assert channel().send(PAGE, service.address, "1") == "/message/1"


def test_who_has_unsubscribed_is_told_once() -> None:
    with PushService(410, 201, 503, 404) as service:
        mine = channel()
        mine.send(PAGE, service.address, "1")
    endpoints = [each["endpoint"] for each in json.loads(service.address)]
    assert mine.ended() == [endpoints[0], endpoints[3]]
    assert mine.ended() == []


def test_an_answer_without_end_is_not_waited_for() -> None:
    """Whoever has a person's link says where messages go: nothing of what comes back is read."""
    with PushService(201, headers={"Content-Length": "1000000000000"}) as service:
        assert channel().send(PAGE, service.address, "1") == "/message/0"


@pytest.mark.parametrize("keys", [{"p256dh": "AAAA", "auth": "AAAA"}, {"p256dh": "?", "auth": ""}, {}])
def test_a_broken_subscription_is_given_up(keys: dict[str, str]) -> None:
    address = json.dumps([{"endpoint": "https://push.example.com/1", "keys": keys}])
    with pytest.raises(ChannelError) as caught:
        channel().send(PAGE, address, "1")
    assert caught.value.permanent


@pytest.mark.parametrize(
    "endpoint", ["http://10.0.0.1/1", "ftp://localhost/", "file:///etc/passwd", "", None, 7]
)
def test_a_place_that_is_no_push_service_is_not_asked(endpoint: object) -> None:
    with pytest.raises(ChannelError, match="no browser has subscribed"):
        channel().send(PAGE, json.dumps([{"endpoint": endpoint, "keys": {}}]), "1")


def test_nobody_answers() -> None:
    with PushService(201) as service:
        pass
    with pytest.raises(ChannelError, match=r"can't be reached \(ConnectionError\)") as caught:
        channel().send(PAGE, service.address, "1")
    assert not caught.value.permanent


def test_a_key_in_a_file_and_one_in_base64_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    first = channel().public_key
    monkeypatch.setenv("PUSH_KEY", PEM)
    assert channel().public_key == first
    assert len(base64.urlsafe_b64decode(first + "=")) == 65


@pytest.mark.parametrize("text", ["s3cret", "-----BEGIN EC PRIVATE KEY-----\ns3cret\n", "c2hvcnQ", "é"])
def test_a_key_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("PUSH_KEY", text)
    with pytest.raises(ValidationError, match="elliptic-curve") as caught:
        channel()
    assert text not in str(caught.value)


@pytest.mark.parametrize(
    ("address", "is_good"), [("sam", True), ("sam@example.com", True), ("", False), ("a b", False)]
)
def test_what_stands_in_the_configuration(address: str, is_good: bool) -> None:
    assert (webpush.problem_with(address) is None) == is_good


PROGRAM = Path(__file__).resolve().parents[1] / "peers" / "webpush.cjs"


@contextmanager
def service_of_others() -> Iterator[str]:
    """Its address."""
    port = free_port()
    process = subprocess.Popen(
        ["node", str(PROGRAM)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=peers.ENVIRONMENT | {"PORT": str(port)},
    )  # fmt: skip
    assert process.stdin
    assert process.stdout
    try:
        assert b"running" in process.stdout.readline()
        yield f"http://localhost:{port}"
    finally:
        process.stdin.close()
        process.wait(60)
        process.stdout.close()


@pytest.mark.skipif(
    not shutil.which("node") or not peers.has("web-push-testing"),
    reason="npm's web-push-testing is not here (`make peers`)",
)
def test_against_a_push_service_that_others_wrote() -> None:
    mine = channel()
    wanted: dict[str, Any] = {"userVisibleOnly": "true", "applicationServerKey": mine.public_key}
    with service_of_others() as url:
        subscription = requests.post(f"{url}/subscribe", json=wanted, timeout=60).json()["data"]
        address, client = json.dumps([subscription]), subscription["clientHash"]
        mine.send(PAGE, address, "snapwatch-7")
        got = requests.post(f"{url}/get-notifications", json={"clientHash": client}, timeout=60).json()
        (text,) = got["data"]["messages"]
        assert json.loads(text)["tag"] == "snapwatch-7"
        requests.post(f"{url}/expire-subscription/{client}", timeout=60)
        with pytest.raises(ChannelError, match="every browser has unsubscribed") as caught:
            mine.send(PAGE, address, "snapwatch-8")
        assert caught.value.permanent
