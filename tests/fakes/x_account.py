"""X as an account sees it, on loopback: who it is, its own posts, and replies that are posted.
https://docs.x.com/x-api/posts/create-post, /x-api/users/get-posts, /resources/fundamentals/authentication/oauth-1-0a"""

from __future__ import annotations

import html
import json
import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from oauthlib.common import Request as Signed  # type: ignore[import-untyped]
from oauthlib.oauth1.rfc5849 import signature  # type: ignore[import-untyped]
from twitter_text import extract_urls_with_indices

from tests.fake_platforms import MEANT_FOR, Answer, FakeX, Request, x_post, x_user

KEY, KEY_SECRET = "consumer-SECRET-01", "consumer-secret-SECRET-23"
ACCESS, ACCESS_SECRET = "99-access-SECRET-45", "access-secret-SECRET-67"
ACCOUNT = x_user("99", "kestrelparcels", 40_000)


def forbidden(detail: str) -> Answer:
    return Answer(403, {"title": "Forbidden", "detail": detail, "type": "about:blank", "status": 403})


DUPLICATE = forbidden("You are not allowed to create a Tweet with duplicate content.")
DELETED = forbidden("You attempted to reply to a Tweet that is deleted or not visible to you.")


class FakeXAccount(FakeX):
    """Takes only requests that the account's tokens sign. `own` are the account's posts; `_sent` is what was sent as text,
    of which X shows a text with wrapped links, escaped, and with a handle before it if `auto` is one. `access` is what the
    token may do."""

    def __init__(self, now: datetime | None = None, posts: Iterable[dict[str, Any]] = ()) -> None:
        super().__init__(posts, [x_user(), ACCOUNT], now)
        self.own: list[dict[str, Any]] = []
        self.access = "read-write"
        self.auto = ""

    def answer(self, request: Request) -> Answer:
        if not is_signed(request):
            return Answer(401, {"title": "Unauthorized", "type": "about:blank", "status": 401})
        answer = self._answer(request)
        return Answer(answer.status, answer.body, answer.headers | {"x-access-level": self.access})

    def _answer(self, request: Request) -> Answer:
        match request.method, request.path.removeprefix("/2/").split("/"):
            case "GET", ["users", "me"]:
                return Answer(200, {"data": {key: ACCOUNT[key] for key in ("id", "name", "username")}})
            case "GET", ["users", "99", "tweets"]:
                assert request.params["exclude"] == "retweets"
                newest = sorted(self.own, key=lambda post: int(post["id"]), reverse=True)
                return self._search(request.params, newest, 5)
            case "POST", ["tweets"]:
                return self._create(json.loads(request.body))
        return Answer(404, {"title": "Not Found"})

    def _create(self, asked: dict[str, Any]) -> Answer:
        text, to = asked["text"], asked["reply"]["in_reply_to_tweet_id"]
        if any(post["_sent"] == text for post in self.own):
            return DUPLICATE
        if to not in {post["id"] for post in self.posts} - self.gone.keys():
            return DELETED
        made = self.write(text, to, self.now)
        return Answer(201, {"data": {key: made[key] for key in ("id", "text", "edit_history_tweet_ids")}})

    def write(self, text: str, to: str, at: datetime) -> dict[str, Any]:
        """The account posts that, by whatever way."""
        made = x_post(
            at, self.auto + wrapped(text), author_id="99", sequence=2048 + len(self.own) % 2048, _sent=text
        )
        made["referenced_tweets"] = [{"type": "replied_to", "id": to}]
        if len(made["text"]) > 280:
            made |= {
                "note_tweet": {"text": made["text"]},
                "text": made["text"][:250] + "… https://t.co/0123456789",
            }
        self.own.append(made)
        return made

    def below(self, to: str) -> list[str]:
        """What the account has posted below that post."""
        return [post["_sent"] for post in self.own if post["referenced_tweets"][0]["id"] == to]

    def somebodys(self, text: str, sequence: int) -> dict[str, Any]:
        """A new post, which names the account."""
        post = x_post(self.now, text, sequence=sequence)
        self.posts.append(post)
        return post


def wrapped(text: str) -> str:
    """As X shows it: letters in one piece with their accents, each link in X's own, shorter form."""
    text = unicodedata.normalize("NFC", text)
    for link in reversed(extract_urls_with_indices(text)):
        start, end = link["indices"]
        text = f"{text[:start]}https://t.co/{start:010d}{text[end:]}"
    return html.escape(text, quote=False)


def is_signed(request: Request) -> bool:
    """Whether the request is signed as OAuth 1.0a says, by the right keys."""
    header = request.headers.get("authorization", "")
    told = dict(re.findall(r'(oauth_\w+)="([^"]*)"', header))
    if (told.get("oauth_consumer_key"), told.get("oauth_token")) != (KEY, ACCESS):
        return False
    signed = Signed(f"{request.headers[MEANT_FOR.lower()]}{request.path}", request.method)
    signed.params = signature.collect_parameters(uri_query=request.query, headers={"Authorization": header})
    signed.signature = unquote(told.get("oauth_signature", ""))
    return bool(signature.verify_hmac_sha1(signed, KEY_SECRET, ACCESS_SECRET))
