"""Mails of what became of a page, of several stories, of alarms and tests; ordinary pages are in test_messages.py."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from email.parser import BytesParser
from email.policy import default

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.mail import build_mail
from alerts.messages import alarm, bundle, render
from monitor.notice import Alarm, Message, Notice, Short
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
    notices,
    people,
    shorts,
)
from tests.alerts.test_messages import Page

LINK = "https://snapwatch.example.com/a/12-kq3J0aSEk4A_"
PAGE = replace(CRITICAL, code="12", link=LINK)
SMOKE = replace(PAGE, code="13", title="Smoke came out of the heater", link=LINK.replace("12-", "13-"))
APP = replace(PAGE, code="14", severity="warning", title="The app logs me out", link=None, top_posts=())
SAM = Person(name="Sam", time_zone="Europe/London")
DOWN = Alarm("source x", "X refuses the token. Make a new one", NOW - timedelta(minutes=52))
NOTHING = "There is nothing for you to do."
OURS = {
    *("html", "head", "meta", "title", "style", "body", "div", "table", "tr", "td", "strong", "span", "code"),
    *("a", "br", "bdi"),
}


def headers(message: Message) -> list[str]:
    sent = build_mail(message, "snapwatch <a@example.com>", "sam@example.com", "key").as_bytes()
    return sorted(BytesParser(policy=default).parsebytes(sent).keys())


HEADERS = headers(Message("Parcels lost", "text", "<p>html</p>", "", "thread", NOW))


def words(text: str) -> str:
    return " ".join(text.split())


def is_ours(message: Message) -> None:
    """Nothing that others wrote is more than text in it, and nothing is fetched when it is opened."""
    page = Page(message.html)
    assert {tag for tag, _ in page.elements} <= OURS
    attributes = {name for _, found in page.elements for name in found}
    assert not any(name.startswith("on") or name in ("src", "srcset", "background") for name in attributes)
    assert "url(" not in message.html
    assert all(re.match(r"https?://", link, re.IGNORECASE) for link in page.links())
    assert len(message.subject.splitlines()) == 1
    for text in (message.subject, message.text, message.html):
        text.encode()
        assert not re.search(r"[\u202a-\u202e\u2066-\u2069\u200e\u200f\x00-\x09\x0b-\x1f]", text)
    assert headers(message) == HEADERS


@settings(max_examples=25)
@given(st.lists(notices, min_size=1, max_size=4), shorts)
def test_any_bundle_is_ours(several: list[Notice], short: Short) -> None:
    is_ours(bundle(several, short))


@settings(max_examples=25)
@given(notices, st.sampled_from(OUTCOMES))
def test_any_outcome_is_ours(notice: Notice, outcome: str) -> None:
    is_ours(render(replace(notice, outcome=outcome)))


@given(alarms, people, shorts)
def test_any_alarm_is_ours(told: Alarm, person: Person, short: Short) -> None:
    is_ours(alarm(told, person, NOW, short))


@pytest.mark.parametrize("order", ORDERS)
def test_orders_to_mail_programs_are_text(order: str) -> None:
    hostile = replace(PAGE, title=order, reason=order, summary=order, brand=order, changed=order, held=order)
    for message in (render(hostile), render(replace(hostile, outcome=order)), bundle([hostile, HOSTILE])):
        is_ours(message)


def test_fifty_thousand_characters() -> None:
    for letters in ("a" * 50_000, "x " * 25_000, "a" + "\u0301" * 50_000, "1 " * 25_000, "👩‍👩‍👧‍👦" * 7_000):
        notice = replace(PAGE, title=letters, reason=letters, summary=letters, changed=letters)
        for page in (render(notice), bundle([notice, notice])):
            assert len(page.html) < 30_000
            assert len(page.subject) < 200
            is_ours(page)


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_what_became_of_it_stands_in_the_thread_and_on_the_first_line(outcome: str) -> None:
    page, news = render(PAGE), render(replace(PAGE, outcome=outcome))
    assert news.thread == page.thread
    assert news.subject == f"Re: {page.subject}"
    said = f"{outcome[0].upper()}{outcome[1:]}. {NOTHING}"
    assert words(news.text).startswith(said)
    assert said in words(Page(news.html).text)
    assert "cknowledge" not in news.text + news.html
    assert LINK not in news.text + news.html
    assert "Parcels lost in Leeds" in news.text


def test_several_stories_the_worst_first_each_with_its_code_and_link() -> None:
    page = bundle([APP, replace(UPDATE, code="15", outcome=OUTCOMES[0]), PAGE, SMOKE], Short(answers=True))
    assert page.subject == "[snapwatch] 4 stories: 2 critical, 1 warning, 1 with nothing to do · Acme"
    assert (page.code, page.link, page.severity) == ("aa", None, "critical")
    html = words(Page(page.html.partition("</div>")[2]).text)
    for text in (words(page.text), html):
        order = [text.index(each) for each in ("Alert 12", "Alert 13", "Alert 14", "Alert 15")]
        assert order == sorted(order)
        assert "Answer with aa to take all." in text
        assert f"Sam has it since 03:12 GMT. {NOTHING}" in text
        assert "snapwatch ack 14" in text
        assert "snapwatch ack 15" not in text
    assert page.text.count(LINK) == 1
    first = PAGE.top_posts[0].mention.url
    assert Page(page.html).links() == [PAGE.link, first, SMOKE.link, first, first]


def test_a_bundle_of_news_alone_asks_for_nothing() -> None:
    page = bundle(
        [replace(PAGE, outcome=OUTCOMES[0]), replace(SMOKE, outcome=OUTCOMES[3])], Short(answers=True)
    )
    assert page.subject == "[snapwatch] 2 stories: 2 with nothing to do · Acme"
    assert (page.code, page.severity) == ("", "info")
    assert "cknowledge" not in page.text + page.html + page.chat
    assert "Answer with" not in page.text


def test_an_update_to_whoever_has_it_asks_for_nothing() -> None:
    update = replace(UPDATE, code="12", link=LINK, holder="Sam")
    page = render(update, Short(answers=True))
    said = "You have it: nothing has to be acknowledged."
    assert said in page.text
    assert said in words(Page(page.html).text)
    assert page.chat.endswith(said)
    assert page.short.endswith(" You have it.")
    assert page.spoken.endswith("You have it, nothing has to be acknowledged.")
    assert "snapwatch ack" not in page.text + page.html + page.chat + page.short
    assert (page.code, page.link) == ("", LINK)
    told = bundle([update, replace(update, code="13", holder="Alex")])
    assert told.code == ""
    assert told.chat.endswith("Nothing has to be acknowledged.")
    assert "Alex has it: nothing has to be acknowledged." in told.text
    assert bundle([update, PAGE]).code == "aa"


def test_a_mail_to_which_answers_reach_us_says_what_to_answer() -> None:
    page = render(PAGE, Short(answers=True))
    said = "or answer with 12a (12s snoozes it), or run snapwatch ack 12"
    assert said in words(Page(page.html).text)
    assert "or answer with: 12a (12s snoozes it)\nor run: snapwatch ack 12\n" in page.text
    assert "or answer" not in render(PAGE).text


def test_a_page_that_waited_says_why() -> None:
    page = render(replace(PAGE, held="quiet hours until 07:00, severity warning"))
    said = "This page waited: quiet hours until 07:00, severity warning."
    assert said in words(page.text)
    assert said in words(Page(page.html).text)


def test_a_test_page_says_that_nothing_is_wrong_and_what_to_do() -> None:
    page = render(replace(TEST_PAGE, code="t3"), Short(answers=True))
    assert page.text.startswith("*** THIS IS A TEST PAGE, NOTHING IS WRONG. Please acknowledge it")
    assert "or answer with: t3a\n" in page.text
    said = "This is a test page, nothing is wrong. Please acknowledge it, to show that pages reach you."
    assert said in words(Page(page.html).text)


def test_an_alarm_and_its_end_are_one_thread() -> None:
    page, over = alarm(DOWN, SAM, NOW), alarm(replace(DOWN, over_at=NOW - timedelta(minutes=2)), SAM, NOW)
    assert page.subject == "[snapwatch] ALARM: source x"
    assert over.subject == f"Re: {page.subject}"
    assert page.thread == over.thread
    assert (page.severity, over.severity, page.code) == ("warning", "info", "")
    said = "Something is wrong with the watch itself, since 02:20 GMT (52 minutes ago)."
    done = f"It is over since 03:10 GMT (2 minutes ago); it lasted 50 minutes. {NOTHING}"
    for message, first, then in (
        (page, said, "X refuses the token. Make a new one."),
        (over, done, "It was: X refuses the token."),
    ):
        assert words(message.text).startswith(first)
        assert then in words(message.text)
        html = words(Page(message.html).text)
        assert first in html
        assert then in html
    another = alarm(replace(DOWN, since=NOW), SAM, NOW)
    assert another.thread != page.thread
