"""The cookies that browsers keep. Over https their names begin with __Host-: no other site, no neighbour under the same
domain and nobody on the way can set or read them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal
from urllib.parse import quote, unquote

from fastapi import Request, Response


@dataclass(frozen=True, slots=True)
class Cookie:
    """One of ours. `lasts`: None until the browser is closed."""

    name: str
    lasts: timedelta | None = None
    same_site: Literal["lax", "strict"] = "lax"

    def of(self, request: Request, *, https: bool) -> str:
        """Its value, "" where there is none."""
        return unquote(request.cookies.get(self._called(https), ""))

    def set(self, response: Response, value: str, *, https: bool) -> None:
        response.set_cookie(
            self._called(https),
            quote(value, safe=""),
            max_age=None if self.lasts is None else int(self.lasts.total_seconds()),
            secure=https,
            httponly=True,
            samesite=self.same_site,
        )

    def drop(self, response: Response, *, https: bool) -> None:
        response.delete_cookie(self._called(https), secure=https, httponly=True, samesite=self.same_site)

    def _called(self, https: bool) -> str:
        return f"__Host-{self.name}" if https else self.name


LONGEST_VISIT = timedelta(days=30)
"""After that one signs in anew, whatever one did."""

VISIT = Cookie("visit", LONGEST_VISIT)
"""Lax: the link in a page opens the dashboard of whoever is signed in."""
ACTING = Cookie("person")
"""In whose name an admin acts."""
BROWSER = Cookie("browser", timedelta(days=365), "strict")
"""Says that an account was signed in to in this browser."""
ENTRY = Cookie("entry", timedelta(hours=12), "strict")
"""Goes with the form of the sign-in page, so that nobody is signed in by another site."""
ERRAND = Cookie("errand", timedelta(minutes=10))
"""What the provider's answer has to fit; lax, because the provider's site leads back."""
