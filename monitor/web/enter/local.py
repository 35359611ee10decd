"""On the loopback, with nobody else's address in front of it: whoever sits at the machine may do everything."""

from __future__ import annotations

import re
import secrets

from fastapi import Request

from monitor.config import Config
from monitor.settings import is_loopback
from monitor.web.enter.cookies import ACTING
from monitor.web.enter.rights import known, zone_of
from monitor.web.enter.tokens import TokenCheck
from monitor.web.visitor import StrangerError, Visitor

NAME = "this machine"
HERE = re.compile(r"(localhost|127(\.[0-9]{1,3}){3}|\[::1\])(:[0-9]{1,5})?", re.IGNORECASE)
"""By what names a browser calls this machine, whatever DNS says. The header itself is read: for one that can't be read
Starlette puts the address that it came to."""
PROXIED = (
    "x-forwarded", "x-original", "x-real-ip", "x-client-ip", "x-cluster", "x-envoy-", "x-amz", "x-azure-", "x-arr-",
    "x-scheme", "forwarded", "via", "cf-", "cdn-", "fastly-", "fly-", "true-client-ip", "tailscale-", "ngrok-",
)  # fmt: skip
"""How headers begin that proxies write: then somebody else may be behind it."""
BROWSERS = ("origin", "sec-fetch-site")
"""What browsers write: a page of another site must not use the API by them."""


def is_here(request: Request) -> bool:
    """Whether it comes from this machine, by a name that is its own, and through no proxy that can be seen."""
    hosts = request.headers.getlist("host")
    client = request.client.host if request.client else ""
    # Browsers have spoken HTTP/1.1 for long; nginx, which by itself writes none of those headers, speaks 1.0 to us.
    old = request.scope.get("http_version") == "1.0"
    proxied = old or any(name.startswith(PROXIED) for name in request.headers)
    return len(hosts) == 1 and bool(HERE.fullmatch(hosts[0])) and is_loopback(client) and not proxied


class LocalDoor:
    """Lets in who comes from this machine and names it in the address, not by a name that DNS leads here."""

    def __init__(self, config: Config, tokens: TokenCheck) -> None:
        """One acts as the first of the configured people unless another is chosen."""
        self._config, self._tokens = config, tokens
        self._csrf = secrets.token_urlsafe(32)

    def visitor(self, request: Request) -> Visitor:
        if not is_here(request):
            raise StrangerError(
                "open the dashboard on the machine itself; for everybody else set public_url in [web], and make accounts "
                "with `snapwatch account add`"
            )
        person = known(self._config, ACTING.of(request, https=False)) or self._config.people[0].name
        return Visitor(NAME, "admin", person, zone_of(self._config, person), self._csrf)

    def bearer(self, request: Request) -> Visitor:
        """Programs of this machine need no token; with one they may do what it says."""
        if "authorization" in request.headers:
            return self._tokens.bearer(request)
        if any(name in request.headers for name in BROWSERS):
            raise StrangerError("pages in a browser need a token for this: `snapwatch token add` makes one")
        return self.visitor(request)
