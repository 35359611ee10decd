"""What is answered when something goes wrong: within the frame of the screens to whoever is inside, else on a page of its
own that says what to do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exception_handlers import http_exception_handler, request_validation_exception_handler
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from monitor.errors import InputError, SnapwatchError, StoreError
from monitor.web.enter.paths import login
from monitor.web.room import Room
from monitor.web.visitor import ForbiddenError, StrangerError
from monitor.web.words import sentence

NOWHERE = {
    404: "there is nothing at this address: it may be mistyped, or be cut off",
    405: "this address is not one to open",
}
FAULT = SnapwatchError(
    "this is a fault of snapwatch, and its log says more; what you did may have been done or not, so look before you do it "
    "again"
)

BUSY = SnapwatchError("the database can't be read or written at this moment; the log says why")
"""Its own words name files of the machine."""

log = structlog.get_logger()

Answer = Callable[[Request], Awaitable[Response]]


class Caught:
    """Whatever nobody else has caught is written down, and `answer` tells it. Of the address only the pattern is written
    down: the rest may be somebody's link."""

    def __init__(self, app: ASGIApp, answer: Answer) -> None:
        self._app, self._answer = app, answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = False

        async def told(message: Message) -> None:
            nonlocal began
            began = True
            await send(message)

        try:
            await self._app(scope, receive, told)
        except Exception:
            log.exception("a page failed", method=scope.get("method"), address=_pattern(scope))
            if not began and scope["type"] == "http":
                await (await self._answer(Request(scope)))(scope, receive, send)


def _pattern(scope: Scope) -> str:
    return getattr(scope.get("route"), "path", "")


def mishaps(app: FastAPI, templates: Environment, room: Room | None) -> Answer:
    """Let the app tell what goes wrong; what answers a fault of ours."""

    def inside(
        request: Request, error: Exception, status: int, *, undone: bool = True
    ) -> HTMLResponse | None:
        """Within the frame, for who is in there. `undone`: nothing was changed."""
        visitor = getattr(request.state, "visitor", None)
        if room is None or visitor is None:
            return None
        problem = sentence(str(error))
        return room.page("error.html.jinja", visitor, status=status, problem=problem, undone=undone)

    def outside(request: Request, error: Exception, status: int, *, again: bool = False) -> HTMLResponse:
        """With the other ways to acknowledge an alert: somebody may have followed the link of one."""
        root = "/".join([".."] * (request.url.path.count("/") - 1)) or "."
        body = templates.get_template("error.html.jinja").render(
            error=sentence(str(error)), again=again, root=root
        )
        return HTMLResponse(body, status_code=status)

    def failed(request: Request, error: Exception, status: int) -> HTMLResponse:
        return inside(request, error, status) or outside(request, error, status)

    def fault(request: Request) -> Response:
        try:
            found = inside(request, FAULT, 500, undone=False)
        except Exception:
            log.exception("a fault could not be told within the frame")
            found = None
        return found or outside(request, FAULT, 500)

    @app.exception_handler(InputError)
    def refuse(request: Request, error: InputError) -> HTMLResponse:
        return failed(request, error, 404)

    @app.exception_handler(RequestValidationError)
    async def strange(request: Request, error: RequestValidationError) -> Response:
        if getattr(request.state, "visitor", None):
            problem = InputError("this address asks for something that the screen does not have")
            return await run_in_threadpool(failed, request, problem, 422)
        return await request_validation_exception_handler(request, error)

    def refused(title: str, error: Exception, status: int, *, enter: bool = False) -> HTMLResponse:
        page = templates.get_template("refused.html.jinja")
        brand = room.config.brand.name if room else ""
        body = page.render(title=title, problem=sentence(str(error)), enter=enter, brand=brand)
        return HTMLResponse(body, status_code=status)

    @app.exception_handler(StrangerError)
    def stranger(request: Request, error: StrangerError) -> Response:
        shown = request.headers.get("sec-fetch-dest", "document") == "document"
        if error.enter and shown and request.method in ("GET", "HEAD"):
            return RedirectResponse(login(request.url.path, request.url.query), status_code=303)
        return refused("You are not signed in", error, 401, enter=error.enter)

    @app.exception_handler(ForbiddenError)
    def forbidden(request: Request, error: ForbiddenError) -> HTMLResponse:
        if getattr(request.state, "visitor", None):
            return failed(request, error, 403)
        return refused("You may not do this", error, 403)

    @app.exception_handler(StoreError)
    def busy(request: Request, error: StoreError) -> HTMLResponse:
        log.error("a page could not be read or kept", address=_pattern(request.scope), error=str(error))
        return outside(request, BUSY, 503, again=True)

    @app.exception_handler(HTTPException)
    async def nowhere(request: Request, error: HTTPException) -> Response:
        words = NOWHERE.get(error.status_code)
        if words is None or "text/html" not in request.headers.get("accept", ""):
            return await http_exception_handler(request, error)
        return await run_in_threadpool(lost, request, SnapwatchError(words), error.status_code)

    def lost(request: Request, error: Exception, status: int) -> HTMLResponse:
        if room is not None:
            with suppress(StrangerError):
                request.state.visitor = room.door.visitor(request)
        return inside(request, error, status) or refused("There is nothing here", error, status)

    return lambda request: run_in_threadpool(fault, request)
