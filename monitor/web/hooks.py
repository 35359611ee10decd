"""POST /hooks/NAME: where other programs send mentions to a source that is told.

202  stored, in one transaction: {"new": how many mentions were not known yet}
400  can't be read: {"error": where and why}; nothing was stored
401  the signature is not right
404  no such source
413  too large
503  the store is busy, or too many requests come at once: send it again after Retry-After
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from monitor.errors import InputError, SourceError, StoreError
from monitor.ports import Clock
from monitor.web.bodies import RETRY_AFTER, Gate, refused

LARGEST = 1 << 20
"""Bytes of a body."""

Receive = Callable[[str, Mapping[str, str], bytes, datetime], int | None]
"""Stores what is sent to the source of that name; how many mentions were new, None when there is no such source."""

log = structlog.get_logger()


def hooks(receive: Receive, clock: Clock) -> APIRouter:
    """The route; what it is sent, `receive` stores."""
    router = APIRouter()
    gate = Gate(LARGEST)

    @router.post("/hooks/{name}")
    async def hook(name: str, request: Request) -> Response:
        async def taken(body: bytes) -> Response:
            try:
                new = await run_in_threadpool(receive, name, dict(request.headers), body, clock.now())
            except SourceError as error:
                log.warning("a request was refused", source=name[:40], reason=str(error))
                return refused(401, str(error))
            except InputError as error:
                log.warning("a request could not be read", source=name[:40], reason=str(error))
                return refused(400, str(error))
            except StoreError as error:
                log.error("a request could not be stored", source=name[:40], reason=str(error))
                return refused(503, "the store is busy; send it again", RETRY_AFTER)
            if new is None:
                return refused(404, "there is no webhook of that name")
            return JSONResponse({"new": new}, status_code=202)

        return await gate.take(request, taken)

    return router
