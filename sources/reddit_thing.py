"""Pure: Reddit's posts and comments as mentions and readings."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from monitor.intake.outside import count_at, object_at, objects_at, text_at
from monitor.model import Author, Mention, Reading

_NAME = re.compile(r"t[13]_[0-9a-z]+")
_REMOVED = ("[deleted]", "[removed]", "[ Removed by Reddit ]")


def is_name(text: str) -> bool:
    """Whether it is a full name of a post (t3_) or a comment (t1_)."""
    return bool(_NAME.fullmatch(text))


def things_of(answer: dict[str, Any]) -> tuple[list[dict[str, Any]], str | None]:
    """The posts and comments of a listing, each with a name and a time, and where its next page begins."""
    listing = object_at(answer, "data")
    things = [object_at(child, "data") for child in objects_at(listing, "children")]
    whole = [each for each in things if is_name(text_at(each, "name")) and _is_time(each.get("created_utc"))]
    return whole, text_at(listing, "after") or None


def mention(source: str, thing: dict[str, Any]) -> Mention:
    author = text_at(thing, "author")
    return Mention(
        source=source,
        id=thing["name"],
        author=Author(text_at(thing, "author_fullname") or author, author, author),
        text=text_of(thing),
        url=url_of(thing),
        created_at=time_of(thing),
        in_reply_to=text_at(thing, "parent_id") or None,
    )


def reading(source: str, thing: dict[str, Any], now: datetime) -> Reading:
    """Scores below zero count as zero; while Reddit hides a score there are no likes."""
    hidden = thing.get("hide_score") or thing.get("score_hidden")
    return Reading(
        source=source,
        id=thing["name"],
        at=now,
        likes=None if hidden else count_at(thing, "score"),
        replies=count_at(thing, "num_comments"),
        reposts=count_at(thing, "num_crossposts"),
    )


def text_of(thing: dict[str, Any]) -> str:
    return "\n\n".join(filter(None, (text_at(thing, key) for key in ("title", "selftext", "body"))))


def url_of(thing: dict[str, Any]) -> str:
    name = thing["name"]
    link = text_at(thing, "link_id")[3:] or name[3:]
    path = text_at(thing, "permalink") or text_at(thing, "context").partition("?")[0]
    path = path or f"/comments/{link}/_/{name[3:]}/"
    return f"https://www.reddit.com/{path.lstrip('/')}"


def is_gone(thing: dict[str, Any]) -> bool:
    text = thing.get("selftext") or thing.get("body")
    return (
        thing.get("author") in (None, "[deleted]")
        or text in _REMOVED
        or bool(thing.get("removed_by_category"))
    )


def time_of(thing: dict[str, Any]) -> datetime:
    return datetime.fromtimestamp(thing["created_utc"], UTC)


def _is_time(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 2**32
