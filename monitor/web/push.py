"""The page on which a browser subscribes to push messages for a person, behind that person's own link.

GET /push/TOKEN shows it; the browser asks its owner, and POSTs its subscription. The scripts are files of ours; nothing
else may run on the page.
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Mapping
from importlib.resources import files
from typing import Any, NamedTuple, Protocol, runtime_checkable
from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from jinja2 import Environment
from starlette.concurrency import run_in_threadpool

from monitor.errors import InputError
from monitor.ports import Clock
from monitor.store import Store
from monitor.web.bodies import Gate, refused
from monitor.web.headers import POLICY
from monitor.web.links import Links

LARGEST = 1 << 13
"""Bytes of a subscription."""
MOST = 10
"""Browsers that one person may have."""

WORKING = f"{POLICY}; worker-src 'self'"
"""The content security policy of the page."""


@runtime_checkable
class Pushes(Protocol):
    """A channel that sends to browsers, which subscribe with its public key."""

    @property
    def public_key(self) -> str: ...


class Desk(NamedTuple):
    """The channel by which a person gets push messages."""

    channel: str
    pushes: Pushes


def token_of(links: Links, person: str) -> str:
    """What the person's link to the page ends in; it works for as long as the links' key is the same."""
    return links.token("push", person)


def push_pages(
    store: Store, clock: Clock, links: Links, desks: Mapping[str, Desk], templates: Environment
) -> APIRouter:
    """The routes, for the people who have such a channel among their contacts."""
    router = APIRouter()
    gate = Gate(LARGEST)

    def admit(token: str) -> str:
        for person in desks:
            if hmac.compare_digest(token_of(links, person).encode(), token.encode()):
                return person
        raise InputError("This link is not complete, or its person gets no push messages any more.")

    def script(name: str) -> Response:
        text = files("monitor.web").joinpath("templates", name).read_text(encoding="utf-8")
        return Response(text, media_type="text/javascript")

    @router.get("/push/page.js")
    def page_script() -> Response:
        return script("push_page.js")

    @router.get("/push/worker.js")
    def worker_script() -> Response:
        return script("push_worker.js")

    @router.get("/push/{token}")
    def show(token: str) -> HTMLResponse:
        person = admit(token)
        desk = desks[person]
        body = templates.get_template("push.html.jinja").render(
            person=person,
            key=desk.pushes.public_key,
            devices=store.read.devices.count(person, desk.channel),
        )
        return HTMLResponse(body, headers={"Content-Security-Policy": WORKING})

    @router.post("/push/{token}")
    async def subscribe(token: str, request: Request) -> Response:
        person = await run_in_threadpool(admit, token)

        async def taken(body: bytes) -> Response:
            return await run_in_threadpool(keep, person, body)

        return await gate.take(request, taken)

    def keep(person: str, body: bytes) -> Response:
        subscription, channel = _subscription(body), desks[person].channel
        if subscription is None:
            return refused(400, "this is no push subscription")
        devices = store.read.devices
        known = devices.has(person, channel, subscription["endpoint"])
        if not known and devices.count(person, channel) >= MOST:
            return refused(409, f"You have {MOST} browsers already: ask for `snapwatch device --forget`")
        store.write(lambda tables: tables.devices.add(person, channel, subscription, clock.now()))
        return JSONResponse({}, status_code=201)

    return router


def _subscription(body: bytes) -> dict[str, Any] | None:
    """What the Push API gives, and nothing else of what came; None when it is none."""
    try:
        found = json.loads(body)
        endpoint, keys = found["endpoint"], {name: found["keys"][name] for name in ("p256dh", "auth")}
        parts = urlsplit(endpoint)
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError):
        return None
    # A push service has a name: an address inside our own network has no business here.
    named = parts.hostname and re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z]{2,}", parts.hostname)
    coded = all(
        isinstance(key, str) and re.fullmatch(r"[\w=-]{16,200}", key, re.ASCII) for key in keys.values()
    )
    plain = isinstance(endpoint, str) and endpoint.isascii() and endpoint.isprintable()
    if not (named and coded and plain and parts.scheme == "https" and not parts.username):
        return None
    return {"endpoint": endpoint, "keys": keys}
