"""What a reply promises pages its owner before it runs out, and whoever is on call when it has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.errors import ChannelError
from monitor.model import Deleted
from monitor.store import ReplyRow
from tests.monitor.replying.desks import BY, DRAFT, Office
from tests.monitor.scripted import KEY, NOON

PEOPLE = [
    {"name": "First", "contacts": {"email": "first@example.org", "sms": "+442079460001"}},
    {"name": "Second", "contacts": {"email": "second@example.org"}},
    {"name": "Third", "contacts": {"email": "third@example.org"}},
]
FIRST, SECOND, THIRD = (f"{each}@example.org" for each in ("first", "second", "third"))


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path, people=PEOPLE)
    made.open()
    yield made
    made.store.close()


def posted(office: Office, person: str = "Third", **changes: object) -> ReplyRow:
    reply = office.approved(replace(DRAFT, **changes), person)  # type: ignore[arg-type]
    office.run()
    return office.get(reply)


def until(office: Office, minutes_before: float) -> None:
    office.clock.moment = BY - timedelta(minutes=minutes_before)
    office.run()


def mails(office: Office) -> list[tuple[str, str]]:
    return [(address, subject) for address, subject, _ in office.email.sent]


def test_the_owner_is_paged_half_an_hour_before_and_the_first_on_call_after(office: Office) -> None:
    reply = posted(office)
    until(office, 31)
    assert mails(office) == []
    until(office, 30)
    until(office, 29)
    assert mails(office) == [(THIRD, f"{reply.code} runs out for Third:  on X")]
    until(office, 0)
    until(office, -60)
    assert mails(office)[1:] == [(FIRST, f"{reply.code} ran out for First:  on X")]
    assert len(office.sms.sent) == 1
    now = office.get(reply)
    assert (now.promise, now.warned_at, now.broken_at) == ("open", BY - timedelta(minutes=30), BY)
    assert office.store.read.replies.promises() == {"open": 1, "broken": 1}


def test_who_wrote_again_is_not_paged(office: Office) -> None:
    posted(office)
    until(office, 60)
    posted(office, text="It is found.", report_by=None)
    until(office, -60)
    assert mails(office) == []


def test_whose_word_is_kept_is_not_paged(office: Office) -> None:
    reply = posted(office)
    office.desk.kept(reply.id, "Second", office.clock.now())
    until(office, -60)
    assert mails(office) == []
    assert office.store.read.jobs.get(reply.promise_job) is None


def test_a_page_that_waits_is_not_sent_of_what_is_kept(office: Office) -> None:
    reply = posted(office)
    office.email.outcomes = [ChannelError("down")]
    until(office, 30)
    office.desk.kept(reply.id, "Third", office.clock.now())
    until(office, 20)
    assert mails(office) == []


def test_a_page_that_fails_goes_to_the_next(office: Office) -> None:
    posted(office)
    office.email.outcomes = [ChannelError("no such address", permanent=True)]
    until(office, 30)
    until(office, 29)
    assert mails(office) == [(FIRST, "r1 runs out for First:  on X")]
    (trouble,) = office.store.read.outbox.troubled(office.clock.now())
    assert (trouble.person, trouble.error) == ("Third", "no such address")


def test_when_nobody_could_be_warned_both_hear_of_it(office: Office) -> None:
    posted(office)
    until(office, -5)  # nothing ran in between
    assert {address for address, _ in mails(office)} == {FIRST, THIRD}


def test_an_owner_who_has_left_is_replaced_by_who_is_on_call(office: Office, tmp_path: Path) -> None:
    posted(office)
    folder = tmp_path / "changed"
    folder.mkdir()
    office.settings = Office(folder, people=PEOPLE[:2]).settings
    office.begin()
    until(office, 30)
    assert [address for address, _ in mails(office)] == [FIRST]


def test_an_owner_who_is_away_is_not_paged(office: Office) -> None:
    posted(office)
    office.store.write(lambda tables: tables.rota.add([(None, "Third", NOON, BY)], "Third", NOON))
    until(office, 30)
    assert [address for address, _ in mails(office)] == [FIRST]


def test_less_than_the_warning_is_left(office: Office) -> None:
    reply = posted(office, report_by=NOON + timedelta(minutes=10))
    office.run()
    assert mails(office) == [(THIRD, f"{reply.code} runs out for Third:  on X")]


def test_quiet_hours_do_not_break_a_promise(tmp_path: Path) -> None:
    quiet = {"quiet": {"start": "09:00", "end": "20:00", "unless": "critical"}, "time_zone": "UTC"}
    office = Office(tmp_path, people=[*PEOPLE[:2], PEOPLE[2] | quiet])
    office.open()
    posted(office)
    until(office, 30)
    assert [address for address, _ in mails(office)] == [THIRD]
    office.store.close()


def test_a_promise_to_a_post_that_is_gone_is_released(office: Office) -> None:
    reply = posted(office)
    office.store.write(lambda tables: tables.mentions.delete([Deleted(*KEY, office.clock.now())]))
    until(office, -60)
    assert mails(office) == []
    assert office.get(reply).promise == "released"


def test_acknowledging_is_not_keeping(office: Office) -> None:
    """A page of a promise has no code to be acknowledged, and whoever takes the alert keeps nothing."""
    reply = posted(office)
    until(office, 30)
    office.store.write(lambda tables: tables.alerts.acknowledge(1, "Third", office.clock.now()))
    assert office.get(reply).promise == "open"


def test_a_reply_that_was_only_copied_promises_nothing_yet(office: Office) -> None:
    reply = office.desk.begin(1, KEY, DRAFT, "Third", NOON)
    reply = office.desk.approve(reply.id, "Third", NOON, 1, (), post=False)
    office.desk.copied(reply.id, "Third", NOON)
    until(office, -60)
    assert mails(office) == []
