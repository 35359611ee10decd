"""Who may open and do what, said of every single address: one that is not in the table fails here, and so does one that
lets in anybody else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from monitor.store import AccountRole, Tables
from monitor.web.channels import channels
from monitor.web.enter import passwords
from monitor.web.enter.keys import hash_of, new_token
from monitor.web.hooks import hooks
from monitor.web.visitor import ROLES
from tests.monitor.web.enter.entries import PASSWORD, Browser, csrf
from tests.monitor.web.sites import URL, Site

EVERYBODY, LINK, SIGNED = "everybody", "whoever has the link", "whoever has the secret"
FIGURES, ASSISTANT, AWAY = (
    "this machine, or the token",
    "a token that only reads",
    "nothing but the way elsewhere",
)

SCREENS = f"""
GET  /healthz                              {EVERYBODY}
GET  /metrics                              {FIGURES}
GET  /static/{{version}}/{{name}}              {EVERYBODY}
GET  /a/{{token}}                            {LINK}
POST /a/{{token}}                            {LINK}
GET  /push/page.js                         {EVERYBODY}
GET  /push/worker.js                       {EVERYBODY}
GET  /push/{{token}}                         {LINK}
POST /push/{{token}}                         {LINK}
GET  /r/rules                              {EVERYBODY}
GET  /r/{{token}}                            {LINK}
POST /r/{{token}}                            {LINK}
POST /r/{{token}}/lint                       {LINK}
POST /hooks/{{name}}                         {SIGNED}
POST /channels/{{name}}/{{what}}               {SIGNED}
POST /me                                   admin
GET  /login                                {EVERYBODY}
POST /login                                {EVERYBODY}
POST /logout                               viewer
GET  /account                              viewer
POST /account/password                     viewer
POST /account/others                       viewer
GET  /                                     viewer
GET  /now                                  viewer
GET  /events                               viewer
GET  /label                                viewer
GET  /label/cards                          viewer
POST /label                                responder
GET  /label/undo                           {AWAY}
POST /label/undo                           responder
GET  /oncall                               viewer
GET  /oncall/tests                         viewer
GET  /oncall/{{what}}                        {AWAY}
POST /oncall/{{what}}                        responder
GET  /stories/{{number}}/report              viewer
GET  /stories/{{number}}/report/file         viewer
POST /stories/{{number}}/report/lessons      responder
POST /lessons/{{number}}                     responder
GET  /lessons                              viewer
GET  /search                               viewer
GET  /search/posts.csv                     viewer
GET  /search/posts.jsonl                   viewer
POST /search/views                         responder
POST /search/views/remove                  responder
GET  /mentions/{{source}}/{{post_id}}          viewer
GET  /settings                             admin
GET  /sources                              viewer
GET  /sources/live                         viewer
GET  /stories                              viewer
GET  /stories/{{number}}                     viewer
GET  /stories/{{number}}/live                viewer
POST /stories/{{number}}                     responder
GET  /stories/{{number}}/posts               viewer
GET  /stories/{{number}}/audit               viewer
GET  /stories/{{number}}/curve.svg           viewer
GET  /stories/{{number}}/reply               responder
POST /stories/{{number}}/reply               responder
POST /stories/{{number}}/reply/lint          responder
*    /mcp                                  {ASSISTANT}
"""

API = f"""
GET  /openapi.json                         {EVERYBODY}
GET  /v1/me                                viewer
GET  /v1/stories                           viewer
GET  /v1/stories/{{number}}                  viewer
GET  /v1/stories/{{number}}/posts            viewer
GET  /v1/stories/{{number}}/curve            viewer
GET  /v1/stories/{{number}}/done             viewer
GET  /v1/stories/{{number}}/outlooks         viewer
GET  /v1/mentions                          viewer
GET  /v1/mentions/{{source}}/{{post_id}}       viewer
GET  /v1/alerts                            viewer
GET  /v1/alerts/{{number}}                   viewer
GET  /v1/alerts/{{number}}/events            viewer
POST /v1/alerts/{{number}}/acknowledge       responder
POST /v1/alerts/{{number}}/unacknowledge     responder
POST /v1/alerts/{{number}}/snooze            responder
POST /v1/alerts/{{number}}/resolve           responder
POST /v1/alerts/{{number}}/reassign          responder
POST /v1/alerts/{{number}}/note              responder
POST /v1/labels                            responder
GET  /v1/oncall                            viewer
GET  /v1/sources                           viewer
GET  /v1/health                            viewer
GET  /v1/drafts                            viewer
POST /v1/lint                              viewer
GET  /v1/replies                           viewer
GET  /v1/replies/{{number}}                  viewer
POST /v1/replies                           responder
POST /v1/proposals                         viewer
PUT  /v1/replies/{{number}}/text             responder
POST /v1/replies/{{number}}/approve          responder
POST /v1/replies/{{number}}/withdraw         responder
POST /v1/replies/{{number}}/copied           responder
POST /v1/replies/{{number}}/posted           responder
POST /v1/replies/{{number}}/kept             responder
"""

ACCOUNTS: dict[AccountRole, str | None] = {"viewer": None, "responder": "Second", "admin": "First"}
INNER = {"tests", "page.js", "worker.js", "rules", "undo"}


def table(text: str) -> dict[tuple[str, str], str]:
    lines = [re.split(r"\s+", each, maxsplit=2) for each in text.strip().splitlines()]
    return {(method, path): who for method, path, who in lines}


def served(routes: Any) -> Iterator[tuple[str, str]]:
    """Every address of these routes, with its method; of an application that is mounted, the mount."""
    for route in routes:
        if hasattr(route, "effective_route_contexts"):
            for each in route.effective_route_contexts():
                yield from ((method, plain(each.path)) for method in each.methods)
        elif not hasattr(route, "routes"):
            yield from ((method, plain(route.path)) for method in (route.methods or {"*"}) - {"HEAD"})


def plain(path: str) -> str:
    return re.sub(r":\w+}", "}", path)


def mounted(routes: Any) -> dict[str, Any]:
    return {
        each.path: each.app for each in routes if hasattr(each, "routes") and not hasattr(each, "methods")
    }


class Hall(Site):
    """All that a daemon serves, with an account and a token for each role."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, web={"public_url": URL})
        self.app.include_router(hooks(lambda *_: None, self.clock))
        self.app.include_router(channels({}, URL, lambda *_: None, lambda _: None, self.clock))
        self.addresses = count(1)
        self.tokens = {role: new_token() for role in ROLES}
        kept, now = passwords.hashed(PASSWORD), self.clock.now()
        until = now + timedelta(days=1)

        def work(tables: Tables) -> None:
            for role, person in ACCOUNTS.items():
                tables.accounts.put(role, role, person, kept, now)
                tables.tokens.add(hash_of(self.tokens[role]), role, role, role, until, now)

        self.store.write(work)

    def browser(self, role: str = "") -> Browser:
        made = Browser(self.app, f"203.0.113.{next(self.addresses)}", URL)
        if role:
            assert made.sign_in(role).status_code == 303
        return made


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    made = Hall(tmp_path)
    yield made
    made.store.close()


def filled(path: str) -> str:
    return re.sub(r"{(\w+)}", lambda each: {"what": "take", "source": "x"}.get(each[1], "1"), path)


def let_in(answer: Any) -> bool:
    """Whether it was anything but the door that answered."""
    if answer.status_code == 303 and answer.headers["location"].startswith("/login"):
        return bool(answer.request.url.path == "/logout")
    told = answer.text if answer.headers.get("content-type", "").startswith(("text", "application")) else ""
    return bool(answer.status_code != 401) and not (answer.status_code == 403 and "needs the role" in told)


def may(who: str, role: str) -> bool:
    return role != "" and ROLES.index(role) >= ROLES.index(who)


def test_every_address_is_in_the_table(hall: Hall) -> None:
    assert set(served(hall.app.routes)) == set(table(SCREENS))
    mounts = mounted(hall.app.routes)
    assert set(mounts) == {"/api"}
    assert set(served(mounts["/api"]._app.routes)) == set(table(API))
    assert not mounted(mounts["/api"]._app.routes)


def test_an_address_that_nobody_has_put_there_is_found(hall: Hall) -> None:
    """The test of the test."""
    for app, said in ((hall.app, SCREENS), (mounted(hall.app.routes)["/api"]._app, API)):
        app.get("/v1/back/door", tags=["back"])(lambda: "everything")
        assert set(served(app.routes)) - set(table(said)) == {("GET", "/v1/back/door")}
    hall.app.mount("/elsewhere", hall.app)
    assert set(mounted(hall.app.routes)) == {"/api", "/elsewhere"}


@pytest.mark.parametrize("role", ["", *ROLES])
def test_screens_are_for_whom_the_table_says(hall: Hall, role: str) -> None:
    for (method, path), who in table(SCREENS).items():
        if who not in ROLES or (path == "/events" and may(who, role)):  # which does not end
            continue
        browser = hall.browser(role)
        form = {"csrf": csrf(browser.get("/").text)} if method == "POST" and role else None
        answer = browser.client.request(method, filled(path), data=form)
        assert let_in(answer) == may(who, role), (method, path, answer.status_code)
        assert let_in(answer) or b"Kestrel parcel" not in answer.content


@pytest.mark.parametrize("role", ["", *ROLES])
def test_the_api_is_for_whom_the_table_says(hall: Hall, role: str) -> None:
    headers = {"authorization": f"Bearer {hall.tokens[role]}"} if role in hall.tokens else {}
    post = {"source": "x", "post_id": "1"}
    bodies = {"/v1/alerts/{number}/snooze": {"minutes": 1}, "/v1/alerts/{number}/reassign": {"to": "First"},
              "/v1/alerts/{number}/note": {"text": "a"}, "/v1/labels": {"posts": [post]}, "/v1/lint": {"text": "a"},
              "/v1/replies": post, "/v1/proposals": {**post, "text": "a"}, "/v1/replies/{number}/posted": {},
              "/v1/replies/{number}/text": {"text": "a", "version": 1}, "/v1/replies/{number}/withdraw": {},
              "/v1/replies/{number}/approve": {"version": 1}}  # fmt: skip
    client = hall.browser().client
    for (method, path), who in table(API).items():
        asked = post if path == "/v1/drafts" else None
        answer = client.request(
            method, f"/api{filled(path)}", headers=headers, json=bodies.get(path), params=asked
        )
        assert answer.status_code not in (404, 422) or "/replies/{number}" in path or not may(who, role), (
            path,
            answer.text,
        )
        if who == EVERYBODY:
            assert answer.status_code == 200
        else:
            assert let_in(answer) == may(who, role), (method, path, answer.text)


def test_what_opens_otherwise_opens_to_nobody_who_has_no_key(hall: Hall) -> None:
    for role in ("", "admin"):
        browser = hall.browser(role)
        for (method, path), who in table(SCREENS).items():
            answer = (
                browser.client.request(method, filled(path)) if who not in ROLES and method != "*" else None
            )
            if answer is None:
                continue
            if who in (LINK, SIGNED):
                assert answer.status_code in (401, 404), path
            elif who == FIGURES:
                assert answer.status_code == 401
            elif who == AWAY:
                assert (answer.status_code, answer.content) == (307, b"")
            assert b"Kestrel parcel" not in answer.content


def test_assistants_come_with_a_token_that_only_reads(hall: Hall) -> None:
    asked = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    client = hall.browser("admin").client  # whose cookie opens nothing here
    for token, status in [
        ("", 401),
        ("x", 401),
        *((hall.tokens[each], 403) for each in ("responder", "admin")),
    ]:
        for method in ("GET", "POST", "DELETE", "PUT"):
            answer = client.request(method, "/mcp", json=asked, headers={"authorization": f"Bearer {token}"})
            assert answer.status_code in (status, 405 if token in hall.tokens.values() else status)
