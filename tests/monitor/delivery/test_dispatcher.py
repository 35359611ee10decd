"""What is sent, in which order, and what is written down of it; what is bundled; what waits."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import pytest

from monitor.delivery.content import outcome
from monitor.errors import ChannelError, StoreError
from monitor.notice import Message, Notice, Short
from monitor.paging import respond
from monitor.store import Contact, Store, Tables
from tests.monitor.delivery.office import FIRST, SECOND, Office, addresses, dead, failing
from tests.monitor.scripted import NOON

T = TypeVar("T")


def test_it_is_marked_before_the_provider_gets_it(office: Office) -> None:
    (alert,) = office.pages(1, ("First", "email"))
    during: list[tuple[str, bool]] = []

    def look() -> None:
        (row,) = office.rows()
        during.append((row.state, row.tried_at == office.clock.now()))

    office.email.after_send = look
    office.work()
    assert during == [("sending", True)]
    assert office.states() == {1: "sent"}
    assert office.store.read.outbox.told(alert) == [("First", "email")]


def test_the_most_severe_first_then_the_oldest(office: Office) -> None:
    for number, severity in enumerate(("warning", "critical", "info", "critical"), 1):
        office.page(office.alert(number, severity), ("First", "email"))  # type: ignore[arg-type]
        office.clock.forward(seconds=1)
    office.work()
    assert [key for _, _, key in office.email.sent] == [
        "snapwatch-2",
        "snapwatch-4",
        "snapwatch-1",
        "snapwatch-3",
    ]


def test_what_comes_meanwhile_takes_its_place(office: Office) -> None:
    office.pages(2, ("First", "email"))

    def later() -> None:
        office.email.after_send = lambda: None
        office.page(office.alert(9, "critical"), ("First", "email"))

    office.email.after_send = later
    office.work()
    assert [key for _, _, key in office.email.sent] == ["snapwatch-1", "snapwatch-3", "snapwatch-2"]


def test_what_is_held_is_sent_when_it_is_due(office: Office) -> None:
    office.page(office.alert(1), ("First", "email", 60), held="quiet hours until 13:00, severity warning")
    office.work(minutes=59)
    assert office.email.sent == []
    office.work(minutes=1)
    assert addresses(office.email) == ["first@example.org"]


def test_the_wait_between_two_tries_grows_and_is_as_long_as_was_asked(office: Office) -> None:
    office.email.outcomes = [
        ChannelError("busy"),
        ChannelError("slow down", retry_after=120),
        ChannelError("busy"),
    ]
    office.pages(1, ("First", "email"))
    waits = []
    for _ in range(3):
        office.work()
        waits.append(office.rows()[0].due_at - office.clock.now())
        office.clock.moment = office.rows()[0].due_at
    assert [wait.total_seconds() for wait in waits] == [5, 120, 20]


def test_those_who_failed_together_do_not_come_back_together(office: Office) -> None:
    from monitor.delivery import Dispatcher
    from monitor.paging.pager import Pager

    jitters = iter([0.0, 1.0])
    office.dispatcher = Dispatcher(office.parts, Pager(office.parts), jitter=lambda: next(jitters))
    office.email.outcomes = failing(2)
    office.pages(2, ("First", "email"))
    office.work()
    assert [(each.due_at - NOON).total_seconds() for each in office.rows()] == [5.0, 5.5]


def test_who_left_the_configuration_gets_nothing(office: Office) -> None:
    alert = office.alert(1)
    office.page(alert, ("Gone", "email"), ("First", "fax"))
    office.work()
    assert office.row("Gone", "email").state == office.row("First", "fax").state == "failed"
    office.work()
    assert addresses(office.email) == ["first@example.org"]


def test_an_acknowledgement_while_it_is_sent_ends_the_tries(office: Office) -> None:
    (alert,) = office.pages(1, ("First", "email"))

    def send(message: Message, address: str, key: str) -> str:
        respond.acknowledge(office.store, str(alert), "First", office.clock.now())
        raise ChannelError("busy")

    office.email.send = send  # type: ignore[method-assign]
    office.work()
    assert office.states() == {1: "cancelled"}


def test_an_acknowledgement_that_comes_before_is_heard(office: Office) -> None:
    one, two = office.pages(2, ("First", "email"))
    office.email.after_send = lambda: office.store.write(
        lambda tables: tables.alerts.acknowledge(two, "First", office.clock.now())
    )
    office.work()
    assert office.states() == {1: "sent", 2: "cancelled"}
    assert one != two


def test_an_adapter_with_a_bug_costs_a_try(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)
    office.email.outcomes = [ZeroDivisionError("secret")]
    office.pages(1, ("First", "email"))
    office.work()
    assert office.rows()[0].state == "pending"
    (trouble,) = office.store.read.outbox.troubled(office.clock.now())
    assert trouble.error == "ZeroDivisionError (see the log)"
    office.work(seconds=5)
    assert len(office.email.sent) == 1


def test_what_cannot_be_written_down_is_remembered_and_forgotten_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.pages(1, ("First", "email"))
    write = office.store.write

    def full(work: Callable[[Tables], T]) -> T:
        if office.email.sent:
            raise StoreError("the disk is full")
        return write(work)

    with monkeypatch.context() as patched:
        patched.setattr(office.store, "write", full)
        for _ in range(3):
            with pytest.raises(StoreError):
                office.work()
    assert office.states() == {1: "sending"}
    office.work()
    assert office.states() == {1: "sent"}
    assert len(office.email.sent) == 1
    assert office.dispatcher._taken == {}


def test_what_was_remembered_and_is_gone_is_forgotten(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was settled by another way meanwhile, or erased."""
    office.pages(2, ("First", "email"))
    write = office.store.write
    sent = office.email.sent

    def full(work: Callable[[Tables], T]) -> T:
        if len(sent) == 1:
            raise StoreError("the disk is full")
        return write(work)

    with monkeypatch.context() as patched:
        patched.setattr(office.store, "write", full)
        with pytest.raises(StoreError):
            office.work()
    office.store.write(lambda tables: tables.sending.fail(1, "by hand"))
    office.work()
    assert office.dispatcher._taken == {}
    assert office.states() == {1: "failed", 2: "sent"}


# --- bundles --------------------------------------------------------------------------------------------------


def test_a_storm_comes_in_bundles(office: Office) -> None:
    """Six one by one, then all that waits in one, a minute later."""
    office.pages(20, ("First", "sms"))
    office.work()
    assert len(office.sms.sent) == 6
    office.work(seconds=59)
    assert len(office.sms.sent) == 6
    office.work(seconds=1)
    assert len(office.sms.sent) == 7
    address, subject, _ = office.sms.sent[-1]
    assert address == "+442079460001"
    assert subject.count("why") == 14
    assert set(office.states().values()) == {"sent"}
    ids = {row.id: row for row in office.rows()}
    assert len({ids[n].message for n in range(7, 21)}) == 1
    found = office.store.read.sending.of_provider("id-7")
    assert [each.id for each in found] == list(range(7, 21))


def test_who_shares_an_address_shares_its_rate(tmp_path: Path) -> None:
    shared = SECOND | {"contacts": {"sms": FIRST["contacts"]["sms"]}}
    office = Office(tmp_path, people=[FIRST, shared])
    office.pages(4, ("First", "sms"), ("Second", "sms"))
    office.work()
    assert len(office.sms.sent) == 6
    office.work(minutes=1)  # what is left goes in one message each
    assert len(office.sms.sent) == 8
    office.store.close()


def test_an_acknowledgement_takes_an_alert_out_of_the_bundle(office: Office) -> None:
    alerts = office.pages(9, ("First", "sms"))
    office.work()
    office.store.write(lambda tables: tables.alerts.acknowledge(alerts[7], "First", office.clock.now()))
    office.work(minutes=1)
    assert office.sms.sent[-1][1] == "warning: why 7 + warning: why 9"
    assert office.states()[8] == "cancelled"


def test_an_acknowledgement_at_the_last_moment_takes_it_out_too(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    alerts = office.pages(9, ("First", "sms"))
    office.work()
    bundle, made = office.parts.bundle, []

    def slow(notices: list[Notice], short: Short) -> Message:
        made.append(len(notices))
        if len(made) == 1:
            office.store.write(
                lambda tables: tables.alerts.acknowledge(alerts[8], "First", office.clock.now())
            )
        return bundle(notices, short)

    object.__setattr__(office.parts, "bundle", slow)
    office.work(minutes=1)
    assert made == [3, 2]
    assert office.sms.sent[-1][1] == "warning: why 7 + warning: why 8"


def test_a_bundle_that_is_not_taken_is_tried_again_whole(office: Office) -> None:
    office.pages(9, ("First", "sms"))
    office.work()
    office.sms.outcomes = failing(1)
    office.work(minutes=1)
    assert len(office.sms.sent) == 6
    office.work(minutes=1)
    assert [subject.count("why") for _, subject, _ in office.sms.sent[6:]] == [3]


def test_an_alert_stands_in_a_bundle_once(office: Office) -> None:
    alerts = office.pages(8, ("First", "sms"))
    rows = [Contact("First", "sms", NOON)]
    office.store.write(lambda tables: tables.outbox.enqueue(rows, alert_id=alerts[7], step=1))
    office.work()
    office.work(minutes=1)
    assert office.sms.sent[-1][1] == "warning: why 7 + warning: why 8"
    assert set(office.states().values()) == {"sent"}


def test_a_page_that_cannot_be_rendered_is_sent_plain(office: Office) -> None:
    def broken(*_: object) -> Message:
        raise KeyError("template")

    object.__setattr__(office.parts, "render", broken)
    object.__setattr__(office.parts, "bundle", broken)
    office.pages(8, ("First", "sms"))
    office.work()
    office.work(minutes=1)
    assert [subject for _, subject, _ in office.sms.sent] == ["[snapwatch] warning"] * 7


def test_a_story_that_cannot_be_read_costs_its_page_only_the_details(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.delivery.content.notice", lambda *_: 1 / 0)
    office.pages(1, ("First", "sms"))
    office.work()
    assert office.sms.sent[0][1] == "warning: why 1"


# --- what is no page ------------------------------------------------------------------------------------------


def queue(office: Office, channel: str, **about: object) -> None:
    rows = [Contact("First", channel, office.clock.now())]
    office.store.write(lambda tables: tables.outbox.enqueue(rows, **about))  # type: ignore[arg-type]


def test_test_pages_and_alarms_are_not_counted(office: Office) -> None:
    office.pages(6, ("First", "sms"))
    office.work()
    drill = office.store.write(lambda tables: tables.drills.begin("First", office.clock.now()))
    alarm = office.store.write(lambda tables: tables.alarms.see("source x", "is silent", office.clock.now()))
    queue(office, "sms", drill_id=drill.id)
    queue(office, "sms", alarm_id=alarm.id)
    office.work()
    first, second = [subject for _, subject, _ in office.sms.sent[6:]]
    assert first == "alarm source x: is silent"
    assert "test" in second


def test_an_alarm_says_when_it_is_over(office: Office) -> None:
    alarm = office.store.write(lambda tables: tables.alarms.see("source x", "is silent", NOON))
    queue(office, "email", alarm_id=alarm.id)
    office.store.write(lambda tables: tables.alarms.end(alarm.id, NOON + timedelta(minutes=9)))
    queue(office, "email", alarm_id=alarm.id, kind="over")
    office.work()
    assert [subject for _, subject, _ in office.email.sent] == [
        "alarm source x: is silent",
        "over source x: is silent",
    ]


def test_nobody_is_called_to_have_nothing_to_do(office: Office) -> None:
    (alert,) = office.pages(1, ("First", "call"))
    office.work()
    office.store.write(lambda tables: tables.alerts.acknowledge(alert, "Second", office.clock.now()))
    queue(office, "call", alert_id=alert, kind="taken")
    queue(office, "sms", alert_id=alert, kind="taken")
    office.work(seconds=1)
    assert [key for _, _, key in office.call.sent] == ["snapwatch-1"]
    assert len(office.sms.sent) == 1
    assert office.states() == {1: "sent", 2: "cancelled", 3: "sent"}


def test_news_that_are_not_true_any_more_are_not_told(office: Office) -> None:
    (alert,) = office.pages(1, ("First", "email"))
    office.work()
    queue(office, "email", alert_id=alert, kind="taken")
    queue(office, "email", alert_id=alert, kind="over")
    office.work()
    assert office.states() == {1: "sent", 2: "cancelled", 3: "cancelled"}


def test_what_became_of_an_alert_in_words(store: Store, tmp_path: Path) -> None:
    office = Office(tmp_path)
    (alert,) = office.pages(1, ("First", "email"))

    def words(kind: str) -> str:
        row = office.store.read.alerts.get(alert)
        assert row is not None
        return outcome(office.store.read, row, kind, "Europe/London", office.clock.now())

    assert (words("taken"), words("over")) == ("", "")
    office.store.write(lambda tables: tables.alerts.acknowledge(alert, "Second", NOON + timedelta(minutes=3)))
    assert words("taken").startswith("Second has it since 12:03")
    office.store.write(lambda tables: tables.alerts.resolve(alert, "Second", NOON + timedelta(minutes=9)))
    assert words("taken") == ""
    assert words("over").startswith("resolved by Second at 12:09")
    office.store.close()


def test_digests_have_a_lane_of_their_own(office: Office) -> None:
    queue(office, "email", digest=NOON)
    office.pages(1, ("First", "email"))
    assert office.dispatcher.lanes_due(NOON) == {("email", False), ("email", True)}
    office.dispatcher.dispatch(("email", False), NOON)
    assert [subject for _, subject, _ in office.email.sent] == ["warning: why 1"]


def test_a_lane_that_has_to_stop_stops_between_two_messages(office: Office) -> None:
    office.pages(3, ("First", "email"))
    office.email.after_send = office.parts.stopping.set
    office.work()
    assert list(office.states().values()) == ["sent", "pending", "pending"]


def test_dead_addresses_are_told_apart_from_busy_ones(office: Office) -> None:
    office.email.outcomes = dead()
    office.sms.outcomes = failing(1)
    office.pages(1, ("First", "email"), ("First", "sms"))
    office.work()
    assert office.states() == {1: "failed", 2: "pending"}
