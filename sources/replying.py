"""What the platforms on which replies are posted share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from monitor.errors import PostError, SourceError

MARGIN = timedelta(minutes=1)
"""How far a platform's clock may be behind ours: what an earlier try posted is looked for from that much earlier on."""


@contextmanager
def refusals() -> Iterator[None]:
    """What could not be read inside could not be posted, for the same reason."""
    try:
        yield
    except SourceError as error:
        raise PostError(str(error), permanent=error.permanent, retry_after=error.retry_after) from None
