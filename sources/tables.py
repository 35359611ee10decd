"""Reading a table or lines from a file that may be large, foreign or half broken, a page at a time.

A page begins at a place in the file and ends at one, so that memory is bounded and a later page goes on there. A line that
can't be used is named with its number; the others are read.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple

from monitor.errors import InputError
from monitor.exchange import MAX_LINE, bounded_lines, read_records
from monitor.model import COUNTERS, Record

SAMPLE = 1 << 20  # bytes from which the encoding is told
BLANKS = 1000  # empty lines that count as one row of a page: a page must end in a file of nothing else

GUESSES: Mapping[str, Sequence[str]] = {
    "text": (
        "text",
        "review",
        "comment",
        "body",
        "message",
        "content",
        "feedback",
        "reviewtext",
        "description",
    ),
    "title": ("title", "subject", "headline", "summary", "reviewtitle"),
    "id": ("id", "reviewid", "commentid", "messageid", "postid", "ticketid", "number"),
    "author": ("author", "name", "user", "username", "reviewer", "customer", "from"),
    "url": ("url", "link", "permalink"),
    "created_at": (
        "createdat",
        "date",
        "created",
        "time",
        "timestamp",
        "datetime",
        "reviewdate",
        "published",
    ),
    "language": ("language", "lang"),
    "in_reply_to": ("inreplyto", "parentid"),
    **{name: (name,) for name in COUNTERS},
}
"""What columns are called where the settings don't say it, in small letters and without anything else."""


class Row(NamedTuple):
    """What one line holds; the records of the exchange format, or the fields of a table's row. None for BLANKS lines that
    hold nothing."""

    line: int
    found: Record | dict[str, str] | InputError | None


@dataclass
class Page:
    """Where a page begins; after each row, where the next one does."""

    offset: int = 0
    line: int = 0

    @property
    def bytes(self) -> int:
        """How many bytes of the file are before it; a decoder's state stands above them."""
        return self.offset & (1 << 64) - 1


@contextmanager
def lines(file: BinaryIO, page: Page, *, whole: bool) -> Iterator[Iterator[Row]]:
    """The lines of the exchange format from the page's place on; with `whole`, a last one without its end is left."""
    before = page.line
    file.seek(page.offset)

    def rows() -> Iterator[Row]:
        there = (
            line for line in bounded_lines(file) if line.endswith(b"\n") or len(line) > MAX_LINE or not whole
        )
        blank = 0
        for number, line in enumerate(there, start=1):
            found = next((record for _, record in read_records([line])), None)
            blank += found is None
            if found is not None or blank % BLANKS == 0:
                page.offset, page.line = file.tell(), before + number
                yield Row(page.line, found)

    yield rows()


def columns(header: Sequence[str], named: Mapping[str, str]) -> dict[int, str]:
    """Which column is which field: those that the settings name, and guesses for the others. InputError when one that is
    named is not there, or none is the text."""
    there = [name.strip() for name in header]
    plain = [re.sub(r"[\W_]", "", name.casefold()) for name in there]
    found: dict[int, str] = {}
    for field, name in named.items():
        if name.strip() not in there:
            raise InputError(f"there is no column {name!r}")
        found[there.index(name.strip())] = field
    for field, guesses in GUESSES.items():
        places = [
            plain.index(guess) for guess in guesses if guess in plain and plain.index(guess) not in found
        ]
        if field not in named and places:
            found[places[0]] = field
    if "text" not in found.values():
        raise InputError('no column is the text: name it, such as columns = { text = "Review" }')
    return found


@contextmanager
def table(file: BinaryIO, page: Page, named: Mapping[str, str]) -> Iterator[Iterator[Row]]:
    """The rows of a table with a header, from the page's place on. InputError when its header can't be used."""
    text = io.TextIOWrapper(file, encoding=encoding(file), errors="replace", newline="")
    try:
        text.seek(0)
        first = text.readline(MAX_LINE).lstrip("\ufeff")
        delimiter = max(",;\t|", key=first.count)
        fields = columns(next(csv.reader([first], delimiter=delimiter), []), named)
        if page.offset:
            text.seek(page.offset)
        else:
            page.line = 1
        before = page.line

        def rows() -> Iterator[Row]:
            reader = csv.reader(iter(lambda: text.readline(MAX_LINE), ""), delimiter=delimiter)
            blank = 0
            while True:
                line = before + reader.line_num + 1
                found: dict[str, str] | InputError | None
                try:
                    cells = next(reader)
                    found = {field: cells[place] for place, field in fields.items() if place < len(cells)}
                except StopIteration:
                    return
                except csv.Error:
                    cells, found = ["?"], InputError("a field is too long; is a quotation mark missing?")
                if not any(cell.strip() for cell in cells):
                    blank, found = blank + 1, None
                if found is not None or blank % BLANKS == 0:
                    page.offset, page.line = text.tell(), before + reader.line_num
                    yield Row(line, found)

        yield rows()
    finally:
        text.detach()


def encoding(file: BinaryIO) -> str:
    """By the mark at its beginning; else UTF-8 if the beginning is that, else what Windows writes in western Europe."""
    file.seek(0)
    sample = file.read(SAMPLE)
    if sample.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"
