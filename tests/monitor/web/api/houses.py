"""The JSON API and the MCP server over a site in which one story has paged, and tokens that open them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient

from monitor.web.api.app import api
from monitor.web.api.entrance import Rates
from monitor.web.visitor import StrangerError, Visitor
from tests.monitor.web.sites import Site

VISITORS = {
    "looks": Visitor("looks", "viewer", None, ZoneInfo("UTC"), "", account="boss"),
    "helps": Visitor("helps", "viewer", "First", ZoneInfo("UTC"), "", account="first"),
    "first": Visitor("first", "responder", "First", ZoneInfo("UTC"), "", account="first"),
    "second": Visitor("second", "responder", "Second", ZoneInfo("UTC"), "", account="second"),
    "nobody": Visitor("nobody", "responder", None, ZoneInfo("UTC"), "", account="nobody"),
}
"""By what their tokens are."""


class Door:
    """Lets in who brings one of those tokens."""

    def visitor(self, request: Request) -> Visitor:
        return self.bearer(request)

    def bearer(self, request: Request) -> Visitor:
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or token not in VISITORS:
            raise StrangerError("send a token: Authorization: Bearer …")
        return VISITORS[token]


class House(Site):
    def __init__(self, folder: Path, rates: Rates | None = None, **changes: object) -> None:
        super().__init__(folder, **changes)
        self.room = replace(self.room, door=Door())
        self.app = FastAPI()
        self.app.mount("/api", api(self.room, rates))
        self.client = TestClient(self.app, raise_server_exceptions=False)

    def ask(self, path: str, as_: str = "first", method: str = "GET", **more: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {as_}", **more.pop("headers", {})}
        answer: httpx.Response = self.client.request(method, f"/api/v1{path}", headers=headers, **more)
        return answer

    def do(self, path: str, as_: str = "first", **body: object) -> httpx.Response:
        """POST."""
        return self.ask(path, as_, "POST", json=body)
