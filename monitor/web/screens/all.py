"""All screens, in the order of the menu."""

from __future__ import annotations

from fastapi import APIRouter

from monitor.web.room import Room
from monitor.web.screens.now import now_screen
from monitor.web.screens.report import report_screen


def screens(room: Room) -> APIRouter:
    """Their routes."""
    router = APIRouter()
    for each in (now_screen(room), report_screen(room)):
        router.include_router(each)
    return router
