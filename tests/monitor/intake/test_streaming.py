"""Lines of a stream in windows: all of them, in order, and nobody waits for a window to fill."""

from __future__ import annotations

import os
from io import BytesIO
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from monitor.exchange import MAX_LINE
from monitor.intake import streaming
from monitor.intake.streaming import FIRST, MOST, windows

contents = st.lists(st.binary(max_size=40).map(lambda line: line.replace(b"\n", b"")), max_size=200)


@given(contents, st.booleans(), st.integers(1, 50))
def test_all_lines_come_in_order(lines: list[bytes], ends: bool, chunk: int) -> None:
    text = b"\n".join(lines) + (b"\n" if ends and lines else b"")
    whole = text.split(b"\n")
    if not whole[-1]:
        whole.pop()
    with patch.object(streaming, "CHUNK", chunk):
        assert [line for window in windows(BytesIO(text)) for line in window] == whole


def test_windows_grow_to_their_largest() -> None:
    sizes = [len(window) for window in windows(BytesIO(b"x\n" * 3000))]
    assert sizes[:3] == [FIRST, 2 * FIRST, 4 * FIRST]
    assert max(sizes) == MOST
    assert sum(sizes) == 3000


def test_a_window_of_long_lines_has_fewer() -> None:
    line = b"x" * 100_000 + b"\n"
    with patch.object(streaming, "LARGEST", 1_000_000):
        found = list(windows(BytesIO(line * 40)))
    assert max(len(window) for window in found) < 15
    assert sum(len(window) for window in found) == 40


def test_a_line_that_is_too_long_is_cut_and_the_next_one_is_whole() -> None:
    (window,) = windows(BytesIO(b"x" * (3 * MAX_LINE) + b"\nnext\n"))
    assert [len(line) for line in window] == [MAX_LINE + 1, 4]


def test_one_line_of_a_slow_writer_does_not_wait_for_the_next() -> None:
    end, start = os.pipe()
    with os.fdopen(end, "rb") as file:
        coming = windows(file)
        for line in (b"first\n", b"second\nhalf"):
            os.write(start, line)
            assert next(coming) == [line.split(b"\n")[0]]
        os.write(start, b" a line\n")
        assert next(coming) == [b"half a line"]
        os.write(start, b"no end")
        os.close(start)
        assert list(coming) == [[b"no end"]]
