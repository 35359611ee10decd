"""Label: one post at a time, one key each, and what that did."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from monitor.errors import InputError
from monitor.learning import said
from monitor.learning.said import SAYS, Reader
from monitor.model import MentionKey
from monitor.overview import labelling
from monitor.overview.labelling import PILES, Choice
from monitor.web import label_words
from monitor.web.room import Form, Room
from monitor.web.visitor import Visitor, admit

AT_ONCE = 8
"""Posts that a browser fetches ahead."""
KEYS = 9
"""Categories with a key of their own."""
PILE_NAMES = {
    "unsure": (
        "Unsure",
        "Posts of which the model can't tell whether they are complaints. What you say counts at once and teaches it most.",
    ),
    "paged": ("Paged", "Posts in stories that somebody was paged about, the newest first."),
    "newest": (
        "Newest",
        "All posts, the newest first: a day of them, also what it reads right, keeps the model honest.",
    ),
}


def label_screen(room: Room) -> APIRouter:
    router = APIRouter()
    words = {
        each: getattr(label_words, each)
        for each in ("plain", "spoken", "read", "before", "follows", "agreed", "finds")
    }

    def shown(
        visitor: Visitor, template: str, choice: Choice, status: int = 200, **context: Any
    ) -> HTMLResponse:
        tables = room.store.read
        return room.page(
            template, visitor, here="label", status=status, choice=choice, words=words,
            address=partial(address, choice), elsewhere=lambda **other: address(replace(choice, **other)),
            heads=label_words.HEADS, says=SAYS, piles=PILE_NAMES, keys=KEYS,
            may=visitor.may("responder") and visitor.person is not None,
            categories=Reader(room.config, tables).categories, complaint_at=room.config.rules.complaint_at,
            **context,
        )  # fmt: skip

    def asked(choice: Choice, after: str, limit: int) -> list[labelling.Post]:
        return labelling.queue(room.store.read, room.config, choice, after, limit)

    def whole(
        visitor: Visitor,
        choice: Choice,
        after: str,
        *,
        post: MentionKey | None = None,
        last: MentionKey | None = None,
        problem: str = "",
        status: int = 200,
        back: bool = False,
    ) -> HTMLResponse:
        tables = room.store.read
        one = labelling.post(tables, post, after) if post else None
        if post and one is None:
            problem = problem or "That post is not stored, or it was deleted. Here is the next one."
        first = [one] if one else asked(choice, after, 1)
        return shown(
            visitor, "label.html.jinja", choice, status,
            posts=first, after=after, problem=problem, back=back, sources=tables.past.sources(),
            effect=labelling.effect(tables, room.config, last) if last else None,
            learning=labelling.learning(tables, room.config),
        )  # fmt: skip

    @router.get("/label")
    def label(
        pile: str = "", source: str = "", story: str = "", after: str = "", post: str = "", last: str = "",
        back: str = "", visitor: Visitor = Depends(admit(room.door, "viewer")),
    ) -> HTMLResponse:  # fmt: skip
        choice = chosen({"pile": pile, "source": source, "story": story})
        return whole(visitor, choice, after, post=key(post), last=key(last), back=bool(back))

    @router.get("/label/cards")
    def cards(
        pile: str = "", source: str = "", story: str = "", after: str = "",
        visitor: Visitor = Depends(admit(room.door, "viewer")),
    ) -> HTMLResponse:  # fmt: skip
        choice = chosen({"pile": pile, "source": source, "story": story})
        return shown(
            visitor, "label_cards.html.jinja", choice, posts=asked(choice, after, AT_ONCE), after=after
        )

    @router.post("/label")
    async def say(request: Request, visitor: Visitor = Depends(admit(room.door, "responder"))) -> Response:
        def do(form: Form, now: datetime) -> Response:
            choice, after, live = chosen(form), form.get("after", ""), "live" in form
            keys = [each for name, text in form.items() if name.startswith("post") and (each := key(text))]
            try:
                if not keys:
                    raise InputError("choose at least one post")
                meant = _meant(room, form, keys[0])
                said.keep(room.store, room.config, keys, meant, room.person(visitor), now)
            except InputError as error:
                if live:
                    return shown(visitor, "label_problem.html.jinja", choice, 422, problem=str(error))
                return whole(
                    visitor, choice, after, post=keys[0] if keys else None, problem=str(error), status=422
                )
            if live:
                tables = room.store.read
                return shown(
                    visitor, "label_effect.html.jinja", choice,
                    effect=labelling.effect(tables, room.config, keys[0]), same=len(keys) - 1,
                    learning=labelling.learning(tables, room.config),
                )  # fmt: skip
            place = form.get("place") or after
            return RedirectResponse(address(choice, after=place, last=" ".join(keys[0])), status_code=303)

        return await room.act(request, visitor, do)

    @router.get("/label/undo")
    def again() -> RedirectResponse:
        """Where an undo that could not be done has left the browser, loaded anew."""
        return RedirectResponse("/label")

    @router.post("/label/undo")
    async def undo(request: Request, visitor: Visitor = Depends(admit(room.door, "responder"))) -> Response:
        def do(form: Form, now: datetime) -> Response:
            choice, after, live = chosen(form), form.get("after", ""), "live" in form
            try:
                keys = said.take_back(room.store, room.person(visitor), now)
            except InputError as error:
                if live:
                    return shown(visitor, "label_problem.html.jinja", choice, 422, problem=str(error))
                return whole(visitor, choice, after, problem=str(error), status=422)
            if live:
                tables = room.store.read
                post = labelling.post(tables, keys[0], after)
                return shown(
                    visitor, "label_undone.html.jinja", choice,
                    posts=[post] if post else [], after=after, learning=labelling.learning(tables, room.config),
                )  # fmt: skip
            return RedirectResponse(
                address(choice, after=after, post=" ".join(keys[0]), back="1"), status_code=303
            )

        return await room.act(request, visitor, do)

    return router


def _meant(room: Room, form: Form, first: MentionKey) -> dict[str, str]:
    """What a form says: the one key, or what is chosen under "say more"."""
    if form.get("say") != "more":
        reads = room.store.read.mentions.classification(first)
        return labelling.in_a_word(form.get("say", ""), reads, room.config)
    names = {"relevance": "relevant"}
    return {names.get(head, head): form[head] for head in label_words.HEADS if form.get(head)}


def key(text: str) -> MentionKey | None:
    """A source and an id, as the screen's addresses name a post."""
    source, _, id_ = text.partition(" ")
    return MentionKey(source, id_) if source and id_ else None


def chosen(form: Form) -> Choice:
    """What the address or the form asks for; what is none of it counts for nothing."""
    pile, story = form.get("pile", ""), form.get("story", "").strip().removeprefix("#")
    return Choice(
        next((each for each in PILES if each == pile), PILES[0]),
        form.get("source") or None,
        int(story) if story.isdecimal() and len(story) < 18 else None,
    )


def address(choice: Choice, **more: str) -> str:
    """Of the screen with that choice."""
    asked = {"pile": choice.pile, "source": choice.source or "", "story": str(choice.story or ""), **more}
    return f"/label?{urlencode({name: value for name, value in asked.items() if value})}"
