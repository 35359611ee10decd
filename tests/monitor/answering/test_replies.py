"""What an answer orders: all that a tired person may write, and nothing that they did not."""

from __future__ import annotations

import re
import unicodedata
from datetime import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.answering.replies import ALL, NOTE_LONGEST, ORDERS, WORDS, Order, read

ACK = "acknowledge"


@pytest.mark.parametrize(
    "text",
    [
        "12a", "a12", "A 12", "12 a", "ack 12", "Ack12", "12ack", "acknowledge 12", "12A!", "#12 a", "12-a", "12.a",
        " ok 12a ", "12a thanks", "please ack 12", "ack 12 on it", "１２ａ", "012a", "take 12",
        "12a\n\nSam\nSent from my phone: do not print", "12a\n> 13a", "12a\n-- \n13a",
        "12a\nOn Sun, 1 Nov 2026 at 12:00, snapwatch <x@example.org> wrote:\n13a",
    ],
)  # fmt: skip
def test_ways_to_take_an_alert(text: str) -> None:
    assert read(text) == (Order(ACK, "12"),)


@pytest.mark.parametrize(
    ("text", "orders"),
    [
        ("12s", [Order("snooze", "12")]),
        ("12s 2h", [Order("snooze", "12", 120)]),
        ("12s2h", [Order("snooze", "12", 120)]),
        ("12s 1.5h", [Order("snooze", "12", 90)]),
        ("12s 45", [Order("snooze", "12", 45)]),
        ("snooze 12 for 2 hours", [Order("snooze", "12", 120)]),
        ("12s until 8", [Order("snooze", "12", until=time(8))]),
        ("12s 8:30", [Order("snooze", "12", until=time(8, 30))]),
        ("s 12 till 8pm", [Order("snooze", "12", until=time(20))]),
        ("12s 12am", [Order("snooze", "12", until=time(0))]),
        ("12s until lunch", [Order("snooze", "12")]),
        ("12s 13a", [Order("snooze", "12"), Order(ACK, "13")]),
        ("12r", [Order("resolve", "12")]),
        ("done 12", [Order("resolve", "12")]),
        ("12u", [Order("give back", "12")]),
        ("give back 12", [Order("give back", "12")]),
        ("12?", [Order("status", "12")]),
        ("12a?", [Order("status", "12")]),
        ("12", [Order("status", "12")]),
        ("?", [Order("status", "")]),
        ("? 12", [Order("status", "12")]),
        ("aa", [Order(ACK, ALL)]),
        ("ack all", [Order(ACK, ALL)]),
        ("a", [Order(ACK, "")]),
        ("t3a", [Order(ACK, "t3")]),
        ("a t3", [Order(ACK, "t3")]),
        ("12a 13r", [Order(ACK, "12"), Order("resolve", "13")]),
        ("12a,13a; 14a", [Order(ACK, "12"), Order(ACK, "13"), Order(ACK, "14")]),
        ("ack 12, 13 and 14", [Order(ACK, "12"), Order(ACK, "13"), Order(ACK, "14")]),
        ("12 a 13 a", [Order(ACK, "12"), Order(ACK, "13")]),
        ("12 13 a", [Order("status", "12"), Order(ACK, "13")]),
        ("12a\n13a", [Order(ACK, "12"), Order(ACK, "13")]),
        ("12a 12u", [Order("give back", "12")]),
        ("12n called them: ok", [Order("note", "12", text="called them: ok")]),
        ("12a 12n hello", [Order(ACK, "12"), Order("note", "12", text="hello")]),
        ("12n one\ntwo\n> quoted", [Order("note", "12", text="one\ntwo")]),
        ("12n", [Order("note", "12")]),
    ],
)
def test_what_an_answer_orders(text: str, orders: list[Order]) -> None:
    assert list(read(text)) == orders


@pytest.mark.parametrize(
    "text",
    [
        "", " \n ", "stop", "ok", "thanks!", "a 12 hour delay", "the A12 is closed", "A12 is closed", "12a not", "12a no",
        "do not ack 12", "don't 12a", "I can't take 12", "at3", "12x", "aa batteries are out", "12 new posts", "a12s",
        "> 12a", "999999999999a", "-12a-b", "a 12 13 people", "n 12 was closed",
    ],
)  # fmt: skip
def test_what_orders_nothing(text: str) -> None:
    assert read(text) == ()


def test_a_long_message_is_read_to_a_point() -> None:
    assert len(read(" ".join(f"{number}a" for number in range(10, 400)))) == ORDERS
    (order,) = read("12n " + "x" * 5_000)
    assert len(order.text) == NOTE_LONGEST


TOKENS = st.sampled_from(
    [
        *WORDS,
        "12",
        "13a",
        "a13",
        "t3",
        "t3a",
        "aa",
        "all",
        "not",
        "no",
        "until",
        "8",
        "8:30",
        "2h",
        "for",
        "ok",
        "story",
    ]
)
MESSAGES = st.one_of(
    st.text(), st.lists(TOKENS, max_size=8).map(" ".join), st.text("0123456789asrunt?:. \n#>", max_size=30)
)


@given(MESSAGES)
@example("12s" + "9" * 300)
@example("\ud800a12")
def test_nothing_is_done_that_was_not_said(text: str) -> None:
    orders = read(text)
    assert len(orders) <= ORDERS
    plain = unicodedata.normalize("NFKC", text).casefold()
    for order in orders:
        if order.code not in ("", ALL):
            assert re.search(rf"(?<![0-9])0*{order.code.removeprefix('t')}(?![0-9])", plain)
        if order.act != "status":
            spelled = [word for word, act in WORDS.items() if act == order.act]
            assert any(word in plain for word in spelled)
        if order.code == ALL:
            assert order.act == ACK
            assert "aa" in plain or "all" in plain
        assert order.minutes is None or order.until is None


@given(st.text(alphabet=st.characters(exclude_characters="aAtTmM", max_codepoint=0x2FF)))
def test_no_message_without_such_a_word_takes_anything(text: str) -> None:
    if not set(unicodedata.normalize("NFKC", text).casefold()) & set("atm"):
        assert all(order.act != ACK for order in read(text))


@given(
    st.lists(st.integers(1, 999), min_size=1, max_size=5, unique=True),
    st.text("bcdfghjklpqvwxyz ", max_size=20),
)
def test_words_before_an_order_keep_it_from_being_one(numbers: list[int], prose: str) -> None:
    said = " ".join(f"{number}a" for number in numbers)
    assert [order.code for order in read(said)] == [str(number) for number in numbers]
    assert read(f"xyz{prose} {said}") == ()
