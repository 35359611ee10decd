"""Pure: what Mastodon sends, as the project's words. Nothing in it may be as documented."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple
from urllib.parse import quote

from pydantic import AwareDatetime

from monitor.intake.outside import count_at, object_at, objects_at, text_at
from monitor.model import Author, Mention, Reading
from sources.markup import plain

ID = re.compile(r"[0-9A-Za-z]{1,64}")
"""Numbers on Mastodon, ULIDs on GoToSocial, other letters on Pleroma."""


class Post(NamedTuple):
    """A post's place in a listing. `edited` is when its text was last changed, "" when never."""

    id: str
    at: AwareDatetime
    edited: str = ""


Entry = tuple[Post, dict[str, Any]]
"""A place, and the status that stands there."""


def entries(found: Sequence[dict[str, Any]], inside: str = "") -> list[Entry]:
    """What is whole of a listing. `inside` is where its entries keep their status, "" when they are it."""
    pairs = [(each, object_at(each, inside) if inside else each) for each in found]
    return [(post, status) for each, status in pairs if (post := _post(each, status))]


def _post(entry: dict[str, Any], status: dict[str, Any]) -> Post | None:
    id, at = text_at(entry, "id"), time(status.get("created_at"))
    if at is None or not ID.fullmatch(id) or not ID.fullmatch(text_at(status, "id")):
        return None
    edited = time(status.get("edited_at"))
    return Post(id, at, edited.isoformat() if edited else "")


def settled(
    anchor: Post | None, recent: Sequence[Post], page: Sequence[Entry], since: datetime, most: int
) -> tuple[Post | None, list[Post]]:
    """The anchor after a page, and what stands above it: at most so many posts, all written after `since`."""
    known = {post.id: post for post in (*([anchor] if anchor else []), *recent, *(post for post, _ in page))}
    ordered = sorted(known.values(), key=lambda post: post.at)
    kept = [post for post in ordered if post.at > since][-most:]
    below = ordered[: len(ordered) - len(kept)]
    return below[-1] if below else anchor, kept


def is_public(status: dict[str, Any]) -> bool:
    """For everyone to read, and the author's own: no boost of another one's post."""
    return text_at(status, "visibility") in ("public", "unlisted") and not object_at(status, "reblog")


def text_of(status: dict[str, Any]) -> str:
    """The warning before it, the text, and the hashtags that stand only beside it, as some servers send them."""
    shown = "\n\n".join(filter(None, (plain(text_at(status, key)) for key in ("spoiler_text", "content"))))
    tags = [f"#{text_at(tag, 'name')}" for tag in objects_at(status, "tags") if text_at(tag, "name")]
    beside = " ".join(tag for tag in tags if tag.casefold() not in shown.casefold())
    return "\n\n".join(filter(None, (shown, beside)))


def address(server: str, status: dict[str, Any]) -> str:
    """Where the post is shown; at `server` where it names no address of its own."""
    named = (text_at(status, key) for key in ("url", "uri"))
    handle = text_at(object_at(status, "account"), "acct")
    return next(
        (each for each in named if re.fullmatch(r"https://[!-~]+", each)),
        f"{server}/@{quote(handle)}/{text_at(status, 'id')}",
    )


def mention_of(name: str, server: str, post: Post, status: dict[str, Any]) -> Mention:
    account, quoted = object_at(status, "account"), object_at(status, "quote")
    id, handle, language = text_at(status, "id"), text_at(account, "acct"), text_at(status, "language")
    return Mention(
        source=name,
        id=id,
        author=Author(
            text_at(account, "id") or handle,
            handle,
            text_at(account, "display_name"),
            count_at(account, "followers_count"),
        ),
        text=text_of(status),
        url=address(server, status),
        created_at=post.at,
        language=language if re.fullmatch("[a-z]{2}", language) else None,
        in_reply_to=text_at(status, "in_reply_to_id") or None,
        quoted=text_at(object_at(quoted, "quoted_status"), "id")
        or text_at(quoted, "quoted_status_id")
        or None,
    )


def reading_of(name: str, status: dict[str, Any], now: datetime) -> Reading:
    return Reading(
        source=name,
        id=text_at(status, "id"),
        at=now,
        likes=count_at(status, "favourites_count"),
        replies=count_at(status, "replies_count"),
        reposts=count_at(status, "reblogs_count"),
        quotes=count_at(status, "quotes_count"),  # since Mastodon 4.5
    )


def time(value: object) -> datetime | None:
    """The moment that a value of Mastodon.py, or a header, names; None for anything else."""
    try:
        if isinstance(value, str):
            value = parsedate_to_datetime(value) if "," in value else datetime.fromisoformat(value)
        if not isinstance(value, datetime) or value.tzinfo is None or not 1 < value.year < 9999:
            return None
        return value.astimezone(UTC)
    except ValueError:
        return None
