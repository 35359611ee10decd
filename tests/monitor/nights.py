"""Whole nights, fast-forwarded: a fake clock, scripted channels that write down who heard what at which minute."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from monitor.errors import ChannelError
from monitor.notice import Message, Notice, Short
from monitor.pipeline import Pipeline
from monitor.store import Alert, Store
from tests.monitor.scripted import (
    FakeClock,
    ScriptedChannel,
    ScriptedSource,
    config,
    mention,
    one_pass,
    parts,
    render,
)

LONDON = ZoneInfo("Europe/London")
QUIET = {"start": "22:00", "end": "07:00"}


class Heard(NamedTuple):
    """`at` is London's time on the wall, `person` the name that begins the address."""

    at: str
    person: str
    channel: str
    words: str


class Phone(ScriptedChannel):
    """Dead for whom it is told so: `dead` are addresses that fail for good."""

    def __init__(self, name: str, carries: str, heard: Callable[[str, str, str], None]) -> None:
        super().__init__(name, carries)
        self._heard = heard
        self.dead: set[str] = set()

    def send(self, message: Message, address: str, key: str) -> str:
        if address in self.dead:
            raise ChannelError("this number does not exist", permanent=True)
        taken = super().send(message, address, key)
        self._heard(self.name, address, message.subject)
        return taken


def person(name: str, *channels: str, **more: Any) -> dict[str, Any]:
    """Somebody in London, whom the channels reach (all three if none is named)."""
    address = f"{name.lower()}@example.org"
    contacts = dict.fromkeys(channels or ("email", "sms", "call"), address)
    return {"name": name, "time_zone": "Europe/London", "contacts": contacts, **more}


def _render(notice: Notice, short: Short) -> Message:
    made = render(notice, short)
    return replace(made, subject=notice.outcome or made.subject)


class Night:
    def __init__(self, folder: Path, begins: datetime, **changes: Any) -> None:
        self.folder, self.clock = folder, FakeClock(begins)
        self.heard: list[Heard] = []
        self.store = Store(folder / "test.db")
        self.source = ScriptedSource()
        channel = {"type": "outbox", "folder": str(folder / "outbox"), "form": "email", "one_by_one": 100}
        document = {"channels": dict.fromkeys(("email", "sms", "call"), channel), "digest": {}}
        self.channels = {
            name: Phone(name, carries, self._write)
            for name, carries in (("email", "mail"), ("sms", "sms"), ("call", "call"))
        }
        made = parts(self.store, config(folder, **document | changes), self.source, clock=self.clock)
        self.parts = replace(made, channels=self.channels, render=_render)  # type: ignore[arg-type]
        self.restart()

    def _write(self, channel: str, address: str, words: str) -> None:
        at = f"{self.clock.now().astimezone(LONDON):%H:%M}"
        self.heard.append(Heard(at, address.partition("@")[0].capitalize(), channel, words))

    def restart(self) -> None:
        """A new process: nothing is left but the rows."""
        self.pipeline = Pipeline(self.parts)
        self.pipeline.schedule(self.clock.now())

    def complaint(self, reposts: int, number: int = 1, text: str = "My Kestrel parcel is lost") -> None:
        """At 40 reposts it is worth a warning, at 60 it is critical, at 500 it has crossed."""
        self.source.mentions.append(mention(number, text, self.clock.now()))
        self.source.counters[str(number)] = reposts
        self.now()

    def now(self) -> None:
        """All that is due now."""
        one_pass(self.pipeline, self.store, self.clock.now())

    def until(self, at: str, *, step: int = 1, restarting: bool = False) -> None:
        """Go on to that time on London's wall, minute by minute."""
        while True:
            self.clock.forward(minutes=step)
            if restarting:
                self.restart()
            self.now()
            if f"{self.clock.now().astimezone(LONDON):%H:%M}" == at:
                return

    def pass_by(self, **by: float) -> None:
        """A stretch at whose end alone anything happens."""
        self.clock.forward(**by)
        self.now()

    def pages(self, *channels: str) -> list[tuple[str, str]]:
        """When who heard something by those channels (all); what came in one minute by several is told once."""
        told = [(each.at, each.person) for each in self.heard if not channels or each.channel in channels]
        return list(dict.fromkeys(told))

    @property
    def alert(self) -> Alert:
        (alert,) = [each for each in map(self.store.read.alerts.get, (1,)) if each]
        return alert

    def state(self) -> tuple[str, str | None]:
        """Of the alert, and who has it."""
        return self.alert.state, self.alert.holder

    def events(self, *kinds: str) -> list[tuple[str, str | None, str]]:
        """What happened to the alert, of those kinds: when, by whom, in which words."""
        return [
            (f"{each.at.astimezone(LONDON):%H:%M}", each.person, each.note)
            for each in self.store.read.alerts.events(1)
            if each.event in kinds
        ]

    def waiting(self) -> list[tuple[str, str, str, str]]:
        """What waits to be sent: when, to whom, by which channel, and why it waits."""
        rows = self.store.read.alerts._db.query(
            "SELECT * FROM deliveries WHERE state = 'pending' ORDER BY due_at, id"
        )
        return [
            (
                f"{datetime.fromisoformat(row['due_at']).astimezone(LONDON):%H:%M}",
                row["person"],
                row["channel"],
                row["held"],
            )
            for row in rows
        ]


EVENING = datetime(2026, 11, 3, 23, tzinfo=UTC)
"""A Tuesday, when London's clocks show UTC."""

Make = Callable[..., Night]


def on_call(*names: str, **more: Any) -> dict[str, Any]:
    return {"order": list(names), "repeat": 1, **more}


def two(make: Make, **more: Any) -> Night:
    """Both have been paged, by mail and SMS; nobody has answered."""
    night = make(
        EVENING, person("First", "email", "sms", **more), person("Second", "email", "sms"),
        oncall=on_call("First", "Second", repeat=2),
    )  # fmt: skip
    night.complaint(60)
    night.until("23:10")
    night.heard.clear()
    return night


def making(folder: Path) -> Iterator[Make]:
    """What makes nights; they are closed at the end."""
    nights: list[Night] = []

    def begin(begins: datetime = EVENING, *people: dict[str, Any], **changes: Any) -> Night:
        given = {"people": list(people)} if people else {}
        nights.append(Night(folder, begins, **given, **changes))
        return nights[-1]

    yield begin
    for night in nights:
        night.store.close()
