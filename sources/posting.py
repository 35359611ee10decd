"""What those who post replies share."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from monitor.errors import PostError, SourceError
from monitor.model import Mention
from monitor.reply import Approved


@contextmanager
def as_post_error() -> Iterator[None]:
    """What the guarded session says (sources/http.py), as the error of those who post."""
    try:
        yield
    except SourceError as error:
        raise PostError(str(error), permanent=error.permanent, retry_after=error.retry_after) from None


def fingerprint(reply: Approved, to: Mention) -> bytes:
    """Sixteen bytes that are the same on every try of one reply, and others for any other reply of any installation."""
    said = "\n".join((reply.key, reply.at.isoformat(), to.source, to.id))
    return hashlib.blake2b(said.encode(errors="replace"), digest_size=16).digest()
