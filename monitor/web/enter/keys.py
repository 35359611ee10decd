"""What people and programs show once they were let in: 256 random bits, of which SHA-256 is kept."""

from __future__ import annotations

import hmac
import secrets
from hashlib import sha256

PREFIX = "snapwatch_"
"""By which tokens that were published by mistake are found."""


def new_key() -> str:
    return secrets.token_urlsafe(32)


def new_token() -> str:
    return PREFIX + new_key()


def hash_of(key: str) -> bytes:
    """What is kept of it."""
    return sha256(key.encode()).digest()


def csrf_of(key: str) -> str:
    """What a form has to show beside the cookie: known to our pages alone, and to no other visit."""
    return hmac.digest(key.encode(), b"form", "sha256").hex()


def same(one: str, other: str) -> bool:
    """Compared in a time that tells nothing of them."""
    return hmac.compare_digest(one.encode(), other.encode())
