"""The after-action report of a story, and what people learnt of all of them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from monitor.errors import InputError
from monitor.overview import lessons, report_words
from monitor.overview.after_action import report
from monitor.overview.report_curve import drawings
from monitor.store import LessonKind
from monitor.web.report_file import forecast, report_file
from monitor.web.room import Form, Room
from monitor.web.visitor import Visitor, admit

LARGEST_NUMBER = 2**53
PAGE = 50
NOBODYS = (
    "Whose task is it, and until which day? The digest reminds of both. If nobody can say yet, press the button again: "
    "it is kept without."
)


def report_screen(room: Room) -> APIRouter:
    router = APIRouter()
    viewer = Depends(admit(room.door, "viewer"))
    responder = Depends(admit(room.door, "responder"))

    def shown(
        visitor: Visitor, number: int, typed: Form | None = None, problem: str = "", status: int = 200
    ) -> HTMLResponse:
        now = room.clock.now()
        told = report(room.store.read, room.config, _story(number), now)
        return room.page(
            "report.html.jinja",
            visitor,
            here="now",
            status=status,
            report=told,
            say=report_words,
            zone=visitor.zone,
            drawings=drawings(told, visitor.zone),
            **forecast(told, visitor.zone),
            KINDS=lessons.HEADINGS,
            today=now.astimezone(visitor.zone).date(),
            typed=typed or {},
            problem=problem,
        )

    @router.get("/stories/{number}/report")
    def read(number: int, visitor: Visitor = viewer) -> HTMLResponse:
        return shown(visitor, number)

    @router.get("/stories/{number}/report/file")
    def file(number: int, visitor: Visitor = viewer) -> HTMLResponse:
        told = report(room.store.read, room.config, _story(number), room.clock.now())
        name = f'attachment; filename="report-{told.story_id}.html"'
        return HTMLResponse(
            report_file(told, room.config.brand.name, visitor.zone), headers={"Content-Disposition": name}
        )

    @router.post("/stories/{number}/report/lessons")
    async def write(request: Request, number: int, visitor: Visitor = responder) -> Response:
        def do(form: Form, now: datetime) -> Response:
            if lessons.is_nobodys(form) and not form.get("asked"):
                return shown(visitor, number, {**form, "asked": "1"}, NOBODYS, 400)
            try:
                lessons.write(room.store, _story(number), form, room.person(visitor), now)
            except InputError as error:
                return shown(visitor, number, form, str(error), 400)
            return RedirectResponse(f"/stories/{number}/report#lessons", 303)

        return await room.act(request, visitor, do)

    @router.post("/lessons/{number}")
    async def change(request: Request, number: int, visitor: Visitor = responder) -> Response:
        def do(form: Form, now: datetime) -> Response:
            story = lessons.change(
                room.store, _story(number), form.get("what", ""), room.person(visitor), now
            )
            there = "/lessons" if form.get("back") == "lessons" else f"/stories/{story}/report#lessons"
            return RedirectResponse(there, 303)

        return await room.act(request, visitor, do)

    @router.get("/lessons")
    def learnt(
        kind: Literal["to-do", "well", "badly", "change"] = "to-do",
        before: int | None = None,
        visitor: Visitor = viewer,
    ) -> HTMLResponse:
        tables, now = room.store.read, room.clock.now()
        waiting = tables.lessons.open()
        older = None
        some = waiting
        if kind != "to-do":
            chosen: LessonKind = kind
            some = tables.lessons.newest(PAGE + 1, before, chosen)
            older = some[PAGE - 1].number if len(some) > PAGE else None
            some = some[:PAGE]
        return room.page(
            "lessons.html.jinja",
            visitor,
            here="now",
            lessons=some,
            to_do=len(waiting),
            kind=kind,
            older=older,
            today=now.astimezone(visitor.zone).date(),
        )

    return router


def _story(number: int) -> int:
    """A number that there can be. InputError for one that no database holds."""
    if not 0 < number < LARGEST_NUMBER:
        raise InputError(f"there is no number {number} here")
    return number
