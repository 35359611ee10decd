"""A site at whose door one signs in."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import httpx2
from argon2 import PasswordHasher
from fastapi import FastAPI
from fastapi.testclient import TestClient

from monitor.notice import Notice
from monitor.store import AccountRole, Alert, Store
from monitor.web.app import create
from monitor.web.enter import passwords
from monitor.web.enter.door import door_of
from monitor.web.links import Links
from monitor.web.room import Room
from tests.monitor.scripted import FakeClock, config

HERE = "http://localhost:8080"
THERE = "https://watch.example.org"
PASSWORD = "correct horse battery"
QUICK = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
"""Of tests that are not about hashing."""


class Entered:
    """`sam` is admin and acts as First, `ann` a responder who acts as Second, `vic` a viewer who acts as nobody."""

    def __init__(self, folder: Path, **web: object) -> None:
        self.store = Store(folder / "test.db")
        self.clock = FakeClock()
        self.settings = config(folder, web={"public_url": THERE, **web})
        self.links = Links(folder / "links.key", THERE)
        self.room = Room(
            store=self.store,
            clock=self.clock,
            config=self.settings,
            door=door_of(self.settings, self.store, self.clock),
            links=self.links,
            describe=_describe,
            answering=None,
            health=lambda: (True, {}),
        )
        people = self.room.people
        self.app = create(
            self.store,
            self.clock,
            self.links,
            people,
            _describe,
            self.room.health,
            lambda: b"",
            room=self.room,
        )
        for name, role, person in (
            ("sam", "admin", "First"),
            ("ann", "responder", "Second"),
            ("vic", "viewer", None),
        ):
            self.add(name, role, person)  # type: ignore[arg-type]

    def add(self, name: str, role: AccountRole, person: str | None, password: str | None = PASSWORD) -> None:
        kept = passwords.hashed(password) if password else None
        self.store.write(lambda tables: tables.accounts.put(name, role, person, kept, self.clock.now()))

    def browser(self, address: str = "203.0.113.7", url: str | None = None) -> Browser:
        return Browser(self.app, address, url or self.settings.web.address)


def _describe(alert: Alert, person: str) -> Notice:
    raise AssertionError("no story has paged")


class Browser:
    """Keeps cookies, and follows no redirect by itself."""

    def __init__(self, app: FastAPI, address: str, url: str) -> None:
        self.client = TestClient(app, base_url=url, client=(address, 50_000), follow_redirects=False)
        self.get = self.client.get

    def sign_in(
        self, name: str, password: str = PASSWORD, after: str = "/", headers: dict[str, str] | None = None
    ) -> httpx2.Response:
        page = self.client.get("/login", headers=headers)
        data = {"csrf": csrf(page.text), "name": name, "password": password, "next": after}
        return self.client.post("/login", data=data, headers=headers)

    def post(self, path: str, shown_on: str = "/", **form: str) -> httpx2.Response:
        """A form, with what the page on which it stands says."""
        return self.client.post(path, data={"csrf": csrf(self.get(shown_on).text), **form})

    def is_in(self) -> bool:
        """Whoever is in need not sign in."""
        return bool(self.get("/login").status_code == 303)

    def cookie(self, name: str) -> str:
        found: Any = self.client.cookies.get(name)
        return str(found or "")


def csrf(page: str) -> str:
    found = re.search(r'name="csrf" value="([^"]*)"', page)
    return found[1] if found else ""
