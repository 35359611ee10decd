"""The pages that a browser can open: acknowledge an alert, /healthz and /metrics.

GET only shows, POST acts: mail scanners follow every link that they see.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import FastAPI, Form, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from prometheus_client import CONTENT_TYPE_LATEST

from monitor import blind, respond
from monitor.errors import InputError, StoreError
from monitor.model import Notice
from monitor.ports import Clock
from monitor.store import Alert, Store
from monitor.text import one_line, web_link
from monitor.web.links import VALID_FOR, Links, Ticket

SNOOZE_MINUTES = 30

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}

Health = Callable[[], tuple[bool, dict[str, Any]]]
"""Whether the daemon does its work, and the figures to show."""

Metrics = Callable[[], bytes]
"""What /metrics answers."""

Describe = Callable[[Alert, str], Notice]
"""What an alert has to say to a person now."""


def create(
    store: Store,
    clock: Clock,
    links: Links,
    people: Sequence[str],
    describe: Describe,
    health: Health,
    metrics: Metrics,
) -> FastAPI:
    """The ASGI application. Nothing of it acts without a signed link of one of `people`."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    templates = Environment(
        loader=PackageLoader("monitor.web"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
    )
    templates.filters.update(line=one_line, web_link=web_link)

    @app.middleware("http")
    async def guard(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        response = await call_next(request)
        response.headers.update(HEADERS)
        return response

    def admit(token: str) -> Ticket:
        ticket = links.read(token, people)
        if clock.now() - respond.find(store.read, str(ticket.alert_id)).last.at > VALID_FOR:
            raise InputError("This link is older than two weeks and no longer works.")
        return ticket

    def page(ticket: Ticket, said: str = "") -> HTMLResponse:
        alert = respond.find(store.read, str(ticket.alert_id))
        notice = describe(alert, ticket.person)
        missing = blind.in_words(notice.blind, blind.clock(ZoneInfo(notice.time_zone), notice.at))
        body = templates.get_template("alert.html.jinja").render(
            alert=alert,
            notice=notice,
            blind=missing,
            said=said or respond.standing(alert),
            snooze=SNOOZE_MINUTES,
        )
        return HTMLResponse(body)

    @app.exception_handler(InputError)
    def refuse(_: Request, error: InputError) -> HTMLResponse:
        return HTMLResponse(
            templates.get_template("error.html.jinja").render(error=str(error)), status_code=404
        )

    @app.exception_handler(StoreError)
    def busy(_: Request, error: StoreError) -> HTMLResponse:
        return HTMLResponse(
            templates.get_template("error.html.jinja").render(error=str(error)), status_code=503
        )

    @app.get("/a/{token}")
    def show(token: str) -> HTMLResponse:
        return page(admit(token))

    @app.post("/a/{token}")
    def act(token: str, action: Annotated[str, Form()]) -> HTMLResponse:
        ticket, now = admit(token), clock.now()
        code = str(ticket.alert_id)
        if action == "acknowledge":
            return page(ticket, respond.acknowledge(store, code, ticket.person, now))
        if action == "snooze":
            return page(ticket, respond.snooze(store, code, ticket.person, SNOOZE_MINUTES, now))
        if action == "resolve":
            return page(ticket, respond.resolve(store, code, ticket.person, now))
        raise InputError("This button is not known. Open the link from the message again.")

    @app.get("/healthz")
    def healthz() -> JSONResponse:
        ok, figures = health()
        return JSONResponse({"status": "ok" if ok else "failing", **figures}, status_code=200 if ok else 503)

    @app.get("/metrics")
    def scrape() -> Response:
        return Response(metrics(), media_type=CONTENT_TYPE_LATEST)

    return app
