"""What is served over HTTP: the personal pages of alerts, what providers call back, /healthz and /metrics."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST

from monitor.errors import InputError, StoreError
from monitor.ports import Clock
from monitor.store import Store
from monitor.web.headers import HEADERS
from monitor.web.links import Links
from monitor.web.pages import Describe, pages
from monitor.web.proposals import Answering
from monitor.web.push import Desk, push_pages
from monitor.web.replying import reply_pages
from monitor.web.room import Room
from monitor.web.screens.all import screens
from monitor.web.screens.assets import assets
from monitor.web.templating import environment
from monitor.web.visitor import ForbiddenError, StrangerError

Health = Callable[[], tuple[bool, dict[str, Any]]]
"""Whether the daemon does its work, and the figures to show."""

Metrics = Callable[[], bytes]
"""What /metrics answers."""


def create(
    store: Store,
    clock: Clock,
    links: Links,
    people: Mapping[str, str],
    describe: Describe,
    health: Health,
    metrics: Metrics,
    desks: Mapping[str, Desk] | None = None,
    answering: Answering | None = None,
    room: Room | None = None,
) -> FastAPI:
    """The ASGI application. Nothing of it acts without a signed link of one of `people`, who come with their time zones, or
    a visitor whom the door of `room` lets in. Without `answering` there are no pages on which customers are answered,
    without `room` there is no dashboard."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    templates = environment()

    @app.middleware("http")
    async def guard(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        response = await call_next(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    def failed(request: Request, error: Exception, status: int, *, again: bool = False) -> HTMLResponse:
        root = "/".join([".."] * (request.url.path.count("/") - 1)) or "."
        body = templates.get_template("error.html.jinja").render(error=str(error), again=again, root=root)
        return HTMLResponse(body, status_code=status)

    @app.exception_handler(InputError)
    def refuse(request: Request, error: InputError) -> HTMLResponse:
        return failed(request, error, 404)

    @app.exception_handler(StrangerError)
    def stranger(request: Request, error: StrangerError) -> HTMLResponse:
        return failed(request, error, 401)

    @app.exception_handler(ForbiddenError)
    def forbidden(request: Request, error: ForbiddenError) -> HTMLResponse:
        return failed(request, error, 403)

    @app.exception_handler(StoreError)
    def busy(request: Request, error: StoreError) -> HTMLResponse:
        return failed(request, error, 503, again=True)

    @app.get("/healthz")
    def healthz() -> JSONResponse:
        ok, figures = health()
        return JSONResponse({"status": "ok" if ok else "failing", **figures}, status_code=200 if ok else 503)

    @app.get("/metrics")
    def scrape() -> Response:
        return Response(metrics(), media_type=CONTENT_TYPE_LATEST)

    app.include_router(assets())
    app.include_router(pages(store, clock, links, people, describe, templates))
    app.include_router(push_pages(store, clock, links, desks or {}, templates))
    if answering is not None:
        app.include_router(reply_pages(store, clock, links, people, answering, templates))
    if room is not None:
        app.include_router(screens(room))
    return app
