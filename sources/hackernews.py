"""Hacker News: stories and comments by Algolia's search, their counters by Hacker News' own API. Both need no account.

Search shows the newest first, a page at a time; the next page begins at the second where the last one ended. What is
indexed late or edited within OVERLAP is found, since so long what is known is looked at again (sources/newest.py).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from monitor.intake.brand import Brand
from monitor.intake.outside import count_at, objects_at, text_at
from monitor.intake.queries import quoted
from monitor.model import Author, Batch, Deleted, Mention, Reading
from monitor.ports import Source
from monitor.settings import SourceSettings
from sources import newest
from sources.http import Session
from sources.markup import plain

SEARCH = "https://hn.algolia.com/api/v1/search_by_date"
ITEM = "https://hacker-news.firebaseio.com/v0/item/{}.json"
PAGE = 500  # Algolia sends 1,000 at most, about 1 kB each
OVERLAP = timedelta(hours=2)  # so long a comment can be edited
LINKS = "links to "

_ID = re.compile(r"[0-9]{1,12}")


class Settings(SourceSettings):
    domains: tuple[str, ...] = Field(
        (), description="the brand's domains, such as kestrel.example; stories that link there are read, too"
    )
    lookback_hours: int = Field(24, ge=1, le=720, description="how far back the first poll goes")
    measure: str = "likes"

    @field_validator("domains")
    @classmethod
    def _domains(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        for value in values:
            if not re.fullmatch(r"([a-z0-9-]+\.)+[a-z0-9-]+", value):
                raise ValueError(
                    f"{value!r} is not a domain; write such as kestrel.example, without https://"
                )
        return values


class HackerNewsSource(Source):
    read_size = 20  # a request each

    def __init__(self, settings: Settings, name: str, brand: Brand) -> None:
        self.name = name
        self.lanes = (*brand.phrases, *(LINKS + domain for domain in settings.domains))
        self._lookback = timedelta(hours=settings.lookback_hours)
        self._brand = brand
        self.session = Session(name, "Hacker News")

    def poll(self, cursor: str | None, now: datetime, lane: str = "", room: int | None = None) -> Batch:  # noqa: ARG002
        """One page of at most 500 stories and comments."""
        listing = newest.begin(now - self._lookback) if cursor is None else newest.read(self.name, cursor)
        hits, full = self._search(lane, listing, now)
        keyed = {newest.key(text_at(hit, "objectID"), _text(hit)): hit for hit in hits}
        entries = [newest.Entry(key, _time(hit), _count(hit)) for key, hit in keyed.items()]
        oldest = str(int(entries[-1].at.timestamp())) if full and entries else None
        if oldest and oldest == listing.after:  # a page of one second only
            oldest = str(int(oldest) - 1)
        step = newest.advance(listing, entries, oldest, now, OVERLAP)
        ours = {key: hit for key, hit in keyed.items() if self._is_ours(lane, hit)}
        told = {*step.fresh, *step.moved}
        return Batch(
            mentions=tuple(self._mention(hit) for key, hit in ours.items() if key in step.fresh),
            readings=tuple(r for key, hit in ours.items() if key in told and (r := self._reading(hit, now))),
            cursor=step.listing.model_dump_json(exclude_defaults=True),
            more=step.more,
            covered=step.covered,
        )

    def reopen(self, lane: str, start: datetime, end: datetime, now: datetime) -> str | None:  # noqa: ARG002
        return newest.again(start, end)

    def leave(self, cursor: str, now: datetime, lane: str = "") -> Batch:  # noqa: ARG002
        listing, covered = newest.leave(newest.read(self.name, cursor), OVERLAP)
        return Batch(cursor=listing.model_dump_json(exclude_defaults=True), covered=covered)

    def read(self, ids: Sequence[str], now: datetime) -> Batch:
        """Readings; what was deleted, or killed so that it is not shown, is deleted. Ids unknown there are left out."""
        readings, deleted = [], []
        for id in dict.fromkeys(id for id in ids if _ID.fullmatch(id)):
            item = self._get(ITEM.format(id), {}, now)
            if item is None:
                continue
            if not isinstance(item, dict):
                raise self.session.unreadable("it is no object")
            if item.get("deleted") is True or item.get("dead") is True:
                deleted.append(Deleted(self.name, id, now))
            elif reading := _reading(self.name, id, now, count_at(item, "score"), _replies(item)):
                readings.append(reading)
        return Batch(readings=tuple(readings), deleted=tuple(deleted))

    def check(self) -> str:
        """One request: how many there are of the first lane since the first poll would begin."""
        now = datetime.now(UTC)
        lane, since = self.lanes[0], now - self._lookback
        found = len(self._search(lane, newest.begin(since), now)[0])
        asked = ", ".join(self.lanes)
        return f"{self.name}: search answers, {found} of {lane!r} since {since:%d %b %H:%M} UTC; asks for {asked}"

    def _search(self, lane: str, listing: newest.Listing, now: datetime) -> tuple[list[dict[str, Any]], bool]:
        """What is whole of a page, and whether the page was full. Both ends of the time are included: a page may end
        within a second, and that second is asked for again."""
        times = [f"created_at_i>={int(listing.since)}"]
        before = listing.after or (str(int(listing.until)) if listing.until else "")
        params = {
            "tags": "story" if lane.startswith(LINKS) else "(story,comment)",
            "numericFilters": ",".join([*times, *([f"created_at_i<={before}"] if before else [])]),
            "hitsPerPage": str(PAGE),
            "typoTolerance": "false",
            "attributesToHighlight": "",
        }
        if lane.startswith(LINKS):
            params |= {"query": quoted(lane.removeprefix(LINKS)), "restrictSearchableAttributes": "url"}
        else:
            params |= {"query": quoted(lane), "advancedSyntax": "true"}
        answer = self._get(SEARCH, params, now)
        if not isinstance(answer, dict) or not isinstance(answer.get("hits"), list):
            raise self.session.unreadable("it has no hits")
        hits = objects_at(answer, "hits")
        whole = [hit for hit in hits if _ID.fullmatch(text_at(hit, "objectID")) and _has_time(hit)]
        return whole, len(answer["hits"]) >= PAGE

    def _get(self, url: str, params: dict[str, str], now: datetime) -> Any:
        response = self.session.get(url, params=params)
        if not response.ok:
            raise self.session.refused(response, now)
        return self.session.json(response)

    def _is_ours(self, lane: str, hit: dict[str, Any]) -> bool:
        if not lane.startswith(LINKS):
            return self._brand.relevant(_text(hit))
        host, domain = _host(text_at(hit, "url")), lane.removeprefix(LINKS)
        return host == domain or host.endswith(f".{domain}")

    def _mention(self, hit: dict[str, Any]) -> Mention:
        id, author = text_at(hit, "objectID"), text_at(hit, "author")
        parent = hit.get("parent_id")
        return Mention(
            source=self.name,
            id=id,
            author=Author(author, author, author),
            text=_text(hit),
            url=f"https://news.ycombinator.com/item?id={id}",
            created_at=_time(hit),
            in_reply_to=str(parent) if isinstance(parent, int) else None,
        )

    def _reading(self, hit: dict[str, Any], now: datetime) -> Reading | None:
        return _reading(self.name, text_at(hit, "objectID"), now, count_at(hit, "points"), _replies(hit))


def build(settings: Settings, name: str, brand: Brand) -> Source:
    """The source `name`; nothing is asked yet."""
    return HackerNewsSource(settings, name, brand)


def _reading(name: str, id: str, now: datetime, points: int | None, replies: int | None) -> Reading | None:
    """A comment's points are shown to nobody; without any counter there is no reading."""
    if points is None and replies is None:
        return None
    return Reading(name, id, now, likes=points, replies=replies)


def _replies(thing: dict[str, Any]) -> int | None:
    """All comments below a story, the direct ones below a comment."""
    for key in ("num_comments", "descendants"):
        if (found := count_at(thing, key)) is not None:
            return found
    direct = thing.get("kids", thing.get("children"))
    return len(direct) if isinstance(direct, list) else None


def _count(hit: dict[str, Any]) -> int | None:
    found = [each for each in (count_at(hit, "points"), _replies(hit)) if each is not None]
    return sum(found) if found else None


def _text(hit: dict[str, Any]) -> str:
    """The title, the text, and where a story leads."""
    body = (plain(text_at(hit, key)) for key in ("title", "story_text", "comment_text"))
    return "\n\n".join(filter(None, (*body, text_at(hit, "url"))))


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _has_time(hit: dict[str, Any]) -> bool:
    return 0 < (count_at(hit, "created_at_i") or 0) < 2**33


def _time(hit: dict[str, Any]) -> datetime:
    return datetime.fromtimestamp(hit["created_at_i"], UTC)
