"""All screens, in the order of the menu."""

from __future__ import annotations

from fastapi import APIRouter

from monitor.web.enter.pages import entrance
from monitor.web.room import Room
from monitor.web.screens.events import events_screen
from monitor.web.screens.label import label_screen
from monitor.web.screens.now import now_screen
from monitor.web.screens.oncall import oncall_screen
from monitor.web.screens.report import report_screen
from monitor.web.screens.search import search_screen
from monitor.web.screens.settings import settings_screen
from monitor.web.screens.sources import sources_screen
from monitor.web.screens.story import story_screen
from monitor.web.screens.story_reply import story_reply_screen


def screens(room: Room) -> APIRouter:
    """Their routes."""
    router = APIRouter()
    for each in (
        entrance(room),
        now_screen(room),
        events_screen(room),
        label_screen(room),
        oncall_screen(room),
        report_screen(room),
        search_screen(room),
        settings_screen(room),
        sources_screen(room),
        story_screen(room),
        story_reply_screen(room),
    ):
        router.include_router(each)
    return router
