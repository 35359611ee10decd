"""Passwords of accounts: argon2id with the parameters of RFC 9106 for little memory (64 MiB, 3 passes, 4 lanes)."""

from __future__ import annotations

import unicodedata
from functools import cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

LEAST, LONGEST = 12, 1000
DIFFERENT = 5
"""Different characters at least."""

AT_ONCE = 2
"""Passwords that are hashed at a time in this process, whatever they are hashed for: each takes 64 MiB."""

_HASHER = PasswordHasher()
_SLOTS = BoundedSemaphore(AT_ONCE)


def flaw(password: str, account: str) -> str | None:
    """What is wrong with a new password."""
    text = _plain(password)
    if len(text) < LEAST:
        return f"has fewer than {LEAST} characters: take a few words"
    if len(text) > LONGEST:
        return f"has more than {LONGEST:,} characters"
    if len(set(text)) < DIFFERENT:
        return "is too easily guessed: it repeats itself"
    if account.casefold().partition("@")[0] in text.casefold():
        return "is too easily guessed: it holds the account's name"
    return None


def hashed(password: str) -> str:
    """What is kept of it."""
    with _SLOTS:
        return _HASHER.hash(_plain(password))


def matches(kept: str | None, password: str) -> bool:
    """Takes as long where there is nothing to compare with, so that nobody learns who has an account."""
    if len(password) > LONGEST:
        return False
    with _SLOTS:
        nobodys = _nobodys()  # whoever comes first waits for it, not the first without an account
        try:
            return _HASHER.verify(kept or nobodys, _plain(password)) and kept is not None
        except (VerificationError, InvalidHashError):
            return False


def is_dated(kept: str) -> bool:
    """Whether it was hashed with other parameters than today's."""
    return _HASHER.check_needs_rehash(kept)


@cache
def _nobodys() -> str:
    return _HASHER.hash("nobody's")


def _plain(password: str) -> str:
    """The same however a keyboard composes it."""
    return unicodedata.normalize("NFKC", password)
