"""Replies on Mastodon, through Mastodon.py.

They are unlisted: everybody who reads the thread sees them, the server's timelines, hashtags and search don't. A server
knows a reply that comes twice within an hour by its Idempotency-Key; later, looking tells.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from pydantic import Field

from monitor.errors import PostError, SourceError
from monitor.intake.outside import text_at
from monitor.model import Mention
from monitor.ports import Poster
from monitor.reply import Approved, Posted
from monitor.settings import Secret, Settings
from sources import http, posting
from sources.mastodon_client import Client, MissingError
from sources.mastodon_status import ID, address, entries

PAGE, PAGES = 40, 25
"""Of the account's own posts: how many a request brings, and how many requests are made to find a reply."""

CLOCKS = timedelta(minutes=15)
"""How far the server's clock may be behind ours."""

WRITE = {"write", "write:statuses"}

_HINTS = http.HINTS | {
    401: "refuses the access token",
    403: "does not let this token reply there: it needs the scope write:statuses, and the account must not be limited",
    422: "refuses the text, which may be too long for it",
}


class ReplySettings(Settings):
    """The table is there: approved replies are posted."""

    access_token: Secret | None = Field(
        None,
        description="of the account that replies, with the scopes read and write:statuses; absent: access_token of the "
        "source",
    )


class MastodonPoster(Poster):
    def __init__(self, name: str, server: str, token: str) -> None:
        self.name = name
        self._address = server
        self._server = Client(name, server, token, _HINTS)
        self.session = self._server.session

    def __repr__(self) -> str:
        return f"MastodonPoster({self.name!r})"

    def post(self, reply: Approved, to: Mention, now: datetime) -> Posted:  # noqa: ARG002
        """Refuses a text that does not name the post's author, who would never hear of it; and one below a post that is
        gone, which some servers would post by itself."""
        if not ID.fullmatch(to.id):
            raise PostError(f"{self.name}: the mention's id is none of Mastodon's", permanent=True)
        if not names(reply.text, to.author.handle, self._address.partition("//")[2]):
            raise PostError(
                f"{self.name}: the reply does not name its customer, who would not hear of it; write the whole handle, "
                "with the server's name",
                permanent=True,
            )
        with posting.as_post_error():
            try:
                self._server.object(self._server.call("status", to.id))
                answer = self._server.call(
                    "status_post",
                    reply.text,
                    in_reply_to_id=to.id,
                    visibility="unlisted",
                    idempotency_key=posting.fingerprint(reply, to).hex(),
                )
            except MissingError as error:
                if not error.told:
                    raise
                raise PostError(
                    f"{self.name}: {self._address} does not show the post: it is gone, or its author has blocked the "
                    "account",
                    permanent=True,
                ) from None
            return self._posted(self._server.object(answer))

    def find(self, reply: Approved, to: Mention, since: datetime, now: datetime) -> Posted | None:  # noqa: ARG002
        """Among the account's own posts, by the words that were sent, and not by the HTML that the server makes of them."""
        if not ID.fullmatch(to.id):
            return None
        with posting.as_post_error():
            account, below = self._account()["id"], None
            for _ in range(PAGES):
                answer = self._server.call(
                    "account_statuses", account, exclude_reblogs=True, limit=PAGE, max_id=below
                )
                page = entries(self._server.objects(answer))
                if len(page) != len(answer):
                    raise self._server.session.unreadable("a post of the account is not whole")
                for _, status in page:
                    if str(status.get("in_reply_to_id")) == to.id and self._says(status["id"], reply.text):
                        return self._posted(status)
                if not page or page[-1][0].at < since - CLOCKS:
                    return None
                below = page[-1][0].id
            raise SourceError(f"{self.name}: the account has posted too much since then to tell")

    def check(self) -> str:
        """The account, and the scopes of the token's application, where the server tells them."""
        with posting.as_post_error():
            handle = text_at(self._account(), "acct")
            try:
                told = self._server.object(self._server.call("app_verify_credentials")).get("scopes")
            except SourceError as error:
                if not error.permanent:
                    raise
                told = None
        scopes = {each for each in told if isinstance(each, str)} if isinstance(told, list) else set()
        if scopes and not scopes & WRITE:
            raise PostError(
                f"{self.name}: the access token may not post: give its application the scope write:statuses, and make "
                "a new token",
                permanent=True,
            )
        doubt = "" if scopes else "; the server does not tell whether its token may post"
        return f"{self.name}: replies as @{_plain(handle)} of {self._address}{doubt}"

    def _account(self) -> dict[str, Any]:
        account = self._server.object(self._server.call("account_verify_credentials"))
        if not ID.fullmatch(str(account.get("id"))):
            raise self._server.session.unreadable("it names no account")
        return account

    def _says(self, id: str, text: str) -> bool:
        """Servers trim white space."""
        try:
            source = self._server.object(self._server.call("status_source", id))
        except MissingError as error:
            if not error.told:
                raise
            return False
        if not isinstance(source.get("text"), str):
            raise self._server.session.unreadable("a post's source has no text")
        return text_at(source, "text").split() == text.split()

    def _posted(self, status: dict[str, Any]) -> Posted:
        id = text_at(status, "id")
        if not ID.fullmatch(id):
            raise self._server.session.unreadable("it names no post")
        return Posted(id, address(self._address, status))


def names(text: str, handle: str, server: str) -> bool:
    """Whether the text notifies that account; those of `server` are named with or without it."""
    user, _, host = handle.removeprefix("@").partition("@")
    where = f"@{re.escape(host)}" if host else f"(@{re.escape(server)})?"
    return bool(
        user and re.search(rf"(?<![\w@/])@{re.escape(user)}{where}(?![.-]*[\w@])", text, re.IGNORECASE)
    )


def _plain(handle: str) -> str:
    return "".join(character for character in handle if character.isprintable())[:200]
