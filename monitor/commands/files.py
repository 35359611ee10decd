"""Files that a command is given."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from monitor.errors import InputError


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """The file, or standard input for "-". InputError when it can't be read."""
    if str(path) == "-":
        yield sys.stdin.buffer
        return
    try:
        file = path.open("rb")
    except OSError as error:
        raise InputError(f"{path} can't be read: {error.strerror}") from None
    with file:
        yield file
