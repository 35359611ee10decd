"""Reddit: search and new comments of named subreddits through praw, newest first.

Reddit's own paging hangs on one post (`before`), which may be deleted, so the cursor of each listing is a moment:
`since`, with the names already `seen` from then on. Search shows a post minutes late, so `since` stays OVERLAP behind
the newest thing. While a gap is being closed, `after` and what belongs to it say where the next page begins.
"""

from __future__ import annotations

import configparser
import functools
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, Field, ValidationError, field_validator, model_validator

from monitor.brand import Brand
from monitor.errors import SourceError
from monitor.model import Author, Batch, Deleted, Interval, Mention, Reading
from monitor.outside import count_at, object_at, objects_at, seconds, text_at
from monitor.ports import Source
from monitor.settings import Secret, SourceSettings

TIMEOUT = 30.0
OVERLAP = 900.0  # seconds
SHORTEST_CUT = 200  # Reddit ends a search after about 250 things, other listings after 1,000, without a word

_NAME = re.compile(r"t[13]_[0-9a-z]+")
_LIMITS = ("x-ratelimit-remaining", "x-ratelimit-used", "x-ratelimit-reset")
_REFUSED = "Reddit refuses the app's id or secret; see reddit.com/prefs/apps"
_HINTS = {
    302: "Reddit has no subreddit {}",
    403: "Reddit does not let this app read {}: private, quarantined, or the app was refused",
    404: "Reddit has no subreddit {}, or banned it",
}
_REMOVED = ("[deleted]", "[removed]", "[ Removed by Reddit ]")


class Settings(SourceSettings):
    client_id: str = Field(min_length=1, description="the app's id, from reddit.com/prefs/apps")
    client_secret: Secret = Field(description="the app's secret")
    user_agent: str = Field(description="who asks, as Reddit wants it: platform:app:version (by /u/name)")
    subreddits: tuple[str, ...] = Field(min_length=1, description="names without r/")
    query: str = Field(min_length=1, description="what to search posts for")
    comments: bool = Field(True, description="read new comments, too, and keep those with one of `words`")
    words: tuple[str, ...] = Field((), description="the brand's names, as whole words in any case")
    lookback_hours: int = Field(24, ge=1, le=168, description="how far back the first poll goes")
    measure: str = "likes"

    @field_validator("user_agent")
    @classmethod
    def _descriptive(cls, value: str) -> str:
        if len(value) < 7 or not value.isascii() or not value.isprintable():
            raise ValueError("Reddit wants platform:app:version (by /u/name), in plain ASCII")
        return value

    @field_validator("subreddits")
    @classmethod
    def _named(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        for value in values:
            if not re.fullmatch(r"[A-Za-z0-9_]{2,21}", value):
                raise ValueError(f"{value!r} is not a subreddit's name; write acme for reddit.com/r/acme")
        return values

    @model_validator(mode="after")
    def _readable(self) -> Settings:
        if self.comments and not any(word.strip() for word in self.words):
            raise ValueError("words is empty: name the brand, or set comments = false")
        if self.comments and {"all", "popular"} & {name.lower() for name in self.subreddits}:
            raise ValueError("comments of all and popular pass too fast to be read: set comments = false")
        return self


class Listing(BaseModel):
    """What is known of one listing: all before `since`, and of what came later the names in `seen` (with times).

    `after` is None unless a gap is being closed; then the pages so far, asked for from `started` on, brought `count`
    things between `reached` and `newest`. Times are Unix seconds by Reddit's clock.
    """

    since: float
    seen: dict[str, float] = {}
    after: str | None = None
    started: float = 0.0
    reached: float = 0.0
    newest: float = 0.0
    count: int = 0


class Cursor(BaseModel):
    """`searched` is the time that the search covered, kept until the comments have covered it, too."""

    paging: Literal["search", "comments"] = "search"
    searched: tuple[float, float] | None = None
    search: Listing
    comments: Listing


class RedditSource(Source):
    read_size = 100

    def __init__(self, settings: Settings, name: str) -> None:
        import praw
        import requests

        self.name = name
        self._settings = settings
        self._subreddits = "+".join(settings.subreddits)
        words = "|".join(re.escape(word.strip()) for word in settings.words if word.strip())
        self._brand = re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE)
        self._pause = 0.0  # seconds that the last answer asked to wait
        self._resume = datetime.min.replace(tzinfo=UTC)
        self.session = requests.Session()
        self.session.auth = lambda request: request  # or a ~/.netrc would replace the token
        guarded = functools.partial(self._request, self.session.request)
        self.session.request = guarded  # type: ignore[method-assign]
        self.client = praw.Reddit(
            "DEFAULT",  # this and all below are given, so that no praw.ini and no environment variable changes them
            client_id=settings.client_id,
            client_secret=settings.client_secret.get_secret_value(),
            user_agent=settings.user_agent,
            username=None,
            password=None,
            refresh_token=None,
            redirect_uri=None,
            check_for_updates=False,
            check_for_async=False,
            oauth_url="https://oauth.reddit.com",
            reddit_url="https://www.reddit.com",
            requestor_kwargs={"session": self.session},
        )

    def poll(self, cursor: str | None, now: datetime, lane: str = "", room: int | None = None) -> Batch:  # noqa: ARG002
        """One page of one listing: search until its gap is closed, then comments until theirs is."""
        state = self._state(cursor, now)
        comments = state.paging == "comments" and self._settings.comments
        listing = state.comments if comments else state.search
        page, after = self._page(comments, listing.after, now)
        wanted = [
            thing
            for thing in page
            if not _gone(thing) and (not comments or self._brand.search(text_at(thing, "body")))
        ]
        step = _advance(listing, page, wanted, after, now)
        if comments:
            state.comments = step.listing
        else:
            state.search = step.listing
        open_gap = step.covered is None
        comments_next = comments if open_gap else self._settings.comments and not comments
        state.paging = "comments" if comments_next else "search"
        covered = [step.lost] if step.lost else []
        if step.covered:
            start, end = step.covered
            if comments and state.searched:
                start, end = max(start, state.searched[0]), min(end, state.searched[1])
            state.searched = (start, end) if comments_next else None
            if start < end and not comments_next:
                covered.append(Interval(_time(start), _time(end)))
        return Batch(
            mentions=tuple(self._mention(thing) for thing in step.fresh),
            readings=tuple(self._reading(thing, now) for thing in step.fresh),
            cursor=state.model_dump_json(exclude_defaults=True),
            more=open_gap or comments_next,
            covered=tuple(covered),
        )

    def read(self, ids: Sequence[str], now: datetime) -> Batch:
        """Readings, and what was removed, or whose author is gone, as deleted. Names unknown to Reddit are left out."""
        names = [id for id in ids if _NAME.fullmatch(id)]
        if not names:
            return Batch()
        things, _ = self._things(self._call(now, "api/info", id=",".join(names)))
        found = [thing for thing in things if thing["name"] in names]
        return Batch(
            readings=tuple(self._reading(thing, now) for thing in found if not _gone(thing)),
            deleted=tuple(Deleted(self.name, thing["name"], now) for thing in found if _gone(thing)),
        )

    def check(self) -> str:
        """Two requests: do the subreddits exist, and does the search work?"""
        now = datetime.now(UTC)
        names = {name.lower(): name for name in self._settings.subreddits}
        answer = self._call(now, "api/info", sr_name=",".join(names.values()))
        known = {
            text_at(object_at(t, "data"), "display_name").lower()
            for t in objects_at(object_at(answer, "data"), "children")
        }
        if missing := sorted(names[name] for name in set(names) - known - {"all", "popular"}):
            text = f"Reddit has no subreddit {', '.join(missing)}"
            raise SourceError(f"{self.name}: {text}", permanent=True)
        self._page(False, None, now)
        return f"{self.name}: credentials and search work in r/{self._subreddits}"

    def _state(self, cursor: str | None, now: datetime) -> Cursor:
        if cursor is None:
            since = (now - timedelta(hours=self._settings.lookback_hours)).timestamp()
            return Cursor(search=Listing(since=since), comments=Listing(since=since))
        try:
            return Cursor.model_validate_json(cursor)
        except ValidationError:
            raise SourceError(f"{self.name}: the stored cursor can't be read", permanent=True) from None

    def _page(
        self, comments: bool, after: str | None, now: datetime
    ) -> tuple[list[dict[str, Any]], str | None]:
        params: dict[str, str | int] = {"limit": 100} | ({"after": after} if after else {})
        if comments:
            return self._things(self._call(now, f"r/{self._subreddits}/comments", **params))
        params |= {"q": self._settings.query, "restrict_sr": 1, "sort": "new", "t": "all", "type": "link"}
        return self._things(self._call(now, f"r/{self._subreddits}/search", **params))

    def _things(self, answer: dict[str, Any]) -> tuple[list[dict[str, Any]], str | None]:
        """The posts and comments of a listing, each with a name and a time, and the anchor of its next page."""
        listing = object_at(answer, "data")
        things = [object_at(child, "data") for child in objects_at(listing, "children")]
        whole = [t for t in things if _NAME.fullmatch(text_at(t, "name")) and _is_time(t.get("created_utc"))]
        return whole, text_at(listing, "after") or None

    def _call(self, now: datetime, path: str, **params: str | int) -> dict[str, Any]:
        import prawcore

        if now < self._resume:
            wait = (self._resume - now).total_seconds()
            raise SourceError(f"{self.name}: Reddit asked to slow down", retry_after=wait)
        self._pause = 0.0
        try:
            answer = self.client.request(method="GET", path=path, params=params)
        except prawcore.RequestException as error:
            cause = error.original_exception
            raise (cause if isinstance(cause, SourceError) else self._unreadable(cause)) from None
        except (prawcore.OAuthException, prawcore.InvalidToken, prawcore.InsufficientScope):
            raise SourceError(f"{self.name}: {_REFUSED}", permanent=True) from None
        except Exception as error:  # prawcore trips in many ways over answers that are not as documented
            raise self._unreadable(error) from None
        finally:
            if self._pause:
                self._resume = now + timedelta(seconds=self._pause)
        if not isinstance(answer, dict):
            raise self._unreadable(None)
        return answer

    def _unreadable(self, error: Exception | None) -> SourceError:
        what = f" ({type(error).__name__})" if error else ""
        return SourceError(f"{self.name}: Reddit sent something that can't be read{what}")

    def _request(self, send: Callable[..., Any], method: str, url: str, **kwargs: Any) -> Any:
        """Every request of praw passes here, so that no refusal reaches prawcore, which would sleep and try again."""
        import requests

        try:
            response = send(method, url, **(kwargs | {"timeout": TIMEOUT}))
        except requests.Timeout:
            raise SourceError(f"{self.name}: Reddit did not answer within {TIMEOUT:g} seconds") from None
        except requests.ConnectionError:
            raise SourceError(f"{self.name}: Reddit can't be reached") from None
        status, headers = response.status_code, response.headers
        remaining, _, reset = (seconds(headers.pop(name, None)) for name in _LIMITS)
        self._pause = reset or 0.0 if remaining is not None and remaining < 1 else 0.0
        if status < 300 or (status == 401 and "/api/v1/access_token" not in url):  # an old token is renewed
            return response
        if status == 429 or status >= 500:
            text = "asks to slow down" if status == 429 else f"answers {status}"
            wait = seconds(headers.get("retry-after")) or (reset if status == 429 else None)
            raise SourceError(f"{self.name}: Reddit {text}", retry_after=wait)
        if "/api/v1/access_token" in url:
            raise SourceError(f"{self.name}: {_REFUSED}", permanent=True)
        text = _HINTS.get(status, f"Reddit answers {status}").format(self._subreddits)
        raise SourceError(f"{self.name}: {text}", permanent=status in _HINTS)

    def _mention(self, thing: dict[str, Any]) -> Mention:
        author, name = text_at(thing, "author"), thing["name"]
        text = "\n\n".join(filter(None, (text_at(thing, key) for key in ("title", "selftext", "body"))))
        link = text_at(thing, "link_id")[3:] or name[3:]
        path = text_at(thing, "permalink") or f"/comments/{link}/_/{name[3:]}/"
        return Mention(
            source=self.name,
            id=name,
            author=Author(text_at(thing, "author_fullname") or author, author, author),
            text=text,
            url=f"https://www.reddit.com/{path.lstrip('/')}",
            created_at=_time(thing["created_utc"]),
            in_reply_to=text_at(thing, "parent_id") or None,
        )

    def _reading(self, thing: dict[str, Any], now: datetime) -> Reading:
        """Scores below zero count as zero; while Reddit hides a score there are no likes."""
        hidden = thing.get("hide_score") or thing.get("score_hidden")
        return Reading(
            source=self.name,
            id=thing["name"],
            at=now,
            likes=None if hidden else count_at(thing, "score"),
            replies=count_at(thing, "num_comments"),
            reposts=count_at(thing, "num_crossposts"),
        )


def build(settings: Settings, name: str, brand: Brand) -> Source:  # noqa: ARG001
    """The source `name`; nothing is asked of Reddit yet. SourceError when praw can't start."""
    try:
        return RedditSource(settings, name)
    except (configparser.Error, UnicodeError):
        text = "praw can't read the praw.ini of this folder or of ~/.config; remove it, snapwatch needs none"
        raise SourceError(f"{name}: {text}", permanent=True) from None


class Step(NamedTuple):
    """What one more page makes of a listing; `covered` is None while its gap is open."""

    listing: Listing
    fresh: list[dict[str, Any]]
    covered: tuple[float, float] | None = None
    lost: Interval | None = None


def _advance(
    listing: Listing,
    page: list[dict[str, Any]],
    wanted: list[dict[str, Any]],
    after: str | None,
    now: datetime,
) -> Step:
    first = listing.after is None
    times = [float(thing["created_utc"]) for thing in page]
    since, started = listing.since, now.timestamp() if first else listing.started
    oldest = min(times, default=started if first else listing.reached)
    newest = max([*times, 0.0 if first else listing.newest])
    count = len(page) + (0 if first else listing.count)
    fresh = [t for t in wanted if t["created_utc"] >= since and t["name"] not in listing.seen]
    seen = listing.seen | {thing["name"]: float(thing["created_utc"]) for thing in fresh}
    if after and page and oldest >= since:
        return Step(
            Listing(
                since=since,
                seen=seen,
                after=after,
                started=started,
                reached=oldest,
                newest=newest,
                count=count,
            ),
            fresh,
        )
    anchor_deleted = not page and not first
    cut = oldest >= since and (anchor_deleted or count >= SHORTEST_CUT)
    note = "Reddit's listing ended before the last poll was reached"
    lost = Interval(_time(since), _time(oldest), complete=False, note=note) if cut else None
    next_since = max(since, newest - OVERLAP)
    known = {name: time for name, time in seen.items() if time >= next_since}
    return Step(Listing(since=next_since, seen=known), fresh, (oldest if cut else since, started), lost)


def _gone(thing: dict[str, Any]) -> bool:
    text = thing.get("selftext") or thing.get("body")
    return (
        thing.get("author") in (None, "[deleted]")
        or text in _REMOVED
        or bool(thing.get("removed_by_category"))
    )


def _is_time(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 2**32


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
