"""A story: what it is, who has it, what to do; then why, how it spreads and what to say; then everything else."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from hashlib import sha256
from typing import Any, Literal

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from monitor import blind
from monitor.errors import InputError
from monitor.overview import course_curve, course_words
from monitor.overview.story import (
    Curve,
    Order,
    StoryView,
    Which,
    audit,
    course_of,
    curve,
    posts,
    story_lines,
    story_view,
    voices,
)
from monitor.spread import OVER
from monitor.store import Story
from monitor.stories import OPEN_FOR
from monitor.web import proposals, reply_words, words
from monitor.web.pressed import STALE, press, seen, until_morning
from monitor.web.room import Form, Room
from monitor.web.story_words import audit_in_words, curve_in_words, readings
from monitor.web.visitor import Visitor, admit

FIRST_POSTS, FIRST_DONE = 5, 8
"""On the story's own page; the rest is a page further."""

PICTURES = 256
"""So many pictures of curves are kept, each about 9 kB."""

LARGEST = 1 << 53
"""No story has such a number, which the database could not even be asked for."""

SVG = {
    # A picture's own styles, by which it is legible in the dark; nothing in it can run or load.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    # Browsers keep it, and ask each time whether they may still show it: who has signed out may not.
    "Cache-Control": "private, no-cache",
}

ORDERS: tuple[tuple[Order, str], ...] = (
    ("spread", "Gravest"),
    ("newest", "Newest"),
    ("first", "From the beginning"),
)
WHICH: tuple[tuple[Which, str], ...] = (("open", "Going on"), ("over", "Over"), ("all", "All"))


def story_screen(room: Room) -> APIRouter:
    router = APIRouter()
    draw = lru_cache(PICTURES)(room.draw) if room.draw else None

    def missing(number: int) -> InputError:
        return InputError(f"There is no story {number}. The page of all stories lists those that there are.")

    def known(number: int) -> Story:
        story = room.store.read.stories.get(number) if number < LARGEST else None
        if story is None:
            raise missing(number)
        return story

    def found(number: int) -> StoryView:
        view = (
            story_view(room.store.read, room.config, number, room.clock.now()) if number < LARGEST else None
        )
        if view is None:
            raise missing(number)
        return view

    def named(number: int, visitor: Visitor) -> dict[str, Any]:
        """What the further pages of a story say of it."""
        story = known(number)
        return {
            "story": story,
            "alert": room.store.read.alerts.of_story(story.id),
            "acts": visitor.may("responder") and visitor.person is not None and room.answering is not None,
        }

    def graph_of(story_id: int) -> Curve | None:
        """The curve; what is over has no forecast any more."""
        graph = curve(room.store.read, room.config, story_id)
        over = graph is not None and room.clock.now() - graph.post.created_at >= OVER
        return replace(graph, forecast=None) if graph and over else graph

    def head(view: StoryView, visitor: Visitor, problem: str = "", text: str = "") -> dict[str, Any]:
        """What it is, who has it, what to do."""
        now, alert = room.clock.now(), view.alert
        person = visitor.person or ""
        replies = view.replies
        return {
            "view": view,
            "story": view.story,
            "alert": alert,
            "lead": view.lead,
            "acts": visitor.may("responder") and bool(person),
            "others": [name for name in room.people if name != person],
            "problem": problem,
            "typed": text,
            "seen": seen(room.store.read.alerts.events(alert.id)) if alert else "",
            "standing": words.standing(alert, person, room.at(visitor)) if alert else "",
            "coming": words.coming(alert, person, view.next_person, room.at(visitor), now) if alert else "",
            "aged": view.lead is not None and now - view.lead.mention.created_at >= OVER,
            "ended": view.story.closed_at is not None or now - view.story.updated_at > OPEN_FOR,
            "morning": words.relative(until_morning(visitor.zone, now), now),
            "reply": reply_words.STANDING.get(replies[-1].state, "") if replies else "",
            "answers": room.answering is not None,
        }

    def page(
        number: int, visitor: Visitor, problem: str = "", text: str = "", status: int = 200
    ) -> HTMLResponse:
        pulse = room.store.read.glances.pulse()
        view = found(number)
        read, now, alert = room.store.read, room.clock.now(), view.alert
        signer = visitor.person or (alert.holder if alert and alert.holder else next(iter(room.people)))
        draft, holding = (
            proposals.proposed(room.answering, view.case, signer, now)
            if room.answering and view.case
            else (None, None)
        )
        graph = graph_of(view.story.id)
        rows = audit(read, view.story.id, limit=FIRST_DONE)
        went = course_of(read, room.config, view, now)
        return room.page(
            "story.html.jinja",
            visitor,
            here="now",
            status=status,
            pulse=pulse,
            **head(view, visitor, problem, text),
            blind=blind.in_words(view.blind, blind.clock(visitor.zone, now)),
            draft=draft,
            holding=holding,
            curve=graph,
            picture=picture(view.story.id, graph, visitor) if graph and draw else None,
            curve_words=curve_in_words(graph, room.at(visitor)) if graph else "",
            readings=readings(graph) if graph else (),
            course=went,
            course_words=course_words.in_words(went, room.at(visitor)),
            likelihoods=course_curve.drawings(went, visitor.zone),
            posts=posts(read, room.config, view.story.id, "spread", limit=FIRST_POSTS),
            voices=voices(read, view.story.id),
            done=audit_in_words(rows.items, alert.reason if alert else ""),
            more_done=rows.after is not None,
            merged=number if view.story.id != number else None,
        )

    def version(graph: Curve, visitor: Visitor) -> str:
        """Of its picture."""
        return sha256(repr((graph, visitor.zone.key)).encode()).hexdigest()[:12]

    def picture(number: int, graph: Curve, visitor: Visitor) -> str:
        """Where its picture is; another one is elsewhere, so that a page that is up to date shows it anew."""
        return f"/stories/{number}/curve.svg?v={version(graph, visitor)}"

    @router.get("/stories")
    def listed(
        which: Which = "open",
        after: str | None = None,
        visitor: Visitor = Depends(admit(room.door, "viewer")),
    ) -> HTMLResponse:
        lines = story_lines(room.store.read, room.config, room.clock.now(), which, after)
        return room.page(
            "stories.html.jinja",
            visitor,
            here="now",
            lines=lines,
            which=which,
            kinds=WHICH,
            first=after is None,
        )

    @router.get("/stories/{number:int}")
    def story(number: int, visitor: Visitor = Depends(admit(room.door, "viewer"))) -> HTMLResponse:
        return page(number, visitor)

    @router.get("/stories/{number:int}/live")
    def live(number: int, visitor: Visitor = Depends(admit(room.door, "viewer"))) -> HTMLResponse:
        """The part of the page that changes while it is looked at."""
        return room.page("story_live.html.jinja", visitor, **head(found(number), visitor))

    @router.post("/stories/{number:int}")
    async def act(
        number: int, request: Request, visitor: Visitor = Depends(admit(room.door, "responder"))
    ) -> Response:
        def do(form: Form, _: object) -> Response:
            view = found(number)
            alert, action, text = view.alert, form.get("action", ""), form.get("text", "")
            if alert is None:
                raise InputError("Nobody was paged about this story, so there is nothing to acknowledge.")
            stale = form.get("seen") != seen(room.store.read.alerts.events(alert.id))
            if action != "note" and stale:
                return page(number, visitor, STALE, status=409)
            try:
                press(
                    room.store,
                    str(alert.id),
                    room.person(visitor),
                    action,
                    room.clock.now(),
                    to=form.get("to", ""),
                    text=text,
                    zone=visitor.zone,
                    people=room.people,
                )
            except InputError as error:
                return page(number, visitor, words.sentence(str(error)), text, 400)
            return RedirectResponse(f"/stories/{view.story.id}", status_code=303)

        return await room.act(request, visitor, do)

    @router.get("/stories/{number:int}/posts")
    def timeline(
        number: int,
        order: Order = "newest",
        after: str | None = None,
        visitor: Visitor = Depends(admit(room.door, "viewer")),
    ) -> HTMLResponse:
        story, read = known(number), room.store.read
        shown = posts(read, room.config, story.id, order, after)
        return room.page(
            "story_posts.html.jinja",
            visitor,
            here="now",
            **named(number, visitor),
            total=sum(read.story_pages.counts([story.id]).get(story.id, {}).values()),
            posts=shown,
            order=order,
            orders=ORDERS,
            first=after is None,
        )

    @router.get("/stories/{number:int}/audit")
    def done(
        number: int, after: str | None = None, visitor: Visitor = Depends(admit(room.door, "viewer"))
    ) -> HTMLResponse:
        rows = audit(room.store.read, known(number).id, after)
        return room.page(
            "story_audit.html.jinja",
            visitor,
            here="now",
            **named(number, visitor),
            done=audit_in_words(rows.items),
            after=rows.after,
            first=after is None,
        )

    @router.get("/stories/{number:int}/curve.svg")
    def svg(
        number: int,
        request: Request,
        size: Literal["wide", "narrow"] = "wide",
        visitor: Visitor = Depends(admit(room.door, "viewer")),
    ) -> Response:
        graph = graph_of(known(number).id)
        if graph is None or not graph.points or draw is None:
            raise InputError("There is no picture: this post has not been read yet, or is gone.")
        headers = SVG | {"ETag": f'"{version(graph, visitor)}-{size}"'}
        if request.headers.get("if-none-match", "").removeprefix("W/") == headers["ETag"]:
            return Response(status_code=304, headers=headers)
        drawn = draw(graph, visitor.zone, narrow=size == "narrow")
        return Response(drawn, media_type="image/svg+xml", headers=headers)

    return router
