"""Hours in which a provider is down, a phone is dead, or everybody complains at once: fast-forwarded, minute by minute."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.errors import ChannelError
from monitor.notice import Message
from monitor.paging import respond
from tests.monitor.nights import Night, Phone, person

TWO = datetime(2026, 11, 1, 14, tzinfo=UTC)
"""An afternoon in London."""


@pytest.fixture
def nights(tmp_path: Path) -> Iterator[list[Night]]:
    made: list[Night] = []
    yield made
    for each in made:
        each.store.close()


def afternoon(nights: list[Night], folder: Path, *people: dict[str, Any], **changes: Any) -> Night:
    order = [each["name"] for each in people]
    oncall = {"order": order, "escalate_after_minutes": 10, "repeat": 2}
    nights.append(Night(folder, TWO, people=list(people), **{"oncall": oncall} | changes))
    return nights[-1]


class Down:
    """A provider that refuses everything until then."""

    def __init__(self, night: Night, channel: str, until: datetime) -> None:
        self._phone: Phone = night.channels[channel]
        self._night, self._until, self.refused = night, until, 0
        self._send = self._phone.send
        self._phone.send = self.send  # type: ignore[method-assign]

    def send(self, message: Message, address: str, key: str) -> str:
        if self._night.clock.now() < self._until:
            self.refused += 1
            raise ChannelError("the server is down")
        return self._send(message, address, key)


def test_the_mail_server_is_down_for_an_hour(tmp_path: Path, nights: list[Night]) -> None:
    """Mail is all that they have: nobody can be reached meanwhile, and then everybody is, once, without a flood."""
    night = afternoon(nights, tmp_path, person("Ann", "email"), person("Bob", "email"))
    down = Down(night, "email", TWO + timedelta(hours=1))
    night.complaint(60)
    night.until("15:30")
    arrived = Counter(each.person for each in night.heard)
    assert set(arrived) == {"Ann", "Bob"}
    assert max(arrived.values()) == 1  # a later page of the same alert took the place of the earlier one
    assert all("15:00" <= each.at <= "15:17" for each in night.heard)  # fifteen minutes are the longest wait
    assert down.refused < 60


def test_the_mail_server_is_down_and_there_is_another_way(tmp_path: Path, nights: list[Night]) -> None:
    """Three failures in a row bring it in, long before its time; mail is tried on."""
    ways = {"critical": [{"by": ["email"]}, {"by": ["sms"], "after_minutes": 9}]}
    night = afternoon(nights, tmp_path, person("Ann", "email", "sms", pages=ways), person("Bob", "email"))
    Down(night, "email", TWO + timedelta(hours=1))
    night.complaint(60)
    night.until("14:05")
    assert [(each.at, each.channel) for each in night.heard] == [("14:03", "sms")]
    respond.acknowledge(night.store, "1", "Ann", night.clock.now())
    night.until("15:30")
    assert len([each for each in night.heard if each.person == "Ann"]) == 1  # nothing after she has it


def test_one_provider_that_is_down_holds_up_no_other(tmp_path: Path, nights: list[Night]) -> None:
    night = afternoon(nights, tmp_path, person("Ann"), person("Bob"))
    Down(night, "sms", TWO + timedelta(hours=1))
    night.complaint(60)
    assert {each.channel for each in night.heard} == {"email", "call"}


def test_a_dead_phone_brings_the_next_person_at_once(tmp_path: Path, nights: list[Night]) -> None:
    night = afternoon(nights, tmp_path, person("Ann", "sms"), person("Bob", "sms"))
    night.channels["sms"].dead = {"ann@example.org"}
    night.complaint(60)
    night.until("14:02")
    assert night.pages() == [("14:00", "Bob")]


def test_when_every_phone_is_dead_somebody_can_see_it(tmp_path: Path, nights: list[Night]) -> None:
    night = afternoon(nights, tmp_path, person("Ann", "sms"), person("Bob", "sms"))
    night.channels["sms"].dead = {"ann@example.org", "bob@example.org"}
    night.complaint(60)
    night.until("14:10")
    assert night.heard == []
    assert night.events("nobody left")
    assert len(night.store.read.outbox.troubled(night.clock.now())) == 4


def test_a_process_that_dies_every_minute_of_an_outage_loses_nothing(
    tmp_path: Path, nights: list[Night]
) -> None:
    night = afternoon(nights, tmp_path, person("Ann", "email"), person("Bob", "email"))
    Down(night, "email", TWO + timedelta(hours=1))
    night.complaint(60)
    night.until("15:30", restarting=True)
    assert Counter(each.person for each in night.heard) == {"Ann": 1, "Bob": 1}


def test_a_storm_of_stories_can_be_read(tmp_path: Path, nights: list[Night]) -> None:
    """Twenty-six stories in thirteen minutes: six pages one by one, then one message a minute, and each is told once."""
    rules = {"pages_per_shift": 100}
    channel = {"type": "outbox", "folder": str(tmp_path / "outbox"), "form": "email"}
    channels = dict.fromkeys(("email", "sms", "call"), channel)
    oncall = {"order": ["Ann"], "escalate_after_minutes": 60, "repeat": 1}
    night = afternoon(nights, tmp_path, person("Ann", "sms"), rules=rules, channels=channels, oncall=oncall)
    for minute in range(13):
        for place in (2 * minute, 2 * minute + 1):
            letter = chr(ord("a") + place)
            night.complaint(60, place + 1, f"{letter} Kestrel parcel is lost")
        night.until(f"14:{minute + 1:02}")
    night.until("14:20")
    by_minute = Counter(each.at for each in night.heard)
    assert sum(by_minute.values()) <= 6 + 13
    told = Counter(words for each in night.heard for words in each.words.split(" + "))
    assert sum(told.values()) == 26
    assert len(night.store.read.alerts.active()) == 26
    # Whoever takes what has come gets no more of it.
    for alert in night.store.read.alerts.active():
        respond.acknowledge(night.store, str(alert.id), "Ann", night.clock.now())
    before = len(night.heard)
    night.until("15:30")
    assert len(night.heard) == before
