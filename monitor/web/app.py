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
from monitor.web.links import Links
from monitor.web.pages import Describe, pages
from monitor.web.proposals import Answering
from monitor.web.push import Desk, push_pages
from monitor.web.replying import reply_pages
from monitor.web.room import Room
from monitor.web.screens.all import screens
from monitor.web.templating import environment
from monitor.web.visitor import ForbiddenError, StrangerError

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}

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

    def failed(error: Exception, status: int, *, again: bool = False) -> HTMLResponse:
        body = templates.get_template("error.html.jinja").render(error=str(error), again=again)
        return HTMLResponse(body, status_code=status)

    @app.exception_handler(InputError)
    def refuse(_: Request, error: InputError) -> HTMLResponse:
        return failed(error, 404)

    @app.exception_handler(StrangerError)
    def stranger(_: Request, error: StrangerError) -> HTMLResponse:
        return failed(error, 401)

    @app.exception_handler(ForbiddenError)
    def forbidden(_: Request, error: ForbiddenError) -> HTMLResponse:
        return failed(error, 403)

    @app.exception_handler(StoreError)
    def busy(_: Request, error: StoreError) -> HTMLResponse:
        return failed(error, 503, again=True)

    @app.get("/healthz")
    def healthz() -> JSONResponse:
        ok, figures = health()
        return JSONResponse({"status": "ok" if ok else "failing", **figures}, status_code=200 if ok else 503)

    @app.get("/metrics")
    def scrape() -> Response:
        return Response(metrics(), media_type=CONTENT_TYPE_LATEST)

    app.include_router(pages(store, clock, links, people, describe, templates))
    app.include_router(push_pages(store, clock, links, desks or {}, templates))
    if answering is not None:
        app.include_router(reply_pages(store, clock, links, people, answering, templates))
    if room is not None:
        app.include_router(screens(room))
    return app
