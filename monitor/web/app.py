"""What is served over HTTP: the personal pages of alerts, what providers call back, /healthz and /metrics."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exception_handlers import request_validation_exception_handler
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.concurrency import run_in_threadpool
from starlette.routing import Route

from monitor.errors import InputError, StoreError
from monitor.ports import Clock
from monitor.store import Store
from monitor.web.api.app import api
from monitor.web.api.assistants.served import assistants
from monitor.web.enter.paths import login
from monitor.web.guard import Guard
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
from monitor.web.words import sentence

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

    app.add_middleware(Guard, public_url=room.config.web.public_url if room else None)

    def failed(request: Request, error: Exception, status: int, *, again: bool = False) -> HTMLResponse:
        if room is not None and (visitor := getattr(request.state, "visitor", None)) and not again:
            return room.page("error.html.jinja", visitor, status=status, problem=sentence(str(error)))
        root = "/".join([".."] * (request.url.path.count("/") - 1)) or "."
        body = templates.get_template("error.html.jinja").render(error=str(error), again=again, root=root)
        return HTMLResponse(body, status_code=status)

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
        app.mount("/api", api(room))
        if room.answering is not None:
            app.router.routes.append(Route("/mcp", assistants(room, room.answering)))
    return app
