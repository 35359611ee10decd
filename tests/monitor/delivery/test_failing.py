"""When one way to a person is dead: the next one, then the contacts that were not thought of, then the next person."""

from __future__ import annotations

from datetime import timedelta

from monitor.errors import ChannelError
from monitor.notice import Message
from monitor.ports import Receipt
from monitor.store import Contact
from tests.monitor.delivery.office import Office, addresses, dead, failing
from tests.monitor.scripted import NOON

MAIL_THEN_SMS = (("First", "email"), ("First", "sms", 3))


def events(office: Office, alert: int) -> list[tuple[str, str]]:
    return [(each.event, each.note) for each in office.store.read.alerts.events(alert)]


def test_the_next_method_comes_at_once(office: Office) -> None:
    alert = office.alert(1)
    office.page(alert, *MAIL_THEN_SMS)
    office.email.outcomes = dead()
    office.work()
    office.work(seconds=1)
    assert addresses(office.sms) == ["+442079460001"]
    assert ("not delivered", "email does not reach them; next: sms") in events(office, alert)


def test_not_while_another_of_the_same_moment_may_arrive(office: Office) -> None:
    alert = office.alert(1)
    office.page(alert, ("First", "email"), ("First", "sms"), ("First", "call", 3))
    office.email.outcomes = dead()
    office.sms.outcomes = failing(1)
    office.work()
    office.work(seconds=1)
    assert office.call.sent == []
    office.sms.outcomes = dead()
    office.work(seconds=5)
    office.work(seconds=1)
    assert addresses(office.call) == ["+442079460001"]


def test_then_the_contacts_that_nobody_named(office: Office) -> None:
    alert = office.alert(1)
    office.page(alert, *MAIL_THEN_SMS)
    office.email.outcomes, office.sms.outcomes = dead(), dead()
    for _ in range(3):
        office.work(seconds=1)
    assert addresses(office.call) == ["+442079460001"]
    assert office.row("First", "call").state == "sent"


def test_then_the_next_person(office: Office) -> None:
    alert = office.alert(1)
    office.page(alert, *MAIL_THEN_SMS)
    office.email.outcomes, office.sms.outcomes, office.call.outcomes = dead(), dead(), dead()
    for _ in range(5):
        office.work(seconds=1)
    assert addresses(office.email) == ["second@example.org"]
    assert office.clock.now() - NOON < timedelta(seconds=6)


def test_what_quiet_hours_hold_waits_for_them(office: Office) -> None:
    alert = office.alert(1)
    office.page(alert, ("First", "email"))
    office.page(alert, ("First", "sms", 240), held="quiet hours until 16:00, severity warning")
    office.email.outcomes = dead()
    office.work()
    office.work(minutes=9)
    assert (office.sms.sent, office.call.sent) == ([], [])
    assert office.row("First", "sms").due_at == NOON + timedelta(minutes=240)


def test_three_failures_in_a_row_bring_in_the_next_method_and_trying_goes_on(office: Office) -> None:
    alert = office.alert(1)
    office.page(alert, *MAIL_THEN_SMS)
    office.email.outcomes = failing(4)
    office.work()
    office.work(seconds=5)
    assert office.sms.sent == []
    office.work(seconds=10)
    office.work(seconds=1)
    assert addresses(office.sms) == ["+442079460001"]
    assert office.email.sent == []
    for _ in range(2):
        office.work(seconds=41)
    assert addresses(office.email) == ["first@example.org"]


def test_who_asks_to_wait_for_long_brings_in_the_next_method_at_once(office: Office) -> None:
    alert = office.alert(1)
    office.page(alert, *MAIL_THEN_SMS)
    office.email.outcomes = [ChannelError("slow down", retry_after=86_400.0)]
    office.work()
    office.work(seconds=1)
    assert addresses(office.sms) == ["+442079460001"]
    assert office.row("First", "email").state == "pending"


def test_the_failure_of_what_nobody_wants_any_more_brings_in_nothing(office: Office) -> None:
    alert = office.alert(1)
    office.page(alert, *MAIL_THEN_SMS)

    def send(message: Message, address: str, key: str) -> str:
        office.store.write(lambda tables: tables.alerts.acknowledge(alert, "Second", office.clock.now()))
        raise dead()[0]

    office.email.send = send  # type: ignore[method-assign]
    office.work()
    office.work(minutes=5)
    assert (office.sms.sent, office.call.sent) == ([], [])


def test_an_alarm_finds_another_way_but_calls_nobody(office: Office) -> None:
    alarm = office.store.write(lambda tables: tables.alarms.see("source x", "is silent", NOON))
    office.store.write(
        lambda tables: tables.outbox.enqueue([Contact("First", "email", NOON)], alarm_id=alarm.id)
    )
    office.email.outcomes, office.sms.outcomes = dead(), dead()
    for _ in range(3):
        office.work(seconds=1)
    assert [each.channel for each in office.rows()] == ["email", "sms"]


# --- receipts -------------------------------------------------------------------------------------------------


def arrived(id_: str = "id-1") -> Receipt:
    return Receipt(id_, delivered=True)


def lost(id_: str = "id-1", *, permanent: bool = True) -> Receipt:
    return Receipt(id_, delivered=False, error="the number is not in use any more", permanent=permanent)


def sent(office: Office) -> int:
    """A page by SMS, which is the first way; mail is to follow."""
    alert = office.alert(1)
    office.page(alert, ("First", "sms"), ("First", "email", 3))
    office.work()
    return alert


def test_a_receipt_that_it_arrived(office: Office) -> None:
    sent(office)
    office.dispatcher.receipt(arrived())
    row = office.row("First", "sms")
    assert (row.state, row.receipt) == ("sent", "delivered")


def test_a_receipt_that_it_failed_is_like_a_failure(office: Office) -> None:
    sent(office)
    office.dispatcher.receipt(lost())
    assert office.row("First", "sms").state == "failed"
    office.work(seconds=1)
    assert addresses(office.email) == ["first@example.org"]
    (trouble,) = office.store.read.outbox.troubled(office.clock.now())
    assert trouble.error == "the number is not in use any more"


def test_a_receipt_that_it_failed_for_now_sends_it_again(office: Office) -> None:
    sent(office)
    for number in (1, 2):
        office.dispatcher.receipt(lost(f"id-{number}", permanent=False))
        assert office.row("First", "sms").state == "pending"
        office.work(seconds=11)
    assert len(office.sms.sent) == 3
    assert office.email.sent == []
    office.dispatcher.receipt(lost("id-3", permanent=False))  # it is no use
    assert office.row("First", "sms").state == "failed"
    office.work(seconds=1)
    assert addresses(office.email) == ["first@example.org"]


def test_repeated_late_and_contradictory_receipts_do_no_harm(office: Office) -> None:
    sent(office)
    for receipt in (lost(), lost(), lost(permanent=False)):
        office.dispatcher.receipt(receipt)
    office.work(seconds=1)
    assert (len(office.sms.sent), len(office.email.sent)) == (1, 1)
    office.dispatcher.receipt(arrived())
    assert office.row("First", "sms").state == "sent"
    office.dispatcher.receipt(lost())
    row = office.row("First", "sms")
    assert (row.state, row.receipt) == ("sent", "delivered")
    office.work(minutes=1)
    assert (len(office.sms.sent), len(office.email.sent)) == (1, 1)


def test_a_receipt_of_nothing_is_ignored(office: Office) -> None:
    sent(office)
    before = office.rows()
    for id_ in ("", "id-99", "x" * 5000):
        office.dispatcher.receipt(lost(id_))
    assert office.rows() == before


def test_a_receipt_may_come_before_it_is_written_down_what_it_is_of(office: Office) -> None:
    office.sms.after_send = lambda: office.dispatcher.receipt(lost())
    sent(office)
    assert office.row("First", "sms").state == "failed"
    office.sms.after_send = lambda: None
    office.work(seconds=1)
    assert addresses(office.email) == ["first@example.org"]


def test_the_receipt_of_a_bundle_is_of_all_in_it(office: Office) -> None:
    office.pages(9, ("First", "sms"))
    office.work()
    office.work(minutes=1)
    office.dispatcher.receipt(lost("id-7"))
    states = [each.state for each in office.rows() if each.channel == "sms"]
    assert states == ["sent"] * 6 + ["failed"] * 3
    # Nobody named a way for these pages but the SMS: the others are tried, in a bundle or one by one.
    assert {each.channel for each in office.rows() if each.state == "pending"} == {"email", "call"}


def test_a_failed_receipt_of_what_somebody_has_by_now_wakes_nobody(office: Office) -> None:
    alert = sent(office)
    office.store.write(
        lambda tables: tables.alerts.acknowledge(alert, "First", office.clock.forward(seconds=9))
    )
    office.dispatcher.receipt(lost())
    office.work(minutes=5)
    assert (len(office.email.sent), len(office.call.sent)) == (0, 0)
    assert office.row("First", "sms").state == "failed"


def test_a_failed_receipt_of_news_to_whoever_has_it_does_matter(office: Office) -> None:
    alert = sent(office)
    office.store.write(
        lambda tables: tables.alerts.acknowledge(alert, "First", office.clock.forward(seconds=9))
    )
    rows = [Contact("First", "sms", office.clock.forward(minutes=30))]
    office.store.write(lambda tables: tables.outbox.enqueue(rows, alert_id=alert, revision=1))
    office.work()
    office.dispatcher.receipt(lost("id-2"))
    office.work(seconds=1)
    assert "first@example.org" in addresses(office.email)
