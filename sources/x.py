"""X: recent search (the last seven days), mentions of an account and the filtered stream, through tweepy.

Beside this file: what is asked for (x_query), how a gap is closed (x_gap), what an answer says and costs (x_post), what a
refusal means (x_refused), the stream (x_stream), and how replies are posted (x_reply).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from monitor.errors import InputError, SourceError
from monitor.intake.brand import Brand
from monitor.intake.outside import object_at, objects_at, text_at
from monitor.model import Batch, Billed, Deleted, Interval
from monitor.ports import Clock, Poster, Source
from monitor.settings import Secret, SourceSettings
from sources import x_gap, x_post, x_query
from sources.x_refused import XSession
from sources.x_reply import ReplySettings, XPoster
from sources.x_stream import Stream

WINDOW = timedelta(days=7) - timedelta(minutes=5)  # how far recent search reaches, less a margin for clocks
EMPTY_PAGES = 10  # pages without a post that one poll follows
LEAST, MOST = 10, 100  # posts of a page
MENTIONS = "mentions"
REACH = 700  # the mentions of an account end after the latest 800, less some that X left out
CUT = "X shows only the latest 800 mentions of an account"

_GONE = ("/resource-not-found", "/not-authorized-for-resource")  # deleted or suspended; protected


class Settings(SourceSettings):
    bearer_token: Secret = Field(description="the app's bearer token, from X's developer console")
    query: str | None = Field(
        None,
        description="what to search for, with X's operators; -is:retweet is added when absent; absent: made from [brand]",
    )
    lang: str | None = Field(
        None, pattern="^[a-z]{2,3}$", description="only posts in this language, such as en"
    )
    query_length: Literal[512, 1024, 4096] = Field(
        512, description="characters of a query that the plan allows; what is longer becomes several"
    )
    user_id: str | None = Field(
        None, pattern="^[0-9]{1,19}$", description="the number of an account whose mentions are read, too"
    )
    stream: bool = Field(
        False, description="listen to X's filtered stream, too; polling still closes each gap"
    )
    lookback_hours: int = Field(24, ge=1, le=168, description="how far back the first poll goes")
    reply: ReplySettings | None = Field(
        None, description="the account that posts replies; absent: they are copied and posted by hand"
    )

    @field_validator("query")
    @classmethod
    def _says_something(cls, value: str | None) -> str | None:
        if value is not None and not (value.strip() and value.isprintable()):
            raise ValueError(
                "the query is empty or has a line break; leave it out, and it is made from [brand]"
            )
        return value

    @model_validator(mode="after")
    def _short(self) -> Settings:
        if self.query and len(x_query.own(self.query, self.lang)) > self.query_length:
            raise ValueError(f"the query is longer than query_length, {self.query_length} characters")
        return self


class XSource(Source):
    read_size = 100
    least_room = LEAST
    price = x_post.POST + x_post.AUTHOR
    read_price = x_post.POST

    def __init__(self, settings: Settings, name: str, brand: Brand) -> None:
        import tweepy

        logging.getLogger("tweepy.client").setLevel(logging.INFO)  # at debug it tells the token
        self.name = name
        self._settings = settings
        if settings.query:
            queries = [x_query.own(settings.query, settings.lang)]
        else:
            queries = x_query.compiled(brand, settings.query_length, settings.lang)
        self._queries = {
            f"search {n}" if n > 1 else "search": query for n, query in enumerate(queries, start=1)
        }
        self.lanes = (*self._queries, *([MENTIONS] if settings.user_id else []))
        token = settings.bearer_token.get_secret_value()
        self.client = tweepy.Client(token, return_type=dict)
        self.client.session = self.session = XSession(name, token)

    def poll(self, cursor: str | None, now: datetime, lane: str = "search", room: int | None = None) -> Batch:
        """One page of at most 100 posts. What X no longer shows comes back as an incomplete interval."""
        gap = self._gap(cursor, now)
        lost: tuple[Interval, ...] = ()
        if lane != MENTIONS and (floor := x_post.id_at(now - WINDOW)) > gap.since:
            end = min(floor, gap.until or floor)
            if cursor is not None and gap.known < end:
                stretch = (x_post.time_of(gap.known), x_post.time_of(end))
                lost = (Interval(*stretch, complete=False, note="X searches only the last seven days"),)
            gap.since = floor
        if gap.is_closed:
            return Batch(cursor=x_gap.closed(gap, now), covered=lost)
        answer = self._page(lane, gap, now, min(max(room or MOST, LEAST), MOST))
        ids = [int(post["id"]) for post in x_post.posts_of(answer)]
        if gap.until is not None and ids and min(ids) >= gap.until:
            raise SourceError(f"{self.name}: X sends the same page again")
        more = "next_token" in object_at(answer, "meta")
        step = x_gap.advance(gap, ids, more, now, REACH if lane == MENTIONS else None, CUT)
        batch = x_post.brought(self.name, answer, now)
        seen = set(map(str, gap.seen))
        return replace(
            batch,
            mentions=tuple(each for each in batch.mentions if each.id not in seen),
            readings=tuple(each for each in batch.readings if each.id not in seen),
            cursor=step.cursor,
            more=step.more,
            covered=(*lost, *step.covered),
        )

    def read(self, ids: Sequence[str], now: datetime) -> Batch:
        """Readings, without authors, which would cost extra. Removed, suspended, protected, or edited into another post:
        deleted."""
        known = [id for id in ids if x_post.is_id(id)]  # an odd id would fail the whole call
        if not known:
            return Batch()
        answer = self.session.ask(now, self.client.get_tweets, ids=known, tweet_fields=["public_metrics"])
        gone = {
            text_at(error, "resource_id") or text_at(error, "value")
            for error in objects_at(answer, "errors")
            if error.get("parameter") == "ids" and str(error.get("type")).endswith(_GONE)
        }
        posts = x_post.posts_of(answer)
        gone |= {str(post["id"]) for post in posts if x_post.is_old_version(post)}
        found = [post for post in posts if str(post["id"]) in known and str(post["id"]) not in gone]
        return Batch(
            readings=tuple(
                x_post.reading(self.name, post, now) for post in found if x_post.has_counters(post)
            ),
            deleted=tuple(Deleted(self.name, id, now) for id in known if id in gone),
            billed=x_post.billed(posts),
        )

    def reopen(self, lane: str, start: datetime, end: datetime, now: datetime) -> str | None:
        """For a search within the last seven days, which finds the mentions, too."""
        if lane not in self._queries or end <= now - WINDOW:
            return None
        return x_gap.again(start, end)

    def leave(self, cursor: str, now: datetime, lane: str = "search") -> Batch:
        """Counts what is left of the gap first, for half a cent, so that it can be told what was given up."""
        gap = self._gap(cursor, now)
        if gap.until is None:
            return Batch(cursor=cursor)
        note = "the budget was used up"
        billed: tuple[Billed, ...] = ()
        since = max(gap.known, x_post.id_at(now - WINDOW))
        if lane in self._queries and since + 1 < gap.until:
            try:
                count = self._count(lane, now, since_id=since, until_id=gap.until)
            except SourceError:
                count = None  # what was given up is given up, counted or not
            else:
                billed = (Billed(f"request {lane} {gap.until}", x_post.REQUEST),)
            note += f": about {count:,} posts not read" if count is not None else ""
        left = Interval(x_post.time_of(gap.known), x_post.time_of(gap.until), complete=False, note=note)
        covered = (left,) if left.start < left.end else ()
        return Batch(cursor=x_gap.closed(gap, now), covered=covered, billed=billed)

    def check(self) -> str:
        """Counts the matching posts of the last seven days: one request of half a cent for each query."""
        now, told, posts = datetime.now(UTC), [], 0
        for lane, query in self._queries.items():
            count = self._count(lane, now)
            posts += count or 0
            told.append(
                f"{lane} asks {query} ({'an unknown number of' if count is None else f'{count:,}'} posts)"
            )
        dollars = posts / 7 * self.price
        limit = self._settings.dollars_per_day
        over = f", more than dollars_per_day = {limit:g}" if limit and dollars > limit else ""
        cost = f"{posts:,} posts in the last seven days, at most ${dollars:,.2f} a day{over}"
        return f"{self.name}: the token works; {'; '.join(told)}; {cost}"

    def _gap(self, cursor: str | None, now: datetime) -> x_gap.Gap:
        if cursor is None:
            return x_gap.Gap(since=x_post.id_at(now - timedelta(hours=self._settings.lookback_hours)))
        return x_gap.read(self.name, cursor)

    def _page(self, lane: str, gap: x_gap.Gap, now: datetime, size: int) -> dict[str, Any]:
        # The first poll, too, is bounded by an id: X refuses start_time together with until_id.
        asked: dict[str, Any] = {
            "since_id": gap.since,
            "until_id": gap.until,
            "max_results": size,
            "tweet_fields": list(x_post.FIELDS),
            "expansions": ["author_id"],
            "user_fields": ["public_metrics"],
        }
        token = None
        for _ in range(EMPTY_PAGES):
            if lane == MENTIONS:
                asked |= {"id": self._settings.user_id, "pagination_token": token}
                answer = self.session.ask(now, self.client.get_users_mentions, **asked)
                if answer.keys() == {"errors"}:
                    raise SourceError(f"{self.name}: X shows no account {asked['id']}", permanent=True)
            else:
                asked |= {"query": self._queries[lane], "sort_order": "recency", "next_token": token}
                answer = self.session.ask(now, self.client.search_recent_tweets, **asked)
            token = object_at(answer, "meta").get("next_token")
            if objects_at(answer, "data") or not token:
                return answer
        raise SourceError(f"{self.name}: X sends only empty pages")

    def _count(self, lane: str, now: datetime, **bounds: int) -> int | None:
        """How many posts match, those of the last seven days unless bounds are given."""
        method = self.client.get_recent_tweets_count
        answer = self.session.ask(now, method, query=self._queries[lane], granularity="day", **bounds)
        meta = object_at(answer, "meta")
        count = meta.get(x_post.key(meta, "total_tweet_count"))
        return count if isinstance(count, int) and not isinstance(count, bool) else None


class XListener(XSource):
    """Listens as well: what is heard comes within seconds, and costs no more when it is polled on the same UTC day."""

    listens = True

    def __init__(self, settings: Settings, name: str, brand: Brand) -> None:
        super().__init__(settings, name, brand)
        token = settings.bearer_token.get_secret_value()
        self.stream = Stream(name, token, list(self._queries.values()))
        self._relevant = brand.relevant if settings.query is None else lambda _: True

    def listen(self, keep: Callable[[Batch], None], stopping: Event, clock: Clock) -> None:
        """Posts as they are written. A quote matches X's rules also by the post that it quotes: only what names the brand
        itself is kept."""
        fields = {
            "tweet.fields": ",".join(x_post.FIELDS),
            "expansions": "author_id",
            "user.fields": "public_metrics",
        }
        for answer in self.stream.follow(fields, stopping, clock):
            batch = x_post.brought(self.name, answer, clock.now())
            kept = tuple(mention for mention in batch.mentions if self._relevant(mention.text))
            keep(replace(batch, mentions=kept, readings=batch.readings if kept else ()))


def build(settings: Settings, name: str, brand: Brand) -> Source:
    """The source `name`; nothing is asked of X yet. SourceError when no query can be made from the brand."""
    try:
        return (XListener if settings.stream else XSource)(settings, name, brand)
    except InputError as error:
        raise SourceError(f"{name}: {error}", permanent=True) from None


def poster(settings: Settings, name: str) -> Poster | None:
    """Who posts replies to mentions of the source `name`; nothing is asked of X yet."""
    return XPoster(settings.reply, name) if settings.reply else None
