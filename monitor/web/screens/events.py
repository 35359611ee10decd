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

    async def changes() -> AsyncIterator[ServerSentEvent]:
        async for pulse in room.pulses.listen():
            told = {"waiting": pulse.waiting, "mark": pulse.mark, "now": room.clock.now().isoformat()}
            yield ServerSentEvent(event="changed", data=json.dumps(told), retry=2000)

    @router.get("/events")
    async def events(_: Visitor = Depends(admit(room.door, "viewer"))) -> Response:
        if room.pulses.full:
            return Response("too many look at once; the screens work without this", status_code=503)
        return EventSourceResponse(changes(), ping=PING)

    return router
