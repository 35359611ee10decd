"""X: recent search (the last seven days) through tweepy, newest first.

Ids on X grow with time, so the cursor needs nothing but ids: `since`, below which everything is known, and while a
gap is being closed `until`, the oldest id seen so far, and `newest`, which becomes `since` once the gap is closed. A
crash between two pages repeats one page and loses none.
"""

from __future__ import annotations

import functools
import html
import logging
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import BaseModel, Field, ValidationError, field_validator

from monitor.brand import Brand
from monitor.errors import SourceError
from monitor.model import Author, Batch, Deleted, Interval, Mention, Reading
from monitor.outside import LONGEST_WAIT, count_at, object_at, objects_at, seconds, text_at
from monitor.ports import Source
from monitor.settings import Secret, SourceSettings

TIMEOUT = 30.0
WINDOW = timedelta(days=7) - timedelta(minutes=5)  # how far recent search reaches, less a margin for clocks
LAG = timedelta(seconds=30)  # recent search leaves out what is newer
CAP_RETRY = (
    3600.0  # a used-up allowance ends with its period, or when a person buys more; X does not say when
)
EMPTY_PAGES = 10  # pages without a post that one poll follows

_ID = re.compile(r"[0-9]{1,19}")
_FIELDS = ["created_at", "lang", "note_tweet", "public_metrics", "referenced_tweets"]
_GONE = ("/resource-not-found", "/not-authorized-for-resource")  # deleted or suspended; protected
_LANGUAGES = {"in": "id", "iw": "he"}  # X keeps two codes that ISO 639-1 gave up
_HINTS = {
    401: "X refuses the bearer token; make a new one in X's developer console",
    402: "X's credits are used up; buy more in X's developer console",
    403: "X does not let this app use recent search; give its project access in X's developer console",
}


class Settings(SourceSettings):
    bearer_token: Secret = Field(description="the app's bearer token, from X's developer console")
    query: str = Field(description="what to search for, with X's operators; -is:retweet is added when absent")
    lookback_hours: int = Field(24, ge=1, le=168, description="how far back the first poll goes")

    @field_validator("query")
    @classmethod
    def _without_reposts(cls, value: str) -> str:
        if not value.strip():
            raise ValueError("the query is empty; name the brand, such as '\"acme air\" OR @acmeair'")
        return value if re.search(r"-is:retweet\b", value) else f"({value.strip()}) -is:retweet"


class Cursor(BaseModel):
    since: int
    until: int | None = None
    newest: int | None = None


class XSource(Source):
    read_size = 100

    def __init__(self, settings: Settings, name: str) -> None:
        import tweepy

        # tweepy writes the Authorization header to its debug log.
        logging.getLogger("tweepy.client").setLevel(logging.INFO)
        self.name = name
        self._settings = settings
        self.client = tweepy.Client(settings.bearer_token.get_secret_value(), return_type=dict)
        self.session = self.client.session
        self.session.auth = lambda request: request  # or a ~/.netrc would replace the token
        self.session.request = functools.partial(self.session.request, timeout=TIMEOUT)

    def poll(self, cursor: str | None, now: datetime, lane: str = "", room: int | None = None) -> Batch:  # noqa: ARG002
        """One page of at most 100 posts. What search no longer reaches comes back as an incomplete interval."""
        state = self._state(cursor, now)
        covered = []
        if (floor := _id_at(now - WINDOW)) > state.since:
            if cursor is not None:
                lost = (_time_of(state.since), _time_of(min(floor, state.until or floor)))
                covered.append(Interval(*lost, complete=False, note="X searches only the last seven days"))
            state.since = floor
        if state.until is not None and state.until <= state.since + 1:
            return Batch(cursor=_closed(state), covered=tuple(covered))
        answer = self._search(state, now)
        posts = [post for post in objects_at(answer, "data") if _ID.fullmatch(str(post.get("id")))]
        ids = [int(post["id"]) for post in posts]
        if state.until is not None and ids and min(ids) >= state.until:
            raise SourceError(f"{self.name}: X sends the same page again")
        more = bool(ids) and "next_token" in object_at(answer, "meta")
        end = _time_of(state.until) if state.until else max(now - LAG, _time_of(max(ids, default=0)))
        covered.append(Interval(min(_time_of(min(ids) if more else state.since), end), end))
        state.newest = state.newest or max(ids, default=None)
        state.until = min(ids) if more else None
        authors = {str(user.get("id")): user for user in objects_at(object_at(answer, "includes"), "users")}
        kept = [post for post in posts if _reference(post, "retweeted") is None]
        return Batch(
            mentions=tuple(self._mention(post, authors) for post in kept),
            readings=tuple(self._reading(post, now) for post in kept if object_at(post, "public_metrics")),
            cursor=state.model_dump_json(exclude_none=True) if more else _closed(state),
            more=more,
            covered=tuple(covered),
        )

    def read(self, ids: Sequence[str], now: datetime) -> Batch:
        """Readings, without authors, which would cost extra. Removed, suspended, protected: deleted."""
        known = [id for id in ids if _ID.fullmatch(id)]  # an odd id would fail the whole call
        if not known:
            return Batch()
        answer = self._call(now, "get_tweets", ids=known, tweet_fields=["public_metrics"])
        gone = {
            text_at(error, "resource_id") or text_at(error, "value")
            for error in objects_at(answer, "errors")
            if error.get("parameter") == "ids" and str(error.get("type")).endswith(_GONE)
        }
        found = [post for post in objects_at(answer, "data") if object_at(post, "public_metrics")]
        return Batch(
            readings=tuple(self._reading(post, now) for post in found if str(post.get("id")) in known),
            deleted=tuple(Deleted(self.name, id, now) for id in known if id in gone),
        )

    def check(self) -> str:
        """Counts the matching posts of the last seven days: one request, and no post is paid for."""
        now = datetime.now(UTC)
        answer = self._call(now, "get_recent_tweets_count", query=self._settings.query, granularity="day")
        count = object_at(answer, "meta").get("total_tweet_count", "unknown")
        return f"{self.name}: token and query work; posts that matched in the last seven days: {count}"

    def _state(self, cursor: str | None, now: datetime) -> Cursor:
        if cursor is None:
            return Cursor(since=_id_at(now - timedelta(hours=self._settings.lookback_hours)))
        try:
            return Cursor.model_validate_json(cursor)
        except ValidationError:
            raise SourceError(f"{self.name}: the stored cursor can't be read", permanent=True) from None

    def _search(self, state: Cursor, now: datetime) -> dict[str, Any]:
        # The first poll, too, is bounded by an id: X refuses start_time together with until_id.
        token = None
        for _ in range(EMPTY_PAGES):
            answer = self._call(
                now,
                "search_recent_tweets",
                query=self._settings.query,
                sort_order="recency",
                since_id=state.since,
                until_id=state.until,
                next_token=token,
                max_results=100,
                tweet_fields=_FIELDS,
                expansions=["author_id"],
                user_fields=["public_metrics"],
            )
            token = object_at(answer, "meta").get("next_token")
            if objects_at(answer, "data") or not token:
                return answer
        raise SourceError(f"{self.name}: X sends only empty pages")

    def _call(self, now: datetime, method: str, **params: Any) -> dict[str, Any]:
        import requests
        import tweepy

        try:
            answer = getattr(self.client, method)(**params)
        except tweepy.HTTPException as error:
            raise self._refused(error, now) from None
        except requests.Timeout:
            raise SourceError(f"{self.name}: X did not answer within {TIMEOUT:g} seconds") from None
        except requests.ConnectionError:
            raise SourceError(f"{self.name}: X can't be reached") from None
        except Exception as error:  # tweepy trips in many ways over answers that are not as documented
            what = type(error).__name__
            raise SourceError(f"{self.name}: X sent something that can't be read ({what})") from None
        if not isinstance(answer, dict):
            raise SourceError(f"{self.name}: X sent something that can't be read")
        return answer

    def _refused(self, error: Any, now: datetime) -> SourceError:
        status, headers = error.response.status_code, error.response.headers
        if status == 429 and "Usage cap" in str(error):
            text = "the plan's allowance of posts is used up; raise it in X's developer console, or wait"
            return SourceError(f"{self.name}: {text}", retry_after=CAP_RETRY)
        if status in _HINTS:
            return SourceError(f"{self.name}: {_HINTS[status]}", permanent=True)
        if status == 400:
            detail = "; ".join(map(str, error.api_messages)).replace(self.client.bearer_token, "***")
            said = "".join(c if c.isprintable() else " " for c in detail)[:300]
            return SourceError(f"{self.name}: X refuses the search: {said}", permanent=True)
        wait = seconds(headers.get("retry-after"))
        if wait is None and status == 429 and error.reset_time is not None:
            wait = min(max(error.reset_time - now.timestamp(), 1.0), LONGEST_WAIT)
        text = "asks to slow down" if status == 429 else f"answers {status}"
        return SourceError(f"{self.name}: X {text}", retry_after=wait)

    def _mention(self, post: dict[str, Any], authors: dict[str, dict[str, Any]]) -> Mention:
        author_id = text_at(post, "author_id") or "unknown"
        user = authors.get(author_id, {})  # left out for suspended users: the post still counts
        handle = text_at(user, "username")
        language = str(post.get("lang"))
        return Mention(
            source=self.name,
            id=str(post["id"]),
            author=Author(
                author_id,
                handle,
                text_at(user, "name"),
                count_at(object_at(user, "public_metrics"), "followers_count"),
            ),
            text=html.unescape(text_at(object_at(post, "note_tweet"), "text") or text_at(post, "text")),
            url=f"https://x.com/{handle or 'i'}/status/{post['id']}",
            created_at=_created(post),
            language=_LANGUAGES.get(language, language) if len(language) == 2 else None,
            in_reply_to=_reference(post, "replied_to"),
            quoted=_reference(post, "quoted"),
        )

    def _reading(self, post: dict[str, Any], now: datetime) -> Reading:
        metrics = object_at(post, "public_metrics")
        return Reading(
            source=self.name,
            id=str(post["id"]),
            at=now,
            likes=count_at(metrics, "like_count"),
            replies=count_at(metrics, "reply_count"),
            reposts=count_at(metrics, "retweet_count"),
            quotes=count_at(metrics, "quote_count"),
            views=count_at(metrics, "impression_count"),
        )


def build(settings: Settings, name: str, brand: Brand) -> Source:  # noqa: ARG001
    """The source `name`; nothing is asked of X yet."""
    return XSource(settings, name)


_EPOCH = 1_288_834_974_657  # ms; an X id is the milliseconds since then, shifted by 22 bits


def _id_at(time: datetime) -> int:
    """The smallest id that a post of this moment can have."""
    return max(int(time.timestamp() * 1000) - _EPOCH, 0) << 22


def _time_of(id: int) -> datetime:
    return datetime.fromtimestamp(((id >> 22) + _EPOCH) / 1000, UTC)


def _closed(state: Cursor) -> str:
    return Cursor(since=max(state.since, state.newest or 0)).model_dump_json(exclude_none=True)


def _created(post: dict[str, Any]) -> datetime:
    try:
        return datetime.fromisoformat(post["created_at"]).astimezone(UTC)
    except (KeyError, OverflowError, TypeError, ValueError):
        return _time_of(int(post["id"]))


def _reference(post: dict[str, Any], kind: str) -> str | None:
    others = (each for each in objects_at(post, "referenced_tweets") if each.get("type") == kind)
    return next((text_at(each, "id") for each in others), None) or None
