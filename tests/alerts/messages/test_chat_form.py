"""Pages as a few lines of chat: what they say, and that words of others stay words wherever they are shown."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.messages import alarm, bundle, render
from alerts.messages.chat import LINES, LONGEST, chat_of, inert
from monitor.notice import Alarm, Blind, Further, Notice, Short
from monitor.oncall.sections import Person
from monitor.wording.masking import MASKS
from tests.alerts.notices import (
    CRITICAL,
    HOSTILE,
    NOW,
    ORDERS,
    OUTCOMES,
    TEST_PAGE,
    UPDATE,
    alarms,
    hostile_text,
    notices,
    people,
    shorts,
)

PAGE = replace(CRITICAL, code="12", link="https://snapwatch.example.com/a/12-kq3J0aSEk4A_")
ANSWERS = Short(answers=True)


def harmless(text: str) -> None:
    assert not re.search(r"[@\x00-\x09\x0b-\x1f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", text)
    assert not re.search(r"<[!@#:/?a-zA-Z]", text)


@given(notices, shorts)
def test_any_page_is_a_few_lines_of_plain_text(notice: Notice, short: Short) -> None:
    chat = chat_of(notice, short)
    harmless(chat)
    assert len(chat) <= LONGEST
    assert 2 <= len(chat.splitlines()) <= LINES
    assert all(line.strip() for line in chat.splitlines())
    if notice.outcome:
        assert chat.splitlines()[0].endswith("There is nothing for you to do.")
    else:
        assert chat.endswith(f"run snapwatch ack {notice.code}")


@settings(max_examples=25)
@given(st.lists(notices, min_size=1, max_size=9), shorts)
def test_any_bundle_is_as_well(several: list[Notice], short: Short) -> None:
    chat = bundle(several, short).chat
    harmless(chat)
    assert len(chat) <= 2 * LONGEST
    assert min(len(several), LINES - 2) + 2 == len(chat.splitlines())


@given(alarms, people)
def test_any_alarm_is_as_well(told: Alarm, person: Person) -> None:
    chat = alarm(told, person, NOW).chat
    harmless(chat)
    assert len(chat) <= LONGEST
    assert len(chat.splitlines()) == 3


@given(hostile_text)
def test_words_of_others_are_no_orders_and_no_links(text: str) -> None:
    said = inert(text, 300)
    harmless(said)
    assert len(said) <= 300
    assert not re.search(r"://|\w\.[a-z]|\n", said, re.IGNORECASE)


@pytest.mark.parametrize("order", ORDERS)
def test_orders_to_chat_programs_do_not_reach_them(order: str) -> None:
    notice = replace(PAGE, title=order, reason=order, changed=order, summary=order, brand=order, person=order)
    chat = render(notice).chat
    harmless(chat)
    urls = set(re.findall(r"\w+://\S+", chat))
    assert urls == {PAGE.top_posts[0].mention.url}


def test_a_page() -> None:
    assert chat_of(replace(PAGE, summary="It was a present."), ANSWERS).splitlines() == [
        "CRITICAL: Parcels lost in Leeds · Acme",
        "61 posts in 40 minutes, 12 an hour ago; 58% likely to cross 500 reposts; author has 48,000 "
        "followers.",
        "61 posts on X and Reddit, first seen 52 minutes ago. 58% likely to go viral: spread 312 of 500.",
        "https://x.example/ann/status/1",
        "“It was a present.”",
        "Sam is on call; unless it is acknowledged, Alex is paged at 03:27 GMT (in 15 minutes).",
        "Acknowledge: reply 12a (12s: snooze), or run snapwatch ack 12",
    ]
    assert chat_of(PAGE).splitlines()[-1] == "Acknowledge: run snapwatch ack 12"


def test_an_update_says_what_changed() -> None:
    first, second, *_, who, how = chat_of(replace(UPDATE, code="12")).splitlines()
    assert first == "UPDATE CRITICAL: Parcels lost in Leeds · Acme"
    assert second == "The story reached reddit; 124 posts, 61 at the last page; probability 0.58 → 0.81."
    assert who == "Sent to Sam."
    assert how == "Acknowledge: run snapwatch ack 12"


@pytest.mark.parametrize(
    ("changes", "who"),
    [
        ({"escalates_at": None}, "Sam is on call; Alex is next."),
        (
            {"next_person": "Sam"},
            "Sam is on call, and is paged again at 03:27 GMT (in 15 minutes) unless it is acknowledged.",
        ),
        ({"next_person": None, "escalates_at": None}, "Sam is on call; nobody is paged after that."),
    ],
)
def test_who_is_next(changes: dict[str, object], who: str) -> None:
    assert who in chat_of(replace(PAGE, **changes))  # type: ignore[arg-type]


def test_what_else_is_to_be_known_stands_there_while_there_is_room() -> None:
    further = (
        Further("31", "Glass in the yoghurt", "about safety"),
        Further("30", "A van burns", "about safety"),
    )
    blind = (Blind("x search", NOW - timedelta(hours=1), None, "X asks to slow down"),)
    chat = chat_of(
        replace(
            PAGE, held="quiet hours until 07:00", further=further, blind=blind, summary="It was a present."
        )
    )
    assert "This page waited: quiet hours until 07:00.\n" in chat
    assert "Also urgent: Glass in the yoghurt (31); A van burns (30).\n" in chat
    assert len(chat.splitlines()) == LINES
    assert "X search not read since 02:12. Posts may be missing.\n" in chat_of(replace(PAGE, blind=blind))


def test_nobodys_link_is_in_it() -> None:
    page = render(PAGE, ANSWERS)
    assert "snapwatch.example.com" not in page.chat
    assert page.link == PAGE.link


def test_who_has_it_is_said_first() -> None:
    for outcome in OUTCOMES:
        page = render(replace(PAGE, outcome=outcome))
        said = f"{outcome[0].upper()}{outcome[1:]}. There is nothing for you to do."
        assert page.chat.splitlines()[0] == said
        assert "cknowledge" not in page.chat
        assert (page.code, page.link, page.severity) == ("", None, "info")


def test_a_test_page() -> None:
    assert chat_of(replace(TEST_PAGE, code="t3"), ANSWERS).splitlines() == [
        "TEST: Test page · Acme",
        "This is a test, nothing is wrong. Acknowledge it, to show that pages reach you.",
        "Somebody ran snapwatch check --send.",
        "Acknowledge: reply t3a, or run snapwatch ack t3",
    ]
    assert "cknowledge" not in chat_of(replace(TEST_PAGE, code=""))


def test_several() -> None:
    app = replace(
        PAGE, code="14", severity="warning", title="The app logs me out", sources=("appstore",), mentions=1
    )
    assert bundle([app, PAGE], ANSWERS).chat.splitlines() == [
        "2 stories: 1 critical, 1 warning · Acme",
        "12 CRITICAL: Parcels lost in Leeds (61 posts on X and Reddit)",
        "14 WARNING: The app logs me out (1 post on App Store)",
        "Acknowledge: reply aa to take all, 12a to take one",
    ]
    many = bundle([PAGE] * 20).chat.splitlines()
    assert len(many) == LINES
    assert many[-2:] == ["and 15 more", "Acknowledge: run snapwatch ack CODE, such as snapwatch ack 12"]


def test_an_alarm_and_its_end() -> None:
    sam = Person(name="Sam", time_zone="Europe/London")
    told = Alarm("source x", "X refuses the token. Make a new one", NOW - timedelta(minutes=52))
    assert alarm(told, sam, NOW).chat.splitlines() == [
        "ALARM: source x",
        "X refuses the token. Make a new one.",
        "Since 02:20 GMT (52 minutes ago).",
    ]
    over = alarm(replace(told, over_at=NOW - timedelta(minutes=2)), sam, NOW)
    assert over.chat.splitlines() == [
        "OVER: source x",
        "It is over since 03:10 GMT (2 minutes ago), and lasted 50 minutes. There is nothing for you to do.",
        "It was: X refuses the token. Make a new one.",
    ]


def test_personal_data_does_not_leave_by_it() -> None:
    secret = "call 07700 900456"
    page = render(
        replace(PAGE, title=secret, reason=secret, summary=secret, further=(Further("3", secret, secret),))
    )
    several = bundle([replace(PAGE, title=secret)])
    said = alarm(Alarm("source x", f"the queue holds {secret}", NOW), Person(name="Sam"), NOW)
    for text in (
        page.chat,
        page.spoken,
        several.chat,
        several.short,
        several.spoken,
        said.chat,
        said.short,
        said.spoken,
    ):
        assert "900456" not in text
    assert all(any(mask in text for mask in MASKS) for text in (page.chat, several.chat, said.chat))
    assert "900456" in page.text


def test_a_hostile_page() -> None:
    chat = render(HOSTILE).chat
    assert chat.startswith("CRITICAL: ‹/title>‹script>alert(1)‹/script> Bcc: [e-mail] gnp. exe {{ 7 * 7 }}")
    assert "‹b>Sam‹/b> is on call" in chat
