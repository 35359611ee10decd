"""Drafts, lint, and replies on their way from draft to platform, over the API."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import Field

from monitor.errors import InputError
from monitor.model import MentionKey
from monitor.reply import Draft
from monitor.replying.approval import LONGEST, OPEN
from monitor.replying.desk import WHY_LONGEST
from monitor.replying.proposing import Proposing
from monitor.store import ReplyRow, Tables
from monitor.web.api import shapes
from monitor.web.api.asking import ID, MOST, NAME, WHOLE, Body, Limit, Named, Number, absent, there
from monitor.web.api.drafting import Drafted, checked, drafted
from monitor.web.api.problems import refusals
from monitor.web.api.rights import Responder, Viewer, proposer
from monitor.web.proposals import Answering
from monitor.web.room import Room
from monitor.web.visitor import Visitor

Text = Annotated[str, Field(min_length=1, max_length=LONGEST, pattern=r"\S")]
Seen = Annotated[int, Field(ge=1, le=MOST, description="the version that was read"), WHOLE]


class Lint(Body):
    text: str = Field(max_length=LONGEST)
    form: shapes.Form = "short"
    source: str = Field(
        "", max_length=NAME, description="where it would be posted; empty: nowhere in particular"
    )
    post_id: str = Field("", max_length=ID, description="the post that it would answer")


class Begin(Named):
    form: shapes.Form = "short"


class Propose(Named):
    text: Text
    form: shapes.Form = "short"


class Edit(Body):
    text: Text
    version: Seen


class Approve(Body):
    version: Seen
    ticked: list[Annotated[str, Field(max_length=100)]] = Field(
        [], max_length=100, description="the rules of the warnings that are meant to be so"
    )
    post: bool = Field(True, description="false: somebody posts it by hand")


class Withdraw(Body):
    why: str = Field("", max_length=WHY_LONGEST)


class PostedByHand(Body):
    url: str = Field("", max_length=2_000, description="where it stands on the platform")


def reply_routes(room: Room, answering: Answering) -> APIRouter:
    router = APIRouter(tags=["replies"], responses=refusals())
    desk = answering.desk
    proposing = Proposing(room.store, room.config, answering.lint, desk.occasion)
    missing, changing = refusals(404), refusals(404, 409)

    def name(visitor: Visitor) -> str:
        """Who signs a draft: the visitor, or whoever else is there."""
        return visitor.person or next(iter(room.people))

    def words(key: MentionKey, visitor: Visitor) -> Drafted:
        return drafted(room.store.read, answering, key, name(visitor), room.clock.now())

    def draft(found: Drafted, form: shapes.Form) -> Draft:
        with_form = found.named(form)
        if with_form is None:
            raise InputError(f"no playbook has a {form} draft for this post")
        return with_form

    def shown(row: ReplyRow, visitor: Visitor) -> shapes.ReplyView:
        occasion = desk.occasion(row.mention, row.form, name(visitor), room.clock.now())
        return shapes.ReplyView(
            reply=shapes.Reply.of(row),
            checked=checked(answering, row.text, occasion) if row.state in OPEN and row.text else None,
            done=shapes.listed(shapes.ReplyDone, room.store.read.replies.events(row.id)),
        )

    @router.get("/drafts", summary="Words that are proposed for a post", responses=missing)
    def drafts(
        source: Annotated[str, Query(min_length=1, max_length=NAME)],
        post_id: Annotated[str, Query(min_length=1, max_length=ID)],
        visitor: Viewer,
    ) -> shapes.Drafts:
        key = MentionKey(source, post_id)
        post = there(room.store.read, key)
        found = words(key, visitor)
        return shapes.Drafts(
            post=shapes.Post.of(post),
            variants=[shapes.Draft.named(name, each) for name, each in found.variants.items()],
            **(_internal(found) if visitor.may("responder") else {}),
        )

    @router.post("/lint", summary="What is wrong with a reply; nothing is kept", responses=missing)
    def lint(body: Lint, visitor: Viewer) -> shapes.Checked:
        key = MentionKey(body.source, body.post_id)
        if body.post_id:
            there(room.store.read, key)
        return checked(answering, body.text, desk.occasion(key, body.form, name(visitor), room.clock.now()))

    @router.get("/replies", summary="Replies: those under way first, then the newest of the others")
    def listed(_: Viewer, limit: Limit = 50) -> list[shapes.Reply]:
        replies = room.store.read.replies
        return shapes.listed(shapes.Reply, [*replies.live(), *replies.ended(limit)][:limit])

    @router.get("/replies/{number}", summary="One reply, what lint finds, what was done", responses=missing)
    def one(number: Number, visitor: Viewer) -> shapes.ReplyView:
        return shown(reply_of(room.store.read, number), visitor)

    @router.post("/replies", status_code=201, summary="Begin a reply from the draft", responses=changing)
    def begin(body: Begin, visitor: Responder, response: Response) -> shapes.Reply:
        person, tables = room.person(visitor), room.store.read
        there(tables, body.key)
        live = tables.replies.live_of(body.key)
        if live is not None:
            raise InputError(f"{live.code} is under way for this post")
        story = tables.stories.of(body.key)
        alert = tables.alerts.of_story(story) if story is not None else None
        row = desk.begin(
            alert.id if alert else None,
            body.key,
            draft(words(body.key, visitor), body.form),
            person,
            room.clock.now(),
        )
        response.headers["Location"] = f"replies/{row.id}"
        return shapes.Reply.of(row)

    @router.post(
        "/proposals", status_code=201, summary="Propose words: a draft for people", responses=changing
    )
    def propose(body: Propose, visitor: Viewer) -> shapes.Reply:
        person = proposer(room, visitor)
        there(room.store.read, body.key)
        found = words(body.key, visitor)
        now = room.clock.now()
        return shapes.Reply.of(
            proposing.propose(body.key, body.form, body.text, found.variants, person, visitor.name, now)
        )

    @router.put("/replies/{number}/text", summary="Other words, to be approved anew", responses=changing)
    def edit(number: Number, body: Edit, visitor: Responder) -> shapes.Reply:
        person = room.person(visitor)
        row = reply_of(room.store.read, number)
        return shapes.Reply.of(desk.edit(row.id, body.text, person, room.clock.now(), body.version))

    @router.post("/replies/{number}/approve", summary="It may go out as it stands", responses=changing)
    def approve(number: Number, body: Approve, visitor: Responder) -> shapes.Reply:
        person = room.person(visitor)
        row = reply_of(room.store.read, number)
        now = room.clock.now()
        return shapes.Reply.of(desk.approve(row.id, person, now, body.version, body.ticked, post=body.post))

    @router.post("/replies/{number}/withdraw", summary="It is not to be sent", responses=changing)
    def withdraw(number: Number, body: Withdraw, visitor: Responder) -> shapes.Reply:
        person = room.person(visitor)
        row = reply_of(room.store.read, number)
        return shapes.Reply.of(desk.withdraw(row.id, person, body.why, room.clock.now()))

    @router.post("/replies/{number}/copied", summary="Take it, to post it by hand", responses=changing)
    def copied(number: Number, visitor: Responder) -> shapes.Reply:
        person = room.person(visitor)
        row = reply_of(room.store.read, number)
        return shapes.Reply.of(desk.copied(row.id, person, room.clock.now()))

    @router.post("/replies/{number}/posted", summary="It stands on the platform", responses=changing)
    def posted(number: Number, body: PostedByHand, visitor: Responder) -> shapes.Reply:
        person = room.person(visitor)
        row = reply_of(room.store.read, number)
        return shapes.Reply.of(desk.posted_by_hand(row.id, person, room.clock.now(), body.url))

    @router.post("/replies/{number}/kept", summary="What it promised is kept", responses=changing)
    def kept(number: Number, visitor: Responder) -> shapes.Reply:
        person = room.person(visitor)
        row = reply_of(room.store.read, number)
        return shapes.Reply.of(desk.kept(row.id, person, room.clock.now()))

    return router


def _internal(found: Drafted) -> dict[str, str]:
    """What only who answers customers is told: never an assistant, whose token reads alone."""
    return {
        "may_offer": found.may_offer.words,
        "owner": found.owner.words,
        "escalate": found.escalate.words,
    }


def reply_of(tables: Tables, number: int) -> ReplyRow:
    """ProblemError when there is none."""
    row = tables.replies.get(number)
    if row is None:
        raise absent(f"reply r{number}")
    return row
