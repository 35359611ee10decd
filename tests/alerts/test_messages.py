from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given

from alerts import sms
from alerts.messages import render
from alerts.messages.text import text_of as short
from alerts.messages.words import relative
from monitor.model import Classification, Sentiment
from monitor.notice import Blind, Further, Notice
from tests.alerts.notices import CRITICAL, HOSTILE, NOW, TEST_PAGE, UPDATE, notices


class Page(HTMLParser):
    """What a browser makes of a page: its elements with their attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attributes)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def links(self) -> list[str]:
        return [attributes["href"] or "" for tag, attributes in self.elements if tag == "a"]


@given(notices)
def test_any_notice_fits_one_sms_with_its_code(notice: Notice) -> None:
    text = short(replace(notice, outcome=""))
    assert sms.septets(text) <= 160  # ValueError for a character outside the GSM alphabet
    assert re.search(rf" Ack: {notice.code} (https?://\S+|\(snapwatch ack {notice.code}\))$", text)
    assert len(re.findall(r"://", text)) <= 1


@given(notices)
def test_any_notice_makes_a_page_of_our_elements_only(notice: Notice) -> None:
    message = render(notice)
    page = Page(message.html)
    assert {tag for tag, _ in page.elements} <= {
        *(
            "html",
            "head",
            "meta",
            "title",
            "style",
            "body",
            "div",
            "table",
            "tr",
            "td",
            "strong",
            "span",
            "code",
        ),
        *("a", "br", "bdi"),
    }
    attributes = {name for _, found in page.elements for name in found}
    assert not any(name.startswith("on") or name in ("src", "srcset", "background") for name in attributes)
    assert all(re.match(r"https?://", link, re.IGNORECASE) for link in page.links())
    assert len(message.subject.splitlines()) == 1
    for text in (message.subject, message.text, message.html):
        text.encode()
        assert not re.search(r"[\u202a-\u202e\u2066-\u2069\u200e\u200f\x00-\x09\x0b-\x1f]", text)


def test_a_page_says_what_why_and_what_to_do_in_this_order() -> None:
    message = render(CRITICAL)
    assert message.subject == "[snapwatch] CRITICAL: Parcels lost in Leeds · Acme"
    said = [
        "Parcels lost in Leeds",
        "61 posts in 40 minutes",
        "snapwatch ack 7k2",
        "Sam, you are on call. Unless you acknowledge, Alex is paged at 03:27 GMT (in 15 minutes).",
        "three lost parcels is three too many",
        "Ann Lee ann1 · 48,000 followers · on X · 23 minutes ago",
        "@acme third parcel lost",
        "first seen 02:20 GMT (52 minutes ago)",
        "Sunday 22 November 2026, 03:12 GMT",
    ]
    page = " ".join(Page(message.html.partition("</div>")[2]).text.split())  # after the preview line
    assert sorted(said, key=page.index) == said
    assert "58% likely to go viral · spread 312 of 500, heading for 1,400 (600–3,000)" in page
    text = " ".join(message.text.split())
    for words in (*said[:5], "Ann Lee (ann1), 48,000 followers on X, 23 minutes ago", said[-1]):
        assert words in text


def test_links() -> None:
    message = render(CRITICAL)
    first, second = (post.mention.url for post in CRITICAL.top_posts)
    assert Page(message.html).links() == [CRITICAL.link, CRITICAL.reply_link, first, second]
    assert f"\n{CRITICAL.reply_link}\n" in message.text
    assert all(
        attributes["rel"] == "noreferrer" for tag, attributes in Page(message.html).elements if tag == "a"
    )
    for link in (CRITICAL.link, first, second):
        assert f"{link}\n" in message.text


@pytest.mark.parametrize("link", [None, "javascript:alert(1)", "/a/12"])
def test_without_a_link_there_is_the_command(link: str | None) -> None:
    message = render(replace(CRITICAL, link=link))
    assert "run: snapwatch ack 7k2" in message.text
    assert "Acknowledge: run snapwatch ack 7k2" in " ".join(Page(message.html).text.split())
    assert message.short.endswith(" Ack: 7k2 (snapwatch ack 7k2)")
    assert "javascript" not in message.html


def test_an_update_says_first_what_changed_and_keeps_its_thread() -> None:
    message, earlier = render(UPDATE), render(CRITICAL)
    assert message.subject == f"Re: {earlier.subject}"
    assert message.thread == earlier.thread
    assert message.text.index("The story reached reddit") < message.text.index("61 posts in 40 minutes")
    page = Page(message.html).text
    assert page.index("The story reached reddit") < page.index("61 posts in 40 minutes")
    assert message.short.startswith("UPDATE CRITICAL: Parcels lost in Leeds. The story reached reddit;")
    assert "Nobody is paged" not in page


def test_another_story_is_another_thread() -> None:
    threads = {
        render(notice).thread
        for notice in (
            CRITICAL,
            replace(CRITICAL, code="7k3"),
            replace(CRITICAL, paged_at=CRITICAL.paged_at - timedelta(days=1)),
        )
    }
    assert len(threads) == 3


def test_an_older_post_that_joins_a_story_leaves_the_thread_as_it_is() -> None:
    earlier = replace(CRITICAL, opened_at=CRITICAL.opened_at - timedelta(hours=3))
    assert render(earlier).thread == render(CRITICAL).thread


def test_a_test_page_can_not_be_taken_for_a_story() -> None:
    message = render(TEST_PAGE)
    assert message.subject == "[snapwatch] TEST: Test page · Acme"
    assert message.short.startswith("TEST: This is a test, nothing is wrong. Acknowledge it")
    for text in (message.text, Page(message.html).text):
        assert "test page" in text.lower().partition("nothing is wrong")[0]
        assert "CRITICAL" not in text
        assert "Nobody is paged" not in text


def test_hostile_words_stay_words() -> None:
    message = render(HOSTILE)
    assert (
        "<script>alert('x')</script> Acknowledge: http://evil.example/ack reversed" in Page(message.html).text
    )
    assert "{{ 7 * 7 }}" in message.text
    # A post can't write a line of its own: each of its lines is quoted.
    assert not re.search(r"^\s*(Acknowledge|ACKNOWLEDGE:)", message.text, re.MULTILINE)
    assert "evil" not in message.short


def test_the_sms_of_an_ordinary_story() -> None:
    assert short(replace(CRITICAL, link=None)) == (
        "CRITICAL: Parcels lost in Leeds. Spread 312 of 500, 58% likely viral, 61 posts. "
        "Ack: 7k2 (snapwatch ack 7k2)"
    )
    reason = "61 posts in 40 minutes, 12 an hour ago"
    assert short(replace(CRITICAL, link=None, top_posts=(), reason=reason)) == (
        f"CRITICAL: Parcels lost in Leeds. {reason}. Ack: 7k2 (snapwatch ack 7k2)"
    )


def test_a_link_that_is_too_long_for_an_sms_gives_way_to_the_command() -> None:
    link = "https://snapwatch.example/a/" + "x" * 120
    assert short(replace(CRITICAL, link=link)).endswith(" Ack: 7k2 (snapwatch ack 7k2)")
    assert link in render(replace(CRITICAL, link=link)).html


def test_without_a_code_nothing_asks_to_acknowledge() -> None:
    message = render(replace(TEST_PAGE, code="", link=None))
    assert "ack" not in message.text.lower()
    assert message.short == "TEST: This is a test, nothing is wrong. Somebody ran snapwatch check --send."


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"escalates_at": None}, "Sam, you are on call. Alex is next."),
        ({"next_person": None}, "Unless you acknowledge, you are paged again at 03:27 GMT (in 15 minutes)."),
        ({"next_person": "Sam"}, "Unless you acknowledge, you are paged again at 03:27 GMT (in 15 minutes)."),
        ({"next_person": "Sam", "escalates_at": NOW}, "Unless you acknowledge, you are paged again."),
        ({"escalates_at": NOW - timedelta(minutes=5)}, "Sam, you are on call. Alex is next."),
        ({"next_person": None, "escalates_at": None}, "Sam, you are on call. Nobody is paged after you."),
        (
            {"escalates_at": NOW + timedelta(hours=22)},
            "Alex is paged at Mon 23 Nov, 01:12 GMT (in 22 hours).",
        ),
        ({"time_zone": "Asia/Kathmandu"}, "Alex is paged at 09:12 UTC+0545 (in 15 minutes)."),
        ({"time_zone": "no/where"}, "Alex is paged at 03:27 UTC (in 15 minutes)."),
        (
            {"at": datetime(2026, 7, 1, 3, 12, tzinfo=UTC), "escalates_at": None},
            "Wednesday 01 July 2026, 04:12 BST",
        ),
        ({"drafts": None}, "where their case stands"),
    ],
)
def test_who_is_next_and_when(changes: dict[str, Any], words: str) -> None:
    message = render(replace(CRITICAL, **changes))
    assert words in " ".join(message.text.split())
    assert words in " ".join(Page(message.html).text.split())


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "just now"),
        (-44, "just now"),
        (30, "in a moment"),
        (-45, "1 minute ago"),
        (-23 * 60, "23 minutes ago"),
        (-89 * 60, "89 minutes ago"),
        (-90 * 60, "2 hours ago"),
        (22 * 3600, "in 22 hours"),
        (-36 * 3600, "2 days ago"),
        (15 * 60, "in 15 minutes"),
    ],
)
def test_relative_times(seconds: int, words: str) -> None:
    assert relative(NOW + timedelta(seconds=seconds), NOW) == words


def test_what_to_know_before_reading_a_post_stands_in_front_of_it() -> None:
    said = Classification(0.2, Sentiment(0.3, 0.4, 0.3), "m", language="nl", measured=False, offensive=0.8)
    first, second = CRITICAL.top_posts
    plain = replace(second, found=replace(said, measured=True, offensive=0.3))
    message = render(replace(CRITICAL, top_posts=(replace(first, found=said), plain)))
    remark = "in Dutch, on which the classifier was not measured"
    for text in (message.text, Page(message.html).text):
        assert text.count(remark) == text.count("offensive language") == 1
        assert text.index(remark) < text.index("@acme third parcel lost")
    assert "58% likely viral, in Dutch (read it), 61" in message.short
    assert "Dutch" not in render(replace(CRITICAL, top_posts=(first, plain))).short
    burst = replace(CRITICAL, top_posts=(replace(first, found=said, forecast=None),))
    assert "In Dutch (read it), 61 posts in 40 minutes" in render(burst).short


def test_a_spread_that_is_not_known_or_already_viral() -> None:
    first, second = CRITICAL.top_posts
    viral = replace(first, forecast=replace(first.forecast, count=612, p_viral=1.0))  # type: ignore[type-var]
    unknown = replace(second, count=None, forecast=None)
    notice = replace(CRITICAL, top_posts=(viral, unknown))
    page = " ".join(Page(render(notice).html).text.split())
    assert "Viral: spread 612, past 500" in page
    assert page.count("spread") == 1
    assert render(notice).text.count("spread") == 1


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        (
            "about safety: pages whatever its spread; 1 post in 3 minutes",
            "About safety: pages whatever its spread",
        ),
        (
            "9 posts in the last hour where 0.4 are normal; on x and reddit",
            "9 posts in the last hour where 0.4 are",
        ),
    ],
)
def test_an_sms_tells_what_woke_its_reader_when_that_is_not_the_spread(reason: str, said: str) -> None:
    slow = tuple(
        replace(each, forecast=replace(each.forecast, p_viral=0.02))  # type: ignore[type-var]
        for each in CRITICAL.top_posts
    )
    page = short(replace(CRITICAL, reason=reason, top_posts=slow, link=None))
    assert said in page
    assert "likely viral" not in page


def test_a_page_names_the_further_urgent_stories_and_an_sms_counts_them() -> None:
    further = (
        Further("31", "Glass in the yoghurt", "about safety", "https://x.example/31"),
        Further("30", "A van is on fire", "since 14:05: 1 → 9 posts", "javascript:alert(1)"),
    )
    page = render(replace(CRITICAL, further=further))
    for form in (page.text, page.html):
        for words in (
            "Glass in the yoghurt",
            "31",
            "https://x.example/31",
            "A van is on fire",
            "1 → 9 posts",
        ):
            assert words in form
        assert "javascript" not in form
    assert "With 2 more urgent stories. " in page.short
    assert "more urgent" not in short(CRITICAL)
    changed = "1 more urgent story: “Glass in the yoghurt” (alert 31)"
    assert "with 2 more" not in short(replace(CRITICAL, further=further, changed=changed)).lower()


NOT_READ = Blind("x search", NOW - timedelta(hours=1), None, "X asks to slow down <b>")
MISSED = Blind("reddit comments", NOW - timedelta(hours=2), NOW - timedelta(hours=1), "limit of 1,000 posts")


def test_a_page_says_where_posts_may_be_missing() -> None:
    message = render(replace(CRITICAL, blind=(NOT_READ, MISSED)))
    words = " ".join(message.text.split())
    assert "POSTS MAY BE MISSING - Not read since 02:12: x search (X asks to slow down <b>)" in words
    assert "- reddit comments: 01:12–02:12 missed, limit of 1,000 posts, will be tried again" in words
    assert "Not read since 02:12: x search (X asks to slow down &lt;b&gt;)" in message.html
    tokyo = render(replace(CRITICAL, blind=(NOT_READ,), time_zone="Asia/Tokyo"))
    assert "Not read since 11:12: x search" in tokyo.text
    assert "MISSING" not in render(CRITICAL).text
    assert "missing" not in render(CRITICAL).html


def test_an_sms_says_it_only_of_a_source_of_the_story_that_is_not_read_now() -> None:
    assert "X search not read since 02:12. Spread 312" in short(replace(CRITICAL, blind=(NOT_READ,)))
    for harmless in (MISSED, replace(NOT_READ, lane="mastodon #kestrel"), replace(NOT_READ, heard=True)):
        assert short(replace(CRITICAL, blind=(harmless,))) == short(CRITICAL)
