"""What changes while somebody looks, as server-sent events."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from sse_starlette import EventSourceResponse, ServerSentEvent

from monitor.errors import SnapwatchError
from monitor.web.room import Room
from monitor.web.visitor import Visitor, admit

PING = 20
"""Seconds: proxies cut lines on which nothing is said."""


def events_screen(room: Room) -> APIRouter:
    router = APIRouter()

    async def changes(request: Request, visitor: Visitor) -> AsyncIterator[ServerSentEvent]:
        def may() -> bool:
            """Whoever has signed out, or has other rights by now, has to come anew."""
            try:
                fresh = room.door.visitor(request)
            except SnapwatchError:
                return False
            return (fresh.name, fresh.role) == (visitor.name, visitor.role)

        async for pulse in room.pulses.listen(visitor.name, may):
            told = {"waiting": pulse.waiting, "mark": pulse.mark, "now": room.clock.now().isoformat()}
            yield ServerSentEvent(event="changed", data=json.dumps(told), retry=2000)

    @router.get("/events")
    async def events(request: Request, visitor: Visitor = Depends(admit(room.door, "viewer"))) -> Response:
        if room.pulses.full(visitor.name):
            return Response("too many look at once; the screens work without this", status_code=503)
        return EventSourceResponse(changes(request, visitor), ping=PING)

    return router
