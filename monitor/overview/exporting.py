"""What was found, as files: a table for spreadsheets, and the exchange format."""

from __future__ import annotations

import csv
import heapq
import io
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime

from monitor.exchange import dump, time_of
from monitor.model import MentionKey, Reading
from monitor.overview.search import Hit

COLUMNS = (
    "source", "id", "url", "created_at_utc", "author", "author_name", "followers", "language", "complaint_probability",
    "complaint", "severity", "category", "spread", "story", "text",
)  # fmt: skip
FORMULA = "=+-@＝＋－＠"
"""With these a spreadsheet begins to calculate."""


def table(hits: Iterable[Hit]) -> Iterator[str]:
    """Comma-separated values with a heading, as RFC 4180 has them, in UTF-8 with the mark by which spreadsheets know that.
    Times are written as spreadsheets of every language take them for times ("2026-11-01 10:00:00"), in UTC; the exchange
    format has them as ISO 8601. What could be taken for a formula begins with an apostrophe."""
    yield "\ufeff" + _line(COLUMNS)
    for hit in hits:
        mention = hit.mention
        yield _line(
            [
                mention.source,
                mention.id,
                mention.url,
                mention.created_at.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "seconds"),
                mention.author.handle,
                mention.author.name,
                mention.author.followers,
                hit.language,
                None if hit.complaint is None else round(hit.complaint, 3),
                {True: "yes", False: "no", None: None}[hit.is_complaint],
                hit.severity,
                hit.category,
                hit.spread,
                hit.story,
                mention.text,
            ]
        )


def _line(cells: Sequence[str | float | None]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(
        defused(each) if isinstance(each, str) else each for each in cells
    )
    return out.getvalue()


def defused(text: str) -> str:
    """The text as no spreadsheet takes it for a formula, and without control characters but line feeds and tabs."""
    plain = "".join(char for char in text.replace("\r\n", "\n") if char in "\n\t" or char >= " ")
    return f"'{plain}" if plain.lstrip()[:1] in FORMULA and plain.strip() else plain


def records(hits: Iterable[Hit], readings: Callable[[MentionKey], Sequence[Reading]]) -> Iterator[str]:
    """The exchange format, in time order: the mentions, which come the oldest first, with their readings."""
    waiting: list[tuple[datetime, int, Reading]] = []
    order = itertools.count()
    for hit in hits:
        while waiting and waiting[0][0] < time_of(hit.mention):
            yield dump(heapq.heappop(waiting)[2]) + "\n"
        yield dump(hit.mention) + "\n"
        for each in readings(hit.mention.key):
            heapq.heappush(waiting, (each.at, next(order), each))
    while waiting:
        yield dump(heapq.heappop(waiting)[2]) + "\n"
