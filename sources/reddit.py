"""Reddit: search, new posts and new comments of named subreddits, and mentions of an account, through praw.

Each listing is a lane, newest first; `sources/newest.py` closes its gaps. Reddit's own paging hangs on one post, which
may be deleted, so a lane's cursor is a moment. Search shows a post minutes late: OVERLAP.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from pydantic import Field, field_validator, model_validator

from monitor.errors import InputError, SourceError
from monitor.intake.brand import Brand
from monitor.intake.outside import count_at, object_at, objects_at, text_at
from monitor.intake.queries import packed, quoted
from monitor.model import Batch, Deleted
from monitor.ports import Poster, Source
from monitor.settings import Secret, SourceSettings
from sources import newest
from sources.newest import Entry
from sources.reddit_client import RedditClient
from sources.reddit_reply import RedditPoster, ReplySettings
from sources.reddit_thing import is_gone, is_name, mention, reading, text_of, things_of, time_of

OVERLAP = timedelta(minutes=15)
QUERY = 512  # characters that Reddit takes
SEARCH_ENDS, OTHERS_END = 200, 900
"""Things from which a listing that ends may have been cut: Reddit ends a search after about 250, others after about 1,000,
without a word."""
CUT = "Reddit's listing ended before the last poll was reached"
COMMENTS, POSTS, INBOX = "comments", "posts", "inbox"
WIDE = {"all", "popular"}


class Settings(SourceSettings):
    client_id: str = Field(min_length=1, description="the app's id, from reddit.com/prefs/apps")
    client_secret: Secret = Field(description="the app's secret")
    user_agent: str = Field(description="who asks, as Reddit wants it: platform:app:version (by /u/name)")
    subreddits: tuple[str, ...] = Field(
        min_length=1, description="names without r/; all is the whole of Reddit"
    )
    query: str | None = Field(
        None,
        min_length=1,
        max_length=QUERY,
        description="what to search posts for; absent: made from [brand]",
    )
    comments: bool = Field(
        True, description="read new comments, too, and keep those that name the brand; not of all and popular"
    )
    posts: bool = Field(
        True,
        description="read new posts, too, sooner than search shows them, and keep those that name the brand; "
        "not of all and popular",
    )
    username: str | None = Field(None, description="an account whose mentions in its inbox are read, too")
    password: Secret | None = Field(None, description="that account's password")
    refresh_token: Secret | None = Field(
        None, description="in place of username and password; its scopes: read, privatemessages"
    )
    lookback_hours: int = Field(24, ge=1, le=168, description="how far back the first poll goes")
    measure: str = "likes"
    reply: ReplySettings | None = Field(
        None, description="the account that posts replies; absent: they are copied and posted by hand"
    )

    gone: ClassVar[Mapping[str, str]] = {
        "words": "is not needed any more: [brand] names the brand; remove it"
    }

    @field_validator("user_agent")
    @classmethod
    def _descriptive(cls, value: str) -> str:
        if len(value) < 7 or not value.isascii() or not value.isprintable():
            raise ValueError("Reddit wants platform:app:version (by /u/name), in plain ASCII")
        return value

    @field_validator("query")
    @classmethod
    def _says_something(cls, value: str | None) -> str | None:
        if value is not None and not (value.strip() and value.isprintable()):
            raise ValueError(
                "the query is empty or has a line break; leave it out, and it is made from [brand]"
            )
        return value

    @field_validator("subreddits")
    @classmethod
    def _named(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        for value in values:
            if not re.fullmatch(r"[A-Za-z0-9_]{2,21}", value):
                raise ValueError(f"{value!r} is not a subreddit's name; write acme for reddit.com/r/acme")
        return values

    @model_validator(mode="after")
    def _one_account(self) -> Settings:
        if bool(self.username) != bool(self.password):
            raise ValueError("username and password belong together")
        if self.username and self.refresh_token:
            raise ValueError("give either username and password or refresh_token")
        return self


class RedditSource(Source):
    read_size = 100

    def __init__(self, settings: Settings, name: str, brand: Brand) -> None:
        self.name = name
        self._settings = settings
        self._brand = brand
        self._where = "r/" + "+".join(settings.subreddits)
        queries = [settings.query] if settings.query else compiled(brand)
        self._queries = {
            f"search {n}" if n > 1 else "search": query for n, query in enumerate(queries, start=1)
        }
        narrow = not WIDE & {each.lower() for each in settings.subreddits}
        others = {
            COMMENTS: settings.comments and narrow,
            POSTS: settings.posts and narrow,
            INBOX: settings.password or settings.refresh_token,
        }
        self.lanes = (*self._queries, *(lane for lane, wanted in others.items() if wanted))
        self.client = RedditClient(name, _app(settings, settings))
        self.session = self.client.session

    def poll(self, cursor: str | None, now: datetime, lane: str = "search", room: int | None = None) -> Batch:  # noqa: ARG002
        """One page of at most 100 things. What Reddit no longer shows comes back as an incomplete interval."""
        since = now - timedelta(hours=self._settings.lookback_hours)
        listing = newest.begin(since) if cursor is None else newest.read(self.name, cursor)
        page, after = self._page(lane, listing.after, now)
        things = {newest.key(thing["name"], str(thing.get("edited"))): thing for thing in page}
        entries = [Entry(key, time_of(thing), count_at(thing, "score")) for key, thing in things.items()]
        anchor_deleted = not page and listing.after is not None
        ends = SEARCH_ENDS if lane in self._queries else OTHERS_END
        cut = CUT if not after and (anchor_deleted or listing.count + len(page) >= ends) else ""
        step = newest.advance(listing, entries, after, now, OVERLAP, cut)
        ours = {
            key: thing for key, thing in things.items() if not is_gone(thing) and self._wanted(lane, thing)
        }
        told = {*step.fresh, *step.moved}
        return Batch(
            mentions=tuple(mention(self.name, thing) for key, thing in ours.items() if key in step.fresh),
            readings=tuple(reading(self.name, thing, now) for key, thing in ours.items() if key in told),
            cursor=step.listing.model_dump_json(exclude_defaults=True),
            more=step.more,
            covered=step.covered,
        )

    def read(self, ids: Sequence[str], now: datetime) -> Batch:
        """Readings, the text of what was edited, and what was removed, or whose author is gone, as deleted. Names
        unknown to Reddit are left out."""
        names = [id for id in ids if is_name(id)]
        if not names:
            return Batch()
        things, _ = things_of(self.client.get(now, "api/info", "such posts", id=",".join(names)))
        found = [thing for thing in things if thing["name"] in names]
        there = [thing for thing in found if not is_gone(thing)]
        return Batch(
            mentions=tuple(mention(self.name, thing) for thing in there if thing.get("edited")),
            readings=tuple(reading(self.name, thing, now) for thing in there),
            deleted=tuple(Deleted(self.name, thing["name"], now) for thing in found if is_gone(thing)),
        )

    def reopen(self, lane: str, start: datetime, end: datetime, now: datetime) -> str | None:  # noqa: ARG002
        """From the newest on down to that stretch, as far as the listing reaches."""
        return newest.again(start, end) if lane in self.lanes else None

    def leave(self, cursor: str, now: datetime, lane: str = "search") -> Batch:  # noqa: ARG002
        listing, covered = newest.leave(newest.read(self.name, cursor), OVERLAP)
        return Batch(cursor=listing.model_dump_json(exclude_defaults=True), covered=covered)

    def check(self) -> str:
        """Do the subreddits exist, and do the searches and the inbox work? One request each."""
        now = datetime.now(UTC)
        names = {name.lower(): name for name in self._settings.subreddits}
        answer = self.client.get(now, "api/info", self._where, sr_name=",".join(names.values()))
        known = {
            text_at(object_at(thing, "data"), "display_name").lower()
            for thing in objects_at(object_at(answer, "data"), "children")
        }
        if missing := sorted(names[name] for name in set(names) - known - WIDE):
            text = f"Reddit has no subreddit {', '.join(missing)}"
            raise SourceError(f"{self.name}: {text}", permanent=True)
        for lane in {*self._queries, *self.lanes} - {COMMENTS, POSTS}:
            self._page(lane, None, now)
        asked = "; ".join(f"{lane} asks {query}" for lane, query in self._queries.items())
        return f"{self.name}: credentials work; reads {', '.join(self.lanes)} of {self._where}; {asked}"

    def _page(self, lane: str, after: str | None, now: datetime) -> tuple[list[dict[str, Any]], str | None]:
        params: dict[str, str | int] = {"limit": 100} | ({"after": after} if after else {})
        if lane == INBOX:
            return things_of(self.client.get(now, "message/mentions", "the account's inbox", **params))
        if lane in (COMMENTS, POSTS):
            path = f"{self._where}/{'comments' if lane == COMMENTS else 'new'}"
        else:
            path = f"{self._where}/search"
            params |= {"q": self._queries[lane], "restrict_sr": 1, "sort": "new", "t": "all", "type": "link"}
        return things_of(self.client.get(now, path, self._where, **params))

    def _wanted(self, lane: str, thing: dict[str, Any]) -> bool:
        """What somebody searched for in words of their own, or sent to the account, is wanted as it is."""
        asked = lane == INBOX or (lane in self._queries and self._settings.query)
        return bool(asked) or self._brand.relevant(text_of(thing))


def compiled(brand: Brand) -> list[str]:
    """Everything by which people call the brand, also in one word, as Reddit's search looks for it in titles and texts, as
    few queries as its limit allows. What it finds beyond that, such as a namesake, is left out afterwards. InputError
    when one name alone is longer."""
    phrases = [each for phrase in brand.phrases for each in (phrase, "".join(phrase.split()))]
    handles = [handle.lstrip("@") for handle in brand.handles]
    return packed([quoted(each) for each in (*phrases, *handles)], " OR ", QUERY)


def build(settings: Settings, name: str, brand: Brand) -> Source:
    """The source `name`; nothing is asked of Reddit yet. SourceError when praw can't start, or no query can be made from
    the brand."""
    try:
        return RedditSource(settings, name, brand)
    except InputError as error:
        raise SourceError(f"{name}: {error}", permanent=True) from None


def poster(settings: Settings, name: str) -> Poster | None:
    """Who posts replies to mentions of the source `name`; nothing is asked of Reddit yet. PostError when praw can't
    start."""
    return RedditPoster(name, _app(settings, settings.reply)) if settings.reply else None


def _app(settings: Settings, account: Settings | ReplySettings) -> dict[str, str | None]:
    """What praw takes: the app, and the account that it asks for."""
    secrets = {
        "client_secret": settings.client_secret,
        "password": account.password,
        "refresh_token": account.refresh_token,
    }
    named = {
        "client_id": settings.client_id,
        "user_agent": settings.user_agent,
        "username": account.username,
    }
    return named | {key: value.get_secret_value() if value else None for key, value in secrets.items()}
