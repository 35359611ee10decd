"""Mail over SMTP: STARTTLS or TLS from the start, with authentication. Answers to it can be read over IMAP."""

from __future__ import annotations

import re
import smtplib
from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Literal

from pydantic import Field, model_validator

from alerts.imap import Inbox
from alerts.mail import Mailbox, build_mail, build_reply, parse_sender
from alerts.mail import problem_with as problem_with
from alerts.smtp_session import MailServer, Security, trusting
from monitor.errors import ChannelError, SnapwatchError
from monitor.notice import Message, Short
from monitor.ports import Said
from monitor.settings import ChannelSettings, FilePath, Secret, is_loopback

_PREFIX = re.compile(r"^\s*((re|aw|sv|antw)\s*:\s*)+", re.IGNORECASE)
PORTS = {"starttls": 587, "tls": 465, "none": 25}


class Settings(ChannelSettings):
    host: str = Field(min_length=1, description="the mail server, such as smtp.example.com")
    port: int | None = Field(
        None, ge=1, le=65535, description="587 for starttls, 465 for tls, 25 for none if absent"
    )
    security: Security = Field(
        "starttls", description='how the connection is encrypted; "none" only for a server on this machine'
    )
    username: str | None = Field(
        None, description="user name; absent, as is the password, for a server that asks for none"
    )
    password: Secret | None = Field(None, description="the password of username")
    sender: Mailbox = Field(description="whom mails come from: snapwatch <snapwatch@example.com>")
    reply_to: Mailbox | None = Field(
        None, description="where an answer to a mail goes; absent: to the sender"
    )
    ca_file: FilePath | None = Field(
        None, description="certificates (PEM) to trust instead of the system's, for a company's own authority"
    )
    timeout: float = Field(20, gt=0, le=300, description="seconds to wait for the server at each step")
    imap_host: str | None = Field(
        None,
        min_length=1,
        description="the server of the mailbox to which answers come, such as imap.example.com; absent: none are read",
    )
    imap_port: int = Field(993, ge=1, le=65535, description="its port, encrypted from the start")
    imap_username: str | None = Field(None, description="user name of that mailbox; absent: username")
    imap_password: Secret | None = Field(None, description="its password; absent: password")
    imap_folder: str = Field("INBOX", min_length=1, description="the folder of it that is read")
    answer_key: Secret | None = Field(
        None,
        description="needed with imap_host: at least 24 random characters, which make that nobody but the reader of a "
        "mail can answer it; `openssl rand -hex 24` makes one",
    )

    @model_validator(mode="after")
    def _coherent(self) -> Settings:
        if (self.username is None) != (self.password is None):
            raise ValueError("username and password belong together: give both or neither")
        if not (
            (self.username or "") + (self.password.get_secret_value() if self.password else "")
        ).isascii():
            raise ValueError(
                "the user name or the password has letters outside ASCII, which SMTP can't carry"
            )
        if self.security == "none" and self.password is not None:
            raise ValueError('a password is never sent unencrypted: use security = "starttls" or "tls"')
        if self.security == "none" and not is_loopback(self.host):
            raise ValueError(
                'security = "none" is for a server on this machine (localhost): use "starttls" or "tls"'
            )
        if self.ca_file is not None:
            trusting(self.ca_file)
        if (self.imap_host is None) != (self.answer_key is None):
            raise ValueError("imap_host and answer_key belong together: give both or neither")
        if self.answer_key is not None and len(self.answer_key.get_secret_value()) < 24:
            raise ValueError("answer_key has fewer than 24 characters: `openssl rand -hex 24` makes one")
        if self.imap_host is not None and None in self._mailbox:
            raise ValueError("to read answers, imap_username and imap_password are needed")
        return self

    @property
    def _mailbox(self) -> tuple[str | None, Secret | None]:
        return self.imap_username or self.username, self.imap_password or self.password


def build(settings: Settings, name: str, callback: str | None) -> Channel:  # noqa: ARG001
    return Channel(settings, name) if settings.imap_host is None else Answered(settings, name)


class Channel:
    carries: Literal["mail"] = "mail"

    def __init__(self, settings: Settings, name: str) -> None:
        self.name = name
        self._settings = settings
        self._server = MailServer(
            name=name, host=settings.host, port=settings.port or PORTS[settings.security],
            security=settings.security, tls=trusting(settings.ca_file),
            greeting=parse_sender(settings.sender).domain, timeout=settings.timeout,
            login=(settings.username, _secret(settings.password)) if settings.username is not None else None,
        )  # fmt: skip

    def send(self, message: Message, address: str, key: str) -> str:
        """Hand the mail to the server; the Message-ID, which is the same on every try of `key`."""
        settings = self._settings
        try:
            mail = build_mail(
                message, settings.sender, address, key, settings.reply_to, _secret(settings.answer_key)
            )
        except ValueError as error:
            raise ChannelError(f"{self.name}: {error}", permanent=True) from None
        self._hand_over(mail, address)
        return str(mail["Message-ID"])

    def check(self) -> str:
        """Connect, encrypt, log in and say NOOP; no mail is sent."""
        with self._server.open() as server:
            code, answer = server.noop()
            if code != 250:
                raise smtplib.SMTPResponseException(code, answer)
        who = f"as {self._settings.username}" if self._settings.username else "without a password"
        return f"{self._server.where} answers ({self._settings.security}), logged in {who}"

    def _hand_over(self, mail: EmailMessage, address: str) -> None:
        with self._server.open() as server:
            server.send_message(mail, parse_sender(self._settings.sender).addr_spec, [address])


class Answered(Channel):
    """Mails whose answers are read, done, and answered in turn."""

    short = Short(answers=True)  # so that the mail asks for one

    def __init__(self, settings: Settings, name: str) -> None:
        super().__init__(settings, name)
        username, password = settings._mailbox
        self._inbox = Inbox(
            name=name, host=settings.imap_host or "", port=settings.imap_port, username=username or "",
            password=_secret(password), folder=settings.imap_folder, answer_key=_secret(settings.answer_key),
            tls=self._server.tls, timeout=settings.timeout,
        )  # fmt: skip

    def check(self) -> str:
        """As for mails that are only sent, and the mailbox is opened."""
        line = super().check()
        with self._inbox.open():
            pass
        return f"{line}; answers are read from {self._inbox.folder} at {self._inbox.host}:{self._inbox.port}"

    def fetch(self, take: Callable[[Said], str | None]) -> int:
        """A mail counts as seen once `take` has done what it says, so that a crash before that loses none. What goes wrong
        with one mail is raised after all others were read; a mail that `take` could not do is read again next time."""
        count, failed = 0, None
        with self._inbox.open() as box:
            for uid, answer in self._inbox.unread(box):
                try:
                    words = take(Said(answer.address, answer.text)) if answer.text else None
                    self._inbox.seen(box, uid)
                    count += bool(answer.text)
                    if words is not None:
                        subject, sender = f"Re: {_PREFIX.sub('', answer.subject)}", self._settings.sender
                        now = datetime.now(UTC)
                        mail = build_reply(
                            words, subject, sender, answer.address, answer.identifier, answer.references, now
                        )
                        self._hand_over(mail, answer.address)
                except SnapwatchError as error:
                    failed = failed or error
        if failed is not None:
            raise failed
        return count


def _secret(value: Secret | None) -> str:
    return value.get_secret_value() if value else ""
