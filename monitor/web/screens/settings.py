"""Settings: what the configuration says, to be read only."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse

from monitor.overview.settings import settings_view
from monitor.web.room import Room
from monitor.web.visitor import Visitor, admit


def settings_screen(room: Room) -> APIRouter:
    router = APIRouter()
    admin = Depends(admit(room.door, "admin"))

    @router.get("/settings")
    def settings(visitor: Visitor = admin, every: bool = False) -> HTMLResponse:
        """`every`: also the keys on which the file is silent."""
        found = settings_view(room.store.read, room.config)
        return room.page("settings.html.jinja", visitor, here="settings", found=found, every=every)

    return router
