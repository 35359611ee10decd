"""Around everything that is served: what browsers are told with each answer, and no form of another site comes in."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from monitor.web.headers import HEADERS, HTTPS_ONLY

SAFE = ("GET", "HEAD", "OPTIONS")
OURS = ("same-origin", "none")
"""Sec-Fetch-Site of what our own pages send, or a person by hand."""


class Guard:
    """Written down to the protocol: streams of events pass through it as they are."""

    def __init__(self, app: ASGIApp, public_url: str | None = None) -> None:
        self._app = app
        self._origin = _origin(public_url or "")
        self._headers = HEADERS | (HTTPS_ONLY if self._origin.startswith("https:") else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        if scope["method"] not in SAFE and self.foreign(Headers(scope=scope)):
            refusal = PlainTextResponse("another site sent this; nothing was done", status_code=403)
            await refusal(scope, receive, told)
        else:
            await self._app(scope, receive, told)

    def foreign(self, headers: Headers) -> bool:
        """Whether a page of another site makes a browser send this. Programs say nothing of where they come from, and older
        browsers say "null" of a page that names no referrer: what those may do hangs on a secret in the form besides."""
        if site := headers.get("sec-fetch-site"):
            return site not in OURS
        origin = headers.get("origin")
        if origin in (None, "null"):
            return False
        return origin != self._origin and origin.partition("://")[2] != headers.get("host")


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
