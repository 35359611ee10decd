"""A reply that waits for a second pair of eyes finds them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.errors import ChannelError
from tests.monitor.replying.desks import Office
from tests.monitor.replying.test_promises import FIRST, PEOPLE, SECOND, THIRD


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path, people=PEOPLE, replies={"four_eyes": "info"})
    made.open()
    yield made
    made.store.close()


def told(office: Office) -> list[str]:
    return [address for address, *_ in office.email.sent]


def test_who_is_on_call_is_told_and_then_everybody_else(office: Office) -> None:
    office.approved(person="First")
    office.run()
    (page,) = office.email.sent
    assert page[0] == SECOND
    assert (
        "[reply r1, which First approved, waits for you: nobody gets it before you approve it, too]"
        in page[1]
    )
    office.settle(60)
    assert told(office) == [SECOND, THIRD]


def test_who_approved_it_is_not_asked(office: Office) -> None:
    office.approved(person="Third")
    office.settle(60)
    assert told(office) == [FIRST, SECOND]


def test_nobody_is_asked_of_what_was_read(office: Office) -> None:
    reply = office.approved()
    office.run()
    office.desk.approve(reply.id, "Third", office.clock.now(), 1, ())
    office.settle(60)
    assert told(office) == [SECOND]
    assert len(office.poster.taken) == 1


def test_a_page_that_waits_is_not_sent_of_what_was_read(office: Office) -> None:
    reply = office.approved()
    office.email.outcomes = [ChannelError("down")]
    office.run()
    office.desk.withdraw(reply.id, "Third", "", office.clock.now())
    office.settle(10)
    assert told(office) == []


def test_a_page_that_fails_hides_no_other(office: Office) -> None:
    office.approved()
    office.email.outcomes = [ChannelError("no such address", permanent=True)]
    office.settle(60)
    assert told(office) == [THIRD]


def test_other_words_are_asked_for_anew(office: Office) -> None:
    reply = office.approved()
    office.run()
    now = office.clock.now()
    office.desk.edit(reply.id, "Hello @user1, I look into it by 2 pm.", "Third", now, 1)
    office.desk.approve(reply.id, "Third", now, 2, ())
    office.run()
    assert told(office) == [SECOND, FIRST]
    office.settle(60)
    assert told(office) == [SECOND, FIRST, SECOND]
