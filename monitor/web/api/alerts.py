"""What a person does with an alert, over the API: as the dashboard's buttons do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from monitor.paging import respond
from monitor.store import Alert, Tables
from monitor.web.api import shapes
from monitor.web.api.asking import WHOLE, Body, Number, absent
from monitor.web.api.problems import refusals
from monitor.web.api.rights import Responder, Viewer
from monitor.web.room import Room
from monitor.web.visitor import Visitor


class Snooze(Body):
    minutes: Annotated[int, Field(ge=1, le=respond.LONGEST_SNOOZE // timedelta(minutes=1)), WHOLE]


class Reassign(Body):
    to: str = Field(min_length=1, max_length=200, description="the name of somebody in the configuration")


class Note(Body):
    text: str = Field(min_length=1, max_length=respond.NOTE_LONGEST, pattern=r"\S")


def alert_routes(room: Room) -> APIRouter:
    router = APIRouter(prefix="/alerts", tags=["alerts"], responses=refusals(404))
    changing = refusals(404, 409)

    def done(
        number: int, visitor: Visitor, act: Callable[[str, str, datetime, respond.At], str]
    ) -> shapes.Said:
        """`act` takes a code, a person, the time, and how moments are written."""
        found(room.store.read, number)
        said = act(str(number), room.person(visitor), room.clock.now(), respond.in_utc)
        return shapes.Said(said=said, alert=shapes.Alert.of(found(room.store.read, number)))

    @router.get("", summary="Alerts that are not resolved")
    def active(_: Viewer) -> list[shapes.Alert]:
        return shapes.listed(shapes.Alert, room.store.read.alerts.active())

    @router.get("/{number}", summary="One alert")
    def one(number: Number, _: Viewer) -> shapes.Alert:
        return shapes.Alert.of(found(room.store.read, number))

    @router.get("/{number}/events", summary="What happened to an alert, the oldest first")
    def events(number: Number, _: Viewer) -> list[shapes.AlertEvent]:
        tables = room.store.read
        return shapes.listed(shapes.AlertEvent, tables.alerts.events(found(tables, number).id))

    @router.post("/{number}/acknowledge", summary="Take it: nobody else is paged", responses=changing)
    def acknowledge(number: Number, visitor: Responder) -> shapes.Said:
        return done(number, visitor, partial(respond.acknowledge, room.store))

    @router.post("/{number}/unacknowledge", summary="Give it back: it pages anew", responses=changing)
    def unacknowledge(number: Number, visitor: Responder) -> shapes.Said:
        return done(number, visitor, partial(respond.unacknowledge, room.store))

    @router.post("/{number}/snooze", summary="Silence for some minutes", responses=changing)
    def snooze(number: Number, body: Snooze, visitor: Responder) -> shapes.Said:
        def act(code: str, person: str, now: datetime, at: respond.At) -> str:
            return respond.snooze(room.store, code, person, now + timedelta(minutes=body.minutes), now, at)

        return done(number, visitor, act)

    @router.post("/{number}/resolve", summary="It is over", responses=changing)
    def resolve(number: Number, visitor: Responder) -> shapes.Said:
        return done(number, visitor, partial(respond.resolve, room.store))

    @router.post("/{number}/reassign", summary="Hand it to somebody, who is paged now", responses=changing)
    def reassign(number: Number, body: Reassign, visitor: Responder) -> shapes.Said:
        if body.to not in room.people:
            raise absent(f"person called that; there are: {', '.join(room.people)}")

        def act(code: str, person: str, now: datetime, at: respond.At) -> str:
            return respond.reassign(room.store, code, person, body.to, now, at)

        return done(number, visitor, act)

    @router.post("/{number}/note", summary="Add a note to what happened to it", responses=changing)
    def note(number: Number, body: Note, visitor: Responder) -> shapes.Said:
        def act(code: str, person: str, now: datetime, at: respond.At) -> str:
            return respond.note(room.store, code, person, body.text, now, at)

        return done(number, visitor, act)

    return router


def found(tables: Tables, number: int) -> Alert:
    """The alert of that number, or the one that it is part of by now. ProblemError."""
    alert = tables.alerts.get(number)
    if alert is None:
        raise absent(f"alert {number}")
    return alert
