"""Now: the stories that go on, by urgency."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse

from monitor import blind
from monitor.overview.now import Now, now_view
from monitor.store import Pulse
from monitor.web import words
from monitor.web.pressed import seen
from monitor.web.room import Room
from monitor.web.together import Together
from monitor.web.visitor import Visitor, admit


def now_screen(room: Room) -> APIRouter:
    router = APIRouter()
    viewer = Depends(admit(room.door, "viewer"))

    def read() -> tuple[datetime, Pulse, Now]:
        """The pulse first: what changes while the rest is read is asked for again."""
        now, pulse = room.clock.now(), room.store.read.glances.pulse()
        return now, pulse, now_view(room.store.read, room.config, now)

    look = Together(read)  # a change is told to all browsers at once, and all come for it

    def shown(visitor: Visitor) -> dict[str, Any]:
        now, pulse, found = look()
        at = room.at(visitor)
        person = visitor.person or ""
        return {
            "pulse": pulse,
            "found": found,
            "acts": visitor.may("responder") and bool(person),
            "seen": lambda alert: seen(room.store.read.alerts.events(alert.id)),
            "missing": blind.in_words(found.blind, blind.clock(visitor.zone, now)),
            "standing": partial(words.standing, person=person, at=at),
            "coming": lambda each: words.coming(each.alert, person, each.next_person, at, now),
        }

    @router.get("/")
    def now(visitor: Visitor = viewer) -> HTMLResponse:
        return room.page("now.html.jinja", visitor, here="now", **shown(visitor))

    @router.get("/now")
    def live(visitor: Visitor = viewer) -> HTMLResponse:
        """The part of the screen that changes, alone."""
        return room.page("now_live.html.jinja", visitor, **shown(visitor))

    return router
