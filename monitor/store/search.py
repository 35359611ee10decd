"""What all mentions are searched by. Of a post that is erased nothing is found, and nothing is left here (migration m018).

A number stands for a mention and sorts as its time does. The words are read first, the newest post first, and reading ends
when enough is found; where few posts could fit for another reason (one story, one author), these are read and looked up in
the index of words.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

from monitor.errors import InputError
from monitor.model import Mention, MentionKey
from monitor.store import values
from monitor.store.database import Database
from monitor.store.values import maybe_time, to_text, to_time

SECOND = 1 << 20
"""How far the numbers of one second are from those of the next (migration m018)."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

TRIED = 150
"""Posts with the largest spread that are looked up in the index of words before it is read, for words that are COMMON."""
COMMON = 30_000
"""Posts with the words from which some of those are likely to be among the TRIED."""
FEW = 1_000
"""Posts that fit for other reasons than their words, up to which it is asked what is cheaper."""
DEAR = 80
"""Reading this many posts from the index of words costs as much as looking one up in it."""
RANKED = 2_000
"""The newest posts that fit, of which those are found that fit the words best."""
BEGINNING = '"*'
"""In an FTS5 expression, after the beginning of a word: all words that begin so are put together first."""

LARGEST = "s.spread DESC, s.number DESC"
LOOKED_UP = "EXISTS (SELECT 1 FROM words WHERE words MATCH ? AND rowid = s.number)"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for: `match` and `but` are FTS5 expressions of what occurs and what does not, `holds` and `lacks` the
    same as it stands; the rest as in `monitor.overview.search.Query`, with `start` and `end` as moments, the end not
    included. Empty and None: all. What `Search.narrowed` has found, which is asked first: `numbers` are the only ones that
    can fit, `looked_up` whether it costs less to look these up in the index of words than to read it."""

    match: str = ""
    but: str = ""
    holds: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    source: str = ""
    start: datetime | None = None
    end: datetime | None = None
    complaint: bool | None = None
    complaint_at: float = 0.5
    severity: str = ""
    category: str = ""
    language: str = ""
    story: int | None = None
    author: str = ""
    numbers: tuple[int, ...] | None = None
    looked_up: bool = False

    @property
    def expression(self) -> str:
        """What the index of words is asked for; empty when that is nothing, or only what must not occur."""
        return f"({self.match}) NOT ({self.but})" if self.match and self.but else self.match

    @property
    def filtered(self) -> bool:
        """Whether anything is asked for but words and days."""
        return (
            self.complaint is not None
            or self.story is not None
            or any((self.source, self.severity, self.category, self.language, self.author))
        )


class Fitting(NamedTuple):
    """A mention that fits, as it is filtered; `rank`: how well it fits, the smaller the better, where that was asked."""

    number: int
    source: str
    complaint: float | None
    severity: str | None
    category: str | None
    language: str | None
    spread: int | None
    rank: float = 0.0


@dataclass(frozen=True, slots=True)
class Shown:
    """A mention to be shown, with its story."""

    row: Fitting
    mention: Mention
    story: int | None
    title: str


@dataclass(frozen=True, slots=True)
class Seen:
    """When a mention was stored and erased, and its story with its title."""

    seen_at: datetime
    deleted_at: datetime | None
    story: int | None
    title: str


@dataclass(frozen=True, slots=True)
class View:
    """A search under a name, for everybody; `query` as its address says it."""

    name: str
    query: str
    who: str
    at: datetime


class Search:
    def __init__(self, db: Database) -> None:
        self._db = db

    def narrowed(self, wanted: Wanted) -> Wanted:
        """The same, with which posts can fit where these are few: read once, for all that is asked of them."""
        numbers = self._narrow(wanted) if wanted.story is not None or wanted.author else None
        if wanted.match and BEGINNING not in wanted.match and wanted.filtered:
            if numbers is None:
                others = self._rows(_Sql(replace(wanted, match="", but="")), "s.number DESC", FEW + 1)
                numbers = tuple(each.number for each in others) if len(others) <= FEW else None
            if numbers is not None and (few := len(numbers)) <= FEW:
                dear = few * DEAR < self._count(wanted.match, (few + 1) * DEAR)
                return replace(wanted, numbers=numbers, looked_up=dear)
        return replace(wanted, numbers=numbers)

    def _narrow(self, wanted: Wanted) -> tuple[int, ...]:
        """The posts of the story, or of the author."""
        conditions, given = [], list[Any]()
        if wanted.story is not None:
            conditions.append("story_id = ?")
            given.append(wanted.story)
        if wanted.author:
            conditions.append("author_handle COLLATE NOCASE IN (?, ?, ?)")
            given += [wanted.author, f"@{wanted.author}", f"u/{wanted.author}"]
        rows = self._db.query(
            f"SELECT number FROM mentions JOIN searchable USING (source, id) WHERE {' AND '.join(conditions)}",  # noqa: S608
            given,
        )
        return tuple(row["number"] for row in rows)

    def newest(
        self, wanted: Wanted, limit: int, after: int | None = None, *, oldest: bool = False
    ) -> list[Fitting]:
        """The newest that fit, or the oldest, behind the mention of that number."""
        sql = _Sql(wanted)
        if after is not None:
            sql.where(f"{sql.number} {'>' if oldest else '<'} ?", after)
        return self._rows(sql, f"{sql.number} {'ASC' if oldest else 'DESC'}", limit)

    def largest(self, wanted: Wanted, limit: int, after: Fitting | None = None) -> list[Fitting]:
        """Those with the largest spread, the newest of equal ones first, behind that one; those without any last."""

        def behind(sql: _Sql) -> _Sql:
            if after is not None and after.spread is None:
                sql.where("s.spread IS NULL AND s.number < ?", after.number)
            elif after is not None:
                sql.where("(s.spread IS NULL OR (s.spread, s.number) < (?, ?))", after.spread, after.number)
            return sql

        if wanted.match and wanted.numbers is None and self._common(wanted.match):
            # Where the words are everywhere, they are in the posts with the largest spread, too.
            sql = behind(_Sql(replace(wanted, match="", but="")))
            rows = self._db.query(
                f"""SELECT * FROM ({sql.select()} ORDER BY {LARGEST} LIMIT {TRIED}) AS s
                    WHERE {LOOKED_UP} LIMIT ?""",  # noqa: S608
                [*sql.given, wanted.expression, limit],
            )
            if len(found := [Fitting(**row) for row in rows]) == limit:
                return found
        return self._rows(behind(_Sql(wanted)), LARGEST, limit)

    def ranked(self, wanted: Wanted) -> list[Fitting]:
        """The newest RANKED that fit, the newest first, each with how well it fits the words (BM25)."""
        sql = _Sql(replace(wanted, looked_up=False))
        rows = self._db.query(
            f"{sql.select(', bm25(words) AS rank')} ORDER BY words.rowid DESC LIMIT {RANKED}", sql.given
        )
        return [Fitting(**row) for row in rows]

    def shown(self, rows: Sequence[Fitting]) -> list[Shown]:
        """The mentions, in that order; one that was erased meanwhile is left out."""
        numbers = json.dumps([row.number for row in rows])
        known = {
            each["number"]: each
            for each in self._db.query(
                """SELECT number, mentions.*, coalesce(stories.title, '') AS title
                   FROM json_each(?) JOIN searchable AS s ON number = value
                   JOIN mentions ON mentions.source = s.source AND mentions.id = s.id
                   LEFT JOIN stories ON stories.id = story_id""",
                [numbers],
            )
        }
        return [
            Shown(
                row,
                values.mention(each),
                each["story_id"],
                each["title"],
            )
            for row in rows
            if (each := known.get(row.number))
        ]

    def _common(self, match: str) -> bool:
        return BEGINNING not in match and self._count(match, COMMON) == COMMON

    def known(self, match: str) -> bool:
        """Whether any post has these words."""
        return self._count(match, 1) > 0

    def _count(self, match: str, most: int) -> int:
        """How many posts have these words, up to so many."""
        row = next(
            self._db.query(
                "SELECT count(*) AS posts FROM (SELECT 1 FROM words WHERE words MATCH ? LIMIT ?)",
                [match, most],
            )
        )
        return int(row["posts"])

    def _rows(self, sql: _Sql, order: str, limit: int) -> list[Fitting]:
        rows = self._db.query(f"{sql.select()} ORDER BY {order} LIMIT ?", [*sql.given, limit])
        return [Fitting(**row) for row in rows]

    def choices(self) -> list[tuple[str, str | None, str | None]]:
        """Sources with categories and languages that the newest posts have."""
        rows = self._db.query(
            f"""SELECT DISTINCT source, category, language FROM
                (SELECT * FROM searchable ORDER BY number DESC LIMIT {RANKED})"""  # noqa: S608
        )
        return [(row["source"], row["category"], row["language"]) for row in rows]

    def views(self) -> list[View]:
        """By name."""
        rows = self._db.query("SELECT * FROM views ORDER BY name COLLATE NOCASE")
        return [View(row["name"], row["query"], row["who"], to_time(row["at"])) for row in rows]

    def keep(self, view: View) -> None:
        """InputError when there is one of that name."""
        added = self._db.execute(
            "INSERT INTO views (name, query, who, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            [view.name, view.query, view.who, to_text(view.at)],
        )
        if not added.rowcount:
            raise InputError(f"there is a view {view.name!r} already: remove it first, or take another name")

    def drop(self, name: str) -> bool:
        """False when there was none."""
        return self._db.execute("DELETE FROM views WHERE name = ?", [name]).rowcount > 0

    def seen(self, key: MentionKey) -> Seen | None:
        """None when there is no such mention."""
        row = next(
            self._db.query(
                """SELECT seen_at, deleted_at, story_id, coalesce(title, '') AS title FROM mentions
                   LEFT JOIN stories ON stories.id = story_id WHERE source = ? AND mentions.id = ?""",
                list(key),
            ),
            None,
        )
        if row is None:
            return None
        return Seen(to_time(row["seen_at"]), maybe_time(row["deleted_at"]), row["story_id"], row["title"])


class _Sql:
    """One question: its conditions, with what is given for each of them."""

    def __init__(self, wanted: Wanted) -> None:
        self.given: list[Any] = []
        self._conditions: list[str] = []
        self._words = bool(wanted.match) and not wanted.looked_up
        self.number = "words.rowid" if self._words else "s.number"
        if self._words:
            self.where("words MATCH ?", wanted.expression)
        if wanted.start is not None:
            self.where(f"{self.number} >= ?", _first(wanted.start))
        if wanted.end is not None:
            self.where(f"{self.number} < ?", _first(wanted.end))
        for column in ("source", "severity", "category", "language"):
            if value := getattr(wanted, column):
                # The plus: to read the posts of one source by its index, and then sort them, takes longer.
                self.where(f"+s.{column} = ?", value)
        if wanted.complaint is not None:
            self.where(f"s.complaint {'>=' if wanted.complaint else '<'} ?", wanted.complaint_at)
        if wanted.numbers is not None:
            # Of the index of words only what lies between them is read.
            ends = min(wanted.numbers, default=0), max(wanted.numbers, default=0)
            self.where(f"{self.number} BETWEEN ? AND ?", *ends)
            self.where("s.number IN (SELECT value FROM json_each(?))", json.dumps(wanted.numbers))
        if wanted.but and not wanted.match:
            self.where("s.number NOT IN (SELECT rowid FROM words WHERE words MATCH ?)", wanted.but)
        for within, joint, texts in (("IN", "AND", wanted.holds), ("NOT IN", "OR", wanted.lacks)):
            if texts:  # all posts are read once, however many are looked for
                which = f" {joint} ".join(["(instr(text, ?) OR instr(author_name, ?))"] * len(texts))
                self.where(
                    f"s.number {within} ({_HOLDING} {which})", *(each for each in texts for _ in range(2))
                )
        if wanted.match and wanted.looked_up:
            self.where(LOOKED_UP, wanted.expression)

    def where(self, condition: str, *given: object) -> None:
        self._conditions.append(condition)
        self.given += given

    def select(self, more: str = "") -> str:
        tables = (
            "words CROSS JOIN searchable AS s ON s.number = words.rowid" if self._words else "searchable AS s"
        )
        return f"""SELECT s.number, s.source, s.complaint, s.severity, s.category, s.language, s.spread{more}
            FROM {tables} WHERE {" AND ".join(self._conditions) or "1"}"""  # noqa: S608


_HOLDING = "SELECT number FROM mentions CROSS JOIN searchable USING (source, id) WHERE"


def _first(at: datetime) -> int:
    """The first number of that second, or of the next one if it has begun."""
    passed = at - EPOCH
    return (passed.days * 86_400 + passed.seconds + (passed.microseconds > 0)) * SECOND
