"""What is looked for, as the fields of an address say it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import Any, Literal, get_args

from monitor.learning.said import SAYS

Sort = Literal["newest", "spread", "best"]
SORTS: tuple[Sort, ...] = get_args(Sort)
"""Newest first; the largest spread first; what fits the words best, of the newest that fit."""

SEVERITIES = SAYS["severity"]
LONGEST = 200
"""Characters of a field."""
LASTS: Mapping[str, str] = {"24h": "Last 24 hours", "7d": "Last 7 days", "30d": "Last 30 days"}
"""The spans that screens offer for `last`."""
SPAN = "[1-9][0-9]{0,3}[hdw]"
"""How a span is written."""
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
NAMES = {"since": "from", "until": "to"}
"""How fields are called on screens, where that is another word."""


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for. Empty and None: all. `words` as a person types them: each has to occur, a part in "quotes" to the
    letter, -word must not; the last one may be the beginning of a word. `since` and `until` are days, both included;
    `last` is a span until now, such as 24h, 7d, 4w, so that a search that is kept moves with time. `author` is a handle,
    `language` ISO 639-1, `severity` one of SEVERITIES."""

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
    last: str = ""

    @property
    def span(self) -> timedelta | None:
        """What `last` says; None: any time."""
        return int(self.last[:-1]) * _UNITS[self.last[-1]] if self.last else None

    @classmethod
    def of(cls, said: Mapping[str, str]) -> tuple[Query, tuple[str, ...]]:
        """From the fields of an address: the query, and what could not be understood and is left out, in words. Never an
        error. Fields have the names above; `complaint` is yes or no, days are 2026-11-22. `last:7d` among the words is the
        field `last`."""
        found: dict[str, Any] = {}
        problems = []
        words, last = _LAST.sub("", said.get("words", "")), _LAST.findall(said.get("words", ""))
        said = {**said, "words": words, "last": last[-1]} if last else said
        for name, read in _FIELDS.items():
            text = said.get(name, "").strip()
            if not text:
                continue
            try:
                found[name] = read(text)
            except ValueError as problem:
                problems.append(f"{NAMES.get(name, name)}: {problem}")
        return cls(**found), tuple(problems)

    def fields(self) -> dict[str, str]:
        """The fields that say something: `Query.of(query.fields()) == (query, ())`."""
        said: dict[str, str] = {}
        for each in fields(self):
            value = getattr(self, each.name)
            if value is True or value is False:
                said[each.name] = "yes" if value else "no"
            elif value not in ("", None, each.default):
                said[each.name] = str(value)
        return said


def _one_of(*known: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in known:
            raise ValueError(f"{text[:20]!r} is none of {', '.join(known)}")
        return text

    return read


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text[:20]!r} is no day such as 2026-11-22") from None


_LAST = re.compile(r"(?:(?<=\s)|^)last:(\S+)(?=\s|$)", re.IGNORECASE)


def span(text: str) -> str:
    """A span as `Query.last` has it. ValueError for what is none."""
    found = re.fullmatch(SPAN, text.lower())
    if found is None:
        raise ValueError(f"{text[:20]!r} is no span of time such as 24h, 7d or 4w (hours, days, weeks)")
    return found[0]


def _story(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,15}", text):
        raise ValueError(f"{text[:20]!r} is no story's number")
    return int(text)


def _text(text: str) -> str:
    if len(text) > LONGEST:
        raise ValueError(f"longer than {LONGEST} characters")
    return text


_FIELDS: Mapping[str, Callable[[str], object]] = {
    "words": str,
    "source": _text,
    "since": _day,
    "until": _day,
    "last": span,
    "complaint": lambda text: _one_of("yes", "no")(text) == "yes",
    "severity": _one_of(*SEVERITIES),
    "category": _text,
    "language": _text,
    "story": _story,
    "author": _text,
    "sort": _one_of(*SORTS),
}
