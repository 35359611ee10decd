"""Pure: mails that no mail program cuts off."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

Size = TypeVar("Size")

LARGEST = 100_000
"""Bytes of HTML. Gmail shows 102 KB and a link to the rest."""


def fitted(write: Callable[[Size], str], sizes: Iterable[Size]) -> tuple[str, Size]:
    """What was written with the first of the sizes with which it is no larger than LARGEST, and that size; with the last
    one where it never is."""
    for size in sizes:
        written = write(size)
        if len(written.encode()) <= LARGEST:
            break
    return written, size
