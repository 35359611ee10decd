"""Replies on Reddit: comments below a post or a comment, through praw in the name of an account.

Reddit can't tell a repetition, so each try looks first among the account's own comments. Asking costs nothing.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import Field, model_validator

from monitor.errors import PostError, SourceError
from monitor.intake.outside import LONGEST_WAIT, object_at, objects_at, text_at
from monitor.model import Mention
from monitor.ports import Poster
from monitor.reply import Approved, Posted
from monitor.settings import Secret, Settings
from sources.posting import as_post_error
from sources.reddit_client import RedditClient
from sources.reddit_thing import is_name, things_of, time_of, url_of

PAGES, PAGE = 9, 100  # Reddit ends the list of an account's comments after about 1,000, without a word
CLOCKS = timedelta(minutes=1)
"""How far Reddit's clock may be behind ours."""
SCOPES = ("history", "identity", "submit")
SLOW_DOWN = 600.0  # seconds, where Reddit does not say for how long

_HINTS = {
    400: "refuses the reply to {}",
    403: "does not allow that: the account may be banned or muted there, or blocked by the author, or its token lacks one "
    f"of the scopes {', '.join(SCOPES)}",
    404: "has no {}, or hides it",
    413: "finds the reply too long",
}
_GONE, _CLOSED = "has nothing left to reply to: it is deleted", "takes no more replies there"
_NOT_THERE = "does not let the account reply there: the subreddit or the author does not want it"
_REFUSED = {
    "DELETED_COMMENT": _GONE,
    "DELETED_LINK": _GONE,
    "DELETED_THING": _GONE,
    "THREAD_LOCKED": f"{_CLOSED}: a moderator has locked it",
    "TOO_OLD": f"{_CLOSED}: it is archived",
    "TOO_MANY_COMMENTS": f"{_CLOSED}: there are too many",
    "SUBREDDIT_NOTALLOWED": _NOT_THERE,
    "SUBREDDIT_NOEXIST": _NOT_THERE,
    "USER_BLOCKED": _NOT_THERE,
    "TOO_LONG": "finds the reply too long",
    "VERIFIED_USER_REQUIRED": "wants the account's mail address confirmed first",
}
"""By Reddit's code: why another try can't help."""
_SLOWER, _BUSY = "asks this account to slow down", "could not take the reply just now"
_LATER = {
    "RATELIMIT": _SLOWER,
    "SUBREDDIT_RATELIMIT": _SLOWER,
    "QUOTA_FILLED": _SLOWER,
    "SOMETHING_IS_BROKEN": _BUSY,
    "CONFLICT": _BUSY,
}
_UNITS = {"millisecond": 0.001, "second": 1, "minute": 60, "hour": 3600}


class ReplySettings(Settings):
    username: str | None = Field(None, min_length=1, description="the account")
    password: Secret | None = Field(None, description="its password")
    refresh_token: Secret | None = Field(
        None, description=f"in place of username and password; its scopes: {', '.join(SCOPES)}"
    )

    @model_validator(mode="after")
    def _one_account(self) -> ReplySettings:
        if bool(self.username) != bool(self.password) or bool(self.username) == bool(self.refresh_token):
            raise ValueError("give either username and password or refresh_token")
        return self


class RedditPoster(Poster):
    def __init__(self, name: str, app: Mapping[str, Any]) -> None:
        self.name = name
        with as_post_error():
            self.client = RedditClient(name, app, _HINTS)
        self.session = self.client.session
        self._account = ""

    def post(self, reply: Approved, to: Mention, now: datetime) -> Posted:
        if not is_name(to.id):
            raise PostError(f"{self.name}: the mention's id is none of Reddit's", permanent=True)
        if found := self.find(reply, to, reply.at, now):
            return found
        with as_post_error():
            answer = self.client.post(now, "api/comment", to.id, thing_id=to.id, text=reply.text)
            outcome = object_at(answer, "json")
            if outcome.get("errors"):
                raise self._refused(outcome)
            made = [object_at(thing, "data") for thing in objects_at(object_at(outcome, "data"), "things")]
            names = [thing for thing in made if is_name(text_at(thing, "name"))]
            if not names:
                raise self.session.unreadable("it names no comment")
        return Posted(names[0]["name"], url_of(names[0]))

    def find(self, reply: Approved, to: Mention, since: datetime, now: datetime) -> Posted | None:
        """Among the account's own comments since then, newest first."""
        if not is_name(to.id):
            return None
        oldest, after = since - CLOCKS, None
        with as_post_error():
            path = f"user/{self._account or self._who(now)}/comments"
            for _ in range(PAGES):
                params: dict[str, str | int] = {"sort": "new", "limit": PAGE}
                answer = self.client.get(
                    now, path, "such account", **params | ({"after": after} if after else {})
                )
                things, after = things_of(answer)
                children = object_at(answer, "data").get("children")
                if not isinstance(children, list) or len(children) != len(things):
                    raise self.session.unreadable("it is no list of comments")
                for thing in things:
                    if time_of(thing) < oldest:
                        return None
                    if thing.get("parent_id") == to.id and is_same(reply.text, text_at(thing, "body")):
                        return Posted(thing["name"], url_of(thing))
                if not after:
                    return None
        raise PostError(f"{self.name}: Reddit shows too many comments to say whether the reply is there")

    def check(self) -> str:
        now = datetime.now(UTC)
        with as_post_error():
            name, scopes = self._who(now), self.client.scopes(now)
        if missing := [scope for scope in SCOPES if not {scope, "*"} & scopes]:
            text = f"the token of u/{name} lacks the scopes {', '.join(missing)}; make a new one"
            raise PostError(f"{self.name}: {text}", permanent=True)
        return f"{self.name}: replies are posted as u/{name} (scopes {', '.join(sorted(scopes & {*SCOPES, '*'}))})"

    def _who(self, now: datetime) -> str:
        answer = self.client.get(now, "api/v1/me", "such account")
        name = text_at(answer, "name")
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,30}", name):
            raise self.session.unreadable("it names no account")
        if answer.get("is_suspended"):
            raise self.session.error(f"has suspended u/{name}", permanent=True)
        self._account = name
        return name

    def _refused(self, outcome: dict[str, Any]) -> SourceError:
        """Reddit's own words may be in any language, and hold anything: its code is told."""
        errors = outcome.get("errors")
        first = errors[0] if isinstance(errors, list) and errors else None
        code, words = (*map(str, first), "", "")[:2] if isinstance(first, list) else ("", "")
        if code in _LATER:
            return self.session.error(_LATER[code], _seconds(outcome.get("ratelimit"), words))
        if not re.fullmatch("[A-Z_]{1,40}", code):
            return self.session.unreadable("it names no reason")
        text = _REFUSED.get(code, f"refuses the reply ({code})")
        return self.session.error(text, permanent=True)


def is_same(approved: str, shown: str) -> bool:
    """Whether Reddit shows the approved text: blanks at its ends may be gone, and &, < and > escaped."""
    return " ".join(approved.split()) in (" ".join(each.split()) for each in (shown, html.unescape(shown)))


def _seconds(told: object, words: str) -> float:
    """How long to wait: the number that Reddit tells, or what "try again in 9 minutes" says."""
    if isinstance(told, int | float) and not isinstance(told, bool) and 0 < told < LONGEST_WAIT:
        return float(told)
    found = re.search(rf"\b([0-9]{{1,4}}) ({'|'.join(_UNITS)})", words)
    return float(found[1]) * _UNITS[found[2]] if found else SLOW_DOWN
