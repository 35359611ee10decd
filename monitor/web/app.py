"""What is served over HTTP: the personal pages of alerts, what providers call back, /healthz and /metrics."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import FastAPI
from starlette.routing import Route

from monitor.ports import Clock
from monitor.store import Store
from monitor.web.api.app import api
from monitor.web.api.assistants.served import assistants
from monitor.web.figures import Health, Metrics, figures
from monitor.web.guard import Guard
from monitor.web.links import Links
from monitor.web.mishaps import Caught, mishaps
from monitor.web.pages import Describe, pages
from monitor.web.proposals import Answering
from monitor.web.push import Desk, push_pages
from monitor.web.replying import reply_pages
from monitor.web.room import Room
from monitor.web.screens.all import screens
from monitor.web.screens.assets import assets
from monitor.web.sections import WebSettings
from monitor.web.templating import environment


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

    app.add_middleware(Caught, answer=mishaps(app, templates, room))
    app.add_middleware(Guard, public_url=room.config.web.public_url if room else None)

    app.include_router(figures(health, metrics, room.config.web if room else WebSettings()))
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
