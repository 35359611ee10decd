"""Signed, expiring, personal links to acknowledge an alert or a test page, short enough for an SMS.

A link ends in the code ("12", of a test page "t3") and the first 72 bits of an HMAC-SHA256 (RFC 2104, truncated as its
section 5 allows) over the code and the person. It names no person; whose it is, is found by trying everybody in the
configuration.
"""

from __future__ import annotations

import base64
import hmac
import os
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from monitor.errors import InputError, StoreError

VALID_FOR = timedelta(days=14)
"""Counted from the alert's last page: as long as anybody could want to look back at it."""

MAC_BYTES = 9


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a link says: this person may answer the alert, or the test page, of this code."""

    code: str
    person: str


class Links:
    """Makes and reads links. The key lies in a file beside the database that only its owner may read."""

    def __init__(self, key_file: Path, public_url: str | None) -> None:
        """StoreError when the key's file can neither be read nor made."""
        self._key = _key(key_file).encode()
        self._public_url = public_url

    def make(self, code: int | str, person: str) -> str | None:
        """The person's link; None when the configuration names no public address."""
        return f"{self._public_url}/a/{self.token(code, person)}" if self._public_url else None

    def read(self, token: str, people: Iterable[str]) -> Ticket:
        """InputError, fit to be shown, when the link is cut, forged, or of somebody who is not among `people`."""
        code = token.partition("-")[0]
        if re.fullmatch(r"t?[0-9]{1,11}", code):
            for person in people:
                if hmac.compare_digest(self.token(code, person).encode(), token.encode()):
                    return Ticket(code, person)
        raise InputError(
            "This link is not complete, or it belongs to somebody who is not on the list any more. "
            "Open it from the message itself."
        )

    def token(self, code: int | str, person: str) -> str:
        """What the person's link ends in."""
        mac = hmac.digest(self._key, f"{code} {person}".encode(), "sha256")[:MAC_BYTES]
        return f"{code}-{base64.urlsafe_b64encode(mac).decode()}"


def _key(path: Path) -> str:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # O_EXCL: of two processes that start at once, one makes the key and the other reads it.
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(32))
    except FileExistsError:
        pass
    except OSError as error:
        raise StoreError(
            f"the key of the acknowledge links can't be written to {path}: {error.strerror}"
        ) from error
    try:
        key = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise StoreError(f"the key of the acknowledge links can't be read from {path}") from error
    if len(key) < 32:
        raise StoreError(
            f"the key of the acknowledge links in {path} is damaged; remove the file to get a new one"
        )
    return key
