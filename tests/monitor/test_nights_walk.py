"""Random nights: whatever happens in whatever order, no alert is forgotten and nobody is paged about what somebody has."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.errors import ChannelError
from monitor.paging import respond
from monitor.store import Alert, Tables
from tests.monitor.nights import QUIET, Night, person
from tests.monitor.scripted import mention, reading

EVENING = datetime(2026, 10, 24, 19, tzinfo=UTC)
"""The clock is put back in the night."""

METHODS = {"critical": [{"by": ["sms"]}, {"by": ["call"], "after_minutes": 4}]}
PEOPLE = ("First", "Second", "Third")
STEPS = 70


def begin(folder: Path) -> Night:
    return Night(
        folder, EVENING,
        people=[
            person("First", pages=METHODS),
            person("Second", "email", "sms", quiet=QUIET),
            person("Third", "email", quiet={"start": "23:00", "end": "05:00", "unless": "warning"}),
        ],
        rotations=[{"name": "late", "layers": [{"people": ["Second"], "hours": ["22:00", "04:00"]}]}],
        oncall={
            "steps": [{"page": ["First", "late"], "wait_minutes": 6}, {"page": ["Third"]}],
            "fallback": "Second",
            "resolve_after_hours": 3,
        },
        rules={"urgent_pages_per_shift": 2, "pages_per_shift": 99},
    )  # fmt: skip


class Walk:
    def __init__(self, night: Night, seed: int) -> None:
        self.night, self.random, self.posts = night, random.Random(seed), 0
        self.acts: tuple[Callable[[], object], ...] = (
            self.complain, self.complain, self.grow, self.acknowledge, self.acknowledge, self.give_back, self.snooze,
            self.resolve, self.hand_over, self.outage, self.back, self.restart,
        )  # fmt: skip

    def step(self) -> None:
        self.random.choice(self.acts)()
        self.night.pass_by(minutes=self.random.choice((0, 1, 1, 3, 7, 20)))

    # --- what may happen --------------------------------------------------------------------------------------

    def complain(self) -> None:
        kind = self.random.choice(("Kestrel parcel is lost", "Kestrel van on fire"))
        text = f"{chr(65 + self.posts % 26)} {kind}"
        self.night.source.mentions.append(mention(self.posts, text, self.night.clock.now()))
        self.night.source.counters[str(self.posts)] = self.random.choice((1, 40, 60))
        self.posts += 1

    def grow(self) -> None:
        if self.posts:
            number = self.random.randrange(self.posts)
            grown = reading(number, self.random.choice((80, 150, 600)), self.night.clock.now())
            self.night.source.counters[str(number)] = grown.reposts or 0
            self.night.store.write(lambda tables: tables.mentions.add_readings([grown]))

    def one(self) -> tuple[str, str]:
        """The code of an alert, and a person."""
        codes = [str(alert.id) for alert in self.night.store.read.alerts.active()]
        return self.random.choice(codes or [""]), self.random.choice(PEOPLE)

    def answer(self, respond_: Callable[..., str], *more: object) -> None:
        code, who = self.one()
        if code:
            respond_(self.night.store, code, who, *more, self.night.clock.now())

    def acknowledge(self) -> None:
        self.answer(respond.acknowledge)

    def give_back(self) -> None:
        self.answer(respond.unacknowledge)

    def snooze(self) -> None:
        self.answer(respond.snooze, self.night.clock.now() + timedelta(minutes=self.random.choice((5, 90))))

    def resolve(self) -> None:
        self.answer(respond.resolve)

    def hand_over(self) -> None:
        self.answer(respond.reassign, self.random.choice(PEOPLE))

    def outage(self) -> None:
        permanent = self.random.random() < 0.3
        outcomes = [ChannelError("down", permanent=permanent) for _ in range(self.random.randrange(1, 6))]
        self.random.choice(list(self.night.channels.values())).outcomes += outcomes

    def back(self) -> None:
        for channel in self.night.channels.values():
            channel.outcomes.clear()

    def restart(self) -> None:
        self.night.restart()


def check(night: Night) -> None:
    """What holds at every moment at which nothing is due."""
    tables = night.store.read
    for alert in tables.alerts._alerts("ORDER BY id", []):
        pending = rows(tables, f"alert_id = {alert.id} AND state = 'pending'")
        pages = [row for row in pending if row["kind"] == "page"]
        if alert.state == "open":
            assert goes_on(tables, alert), alert
        elif alert.state == "acknowledged":
            assert alert.holder
            assert alert.held_since
            if alert.step_due_at is None:
                assert {row["person"] for row in pages} <= {alert.holder, *fallen_back(tables, alert)}
        elif alert.state == "snoozed":
            assert alert.snoozed_until
            assert alert.snoozed_until > night.clock.now()
            assert pages == []
        else:
            assert not [row for row in pending if row["kind"] != "over"]


def goes_on(tables: Tables, alert: Alert) -> bool:
    """Somebody is to be paged of it, it is told in a page of another that goes on, or nobody is left and that was said."""
    if alert.step_due_at is not None:
        return True
    if alert.gathered_into is not None:
        return True
    last = [
        each.event
        for each in tables.alerts.events(alert.id)
        if each.event in ("opened", "reopened", "escalated", "nobody left")
    ]
    return last[-1] == "nobody left"


def fallen_back(tables: Tables, alert: Alert) -> set[str]:
    """Who was paged in place of a holder whom nothing reached."""
    events = [each.event for each in tables.alerts.events(alert.id)]
    return set(PEOPLE) if "holder unreachable" in events else set()


def rows(tables: Tables, where: str) -> list[dict[str, object]]:
    return list(tables.alerts._db.query(f"SELECT * FROM deliveries WHERE {where}"))  # noqa: S608


@pytest.mark.parametrize("seed", range(6))
def test_a_random_night(tmp_path: Path, seed: int) -> None:
    night = begin(tmp_path)
    walk = Walk(night, seed)
    for _ in range(STEPS):
        walk.step()
        night.now()
        check(night)
    walk.back()
    for _ in range(30):  # until nothing more comes of it
        night.pass_by(minutes=20)
        check(night)
    tables = night.store.read
    for alert in tables.alerts.active():
        if alert.state == "open":
            assert tables.outbox.told(alert.gathered_into or alert.id), alert
    minutes = Counter(
        (row["alert_id"], row["person"], row["channel"], str(row["sent_at"])[:16])
        for row in rows(tables, "state = 'sent' AND kind = 'page'")
    )
    assert night.heard
    assert max(minutes.values()) <= 2  # of one alert: what was sent as it changed, and the change
    night.store.close()
