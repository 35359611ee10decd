"""Sources: how each is, where posts were missed, and what it costs."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse

from monitor.overview.sources import WEEK, sources_view
from monitor.web.room import Room
from monitor.web.sparks import bars, strip
from monitor.web.visitor import Visitor, admit


def sources_screen(room: Room) -> APIRouter:
    router = APIRouter()
    viewer = Depends(admit(room.door, "viewer"))

    def page(template: str, visitor: Visitor) -> HTMLResponse:
        now, pulse = room.clock.now(), room.store.read.glances.pulse()
        return room.page(
            template,
            visitor,
            here="sources",
            pulse=pulse,
            found=sources_view(room.store.read, room.config, now),
            strip=lambda lane: strip(lane.strip, now - WEEK, now),
            bars=bars,
        )

    @router.get("/sources")
    def sources(visitor: Visitor = viewer) -> HTMLResponse:
        return page("sources.html.jinja", visitor)

    @router.get("/sources/live")
    def live(visitor: Visitor = viewer) -> HTMLResponse:
        """The part of the screen that changes, alone."""
        return page("sources_live.html.jinja", visitor)

    return router
