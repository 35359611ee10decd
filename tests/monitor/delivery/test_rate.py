"""Which message is next: one by one up to the limit, then one bundle a minute."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from monitor.delivery.rate import BUNDLE_EVERY, WINDOW, key_of, next_message
from monitor.store import Delivery
from tests.monitor.scripted import NOON

LIMIT = 3


def delivery(
    number: int, person: str = "First", alert: int | None = 1, drill: int | None = None, at: datetime = NOON
) -> Delivery:
    return Delivery(
        number, alert, drill, None, None, None, "page", 0, 0, person, "sms", "pending", "warning", at, "", 0, None,
        None, False, None,
    )  # fmt: skip


def tried(*ages: float) -> dict[str, dict[str, datetime]]:
    return {"First": {f"m{n}": NOON - timedelta(seconds=age) for n, age in enumerate(ages)}}


def test_one_by_one_up_to_the_limit() -> None:
    due = [delivery(n) for n in range(1, 5)]
    assert next_message(due, {}, LIMIT, NOON) == [due[0]]
    assert next_message(due, tried(5, 4), LIMIT, NOON) == [due[0]]


def test_beyond_the_limit_all_that_waits_goes_together_once_a_minute() -> None:
    due = [delivery(n) for n in range(1, 5)]
    assert next_message(due, tried(300, 200, 61), LIMIT, NOON) == due
    assert next_message(due, tried(300, 200, 59), LIMIT, NOON) == []


def test_what_was_tried_keeps_its_turn() -> None:
    due = [delivery(1), delivery(2)]
    messages = tried(30, 20)
    messages["First"][due[1].key] = NOON - timedelta(seconds=10)
    assert next_message(due, messages, LIMIT, NOON) == [due[1]]
    messages["First"][due[1].key] = NOON - timedelta(seconds=70)
    assert next_message([due[0]], messages, 1, NOON + timedelta(minutes=1)) == [due[0]]


def test_a_full_address_holds_up_nobody_else() -> None:
    due = [delivery(1), delivery(2, "Second")]
    assert next_message(due, tried(3, 2, 1), LIMIT, NOON) == [due[1]]


def test_test_pages_wait_for_no_turn() -> None:
    drill = delivery(2, alert=None, drill=1)
    assert next_message([delivery(1), drill], tried(3, 2, 1), LIMIT, NOON) == [drill]


def test_the_key_is_of_what_the_message_holds() -> None:
    a, b, c = delivery(1), delivery(2), delivery(3)
    assert key_of([a]) == "snapwatch-1"
    assert key_of([a, b]) == key_of([a, b])
    assert len({key_of([a, b]), key_of([a, c]), key_of([a, b, c]), key_of([b, c]), a.key}) == 5


@given(
    st.lists(st.floats(0, 1200), max_size=40).map(sorted),
    st.integers(1, 6),
)
def test_a_storm_is_never_more_than_the_limit_and_a_bundle_a_minute(comes: list[float], limit: int) -> None:
    """Simulated second by second: however pages come, all of them go out, few messages are sent, and none waits long."""
    waiting: list[tuple[float, Delivery]] = []
    sent: dict[str, datetime] = {}
    coming = list(enumerate(comes, 1))
    for second in range(1400):
        now = NOON + timedelta(seconds=second)
        while coming and coming[0][1] <= second:
            number, at = coming.pop(0)
            waiting.append((at, delivery(number, at=now)))
        recent = {key: at for key, at in sent.items() if at > now - WINDOW}
        while message := next_message([each for _, each in waiting], {"First": recent}, limit, now):
            assert len(message) == 1 or len(recent) >= limit
            sent[key_of(message)] = recent[key_of(message)] = now
            waiting = [each for each in waiting if each[1] not in message]
        assert all(second - at <= BUNDLE_EVERY.total_seconds() for at, _ in waiting)
        lately = [at for at in sent.values() if at > now - WINDOW]
        assert len(lately) <= limit + 10
    assert not waiting
