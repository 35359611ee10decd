"""What people say of posts in place of the model, over the API."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import Field

from monitor.learning import said
from monitor.model import MentionKey
from monitor.web.api.asking import Body, Named, there
from monitor.web.api.problems import refusals
from monitor.web.api.rights import Responder
from monitor.web.api.shapes import Shape
from monitor.web.room import Room

Name = Annotated[str, Field(min_length=1, max_length=80)]


class Label(Body):
    """What is so; what is left out is as it was."""

    posts: Annotated[list[Named], Field(min_length=1, max_length=said.MOST_AT_ONCE)]
    complaint: bool | None = None
    relevant: bool | None = None
    sarcasm: bool | None = None
    sentiment: Literal["negative", "neutral", "positive"] | None = None
    severity: Name | None = None
    category: Name | None = None


class Labelled(Shape):
    """What counts from now on, by head, and how many posts it counts for."""

    labels: dict[str, str]
    posts: int


def label_routes(room: Room) -> APIRouter:
    router = APIRouter(prefix="/labels", tags=["labels"], responses=refusals(404, 409))

    @router.post("", summary="Say what posts are, in place of the model: all of them or none")
    def label(body: Label, visitor: Responder) -> Labelled:
        person = room.person(visitor)
        keys: list[MentionKey] = list(dict.fromkeys(each.key for each in body.posts))
        for key in keys:
            there(room.store.read, key)
        words = body.model_dump(exclude={"posts"})
        labels = said.keep(room.store, room.config, keys, words, person, room.clock.now())
        return Labelled(labels=labels, posts=len(keys))

    return router
