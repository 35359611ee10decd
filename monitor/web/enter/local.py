"""On the loopback, with nobody else's address in front of it: whoever sits at the machine may do everything."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from zoneinfo import ZoneInfo

from fastapi import Request

from monitor.settings import is_loopback
from monitor.web.visitor import StrangerError, Visitor

NAME = "this machine"


class LocalDoor:
    """Lets in who comes from this machine and names it in the address, not by a name that DNS leads here."""

    def __init__(self, people: Mapping[str, str]) -> None:
        """`people`: the configured ones with their time zones; one acts as the first one unless another is chosen."""
        self._people = people
        self._csrf = secrets.token_urlsafe(16)

    def visitor(self, request: Request) -> Visitor:
        host = request.url.hostname or ""
        client = request.client.host if request.client else ""
        if not (is_loopback(host) and is_loopback(client)) or "x-forwarded-for" in request.headers:
            raise StrangerError("open the dashboard on the machine itself, or set up accounts")
        chosen = request.cookies.get("person", "")
        person = chosen if chosen in self._people else next(iter(self._people))
        return Visitor(NAME, "admin", person, ZoneInfo(self._people[person]), self._csrf)

    def bearer(self, request: Request) -> Visitor:
        return self.visitor(request)
