"""Search over all mentions, and what is known of one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from monitor.config import Config
from monitor.model import Classification, Forecast, Mention, MentionKey, Reading
from monitor.store import Tables

Sort = Literal["newest", "spread", "best"]
SORTS: tuple[Sort, ...] = ("newest", "spread", "best")
"""Newest first; the largest spread first; what fits the words best, of the newest that fit."""

SIZE = 25
"""Mentions on a page, unless another number is asked for."""
LARGEST = 100
COUNTED = 1000
"""Up to so many it is known exactly how many fit."""


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for. Empty and None: all. `words` as a person types them: each has to occur, a part in "quotes" to the
    letter, -word must not; the last one may be the beginning of a word. `since` and `until` are days, both included.
    `author` is a handle, `language` ISO 639-1, `severity` one of `monitor.store.values.GRADES`."""

    words: str = ""
    source: str = ""
    since: date | None = None
    until: date | None = None
    complaint: bool | None = None
    severity: str = ""
    category: str = ""
    language: str = ""
    story: int | None = None
    author: str = ""
    sort: Sort = "newest"

    @classmethod
    def of(cls, said: Mapping[str, str]) -> tuple[Query, tuple[str, ...]]:
        """From the fields of an address: the query, and what could not be understood and is left out, in words. Never an
        error. Fields have the names above; `complaint` is yes or no, days are 2026-11-22."""
        raise NotImplementedError

    def fields(self) -> dict[str, str]:
        """The fields that are not empty: `Query.of(query.fields()) == (query, ())`."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of an excerpt. `found`: it is what was looked for."""

    text: str
    found: bool = False


@dataclass(frozen=True, slots=True)
class Hit:
    """A mention that fits. `excerpt`: its text, or the part of a long one that fits. What the model says is None where it
    has said nothing; `complaint` is its probability, `is_complaint` by the configured `complaint_at`; `spread` as of the
    newest forecast. `language` as the model says it, or else the platform."""

    mention: Mention
    excerpt: tuple[Piece, ...]
    complaint: float | None
    is_complaint: bool | None
    severity: str | None
    category: str | None
    language: str | None
    spread: int | None
    story: int | None
    title: str


@dataclass(frozen=True, slots=True)
class Facet:
    """Of the newest COUNTED that fit, how many have each value of a field (one of "source", "complaint", "severity",
    "category", "language"), the commonest first."""

    field: str
    counts: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Found:
    """A page of what fits. `total` is how many fit, or COUNTED when `more` do. `next` is what to ask for the next page with;
    None: this is the last. `notes`: what of the words could not be looked for, in words."""

    query: Query
    hits: tuple[Hit, ...]
    total: int
    more: bool
    facets: tuple[Facet, ...]
    next: str | None
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MentionView:
    """One mention. `live` is False once it is gone from its platform: then only its key, time and readings are left.
    `labels`: what people said of it, by head. `spread` as its measure on that platform counts."""

    mention: Mention
    live: bool
    seen_at: datetime
    deleted_at: datetime | None
    classification: Classification | None
    labels: Mapping[str, str]
    forecast: Forecast | None
    readings: tuple[Reading, ...]
    story: int | None
    title: str


def search(
    tables: Tables, config: Config, query: Query, zone: ZoneInfo, after: str = "", size: int = SIZE
) -> Found:
    """The mentions that fit, of days in that time zone; deleted ones never do. `after`: the `next` of the page before; one
    that is none is the beginning. Never an error, whatever the words are."""
    raise NotImplementedError


def mention_view(tables: Tables, key: MentionKey) -> MentionView | None:
    """None when there is none."""
    raise NotImplementedError


def all_hits(tables: Tables, config: Config, query: Query, zone: ZoneInfo) -> Iterator[Hit]:
    """All that fit, the newest first, read a piece at a time: a writer beside it is never held up."""
    raise NotImplementedError
