"""Stories over the API: what they are, their posts, curves, and what was done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, TypeVar

from fastapi import APIRouter, Query

from monitor.model import MentionKey
from monitor.overview import story as stories
from monitor.overview.story import StoryView
from monitor.web.api import shapes
from monitor.web.api.asking import ID, NAME, After, Limit, Number, absent, page_of
from monitor.web.api.problems import refusals
from monitor.web.api.rights import Viewer
from monitor.web.api.shapes import Page
from monitor.web.room import Room

T = TypeVar("T")
S = TypeVar("S")


def story_routes(room: Room) -> APIRouter:
    router = APIRouter(prefix="/stories", tags=["stories"], responses=refusals(404))

    def view(number: int) -> StoryView:
        found = stories.story_view(room.store.read, room.config, number, room.clock.now())
        if found is None:
            raise absent(f"story {number}")
        return found

    @router.get("", summary="Stories, those with the newest posts first")
    def listed(
        _: Viewer, which: stories.Which = "open", after: After = None, limit: Limit = 25
    ) -> Page[shapes.StoryLine]:
        with page_of("the stories"):
            found = stories.story_lines(room.store.read, room.config, room.clock.now(), which, after, limit)
        return page(found, shapes.StoryLine.of)

    @router.get("/{number}", summary="One story")
    def one(number: Number, _: Viewer) -> shapes.StoryView:
        found = view(number)
        return shapes.StoryView.of_view(found, stories.voices(room.store.read, found.story.id))

    @router.get("/{number}/posts", summary="Its posts that are still there")
    def posts(
        number: Number,
        _: Viewer,
        order: stories.Order = "newest",
        after: After = None,
        limit: Limit = 25,
    ) -> Page[shapes.StoryPost]:
        story = view(number).story.id
        with page_of("its posts"):
            found = stories.posts(room.store.read, room.config, story, order, after, limit)
        return page(found, shapes.StoryPost.of_story)

    @router.get("/{number}/curve", summary="How one of its posts spreads: the gravest, or the one named")
    def curve(
        number: Number,
        _: Viewer,
        source: Annotated[str | None, Query(max_length=NAME)] = None,
        post_id: Annotated[str | None, Query(max_length=ID)] = None,
    ) -> shapes.Curve:
        story = view(number).story.id
        key = MentionKey(source, post_id) if source and post_id else None
        found = stories.curve(room.store.read, room.config, story, key)
        if found is None:
            raise absent("such post in this story any more")
        return shapes.Curve.of_curve(found)

    @router.get("/{number}/outlooks", summary="How its forecast went: what it said, and when")
    def outlooks(number: Number, _: Viewer) -> shapes.Course:
        found = view(number)
        return shapes.Course.of(stories.course_of(room.store.read, room.config, found, room.clock.now()))

    @router.get(
        "/{number}/done", summary="What was done with it, its alert and its replies, the newest first"
    )
    def done(number: Number, _: Viewer, after: After = None, limit: Limit = 50) -> Page[shapes.Done]:
        story = view(number).story.id
        with page_of("what was done"):
            found = stories.audit(room.store.read, story, after, limit)
        return page(found, shapes.Done.of)

    return router


def page(found: stories.Page[T], shape: Callable[[T], S]) -> Page[S]:
    return Page(items=[shape(each) for each in found.items], after=found.after)
