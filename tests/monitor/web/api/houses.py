"""The JSON API and the MCP server over a site in which one story has paged, and tokens that open them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient
from starlette.routing import Route

from monitor.store import Tables
from monitor.web.api.app import api
from monitor.web.api.assistants.served import assistants
from monitor.web.api.entrance import Rates
from monitor.web.visitor import Role, StrangerError, Visitor
from tests.monitor.web.sites import Site

ACCOUNTS: dict[str, tuple[Role, str | None]] = {
    "boss": ("viewer", "Second"),
    "first": ("responder", "First"),
    "second": ("responder", "Second"),
    "nobody": ("responder", None),
}
"""With their roles, and who they act as."""


def visitor(account: str, role: Role | None = None) -> Visitor:
    its, person = ACCOUNTS[account]
    return Visitor(account, role or its, person, ZoneInfo("UTC"), "", account=account)


VISITORS = {each: visitor(each) for each in ACCOUNTS} | {"helps": visitor("first", "viewer")}
"""By their tokens: one for each account, and one of First's that only reads, for an assistant."""


class Door:
    """Lets in who brings one of those tokens."""

    def visitor(self, request: Request) -> Visitor:
        return self.bearer(request)

    def bearer(self, request: Request) -> Visitor:
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or token not in VISITORS:
            raise StrangerError("send a token: Authorization: Bearer …")
        return VISITORS[token]


def _account(name: str, role: Role, person: str | None, now: datetime, tables: Tables) -> None:
    tables.accounts.put(name, role, person, None, now)


class House(Site):
    def __init__(self, folder: Path, rates: Rates | None = None, **changes: object) -> None:
        super().__init__(folder, **changes)
        self.room = replace(self.room, door=Door())
        for name, (role, person) in ACCOUNTS.items():
            self.store.write(partial(_account, name, role, person, self.clock.now()))
        self.app = FastAPI()
        self.app.mount("/api", api(self.room, rates))
        assert self.room.answering is not None
        self.app.router.routes.append(Route("/mcp", assistants(self.room, self.room.answering, rates)))
        self.client = TestClient(self.app, raise_server_exceptions=False)

    def ask(self, path: str, as_: str = "first", method: str = "GET", **more: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {as_}", **more.pop("headers", {})}
        answer: httpx.Response = self.client.request(method, f"/api/v1{path}", headers=headers, **more)
        return answer

    def do(self, path: str, as_: str = "first", **body: object) -> httpx.Response:
        """POST."""
        return self.ask(path, as_, "POST", json=body)
