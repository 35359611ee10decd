"""The one way to ask Reddit: praw over the guarded session, with every refusal in words."""

from __future__ import annotations

import configparser
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import requests

from monitor.errors import SourceError
from monitor.intake.outside import seconds, wait
from sources.http import Session

T = TypeVar("T")

ABUSE_WAIT = 3600.0  # seconds

_LIMITS = ("x-ratelimit-remaining", "x-ratelimit-used", "x-ratelimit-reset")
_LOGIN = "/api/v1/access_token"
_ABUSE = ("whoa there", "network policy", "network security")
_REFUSED = "refuses the app's id or secret, or the account; see reddit.com/prefs/apps"
_HINTS = {
    403: "does not let this app read {}: private, quarantined, or the app was refused",
    404: "has no {}, or banned it",
}


class RedditSession(Session):
    """Every request of praw passes here, so that no refusal reaches prawcore, which would sleep and try again."""

    def __init__(self, name: str, hints: Mapping[int, str]) -> None:
        super().__init__(name, "Reddit")
        self._hints = hints
        self.pause = 0.0  # seconds that the last answer asked to wait
        self.now = datetime.min.replace(tzinfo=UTC)
        self.what = ""

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        response = super().request(*args, **(kwargs | {"timeout": None, "allow_redirects": False}))
        headers, status = response.headers, response.status_code
        remaining, _, reset = (seconds(headers.pop(name, None)) for name in _LIMITS)
        self.pause = reset or 0.0 if remaining is not None and remaining < 1 else 0.0
        if status < 300 or (status == 401 and _LOGIN not in response.url):  # an old token is renewed
            return response
        raise self._refusal(response, reset)

    def _refusal(self, response: requests.Response, reset: float | None) -> SourceError:
        """Abuse protection, rate limit, a wrong secret, a subreddit that can't be read and all else, told apart."""
        status = response.status_code
        after = wait(response.headers.get("retry-after"), self.now)
        if status in (403, 429) and any(sign in response.text[:20_000].lower() for sign in _ABUSE):
            text = "takes this machine or its user_agent for abuse; make user_agent its own, or ask Reddit's support"
            return self.error(text, after or ABUSE_WAIT)
        if status == 429:
            return self.error("asks to slow down", reset if after is None else after)
        if status >= 500:
            return self.error(f"answers {status}", after)
        if _LOGIN in response.url:
            return self.error(_REFUSED, permanent=True)
        if status == 302 and "subreddits/search" in response.headers.get("location", ""):
            return self.error(f"has no {self.what}", permanent=True)
        text = self._hints.get(status, f"answers {status}").format(self.what)
        return self.error(text, after, permanent=status in self._hints)

    def error(self, text: str, after: float | None = None, *, permanent: bool = False) -> SourceError:
        return SourceError(f"{self._name}: Reddit {text}", permanent=permanent, retry_after=after)


class RedditClient:
    def __init__(self, name: str, app: Mapping[str, Any], hints: Mapping[int, str] = _HINTS) -> None:
        """`app` holds what praw takes: client_id, client_secret, user_agent, and username, password and refresh_token or
        None; `hints` what a status means that another try can't help. SourceError when praw can't start."""
        import praw

        self.session = RedditSession(name, hints)
        self._resume = datetime.min.replace(tzinfo=UTC)
        try:
            self.praw = praw.Reddit(
                "DEFAULT",  # this and all below are given, so that no praw.ini and no environment variable changes them
                redirect_uri=None,
                check_for_updates=False,
                check_for_async=False,
                oauth_url="https://oauth.reddit.com",
                reddit_url="https://www.reddit.com",
                requestor_kwargs={"session": self.session},
                **app,
            )
        except (configparser.Error, UnicodeError):
            text = (
                "praw can't read the praw.ini of this folder or of ~/.config; remove it, snapwatch needs none"
            )
            raise SourceError(f"{name}: {text}", permanent=True) from None

    def get(self, now: datetime, path: str, what: str, **params: str | int) -> dict[str, Any]:
        """What Reddit answers; errors call it `what`. While Reddit wants silence, it is not asked. SourceError when it
        gives no answer that can be read."""
        return self._object(now, what, lambda: self.praw.request(method="GET", path=path, params=params))

    def post(self, now: datetime, path: str, what: str, **data: str) -> dict[str, Any]:
        """What Reddit answers to a form; otherwise as `get`. It is sent once: praw itself would wait and send it again."""
        return self._object(now, what, lambda: self.praw.request(method="POST", path=path, data=data))

    def scopes(self, now: datetime) -> set[str]:
        """What the token may do; "*" is everything."""
        return self._asked(now, "such account", lambda: set(map(str, self.praw.auth.scopes())))

    def _object(self, now: datetime, what: str, ask: Callable[[], Any]) -> dict[str, Any]:
        answer = self._asked(now, what, ask)
        if not isinstance(answer, dict):
            raise self.session.unreadable("it is no object")
        return answer

    def _asked(self, now: datetime, what: str, ask: Callable[[], T]) -> T:
        import prawcore

        if now < self._resume:
            raise self.session.error("asked to slow down", (self._resume - now).total_seconds())
        self.session.pause, self.session.now, self.session.what = 0.0, now, what
        try:
            return ask()
        except prawcore.RequestException as error:
            cause = error.original_exception
            raise (cause if isinstance(cause, SourceError) else self._unreadable(cause)) from None
        except (prawcore.OAuthException, prawcore.InvalidToken, prawcore.InsufficientScope):
            raise self.session.error(_REFUSED, permanent=True) from None
        except Exception as error:  # prawcore trips in many ways over answers that are not as documented
            raise self._unreadable(error) from None
        finally:
            if self.session.pause:
                self._resume = now + timedelta(seconds=self.session.pause)

    def _unreadable(self, error: Exception) -> SourceError:
        return self.session.unreadable(type(error).__name__)
