"""What a provider may have taken before the process died: asked where that is possible, else sent again and counted.

A child process sends what is due and dies, without any clean-up, before or after its n-th transaction, or right after the
n-th message was taken. The next process does the rest.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from typing import TypeVar

import pytest
from prometheus_client.parser import text_string_to_metric_families

from monitor import metrics
from monitor.errors import ChannelError
from monitor.notice import Message
from monitor.store import Store, Tables
from tests.monitor.delivery.office import AskedChannel, Office, addresses
from tests.monitor.scripted import NOON, ScriptedChannel
from tests.monitor.test_crash import DIED, DyingStore, in_a_child

# From Python 3.12 on a fork beside threads warns; the child here uses none of them.
pytestmark = pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")

T = TypeVar("T")
STORIES, ONE_BY_ONE = 4, 2
"""Two of them are told one by one, two in a bundle."""


class Remembered(AskedChannel):
    """A provider that outlives the process: it remembers in a file what it took."""

    def taken(self, message: Message, address: str, key: str, since: datetime) -> str | None:
        assert self.file is not None
        lines = self.file.read_text().splitlines() if self.file.exists() else []
        self.asked.append((key, since))
        return next((f"old-{n}" for n, line in enumerate(lines) if json.loads(line)[2] == key), None)


def opened(folder: Path, store: Store | None, *, asked: bool, die_after_send: int = 0) -> Office:
    office = Office(folder, asked=asked, store=store, one_by_one=ONE_BY_ONE)
    sends = 0

    def after_send() -> None:
        nonlocal sends
        sends += 1
        if sends == die_after_send:
            os._exit(DIED)

    file = folder / "sent.jsonl"
    kind = Remembered if asked else ScriptedChannel
    office.sms = kind("sms", "sms", file=file, after_send=after_send)
    channels = dict(office.parts.channels) | {"sms": office.sms}
    object.__setattr__(office.parts, "channels", channels)
    office.restart()
    return office


def work(office: Office) -> None:
    for minutes in (0, 1, 1):
        office.work(minutes=minutes)


@cache
def pages() -> bytes:
    """The database of before."""
    folder = Path(tempfile.mkdtemp(prefix="snapwatch-test-"))
    office = Office(folder)
    office.pages(STORIES, ("First", "sms"))
    office.store.close()
    return (folder / "test.db").read_bytes()


def filled(folder: Path) -> None:
    folder.mkdir()
    (folder / "test.db").write_bytes(pages())


def dying(folder: Path, *, asked: bool, at: int = 0, after_commit: bool = False, send: int = 0) -> None:
    store = DyingStore(folder / "test.db", at, after_commit)
    work(opened(folder, store, asked=asked, die_after_send=send))


def rest(folder: Path, *, asked: bool) -> tuple[int, int, int]:
    """Do what is left; how many pages are lost, came twice, and are counted as such."""
    office = opened(folder, None, asked=asked)
    work(office)
    read = office.store.read
    assert read.outbox.pending() == 0
    assert office.dispatcher._taken == {}
    sent = [json.loads(line) for line in (folder / "sent.jsonl").read_text().splitlines()]
    told = Counter(story for _, subject, _ in sent for story in subject.split(" + "))
    counted = sum(read.sending.twice().values())
    office.store.close()
    assert told.keys() == {f"warning: why {n}" for n in range(1, STORIES + 1)}
    return STORIES - len(told), sum(told.values()) - len(told), counted


def transactions(folder: Path, *, asked: bool) -> int:
    filled(folder)
    count = 0

    class Counting(Store):
        def write(self, work: Callable[[Tables], T]) -> T:
            nonlocal count
            count += 1
            return super().write(work)

    office = opened(folder, Counting(folder / "test.db"), asked=asked)
    work(office)
    office.store.close()
    return count


@pytest.mark.parametrize("after_commit", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("asked", [False, True], ids=["plain", "asked"])
def test_killed_at_every_transaction(tmp_path: Path, *, asked: bool, after_commit: bool) -> None:
    total = transactions(tmp_path / "undisturbed", asked=asked)
    assert total == 2 * (ONE_BY_ONE + 1)  # marked before and after each message
    twice = 0
    for at in range(1, total + 1):
        folder = tmp_path / str(at)
        filled(folder)
        die = partial(dying, folder, asked=asked, at=at, after_commit=after_commit)
        assert in_a_child(die) == DIED
        lost, again, counted = rest(folder, asked=asked)
        assert lost == 0
        assert again <= counted
        assert counted in ((0,) if asked else (0, 1, 2))  # the bundle tells two
        twice += again
    assert (twice == 0) == (asked or after_commit)


@pytest.mark.parametrize("send", range(1, ONE_BY_ONE + 2))
@pytest.mark.parametrize("asked", [False, True], ids=["plain", "asked"])
def test_killed_right_after_a_message_was_taken(tmp_path: Path, *, asked: bool, send: int) -> None:
    folder = tmp_path / "it"
    filled(folder)
    assert in_a_child(partial(dying, folder, asked=asked, send=send)) == DIED
    told = 1 if send <= ONE_BY_ONE else 2
    assert rest(folder, asked=asked) == ((0, 0, 0) if asked else (0, told, told))


def test_a_single_page_is_sent_again_with_its_key(tmp_path: Path) -> None:
    """So that a provider, or a mail program, that can tell a repetition does."""
    folder = tmp_path / "it"
    filled(folder)
    assert in_a_child(partial(dying, folder, asked=False, send=2)) == DIED
    rest(folder, asked=False)
    keys = [json.loads(line)[2] for line in (folder / "sent.jsonl").read_text().splitlines()]
    assert keys[:3] == ["snapwatch-1", "snapwatch-2", "snapwatch-2"]


def test_what_was_sent_again_is_counted_by_channel(office: Office) -> None:
    office.pages(2, ("First", "sms"))
    office.store.write(lambda tables: tables.sending.take([1], "snapwatch-1", NOON))
    office.restart()
    office.work()
    assert len(office.sms.sent) == 2
    text = metrics.exposition(office.store.read, (), NOON).decode()
    samples = {
        sample.name: (sample.labels, sample.value)
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert samples["snapwatch_pages_sent_twice_total"] == ({"channel": "sms"}, 1.0)


# --- asked ----------------------------------------------------------------------------------------------------


def unknown(office: Office, *, was_taken: bool) -> int:
    """An SMS of which the process before this one knew no more than that it was to be sent."""
    (alert,) = office.pages(1, ("First", "sms"))
    office.store.write(lambda tables: tables.sending.take([1], "snapwatch-1", NOON))
    if was_taken:
        office.sms.sent.append(("+442079460001", "warning: why 1", "snapwatch-1"))
    office.clock.forward(seconds=30)
    office.restart()
    return alert


def test_who_can_be_asked_is_asked(asked: Office) -> None:
    unknown(asked, was_taken=True)
    asked.work()
    assert asked.sms.asked == [("snapwatch-1", NOON)]  # type: ignore[attr-defined]
    assert (len(asked.sms.sent), asked.states()) == (1, {1: "sent"})
    assert asked.store.read.sending.of_provider("id-1") != []


def test_what_was_not_taken_is_sent_and_is_no_repetition(asked: Office) -> None:
    unknown(asked, was_taken=False)
    asked.work()
    assert (len(asked.sms.sent), asked.states()) == (1, {1: "sent"})
    assert asked.store.read.sending.twice() == {}


def test_while_nobody_answers_nothing_else_goes_to_that_address(asked: Office) -> None:
    """What was sent meanwhile could be taken for it."""
    unknown(asked, was_taken=False)
    asked.page(asked.alert(2), ("First", "sms"), ("First", "email"))
    asked.sms.answers = [ChannelError("busy")]  # type: ignore[attr-defined]
    asked.work()
    assert asked.sms.sent == []
    assert addresses(asked.email) == ["first@example.org"]
    asked.work(seconds=5)
    assert len(asked.sms.sent) == 2
    assert asked.store.read.sending.twice() == {}


def test_who_did_not_answer_is_asked_again_however_much_there_is_to_send(asked: Office) -> None:
    """One dispatch may last for as long as there is something to send."""
    unknown(asked, was_taken=False)
    for number in range(2, 5):
        asked.page(asked.alert(number), ("Second", "sms"))
    people = [
        each.model_copy(update={"contacts": each.contacts | {"sms": f"+44{n}"}})
        for n, each in enumerate(asked.parts.config.people)
    ]
    object.__setattr__(asked.parts, "config", asked.parts.config.model_copy(update={"people": tuple(people)}))
    asked.restart()
    asked.sms.answers = [ChannelError("busy")]  # type: ignore[attr-defined]
    asked.sms.after_send = lambda: asked.clock.forward(seconds=3)  # type: ignore[assignment,return-value]
    asked.work()
    assert [key for _, _, key in asked.sms.sent] == [
        "snapwatch-2",
        "snapwatch-3",
        "snapwatch-4",
        "snapwatch-1",
    ]


def test_who_never_answers_gets_it_again(asked: Office) -> None:
    unknown(asked, was_taken=True)
    asked.sms.answers = [ChannelError("busy"), ChannelError("busy"), ChannelError("busy")]  # type: ignore[attr-defined]
    for _ in range(3):
        asked.work(seconds=21)
    assert (len(asked.sms.sent), asked.states()) == (2, {1: "sent"})
    assert asked.store.read.sending.twice() == {"sms": 1}


def test_who_can_not_be_asked_for_good_gets_it_again_at_once(asked: Office) -> None:
    unknown(asked, was_taken=True)
    asked.sms.answers = [ChannelError("not allowed", permanent=True)]  # type: ignore[attr-defined]
    asked.work()
    assert (len(asked.sms.sent), asked.states()) == (2, {1: "sent"})


@pytest.mark.parametrize("was_taken", [False, True])
def test_what_somebody_has_by_now_is_not_sent_again(asked: Office, *, was_taken: bool) -> None:
    alert = unknown(asked, was_taken=was_taken)
    asked.store.write(lambda tables: tables.alerts.acknowledge(alert, "Second", asked.clock.now()))
    asked.work()
    assert asked.states() == {1: "sent" if was_taken else "cancelled"}
    assert len(asked.sms.sent) == int(was_taken)


def test_what_is_open_again_is_sent_again(office: Office) -> None:
    """Acknowledged while it was unknown, and given back: the page is wanted once more."""
    alert = unknown(office, was_taken=False)
    office.store.write(lambda tables: tables.alerts.acknowledge(alert, "Second", office.clock.now()))
    office.page(alert, ("First", "sms"))
    office.work()
    assert (len(office.sms.sent), office.states()) == (1, {1: "sent"})
