"""From approval to platform: once, whatever fails on the way."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.daemon import Daemon
from monitor.errors import InputError, StoreError
from monitor.model import Deleted, MentionKey
from monitor.replying.desk import HANGS
from monitor.store import Contact
from monitor.watching.watcher import Watcher
from tests.monitor.replying.desks import DRAFT, Office, Outcome
from tests.monitor.scripted import KEY, NOON


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path)
    made.open()
    yield made
    made.store.close()


def test_what_is_approved_is_posted_as_it_was_approved(office: Office) -> None:
    reply = office.approved()
    office.run()
    (taken,) = office.poster.taken
    assert taken["text"] == DRAFT.text
    assert office.poster.tried[0].by == ("First",)
    now = office.get(reply)
    assert (now.state, now.posted_id, now.url) == ("posted", "p1", "https://x.example.org/brand/1")
    assert now.posted_at == office.clock.now()
    assert office.store.read.jobs.get(reply.job) is None
    events = [(each.who, each.what) for each in office.store.read.replies.events(reply.id)]
    assert events == [("First", "begun"), ("First", "approved"), ("", "posting"), ("", "posted")]
    last = office.store.read.alerts.events(1)[-1]
    assert (last.event, last.person, last.note) == ("replied", "First", "r1, on X")


def test_nothing_is_posted_that_nobody_approved(office: Office) -> None:
    office.desk.begin(1, KEY, DRAFT, "First", office.clock.now())
    office.settle()
    assert office.poster.tried == []


def test_the_post_is_read_again_soon(office: Office) -> None:
    office.approved()
    office.run()
    due = office.store.read.mentions.read_due("x", NOON + timedelta(minutes=5), 9)
    assert KEY.id in {each.id for each in due}


def test_a_reply_that_nobody_knows_of_is_looked_for_before_it_is_posted_again(office: Office) -> None:
    office.poster.outcomes = ["taken, nobody knows"]
    reply = office.approved()
    office.run()
    assert office.get(reply).state == "posting"
    office.clock.forward(seconds=20)
    office.run()
    assert office.poster.looked == 0  # the platform shows it late
    office.settle(3)
    assert len(office.poster.taken) == len(office.poster.tried) == 1
    found = office.get(reply)
    assert (found.state, found.posted_at) == ("posted", NOON)
    assert found.tries == 1


def test_a_try_that_takes_long_is_looked_for_a_minute_after_its_end(office: Office) -> None:
    office.poster.outcomes = ["taken, nobody knows"]
    office.poster.late = timedelta(minutes=2)
    office.poster.after_post = lambda: office.clock.forward(seconds=90)
    reply = office.approved()
    office.run()
    office.clock.forward(seconds=45)
    office.run()
    assert office.poster.looked == 0
    office.settle(1)
    assert (len(office.poster.taken), office.poster.looked) == (1, 1)
    assert office.get(reply).state == "posted"


def test_a_reply_that_was_lost_on_the_way_is_posted_again(office: Office) -> None:
    office.poster.outcomes = ["lost on the way", "lost on the way"]
    reply = office.approved()
    office.run()
    office.settle(20)
    assert len(office.poster.taken) == 1
    assert len({each.key for each in office.poster.tried}) == 1
    assert office.get(reply).state == "posted"
    assert office.get(reply).tries == 3


def test_while_the_platform_can_not_be_asked_nothing_is_posted(office: Office) -> None:
    office.poster.outcomes = ["taken, nobody knows"]
    office.poster.blind = 5
    reply = office.approved()
    office.run()
    office.settle(2)
    assert len(office.poster.tried) == 1
    job = office.store.read.jobs.get(reply.job)
    assert job is not None
    assert job.error == "x: can't be asked"
    office.settle(90)
    assert len(office.poster.taken) == 1
    assert office.get(reply).state == "posted"


def test_a_refusal_ends_it_and_is_told(office: Office) -> None:
    office.poster.outcomes = ["refused"]
    reply = office.approved()
    office.run()
    office.settle(5)
    failed = office.get(reply)
    assert (failed.state, failed.error) == ("failed", "x: the platform refuses this reply")
    assert len(office.poster.tried) == 1
    last = office.store.read.alerts.events(1)[-1]
    assert (last.event, last.person) == ("not replied", "First")
    again = office.desk.begin(1, KEY, DRAFT, "First", office.clock.now())
    assert again.id != reply.id  # there is room for another one


def test_a_refusal_of_a_repetition_is_no_failure(office: Office) -> None:
    office.poster.outcomes = ["taken, nobody knows", "refused"]
    office.poster.late = timedelta(minutes=1, seconds=30)  # it is not shown yet when it is looked for
    reply = office.approved()
    office.run()
    office.clock.forward(seconds=61)
    office.poster.before_post = lambda: office.clock.forward(seconds=60)
    office.run()
    assert len(office.poster.taken) == 1
    assert office.get(reply).state == "posted"


def test_a_locked_database_after_the_platform_took_it_posts_nothing_twice(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reply = office.approved()
    locker = sqlite3.connect(tmp_path / "test.db", isolation_level=None)
    office.store._connections._writer.execute("PRAGMA busy_timeout = 20")
    with closing(locker):
        office.poster.after_post = lambda: locker.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="locked"):
            office.run()
        locker.execute("ROLLBACK")
    office.run()  # at once: what it took is known, and is written down now
    assert office.get(reply).state == "posted"
    assert (len(office.poster.taken), office.poster.looked) == (1, 0)


@pytest.mark.parametrize("restarted", [False, True])
def test_a_full_disk_posts_nothing_twice(office: Office, restarted: bool) -> None:
    reply = office.approved()
    writer = office.store._connections._writer

    def fill() -> None:
        (pages,) = writer.execute("PRAGMA page_count").fetchone()
        writer.execute(f"PRAGMA max_page_count = {pages}")

    office.poster.after_post = fill
    office.poster.url = f"https://x.example.org/{'x' * 200_000}/"  # what is written down of it needs room
    with pytest.raises(StoreError, match="full"):
        office.run()
    writer.execute("PRAGMA max_page_count = 1000000")
    assert office.get(reply).state == "posting"
    if restarted:
        office.begin()
    office.settle(3)
    assert office.get(reply).state == "posted"
    assert len(office.poster.taken) == 1


def test_a_clock_that_is_set_back_posts_nothing_twice_and_waits_for_nothing(office: Office) -> None:
    office.poster.outcomes = ["taken, nobody knows"]
    reply = office.approved()
    office.run()
    office.clock.forward(hours=-3)
    office.poster.file.write_text(office.poster.file.read_text().replace("T12:00", "T09:00"))
    Watcher(office.parts).run(office.clock.now())
    office.settle(3)
    assert office.get(reply).state == "posted"
    assert len(office.poster.taken) == 1


def test_what_was_approved_before_the_clock_was_set_back_is_posted_now(office: Office) -> None:
    reply = office.approved()
    office.clock.forward(hours=-3)
    Watcher(office.parts).run(office.clock.now())
    office.run()
    assert office.get(reply).state == "posted"


def test_a_promise_that_is_over_is_not_posted(office: Office) -> None:
    reply = office.approved()
    office.clock.forward(hours=3)
    office.run()
    assert office.poster.tried == []
    now = office.get(reply)
    assert (now.state, now.approvals) == ("draft", ())
    assert "was over before" in now.error


def test_an_approval_is_of_the_words_and_not_of_the_reply(office: Office) -> None:
    reply = office.approved()
    office.desk.edit(reply.id, "Other words", "Second", office.clock.now(), reply.version)
    office.settle(5)
    assert office.poster.tried == []


def test_words_that_changed_in_the_database_are_not_posted(office: Office, tmp_path: Path) -> None:
    office.approved()
    with closing(sqlite3.connect(tmp_path / "test.db")) as db:
        db.execute("UPDATE replies SET text = 'Have a million dollars'")
        db.commit()
    office.settle(5)
    assert office.poster.tried == []


def test_what_somebody_took_to_copy_is_not_posted(office: Office) -> None:
    reply = office.approved()
    assert office.desk.copied(reply.id, "Second", office.clock.now()).text == DRAFT.text
    office.settle(5)
    assert office.poster.tried == []
    with pytest.raises(InputError, match="to post it by hand"):
        office.desk.edit(reply.id, "Other", "First", office.clock.now(), 1)
    said = office.desk.posted_by_hand(reply.id, "Second", office.clock.now(), "https://x.example.org/9")
    assert (said.state, said.promise, said.owner) == ("posted", "open", "Second")


def test_what_is_meant_for_a_direct_message_is_never_posted(office: Office) -> None:
    reply = office.approved(replace(DRAFT, form="private"))
    office.store.write(lambda tables: tables.jobs.ensure(reply.job, office.clock.now()))
    office.settle(3)
    assert office.poster.tried == []
    assert office.get(reply).state == "approved"


def test_one_good_public_reply(office: Office) -> None:
    first = office.desk.begin(1, KEY, DRAFT, "First", office.clock.now())
    second = office.desk.begin(1, KEY, replace(DRAFT, text="Mine"), "Second", office.clock.now())
    assert second == first


def test_the_same_words_stand_once_below_a_post(office: Office) -> None:
    office.approved()
    office.run()
    again = office.desk.begin(1, KEY, DRAFT, "First", office.clock.now())
    with pytest.raises(InputError, match="the same words"):
        office.desk.approve(again.id, "First", office.clock.now(), 1, ())


def test_a_post_that_is_erased_is_not_answered(office: Office) -> None:
    reply = office.approved()
    office.store.write(lambda tables: tables.mentions.delete([Deleted("x", "1", office.clock.now())]))
    office.settle(5)
    assert office.poster.tried == []
    now = office.get(reply)
    assert (now.state, now.text, now.drafted, now.says) == ("withdrawn", "", "", "")
    events = office.store.read.replies.events(reply.id)
    assert [(each.who, each.what) for each in events] == [("First", "begun"), ("First", "approved")]
    assert {each.text for each in events} == {""}


def test_a_post_that_is_erased_while_its_reply_is_unknown(office: Office) -> None:
    office.poster.outcomes = ["taken, nobody knows"]
    reply = office.approved()
    office.run()
    office.store.write(lambda tables: tables.mentions.purge(key=KEY))
    office.settle(5)
    assert len(office.poster.taken) == 1
    assert office.get(reply).state == "failed"


def test_what_hangs_may_be_ended_by_who_has_looked(office: Office) -> None:
    office.poster.outcomes = ["lost on the way"]
    office.poster.blind = 1000
    reply = office.approved()
    office.run()
    with pytest.raises(InputError, match="being posted"):
        office.desk.withdraw(reply.id, "First", "", office.clock.now())
    office.clock.forward(seconds=HANGS.total_seconds())
    assert office.desk.withdraw(reply.id, "First", "not there", office.clock.now()).state == "withdrawn"
    office.settle(5)
    assert len(office.poster.tried) == 1


def test_without_a_poster_it_waits_to_be_copied_and_says_so(office: Office) -> None:
    office.parts = replace(office.parts, posters={})
    office.pipeline.posting._ = office.parts
    reply = office.approved()
    office.settle(2)
    assert office.get(reply).state == "approved"
    job = office.store.read.jobs.get(reply.job)
    assert job is not None
    assert job.error == "nothing posts on x any more: run `snapwatch reply copied r1`"
    office.desk.copied(reply.id, "First", office.clock.now())
    assert office.store.read.jobs.get(reply.job) is None


def test_posting_that_is_switched_on_again_posts_what_waits(office: Office) -> None:
    poster, posters = office.poster, office.parts.posters
    office.parts = replace(office.parts, posters={})
    office.pipeline.posting._ = office.parts
    reply = office.approved(replace(DRAFT, report_by=None))
    office.settle(2)
    office.pipeline.posting._ = replace(office.parts, posters=posters)
    office.settle(70)
    assert len(poster.taken) == 1
    assert office.get(reply).state == "posted"


def test_a_further_reply_keeps_the_promise(office: Office) -> None:
    first = office.approved()
    office.run()
    assert office.get(first).promise == "open"
    second = office.approved(replace(DRAFT, text="It is found. Second", report_by=None), "Second")
    office.run()
    assert office.get(first).promise == "kept"
    assert office.get(second).promise is None
    assert office.store.read.replies.turns(KEY) == 2


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    outcomes=st.lists(st.sampled_from(["taken", "lost on the way", "taken, nobody knows"]), max_size=6),
    blind=st.integers(0, 4),
    restarts=st.sets(st.integers(0, 30)),
)
def test_never_twice_and_never_not_at_all(
    tmp_path_factory: pytest.TempPathFactory, outcomes: list[Outcome], blind: int, restarts: set[int]
) -> None:
    office = Office(tmp_path_factory.mktemp("office"))
    office.store.write(lambda tables: tables.mentions.add(office.source.mentions, NOON))
    office.poster.outcomes, office.poster.blind = list(outcomes), blind
    reply = office.approved(replace(DRAFT, report_by=None))
    for minute in range(100):
        if minute > max(restarts, default=0) + 5 and office.get(reply).state == "posted":
            break
        if minute in restarts:
            office.begin()
        office.clock.forward(minutes=1)
        office.run()
    assert len(office.poster.taken) == 1
    assert office.get(reply).state == "posted"
    office.store.close()


PATIENCE = 60.0
"""Seconds that a busy machine may need."""


def ticks_until(daemon: Daemon, seen: Callable[[], bool]) -> None:
    for _ in range(int(PATIENCE / 0.02)):
        daemon.tick()
        if seen():
            return
        Event().wait(0.02)
    raise AssertionError("it never happened")


def test_a_platform_that_hangs_holds_up_nothing_else(office: Office) -> None:
    """While it has a reply, no second one of its source is begun; pages and promises go out."""
    hangs, free = Event(), Event()

    def hang() -> None:
        hangs.set()
        assert free.wait(PATIENCE)

    office.poster.before_post = hang
    first = office.approved()
    other = office.desk.begin(1, MentionKey("x", "2"), replace(DRAFT, text="To another"), "First", NOON)
    office.desk.approve(other.id, "First", NOON, 1, ())
    office.store.write(
        lambda tables: tables.outbox.enqueue([Contact("First", "email", NOON)], alert_id=1, revision=5)
    )
    daemon = Daemon(office.parts, lambda: None, 3600)
    daemon.tick()
    assert hangs.wait(PATIENCE)
    ticks_until(daemon, lambda: bool(office.email.sent))
    assert len(office.poster.tried) == 1
    free.set()
    ticks_until(daemon, lambda: {office.get(each).state for each in (first, other)} == {"posted"})
    assert daemon.stop(grace=PATIENCE)
