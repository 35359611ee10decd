from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from alerts import smtp
from alerts.messages import render
from monitor.errors import ChannelError
from tests.alerts.notices import HOSTILE
from tests.contract_channels import MESSAGE, ChannelContract
from tests.fake_imap import FakeImap
from tests.fake_smtp import HANG, Authority, FakeSmtp
from tests.ports import free_port

PASSWORD = "correct horse battery staple"
ANSWER_KEY = "0123456789abcdef0123456789abcdef"
BASE64 = "AHVzZXIAY29ycmVjdCBob3JzZSBiYXR0ZXJ5IHN0YXBsZQ"  # what AUTH PLAIN sends


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tls"))


def channel_to(server: FakeSmtp, monkeypatch: pytest.MonkeyPatch, **changes: Any) -> smtp.Channel:
    monkeypatch.setenv("SMTP_PASSWORD", PASSWORD)
    values: dict[str, Any] = {
        "type": "smtp",
        "host": server.host,
        "port": server.port,
        "security": server.security,
        "username": "user",
        "password": {"env": "SMTP_PASSWORD"},
        "sender": "snapwatch <snapwatch@example.com>",
        "ca_file": server.authority.ca_file if server.authority else None,
        "timeout": 10,
    } | changes
    return smtp.build(smtp.Settings(**values), "mail", None)


class SmtpContract(ChannelContract):
    address = "sam@example.com"
    secrets = (PASSWORD, BASE64)
    security = "starttls"

    @pytest.fixture(autouse=True)
    def _set_up(self, authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
        self.authority, self.monkeypatch = authority, monkeypatch

    @contextmanager
    def _channel(self, **answers: str) -> Iterator[smtp.Channel]:
        server = FakeSmtp(
            self.authority,
            security=self.security,  # type: ignore[arg-type]
            username="user",
            password=PASSWORD,
            answers=answers,
        )
        with server as self.server:
            yield channel_to(server, self.monkeypatch)

    def working(self) -> Any:
        return self._channel()

    def refusing(self) -> Any:
        return self._channel(RCPT=f"550 5.1.1 no such user, {PASSWORD}\x07 {'x' * 300}")

    def ailing(self) -> Any:
        return self._channel(AUTH=f"454 4.7.0 not now, {PASSWORD}", DATA="451 4.3.0 try again")

    def received(self) -> list[str]:
        return [mail.content.decode() for mail in self.server.mails]

    def saw_a_repetition(self, received: list[str]) -> None:
        first, second = self.server.mails
        assert first.message["Message-ID"] == second.message["Message-ID"]

    def test_the_mail_that_arrives(self) -> None:
        with self.working() as channel:
            identifier = channel.send(MESSAGE, "sam@example.com", "1/0/sam/mail")
        (mail,) = self.server.mails
        assert (mail.sender, mail.recipients) == ("snapwatch@example.com", ["sam@example.com"])
        assert (mail.encrypted, mail.user) == (True, "user")
        assert mail.message["Message-ID"] == identifier
        assert mail.message["Subject"] == MESSAGE.subject
        assert mail.message["Date"].datetime == MESSAGE.at

    def test_a_page_arrives_as_it_was_rendered(self) -> None:
        page = render(HOSTILE)
        with self.working() as channel:
            channel.send(page, "sam@example.com", "1/0/sam/mail")
        plain, html = self.server.mails[0].message.iter_parts()
        assert plain.get_content().splitlines() == page.text.splitlines()
        assert html.get_content().splitlines() == page.html.splitlines()


class TestStarttls(SmtpContract):
    security = "starttls"


class TestTlsFromTheStart(SmtpContract):
    security = "tls"


class TestWithAMailbox(SmtpContract):
    secrets = (PASSWORD, BASE64, ANSWER_KEY)

    @contextmanager
    def _channel(self, **answers: str) -> Iterator[smtp.Channel]:
        self.monkeypatch.setenv("ANSWER_KEY", ANSWER_KEY)
        with (
            FakeSmtp(self.authority, username="user", password=PASSWORD, answers=answers) as self.server,
            FakeImap(self.authority.context, "user", PASSWORD) as imap,
        ):
            yield channel_to(
                self.server,
                self.monkeypatch,
                imap_host="localhost",
                imap_port=imap.port,
                answer_key={"env": "ANSWER_KEY"},
            )


def refused(server: FakeSmtp, monkeypatch: pytest.MonkeyPatch, **changes: Any) -> ChannelError:
    """What sending says; checking says the same unless only a delivery is refused."""
    with server, pytest.raises(ChannelError) as caught:
        channel_to(server, monkeypatch, **changes).send(MESSAGE, "sam@example.com", "1")
    assert PASSWORD not in str(caught.value)
    assert server.mails == []
    return caught.value


def test_a_wrong_password_is_permanent(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    error = refused(FakeSmtp(authority, username="user", password="another"), monkeypatch)
    assert error.permanent
    assert "refused the user name or the password (535)" in str(error)


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize(
    ("answer", "permanent"),
    [
        ("450 4.2.0 later", False),
        ("421 4.3.2 going down", False),
        ("450 4.7.1 greylisted, try again in 300 seconds", False),
        ("451 temporary local problem", False),
        ("452 4.2.2 mailbox full", False),
        ("450 5.7.1 slow down", False),
        ("550 4.2.2 over quota", False),
        ("552 5.2.2 over quota", True),
        ("552 5.3.4 too big", True),
        ("550 4 rings and no answer", True),
        ("550 5.7.1 no", True),
        ("554 5.0.0 never", True),
    ],
)
def test_4xx_is_temporary_and_5xx_permanent(
    authority: Authority, monkeypatch: pytest.MonkeyPatch, command: str, answer: str, permanent: bool
) -> None:
    server = FakeSmtp(authority, username="user", password=PASSWORD, answers={command: answer})
    error = refused(server, monkeypatch)
    assert error.permanent == permanent
    assert answer in str(error)


def test_an_authority_that_is_not_trusted_is_permanent(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    for security in ("starttls", "tls"):
        error = refused(FakeSmtp(authority, security=security), monkeypatch, ca_file=None)
        assert error.permanent
        assert "ca_file" in str(error)


def test_a_certificate_for_another_host_is_permanent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    error = refused(FakeSmtp(Authority(tmp_path, names=("mail.example",))), monkeypatch)
    assert error.permanent
    assert "host must be the name" in str(error)


def test_a_server_without_starttls_gets_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    server = FakeSmtp(security="none", username="user", password=PASSWORD)
    error = refused(server, monkeypatch, security="starttls")
    assert error.permanent
    assert "offers no STARTTLS" in str(error)
    assert server.logins == []


def test_a_server_without_authentication_is_permanent(monkeypatch: pytest.MonkeyPatch) -> None:
    error = refused(FakeSmtp(security="none", username="user"), monkeypatch, username=None, password=None)
    assert error.permanent
    assert "530" in str(error)


def test_tls_from_the_start_where_the_server_starts_plain(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = refused(FakeSmtp(authority), monkeypatch, security="tls")
    assert error.permanent
    assert 'use security = "starttls"' in str(error)


def test_a_server_that_hangs_is_temporary(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    server = FakeSmtp(authority, username="user", password=PASSWORD, answers={"DATA": HANG})
    error = refused(server, monkeypatch, timeout=2)
    assert not error.permanent
    assert "did not answer within 2 s" in str(error)


def test_a_port_where_nobody_greets_is_temporary(monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        channel = channel_to(FakeSmtp(port=silent.getsockname()[1]), monkeypatch, timeout=0.1)
        with pytest.raises(ChannelError) as caught:
            channel.check()
    assert not caught.value.permanent
    assert "did not answer" in str(caught.value)


def test_a_closed_port_is_temporary(monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    with pytest.raises(ChannelError) as caught:
        channel_to(FakeSmtp(port=port), monkeypatch).check()
    assert not caught.value.permanent
    assert f"localhost:{port} can't be reached (ConnectionRefusedError)" in str(caught.value)


def test_a_local_server_without_encryption_or_password(monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeSmtp(security="none") as server:
        channel = channel_to(server, monkeypatch, username=None, password=None)
        assert channel.check().endswith("answers (none), logged in without a password")
        channel.send(MESSAGE, "sam@example.com", "1")
    assert [mail.encrypted for mail in server.mails] == [False]


def settings(**changes: Any) -> smtp.Settings:
    values = {"type": "smtp", "host": "smtp.example.com", "sender": "snapwatch@example.com"} | changes
    return smtp.Settings(**values)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"username": "user"}, "username and password belong together"),
        ({"security": "none"}, "is for a server on this machine"),
        ({"security": "none", "host": "127.0.0.1.example.com"}, "is for a server on this machine"),
        (
            {"security": "none", "host": "localhost", "username": "u", "password": {"env": "P"}},
            "never sent unencrypted",
        ),
        ({"username": "zoë", "password": {"env": "P"}}, "letters outside ASCII"),
        ({"sender": "nobody"}, "is not an e-mail address"),
        ({"sender": "a@example.com\nBcc: b@example.com"}, "is not an e-mail address"),
        ({"reply_to": "nobody"}, "is not an e-mail address"),
        ({"ca_file": "/nowhere/ca.pem"}, "can't be read as certificates"),
        ({"ca_file": __file__}, "can't be read as certificates"),
        ({"port": 0}, "greater than or equal to 1"),
        ({"hots": "x"}, "Extra inputs are not permitted"),
    ],
)
def test_what_the_configuration_may_not_say(
    monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], words: str
) -> None:
    monkeypatch.setenv("P", PASSWORD)
    with pytest.raises(ValidationError) as caught:
        settings(**changes)
    assert words in str(caught.value)
    assert PASSWORD not in str(caught.value)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.9.10", "::1"])
def test_loopback_needs_no_encryption(host: str) -> None:
    assert settings(security="none", host=host).host == host
