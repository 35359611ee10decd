"""Mastodon on loopback: https://docs.joinmastodon.org/methods/ (timelines, search, notifications, statuses)."""

from __future__ import annotations

import html
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
        self.replies: list[dict[str, Any]] = []
        """What the account has posted; `_text` is what was sent."""
        self.scopes: list[str] | None = ["read", "write:statuses"]
        self._keys: dict[str, dict[str, Any]] = {}

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
            case ["v1", "statuses"] if request.method == "POST":
                return self._write(request)
            case ["v1", "statuses", id, "source"]:
                said = [each["_text"] for each in self.replies if each["id"] == id]
                return (
                    Answer(200, {"id": id, "text": said[0]}) if said else Answer(404, {"error": "Not found"})
                )
            case ["v1", "accounts", "9", "statuses"]:
                return self._listing(request, self.replies[::-1])
            case ["v1", "apps", "verify_credentials"]:
                scopes = {"scopes": self.scopes} if self.scopes is not None else {}
                return Answer(200, {"name": "snapwatch"} | scopes)
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

    def _write(self, request: Request) -> Answer:
        """As PostStatusService has it: the same key means the same post, the post that is answered must be there."""
        if "authorization" not in request.headers:
            return Answer(401, {"error": "The access token is invalid"})
        if self.scopes is not None and not {"write", "write:statuses"} & set(self.scopes):
            return Answer(403, {"error": "This action is outside the authorized scopes"})
        key, text = request.headers.get("idempotency-key"), request.params["status"].strip()
        if key and key in self._keys:
            return Answer(200, self._keys[key])
        to = request.params.get("in_reply_to_id")
        if to and not any(each["id"] == to for each in self._visible()):
            return Answer(404, {"error": "The post you are trying to reply to does not appear to exist."})
        if not 0 < len(text) <= 500:
            return Answer(422, {"error": "Validation failed: Text character limit of 500 exceeded"})
        made = status(
            self.now,
            f"<p>{html.escape(text)}</p>",
            sequence=1000 + len(self.replies),
            in_reply_to_id=to,
            visibility=request.params.get("visibility", "public"),
            account={"id": "9", "acct": "acme"},
            _text=text,
        )
        self.replies.append(made)
        if key:
            self._keys[key] = made
        return Answer(200, made)

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
