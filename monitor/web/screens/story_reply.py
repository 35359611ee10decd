"""Answering a customer of a story, for who is signed in: the same page as behind the personal link."""

from __future__ import annotations

from contextlib import suppress
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from monitor.errors import InputError
from monitor.web.enter.accounts import AccountDoor
from monitor.web.enter.paths import login
from monitor.web.kept import Kept
from monitor.web.reply_editor import ReplyEditor
from monitor.web.reply_form import Fields, first
from monitor.web.reply_page import Way
from monitor.web.room import OLD, Room
from monitor.web.screens.story import LARGEST
from monitor.web.visitor import ForbiddenError, StrangerError, Visitor, admit


def story_reply_screen(room: Room) -> APIRouter:
    router = APIRouter()
    if room.answering is None:
        return router
    editor = ReplyEditor(room.store, room.clock, room.people, room.answering, room.templates)
    kept, responder = Kept(room.clock), admit(room.door, "responder")

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
        comes = way(number, visitor)
        if form := kept.of(visitor.account, number, post):
            with suppress(InputError):  # the post is none of this story's any more
                return editor.again(comes, form)
        return editor.show(comes, post, writes=bool(write))

    @router.post("/stories/{number:int}/reply")
    async def act(number: int, request: Request) -> Response:
        def do(form: Fields) -> Response:
            done = editor.press(way(number, visitor), form)
            # What was typed is done, or stands on the page that is shown.
            kept.drop(visitor.account, number, first(form, "post"))
            return done

        def old(form: Fields) -> Response:
            if "text" not in form:
                raise ForbiddenError(OLD)
            return editor.again(way(number, visitor), form)

        try:
            visitor = await run_in_threadpool(responder, request)
        except StrangerError as error:
            return await _ended(room, kept, number, request, error)
        return await room.act_on(request, visitor, do, old)

    @router.post("/stories/{number:int}/reply/lint")
    async def lint(
        number: int, request: Request, visitor: Visitor = Depends(admit(room.door, "responder"))
    ) -> Response:
        return await room.act_on(request, visitor, lambda form: editor.read(way(number, visitor), form))

    return router


async def _ended(room: Room, kept: Kept, number: int, request: Request, error: StrangerError) -> Response:
    """Keep the words of somebody whose visit was over for when they have signed in. The error for everybody else, and for
    a form that is not of that visit."""
    door = room.door
    was = (
        await run_in_threadpool(door.was, request) if error.enter and isinstance(door, AccountDoor) else None
    )
    account = was.account if was else None
    if was is None or account is None:
        raise error

    def keep(form: Fields) -> Response:
        if "text" not in form:
            raise error
        kept.put(account, number, form)
        query = urlencode({"post": first(form, "post"), "kept": "1"})
        return RedirectResponse(login(request.url.path, query), status_code=303)

    try:
        return await room.act_on(request, was, keep)
    except ForbiddenError:
        raise error from None
