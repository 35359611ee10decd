"""A site over a real store in which one story has paged, with a clock that the test moves."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from monitor.metrics import exposition
from monitor.notice import Notice
from monitor.paging.notices import notice
from monitor.pipeline import Pipeline
from monitor.store import Alert, Store
from monitor.web.app import create
from monitor.web.links import Links
from tests.monitor.scripted import FakeClock, ScriptedSource, config, mention, one_pass, parts

HOSTILE = 'lost Kestrel parcel <script>alert(1)</script> {{ 7*7 }} " onload="x'
URL = "https://watch.example.org"


class Site:
    def __init__(self, folder: Path, **changes: object) -> None:
        self.store = Store(folder / "test.db")
        self.clock = FakeClock()
        self.links = Links(folder / "links.key", URL)
        self.settings = config(folder, **changes)
        source = ScriptedSource([replace(mention(1, HOSTILE), url="javascript:alert(1)")])
        source.counters = {"1": 60}
        made = parts(self.store, self.settings, source, clock=self.clock)
        self.pipeline = Pipeline(made)
        self.pipeline.schedule(self.clock.now())
        one_pass(self.pipeline, self.store, self.clock.now())

        def describe(alert: Alert, person: str) -> Notice:
            return notice(
                self.store.read, alert, person, self.settings, made.drafter, made.link, self.clock.now()
            )

        self.healthy = True
        self.app = create(
            self.store,
            self.clock,
            self.links,
            {person.name: person.time_zone for person in self.settings.people},
            describe,
            lambda: (self.healthy, {"problems": []}),
            lambda: exposition(self.store.read, self.settings.sources, self.clock.now()),
        )
        self.client = TestClient(self.app)

    @property
    def link(self) -> str:
        return self.of("First")

    def of(self, person: str, code: int | str = 1) -> str:
        return str(self.links.make(code, person)).removeprefix(URL)

    def tick(self, **by: float) -> None:
        """Time goes on, and the daemon with it."""
        one_pass(self.pipeline, self.store, self.clock.forward(**by))

    def press(self, action: str, person: str = "First", **fields: str) -> Any:
        """As a browser does: the form of the page as it stands, and then the page that it is sent to."""
        seen = re.search(r'name="seen" value="([^"]*)"', self.client.get(self.of(person)).text)
        form = {"action": action, "seen": seen[1] if seen else "", **fields}
        return self.client.post(self.of(person), data=form)

    def text(self, person: str = "First") -> str:
        """What the page says, without its markup."""
        return words(self.client.get(self.of(person)).text)

    @property
    def alert(self) -> Alert:
        found = self.store.read.alerts.get(1)
        assert found is not None
        return found

    @property
    def state(self) -> str:
        return str(self.alert.state)


def words(page: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<style>.*</style>|<[^>]*>", " ", page, flags=re.DOTALL)))
