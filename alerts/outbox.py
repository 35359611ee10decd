"""Mails and SMS as files in a local folder: to try snapwatch out, and to see exactly what it would send."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from datetime import UTC
from pathlib import Path
from typing import Literal

from pydantic import Field

from alerts import mail, sms
from monitor.errors import ChannelError
from monitor.notice import Message
from monitor.settings import ChannelSettings, FilePath
from monitor.wording.text import clean


class Settings(ChannelSettings):
    folder: FilePath = Field(description="made if it does not exist")
    form: Literal["email", "sms"] = Field("email", description="what is written: whole mails or short texts")
    sender: mail.Mailbox = Field(
        "snapwatch <snapwatch@localhost>", description="whom the written mails come from"
    )


def build(settings: Settings, name: str, callback: str | None) -> Channel:  # noqa: ARG001
    return Channel(settings, name)


def problem_with(address: str) -> str | None:
    """What is wrong with an address, in words; None for an e-mail address and for a phone number."""
    if address.startswith("+"):
        return sms.problem_with(address)
    return mail.problem_with(address)


class Channel:
    def __init__(self, settings: Settings, name: str) -> None:
        self.name = name
        self.carries: Literal["mail", "sms"] = "mail" if settings.form == "email" else "sms"
        self._settings = settings

    def send(self, message: Message, address: str, key: str) -> str:
        """Write the message; its file's name. The same `key` writes the same files again.

        A mail is an .eml file, the bytes that the smtp channel would send, with an .html file beside it to open in a
        browser; an SMS is a .txt file. A file is there whole or not at all.
        """
        problem = sms.problem_with(address) if self.carries == "sms" else mail.problem_with(address)
        if problem:
            raise ChannelError(f"{self.name}: the address {problem}", permanent=True)
        try:
            stem = self._stem(message, address, key)
            if self.carries == "sms":
                self._write(
                    f"{stem}.txt", f"To: {address}\n\n{clean(message.short)}\n".encode(errors="replace")
                )
                return f"{stem}.txt"
            made = mail.build_mail(message, self._settings.sender, address, key)
            self._write(f"{stem}.html", mail.standalone_html(message).encode(errors="replace"))
            self._write(f"{stem}.eml", made.as_bytes())
            return f"{stem}.eml"
        except ValueError as error:
            raise ChannelError(f"{self.name}: {error}", permanent=True) from None
        except OSError as error:
            raise self._unwritable(error) from None

    def check(self) -> str:
        """Write and remove a file in the folder."""
        try:
            self._settings.folder.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self._settings.folder, prefix=".check-"):
                pass
        except OSError as error:
            raise self._unwritable(error) from None
        return f"{self._settings.form} is written to {self._settings.folder}"

    def _stem(self, message: Message, address: str, key: str) -> str:
        """A name in order of time that says what it is about and ends in what identifies the delivery."""
        mark = hashlib.sha256(f"{message.thread}\n{address}\n{key}".encode(errors="replace")).hexdigest()[:10]
        for written in self._settings.folder.glob(f"*-{mark}.*"):
            return written.stem
        words = re.findall(r"[a-z0-9]+", sms.to_gsm(message.subject.replace("[snapwatch]", "")).lower())
        slug = "-".join(words)[:50].strip("-") or "message"
        return f"{message.at.astimezone(UTC):%Y%m%dT%H%M%SZ}-{slug}-{mark}"

    def _write(self, name: str, content: bytes) -> None:
        folder: Path = self._settings.folder
        folder.mkdir(parents=True, exist_ok=True)
        # A name of its own: the same message may be under way in another thread.
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".", suffix=".part", delete=False) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(file.name).replace(folder / name)
        # The new name is on the disk only once the folder is.
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _unwritable(self, error: OSError) -> ChannelError:
        # Temporary: a full disk gets emptied, and a page must not be given up for it.
        return ChannelError(f"{self.name}: {self._settings.folder} can't be written ({error.strerror})")
