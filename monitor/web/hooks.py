"""POST /hooks/NAME: where other programs send mentions to a source that is told.

202  stored, in one transaction: {"new": how many mentions were not known yet}
400  can't be read: {"error": where and why}; nothing was stored
401  the signature is not right
404  no such source
413  too large
503  the store is busy, or too many requests come at once: send it again after Retry-After
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from monitor.errors import InputError, SourceError, StoreError
from monitor.ports import Clock

LARGEST = 1 << 20
"""Bytes of a body."""
AT_ONCE = 32
"""Requests that are taken at a time, since each holds its body in memory before anybody can know who sent it."""
PATIENCE = 30.0
"""Seconds that a body may take to arrive."""
RETRY_AFTER = "10"

Receive = Callable[[str, Mapping[str, str], bytes, datetime], int | None]
"""Stores what is sent to the source of that name; how many mentions were new, None when there is no such source."""

log = structlog.get_logger()


def hooks(receive: Receive, clock: Clock) -> APIRouter:
    """The route; what it is sent, `receive` stores."""
    router = APIRouter()
    under_way = 0

    @router.post("/hooks/{name}")
    async def hook(name: str, request: Request) -> JSONResponse:
        nonlocal under_way
        if under_way >= AT_ONCE:
            return _refused(
                503, "too many requests come at once; send it again", {"Retry-After": RETRY_AFTER}
            )
        under_way += 1
        try:
            return await taken(name, request)
        finally:
            under_way -= 1

    async def taken(name: str, request: Request) -> JSONResponse:
        try:
            body = await asyncio.wait_for(_body(request), PATIENCE)
        except TimeoutError:
            return _refused(408, f"the body did not arrive within {PATIENCE:g} seconds")
        except ClientDisconnect:
            return _refused(400, "the request was cut off")
        if body is None:
            return _refused(413, f"the body has more than {LARGEST:,} bytes: send less at a time")
        headers = dict(request.headers)
        try:
            new = await run_in_threadpool(receive, name, headers, body, clock.now())
        except SourceError as error:
            log.warning("a request was refused", source=name[:40], reason=str(error))
            return _refused(401, str(error))
        except InputError as error:
            log.warning("a request could not be read", source=name[:40], reason=str(error))
            return _refused(400, str(error))
        except StoreError as error:
            log.error("a request could not be stored", source=name[:40], reason=str(error))
            return _refused(503, "the store is busy; send it again", {"Retry-After": RETRY_AFTER})
        if new is None:
            return _refused(404, "there is no webhook of that name")
        return JSONResponse({"new": new}, status_code=202)

    return router


async def _body(request: Request) -> bytes | None:
    """None when it is too large; then the rest of it is not read."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST:
            return None
    return bytes(body)


def _refused(status: int, error: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    return JSONResponse({"error": error}, status_code=status, headers=headers)
