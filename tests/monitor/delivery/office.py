"""An outbox with alerts in it, channels that do as they are told, and a dispatcher between them."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from monitor.config import Config
from monitor.delivery import Dispatcher
from monitor.errors import ChannelError
from monitor.model import Severity
from monitor.notice import Message
from monitor.paging.pager import Pager
from monitor.rules import Decision, Lead, StoryFacts
from monitor.store import Contact, Delivery, Store, Tables
from tests.monitor.scripted import (
    NOON,
    FakeClock,
    ScriptedChannel,
    ScriptedSource,
    config,
    mention,
    parts,
)

CALLED = {"email": "first@example.org", "sms": "+442079460001", "call": "+442079460001"}
FIRST: dict[str, Any] = {
    "name": "First",
    "contacts": CALLED,
    "pages": {"warning": [{"by": ["email"]}, {"by": ["sms"], "after_minutes": 3}]},
}
SECOND: dict[str, Any] = {"name": "Second", "contacts": {"email": "second@example.org"}}


@dataclass
class AskedChannel(ScriptedChannel):
    """Remembers what it took, and can be asked; `answers` are raised first, one a question."""

    def __post_init__(self) -> None:
        self.answers: list[ChannelError] = []
        self.asked: list[tuple[str, datetime]] = []

    def taken(self, message: Message, address: str, key: str, since: datetime) -> str | None:
        self.asked.append((key, since))
        if self.answers:
            raise self.answers.pop(0)
        found = [n for n, (to, _, other) in enumerate(self.sent, 1) if (to, other) == (address, key)]
        return f"id-{found[0]}" if found else None


@cache
def settings(people: str, one_by_one: int) -> Config:
    """Made once: to read a configuration renders every playbook."""
    folder = Path(tempfile.mkdtemp(prefix="snapwatch-test-"))
    outbox = {"type": "outbox", "folder": str(folder / "outbox"), "one_by_one": one_by_one}
    channels = {name: outbox | {"form": "email" if name == "email" else "sms"} for name in CALLED}
    return config(folder, channels=channels, people=json.loads(people))


class Office:
    """First has mail at once, an SMS three minutes later and a telephone; Second has mail."""

    def __init__(
        self,
        folder: Path,
        *,
        asked: bool = False,
        store: Store | None = None,
        one_by_one: int = 6,
        people: Sequence[Any] = (FIRST, SECOND),
    ) -> None:
        self.store = store or Store(folder / "test.db")
        self.clock = FakeClock()
        self.email = ScriptedChannel()
        self.sms = AskedChannel("sms", "sms") if asked else ScriptedChannel("sms", "sms")
        self.call = ScriptedChannel("call", "call")
        made = parts(self.store, settings(json.dumps(people), one_by_one), ScriptedSource(), clock=self.clock)
        channels: dict[str, Any] = {"email": self.email, "sms": self.sms, "call": self.call}
        self.parts = replace(made, channels=channels)
        self.restart()

    def restart(self) -> None:
        """A new process, that knows what is stored and nothing else."""
        self.dispatcher = Dispatcher(self.parts, Pager(self.parts), jitter=lambda: 0.0)

    def alert(self, number: int, severity: Severity = "warning") -> int:
        """An open alert of a story with one post, as it is when the first step was paged."""

        def work(tables: Tables) -> int:
            post = mention(number)
            tables.mentions.add([post], NOON)
            tables.stories.open(post, np.ones(2, dtype=np.float32))
            story = tables.stories.of(post.key)
            assert story is not None
            facts = StoryFacts(1, 1, 0, ("x",), 9, None, NOON, Lead(post, None, "reposts"))
            found = tables.alerts.open(
                story, facts, Decision("page", "crossed", severity, f"why {number}"), self.clock.now()
            )
            tables.alerts.escalate(found, 0, self.clock.now() + timedelta(minutes=10))
            return found

        return self.store.write(work)

    def page(self, alert: int, *contacts: tuple[str, str] | tuple[str, str, int], held: str = "") -> None:
        """Queue a page: by person, channel and minutes from now on."""
        now = self.clock.now()
        rows = [
            Contact(each[0], each[1], now + timedelta(minutes=each[2] if len(each) > 2 else 0), held)
            for each in contacts
        ]
        self.store.write(lambda tables: tables.outbox.enqueue(rows, alert_id=alert))

    def pages(self, count: int, *contacts: tuple[str, str]) -> list[int]:
        found = [self.alert(number) for number in range(1, count + 1)]
        for each in found:
            self.page(each, *contacts)
        return found

    def work(self, **by: float) -> None:
        """Send all that is due at the clock's moment, lane by lane."""
        now = self.clock.forward(**by) if by else self.clock.now()
        for lane in sorted(self.dispatcher.lanes_due(now)):
            self.dispatcher.dispatch(lane, now)

    def states(self) -> dict[int, str]:
        return {each.id: each.state for each in self.rows()}

    def rows(self) -> list[Delivery]:
        ids = [
            row["id"] for row in self.store.read.sending._db.query("SELECT id FROM deliveries ORDER BY id")
        ]
        return [found for each in ids if (found := self.store.read.sending.get(each))]

    def row(self, person: str, channel: str) -> Delivery:
        (found,) = [each for each in self.rows() if (each.person, each.channel) == (person, channel)]
        return found


def failing(times: int, text: str = "busy") -> list[ChannelError | Exception]:
    return [ChannelError(text) for _ in range(times)]


def dead(text: str = "no such address") -> list[ChannelError | Exception]:
    return [ChannelError(text, permanent=True)]


def addresses(channel: ScriptedChannel) -> Sequence[str]:
    return [address for address, _, _ in channel.sent]


Act = Callable[[Office], None]
