"""Answering a customer of a story, for who is signed in: the same page as behind the personal link."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from monitor.errors import InputError
from monitor.web.reply_editor import ReplyEditor
from monitor.web.reply_page import Way
from monitor.web.room import Room
from monitor.web.screens.story import LARGEST
from monitor.web.visitor import Visitor, admit


def story_reply_screen(room: Room) -> APIRouter:
    router = APIRouter()
    if room.answering is None:
        return router
    editor = ReplyEditor(room.store, room.clock, room.people, room.answering, room.templates)

    def way(number: int, visitor: Visitor) -> Way:
        story = room.store.read.stories.get(number) if number < LARGEST else None
        if story is None:
            raise InputError(
                f"There is no story {number}. The page of all stories lists those that there are."
            )
        alert = room.store.read.alerts.of_story(story.id)
        return Way(
            room.person(visitor),
            visitor.zone.key,
            story.id,
            alert.id if alert else None,
            here=f"/stories/{story.id}/reply",
            back=f"/stories/{story.id}",
            rules="/r/rules",
            root="",
            layout="screens/reply_frame.html.jinja",
            csrf=visitor.csrf,
            frame={**room.frame(visitor), "here": "now"},
        )

    @router.get("/stories/{number:int}/reply")
    def show(
        number: int,
        post: str = "",
        write: str = "",
        visitor: Visitor = Depends(admit(room.door, "responder")),
    ) -> Response:
        return editor.show(way(number, visitor), post, writes=bool(write))

    @router.post("/stories/{number:int}/reply")
    async def act(
        number: int, request: Request, visitor: Visitor = Depends(admit(room.door, "responder"))
    ) -> Response:
        return await room.act_on(request, visitor, lambda form: editor.press(way(number, visitor), form))

    @router.post("/stories/{number:int}/reply/lint")
    async def lint(
        number: int, request: Request, visitor: Visitor = Depends(admit(room.door, "responder"))
    ) -> Response:
        return await room.act_on(request, visitor, lambda form: editor.read(way(number, visitor), form))

    return router
