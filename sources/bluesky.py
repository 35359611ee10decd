"""Bluesky: every public post through a stream without login, and search with one.

The stream is the network's own record, in order and with playback; each poll reads the stretch since the last one.
Holding a connection open in between (`Listener`) would bring a post at most `every` seconds sooner, and each post a
second time. Search, newest first, finds what the stream has forgotten, and is a second way when the stream fails.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import Field, TypeAdapter, ValidationError, field_validator, model_validator

from monitor.errors import SourceError
from monitor.intake.brand import Brand
from monitor.intake.outside import object_at, objects_at, text_at
from monitor.intake.queries import quoted
from monitor.model import Batch, Deleted, Interval, Mention
from monitor.ports import Poster, Source
from monitor.settings import Secret, SourceSettings
from sources.bluesky_client import Client
from sources.bluesky_post import Post, author, mention, reading, sorted_at, text, written_before
from sources.bluesky_reply import BlueskyPoster, ReplySettings
from sources.bluesky_search import Found, Search, advance, closed
from sources.bluesky_stream import URI, Position, Stream, micros, moment
from sources.http import Session

PUBLIC = "https://public.api.bsky.app"
PAGE = 100
AT_ONCE = 25
INDEXING = timedelta(hours=1)
"""A younger post that Bluesky does not show may be on its way still."""

_CURSOR: TypeAdapter[Position | Search] = TypeAdapter(Position | Search)


class Settings(SourceSettings):
    every: int = Field(30, ge=1, description="seconds between two polls")
    stream: str = Field(
        "wss://jetstream2.us-east.bsky.network/subscribe",
        description="address of a Jetstream, or of a firehose: wss://HOST/xrpc/com.atproto.sync.subscribeRepos",
    )
    lookback_hours: int = Field(1, ge=1, le=72, description="how far back the first poll goes")
    identifier: str | None = Field(
        None, min_length=1, description="handle of the account that searches; absent: no search"
    )
    app_password: Secret | None = Field(None, description="an app password of that account")
    service: str = Field("https://bsky.social", description="the account's server")
    reply: ReplySettings | None = Field(
        None, description="post approved replies; absent: a person copies them"
    )

    @field_validator("stream")
    @classmethod
    def _websocket(cls, value: str) -> str:
        if not re.fullmatch(r"wss?://[A-Za-z0-9.:\[\]-]+/[A-Za-z0-9._/-]+", value):
            raise ValueError("should be an address such as wss://jetstream2.us-east.bsky.network/subscribe")
        return value

    @field_validator("service")
    @classmethod
    def _server(cls, value: str) -> str:
        if not re.fullmatch(r"https://[A-Za-z0-9.:\[\]-]+", value):
            raise ValueError("should be the address of a server, such as https://bsky.social")
        return value

    @model_validator(mode="after")
    def _both(self) -> Settings:
        if (self.identifier is None) != (self.app_password is None):
            raise ValueError("identifier and app_password belong together")
        if self.reply and not (self.reply.identifier or self.identifier):
            raise ValueError("reply needs identifier and app_password, its own or the source's")
        return self


class BlueskySource(Source):
    read_size = AT_ONCE

    def __init__(self, settings: Settings, name: str, brand: Brand) -> None:
        self.name = name
        self._lookback = timedelta(hours=settings.lookback_hours)
        self._brand = brand
        self.session = Session(name, "Bluesky")
        self._stream = Stream(name, settings.stream, self.session)
        self._public = Client(self.session, PUBLIC)
        self._queries: dict[str, str] = {}
        if settings.identifier and settings.app_password:
            password = settings.app_password.get_secret_value()
            self._account = Client(self.session, settings.service, settings.identifier, password)
            self._queries = {f"search {query}": query for query in queries(brand)}
        self.lanes = (self._stream.kind, *self._queries)

    def poll(self, cursor: str | None, now: datetime, lane: str = "", room: int | None = None) -> Batch:  # noqa: ARG002
        state = self._state(cursor, now, lane)
        if isinstance(state, Position):
            return self._listened(state, now)
        return self._searched(state, state.queries[0] if state.queries else self._queries[lane], now)

    def read(self, ids: Sequence[str], now: datetime) -> Batch:
        """Readings; what Bluesky does not show any more, whoever took it away, is deleted."""
        uris = [id for id in dict.fromkeys(ids) if URI.fullmatch(id)]
        if not uris:
            return Batch()
        posts = self._ask(self._public, now, "AppBskyFeedGetPosts", "posts", uris=uris)
        shown = {text_at(post, "uri"): post for post in posts}
        gone = set(uris) - shown.keys() if shown.keys() <= set(uris) else set()
        return Batch(
            readings=tuple(reading(self.name, shown[uri], now) for uri in uris if uri in shown),
            deleted=tuple(
                Deleted(self.name, uri, now)
                for uri in uris
                if uri in gone and written_before(uri, now - INDEXING)
            ),
        )

    def reopen(self, lane: str, start: datetime, end: datetime, now: datetime) -> str | None:
        """Through search where there is a login; else a Jetstream may have it still, a firehose can't be asked."""
        if self._queries:
            asked = (self._queries[lane],) if lane in self._queries else tuple(self._queries.values())
            return _dump(Search(since=start, started=end, below=end, queries=asked))
        if self._stream.kind == "firehose":
            return None
        return _dump(self._stream.start(now, start).model_copy(update={"until": micros(end)}))

    def leave(self, cursor: str, now: datetime, lane: str = "") -> Batch:
        state = self._state(cursor, now, lane)
        if isinstance(state, Position) or state.below is None or state.queries:
            return Batch(cursor=cursor)
        rest = Interval(state.since, state.below, complete=False, note="given up before it was read")
        return Batch(cursor=_dump(closed(state)), covered=(rest,))

    def check(self) -> str:
        """Some seconds of the stream, a profile, and an answer to each query."""
        now = datetime.now(UTC)
        self._stream.read(self._stream.start(now, now - timedelta(seconds=5)), now, lambda _: False)
        self._profiles(["did:plc:z72i7hdynmk6r22z27h6tvur"], now)
        for query in self._queries.values():
            self._ask(self._account, now, "AppBskyFeedSearchPosts", "posts", q=query, limit=1)
        asked = " | ".join(self._queries.values())
        searching = f"it searches {asked}" if asked else "no search, since it has no login"
        return f"{self.name}: the {self._stream.kind} brings events; {searching}"

    def _state(self, cursor: str | None, now: datetime, lane: str) -> Position | Search:
        if cursor is None:
            since = now - self._lookback
            return Search(since=since) if lane in self._queries else self._stream.start(now, since)
        try:
            state = _CURSOR.validate_json(cursor)
        except ValidationError:
            state = None
        if state is None or (isinstance(state, Search) and not state.queries and lane not in self._queries):
            raise SourceError(f"{self.name}: the stored cursor can't be read", permanent=True)
        return state

    def _listened(self, start: Position, now: datetime) -> Batch:
        found = self._stream.read(start, now, lambda record: self._brand.relevant(text(record)))
        asked, begin, end = (min(moment(at), now) for at in (start.time, found.begin, found.end))
        note = f"{found.unreadable} messages of the stream could not be read" if found.unreadable else ""
        covered = [Interval(begin, end, complete=not note, note=note)]
        if asked < begin:
            covered.insert(0, Interval(asked, begin, complete=False, note="the stream has forgotten it"))
        posts = [Post(change.uri, change.record or {}, moment(at)) for change, at in found.written]
        return Batch(
            mentions=self._mentions(posts, now),
            deleted=tuple(Deleted(self.name, uri, now) for uri in found.deleted),
            cursor=_dump(found.position),
            more=found.more,
            covered=tuple(covered),
        )

    def _searched(self, state: Search, query: str, now: datetime) -> Batch:
        asked: dict[str, Any] = {"q": query, "sort": "latest", "limit": PAGE, "since": _iso(state.since)}
        if state.below:
            asked["until"] = _iso(state.below)
        answer = self._account.ask(now, "AppBskyFeedSearchPosts", **asked)
        views = self._list(answer, "posts")
        page = [
            Found(uri, object_at(view, "record"), sorted_at(view, now), view)
            for view in views
            if URI.fullmatch(uri := text_at(view, "uri"))
        ]
        step = advance(state, page, bool(answer.get("cursor")), now)
        ours = [each for each in step.fresh if self._brand.relevant(text(each.record))]
        return Batch(
            mentions=self._mentions([Post(each.uri, each.record, each.at) for each in ours], now),
            readings=tuple(reading(self.name, each.view, now) for each in ours),
            cursor=_dump(step.search),
            more=step.more,
            covered=tuple(step.covered),
        )

    def _mentions(self, posts: Sequence[Post], now: datetime) -> tuple[Mention, ...]:
        authors = self._profiles(list(dict.fromkeys(author(post.uri) for post in posts)), now)
        return tuple(mention(self.name, post, authors.get(author(post.uri), {})) for post in posts)

    def _profiles(self, dids: Sequence[str], now: datetime) -> dict[str, dict[str, Any]]:
        """Handle, name and followers, which neither a stream nor search tells. Who is gone is left out."""
        found: dict[str, dict[str, Any]] = {}
        for start in range(0, len(dids), AT_ONCE):
            some = dids[start : start + AT_ONCE]
            profiles = self._ask(self._public, now, "AppBskyActorGetProfiles", "profiles", actors=some)
            found |= {text_at(profile, "did"): profile for profile in profiles}
        return found

    def _ask(
        self, client: Client, now: datetime, method: str, key: str, **params: Any
    ) -> list[dict[str, Any]]:
        return self._list(client.ask(now, method, **params), key)

    def _list(self, answer: dict[str, Any], key: str) -> list[dict[str, Any]]:
        if not isinstance(answer.get(key), list):
            raise self.session.unreadable(f"it names no {key}")
        return objects_at(answer, key)


def queries(brand: Brand) -> list[str]:
    """One for each thing that people call the brand, since Bluesky's search has no "or"."""
    names = [quoted(phrase) if len(phrase.split()) > 1 else phrase for phrase in brand.phrases]
    handles = ["@" + handle.lstrip("@") for handle in brand.handles]
    return list(dict.fromkeys([*names, *handles, *("#" + tag.lstrip("#＃") for tag in brand.hashtags)]))


def _iso(time: datetime) -> str:
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _dump(state: Position | Search) -> str:
    return state.model_dump_json(exclude_defaults=True)


def build(settings: Settings, name: str, brand: Brand) -> Source:
    return BlueskySource(settings, name, brand)


def poster(settings: Settings, name: str) -> Poster | None:
    """Posts in the source's name; None where [sources.NAME.reply] is absent."""
    if settings.reply is None:
        return None
    login = settings.reply if settings.reply.identifier else settings
    assert login.identifier  # noqa: S101 -- the settings were validated
    assert login.app_password  # noqa: S101
    return BlueskyPoster(name, settings.service, login.identifier, login.app_password.get_secret_value())
