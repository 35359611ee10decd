"""A platform that takes replies and forgets nothing, and a desk at which they are written."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from monitor.config import Config
from monitor.errors import PostError
from monitor.model import Mention
from monitor.parts import Parts
from monitor.pipeline import Pipeline
from monitor.reply import Approved, Draft, Finding, Form, Occasion, Posted
from monitor.replying.desk import ReplyDesk
from monitor.store import ReplyRow, Store
from tests.monitor.scripted import (
    KEY,
    NOON,
    FakeClock,
    ScriptedChannel,
    ScriptedSource,
    config,
    mention,
    one_pass,
    parts,
)

BY = NOON + timedelta(hours=2)
DRAFT = Draft(
    "delivery", "Hello @user1, thank you for telling us. I am sorry. I look into it. I write again by 2 pm. First",
    "I look into it.", "I look.", "I write again by 2 pm.", "You have it.", report_by=BY,
)  # fmt: skip
ERROR = Finding("promise", "error", 0, 5, "it promises", "leave it out")
WARNING = Finding("no-thanks", "warning", 0, 0, "no thanks", "thank them")

Outcome = Literal["taken", "lost on the way", "taken, nobody knows", "refused"]


@dataclass
class FakePoster:
    """The worst platform: it takes every repetition for a new post, and shows a post only after `late`. What it took lies
    in a file, which outlives the process. `outcomes` are of the next calls of `post`, then all is taken."""

    file: Path
    clock: FakeClock
    name: str = "x"
    outcomes: list[Outcome] = field(default_factory=list)
    blind: int = 0
    """How many of the next calls of `find` fail."""
    late: timedelta = timedelta(seconds=30)
    after_post: Callable[[], object] = lambda: None
    before_post: Callable[[], object] = lambda: None
    url: str = "https://x.example.org/brand/"
    tried: list[Approved] = field(default_factory=list)
    looked: int = 0

    def post(self, reply: Approved, to: Mention, now: datetime) -> Posted:
        self.tried.append(reply)
        self.before_post()
        outcome = self.outcomes.pop(0) if self.outcomes else "taken"
        if outcome == "refused":
            raise PostError("x: the platform refuses this reply", permanent=True)
        if outcome == "lost on the way":
            raise PostError("x: can't be reached")
        with self.file.open("a") as file:
            row = {"key": reply.key, "text": reply.text, "to": to.id, "at": self.clock.now().isoformat()}
            file.write(json.dumps(row) + "\n")
        self.after_post()
        if outcome == "taken, nobody knows":
            raise PostError("x: no answer in time")
        return self._posted(len(self.taken))

    def find(self, reply: Approved, to: Mention, since: datetime, now: datetime) -> Posted | None:
        self.looked += 1
        if self.blind:
            self.blind -= 1
            raise PostError("x: can't be asked")
        for number, row in enumerate(self.taken, start=1):
            at = datetime.fromisoformat(row["at"])
            if (
                row["text"] == reply.text
                and row["to"] == to.id
                and since <= at <= self.clock.now() - self.late
            ):
                return self._posted(number)
        return None

    def check(self) -> str:
        return "fake"

    @property
    def taken(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.file.read_text().splitlines()] if self.file.exists() else []

    def _posted(self, number: int) -> Posted:
        return Posted(f"p{number}", f"{self.url}{number}")


class Office:
    """A story that has paged, its alert 1, and people who answer its first post."""

    def __init__(self, folder: Path, settings: Config | None = None, **changes: object) -> None:
        self.store = Store(folder / "test.db")
        self.clock = FakeClock()
        self.settings = settings or config(folder, **changes)
        self.source = ScriptedSource([mention(1), mention(2, "Another lost Kestrel parcel")])
        self.source.counters = {"1": 60, "2": 3}
        self.email, self.sms = ScriptedChannel(), ScriptedChannel("sms", "sms")
        self.poster = FakePoster(folder / "posts.jsonl", self.clock)
        self.findings: list[Finding] = []
        self.desk = Desk(self.store, self.settings, self.lint)
        self.begin()

    def lint(self, _text: str, _occasion: Occasion) -> list[Finding]:
        return self.findings

    def begin(self) -> None:
        """As after a start of the process."""
        made = parts(self.store, self.settings, self.source, self.email, self.sms, self.clock)
        self.parts: Parts = replace(made, posters={"x": self.poster})
        self.pipeline = Pipeline(self.parts)
        self.pipeline.schedule(self.clock.now())

    def open(self) -> None:
        """Page, and have it taken: nothing else is sent but what the test is about."""
        one_pass(self.pipeline, self.store, self.clock.now())
        self.store.write(lambda tables: tables.alerts.acknowledge(1, "First", self.clock.now()))
        self.email.sent.clear()
        self.sms.sent.clear()

    def approved(self, draft: Draft = DRAFT, person: str = "First") -> ReplyRow:
        now = self.clock.now()
        reply = self.desk.begin(1 if self.store.read.alerts.get(1) else None, KEY, draft, person, now)
        return self.desk.approve(reply.id, person, now, reply.version, ())

    def run(self) -> None:
        """What is due now."""
        for job in self.store.read.jobs.due(self.clock.now()):
            if job.startswith(("reply ", "promise ", "eyes ")):
                self.pipeline.run_job(job, self.clock.now())
        for lane in sorted(self.pipeline.lanes_due(self.clock.now())):
            self.pipeline.dispatch(lane, self.clock.now())

    def settle(self, minutes: int = 60) -> None:
        """A minute after another."""
        for _ in range(minutes):
            self.clock.forward(minutes=1)
            self.run()

    def get(self, reply: ReplyRow) -> ReplyRow:
        found = self.store.read.replies.get(reply.id)
        assert found is not None
        return found


class Desk(ReplyDesk):
    """Its one source posts replies."""

    def posts(self, source: str, form: Form = "short") -> bool:
        return source == "x" and form != "private"
