"""Mastodon, and servers that speak its API, through Mastodon.py: hashtags, search, mentions, and streams of the same.

A listing is read upwards from an anchor (`min_id`), oldest first, which closes any gap. Ids are never compared: not every
server counts. What comes from another server may come late and stand below what is known already, so the anchor stays
OVERLAP behind, and what stands above it is remembered. Where there is no anchor yet, on the first poll and in an empty
listing, and in search, which takes none, pages come newest first (sources/newest.py).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from threading import Event
from typing import Any, NamedTuple
from urllib.parse import quote

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from monitor.errors import SourceError
from monitor.intake.brand import Brand
from monitor.intake.outside import text_at
from monitor.intake.queries import quoted
from monitor.model import Batch, Deleted, Interval
from monitor.ports import Clock, Poster, Source
from monitor.settings import Secret, SourceSettings
from sources import http, mastodon_stream, newest
from sources.mastodon_client import Client, MissingError
from sources.mastodon_reply import MastodonPoster, ReplySettings
from sources.mastodon_status import (
    ID,
    Entry,
    Post,
    entries,
    is_public,
    mention_of,
    reading_of,
    settled,
    text_of,
)

PAGE = 40
OVERLAP = timedelta(minutes=15)
RECENT = 500  # posts above the anchor at most: each page of them is read again with every poll
SEARCH_END = 10_000  # where Mastodon's search ends
SEARCH = "search "

_HINTS = http.HINTS | {
    401: "refuses the access token, or shows this to nobody without one",
    422: "shows this to nobody without an access token",
}


class Settings(SourceSettings):
    server: str = Field(
        "https://mastodon.social", description="the server that is asked; it shows what it knows"
    )
    access_token: Secret | None = Field(
        None, description="of an application with the scope read; for search, mentions and streams"
    )
    hashtags: tuple[str, ...] = Field(
        (), description="further hashtags, such as those of your trade; what names the brand there is kept"
    )
    public: bool = Field(
        False,
        description="read everything that the server knows and keep what names the brand; for small servers",
    )
    lookback_hours: int = Field(24, ge=1, le=168, description="how far back the first poll goes")
    reply: ReplySettings | None = Field(
        None, description="post approved replies; absent: a person copies them"
    )

    @field_validator("server")
    @classmethod
    def _address(cls, value: str) -> str:
        if not re.fullmatch(r"(https://[^/\s?#@]+|http://(localhost|127\.0\.0\.1)(:[0-9]+)?)/?", value):
            raise ValueError("should be such as https://mastodon.social, without a path")
        return value.rstrip("/")

    @field_validator("hashtags")
    @classmethod
    def _tags(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        for value in values:
            if not re.fullmatch(r"[#＃]?\w+", value):
                raise ValueError(f"{value!r} is not a hashtag: letters, digits and _ only")
        return values

    @model_validator(mode="after")
    def _who_replies(self) -> Settings:
        if self.reply and not (self.reply.access_token or self.access_token):
            raise ValueError("reply needs an access_token, its own or the source's")
        return self


class Cursor(BaseModel):
    """`down` while pages come newest first; `last` tells the last of them from others. Else all is known before `since` and
    up to `anchor`, and of what stands above it `recent`; while a gap is being closed, `upward` is the id above which the
    next page begins."""

    model_config = ConfigDict(extra="forbid")
    down: newest.Listing | None = None
    last: str = ""
    since: AwareDatetime | None = None
    anchor: Post | None = None
    recent: list[Post] = []
    upward: str = ""


class Page(NamedTuple):
    """Newest first. `newer` and `older` say where the neighbouring pages begin, "" where there is none."""

    found: list[Entry]
    newer: str = ""
    older: str = ""


class MastodonSource(Source):
    read_size = 20  # what GET /api/v1/statuses takes

    def __init__(self, settings: Settings, name: str, brand: Brand) -> None:
        self.name = name
        self._settings = settings
        self._brand = brand
        tags = [re.sub(r"\W", "", tag) for tag in (*(brand.hashtags or brand.phrases), *settings.hashtags)]
        once = {tag.casefold(): tag for tag in reversed(tags)}  # upper and lower case are the same there
        self._tags = {f"#{tag}": tag for tag in reversed(once.values())}
        own = ["mentions", *(SEARCH + phrase for phrase in brand.phrases)] if settings.access_token else []
        self.lanes = (*self._tags, *own, *(["public"] if settings.public else []))
        token = settings.access_token.get_secret_value() if settings.access_token else ""
        self._server = Client(name, settings.server, token, _HINTS)
        self.session, self.client = self._server.session, self._server.sdk

    def poll(self, cursor: str | None, now: datetime, lane: str = "", room: int | None = None) -> Batch:  # noqa: ARG002
        """One page of at most 40 posts."""
        state = self._state(cursor, now)
        if state.down:
            return self._downwards(state, state.down, lane, now)
        return self._upwards(state, lane, now)

    def reopen(self, lane: str, start: datetime, end: datetime, now: datetime) -> str | None:  # noqa: ARG002
        return _written(Cursor(down=newest.Listing(since=start.timestamp(), until=end.timestamp())))

    def leave(self, cursor: str, now: datetime, lane: str = "") -> Batch:  # noqa: ARG002
        state = self._state(cursor, now)
        if state.down is None:
            return Batch(cursor=cursor)
        down, covered = newest.leave(state.down, OVERLAP)
        return Batch(cursor=_written(state.model_copy(update={"down": down})), covered=covered)

    def read(self, ids: Sequence[str], now: datetime) -> Batch:
        """Readings, and the new text of what was edited. What the common answer leaves out is asked for by itself, and
        counts as deleted if it is not there; servers before Mastodon 4.3 are asked so for each."""
        wanted = dict.fromkeys(id for id in ids if ID.fullmatch(id))
        if not wanted:
            return Batch()
        try:
            found = self._server.objects(self._server.call("statuses", list(wanted)))
        except MissingError:
            found = []
        deleted = []
        for id in wanted.keys() - {text_at(status, "id") for status in found}:
            try:
                found.append(self._server.object(self._server.call("status", id)))
            except MissingError as error:
                if not error.told:
                    raise
                deleted.append(Deleted(self.name, id, now))
        ours = [entry for entry in entries(found) if entry[0].id in wanted]
        changed = [(post, status) for post, status in ours if post.edited]
        return Batch(
            mentions=tuple(mention_of(self.name, self._settings.server, *entry) for entry in changed),
            readings=tuple(reading_of(self.name, status, now) for _, status in ours),
            deleted=tuple(deleted),
        )

    def check(self) -> str:
        """One or two requests: is the token right, and can the first lane be read?"""
        who = ""
        if self._settings.access_token:
            who = f" to @{text_at(self._server.object(self._server.call('account_verify_credentials')), 'acct')}"
        self._page(self.lanes[0])
        return f"{self.name}: {self._settings.server} answers{who}; reads {', '.join(self.lanes)}"

    def batch(self, lane: str, fresh: Sequence[Entry], now: datetime, **more: Any) -> Batch:
        """What of it was written for all to read and names the brand, or was sent to its account."""
        ours = [
            (post, status)
            for post, status in fresh
            if is_public(status) and (lane == "mentions" or self._brand.relevant(text_of(status)))
        ]
        return Batch(
            mentions=tuple(mention_of(self.name, self._settings.server, *entry) for entry in ours),
            readings=tuple(reading_of(self.name, status, now) for _, status in ours),
            **more,
        )

    def _state(self, cursor: str | None, now: datetime) -> Cursor:
        if cursor is None:
            return Cursor(down=newest.begin(now - timedelta(hours=self._settings.lookback_hours)))
        try:
            return Cursor.model_validate_json(cursor)
        except ValidationError:
            raise SourceError(f"{self.name}: the stored cursor can't be read", permanent=True) from None

    def _upwards(self, state: Cursor, lane: str, now: datetime) -> Batch:
        after = state.upward or (state.anchor.id if state.anchor else "")
        page = self._page(lane, min_id=after)
        known = {post.id: post.edited for post in state.recent}
        fresh = [(post, status) for post, status in reversed(page.found) if known.get(post.id) != post.edited]
        more = page.newer not in ("", after)
        since = min(state.since or now, now)
        until = min(max([since, *(post.at for post, _ in page.found[:1])]), now) if more else now
        known_from = min(now - OVERLAP, page.found[0][0].at) if more and page.found else now - OVERLAP
        anchor, recent = settled(state.anchor, state.recent, page.found, known_from, RECENT)
        after = page.newer if more else ""
        cursor = _written(Cursor(since=until, anchor=anchor, recent=recent, upward=after))
        return self.batch(lane, fresh, now, cursor=cursor, more=more, covered=(Interval(since, until),))

    def _downwards(self, state: Cursor, listing: newest.Listing, lane: str, now: datetime) -> Batch:
        page = self._page(lane, older=listing.after or "")
        places = {newest.key(post.id, post.edited): (post, status) for post, status in page.found}
        # What is written meanwhile pushes known posts onto the next page of a search; some servers have no next page.
        ended = listing.after is not None and len(page.found) < PAGE and places.keys() <= listing.seen.keys()
        last = newest.key(*places)
        cut = "the server shows no further page" if places and last == state.last else ""
        if page.older == str(SEARCH_END):
            cut = f"the server's search shows {SEARCH_END:,} posts"
        listed = [newest.Entry(key, post.at) for key, (post, _) in places.items()]
        step = newest.advance(listing, listed, "" if cut or ended else page.older, now, OVERLAP, cut)
        anchor, recent = settled(state.anchor, state.recent, page.found, now - OVERLAP, RECENT)
        after = Cursor(down=step.listing, last=last if step.more else "", anchor=anchor, recent=recent)
        if not step.more and anchor and not listing.until and not lane.startswith(SEARCH):
            after = Cursor(since=step.covered[-1].end if step.covered else now, anchor=anchor, recent=recent)
        fresh = [places[key] for key in places if key in step.fresh]
        return self.batch(lane, fresh, now, cursor=_written(after), more=step.more, covered=step.covered)

    def _page(self, lane: str, min_id: str = "", older: str = "") -> Page:
        if lane.startswith(SEARCH):
            return self._search(lane.removeprefix(SEARCH), int(older or 0))
        where = {"min_id": min_id or None, "max_id": older or None, "limit": PAGE}
        if lane == "mentions":
            answer = self._server.call("notifications", types=["mention"], **where)
        elif lane == "public":
            answer = self._server.call("timeline_public", **where)
        else:
            answer = self._server.call("timeline_hashtag", quote(self._tags[lane]), **where)
        found = entries(self._server.objects(answer), "status" if lane == "mentions" else "")
        newer, below = (getattr(answer, f"_pagination_{each}", None) or {} for each in ("prev", "next"))
        newest_id = found[0][0].id if found else ""
        return Page(found, str(newer.get("min_id", newest_id)), str(below.get("max_id", "")))

    def _search(self, phrase: str, offset: int) -> Page:
        query = phrase if phrase.isalnum() else quoted(phrase)
        answer = self._server.call(
            "search_v2", query, resolve=False, result_type="statuses", offset=offset, limit=PAGE
        )
        found = self._server.objects(self._server.object(answer).get("statuses"))
        return Page(entries(found), older=str(min(offset + len(found), SEARCH_END)) if found else "")


class StreamedSource(MastodonSource):
    """With a token the lanes can also be listened to, except for searches."""

    def listen(self, keep: Callable[[Batch], None], stopping: Event, clock: Clock) -> None:
        lanes = [lane for lane in self.lanes if not lane.startswith(SEARCH)]
        mastodon_stream.listen(self, lanes, keep, stopping, clock)


def build(settings: Settings, name: str, brand: Brand) -> Source:
    """The source `name`; nothing is asked of the server yet."""
    return (StreamedSource if settings.access_token else MastodonSource)(settings, name, brand)


def poster(settings: Settings, name: str) -> Poster | None:
    """Posts in the source's name; None where [sources.NAME.reply] is absent."""
    token = settings.reply and (settings.reply.access_token or settings.access_token)
    return MastodonPoster(name, settings.server, token.get_secret_value()) if token else None


def _written(cursor: Cursor) -> str:
    return cursor.model_dump_json(exclude_defaults=True)
