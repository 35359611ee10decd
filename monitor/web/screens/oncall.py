"""On call: who has it, the weeks to come, changes, test pages, silences."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from monitor.answering import silencing
from monitor.errors import InputError
from monitor.overview import rota
from monitor.paging import respond
from monitor.paging.silences import Kind
from monitor.rota.changing import Planner, in_words
from monitor.watching import drills
from monitor.web.room import Form, Room
from monitor.web.visitor import Visitor, admit

SWAPPED = timedelta(weeks=12)
"""How far ahead shifts can be swapped on the screen."""
HUES = 6
"""Colours of people in calendars; the next ones begin anew."""
KINDS: Mapping[str, Kind] = {"all": "all", "source": "source", "category": "category", "story": "story"}

Do = Callable[[Form, Visitor, datetime], str]
"""What a form does; what is told of it afterwards, as the query of the screen's address."""


def oncall_screen(room: Room) -> APIRouter:
    router = APIRouter()
    hues = {name: number % HUES for number, name in enumerate(room.people)}
    short = _short(list(room.people))

    def shown(
        visitor: Visitor, asked: Mapping[str, str], form: Form | None = None, problem: str = ""
    ) -> HTMLResponse:
        tables, now = room.store.read, room.clock.now()
        own = asked.get("clock") != "theirs"
        view = rota.on_call(tables, room.config, now)
        return room.page(
            "oncall.html.jinja", visitor, here="oncall", status=422 if problem else 200, view=view, own=own,
            calendars=[
                rota.calendar(tables, room.config, each.rotation, visitor.zone if own else each.zone, now)
                for each in view.standings
            ],
            shifts={
                each.rotation: [
                    (f"{shift.start:%Y-%m-%dT%H:%M:%SZ} {shift.person}", shift)
                    for shift in rota.coming(tables, room.config, each.rotation, now, SWAPPED)
                ]
                for each in view.standings
            },
            hues=hues, short=short, form={"what": "", "rotation": "", **(form or {})}, problem=problem,
            told=_told(room, asked, visitor, now),
            in_words=lambda change: in_words(change, visitor.zone), kinds=KINDS,
            may=_may(visitor),
            names=[*room.config.sources, *room.config.categories],
        )  # fmt: skip

    @router.get("/oncall")
    def oncall(request: Request, visitor: Visitor = Depends(admit(room.door, "viewer"))) -> HTMLResponse:
        return shown(visitor, request.query_params)

    @router.get("/oncall/tests")
    def tests(visitor: Visitor = Depends(admit(room.door, "viewer"))) -> HTMLResponse:
        view = rota.on_call(room.store.read, room.config, room.clock.now())
        return room.page(
            "oncall_tests.html.jinja", visitor, view=view, hues=hues, short=short, may=_may(visitor)
        )

    @router.get("/oncall/{what}")
    def again(what: str) -> RedirectResponse:  # noqa: ARG001 -- the address says it
        """Where a form that could not be done has left the browser, loaded anew."""
        return RedirectResponse("/oncall")

    @router.post("/oncall/{what}")
    async def change(
        what: str, request: Request, visitor: Visitor = Depends(admit(room.door, "responder"))
    ) -> Response:
        def do(form: Form, now: datetime) -> Response:
            try:
                if what not in acts:
                    raise InputError("this button is not known; press one of these")
                told = acts[what](form, visitor, now)
            except InputError as error:
                return shown(visitor, request.query_params, {"what": what, **form}, str(error))
            return RedirectResponse(f"/oncall?{told}#told", status_code=303)

        return await room.act(request, visitor, do)

    acts = _acts(room)
    return router


def _acts(room: Room) -> dict[str, Do]:
    def planner(now: datetime) -> Planner:
        return Planner(room.store, room.config, now)

    def changed(made: Any) -> str:
        return f"change={made.numbers[0]}" if made.numbers else "same=1"

    def take(form: Form, visitor: Visitor, now: datetime) -> str:
        until, zone = form.get("until") or None, visitor.zone.key
        return changed(planner(now).take(form.get("rotation"), room.person(visitor), until, zone=zone))

    def override(form: Form, visitor: Visitor, now: datetime) -> str:
        start, until = _filled(form, "from", "until")
        person, by = form.get("person", ""), room.person(visitor)
        return changed(
            planner(now).override(form.get("rotation"), person, start, until, by, visitor.zone.key)
        )

    def away(form: Form, visitor: Visitor, now: datetime) -> str:
        start, until = _filled(form, "from", "until")
        return changed(
            planner(now).away(form.get("person", ""), start, until, room.person(visitor), visitor.zone.key)
        )

    def swap(form: Form, visitor: Visitor, now: datetime) -> str:
        first, second = (_shift(form.get(name, "")) for name in ("first", "second"))
        return changed(planner(now).swap(form.get("rotation"), first, second, room.person(visitor)))

    def undo(form: Form, visitor: Visitor, now: datetime) -> str:
        planner(now).undo(_number(form), visitor.zone.key)
        return "undone=1"

    def test(form: Form, visitor: Visitor, now: datetime) -> str:
        room.person(visitor)
        person = next((each for each in room.config.people if each.name == form.get("person")), None)
        if person is None or not person.contacts:
            raise InputError("choose somebody who can be reached")
        return f"test={drills.ask(room.store, person, now).id}"

    def arrived(form: Form, visitor: Visitor, now: datetime) -> str:
        respond.acknowledge(room.store, form.get("code", ""), room.person(visitor), now)
        return "arrived=1"

    def silence(form: Form, visitor: Visitor, now: datetime) -> str:
        at = _desk(room, visitor, now)
        kind = KINDS.get(form.get("kind", ""))
        if kind is None:
            raise InputError("choose what is to be silent: everything, a source, a category or a story")
        (until,) = _filled(form, "until")
        what = form.get("of", "").strip() if kind != "all" else ""
        made = silencing.silence(at, kind, what, at.until(until, None), form.get("why", ""))
        return f"silence={made.number}"

    def end(form: Form, visitor: Visitor, now: datetime) -> str:
        silencing.end(_desk(room, visitor, now), _number(form))
        return "ended=1"

    return {
        "take": take, "override": override, "away": away, "swap": swap, "undo": undo, "test": test,
        "arrived": arrived, "silence": silence, "end": end,
    }  # fmt: skip


def _may(visitor: Visitor) -> bool:
    return visitor.may("responder") and visitor.person is not None


def _short(people: Sequence[str]) -> dict[str, str]:
    """Names without what stands in brackets behind them, where that tells people apart all the same."""
    first = {name: name.partition(" (")[0] for name in people}
    return {name: said if list(first.values()).count(said) == 1 else name for name, said in first.items()}


def _told(room: Room, asked: Mapping[str, str], visitor: Visitor, now: datetime) -> tuple[str, int | None]:
    """What the last form did, as things stand now, and the change that can be taken back."""
    number = asked.get("change", "")
    if number.isdecimal() and len(number) < 10:
        made = Planner(room.store, room.config, now).stands(int(number), visitor.zone.key)
        if made:
            return f"{made.words}.{made.also}", made.numbers[0]
    words = {
        "same": "It is so already; nothing was changed.",
        "undone": "The change is taken back.",
        "test": "The test page is on its way. It stands below whether it was acknowledged.",
        "arrived": "The test page has arrived: you have acknowledged it.",
        "silence": "From now on that pages nobody until its end. Then what it held is decided again.",
        "ended": "The silence has ended. What it held is decided again now.",
    }
    return next((said for name, said in words.items() if name in asked), ""), None


def _desk(room: Room, visitor: Visitor, now: datetime) -> silencing.Desk:
    return silencing.Desk(room.store, room.config, now, room.person(visitor), ZoneInfo(visitor.zone.key))


def _filled(form: Form, *names: str) -> list[str]:
    missing = [name for name in names if not form.get(name)]
    if missing:
        raise InputError(f"fill in {' and '.join(missing)}: a day, or a day and a time")
    return [form[name] for name in names]


def _shift(chosen: str) -> tuple[str, str]:
    """A person and a moment of their shift, as the screen's choices have them."""
    when, _, person = chosen.partition(" ")
    if not person:
        raise InputError("choose two shifts")
    return person, when


def _number(form: Form) -> int:
    number = form.get("number", "")
    if not (number.isdecimal() and len(number) < 10):
        raise InputError("this button is not known; press one of these")
    return int(number)
