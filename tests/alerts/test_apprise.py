"""Apprise against services on this machine that keep what they are told. Nobody asked the real ones."""

from __future__ import annotations

import json
import logging
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from alerts import apprise
from monitor.errors import ChannelError
from tests.contract_channels import HOSTILE, MESSAGE, ChannelContract
from tests.fake_smtp import Authority

PAGE = replace(
    MESSAGE,
    chat="CRITICAL: Parcels lost in Leeds\n61 posts in 40 minutes\nAck: 12a",
    link="https://watch.example/a/secret-of-sam",
    severity="critical",
)
NASTY = (
    "@everyone @here <!channel> <!here|x> <@U123> <@&99> <users/all> @room [CQ:at,qq=all] <at user_id='all'></at> "
    "[our site](https://evil.example) ![x](https://evil.example/x.png) <https://evil.example|our site> "
    "<b onclick=x>bold</b> [ref]: https://evil.example\n[our site][ref] https://social.example/@ann/1"
)


class Service:
    """An HTTP server that answers every POST with `status` and keeps (path, body)."""

    def __init__(self, status: int = 200, hang: bool = False, tls: ssl.SSLContext | None = None) -> None:
        self.status, self.taken, self.done = status, [], Event()
        taken: list[tuple[str, str]] = self.taken

        class Handler(BaseHTTPRequestHandler):
            def do_POST(handler) -> None:  # noqa: N805
                length = int(handler.headers["Content-Length"])
                taken.append((handler.path, handler.rfile.read(length).decode()))
                if hang:
                    self.done.wait()
                answer = (
                    b"ok"
                    if handler.path.startswith("/slack")
                    else b'{"ok": true, "ts": "1", "channel": "C1", "result": {}}'
                )
                handler.send_response(self.status)
                handler.send_header("Content-Length", str(len(answer)))
                handler.end_headers()
                handler.wfile.write(answer)

            def log_message(handler, *_args: object) -> None:  # noqa: N805
                pass

        class Server(ThreadingHTTPServer):
            def handle_error(server, *_args: object) -> None:  # noqa: N805
                pass  # a client that hung up is what some tests are about

        self._server = Server(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.host = f"127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Service:
        self._thread = Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.done.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def channel_to(monkeypatch: pytest.MonkeyPatch) -> Any:
    def made(url: str, **changes: Any) -> apprise.Channel:
        monkeypatch.setenv("APPRISE_URL", url)
        values = {"type": "apprise", "url": {"env": "APPRISE_URL"}, "timeout": 5} | changes
        return apprise.build(apprise.Settings(**values), "chat", None)

    return made


class AppriseContract(ChannelContract):
    secrets = ("hunter22", "secret-topic")
    url: str
    form = "chat"

    @pytest.fixture(autouse=True)
    def _make(self, channel_to: Any) -> None:
        self.make = channel_to

    @contextmanager
    def _channel(self, status: int = 200) -> Iterator[apprise.Channel]:
        with Service(status) as self.service:
            yield self.make(self.url.format(host=self.service.host, to="{to}"), form=self.form)

    def working(self) -> Any:
        return self._channel()

    def refusing(self) -> Any:
        return self._channel(401)

    def ailing(self) -> Any:
        return self._channel(503)

    def received(self) -> list[str]:
        return [self.words(json.loads(body)) for _path, body in self.service.taken]

    def words(self, taken: Any) -> str:
        return str(taken["message"])

    def saw_a_repetition(self, received: list[str]) -> None:
        assert len(received) == 2  # Apprise can tell no repetition: documented

    def test_says_what_it_carries(self) -> None:
        with self.working() as channel:
            assert channel.carries == self.form

    def test_a_refusal_is_permanent(self) -> None:
        """It is not: Apprise says only that the message was not taken."""
        with self.refusing() as channel, pytest.raises(ChannelError) as caught:
            channel.send(PAGE, self.address, "1/0/sam/x")
        assert not caught.value.permanent
        assert "did not take it" in str(caught.value)
        assert "401" in str(caught.value)
        self.is_a_line_without_secrets(caught.value, channel)

    def test_check_finds_the_trouble(self) -> None:
        """It can't: Apprise proves nothing without sending, and check says so."""
        with self.ailing() as channel:
            assert "only a test page shows" in channel.check()
            assert self.service.taken == []

    @pytest.mark.parametrize(
        "address",
        [
            "",
            "sam@example.com\r\nBcc: all@example.com",
            "sam@example.com, all@example.com",
            "<sam@example.com>",
            "+44 7700 900123\nX",
            "\ud800",
        ],
    )
    def test_a_bad_address_is_refused_for_good(self, address: str) -> None:
        with self.working() as channel:
            with pytest.raises(ChannelError) as caught:
                channel.send(PAGE, address, "1/0/sam/x")
            assert self.service.taken == []
        assert caught.value.permanent


class TestJsonWithSms(AppriseContract):
    address = "+447700900123"
    url = "json://user:hunter22@{host}/secret-topic"
    form = "sms"

    def test_an_sms_is_sent_as_it_was_made(self) -> None:
        with self.working() as channel:
            channel.send(PAGE, self.address, "1")
            assert self.received() == [PAGE.short]


class TestJsonWithMail(AppriseContract):
    address = "sam@example.com"
    url = "json://user:hunter22@{host}/secret-topic/{to}"
    form = "mail"

    def test_a_mail_has_a_subject(self) -> None:
        with self.working() as channel:
            channel.send(PAGE, self.address, "1")
        ((path, body),) = self.service.taken
        assert json.loads(body)["title"] == PAGE.subject
        assert path == "/secret-topic/sam@example.com"


class TestNtfy(AppriseContract):
    address = "sam-phone"
    url = "ntfy://user:hunter22@{host}/{to}"

    def received(self) -> list[str]:
        return [body for _path, body in self.service.taken]

    def test_delivers_and_gives_an_id(self) -> None:
        with self.working() as channel:
            assert channel.send(PAGE, self.address, "1") == "1"
        ((_path, body),) = self.service.taken
        assert "Parcels lost in Leeds" in body
        assert "sam-phone" in body
        assert "secret-of-sam" in body  # the topic is this person's


def sent(monkeypatch: pytest.MonkeyPatch, channel_to: Any, url: str, text: str = NASTY) -> Any:
    """What a service got when a page quotes a nasty post."""
    from apprise.plugins.discord import NotifyDiscord
    from apprise.plugins.slack import NotifySlack
    from apprise.plugins.telegram import NotifyTelegram

    with Service() as service:
        monkeypatch.setattr(NotifyDiscord, "notify_url", f"http://{service.host}/discord")
        monkeypatch.setattr(NotifySlack, "webhook_url", f"http://{service.host}/slack")
        monkeypatch.setattr(NotifyTelegram, "notify_url", f"http://{service.host}/telegram")
        channel = channel_to(url.format(host=service.host, to="{to}"))
        channel.send(replace(PAGE, chat=text), "12345678", "1")
    return json.loads(service.taken[-1][1])


SERVICES = {
    "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js": lambda got: got["content"],
    "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/": lambda got: got["attachments"][0]["text"],
    "tgram://123456789:abcdefg_hijklmnopqrstuvwxyz123456/{to}": lambda got: got["text"],
    "mmost://{host}/3ccdd113474722377935511fc85d3dd4": lambda got: got["text"],
    "ntfy://{host}/{to}": lambda got: got["message"],
}


@pytest.mark.parametrize("url", SERVICES)
def test_a_nasty_post_calls_nobody_and_links_nothing(
    url: str, monkeypatch: pytest.MonkeyPatch, channel_to: Any
) -> None:
    got = sent(monkeypatch, channel_to, url)
    words = SERVICES[url](got)
    for alive in (
        "@everyone",
        "@here",
        "@room",
        "<!",
        "<@",
        "<users",
        "<at",
        "](",
        "][",
        "<b",
        "[CQ:",
        "<https",
    ):
        assert alive not in words
    assert "everyone" in words
    assert "https://social.example/@ann/1" in words
    assert "apprise" not in json.dumps(got).lower()  # neither its name nor its pictures


def test_the_personal_link_goes_only_where_the_address_is_the_persons(
    monkeypatch: pytest.MonkeyPatch, channel_to: Any
) -> None:
    for url, words in SERVICES.items():
        shown = "secret-of-sam" in words(sent(monkeypatch, channel_to, url))
        assert shown == ("{to}" in url)


def test_slack_and_telegram_get_their_markup_escaped(
    monkeypatch: pytest.MonkeyPatch, channel_to: Any
) -> None:
    slack = sent(
        monkeypatch, channel_to, "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/", "a & b <i>c"
    )
    assert slack["attachments"][0]["text"] == "a &amp; b &lt;\u200bi&gt;c"
    assert slack["mrkdwn"] is False
    telegram = sent(
        monkeypatch, channel_to, "tgram://123456789:abcdefg_hijklmnopqrstuvwxyz123456/{to}", "a <i>c"
    )
    assert telegram["text"].startswith("a &lt;\u200bi&gt;c")
    assert telegram["chat_id"] == 12345678


@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
def test_teams_gets_an_adaptive_card_in_which_markdown_is_escaped(tmp_path: Path, channel_to: Any) -> None:
    with Service(tls=Authority(tmp_path).context) as service:
        channel_to(f"workflows://{service.host}/WORKFLOW_ID/SIGNATURE?verify=no").send(
            replace(PAGE, chat="[our site](https://evil.example) <at>everyone</at>"), "room", "1"
        )
    (block,) = json.loads(service.taken[0][1])["attachments"][0]["content"]["body"]
    assert block["text"].startswith("\\[our site\\]\u200b\\(https://evil\\.example\\) <\u200bat\\>everyone")


DOCS = (Path(__file__).resolve().parents[2] / "docs" / "channels" / "apprise.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("url", re.findall(r"\| `([a-z0-9]+://\S+)` \|", DOCS))
def test_the_addresses_of_the_documentation_can_be_used(url: str, channel_to: Any) -> None:
    assert "through Apprise" in channel_to(url).check()


@given(st.text())
def test_inert_text_keeps_its_words(text: str) -> None:
    quiet = apprise.inert(text)
    assert "<!" not in quiet
    assert "](" not in quiet
    assert quiet.replace("\u200b", "") == apprise.clean(text).strip()


def test_a_service_that_hangs_is_temporary(channel_to: Any) -> None:
    with Service(hang=True) as service:
        channel = channel_to(f"json://{service.host}/secret-topic", timeout=0.3)
        with pytest.raises(ChannelError) as caught:
            channel.send(PAGE, "sam", "1")
        service.done.set()
    assert not caught.value.permanent


@pytest.fixture
def logged() -> Iterator[list[str]]:
    """What anybody who reads the log of the whole process sees."""
    words: list[str] = []

    class Reader(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            words.append(record.getMessage())

    reader, root = Reader(), logging.getLogger()
    root.addHandler(reader)
    yield words
    root.removeHandler(reader)


def test_why_it_failed_is_told_also_while_other_libraries_are_silent(
    channel_to: Any, logged: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.CRITICAL)  # as monitor.log does
    try:
        with Service(403) as service, pytest.raises(ChannelError, match="403"):
            channel_to(f"json://{service.host}/secret-topic").send(PAGE, "sam", "1")
    finally:
        root.setLevel(level)
    assert not [line for line in logged if "JSON" in line]
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    "url",
    [
        "hunter22",
        "nothing://hunter22",
        "discord://",
        "https://user:hunter22@chat.example/hook",
        "json://a.example/hunter22 json://b.example/hunter22",
        "twilio://AC0123456789012345678901234567890a:hunter22/nobody",
    ],
)
def test_an_address_that_apprise_can_not_use_is_found_at_once(
    url: str, channel_to: Any, logged: list[str]
) -> None:
    with pytest.raises(ValidationError) as caught:
        channel_to(url)
    assert "Apprise can't use it" in str(caught.value)
    assert "hunter22" not in str(caught.value) + "".join(logged)


@pytest.mark.parametrize("form", ["chat", "sms"])
@pytest.mark.parametrize("address", ["nobody", "+12"])
def test_an_address_that_the_service_would_leave_out_is_permanent(
    channel_to: Any, form: str, address: str
) -> None:
    """Twilio's plugin would send to our own number in its place, and call that a success."""
    channel = channel_to("twilio://AC0123456789012345678901234567890a:hunter22@+15005550006/{to}", form=form)
    with pytest.raises(ChannelError) as caught:
        channel.send(PAGE, address, "1")
    assert caught.value.permanent
    assert "hunter22" not in str(caught.value)


def test_an_address_can_not_change_the_rest_of_the_url(channel_to: Any) -> None:
    with Service() as service:
        channel_to(f"json://{service.host}/a/{{to}}/b").send(PAGE, "x?method=PUT&y=%2F#z", "1")
    assert service.taken[0][0].startswith("/a/x%3Fmethod")
    assert service.taken[0][0].endswith("z/b")


def test_hostile_words_are_sent_as_one_message(channel_to: Any) -> None:
    with Service() as service:
        channel_to(f"json://{service.host}/x", form="mail").send(HOSTILE, "sam", "1")
    (taken,) = service.taken
    assert "\n" not in json.loads(taken[1])["title"]
