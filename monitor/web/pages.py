"""The personal page of an alert, and of a test page, behind the link in a message: GET shows, POST acts, since mail
scanners follow every link that they see.

A POST says how the page stood that it was pressed on (`seen`). When somebody has taken the alert or given it back since,
nothing is done but to show how it stands now: a tab that a phone loads anew, or a request that is sent again, must not act
in the name of somebody who sleeps.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from urllib.parse import parse_qs, quote
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment
from starlette.concurrency import run_in_threadpool

from monitor import blind
from monitor.errors import InputError
from monitor.notice import Notice
from monitor.paging import respond
from monitor.paging.silences import moment
from monitor.ports import Clock
from monitor.store import Alert, Drill, Store
from monitor.web import reply_words, words
from monitor.web.bodies import Gate
from monitor.web.links import VALID_FOR, Links, Ticket
from monitor.web.pressed import STALE, press, seen, until_morning

OTHERS_SHOWN = 8
LARGEST = 1 << 14
"""Bytes of a form."""
FIELDS = 20
"""Of a form; further ones are none of ours."""

Describe = Callable[[Alert, str], Notice]
"""What an alert has to say to a person now."""


def pages(
    store: Store,
    clock: Clock,
    links: Links,
    people: Mapping[str, str],
    describe: Describe,
    templates: Environment,
) -> APIRouter:
    """The routes. Nothing acts without a signed link of one of `people`, who are given with their time zones."""
    router = APIRouter()
    gate = Gate(LARGEST)

    def admit(token: str) -> Ticket:
        ticket = links.read(token, people)
        at = _drill(store, ticket).at if _is_test(ticket) else respond.find(store.read, ticket.code).last.at
        if clock.now() - at > VALID_FOR:
            raise InputError("This link is older than two weeks and no longer works.")
        return ticket

    def page(ticket: Ticket, problem: str = "", status: int = 200) -> HTMLResponse:
        now = clock.now()
        if _is_test(ticket):
            drill = _drill(store, ticket)
            at = partial(moment, zone=ZoneInfo(people[ticket.person]), now=now)
            body = templates.get_template("test.html.jinja").render(
                drill=drill, person=ticket.person, at=at, problem=problem
            )
            return HTMLResponse(body, status_code=status)
        alert = respond.find(store.read, ticket.code)
        notice = describe(alert, ticket.person)
        zone = ZoneInfo(people[ticket.person])
        at = partial(moment, zone=zone, now=now)
        events = store.read.alerts.events(alert.id)
        told = {str(alert.id), *(each.code for each in notice.further)}
        replies = store.read.replies.of_alert(alert.id)
        body = templates.get_template("alert.html.jinja").render(
            alert=alert,
            notice=notice,
            person=ticket.person,
            others=[name for name in people if name != ticket.person],
            problem=problem,
            seen=seen(events),
            standing=words.standing(alert, ticket.person, at),
            coming=words.coming(alert, ticket.person, notice.next_person, at, now),
            past=words.past(events, zone, now, but=alert.reason),
            shown=words.SHOWN,
            blind=blind.in_words(notice.blind, blind.clock(zone, notice.at)),
            reply=reply_words.STANDING.get(replies[-1].state, "") if replies else "",
            morning=words.relative(until_morning(zone, now), now),
            open=[each for each in store.read.alerts.active() if str(each.id) not in told][-OTHERS_SHOWN:],
            title=lambda each: getattr(store.read.stories.get(each.story_id), "title", ""),
            token=partial(links.token, person=ticket.person),
        )
        return HTMLResponse(body, status_code=status)

    @router.get("/a/{token}")
    def show(token: str) -> HTMLResponse:
        return page(admit(token))

    @router.post("/a/{token}")
    async def act(token: str, request: Request) -> Response:
        ticket = await run_in_threadpool(admit, token)

        async def taken(body: bytes) -> Response:
            few = b"&".join(body.split(b"&", FIELDS)[:FIELDS])
            fields = parse_qs(few.decode("utf-8", "replace"))
            return await run_in_threadpool(
                pressed, ticket, {name: values[0] for name, values in fields.items()}
            )

        return await gate.take(request, taken)

    def pressed(ticket: Ticket, form: Mapping[str, str]) -> Response:
        action = form.get("action", "")
        if not _is_test(ticket) and action != "note":
            alert = respond.find(store.read, ticket.code)
            if form.get("seen") != seen(store.read.alerts.events(alert.id)):
                return page(ticket, STALE, 409)
        try:
            do(ticket, action, form.get("to", ""), form.get("text", ""), clock.now())
        except InputError as error:
            return page(ticket, words.sentence(str(error)), 400)
        return RedirectResponse(quote(links.token(ticket.code, ticket.person)), status_code=303)

    def do(ticket: Ticket, action: str, to: str, text: str, now: datetime) -> None:
        code, person = ticket.code, ticket.person
        if _is_test(ticket):
            if action != "acknowledge":
                raise InputError("a test page can only be acknowledged")
            respond.acknowledge(store, code, person, now)
        else:
            zone = ZoneInfo(people[person])
            press(store, code, person, action, now, to=to, text=text, zone=zone, people=people)

    return router


def _is_test(ticket: Ticket) -> bool:
    return ticket.code.startswith("t")


def _drill(store: Store, ticket: Ticket) -> Drill:
    drill = store.read.drills.get(int(ticket.code.removeprefix("t")))
    if drill is None:
        raise InputError("There is no such test page.")
    return drill
