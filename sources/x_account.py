"""The one way to ask X in the name of an account, and why X refuses a reply."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import requests

from monitor.errors import SourceError
from sources.x_refused import XSession, said

DAY_FULL_WAIT = 1800.0  # seconds: X counts an account's posts by the half hour
READS_ONLY = (
    "lets this app only read; give it the permission to write in X's developer console, then make a new token"
)

_REFUSED = {
    "mentioned": "takes a reply from an app only where the post names or quotes the account; copy it, and post it at x.com",
    "conversation is not allowed": "has closed the replies to that post for this account",
    "restricted who can reply": "has closed the replies to that post for this account",
    "deleted or not visible": "does not show that post any more: it is deleted, or hidden from this account",
    "blocked": "does not let this account reply: the post's author has blocked it",
    "shorter": "finds the reply too long for this account",
    "too long": "finds the reply too long for this account",
    "oauth1": READS_ONLY,
}
"""By what X says, in small letters: why another try can't help."""


class DuplicateError(SourceError):
    """The account has posted the same text before."""


class Account(XSession):
    """Asks in the name of the account. `access` is what its token may do, as the latest answer says: "read",
    "read-write", …, or "" when it says nothing."""

    hints: Mapping[int, str] = {
        401: "refuses the keys or the token, or this machine's clock is wrong; make new ones in X's developer console",
        402: "'s credits are used up; buy more in X's developer console",
        404: "has nothing at that address",
    }
    access = ""

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        response = super().request(*args, **(kwargs | {"allow_redirects": False}))
        self.access = response.headers.get("x-access-level", "")
        return response

    def refusal(self, problem: Any, status: int, headers: Mapping[str, str]) -> SourceError:
        known = " ".join(said(problem)).lower()
        if status == 403 and "duplicate" in known:
            text = "has this text from the account already, and takes no text twice; change a few words"
            return DuplicateError(f"{self.source}: X {text}", permanent=True)
        if status == 403 and "daily status update limit" in known:
            text = "takes no more posts from this account for now"
            return SourceError(f"{self.source}: X {text}", retry_after=DAY_FULL_WAIT)
        if status in (400, 403):
            for sign, text in _REFUSED.items():
                if sign in known:
                    return SourceError(f"{self.source}: X {text}", permanent=True)
        return super().refusal(problem, status, headers)
