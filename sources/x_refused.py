"""What X's refusals mean, in words and in how long to wait, and the one way to ask X."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import requests

from monitor.errors import SourceError
from monitor.intake.outside import LONGEST_WAIT, objects_at, wait
from sources.http import CHUNK, Session

CAP_WAIT = 3600.0
"""Seconds: a used-up allowance ends with its period, or when a person buys more; X does not say when."""
ABUSE_WAIT = 3600.0
CONNECTIONS_WAIT = 60.0
OTHER_WAIT = 900.0

_HINTS = {
    401: "refuses the bearer token; make a new one in X's developer console",
    402: "'s credits are used up; buy more in X's developer console",
    403: "does not let this app read that; give its project access in X's developer console",
    404: "has nothing at that address",
}
_LIMITS = ("x-rate-limit", "x-app-limit-24hour", "x-user-limit-24hour")


class XSession(Session):
    """Every refusal of X becomes a SourceError before tweepy sees it; none of the `secrets` is ever in one."""

    hints: Mapping[int, str] = _HINTS

    def __init__(self, name: str, *secrets: str) -> None:
        super().__init__(name, "X")
        self.source = name
        self._secrets = secrets
        self.now = datetime.min.replace(tzinfo=UTC)

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        response = super().request(*args, **kwargs)
        if response.ok:
            return response
        try:
            problem = json.loads(next(response.iter_content(CHUNK), b""))
        except (ValueError, requests.RequestException):
            problem = None
        response.close()
        raise self.refusal(problem, response.status_code, response.headers)

    def ask(self, now: datetime, method: Callable[..., Any], **params: Any) -> dict[str, Any]:
        """What a method of tweepy answers. SourceError for everything else."""
        self.now = now
        try:
            answer = method(**params)
        except SourceError:
            raise
        except Exception as error:  # tweepy trips in many ways over answers that are not as documented
            raise self.unreadable(type(error).__name__) from None
        if not isinstance(answer, dict):
            raise self.unreadable("it is no object")
        return answer

    def refusal(self, problem: Any, status: int, headers: Mapping[str, str]) -> SourceError:
        """Rate limit, used-up allowance, abuse protection, too many streams and all else, told apart. Status 0:
        X said it in the middle of a stream."""
        words = said(problem)
        known = " ".join(words).lower()

        def error(text: str, after: float | None = None, *, permanent: bool = False) -> SourceError:
            return SourceError(f"{self.source}: X{text}", permanent=permanent, retry_after=after)

        if "usage-capped" in known or "usage cap" in known or "usagecapexceeded" in known:
            text = "'s allowance of posts is used up; raise it in X's developer console, or wait"
            return error(text, CAP_WAIT)
        if "toomanyconnections" in known or "maximum allowed connection" in known:
            return error(
                " lets no further stream open: another program listens with this token", CONNECTIONS_WAIT
            )
        if status in (403, 429) and ("locked" in known or "suspended" in known):
            return error(
                " has locked or suspended this app's account; sign in at x.com to see why", permanent=True
            )
        if status in (403, 429) and ("automated" in known or "spam" in known):
            return error(" takes this app's requests for abuse and refuses them for now", ABUSE_WAIT)
        if status in self.hints:
            text = self.hints[status]
            return error(text if text.startswith("'") else f" {text}", permanent=True)
        why = "; ".join(word for word in words if not word.startswith("http"))
        for secret in self._secrets:
            why = why.replace(secret, "***")
        why = "".join(c if c.isprintable() else " " for c in why)[:300]
        if status in (400, 403):
            return error(f" refuses the request: {why or 'it does not say why'}", permanent=True)
        asked = wait(headers.get("retry-after"), self.now)
        if status != 429:
            return error(f" answers {status}" if status else f" broke the stream off: {why}", asked)
        used_up = [limit for limit in _LIMITS if headers.get(f"{limit}-remaining") in ("0", None)]
        resets = [
            reset
            for limit in used_up
            if (reset := _seconds_until(headers.get(f"{limit}-reset"), self.now)) is not None
        ]
        if asked is None and not resets and headers.get("x-rate-limit-remaining"):
            return error(
                " asks to slow down for a reason of its own, with its rate limit not used up", OTHER_WAIT
            )
        return error(" asks to slow down", asked if asked is not None else max(resets, default=None))


def said(problem: Any) -> tuple[str, ...]:
    """What X says of a problem: its texts, each once, wherever in the answer they stand."""
    return tuple(dict.fromkeys(_strings(problem)))


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name in ("title", "detail", "type", "message", "connection_issue", "reason"):
            if isinstance(said := value.get(name), str):
                yield said
        for inner in objects_at(value, "errors"):
            yield from _strings(inner)


def _seconds_until(reset: str | None, now: datetime) -> float | None:
    """The seconds until a Unix time, at least one and at most a day."""
    if reset is None or not reset.isascii() or not reset.isdigit():
        return None
    return min(max(float(reset[:20]) - now.timestamp(), 1.0), LONGEST_WAIT)
