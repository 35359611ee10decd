"""Mail through Postfix and answers from Dovecot, each with a configuration of its own on this machine.

They have to be installed and to be started as root, which both want.
"""

from __future__ import annotations

import os
import shutil
import smtplib
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

from alerts import smtp
from monitor.errors import ChannelError
from monitor.ports import Said
from tests.alerts.test_mail_answers import written
from tests.contract_channels import HOSTILE, MESSAGE
from tests.fake_smtp import Authority, FakeSmtp
from tests.ports import free_port

PASSWORD = "correct horse battery staple"
KEY = "0123456789abcdef0123456789abcdef"

pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="Postfix and Dovecot are started by root alone"),
    pytest.mark.skipif(not shutil.which("dovecot"), reason="dovecot is not here (dovecot-imapd)"),
]
postfix_is_here = pytest.mark.skipif(not shutil.which("postfix"), reason="postfix is not here")

DOVECOT = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
protocols = imap
ssl = required
ssl_cert = <{folder}/server.pem
ssl_key = <{folder}/server.pem
ssl_dh =
first_valid_uid = 1
mail_location = maildir:{folder}/mails
passdb {{
  driver = passwd-file
  args = {folder}/users
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home={folder}/mails
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    address = 127.0.0.1
    port = {imap}
  }}
}}
service auth {{
  unix_listener sasl {{
    mode = 0666
  }}
}}
service stats {{
  chroot =
}}
service anvil {{
  chroot =
}}
"""

POSTFIX = """
compatibility_level = 3.6
maillog_file = {folder}/postfix/log
maillog_file_prefixes = {folder}
queue_directory = {folder}/postfix/queue
data_directory = {folder}/postfix/data
mail_owner = postfix
myhostname = mail.example
mydestination = example.com
inet_interfaces = 127.0.0.1
mynetworks =
alias_maps =
local_recipient_maps =
recipient_canonical_maps =
smtpd_tls_security_level = encrypt
smtpd_tls_auth_only = yes
smtpd_tls_chain_files = {folder}/server.pem
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = {folder}/run/sasl
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_recipient_restrictions =
  check_recipient_access inline:{{
    {{ gone@example.com = 550 5.1.1 no such user }}
    {{ full@example.com = 552 5.2.2 over quota }}
    {{ grey@example.com = 450 4.7.1 greylisted }}
    {{ busy@example.com = 421 4.3.2 going down }} }},
  permit_sasl_authenticated, reject
message_size_limit = 200000
smtputf8_enable = no
mailbox_transport =
local_transport = relay:[127.0.0.1]:{next}
default_transport = relay:[127.0.0.1]:{next}
"""

MASTER = """
127.0.0.1:{smtp} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
anvil unix - - n - 1 anvil
relay unix - - n - - smtp
postlog unix-dgram n - n - 1 postlogd
"""


def until(what: Any, seconds: float = 60) -> Any:
    """What `what` says as soon as that is something."""
    for _ in range(int(seconds / 0.05)):
        with suppress(OSError):
            found = what()
            if found:
                return found
        time.sleep(0.05)
    raise AssertionError("it never happened")


def connects(port: int) -> bool:
    with socket.create_connection(("127.0.0.1", port), 10):
        return True


@pytest.fixture(scope="module")
def machine() -> Iterator[dict[str, Any]]:
    """A folder that the servers' own users may enter, with a certificate, and Dovecot."""
    folder = Path(tempfile.mkdtemp(prefix="snapwatch-mail-"))
    folder.chmod(0o755)
    authority = Authority(folder)
    (folder / "mails").mkdir()
    shutil.chown(folder / "mails", "nobody", "nogroup")
    values = {"folder": folder, "imap": free_port(), "smtp": free_port()}
    (folder / "users").write_text(f"snapwatch:{{PLAIN}}{PASSWORD}\n")
    (folder / "dovecot.conf").write_text(DOVECOT.format(**values))
    process = subprocess.Popen(["dovecot", "-F", "-c", str(folder / "dovecot.conf")])
    try:
        until(lambda: connects(values["imap"]))
        yield values | {"authority": authority}
    finally:
        process.terminate()
        process.wait(60)
        shutil.rmtree(folder)


@contextmanager
def channel(
    monkeypatch: pytest.MonkeyPatch, machine: dict[str, Any], **changes: Any
) -> Iterator[smtp.Answered]:
    monkeypatch.setenv("SMTP_PASSWORD", PASSWORD)
    monkeypatch.setenv("ANSWER_KEY", KEY)
    values = {
        "type": "smtp", "host": "localhost", "port": machine["smtp"], "username": "snapwatch",
        "password": {"env": "SMTP_PASSWORD"}, "sender": "snapwatch <snapwatch@example.com>", "timeout": 10,
        "ca_file": machine["authority"].ca_file, "imap_host": "localhost", "imap_port": machine["imap"],
        "answer_key": {"env": "ANSWER_KEY"},
    } | changes  # fmt: skip
    made = smtp.build(smtp.Settings(**values), "mail", None)
    assert isinstance(made, smtp.Answered)
    yield made


def delivered(machine: dict[str, Any], name: str, mail: EmailMessage | bytes) -> None:
    """As a mail server puts it into a Maildir."""
    folder = machine["folder"] / "mails"
    for part in ("tmp", "new", "cur"):
        (folder / part).mkdir(exist_ok=True)
        shutil.chown(folder / part, "nobody", "nogroup")
    path = folder / "tmp" / name
    path.write_bytes(mail if isinstance(mail, bytes) else mail.as_bytes())
    shutil.chown(path, "nobody", "nogroup")
    path.rename(folder / "new" / name)


def test_answers_from_dovecot(monkeypatch: pytest.MonkeyPatch, machine: dict[str, Any]) -> None:
    taken: list[str] = []

    def take(said: Said) -> str:
        taken.append(said.text)
        return "Sam has it."

    with (
        FakeSmtp(machine["authority"], username="snapwatch", password=PASSWORD) as sent,
        channel(monkeypatch, machine, port=sent.port) as mailbox,
    ):
        assert mailbox.fetch(take) == 0
        delivered(machine, "1.a", b"From: \xff\r\nReferences: <\xff>\r\n\r\nx")
        delivered(machine, "2.a", written("12a\n> quoted"))
        delivered(machine, "3.a", written("13a", From="kim@example.com"))
        delivered(
            machine,
            "4.a",
            written("12r", In_Reply_To="", References="<x@y> " * 30 + str(written()["References"])),
        )
        assert until(lambda: mailbox.fetch(take)) == 2
        assert mailbox.fetch(take) == 0
        assert taken == ["12a", "12r"]
        assert len(sent.mails) == 2
    names = sorted(path.name for path in (machine["folder"] / "mails").glob("*/*.a*"))
    assert [name for name in names if name.endswith("S")] == ["2.a:2,S", "4.a:2,S"]  # the others stay unread


def test_a_password_that_dovecot_refuses(monkeypatch: pytest.MonkeyPatch, machine: dict[str, Any]) -> None:
    monkeypatch.setenv("WRONG", "another")
    with (
        channel(monkeypatch, machine, imap_password={"env": "WRONG"}) as mailbox,
        pytest.raises(ChannelError, match="refused the user name or the password") as caught,
    ):
        mailbox.fetch(lambda _said: None)
    assert caught.value.permanent


def test_a_folder_that_dovecot_does_not_know(
    monkeypatch: pytest.MonkeyPatch, machine: dict[str, Any]
) -> None:
    with (
        channel(monkeypatch, machine, imap_folder="No such") as mailbox,
        pytest.raises(ChannelError, match="has no folder No such") as caught,
    ):
        mailbox.fetch(lambda _said: None)
    assert caught.value.permanent


@pytest.fixture(scope="module")
def postfix(machine: dict[str, Any]) -> Iterator[FakeSmtp]:
    """Postfix, which wants TLS and a log-in, and hands over what it takes to the server that is given."""
    folder = machine["folder"] / "postfix"
    (folder / "queue").mkdir(parents=True)
    (folder / "data").mkdir()
    shutil.chown(folder / "data", "postfix", "postfix")
    with FakeSmtp(security="none", host="127.0.0.1") as arrived:
        (folder / "main.cf").write_text(POSTFIX.format(next=arrived.port, **machine))
        (folder / "master.cf").write_text(MASTER.format(**machine))
        subprocess.run(["postfix", "-c", str(folder), "start"], check=True, capture_output=True, timeout=60)
        try:
            until(lambda: connects(machine["smtp"]))
            yield arrived
        finally:
            subprocess.run(
                ["postfix", "-c", str(folder), "stop"], check=True, capture_output=True, timeout=60
            )


@postfix_is_here
def test_a_page_goes_through_postfix(
    monkeypatch: pytest.MonkeyPatch, machine: dict[str, Any], postfix: FakeSmtp
) -> None:
    hostile = replace(HOSTILE, images=(), html="<p>" + "x" * 5000 + "</p>", text="ж" * 3000)
    with channel(monkeypatch, machine) as mailbox:
        assert "logged in as snapwatch" in mailbox.check()
        identifiers = [mailbox.send(each, "sam@example.com", "1") for each in (MESSAGE, MESSAGE, hostile)]
    until(lambda: len(postfix.mails) == 3)
    assert identifiers[0] == identifiers[1] != identifiers[2]
    # It hands on what waits in an order of its own.
    handed = [message_from_bytes(mail.content, policy=default) for mail in postfix.mails]
    first, again = (each for each in handed if each["Message-ID"] == identifiers[0])
    (other,) = (each for each in handed if each["Message-ID"] == identifiers[2])
    assert first["References"] == again["References"]
    assert first["Auto-Submitted"] == "auto-generated"
    assert first["List-Id"] == "snapwatch <snapwatch.example.com>"
    assert first["Subject"] == MESSAGE.subject  # though this Postfix takes no SMTPUTF8
    plain, html = other.iter_parts()
    assert plain.get_content().strip() == "ж" * 3000
    assert "x" * 5000 in html.get_content()
    assert max(len(line) for mail in postfix.mails for line in mail.content.splitlines()) <= 998


@postfix_is_here
@pytest.mark.parametrize(
    ("address", "permanent", "words"),
    [
        ("gone@example.com", True, "550 5.1.1"),
        ("full@example.com", True, "552 5.2.2"),
        ("grey@example.com", False, "450 4.7.1"),
        ("busy@example.com", False, "421 4.3.2"),
    ],
)
def test_recipients_that_postfix_refuses(
    monkeypatch: pytest.MonkeyPatch, machine: dict[str, Any], postfix: FakeSmtp,
    address: str, permanent: bool, words: str,
) -> None:  # fmt: skip
    with channel(monkeypatch, machine) as mailbox, pytest.raises(ChannelError, match=words) as caught:
        mailbox.send(MESSAGE, address, "1")
    assert caught.value.permanent == permanent


@postfix_is_here
def test_what_postfix_refuses_besides(
    monkeypatch: pytest.MonkeyPatch, machine: dict[str, Any], postfix: FakeSmtp
) -> None:
    monkeypatch.setenv("WRONG", "another")
    too_big = replace(MESSAGE, text="x" * 300_000)
    cases: list[tuple[dict[str, Any], Any, str]] = [
        ({}, too_big, "552"),
        ({"password": {"env": "WRONG"}}, MESSAGE, "refused the user name or the password"),
        ({"security": "tls"}, MESSAGE, "does not speak TLS from the start"),
    ]
    for changes, message, words in cases:
        with (
            channel(monkeypatch, machine, **changes) as mailbox,
            pytest.raises(ChannelError, match=words) as caught,
        ):
            mailbox.send(message, "sam@example.com", "1")
        assert caught.value.permanent
    with smtplib.SMTP("127.0.0.1", machine["smtp"], timeout=10) as plain:
        plain.ehlo()
        assert plain.mail("snapwatch@example.com")[0] == 530  # it does force TLS
