"""The lines of a stream in windows: many at once where they come fast, without delay where they come slowly."""

from __future__ import annotations

import io
import select
import time
from collections import deque
from collections.abc import Iterator
from itertools import islice
from typing import BinaryIO, cast

from monitor.exchange import MAX_LINE

FIRST, MOST = 32, 512
"""Lines of the first window and of the largest: they double, so that the first answer comes soon."""

LARGEST = 16_000_000
"""Bytes from which a window is full, however few lines they are."""

PATIENCE = 0.05
"""Seconds that a line waits for company."""

CHUNK = 1 << 16


def windows(file: BinaryIO) -> Iterator[list[bytes]]:
    """All lines of the file without their ends, in order, some at a time.

    A window ends when it is full, when the file ends, or PATIENCE after its first line, whichever comes first; so a
    writer that goes on only after an answer gets one (`tail -f`). A line that is too long is cut, still too long to be
    accepted, instead of filling memory.
    """
    lines: deque[bytes] = deque()
    tail, held, size, ended = b"", 0, FIRST, False
    while True:
        deadline = time.monotonic() + PATIENCE
        while not ended and len(lines) < size and held < LARGEST:
            if not _comes(file, deadline - time.monotonic() if lines else None):
                break
            if not lines:
                deadline = time.monotonic() + PATIENCE
            chunk = cast(io.BufferedReader, file).read1(CHUNK)  # what is there, unlike read
            ended = not chunk
            *whole, rest = chunk.split(b"\n")
            if whole:
                whole[0] = (tail + whole[0])[: MAX_LINE + 1]
                lines += whole
                held += sum(map(len, whole))
                tail = rest
            else:
                tail = (tail + rest)[: MAX_LINE + 1]
        if ended and tail:
            lines.append(tail)
            tail = b""
        if not lines:
            return
        window = list(islice(lines, size))
        for line in window:
            lines.popleft()
            held -= len(line)
        size = min(size * 2, MOST)
        yield window


def _comes(file: BinaryIO, seconds: float | None) -> bool:
    """Whether there is something to read, or the end, within so many seconds (None: however long it takes)."""
    try:
        return bool(select.select([file], [], [], seconds if seconds is None else max(seconds, 0))[0])
    except io.UnsupportedOperation:
        return True  # in memory: it never keeps anybody waiting
