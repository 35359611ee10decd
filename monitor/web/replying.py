"""The personal page on which a person answers a customer, behind the same signed link as the page of the alert."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment
from starlette.concurrency import run_in_threadpool

from monitor.errors import InputError
from monitor.paging import respond
from monitor.ports import Clock
from monitor.store import Store
from monitor.web.bodies import Gate
from monitor.web.links import VALID_FOR, Links
from monitor.web.proposals import Answering
from monitor.web.reply_editor import LARGEST, ReplyEditor
from monitor.web.reply_form import Fields, fields
from monitor.web.reply_page import Way

Handle = Callable[[Way, Fields], Response]
"""What answers a form that came to a link."""


def reply_pages(
    store: Store,
    clock: Clock,
    links: Links,
    people: Mapping[str, str],
    answering: Answering,
    templates: Environment,
) -> APIRouter:
    """The routes. Nothing acts without a signed link of one of `people`, who are given with their time zones."""
    router = APIRouter()
    gate = Gate(LARGEST)
    editor = ReplyEditor(store, clock, people, answering, templates)

    def admit(token: str) -> Way:
        ticket = links.read(token, people)
        if ticket.code.startswith("t"):
            raise InputError("This is the link of a test page: there is nothing to answer.")
        alert = respond.find(store.read, ticket.code)
        if clock.now() - alert.last.at > VALID_FOR:
            raise InputError("This link is older than two weeks and no longer works.")
        here = links.token(ticket.code, ticket.person)
        return Way(
            ticket.person,
            people[ticket.person],
            alert.story_id,
            alert.id,
            here=here,
            back=f"../a/{here}",
            rules="rules",
            root="..",
            layout="base.html.jinja",
        )

    @router.get("/r/rules")
    def rules() -> HTMLResponse:
        return HTMLResponse(templates.get_template("rules.html.jinja").render(rules=answering.explained))

    @router.get("/r/{token}")
    def show(token: str, post: str = "", write: str = "") -> Response:
        return editor.show(admit(token), post, writes=bool(write))

    @router.post("/r/{token}")
    async def act(token: str, request: Request) -> Response:
        return await answered(token, request, editor.press)

    @router.post("/r/{token}/lint")
    async def lint(token: str, request: Request) -> Response:
        return await answered(token, request, editor.read)

    async def answered(token: str, request: Request, handle: Handle) -> Response:
        await run_in_threadpool(admit, token)

        async def taken(body: bytes) -> Response:
            return await run_in_threadpool(lambda: handle(admit(token), fields(body)))

        return await gate.take(request, taken)

    return router
