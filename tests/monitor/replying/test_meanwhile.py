"""What may happen between two steps of a reply: an approval is of its words, its post, its people and its moment."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.config import Config
from monitor.errors import InputError
from monitor.model import Deleted
from monitor.store import ReplyRow
from tests.monitor.replying.desks import BY, DRAFT, Desk, Office
from tests.monitor.scripted import KEY, NOON, config, mention

PROMISING_NOTHING = replace(DRAFT, report_by=None, approximate_time="")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path, replies={"four_eyes": "critical"})
    made.open()
    rate(made, "warning")
    yield made
    made.store.close()


def rate(office: Office, severity: str) -> None:
    """The alert is that severe now."""
    writer = office.store._connections._writer
    office.store.write(lambda _: writer.execute("UPDATE alerts SET severity = ?", [severity]) and None)


def customer_edits(office: Office, text: str = "It was my own fault, the Kestrel parcel is here") -> None:
    office.store.write(lambda tables: tables.mentions.add([mention(1, text)], office.clock.now()))


def restart(office: Office, settings: Config) -> None:
    office.settings, office.desk = settings, Desk(office.store, settings, office.lint)
    office.begin()


def called(*names: str) -> list[dict[str, object]]:
    return [{"name": name, "contacts": {"email": f"{name.casefold()}@example.org"}} for name in names]


def is_a_draft_again(office: Office, reply: ReplyRow, why: str) -> None:
    office.settle(5)
    assert office.poster.tried == []
    now = office.get(reply)
    assert (now.state, now.approvals, now.version) == ("draft", (), reply.version + 1)
    assert why in now.error
    assert office.store.read.jobs.get(reply.job) is None
    with pytest.raises(InputError, match="edited it meanwhile"):
        office.desk.approve(reply.id, "First", office.clock.now(), reply.version, ())


def test_an_alert_that_got_graver_after_the_approval(office: Office) -> None:
    reply = office.approved()
    rate(office, "critical")
    is_a_draft_again(office, reply, "more people")
    last = office.store.read.alerts.events(1)[-1]
    assert (last.event, last.note) == ("not replied", "r1, it takes more people to approve it now than have")


def test_four_eyes_that_are_switched_on_after_the_approval(office: Office, tmp_path: Path) -> None:
    reply = office.approved()
    restart(office, config(tmp_path, replies={"four_eyes": "info"}))
    is_a_draft_again(office, reply, "more people")


def test_who_approved_and_has_left(office: Office, tmp_path: Path) -> None:
    reply = office.approved()
    restart(office, config(tmp_path, people=called("Third", "Second"), oncall={"order": ["Second", "Third"]}))
    office.run()
    assert office.poster.tried == []
    assert office.get(reply).state == "draft"


def test_one_person_by_two_names_is_not_two(office: Office, tmp_path: Path) -> None:
    rate(office, "critical")
    reply = office.approved()
    assert reply.state == "proposed"
    changed = {"people": called("Firth", "Second"), "oncall": {"order": ["Firth", "Second"]}}
    restart(office, config(tmp_path, replies={"four_eyes": "critical"}, **changed))
    now = office.clock.now()
    assert office.desk.approve(reply.id, "Firth", now, 1, ()).state == "proposed"
    whole = office.desk.approve(reply.id, "Second", now, 1, ())
    assert (whole.state, whole.owner) == ("approved", "Firth")


@pytest.mark.parametrize("before", ["draft", "proposed", "approved"])
def test_a_customer_who_edits_their_post(office: Office, before: str) -> None:
    rate(office, "critical" if before == "proposed" else "warning")
    reply = office.desk.begin(1, KEY, DRAFT, "First", NOON)
    if before != "draft":
        reply = office.desk.approve(reply.id, "First", NOON, 1, ())
    assert reply.state == before
    customer_edits(office)
    is_a_draft_again(office, reply, "the customer has edited the post")


def test_a_post_that_is_read_again_as_it_was_takes_nothing_back(office: Office) -> None:
    reply = office.approved()
    office.store.write(lambda tables: tables.mentions.add(office.source.mentions, NOON))
    office.run()
    assert office.get(reply).state == "posted"


def test_a_customer_who_edits_while_nobody_knows(office: Office) -> None:
    office.poster.outcomes = ["lost on the way"]
    reply = office.approved()
    office.run()
    customer_edits(office)
    office.settle(5)
    assert office.poster.looked == 1
    assert len(office.poster.tried) == 1
    assert (office.get(reply).state, office.poster.taken) == ("draft", [])


def test_what_was_taken_is_found_all_the_same(office: Office) -> None:
    office.poster.outcomes = ["taken, nobody knows"]
    reply = office.approved()
    office.run()
    customer_edits(office)
    rate(office, "critical")
    office.settle(5)
    assert office.get(reply).state == "posted"


@pytest.mark.parametrize(("hours", "state"), [(23, "posted"), (25, "draft")])
def test_an_approval_does_not_last_for_ever(office: Office, hours: int, state: str) -> None:
    reply = office.approved(PROMISING_NOTHING)
    office.clock.forward(hours=hours)
    office.run()
    assert office.get(reply).state == state
    assert len(office.poster.taken) == (state == "posted")


def test_what_is_approved_anew_after_a_try_is_looked_for_first(office: Office) -> None:
    office.poster.outcomes = ["taken, nobody knows"]
    office.poster.late = timedelta(minutes=3)
    reply = office.approved()
    office.run()
    rate(office, "critical")
    office.settle(2)  # not shown yet: it comes back
    assert office.get(reply).state == "draft"
    office.clock.forward(minutes=5)
    for person in ("First", "Second"):
        office.desk.approve(reply.id, person, office.clock.now(), 2, ())
    office.settle(2)
    assert len(office.poster.taken) == 1
    assert office.get(reply).state == "posted"


def test_a_second_daemon_that_saw_it_before_posts_nothing(office: Office) -> None:
    seen = office.approved()
    office.poster.outcomes = ["lost on the way"]
    office.run()
    post = office.store.read.mentions.get(KEY)
    assert post is not None
    office.pipeline.posting._post(office.poster, seen, post)
    assert len(office.poster.tried) == 1


HELD: dict[str, Callable[[Office], object]] = {
    "the time that it promises was over": lambda office: setattr(office.clock, "moment", BY),
    "takes more people": lambda office: rate(office, "critical"),
}


@pytest.mark.parametrize(("why", "happens"), HELD.items(), ids=HELD)
def test_what_must_not_go_out_is_not_copied_either(
    office: Office, why: str, happens: Callable[[Office], object]
) -> None:
    reply = office.approved()
    happens(office)
    with pytest.raises(InputError, match=f"can't be copied: .*{why}"):
        office.desk.copied(reply.id, "First", office.clock.now())
    assert office.get(reply).state == "draft"


@pytest.mark.parametrize(
    ("text", "by"),
    [
        ("I write again by 2 pm. First", BY),
        ("I write again by 4:30 pm. First", BY + timedelta(hours=2.5)),
        ("I am looking into it. First", None),
    ],
)
def test_the_clock_follows_the_words_that_were_approved(office: Office, text: str, by: object) -> None:
    reply = office.desk.begin(1, KEY, DRAFT, "First", NOON)
    office.desk.edit(reply.id, text, "First", NOON, 1)
    office.desk.approve(reply.id, "First", NOON, 2, ())
    office.run()
    now = office.get(reply)
    assert (now.state, now.report_by, now.promise) == ("posted", by, "open" if by else None)
    assert (office.store.read.jobs.get(reply.promise_job) is not None) == bool(by)


def test_a_reply_found_after_its_post_was_erased_promises_nothing(office: Office) -> None:
    reply = office.approved()
    gone = [Deleted(*KEY, NOON)]
    office.poster.after_post = lambda: office.store.write(lambda tables: tables.mentions.delete(gone))
    office.run()
    now = office.get(reply)
    assert (now.state, now.text, now.promise) == ("posted", "", None)
    assert office.store.read.jobs.get(reply.promise_job) is None
