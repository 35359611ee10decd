"""What stands before everything that programs may ask for: whose token it is, how often it asks, and how much it sends."""

from __future__ import annotations

from fastapi import Request
from fastapi.responses import Response
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from monitor.errors import SnapwatchError
from monitor.web.api.problems import of_error, problem
from monitor.web.bodies import Gate
from monitor.web.visitor import Door, ForbiddenError

LARGEST = 1 << 16
"""Bytes of a request's body: the longest reply, with room to spare."""
READS, WRITES = "600/minute", "60/minute"
"""How often a token may ask, and how often it may change something."""


class Rates:
    """Counts what each token asks for, in memory, over the last minute."""

    def __init__(self, reads: str = READS, writes: str = WRITES) -> None:
        self._counts = MovingWindowRateLimiter(MemoryStorage())
        self._reads, self._writes = parse(reads), parse(writes)

    def over(self, who: str, *, changes: bool) -> RateLimitItem | None:
        """Count a request; the limit that it is over, if it is."""
        limits = [self._reads, self._writes] if changes else [self._reads]
        return next((each for each in limits if not self._counts.hit(each, who)), None)


class Entrance:
    """An ASGI application behind it finds the visitor in `request.state.visitor`. Only then the body is read: at most
    LARGEST bytes. Requests that another site's page makes are refused."""

    def __init__(
        self, app: ASGIApp, door: Door, rates: Rates, open_to_all: frozenset[str] = frozenset()
    ) -> None:
        """`open_to_all`: paths below that of the application for which no token is needed."""
        self._app = app
        self._door = door
        self._rates = rates
        self._open = open_to_all
        self._gate = Gate(LARGEST)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        answer = await self._answer(request)
        await answer(scope, receive, send)

    async def _answer(self, request: Request) -> Response | ASGIApp:
        if request.scope["path"].removeprefix(request.scope.get("root_path", "")) in self._open:
            return self._app
        try:
            _not_from_another_site(request)
            visitor = await run_in_threadpool(self._door.bearer, request)
        except SnapwatchError as error:
            return of_error(error) or problem(500, "this is a fault of snapwatch")
        over = self._rates.over(visitor.name, changes=request.method not in ("GET", "HEAD"))
        if over is not None:
            detail = f"this token may ask {over.amount} times a minute; wait a little"
            return problem(429, detail, headers={"Retry-After": "10"})
        request.state.visitor = visitor
        return await self._with_body(request)

    async def _with_body(self, request: Request) -> Response | ASGIApp:
        found: list[bytes] = []

        async def keep(body: bytes) -> Response:
            found.append(body)
            return Response()

        refused = await self._gate.take(request, keep)
        if not found:
            return problem(refused.status_code, _UNREAD[refused.status_code], headers=_later(refused))
        return _Replayed(self._app, found[0])


class _Replayed:
    """The application, given a body that was read already."""

    def __init__(self, app: ASGIApp, body: bytes) -> None:
        self._app = app
        self._body: bytes | None = body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def again() -> Message:
            if self._body is None:
                return await receive()
            message: Message = {"type": "http.request", "body": self._body, "more_body": False}
            self._body = None
            return message

        await self._app(scope, again, send)


_UNREAD = {
    400: "the request was cut off",
    408: "the body did not arrive in time; send it again",
    413: f"the body has more than {LARGEST:,} bytes: send less at a time",
    503: "too many requests come at once; send it again",
}


def _later(refused: Response) -> dict[str, str]:
    later = refused.headers.get("retry-after")
    return {"Retry-After": later} if later else {}


def _not_from_another_site(request: Request) -> None:
    """A browser that shows somebody else's page must not act for the person who sits before it: on the loopback there may
    be nothing else that tells the two apart. ForbiddenError."""
    site = request.headers.get("sec-fetch-site", "none")
    origin = request.headers.get("origin")
    if site not in ("none", "same-origin") or (
        origin is not None and origin.partition("://")[2] != request.headers.get("host")
    ):
        raise ForbiddenError("pages of other sites may not ask here: send it from a program")
