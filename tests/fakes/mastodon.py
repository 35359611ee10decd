"""Mastodon on loopback: https://docs.joinmastodon.org/methods/ (timelines, search, notifications, statuses)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

from tests.fake_platforms import TOKEN, Answer, Platform, Request, failing

HOST = "mastodon.social"


def snowflake(at: datetime, sequence: int = 0) -> str:
    return str((round(at.timestamp() * 1000) << 16) + sequence)


def status(at: datetime, content: str = "<p>acme is late again #acme</p>", **more: Any) -> dict[str, Any]:
    """A status; `sequence` tells those of one millisecond apart, `tags` are names, `to` whom it notifies of it."""
    id = snowflake(at, more.pop("sequence", 0))
    tags = more.pop("tags", ["acme"])
    return {
        "id": id,
        "uri": f"https://{HOST}/users/ann/statuses/{id}",
        "url": f"https://{HOST}/@ann/{id}",
        "created_at": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "edited_at": None,
        "content": content,
        "spoiler_text": "",
        "visibility": "public",
        "language": "en",
        "in_reply_to_id": None,
        "reblog": None,
        "quote": None,
        "replies_count": 2,
        "reblogs_count": 3,
        "favourites_count": 5,
        "account": {"id": "7", "acct": "ann", "display_name": "Ann", "followers_count": 120},
        "tags": [{"name": tag, "url": f"https://{HOST}/tags/{tag}"} for tag in tags],
    } | more


class FakeMastodon(Platform):
    """Every search finds every status. `batches` is whether GET /api/v1/statuses is known (Mastodon 4.3)."""

    hosts = (HOST,)

    def __init__(self, now: datetime | None = None, statuses: Iterable[dict[str, Any]] = ()) -> None:
        super().__init__(now)
        self.statuses = list(statuses)
        self.late: dict[str, datetime] = {}
        """When a status arrives here, if not when it was written."""
        self.batches = True
        self.links = True

    def answer(self, request: Request) -> Answer:
        if request.headers.get("authorization") not in (None, f"Bearer {TOKEN}"):
            return Answer(401, {"error": "The access token is invalid"})
        match request.path.removeprefix("/api/").split("/"):
            case ["v1", "timelines", "tag", tag]:
                return self._listing(request, [s for s in self._visible() if tag in _tags(s)])
            case ["v1", "timelines", "public"]:
                return self._listing(request, self._visible())
            case ["v1", "notifications"]:
                found = [
                    {"id": s["id"], "type": "mention", "created_at": s["created_at"], "status": s}
                    for s in self._visible()
                ]
                return self._listing(request, found)
            case ["v2", "search"]:
                start, size = int(request.params.get("offset", 0)), int(request.params.get("limit", 20))
                found = self._visible()[start : start + size]
                return Answer(200, {"accounts": [], "statuses": found, "hashtags": []})
            case ["v1", "statuses"] if self.batches:
                wanted = {value for _, value in parse_qsl(request.query)}
                return Answer(200, [s for s in self._visible() if s["id"] in wanted])
            case ["v1", "statuses", id]:
                found = [s for s in self._visible() if s["id"] == id]
                return Answer(200, found[0]) if found else Answer(404, {"error": "Record not found"})
            case ["v1", "accounts", "verify_credentials"]:
                return Answer(200, {"id": "9", "acct": "acme"})
            case ["", "loop"]:
                return failing("redirect loop", "")
        return Answer(404, {"error": "Not found"})

    def _visible(self) -> list[dict[str, Any]]:
        """Newest first, by id: each status has a place of its own from the moment on that it arrives."""
        found = [s for s in self.statuses if self._arrives(s) <= self.now]
        return sorted(found, key=lambda s: str(s["id"]).rjust(26), reverse=True)

    def _arrives(self, status: dict[str, Any]) -> datetime:
        return self.late.get(status["id"]) or datetime.fromisoformat(status["created_at"])

    def _listing(self, request: Request, found: list[dict[str, Any]]) -> Answer:
        size = min(int(request.params.get("limit", 20)), 40)
        if below := request.params.get("max_id"):
            found = [each for each in found if each["id"].rjust(26) < below.rjust(26)]
        if above := request.params.get("min_id"):
            found = [each for each in found if each["id"].rjust(26) > above.rjust(26)][-size:]
        page, link = found[:size], {}
        if page and self.links:
            url = f"https://{HOST}{request.path}?"
            older = urlencode({"limit": size, "max_id": page[-1]["id"]})
            newer = urlencode({"limit": size, "min_id": page[0]["id"]})
            link = {"Link": f'<{url}{older}>; rel="next", <{url}{newer}>; rel="prev"'}
        return Answer(200, page, link)


def _tags(status: dict[str, Any]) -> set[str]:
    return {tag["name"].lower() for tag in status["tags"]}
