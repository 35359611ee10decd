"""Whether the daemon works, for everybody who asks; its figures, for programs of this machine and who shows the token."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST

from monitor.web.enter.keys import same
from monitor.web.enter.local import is_here
from monitor.web.sections import WebSettings

Health = Callable[[], tuple[bool, dict[str, Any]]]
"""Whether the daemon does its work, and the figures to show."""

Metrics = Callable[[], bytes]
"""What /metrics answers."""

KEPT_SECONDS = 1.0
"""So old may be what strangers are told: it takes looks at the store, and they can ask as often as they like."""

REFUSED = (
    "programs of the machine itself may read this, unless [web] has sign_in; all others show its metrics_token: "
    "Authorization: Bearer …"
)


def figures(health: Health, metrics: Metrics, web: WebSettings) -> APIRouter:
    """/healthz says no more than whether it works to who may not see the figures: what fails names people and providers."""
    router = APIRouter()
    lock, said = Lock(), (0.0, False)

    def works() -> bool:
        nonlocal said
        with lock:
            if time.monotonic() >= said[0]:
                said = (time.monotonic() + KEPT_SECONDS, health()[0])
            return said[1]

    def may(request: Request) -> bool:
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer" and web.metrics_token is not None:
            return same(token.strip(), web.metrics_token.get_secret_value())
        return is_here(request) and not web.sign_in

    @router.get("/healthz")
    def healthz(request: Request) -> JSONResponse:
        ok, found = health() if may(request) else (works(), {})
        return JSONResponse({"status": "ok" if ok else "failing", **found}, status_code=200 if ok else 503)

    @router.get("/metrics")
    def scrape(request: Request) -> Response:
        if not may(request):
            return PlainTextResponse(
                REFUSED, status_code=401, headers={"WWW-Authenticate": 'Bearer realm="snapwatch"'}
            )
        return Response(metrics(), media_type=CONTENT_TYPE_LATEST)

    return router
