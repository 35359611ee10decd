"""Pure: RSS and Atom as feedparser reads them, as the project's words. Nothing in it may be as documented."""

from __future__ import annotations

import calendar
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from monitor.intake.outside import text_at
from sources.markup import plain

MOST = 60_000
"""Entries of a feed that are read."""

DEEPEST = 2_000
"""Elements within each other; feedparser's time grows with the square of them."""

_TAG = re.compile(rb"<(/?)([A-Za-z_][\w:.-]*)[^<>]*>?")
_VOID = {b"br", b"hr", b"img", b"input", b"li", b"link", b"meta", b"p"}
"""What people leave open in HTML."""

_ENTRY = re.compile(rb"<(?:\w+:)?(?:item|entry)\b")
_RATING = re.compile(r"(?:.*_)?(?:star_?)?rating(?:_?value)?", re.IGNORECASE)


class NoFeedError(ValueError):
    """These bytes are no feed, or none that is safe to read; the text says why."""


@dataclass(frozen=True, slots=True)
class Entry:
    """`guid` is what the feed calls it, "" when nothing; `link` is "" when there is none that can be opened. `at` is None
    when the feed does not say."""

    guid: str
    link: str
    title: str
    text: str
    author: str
    at: datetime | None
    replies: int | None


@dataclass(frozen=True, slots=True)
class Feed:
    """`rest` is how many seconds the feed asks to be left alone between two looks at it."""

    entries: tuple[Entry, ...]
    title: str
    language: str | None
    rest: float


def read(body: bytes, address: str, content_type: str) -> Feed:
    """The feed at `address`. NoFeedError when there is none, or when it brings entities of its own, which could unfold
    into any amount of text."""
    import feedparser
    from feedparser.encodings import convert_to_utf8

    headers = {"content-type": "application/xml; charset=utf-8" if _is_utf_8(body) else content_type}
    data = convert_to_utf8(headers, body, {}) if body else b""
    if b"<!ENTITY" in data:
        raise NoFeedError("it declares entities of its own")
    if len(_ENTRY.findall(data)) > MOST:
        raise NoFeedError(f"it has more than {MOST:,} entries")
    if _depth(data) > DEEPEST:
        raise NoFeedError(f"its elements are nested more than {DEEPEST:,} deep")
    found = feedparser.parse(
        io.BytesIO(data),
        response_headers={"content-type": "application/xml; charset=utf-8", "content-location": address},
        sanitize_html=False,  # it is made plain text
    )
    if not found.get("version"):
        raise NoFeedError("it is no RSS and no Atom")
    feed = found["feed"]
    language = text_at(feed, "language")[:2].lower()
    return Feed(
        entries=tuple(_entry(each) for each in found["entries"] if isinstance(each, dict)),
        title=_shown(feed, "title"),
        language=language if re.fullmatch("[a-z]{2}", language) else None,
        rest=_rest(feed),
    )


def _depth(data: bytes) -> int:
    """How many elements are open at once at most, what stands in CDATA left out."""
    first, *rest = data.split(b"<![CDATA[")
    outside = first + b"".join(
        after if end else inside for inside, end, after in (each.partition(b"]]>") for each in rest)
    )
    depth = deepest = 0
    for tag in _TAG.finditer(outside):
        if tag[2].lower() in _VOID or tag[0].endswith(b"/>"):
            continue
        depth = max(depth - 1, 0) if tag[1] else depth + 1
        deepest = max(deepest, depth)
    return deepest


def _is_utf_8(body: bytes) -> bool:
    """Whatever it is said to be: no text in another encoding looks like it by chance, unless it has zeros or escapes."""
    try:
        return not {0, 27} & set(body) and bool(body.decode())
    except UnicodeDecodeError:
        return False


def _entry(each: Mapping[str, Any]) -> Entry:
    entry = dict(each)
    title = _shown(entry, "title")
    contents = [part for part in entry.get("content") or [] if isinstance(part, dict)]
    body = max((_plain(part) for part in contents), key=len, default="") or _shown(entry, "summary")
    repeated = bool(title) and body.startswith(title)
    rated = (f"Rating: {stars}" for key in entry if _RATING.fullmatch(key) and (stars := _stars(entry[key])))
    link = text_at(entry, "link").strip()
    replies = text_at(entry, "slash_comments") or text_at(entry, "thr_total")
    return Entry(
        guid=text_at(entry, "id").strip(),
        link=link if re.fullmatch(r"https?://[!-~]+", link) and _host(link) else "",
        title=title,
        text="\n\n".join(filter(None, ("" if repeated else title, body, next(rated, "")))),
        author=" ".join(text_at(entry, "author").split())[:200],
        at=_time(entry.get("published_parsed")) or _time(entry.get("updated_parsed")),
        replies=int(replies) if re.fullmatch("[0-9]{1,9}", replies) else None,
    )


def _shown(holder: Mapping[str, Any], key: str) -> str:
    detail = holder.get(f"{key}_detail")
    return _plain(detail if isinstance(detail, dict) else {"value": holder.get(key)})


def _plain(detail: Mapping[str, Any]) -> str:
    value = text_at(dict(detail), "value")
    return " ".join(value.split()) if detail.get("type") == "text/plain" else plain(value)


def _stars(value: Any) -> str:
    """A number, also where it is an attribute, such as <media:starRating average="4.5" max="5">."""
    if isinstance(value, dict):
        stars, most = (_stars(value.get(key)) for key in ("average", "max"))
        return f"{stars}/{most}" if stars and most else stars
    return (
        value if isinstance(value, str) and re.fullmatch(r"[0-9]{1,3}([.,/][0-9]{1,3}){0,2}", value) else ""
    )


def _time(parsed: Any) -> datetime | None:
    """feedparser's moment, a tuple in UTC."""
    try:
        found = datetime.fromtimestamp(calendar.timegm(parsed), UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None
    return found if 1990 <= found.year < 2200 else None


def _rest(feed: Mapping[str, Any]) -> float:
    """<ttl> has minutes; <sy:updatePeriod> a word, of which <sy:updateFrequency> makes a part."""
    ttl, often = (text_at(dict(feed), key) for key in ("ttl", "sy_updatefrequency"))
    if re.fullmatch("[0-9]{1,6}", ttl):
        return 60.0 * int(ttl)
    period = {"hourly": 3600.0, "daily": 86_400.0, "weekly": 604_800.0}.get(
        text_at(dict(feed), "sy_updateperiod"), 0.0
    )
    return period / max(int(often), 1) if re.fullmatch("[0-9]{1,4}", often) else period


def _host(link: str) -> str:
    try:
        return urlsplit(link).hostname or ""
    except ValueError:
        return ""
