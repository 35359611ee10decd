"""YouTube's Data API through Google's library, over the guarded session: what its answers and refusals mean."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import quote
from zoneinfo import ZoneInfo

import requests

from monitor.errors import SourceError
from monitor.intake.outside import count_at, object_at, objects_at, text_at, time_at
from monitor.model import Author, Mention, Reading
from sources.http import HINTS, Session
from sources.newest import Entry, key

PACIFIC = ZoneInfo("America/Los_Angeles")  # where YouTube's day begins

MISSING = {
    "commentsDisabled": "comments are switched off there",
    "videoNotFound": "there is no such video",
    "channelNotFound": "there is no such channel",
    "commentNotFound": "there is no such comment",
    "commentThreadNotFound": "there is no such comment",
    "playlistNotFound": "there is no such channel",
    "forbidden": "nobody but its owner may read that",
}
VIDEO = re.compile(r"[\w-]{11}", re.ASCII)
COMMENT = re.compile(r"[\w-]{12,80}(\.[\w-]{4,80})?", re.ASCII)
"""The id of a comment; that of a reply begins with its thread's, and a dot."""

_USED_UP = {"quotaExceeded", "dailyLimitExceeded"}
_TOO_FAST = {"rateLimitExceeded", "userRateLimitExceeded", "processingFailure", "backendError"}
_KEY = "YouTube refuses the API key; make one for the YouTube Data API v3 in Google's cloud console"


class MissingError(SourceError):
    """What was asked for is not there, or its comments are switched off: nothing that another try changes."""


class StaleTokenError(SourceError):
    """YouTube no longer knows the page: begin at the top."""


class YouTube:
    """`ask` calls one method of the API. SourceError says why it can't."""

    def __init__(self, name: str, api_key: str) -> None:
        from googleapiclient.discovery import build

        self.name = name
        self._now = datetime.now(UTC)
        self.session = Session(name, "YouTube")
        # In a header: addresses are logged.
        self.session.headers["X-Goog-Api-Key"] = api_key
        self._api = build("youtube", "v3", http=self, static_discovery=True, cache_discovery=False)

    def ask(self, now: datetime, collection: str, **params: Any) -> dict[str, Any]:
        """The answer of `collection`.list."""
        call = getattr(self._api, collection)().list(**params)
        self._now = now
        try:
            answer = call.execute()
        except SourceError:
            raise
        except Exception as error:  # the library trips in many ways over answers that are not as documented
            raise self.session.unreadable(type(error).__name__) from None
        if not isinstance(answer, dict) or not isinstance(answer.get("items"), list):
            raise self.session.unreadable("it has no items")
        return answer

    def request(
        self, uri: str, method: str = "GET", body: Any = None, headers: Any = None, **_: Any
    ) -> tuple[Any, bytes]:
        """What Google's library wants of httplib2.Http: the response and its body, for answers that are no refusal.

        Not redirected: the key goes to no other host.
        """
        import httplib2

        response = self.session.request(method, uri, data=body, headers=headers, allow_redirects=False)
        if not 200 <= response.status_code < 300:
            raise self._refused(response)
        return httplib2.Response({"status": str(response.status_code)}), response.content

    def _refused(self, response: requests.Response) -> SourceError:
        try:
            body = response.json()
        except (ValueError, RecursionError):
            body = None
        error = object_at(body, "error") if isinstance(body, dict) else {}
        reasons = {text_at(each, "reason") for each in objects_at(error, "errors")}
        reasons |= {text_at(each, "reason") for each in objects_at(error, "details")}
        if reasons & _USED_UP:
            text = "YouTube's units of the day are used up; new ones come at midnight Pacific time"
            return SourceError(f"{self.name}: {text}", retry_after=_until_midnight(self._now))
        if reasons & _TOO_FAST:
            return self.session.refused(response, self._now, {})
        if any(reason.startswith("API_KEY_") for reason in reasons):  # "forbidden" comes beside it
            return SourceError(f"{self.name}: {_KEY}", permanent=True)
        if missing := [words for reason, words in MISSING.items() if reason in reasons]:
            return MissingError(f"{self.name}: YouTube says: {missing[0]}", permanent=True)
        if "invalidPageToken" in reasons:
            return StaleTokenError(f"{self.name}: YouTube no longer knows the page")
        if reasons & {"keyInvalid", "accessNotConfigured", "keyExpired"}:
            return SourceError(f"{self.name}: {_KEY}", permanent=True)
        return self.session.refused(response, self._now, HINTS)


class Comment(NamedTuple):
    mention: Mention
    reading: Reading
    entry: Entry


def comment_of(
    source: str, item: dict[str, Any], video: str, now: datetime, replies: int | None = None
) -> Comment | None:
    """A comment, or a reply to one, under `video`; None for what is none."""
    snippet, id = object_at(item, "snippet"), text_at(item, "id")
    at = time_at(snippet, "publishedAt")
    if not COMMENT.fullmatch(id) or at is None:
        return None
    name = text_at(snippet, "authorDisplayName")
    mention = Mention(
        source=source,
        id=id,
        author=Author(
            text_at(object_at(snippet, "authorChannelId"), "value") or name, name.removeprefix("@"), name
        ),
        text=text_at(snippet, "textOriginal") or text_at(snippet, "textDisplay"),
        url=f"https://www.youtube.com/watch?v={quote(video)}&lc={id}",
        created_at=at,
        in_reply_to=id.partition(".")[0] if "." in id else None,
    )
    reading = Reading(source, id, now, likes=count_at(snippet, "likeCount"), replies=replies)
    return Comment(mention, reading, Entry(key(id, text_at(snippet, "updatedAt")), at))


def video_of(source: str, item: dict[str, Any]) -> Mention | None:
    """A video that a search found; its words come as HTML."""
    id, snippet = text_at(object_at(item, "id"), "videoId"), object_at(item, "snippet")
    at, name = time_at(snippet, "publishedAt"), html.unescape(text_at(snippet, "channelTitle"))
    if not VIDEO.fullmatch(id) or at is None:
        return None
    text = html.unescape(f"{text_at(snippet, 'title')}\n\n{text_at(snippet, 'description')}").strip()
    author = Author(text_at(snippet, "channelId"), name, name)
    return Mention(source, id, author, text, f"https://www.youtube.com/watch?v={id}", at)


def reading_of(source: str, id: str, item: dict[str, Any], now: datetime) -> Reading:
    """The counters of a video, which come as text, of a thread, or of a reply."""
    if VIDEO.fullmatch(id):
        counts = object_at(item, "statistics")
        likes, replies, views = (
            int(said) if re.fullmatch("[0-9]{1,18}", said := text_at(counts, name)) else None
            for name in ("likeCount", "commentCount", "viewCount")
        )
        return Reading(source, id, now, likes=likes, replies=replies, views=views)
    snippet = object_at(item, "snippet")
    comment = object_at(object_at(snippet, "topLevelComment"), "snippet") or snippet
    likes, replies = count_at(comment, "likeCount"), count_at(snippet, "totalReplyCount")
    return Reading(source, id, now, likes=likes, replies=replies)


def _until_midnight(now: datetime) -> float:
    here = now.astimezone(PACIFIC)
    midnight = (here + timedelta(days=1)).replace(hour=0, minute=1, second=0, microsecond=0)
    return midnight.timestamp() - now.timestamp()
