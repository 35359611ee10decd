"""YouTube: comments under the brand's videos, under named ones, and under those that a search for the brand finds.

Every call costs units of a day's quota: a page one, a search a hundred. How a page is read: youtube_threads; what an
answer means: youtube_api.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from monitor.errors import SourceError
from monitor.intake.brand import Brand
from monitor.intake.outside import objects_at, text_at
from monitor.intake.queries import packed, quoted
from monitor.model import Batch, Deleted, Interval, Mention, Reading
from monitor.ports import Source
from monitor.settings import Secret, SourceSettings
from sources import youtube_threads
from sources.youtube_api import COMMENT, VIDEO, Comment, MissingError, YouTube, reading_of, video_of
from sources.youtube_threads import Threads

SEARCH_UNITS = 100
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
        threads = self._read(Threads, cursor) or youtube_threads.begin(since)
        kind, _, id = lane.partition("/")
        where = {"allThreadsRelatedToChannelId": id} if kind == "channel" else {"videoId": id}
        step = youtube_threads.page(self.api, threads, where, now)
        return Batch(
            mentions=tuple(each.mention for each in step.fresh),
            readings=tuple(each.reading for each in step.fresh),
            cursor=_dump(step.threads),
            more=step.more,
            covered=step.covered,
        )

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
        return _dump(youtube_threads.again(start, end))

    def leave(self, cursor: str, now: datetime, lane: str = "") -> Batch:  # noqa: ARG002
        if lane == "search":  # each found video keeps its place; only the round ends
            state = self._read(Found, cursor)
            assert state  # noqa: S101 -- there is a cursor
            state.turn = []
            return Batch(cursor=_dump(state))
        threads = self._read(Threads, cursor)
        assert threads  # noqa: S101 -- there is a cursor
        step = youtube_threads.leave(threads)
        return Batch(cursor=_dump(step.threads), covered=step.covered)

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

    def _search(self, state: Found, now: datetime) -> Batch:
        """A search when it is time for one, and then a page of one found video after the other."""
        videos: list[Mention] = []
        comments: list[Comment] = []
        if not state.turn:
            if now.timestamp() - state.searched >= self._settings.search_every:
                found = self._videos(now)
                videos = [video for video in found if video.id not in state.videos]
                begin = youtube_threads.begin(now - timedelta(hours=self._settings.lookback_hours))
                state.videos = {video.id: state.videos.get(video.id, begin) for video in found}
                state.searched = now.timestamp()
            state.turn, state.started = list(state.videos), now.timestamp()
        else:
            id, *rest = state.turn
            try:
                step = youtube_threads.page(self.api, state.videos[id], {"videoId": id}, now)
            except (MissingError, KeyError):  # deleted meanwhile, or its comments are switched off
                state.turn = rest
            else:
                state.videos[id], comments = step.threads, step.fresh
                state.turn = state.turn if step.more else rest
        covered: tuple[Interval, ...] = ()
        if not state.turn:  # the round is over
            covered = (Interval(_time(min(state.since, state.started)), _time(state.started)),)
            state.since = state.started
        comments = [each for each in comments if self._brand.relevant(each.mention.text)]
        return Batch(
            mentions=(
                *(video for video in videos if self._brand.relevant(video.text)),
                *(each.mention for each in comments),
            ),
            readings=tuple(each.reading for each in comments),
            cursor=_dump(state),
            more=bool(state.turn),
            covered=covered,
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

    def _read(self, model: type[Any], cursor: str | None) -> Any:
        try:
            return model.model_validate_json(cursor) if cursor is not None else None
        except ValidationError:
            raise SourceError(f"{self.name}: the stored cursor can't be read", permanent=True) from None


def _dump(state: BaseModel) -> str:
    return state.model_dump_json(exclude_defaults=True)


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def build(settings: Settings, name: str, brand: Brand) -> Source:
    """The source `name`; nothing is asked of YouTube yet. SourceError when Google's library is not there."""
    try:
        return YouTubeSource(settings, name, brand)
    except ModuleNotFoundError:
        text = 'YouTube needs Google\'s library: pip install "snapwatch[youtube]"'
        raise SourceError(f"{name}: {text}", permanent=True) from None
