"""Pages as a voice says them: short, in words that can be spoken, and no order to whatever speaks them."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.messages import alarm, bundle
from alerts.messages.spoken import WORDS, cost, speakable, spoken_of
from monitor.model import Classification, Sentiment
from monitor.notice import Alarm, Further, Notice
from monitor.oncall.sections import Person
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
)

PAGE = replace(CRITICAL, code="12")
HELLO = "Hello Sam, this is snapwatch"


def can_be_spoken(text: str) -> None:
    assert not re.search(r"[<>{}\[\]@#/\\|=_*&\"\n\x00-\x1f]|https?:|www\.", text)
    assert cost(text) <= WORDS
    assert len(text) <= 10 * WORDS
    assert text.startswith("Hello ")
    assert text.endswith((".", "!", "?"))


@given(notices)
def test_any_page_is_short_and_speakable(notice: Notice) -> None:
    can_be_spoken(spoken_of(notice))


@settings(max_examples=25)
@given(st.lists(notices, min_size=1, max_size=9))
def test_any_bundle_is_as_well(several: list[Notice]) -> None:
    can_be_spoken(bundle(several).spoken)


@given(alarms, people)
def test_any_alarm_is_as_well(told: Alarm, person: Person) -> None:
    can_be_spoken(alarm(told, person, NOW).spoken)


@given(hostile_text, st.integers(0, 40))
def test_words_of_others_are_cut_to_words(text: str, most: int) -> None:
    said = speakable(text, most)
    assert cost(said) <= most
    assert speakable(said, most).casefold() == said.casefold()  # one word left may be all capitals


@pytest.mark.parametrize("order", ORDERS)
def test_orders_to_a_voice_are_words_or_nothing(order: str) -> None:
    can_be_spoken(
        spoken_of(replace(PAGE, title=order, reason=order, changed=order, person=order, next_person=order))
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("@acme lost 58% of #parcels & lies", "somebody lost 58 percent of parcels and lies"),
        ("see https://evil.example/x or www.evil.example", "see or"),
        ("call [phone] about [order number]", "call a phone number about an order number"),
        ("12 → 61 posts, 0.22 → 0.58", "12 to 61 posts, 0.22 to 0.58"),
        ("WHERE IS MY PARCEL?!", "Where is my parcel ! ".strip()),
        ("it's 14:05, e-mail me (now).", "it's 14:05, e-mail me now"),
        ("😡 <b>lost</b> ^_^", "b lost b"),
    ],
)
def test_what_is_said_of_a_text(text: str, said: str) -> None:
    assert speakable(text, 40).rstrip("?! ") == said.rstrip("?! ")


def test_a_cut_text_ends_with_a_sentence_where_it_can() -> None:
    assert speakable("Nobody answers the phone. We wait since Monday", 7) == "Nobody answers the phone"
    assert speakable("one two three four five six", 4) == "one two three four"


def test_a_page() -> None:
    assert spoken_of(PAGE) == (
        f"{HELLO} with a critical story. Parcels lost in Leeds. 61 posts on X and Reddit, 58 percent likely to go "
        "viral. Unless you acknowledge, Alex is paged in 15 minutes. Its code is 1 2."
    )


def test_a_page_that_is_about_something_else_than_its_spread() -> None:
    slow = tuple(replace(each, forecast=None) for each in PAGE.top_posts)
    notice = replace(
        PAGE, top_posts=slow, reason="about safety: pages whatever its spread; 3 posts in 20 minutes"
    )
    assert "Leeds. About safety: pages whatever its spread. 61 posts on X and Reddit. Unless" in spoken_of(
        notice
    )


def test_an_update_and_further_stories() -> None:
    said = spoken_of(replace(UPDATE, code="12", further=(Further("31", "Glass", "about safety"),)))
    assert said.startswith(
        f"{HELLO} with an update of a critical story. Parcels lost in Leeds. The story reached reddit"
    )
    assert said.endswith("And 1 more urgent story. Its code is 1 2.")


def test_who_has_it() -> None:
    told = [spoken_of(replace(PAGE, outcome=each)) for each in OUTCOMES]
    end = "Parcels lost in Leeds. There is nothing for you to do."
    assert told == [
        f"{HELLO}. Sam has it. {end}",
        f"{HELLO}. Sam has it. {end}",
        f"{HELLO}. Resolved by Sam. {end}",
        f"{HELLO}. Over. {end}",
        f"{HELLO}. Over. {end}",
    ]


def test_a_test_page() -> None:
    said = f"{HELLO} with a test. Nothing is wrong."
    assert spoken_of(replace(TEST_PAGE, code="")) == said
    assert (
        spoken_of(replace(TEST_PAGE, code="t3"))
        == f"{said} Please acknowledge it, to show that calls reach you."
    )


def test_a_title_that_the_voice_can_not_read_is_named_by_its_language() -> None:
    title = "ضاع الطرد منذ أسبوعين"
    found = Classification(0.9, Sentiment(1.0, 0.0, 0.0), "m", language="ar")
    arabic = replace(
        PAGE, title=title, top_posts=tuple(replace(each, found=found) for each in PAGE.top_posts)
    )
    assert "with a critical story. Its words are in Arabic. 61 posts" in spoken_of(arabic)
    assert "Its words are in letters that this voice can not read." in spoken_of(replace(PAGE, title=title))


def test_several() -> None:
    app = replace(PAGE, code="14", severity="warning", title="The app logs me out")
    assert bundle([app, PAGE]).spoken == (
        f"{HELLO} with 2 stories, 1 critical, 1 warning. The first one: Parcels lost in Leeds. Unless you acknowledge, "
        "Alex is paged in 15 minutes. The others are in your messages."
    )
    assert bundle([replace(PAGE, outcome=OUTCOMES[0])] * 2).spoken == (
        f"{HELLO}. 2 stories are over, or somebody has them. There is nothing for you to do."
    )


def test_an_alarm() -> None:
    told = Alarm("source x", "X refuses the token (401). Make a new one.", NOW - timedelta(minutes=52))
    sam = Person(name="Sam")
    assert alarm(told, sam, NOW).spoken == (
        f"{HELLO}. The watch itself has a problem, for 52 minutes: source x. X refuses the token 401. Make a new one."
    )
    over = alarm(replace(told, over_at=NOW), sam, NOW).spoken
    assert (
        over == f"{HELLO}. A problem of the watch itself is over: source x. There is nothing for you to do."
    )


def test_a_hostile_page() -> None:
    can_be_spoken(spoken_of(HOSTILE))
