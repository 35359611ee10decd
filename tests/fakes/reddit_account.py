"""Reddit as an account sees it, on loopback: who it is, its own comments, and replies that are posted.
https://www.reddit.com/dev/api#POST_api_comment, #GET_api_v1_me, #GET_user_{username}_comments"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from tests.fake_platforms import Answer, FakeReddit, Request, reddit_comment, reddit_post

NAME = "acme"


def refused(code: str, words: str = "", field: str = "parent", **more: Any) -> Answer:
    return Answer(200, {"json": {"errors": [[code, words, field]], **more}})


class FakeRedditAccount(FakeReddit):
    """`own` are the account's comments, as they are in a listing. `scope` is what a token is given; `gone` are the names of
    things that are deleted."""

    def __init__(self, now: datetime | None = None, things: Iterable[dict[str, Any]] = ()) -> None:
        super().__init__(things, now)
        self.own: list[dict[str, Any]] = []
        self.gone: set[str] = set()
        self.scope = "*"
        self.suspended = False

    def answer(self, request: Request) -> Answer:
        usual = super().answer(request)
        if request.path == "/api/v1/access_token" and usual.status == 200:
            return Answer(200, usual.body | {"scope": self.scope})
        _, _, given = request.headers.get("authorization", "").partition(" ")
        if usual.status != 404 or given not in self.personal:
            return usual
        match request.method, request.path:
            case "GET", "/api/v1/me":
                return Answer(200, {"name": NAME, "id": "7", "is_suspended": self.suspended}, self._limits())
            case "GET", path if path == f"/user/{NAME}/comments":
                return self._own(request.params)
            case "POST", "/api/comment":
                assert request.params["api_type"] == "json"
                return self._comment(request.params["thing_id"], request.params["text"])
        return usual

    def _own(self, params: dict[str, str]) -> Answer:
        assert params["sort"] == "new"
        found = sorted(self.own, key=lambda each: float(each["data"]["created_utc"]), reverse=True)
        found = found[: self.limit]
        names = [each["data"]["name"] for each in found]
        start = names.index(params["after"]) + 1 if "after" in params else 0
        page = found[start : start + int(params["limit"])]
        more = start + len(page) < len(found)
        return self._things(page, page[-1]["data"]["name"] if more else None)

    def _comment(self, to: str, text: str) -> Answer:
        if to in self.gone or to not in {each["data"]["name"] for each in self.things}:
            return refused("DELETED_LINK" if to.startswith("t3_") else "DELETED_COMMENT", "that is deleted")
        made = self.write(text, to, self.now)
        return Answer(200, {"json": {"errors": [], "data": {"things": [made]}}}, self._limits())

    def write(self, text: str, to: str, at: datetime) -> dict[str, Any]:
        """The account comments that, by whatever way."""
        id = f"own{len(self.own):x}"
        made = reddit_comment(at, id, text, author=NAME, author_fullname="t2_9", parent_id=to)
        self.own.append(made)
        return made

    def below(self, to: str) -> list[str]:
        """What the account has posted below that thing."""
        return [each["data"]["body"] for each in self.own if each["data"]["parent_id"] == to]

    def somebodys(self, number: int) -> dict[str, Any]:
        """A new post or a new comment, by turns."""
        make = reddit_post if number % 2 else reddit_comment
        thing = make(self.now, f"x{number:x}", author=f"ann{number}")
        self.things.append(thing)
        data: dict[str, Any] = thing["data"]
        return data
