"""What changes while somebody looks, as server-sent events."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

from fastapi import APIRouter, Depends
from fastapi.responses import Response
from sse_starlette import EventSourceResponse, ServerSentEvent

from monitor.web.room import Room
from monitor.web.visitor import Visitor, admit

PING = 20
"""Seconds: proxies cut lines on which nothing is said."""


def events_screen(room: Room) -> APIRouter:
    router = APIRouter()

    async def told() -> AsyncIterator[ServerSentEvent]:
        async for pulse in room.pulses.listen():
            yield ServerSentEvent(event="changed", data=json.dumps({"waiting": pulse.waiting}), retry=2000)

    @router.get("/events")
    async def events(_: Visitor = Depends(admit(room.door, "viewer"))) -> Response:
        if room.pulses.full:
            return Response("too many look at once; the screens work without this", status_code=503)
        return EventSourceResponse(told(), ping=PING)

    return router
