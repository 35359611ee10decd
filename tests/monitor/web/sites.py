"""A site over a real store in which one story has paged, with a clock that the test moves."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any, Literal

from fastapi.testclient import TestClient

from monitor.errors import InputError
from monitor.metrics import exposition
from monitor.notice import Notice
from monitor.paging.notices import notice
from monitor.pipeline import Pipeline
from monitor.reply import Case, Draft, Drafts, Finding, Form, Internal, Occasion
from monitor.replying.desk import ReplyDesk
from monitor.store import Alert, Store
from monitor.web.app import create
from monitor.web.enter.door import door_of
from monitor.web.links import Links
from monitor.web.proposals import Answering
from monitor.web.room import Room
from tests.monitor.replying.desks import FakePoster
from tests.monitor.scripted import FakeClock, ScriptedSource, config, mention, one_pass, parts

HOSTILE = 'lost Kestrel parcel <script>alert(1)</script> {{ 7*7 }} " onload="x'
URL = "https://watch.example.org"


class ScriptedDesk(ReplyDesk):
    """On which sources replies are posted is set by the test."""

    posted_on: tuple[str, ...] = ("x",)

    def posts(self, source: str, form: Form = "short") -> bool:
        return source in self.posted_on and form != "private"


class ScriptedReplies:
    """Three variants and a statement for everybody, as worded at a time."""

    def __init__(self) -> None:
        self.fails = False

    def drafts(self, case: Case, responder: str, now: datetime) -> Drafts:
        if self.fails:
            raise InputError("no playbook fits")
        by = now + timedelta(hours=2)
        said = f"I'll update you by {by:%H:%M}."
        forms: tuple[Form, ...] = ("short", "long", "private")
        return Drafts(
            tuple(
                Draft(
                    "delivery",
                    f"Thank you, a {form} word. {said}",
                    "s",
                    "n",
                    said,
                    "p",
                    form=form,
                    report_by=by,
                )
                for form in forms
            ),
            Internal(OFFER),
            Internal("the parcel desk"),
            Internal("at 100 posts call the duty manager"),
        )

    def holding(self, case: Case, responder: str, now: datetime) -> Draft | None:
        return Draft("incident", "Thank you all, we are on it.", "s", "n", "a", "p")


OFFER = "a cup of tea, up to <b>5</b> pounds"


def lint(text: str, occasion: Occasion) -> list[Finding]:
    """ "policy" is an error, each "sorry if" a warning, a text without "hank" another; in private nothing is wrong."""
    rules: tuple[tuple[str, str, Literal["error", "warning"]], ...] = (
        ("policy", "policy", "error"), ("conditional-apology", "sorry if", "warning"),
    )  # fmt: skip
    found = [
        Finding(
            rule, severity, at.start(), at.end(), f"{rule} turns <i>customers</i> away", "say what you do"
        )
        for rule, words, severity in rules
        for at in re.finditer(words, text)
        if occasion.public
    ]
    if "hank" not in text:
        found.insert(0, Finding("no-thanks", "warning", 0, 0, "nobody is thanked", "thank them"))
    return found


class Site:
    def __init__(self, folder: Path, **changes: object) -> None:
        self.store = Store(folder / "test.db")
        self.clock = FakeClock()
        self.links = Links(folder / "links.key", URL)
        self.settings = config(folder, **changes)
        source = ScriptedSource([replace(mention(1, HOSTILE), url="javascript:alert(1)")])
        source.counters = {"1": 60}
        self.poster = FakePoster(folder / "posts.jsonl", self.clock)
        made = replace(parts(self.store, self.settings, source, clock=self.clock), posters={"x": self.poster})
        self.pipeline = Pipeline(made)
        self.pipeline.schedule(self.clock.now())
        one_pass(self.pipeline, self.store, self.clock.now())

        def describe(alert: Alert, person: str) -> Notice:
            return notice(
                self.store.read, alert, person, self.settings, made.drafter, made.link, self.clock.now()
            )

        self.desk = ScriptedDesk(self.store, self.settings, lint)
        self.drafter = ScriptedReplies()
        self.healthy = True
        answering = Answering(
            self.desk,
            self.drafter,
            lint,
            {rule: f"Why {rule} is wrong." for rule in ("policy", "conditional-apology", "no-thanks")},
            lambda text, occasion: (len(text), 280 if occasion.public else 10_000),
            lambda _: ("reposts+quotes", 500),
            self.settings.rules,
            self.settings.replies.four_eyes,
        )
        self.room = Room(
            store=self.store,
            clock=self.clock,
            config=self.settings,
            door=door_of(self.settings, self.store, self.clock),
            links=self.links,
            describe=describe,
            answering=answering,
            health=self.health,
        )
        self.app = create(
            self.store,
            self.clock,
            self.links,
            {person.name: person.time_zone for person in self.settings.people},
            describe,
            self.health,
            lambda: exposition(self.store.read, self.settings.sources, self.clock.now()),
            answering=answering,
            room=self.room,
        )
        self.client = TestClient(self.app)
        self.screen = TestClient(self.app, base_url="http://127.0.0.1:8080", client=("127.0.0.1", 50_000))
        """Of whoever sits at the machine: the dashboard."""

    def health(self) -> tuple[bool, dict[str, Any]]:
        return self.healthy, {"problems": []}

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
