"""Signed, expiring, personal links to acknowledge an alert."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer

from monitor.errors import InputError, StoreError

VALID_SECONDS = 14 * 24 * 3600
"""A link works for two weeks: as long as anybody could want to look back at an alert."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a link says: this person may answer this alert."""

    alert_id: int
    person: str


class Links:
    """Makes and reads links. The key lies in a file beside the database that only its owner may read."""

    def __init__(self, key_file: Path, public_url: str | None) -> None:
        """StoreError when the key's file can neither be read nor made."""
        self._serializer = URLSafeTimedSerializer(_key(key_file), salt="acknowledge")
        self._public_url = public_url

    def make(self, alert_id: int, person: str) -> str | None:
        """The person's link; None when the configuration names no public address."""
        if self._public_url is None:
            return None
        return f"{self._public_url}/a/{self._serializer.dumps([alert_id, person])}"

    def read(self, token: str) -> Ticket:
        """InputError, fit to be shown, when the link is old, cut or forged."""
        try:
            alert_id, person = self._serializer.loads(token, max_age=VALID_SECONDS)
            return Ticket(int(alert_id), str(person))
        except SignatureExpired:
            raise InputError("This link is older than two weeks and no longer works.") from None
        except (BadSignature, TypeError, ValueError):
            raise InputError("This link is not complete. Open it from the message itself.") from None


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
