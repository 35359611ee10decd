"""Now: the stories that go on, by urgency."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse

from monitor.web.room import Room
from monitor.web.visitor import Visitor, admit


def now_screen(room: Room) -> APIRouter:
    router = APIRouter()

    @router.get("/")
    def now(visitor: Visitor = Depends(admit(room.door, "viewer"))) -> HTMLResponse:
        return room.page("now.html.jinja", visitor, here="now")

    return router
