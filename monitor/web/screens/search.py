"""Search over all posts, the searches that are kept under a name, and the page of one post."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse

from monitor.errors import InputError
from monitor.model import COUNTERS, MentionKey
from monitor.overview import search
from monitor.overview.exporting import records, table
from monitor.overview.query import LASTS
from monitor.overview.search import Hit, Query
from monitor.store import View
from monitor.web import label_words
from monitor.web.room import Form, Room
from monitor.web.visitor import Visitor, admit
from monitor.wording.languages import NAMES as LANGUAGES
from monitor.wording.platforms import source_name
from monitor.wording.text import one_line

SORT_NAMES = {"newest": "Newest", "spread": "Spread", "best": "Best match"}
FIELD_NAMES = {
    "complaint": "Complaint", "source": "Platform", "severity": "Tone", "category": "Category",
    "language": "Language", "last": "Time", "since": "From", "until": "To", "story": "Story", "author": "Author",
}  # fmt: skip
"""The filters, as they are called on the screen."""
NAME_LONGEST = 60
COMMONEST = 8
"""Values of a field that are counted beside what was found."""
READINGS = 50
"""The newest of a post that its page tells."""


def search_screen(room: Room) -> APIRouter:
    router = APIRouter()
    viewer, responder = (Depends(admit(room.door, role)) for role in ("viewer", "responder"))

    def page(
        fields: dict[str, str], visitor: Visitor, problem: str = "", name: str = "", status: int = 200
    ) -> HTMLResponse:
        read = room.store.read
        query, wrong = Query.of(fields)
        after = fields.get("after", "")
        found = search.search(read, room.config, query, visitor.zone, room.clock.now(), after)
        said = query.fields()
        kept = {field: said[field] for field in FIELD_NAMES if field in said}
        return room.page(
            "search.html.jinja",
            visitor,
            here="search",
            status=status,
            query=query,
            found=found,
            wrong=wrong,
            problem=problem,
            name=name,
            choices=search.choices(read, room.config),
            grades=search.SEVERITIES,
            languages=LANGUAGES,
            lasts={**LASTS, query.last: last_in_words(query.last)} if query.last else LASTS,
            tone=label_words.tone,
            sorts=[each for each in SORT_NAMES.items() if each[0] != "best" or query.words],
            filters=[(FIELD_NAMES[field], shown(field, value), without(said, field)) for field, value in kept.items()],
            facets=[
                (FIELD_NAMES[each.field], counted(each, said)) for each in found.facets if len(each.counts) > 1
            ],
            views=read.search.views(),
            begun=bool(after),
            here_query=urlencode(said),
            mention_address=mention_address,
            ranked=search.RANKED,
            address=lambda **other: address({**said, **other}),
        )  # fmt: skip

    @router.get("/search")
    def look(request: Request, visitor: Visitor = viewer) -> HTMLResponse:
        return page(dict(request.query_params), visitor)

    def hits(query: Query, visitor: Visitor, *, oldest: bool = False) -> Iterator[Hit]:
        now = room.clock.now()
        return search.all_hits(lambda: room.store.read, room.config, query, visitor.zone, now, oldest=oldest)

    @router.get("/search/posts.csv")
    def as_table(request: Request, visitor: Visitor = viewer) -> Response:
        query, _ = Query.of(request.query_params)
        return _file(table(hits(query, visitor)), "text/csv; charset=utf-8", room.clock.now(), "csv")

    @router.get("/search/posts.jsonl")
    def as_records(request: Request, visitor: Visitor = viewer) -> Response:
        query, _ = Query.of(request.query_params)
        lines = records(hits(query, visitor, oldest=True), lambda key: room.store.read.mentions.readings(key))
        return _file(lines, "application/jsonl; charset=utf-8", room.clock.now(), "jsonl")

    @router.post("/search/views")
    async def keep(request: Request, visitor: Visitor = responder) -> Response:
        def do(form: Form, now: datetime) -> Response:
            query, _ = Query.of(dict(parse_qsl(form.get("query", ""))))
            name = one_line(form.get("name", ""), NAME_LONGEST)
            try:
                if not name:
                    raise InputError("give the view a name")
                view = View(name, urlencode(query.fields()), visitor.person or visitor.name, now)
                room.store.write(lambda tables: tables.search.keep(view))
            except InputError as error:
                return page(query.fields(), visitor, str(error), name, 422)
            return RedirectResponse(address(query.fields()), status_code=303)

        return await room.act(request, visitor, do)

    @router.post("/search/views/remove")
    async def drop(request: Request, visitor: Visitor = responder) -> Response:
        def do(form: Form, _: datetime) -> Response:
            query, _wrong = Query.of(dict(parse_qsl(form.get("query", ""))))
            room.store.write(lambda tables: tables.search.drop(form.get("name", "")))
            return RedirectResponse(address(query.fields()), status_code=303)

        return await room.act(request, visitor, do)

    @router.get("/mentions/{source}/{post_id:path}")
    def one(source: str, post_id: str, visitor: Visitor = viewer) -> HTMLResponse:
        read, key = room.store.read, MentionKey(source, post_id)
        view = search.mention_view(read, key)
        if view is None:
            raise InputError("There is no such post. It may have been erased; look for it with Search.")
        return room.page(
            "mention.html.jinja",
            visitor,
            here="search",
            view=view,
            mention=view.mention,
            words=label_words,
            complaint_at=room.config.rules.complaint_at,
            spreading=search.spreading(read, room.config, key),
            counters=[name for name in COUNTERS if any(getattr(each, name) is not None for each in view.readings)],
            readings=view.readings[: -READINGS - 1 : -1],
            languages=LANGUAGES,
            label=f"/label?{urlencode({'post': f'{source} {post_id}'})}",
            others=address({"author": view.mention.author.handle, "source": source}),
        )  # fmt: skip

    return router


def address(fields: dict[str, str]) -> str:
    """Of the search for these fields."""
    said = {name: value for name, value in fields.items() if value}
    return f"/search?{urlencode(said)}" if said else "/search"


def mention_address(key: MentionKey) -> str:
    return f"/mentions/{quote(key.source, safe='')}/{quote(key.id, safe='')}"


def without(fields: dict[str, str], field: str) -> str:
    return address({name: value for name, value in fields.items() if name != field})


def counted(facet: search.Facet, said: dict[str, str]) -> list[tuple[str, int, str]]:
    """The commonest values in words, how many posts have each, and where these are."""
    return [
        (shown(facet.field, value), count, address({**said, facet.field: value}))
        for value, count in facet.counts[:COMMONEST]
    ]


def last_in_words(span: str) -> str:
    """Such as "Last 7 days"."""
    number, unit = span[:-1], {"h": "hour", "d": "day", "w": "week"}[span[-1]]
    return LASTS.get(span) or f"Last {unit if number == '1' else f'{number} {unit}s'}"


def shown(field: str, value: str) -> str:
    """A filter's value in words."""
    names: dict[str, Any] = {
        "source": source_name,
        "language": lambda code: LANGUAGES.get(code, code),
        "last": last_in_words,
        "severity": label_words.tone,
    }
    return str(names[field](value)) if field in names else value


def _file(lines: Iterator[str], kind: str, now: datetime, ending: str) -> Response:
    name = f"snapwatch-posts-{now:%Y-%m-%d}.{ending}"
    return StreamingResponse(
        lines, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )
