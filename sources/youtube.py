"""YouTube: comments under the brand's videos, under named ones, and under those that a search for the brand finds.

Threads come newest first, with a few of their replies. A thread has more when its count grew by more than was shown:
then its replies are asked for themselves, before the next page of threads. Every call costs units of a day's quota: a
page one, a search a hundred.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from monitor.brand import Brand
from monitor.errors import SourceError
from monitor.model import Batch, Deleted, Interval, Mention, Reading
from monitor.outside import count_at, object_at, objects_at, text_at
from monitor.ports import Source
from monitor.queries import packed, quoted
from monitor.settings import Secret, SourceSettings
from sources import newest
from sources.youtube_api import (
    COMMENT,
    VIDEO,
    Comment,
    MissingError,
    StaleTokenError,
    YouTube,
    comment_of,
    reading_of,
    video_of,
)

OVERLAP = timedelta(hours=1)
THREADS = 300  # whose counts of replies are remembered
SEARCH_UNITS = 100
EMPTY_PAGES = 5  # that one poll follows
QUERY = 400  # characters of a search


class Settings(SourceSettings):
    api_key: Secret = Field(description="a key for the YouTube Data API v3, from Google's cloud console")
    channels: tuple[str, ...] = Field(
        (), description="the brand's channels, by id, such as UCBR8-60-B28hp2BmDPdntcQ"
    )
    videos: tuple[str, ...] = Field((), description="single videos, by id: what follows v= in the address")
    search: bool = Field(
        False, description="look for videos that name the brand, and read their comments, too"
    )
    search_every: int = Field(3600, ge=600, description="seconds between two searches; each costs 100 units")
    search_videos: int = Field(
        20, ge=1, le=50, description="how many of the found videos are read, the newest"
    )
    units_per_day: int = Field(
        10_000,
        ge=1,
        description="YouTube's units that the polls of a day may cost, without the pages of a rush",
    )
    lookback_hours: int = Field(24, ge=1, le=8760, description="how far back the first poll goes")
    every: int = Field(600, ge=10)
    measure: str = "likes"

    @field_validator("channels", "videos")
    @classmethod
    def _ids(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        for value in values:
            if not re.fullmatch(r"UC[\w-]{22}|[\w-]{11}", value, re.ASCII):
                raise ValueError(f"{value!r} is not the id of a channel (UC and 22 more) or of a video (11)")
        return tuple(dict.fromkeys(values))

    @model_validator(mode="after")
    def _affordable(self) -> Settings:
        if not (self.channels or self.videos or self.search):
            raise ValueError("nothing is read: name channels or videos, or set search = true")
        if (units := self.units()) > self.units_per_day:
            raise ValueError(
                f"the polls of a day cost {units:,} units, over units_per_day = {self.units_per_day:,}: "
                "raise every or search_every, or lower search_videos"
            )
        return self

    def units(self, queries: int = 1) -> int:
        """What a day of polls costs when no page is full."""
        polls, searches = -(-86_400 // self.every), -(-86_400 // self.search_every)
        found = searches * SEARCH_UNITS * queries + polls * self.search_videos if self.search else 0
        return polls * (len(self.channels) + len(self.videos)) + found


class Asked(BaseModel):
    """A thread whose replies are still to be read: those from `since` on that are not `known`."""

    thread: str
    video: str
    since: float
    known: list[str]
    token: str | None = None


class Threads(BaseModel):
    """One listing of threads: how many replies each of the newest had (`counts`, with the thread's time), whose are
    still to be read, and the time that is covered once they are."""

    model_config = ConfigDict(extra="forbid")
    listing: newest.Listing
    counts: dict[str, tuple[float, int]] = {}
    asked: list[Asked] = []
    covered: tuple[Interval, ...] = ()


class Found(BaseModel):
    """The videos of the last search, those whose turn is still to come in this round, and the time covered so far."""

    model_config = ConfigDict(extra="forbid")
    since: float
    searched: float = 0.0
    started: float = 0.0
    videos: dict[str, Threads] = {}
    turn: list[str] = []


class YouTubeSource(Source):
    about_brand = True
    read_size = 50

    def __init__(self, settings: Settings, name: str, brand: Brand) -> None:
        self.name = name
        self._settings, self._brand = settings, brand
        self._queries = packed([quoted(phrase) for phrase in brand.phrases], "|", QUERY)
        self.lanes = (
            *(f"channel/{id}" for id in settings.channels),
            *(f"video/{id}" for id in settings.videos),
            *(("search",) if settings.search else ()),
        )
        self.api = YouTube(name, settings.api_key.get_secret_value())
        self.session = self.api.session

    def poll(self, cursor: str | None, now: datetime, lane: str = "", room: int | None = None) -> Batch:  # noqa: ARG002
        """One page of threads or replies, or one search."""
        since = now - timedelta(hours=self._settings.lookback_hours)
        if lane == "search":
            return self._search(self._read(Found, cursor) or Found(since=since.timestamp()), now)
        threads = self._read(Threads, cursor) or Threads(listing=newest.begin(since))
        kind, _, id = lane.partition("/")
        where = {"allThreadsRelatedToChannelId": id} if kind == "channel" else {"videoId": id}
        batch, threads = self._page(threads, where, now)
        return replace(batch, cursor=threads.model_dump_json(exclude_defaults=True))

    def read(self, ids: Sequence[str], now: datetime) -> Batch:
        """Readings of comments, replies and videos. Those that an answer leaves out, while it has others, are gone."""
        readings: list[Reading] = []
        deleted: list[Deleted] = []
        comments = [id for id in ids if COMMENT.fullmatch(id)]
        for collection, asked in (
            ("commentThreads", [id for id in comments if "." not in id]),
            ("comments", [id for id in comments if "." in id]),
            ("videos", [id for id in ids if VIDEO.fullmatch(id)]),
        ):
            if not asked:
                continue
            part = "statistics" if collection == "videos" else "snippet"
            items = objects_at(self.api.ask(now, collection, part=part, id=",".join(asked)), "items")
            found = {id: item for item in items if (id := text_at(item, "id")) in asked}
            readings += [reading_of(self.name, id, item, now) for id, item in found.items()]
            if found or len(asked) == 1:
                deleted += [Deleted(self.name, id, now) for id in asked if id not in found]
        return Batch(readings=tuple(readings), deleted=tuple(deleted))

    def reopen(self, lane: str, start: datetime, end: datetime, now: datetime) -> str | None:  # noqa: ARG002
        if lane == "search":
            return None
        stretch = newest.Listing(since=start.timestamp(), until=end.timestamp())
        return Threads(listing=stretch).model_dump_json(exclude_defaults=True)

    def leave(self, cursor: str, now: datetime, lane: str = "") -> Batch:  # noqa: ARG002
        if lane == "search":  # each found video keeps its place; only the round ends
            state = self._read(Found, cursor)
            assert state  # noqa: S101 -- there is a cursor
            state.turn = []
            return Batch(cursor=state.model_dump_json(exclude_defaults=True))
        threads = self._read(Threads, cursor)
        assert threads  # noqa: S101 -- there is a cursor
        listing, covered = newest.leave(threads.listing, OVERLAP)
        lost = tuple(each for each in covered if not each.complete)
        read = tuple(each for each in covered if each.complete)
        left = Threads(
            listing=listing, counts=threads.counts, asked=threads.asked, covered=(*threads.covered, *read)
        )
        batch, left = _settled(Batch(), left, False)  # replies that were asked for are still read
        cursor = left.model_dump_json(exclude_defaults=True)
        return Batch(cursor=cursor, covered=(*lost, *batch.covered))

    def check(self) -> str:
        """Do the channels and videos exist? One unit each kind; a search is not made, since it costs a hundred."""
        now, said = datetime.now(UTC), []
        for collection, ids in (("channels", self._settings.channels), ("videos", self._settings.videos)):
            if ids:
                items = objects_at(self.api.ask(now, collection, part="snippet", id=",".join(ids)), "items")
                if missing := sorted(set(ids) - {text_at(item, "id") for item in items}):
                    text = f"YouTube has none of these {collection}: {', '.join(missing)}"
                    raise SourceError(f"{self.name}: {text}", permanent=True)
                said += [f"reads {len(ids)} {collection}"]
        if self._settings.search:
            self.api.ask(now, "videos", part="id", chart="mostPopular", maxResults=1)
            said += [f"searches for {' and '.join(self._queries)}"]
        units = self._settings.units(len(self._queries))
        return (
            f"{self.name}: the key works; {', '.join(said)}; "
            f"a quiet day costs {units:,} of {self._settings.units_per_day:,} units"
        )

    def _page(
        self, state: Threads, where: dict[str, str], now: datetime, *, ours: bool = True
    ) -> tuple[Batch, Threads]:
        """One page of replies, while there are any to be read, or of threads."""
        if state.asked:
            return self._replies(state, now, ours=ours)
        listing = state.listing
        try:
            answer = self._threads(listing.after, where, now)
        except StaleTokenError:
            if listing.after is None:
                raise
            listing = listing.model_copy(update={"after": None, "newest": 0.0})
            answer = self._threads(None, where, now)
        found: list[Comment] = []
        asked: list[Asked] = []
        counts: dict[str, tuple[float, int]] = {}
        for thread in objects_at(answer, "items"):
            snippet = object_at(thread, "snippet")
            video, total = text_at(snippet, "videoId"), count_at(snippet, "totalReplyCount") or 0
            top_comment = comment_of(self.name, object_at(snippet, "topLevelComment"), video, now, total)
            if top_comment is None:
                continue
            items = objects_at(object_at(thread, "replies"), "comments")
            replies = [each for item in items if (each := comment_of(self.name, item, video, now))]
            id, at = top_comment.mention.id, top_comment.entry.at.timestamp()
            fresh = [each for each in replies if each.entry.key not in listing.seen]
            fresh = [each for each in fresh if each.entry.at.timestamp() >= listing.since]
            _, before = state.counts.get(id, (at, 0 if at >= listing.since else total))
            if total > len(replies) and total - before > len(fresh):
                known = [each.entry.key for each in replies]
                asked.append(Asked(thread=id, video=video, since=listing.since, known=known))
            counts[id] = (at, total)
            found += [*replies, top_comment]  # the thread last: its time says how far the page reaches
        if objects_at(answer, "items") and not found:
            raise self.session.unreadable("no comment of it is as it should be")
        step = newest.advance(
            listing, [each.entry for each in found], text_at(answer, "nextPageToken") or None, now, OVERLAP
        )
        latest = sorted((state.counts | counts).items(), key=lambda item: item[1])[-THREADS:]
        after = Threads(listing=step.listing, counts=dict(latest), asked=asked, covered=step.covered)
        batch = self._batch([each for each in found if each.entry.key in step.fresh], ours=ours)
        return _settled(batch, after, step.more)

    def _threads(self, token: str | None, where: dict[str, str], now: datetime) -> dict[str, Any]:
        for _ in range(EMPTY_PAGES):
            answer = self.api.ask(
                now,
                "commentThreads",
                part="snippet,replies",
                order="time",
                maxResults=100,
                textFormat="plainText",
                pageToken=token,
                **where,
            )
            token = text_at(answer, "nextPageToken")
            if objects_at(answer, "items") or not token:
                return answer
        raise self.session.unreadable("only empty pages")

    def _replies(self, state: Threads, now: datetime, *, ours: bool) -> tuple[Batch, Threads]:
        asked, *rest = state.asked
        try:
            answer = self.api.ask(
                now,
                "comments",
                part="snippet",
                parentId=asked.thread,
                maxResults=100,
                textFormat="plainText",
                pageToken=asked.token,
            )
        except (MissingError, StaleTokenError):  # the thread was deleted meanwhile
            answer = {}
        items = objects_at(answer, "items")
        found = [each for item in items if (each := comment_of(self.name, item, asked.video, now))]
        late = [each for each in found if each.entry.at.timestamp() >= asked.since]
        fresh = [
            each
            for each in late
            if each.entry.key not in asked.known and each.entry.key not in state.listing.seen
        ]
        token = text_at(answer, "nextPageToken")
        if token and found and found[-1] in late:
            rest = [asked.model_copy(update={"token": token}), *rest]
        seen = {each.entry.key: each.entry.at.timestamp() for each in fresh}
        listing = state.listing.model_copy(update={"seen": state.listing.seen | seen})
        left = state.model_copy(update={"listing": listing, "asked": rest})
        return _settled(self._batch(fresh, ours=ours), left, listing.after is not None)

    def _search(self, state: Found, now: datetime) -> Batch:
        """A search when it is time for one, and then a page of one found video after the other."""
        mentions: tuple[Mention, ...] = ()
        batch = Batch()
        if not state.turn:
            if now.timestamp() - state.searched >= self._settings.search_every:
                videos = self._videos(now)
                mentions = tuple(video for video in videos if video.id not in state.videos)
                begin = Threads(listing=newest.begin(now - timedelta(hours=self._settings.lookback_hours)))
                state.videos = {video.id: state.videos.get(video.id, begin) for video in videos}
                state.searched = now.timestamp()
            state.turn, state.started = list(state.videos), now.timestamp()
        else:
            id = state.turn[0]
            try:
                batch, threads = self._page(state.videos[id], {"videoId": id}, now, ours=False)
            except (MissingError, KeyError):  # deleted meanwhile, or its comments are switched off
                threads = None
            if threads:
                state.videos[id] = threads
            if not threads or not batch.more:
                state.turn = state.turn[1:]
        lost = tuple(each for each in batch.covered if not each.complete)
        if not state.turn:
            lost = (*lost, Interval(_time(min(state.since, state.started)), _time(state.started)))
            state.since = state.started
        relevant = tuple(video for video in mentions if self._brand.relevant(video.text))
        return Batch(
            mentions=(*relevant, *batch.mentions),
            readings=batch.readings,
            cursor=state.model_dump_json(exclude_defaults=True),
            more=bool(state.turn),
            covered=lost,
        )

    def _videos(self, now: datetime) -> list[Mention]:
        found: dict[str, Mention] = {}
        for query in self._queries:
            answer = self.api.ask(
                now, "search", part="snippet", q=query, type="video", order="date", maxResults=50
            )
            for item in objects_at(answer, "items"):
                video = video_of(self.name, item)
                if video and video.author.id not in self._settings.channels:
                    found[video.id] = video
        videos = sorted(found.values(), key=lambda video: video.created_at, reverse=True)
        return videos[: self._settings.search_videos]

    def _batch(self, comments: Iterable[Comment], *, ours: bool) -> Batch:
        kept = [each for each in comments if ours or self._brand.relevant(each.mention.text)]
        return Batch(tuple(each.mention for each in kept), tuple(each.reading for each in kept))

    def _read(self, model: type[Any], cursor: str | None) -> Any:
        try:
            return model.model_validate_json(cursor) if cursor is not None else None
        except ValidationError:
            raise SourceError(f"{self.name}: the stored cursor can't be read", permanent=True) from None


def _settled(batch: Batch, state: Threads, more: bool) -> tuple[Batch, Threads]:
    """No time is covered while replies of it are still to be read."""
    if state.asked:
        return replace(batch, more=True), state
    return replace(batch, more=more, covered=state.covered), state.model_copy(update={"covered": ()})


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def build(settings: Settings, name: str, brand: Brand) -> Source:
    """The source `name`; nothing is asked of YouTube yet. SourceError when Google's library is not there."""
    try:
        return YouTubeSource(settings, name, brand)
    except ModuleNotFoundError:
        text = 'YouTube needs Google\'s library: pip install "snapwatch[youtube]"'
        raise SourceError(f"{name}: {text}", permanent=True) from None
