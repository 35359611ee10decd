"""Replies on Bluesky, through the AT Protocol's own client.

A reply's record key is made from what was approved, so that the same reply has one place only, and looking there says
whether it was posted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, TypeVar

from pydantic import Field, model_validator

from monitor.errors import PostError, SourceError
from monitor.intake.outside import object_at, objects_at, text_at
from monitor.model import Mention
from monitor.ports import Poster
from monitor.reply import Approved, Posted
from monitor.settings import Secret, Settings
from sources import http, posting
from sources.bluesky_client import Client, RefusedError
from sources.bluesky_post import author, tid, written_before
from sources.bluesky_stream import POST, URI, micros
from sources.http import Session

INDEXING = timedelta(minutes=10)
"""A younger post that Bluesky does not show may be on its way still."""

_HINTS = http.HINTS | {403: "does not let this account reply there"}
_Answer = TypeVar("_Answer")


class ReplySettings(Settings):
    """The table is there: approved replies are posted."""

    identifier: str | None = Field(
        None, min_length=1, description="handle of the account that replies; absent: identifier of the source"
    )
    app_password: Secret | None = Field(None, description="an app password of that account")

    @model_validator(mode="after")
    def _both(self) -> ReplySettings:
        if (self.identifier is None) != (self.app_password is None):
            raise ValueError("identifier and app_password belong together")
        return self


class Place(NamedTuple):
    """Where a reply goes: the post that is answered and the thread's first one, each as a strong reference; and who has
    written the first, by all their handles."""

    parent: dict[str, str]
    root: dict[str, str]
    handles: frozenset[str]


class BlueskyPoster(Poster):
    def __init__(self, name: str, server: str, identifier: str, password: str) -> None:
        self.name = name
        self._at = server
        self.session = Session(name, "Bluesky")
        self._client = Client(self.session, server, identifier, password, _HINTS)

    def __repr__(self) -> str:
        return f"BlueskyPoster({self.name!r})"

    def post(self, reply: Approved, to: Mention, now: datetime) -> Posted:
        """Bluesky hides a reply that its thread does not allow without a word, so the thread is asked first."""
        return self._logged_in(lambda: self._post(reply, to, now))

    def find(self, reply: Approved, to: Mention, since: datetime, now: datetime) -> Posted | None:  # noqa: ARG002
        return self._logged_in(lambda: self._found(self._did(now), reply, to, now))

    def check(self) -> str:
        """Logs in."""
        account = self._logged_in(lambda: self._account(datetime.now(UTC)))
        if account.get("active") is False:
            raise self._never("suspends the account, or it is deactivated")
        handle = "".join(each for each in text_at(account, "handle") if each.isprintable())[:253]
        return f"{self.name}: replies as @{handle} on {self._at}"

    def _post(self, reply: Approved, to: Mention, now: datetime) -> Posted:
        from atproto import models

        if not URI.fullmatch(to.id):
            raise PostError(f"{self.name}: the mention's id is none of Bluesky's", permanent=True)
        did, place = self._did(now), self._place(to, now)
        record = models.AppBskyFeedPost.Record(
            text=reply.text,
            created_at=now.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            reply=models.AppBskyFeedPost.ReplyRef(
                parent=models.ComAtprotoRepoStrongRef.Main(**place.parent),
                root=models.ComAtprotoRepoStrongRef.Main(**place.root),
            ),
            facets=facets(reply.text, author(to.id), place.handles) or None,
        )
        where = {"repo": did, "collection": POST, "rkey": key(reply, to)}
        try:
            answer = self._client.do(now, "ComAtprotoRepoCreateRecord", **where, record=record)
        except RefusedError as error:
            if not self._client.logged_in:
                raise
            if found := self._found(
                did, reply, to, now
            ):  # refused, as a rule with a 500, because it is there
                return found
            if error.status == 400:
                raise self._never("refuses the text, which may be too long") from None
            raise
        return self._posted(answer, did, reply, to)

    def _found(self, did: str, reply: Approved, to: Mention, now: datetime) -> Posted | None:
        where = {"repo": did, "collection": POST, "rkey": key(reply, to)}
        try:
            answer = self._client.ask(now, "ComAtprotoRepoGetRecord", **where)
        except RefusedError as error:
            if error.code == "RecordNotFound":
                return None
            raise
        below = object_at(object_at(object_at(answer, "value"), "reply"), "parent")
        if text_at(below, "uri") != to.id:
            raise self.session.unreadable("at the reply's place it has something else")
        return self._posted(answer, did, reply, to)

    def _posted(self, answer: dict[str, Any], did: str, reply: Approved, to: Mention) -> Posted:
        rkey = key(reply, to)
        if text_at(answer, "uri") != f"at://{did}/{POST}/{rkey}":
            raise self.session.unreadable("it names another post")
        return Posted(text_at(answer, "uri"), f"https://bsky.app/profile/{did}/post/{rkey}")

    def _place(self, to: Mention, now: datetime) -> Place:
        answer = self._client.ask(now, "AppBskyFeedGetPosts", uris=[to.id])
        if not isinstance(answer.get("posts"), list):
            raise self.session.unreadable("it names no posts")
        view = next((each for each in objects_at(answer, "posts") if text_at(each, "uri") == to.id), None)
        if view is None:
            raise self._hidden(to, now)
        if object_at(view, "viewer").get("replyDisabled"):
            raise self._never("lets this account not reply there: the thread's author has chosen who may")
        parent = {"uri": to.id, "cid": text_at(view, "cid")}
        root = object_at(object_at(object_at(view, "record"), "reply"), "root") or parent
        root = {"uri": text_at(root, "uri"), "cid": text_at(root, "cid")}
        if not all(re.fullmatch(r"[A-Za-z0-9]+", each["cid"]) for each in (parent, root)) or not root["uri"]:
            raise self.session.unreadable("a post has no version")
        handles = {to.author.handle, text_at(object_at(view, "author"), "handle")}
        return Place(parent, root, frozenset(handle.casefold() for handle in handles))

    def _hidden(self, to: Mention, now: datetime) -> SourceError | PostError:
        """Why the account is not shown the post."""
        try:
            profile = self._client.ask(now, "AppBskyActorGetProfile", actor=author(to.id))
        except RefusedError as error:
            if error.status != 400:
                raise
            profile = {}
        between = object_at(profile, "viewer")
        if between.get("blockedBy"):
            return self._never("lets this account not reply there: the post's author has blocked it")
        if between.get("blocking") or between.get("blockingByList"):
            return self._never("lets this account not reply there: it blocks the post's author")
        if written_before(to.id, now - INDEXING):
            return self._never("does not show the post any more")
        return SourceError(f"{self.name}: Bluesky does not show the post yet, or not any more")

    def _did(self, now: datetime) -> str:
        did = text_at(self._account(now), "did")
        if not re.fullmatch(r"did:[a-z]+:[\w.:%-]+", did, re.ASCII):
            raise self.session.unreadable("it names no account")
        return did

    def _account(self, now: datetime) -> dict[str, Any]:
        return self._client.ask(now, "ComAtprotoServerGetSession")

    def _never(self, text: str) -> PostError:
        return PostError(f"{self.name}: Bluesky {text}", permanent=True)

    def _logged_in(self, attempt: Callable[[], _Answer]) -> _Answer:
        """Once more with a new log-in, when the server refuses a token that was good before: it has done nothing."""
        held = self._client.logged_in
        with posting.as_post_error():
            try:
                return attempt()
            except SourceError:
                if held and not self._client.logged_in:
                    return attempt()
                raise


def key(reply: Approved, to: Mention) -> str:
    """The record key: a moment in the second before the approval, which one told by the reply's fingerprint."""
    mark = int.from_bytes(posting.fingerprint(reply, to))
    second = reply.at.replace(microsecond=0) - timedelta(seconds=1)
    return tid(micros(second) + (mark >> 10) % 1_000_000, mark)


def facets(text: str, customer: str, handles: Iterable[str]) -> list[Any]:
    """What of the text is a link or a hashtag, or names the customer, who goes by any of the handles."""
    from atproto import client_utils, models

    named = [
        models.AppBskyRichtextFacet.Main(
            features=[models.AppBskyRichtextFacet.Mention(did=customer)],
            index=models.AppBskyRichtextFacet.ByteSlice(byte_start=each.byte_start, byte_end=each.byte_end),
        )
        for each in client_utils.detect_mentions(text)
        if each.handle.casefold() in handles
    ]
    return [*named, *client_utils.detect_facets(text)]
