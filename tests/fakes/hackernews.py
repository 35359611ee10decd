"""Hacker News on loopback: https://hn.algolia.com/api and https://github.com/HackerNews/API."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from tests.fake_platforms import Answer, Platform, Request, failing


def story(at: datetime, id: int, title: str = "acme is late again", **more: Any) -> dict[str, Any]:
    common = {
        "title": title,
        "url": None,
        "story_text": None,
        "comment_text": None,
        "points": 5,
        "num_comments": 2,
    }
    return _hit(at, id, "story") | common | more


def comment(at: datetime, id: int, text: str = "<p>acme is late again", **more: Any) -> dict[str, Any]:
    parent = more.get("parent_id", 1)
    common = {
        "title": None,
        "comment_text": text,
        "points": None,
        "num_comments": None,
        "parent_id": parent,
        "story_id": 1,
    }
    return _hit(at, id, "comment") | common | more


def _hit(at: datetime, id: int, kind: str) -> dict[str, Any]:
    return {
        "objectID": str(id),
        "author": "ann",
        "created_at": at.isoformat(),
        "created_at_i": int(at.timestamp()),
        "_tags": [kind, "author_ann"],
    }


class FakeHackerNews(Platform):
    """Every search finds every hit, but one for links, which finds what has the words in its url. `gone[id]` is what the
    item has in place of its text: "deleted" or "dead"."""

    hosts = ("hn.algolia.com", "hacker-news.firebaseio.com")

    def __init__(self, now: datetime | None = None, hits: Iterable[dict[str, Any]] = ()) -> None:
        super().__init__(now)
        self.hits = list(hits)
        self.gone: dict[str, str] = {}

    def answer(self, request: Request) -> Answer:
        if request.path == "/api/v1/search_by_date":
            return self._search(request.params)
        if found := re.fullmatch(r"/v0/item/(\d+)\.json", request.path):
            return Answer(200, self._item(found[1]))
        if request.path == "/loop":
            return failing("redirect loop", "")
        return Answer(404, {"error": "Not found"})

    def _search(self, params: dict[str, str]) -> Answer:
        size = int(params.get("hitsPerPage", 20))
        if size > 1000:
            return Answer(400, {"message": "hitsPerPage is too large", "status": 400})
        found = [hit for hit in self.hits if hit["created_at_i"] <= self.now.timestamp()]
        for condition in params["numericFilters"].split(","):
            sign, value = re.fullmatch(r"created_at_i(>=|<=)(\d+)", condition).groups()  # type: ignore[union-attr]
            above = sign == ">="
            found = [
                h
                for h in found
                if (h["created_at_i"] >= int(value) if above else h["created_at_i"] <= int(value))
            ]
        if params["tags"] == "story":
            found = [hit for hit in found if "story" in hit["_tags"]]
        if params.get("restrictSearchableAttributes") == "url":
            found = [hit for hit in found if params["query"].strip('"') in (hit["url"] or "")]
        page = sorted(found, key=lambda hit: hit["created_at_i"], reverse=True)[:size]
        return Answer(200, {"hits": page, "nbHits": len(found), "page": 0, "nbPages": 1, "hitsPerPage": size})

    def _item(self, id: str) -> dict[str, Any] | None:
        """An unknown item is null."""
        if id in self.gone:
            return {"id": int(id), "type": "story", self.gone[id]: True}
        found = next((hit for hit in self.hits if hit["objectID"] == id), None)
        if found is None:
            return None
        if "comment" in found["_tags"]:
            return {"id": int(id), "type": "comment", "text": found["comment_text"], "kids": [1, 2, 3]}
        return {
            "id": int(id),
            "type": "story",
            "score": found["points"],
            "descendants": found["num_comments"],
        }
