"""Posts over the API: search over all of them, and what is known of one."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from monitor.model import MentionKey
from monitor.overview import search
from monitor.web.api import shapes
from monitor.web.api.asking import ID, MOST, NAME, Day, Span, absent
from monitor.web.api.problems import refusals
from monitor.web.api.rights import Viewer
from monitor.web.room import Room

Few = Annotated[str, Query(max_length=100)]


def mention_routes(room: Room) -> APIRouter:
    router = APIRouter(prefix="/mentions", tags=["mentions"], responses=refusals(404))

    @router.get("", summary="Search over all posts", responses=refusals())
    def find(
        visitor: Viewer,
        words: Annotated[
            str, Query(max_length=500, description='each has to occur; "a phrase"; -without')
        ] = "",
        source: Few = "",
        since: Annotated[Day | None, Query(description="a day in your time zone, included")] = None,
        until: Annotated[Day | None, Query(description="a day, included")] = None,
        last: Annotated[Span, Query(description="until now: 24h, 7d, 4w (hours, days, weeks)")] = "",
        complaint: bool | None = None,
        severity: Few = "",
        category: Few = "",
        language: Few = "",
        story: Annotated[int | None, Query(ge=1, le=MOST)] = None,
        author: Few = "",
        sort: search.Sort = "newest",
        after: Annotated[str, Query(max_length=500)] = "",
        limit: Annotated[int, Query(ge=1, le=search.LARGEST)] = search.SIZE,
    ) -> shapes.FoundPosts:
        query = search.Query(
            words, source, since, until, complaint, severity, category, language, story, author, sort, last
        )
        return shapes.FoundPosts.of_found(
            search.search(room.store.read, room.config, query, visitor.zone, room.clock.now(), after, limit)
        )

    @router.get("/{source}/{post_id:path}", summary="One post: the id as its platform writes it, escaped")
    def one(
        source: Annotated[str, Path(min_length=1, max_length=NAME)],
        post_id: Annotated[str, Path(min_length=1, max_length=ID)],
        _: Viewer,
    ) -> shapes.PostView:
        found = search.mention_view(room.store.read, MentionKey(source, post_id))
        if found is None:
            raise absent("such post")
        return shapes.PostView.of_view(found)

    return router
