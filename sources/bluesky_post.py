"""Pure: what a post of Bluesky says, as the network records it and as the app view shows it. What is not as documented
is left out, never an error."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, NamedTuple

from monitor.intake.outside import count_at, object_at, text_at
from monitor.model import Author, Mention, Reading
from sources.bluesky_stream import URI, micros

_TID = "234567abcdefghijklmnopqrstuvwxyz"


class Post(NamedTuple):
    """`at` is when the network saw it."""

    uri: str
    record: dict[str, Any]
    at: datetime


def mention(source: str, post: Post, profile: dict[str, Any]) -> Mention:
    did, rkey = author(post.uri), post.uri.rsplit("/", 1)[1]
    languages = post.record.get("langs")
    language = text_at({"": languages[0]}, "") if isinstance(languages, list) and languages else ""
    return Mention(
        source=source,
        id=post.uri,
        author=Author(
            id=did,
            handle=text_at(profile, "handle") or did,
            name=text_at(profile, "displayName"),
            followers=count_at(profile, "followersCount"),
        ),
        text=text(post.record),
        url=f"https://bsky.app/profile/{did}/post/{rkey}",
        created_at=_time(text_at(post.record, "createdAt")) or post.at,
        language=language.split("-")[0].lower() or None,
        in_reply_to=_uri(object_at(object_at(post.record, "reply"), "parent")),
        quoted=_quoted(object_at(post.record, "embed")),
    )


def reading(source: str, view: dict[str, Any], now: datetime) -> Reading:
    return Reading(
        source,
        text_at(view, "uri"),
        now,
        likes=count_at(view, "likeCount"),
        replies=count_at(view, "replyCount"),
        reposts=count_at(view, "repostCount"),
        quotes=count_at(view, "quoteCount"),
    )


def text(record: dict[str, Any]) -> str:
    """What the post says, with the title of the page that it shows."""
    embed = object_at(record, "embed")
    card = object_at(embed, "external") or object_at(object_at(embed, "media"), "external")
    return "\n".join(part for part in (text_at(record, "text"), text_at(card, "title")) if part)


def _quoted(embed: dict[str, Any]) -> str | None:
    quote = object_at(embed, "record")
    return _uri(quote) or _uri(object_at(quote, "record"))


def _uri(reference: dict[str, Any]) -> str | None:
    uri = text_at(reference, "uri")
    return uri if URI.fullmatch(uri) else None


def author(uri: str) -> str:
    return uri.removeprefix("at://").split("/", 1)[0]


def written_before(uri: str, than: datetime) -> bool:
    """By the post's key, which is the moment of writing in base 32; one that is none is old."""
    rkey = uri.rsplit("/", 1)[1]
    if len(rkey) != 13 or not set(rkey) <= set(_TID):
        return True
    written = 0
    for character in rkey:
        written = written << 5 | _TID.index(character)
    return written >> 10 < micros(than)


def tid(micros: int, number: int) -> str:
    """A record key: the moment in microseconds, and which one of that moment, modulo 1024."""
    value = micros << 10 | number % 1024
    return "".join(_TID[value >> shift & 31] for shift in range(60, -1, -5))


def sorted_at(view: dict[str, Any], now: datetime) -> datetime:
    """As Bluesky sorts: when it was written, but no later than it was seen."""
    said = (text_at(object_at(view, "record"), "createdAt"), text_at(view, "indexedAt"))
    return min([now, *(time for each in said if (time := _time(each)))])


def _time(text: str) -> datetime | None:
    try:
        return _utc(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        return None


def _utc(time: datetime) -> datetime:
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
