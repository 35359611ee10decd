"""Search over all mentions, and what is known of one."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from monitor import thresholds
from monitor.config import Config
from monitor.model import Classification, Forecast, Mention, MentionKey, Reading
from monitor.overview.query import SEVERITIES, SORTS, Query, Sort
from monitor.overview.story import Point, spreads
from monitor.overview.words import Words, pieces, words_of
from monitor.store import RANKED, Fitting, Shown, Tables, Wanted

__all__ = [
    "COUNTED",
    "LARGEST",
    "RANKED",
    "SEVERITIES",
    "SIZE",
    "SORTS",
    "Choices",
    "Facet",
    "Found",
    "Hit",
    "MentionView",
    "Piece",
    "Query",
    "Sort",
    "Spreading",
    "all_hits",
    "choices",
    "mention_view",
    "search",
    "spreading",
]

SIZE = 25
"""Mentions on a page, unless another number is asked for."""
LARGEST = 100
COUNTED = 1000
"""Up to so many it is known exactly how many fit."""
AT_A_TIME = 500
"""Mentions that are read at a time where all are wanted."""


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
    """A page of what fits. `total` is how many fit, or COUNTED when `more` do. `next` is what to ask for the next page
    with; None: this is the last. `notes`: what of the words could not be looked for, in words."""

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
    `labels`: what people said of it, by head."""

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


@dataclass(frozen=True, slots=True)
class Spreading:
    """How a post has spread, as its platform's `measure` counts it; `viral_at` is the threshold there."""

    measure: str
    viral_at: int
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Choices:
    """What can be chosen: the configured sources and those of the newest posts; categories and languages of the newest."""

    sources: tuple[str, ...]
    categories: tuple[str, ...]
    languages: tuple[str, ...]


def search(
    tables: Tables,
    config: Config,
    query: Query,
    zone: ZoneInfo,
    now: datetime,
    after: str = "",
    size: int = SIZE,
) -> Found:
    """The mentions that fit, of days in that time zone; deleted ones never do. `after`: the `next` of the page before; one
    that is none is the beginning. Never an error, whatever the words are."""
    size = max(1, min(size, LARGEST))
    words = words_of(query.words, tables.search.known)
    if query.words.strip() and not words:
        return Found(query, (), 0, False, (), None, words.notes or ("no word was given",))
    wanted = tables.search.narrowed(_wanted(config, query, zone, now, words))
    best = query.sort == "best" and bool(wanted.match)
    newest = tables.search.ranked(wanted) if best else tables.search.newest(wanted, COUNTED + 1)
    more = len(newest) > COUNTED
    order: Sort = "newest" if query.sort == "best" and not best else query.sort
    rows = _page(tables, wanted, order, newest, more, _behind(after), size + 1)
    hits = tuple(_hit(each, words, config) for each in tables.search.shown(rows[:size]))
    following = _token(rows[size - 1], order) if len(rows) > size else None
    newest = newest[:COUNTED]
    return Found(query, hits, len(newest), more, _facets(newest, config), following, words.notes)


def all_hits(
    tables: Callable[[], Tables],
    config: Config,
    query: Query,
    zone: ZoneInfo,
    now: datetime,
    *,
    oldest: bool = False,
) -> Iterator[Hit]:
    """All that fit, the newest or the oldest first, read a piece at a time: a writer beside it is never held up. `tables`
    is asked for each piece, since another thread may read it."""
    words = words_of(query.words, tables().search.known)
    if query.words.strip() and not words:
        return
    wanted = tables().search.narrowed(_wanted(config, query, zone, now, words))
    last: int | None = None
    while rows := (here := tables()).search.newest(wanted, AT_A_TIME, last, oldest=oldest):
        last = rows[-1].number
        for each in here.search.shown(rows):
            yield _hit(each, words, config)


def mention_view(tables: Tables, key: MentionKey) -> MentionView | None:
    """None when there is none."""
    mention, seen = tables.mentions.get(key), tables.search.seen(key)
    if mention is None or seen is None:
        return None
    return MentionView(
        mention,
        seen.deleted_at is None,
        seen.seen_at,
        seen.deleted_at,
        tables.mentions.classification(key),
        tables.labels.of(key),
        tables.mentions.forecast(key),
        tuple(tables.mentions.readings(key)),
        seen.story,
        seen.title,
    )


def spreading(tables: Tables, config: Config, key: MentionKey) -> Spreading:
    """Of a post, at each of its readings."""
    measure, viral_at = thresholds.measure_of(config, tables, key.source)
    return Spreading(measure, viral_at, spreads(tables, config, key))


def choices(tables: Tables, config: Config) -> Choices:
    """What filters offer."""
    newest = tables.search.choices()
    return Choices(
        tuple(sorted({each[0] for each in newest} | set(config.sources))),
        tuple(sorted({each[1] for each in newest if each[1]})),
        tuple(sorted({each[2] for each in newest if each[2]})),
    )


def _wanted(config: Config, query: Query, zone: ZoneInfo, now: datetime, words: Words) -> Wanted:
    since, span = _midnight(query.since, zone), query.span
    if span is not None:
        since = max(now - span, since) if since else now - span
    return Wanted(
        words.match,
        words.but,
        words.holds,
        words.lacks,
        _sound(query.source),
        since,
        _midnight(query.until, zone, days=1),
        query.complaint,
        config.rules.complaint_at,
        _sound(query.severity),
        _sound(query.category),
        _sound(query.language),
        query.story,
        _handle(query.author),
    )


def _sound(text: str) -> str:
    """What a database can be asked for: half of a surrogate pair is no character."""
    return text.encode(errors="ignore").decode()


def _handle(author: str) -> str:
    return re.sub(r"^(@|/?u/)", "", _sound(author).strip())


def _midnight(day: date | None, zone: ZoneInfo, days: int = 0) -> datetime | None:
    """The beginning of a day there, or of a later one; None where no calendar reaches."""
    if day is None:
        return None
    try:
        return datetime.combine(day + timedelta(days=days), time(), zone).astimezone(UTC)
    except OverflowError:
        return None


def _page(
    tables: Tables,
    wanted: Wanted,
    order: Sort,
    known: Sequence[Fitting],
    more: bool,
    behind: Fitting | None,
    size: int,
) -> Sequence[Fitting]:
    """The next ones in that order, from those that are known (the newest that fit) as far as these go."""
    if order == "spread" and more:
        return tables.search.largest(wanted, size, behind)
    place = _ORDERS[order]
    rows = sorted(known, key=place)
    if behind is not None:
        # How well it fits has changed with every post that came meanwhile; where it stands now is behind those shown.
        last = next((each for each in rows if order == "best" and each.number == behind.number), behind)
        rows = [each for each in rows if place(each) > place(last)]
    rows = rows[:size]
    if order == "newest" and more and len(rows) < size:
        return tables.search.newest(wanted, size, behind and behind.number)
    return rows


_ORDERS: Mapping[Sort, Callable[[Fitting], tuple[float, ...]]] = {
    "newest": lambda row: (-row.number,),
    "spread": lambda row: (row.spread is None, -(row.spread or 0), -row.number),
    "best": lambda row: (row.rank, -row.number),
}
"""What the mentions are sorted by."""


def _token(row: Fitting, sort: Sort) -> str:
    said = {"spread": "" if row.spread is None else str(row.spread), "best": repr(row.rank), "newest": ""}
    return f"{row.number},{said[sort]}"


_TOKEN = re.compile(r"(-?\d{1,18}),(-?\d{0,18}(?:\.\d{1,20})?(?:e-?\d{1,3})?)")


def _behind(token: str) -> Fitting | None:
    """The last mention of the page before."""
    found = _TOKEN.fullmatch(token)
    if found is None:
        return None
    number, said = found.groups()
    try:
        value = float(said) if said else 0.0
    except ValueError:
        return None
    spread = int(value) if said and abs(value) < 2**53 else None
    return Fitting(int(number), "", None, None, None, None, spread, value)


def _hit(shown: Shown, words: Words, config: Config) -> Hit:
    row = shown.row
    return Hit(
        shown.mention,
        tuple(
            Piece(text, bool(number % 2))
            for number, text in enumerate(pieces(shown.mention.text, words))
            if text
        ),
        row.complaint,
        _is_complaint(row, config),
        row.severity,
        row.category,
        row.language,
        row.spread,
        shown.story,
        shown.title,
    )


def _is_complaint(row: Fitting, config: Config) -> bool | None:
    return None if row.complaint is None else row.complaint >= config.rules.complaint_at


def _facets(rows: Iterable[Fitting], config: Config) -> tuple[Facet, ...]:
    def facet(field: str, said: Iterable[str | None]) -> Facet:
        counts = Counter(value for value in said if value)
        return Facet(field, tuple(sorted(counts.items(), key=lambda each: (-each[1], each[0]))))

    rows = list(rows)
    told = {True: "yes", False: "no", None: None}
    return (
        facet("complaint", (told[_is_complaint(row, config)] for row in rows)),
        facet("source", (row.source for row in rows)),
        facet("severity", (row.severity for row in rows)),
        facet("category", (row.category for row in rows)),
        facet("language", (row.language for row in rows)),
    )
