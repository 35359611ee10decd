"""Pure: X's answers as mentions and readings, what X bills for them, and X's ids, which grow with time."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from monitor.intake.outside import count_at, object_at, objects_at, text_at
from monitor.model import Author, Batch, Billed, Deleted, Mention, Reading

POST, AUTHOR, REQUEST = 0.005, 0.010, 0.005
"""US dollars for a post, for the author that comes with it, and for a request that counts."""

FIELDS = ("created_at", "lang", "note_tweet", "public_metrics", "referenced_tweets")

_ID = re.compile(r"[0-9]{1,19}")
_EPOCH = 1_288_834_974_657  # ms; an X id is the milliseconds since then, shifted by 22 bits
_LANGUAGES = {"in": "id", "iw": "he"}  # X keeps two codes that ISO 639-1 gave up


def is_id(text: str) -> bool:
    return bool(_ID.fullmatch(text)) and int(text) < 2**63


def id_at(time: datetime) -> int:
    """The smallest id that a post of this moment can have."""
    return max(int(time.timestamp() * 1000) - _EPOCH, 0) << 22


def time_of(id: int) -> datetime:
    return datetime.fromtimestamp(((id >> 22) + _EPOCH) / 1000, UTC)


def key(data: dict[str, Any], name: str) -> str:
    """`name`, or what X's newer description calls it: "posts" in place of "tweets"."""
    return name if name in data else name.replace("tweet", "post")


def posts_of(answer: dict[str, Any]) -> list[dict[str, Any]]:
    return [post for post in objects_at(answer, "data") if is_id(str(post.get("id")))]


def brought(source: str, answer: dict[str, Any], now: datetime) -> Batch:
    """All that an answer with posts says, reposts left out. Of a post that was edited only its newest version stays:
    the ids of the versions before it are deleted."""
    posts = posts_of(answer)
    users = objects_at(object_at(answer, "includes"), "users")
    authors = {str(user.get("id")): user for user in users}
    kept = [post for post in posts if reference(post, "retweeted") is None and not is_old_version(post)]
    gone = [id for post in posts for id in _versions(post) if int(id) < max(map(int, _versions(post)))]
    return Batch(
        mentions=tuple(_mention(source, post, authors) for post in kept),
        readings=tuple(reading(source, post, now) for post in kept if has_counters(post)),
        deleted=tuple(Deleted(source, id, now) for id in dict.fromkeys(gone)),
        billed=(*billed(posts), *(Billed(f"author {id}", AUTHOR) for id in authors)),
    )


def billed(posts: Sequence[dict[str, Any]]) -> tuple[Billed, ...]:
    return tuple(Billed(f"post {post.get('id')}", POST) for post in posts)


def text_of(post: dict[str, Any]) -> str:
    """The whole text, with & and angle brackets escaped, as X sends it."""
    return text_at(object_at(post, key(post, "note_tweet")), "text") or text_at(post, "text")


def has_counters(post: dict[str, Any]) -> bool:
    return bool(object_at(post, "public_metrics"))


def is_old_version(post: dict[str, Any]) -> bool:
    """Whether the post was edited into one with another id."""
    return any(int(id) > int(post["id"]) for id in _versions(post))


def reading(source: str, post: dict[str, Any], now: datetime) -> Reading:
    metrics = object_at(post, "public_metrics")
    return Reading(
        source=source,
        id=str(post["id"]),
        at=now,
        likes=count_at(metrics, "like_count"),
        replies=count_at(metrics, "reply_count"),
        reposts=count_at(metrics, key(metrics, "retweet_count")),
        quotes=count_at(metrics, "quote_count"),
        views=count_at(metrics, "impression_count"),
    )


def _mention(source: str, post: dict[str, Any], authors: dict[str, dict[str, Any]]) -> Mention:
    author_id = text_at(post, "author_id") or "unknown"
    user = authors.get(author_id, {})  # left out for suspended users: the post still counts
    handle = text_at(user, "username")
    language = str(post.get("lang"))
    followers = count_at(object_at(user, "public_metrics"), "followers_count")
    return Mention(
        source=source,
        id=str(post["id"]),
        author=Author(author_id, handle, text_at(user, "name"), followers),
        text=html.unescape(text_of(post)),
        url=f"https://x.com/{handle or 'i'}/status/{post['id']}",
        created_at=_created(post),
        language=_LANGUAGES.get(language, language) if len(language) == 2 else None,
        in_reply_to=reference(post, "replied_to"),
        quoted=reference(post, "quoted"),
    )


def _created(post: dict[str, Any]) -> datetime:
    try:
        return datetime.fromisoformat(post["created_at"]).astimezone(UTC)
    except (KeyError, OverflowError, TypeError, ValueError):
        return time_of(int(post["id"]))


def reference(post: dict[str, Any], kind: str) -> str | None:
    """The id of the post that this one is a `kind` of: retweeted, replied_to or quoted."""
    others = (each for each in objects_at(post, key(post, "referenced_tweets")) if each.get("type") == kind)
    return next((text_at(each, "id") for each in others), None) or None


def _versions(post: dict[str, Any]) -> list[str]:
    """The ids of the post and of all that it was, or became, by edits."""
    history = post.get(key(post, "edit_history_tweet_ids"))
    others = history if isinstance(history, list) else []
    return [str(post["id"]), *(each for each in others if isinstance(each, str) and is_id(each))]
