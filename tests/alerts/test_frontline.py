"""The front-line edition: the same words as customers were told, nothing internal lost or made public, strangers' words as
text, quiet weeks in two lines, every language."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.frontline import (
    SHOWN,
    FrontLineData,
    Held,
    StoryTold,
    Thanked,
    Told,
    headline,
    render_frontline,
    status,
)
from alerts.languages import LANGUAGES, Language, Speech
from monitor.reply import Internal
from tests.monitor.scripted import NOON

HOSTILE = 'We said <script>alert(1)</script> {{ 7*7 }} \u202eevil\u202c " onload="x'
ANSWER = Told(
    NOON, "@ann Thank you. We look for it.\nYou hear by 14:00.", "x", "Sam", "https://example.org/r1"
)
STORY = StoryTold(
    "Parcels are lost in Leeds", "acknowledged", NOON - timedelta(hours=3), 12, ("x", "reddit"),
    summary="Nobody answers.", holder="Sam", told=(ANSWER,), say="We are checking it.",
    may_offer=Internal("the postage back"), owner=Internal("the parcel desk"), escalate=Internal("the duty manager"),
)  # fmt: skip
DATA = FrontLineData(
    "Kestrel", NOON - timedelta(days=6, hours=12), NOON + timedelta(hours=12), "Europe/London", "en", NOON,
    stories=(STORY,), answers=1, praise=(Thanked("Jana saved my day", "bob", "x", ("Jana",)),), glad=4, knows_staff=True,
)  # fmt: skip


def of(data: FrontLineData) -> tuple[str, str]:
    """The text, and what the HTML says."""
    message = render_frontline(data)
    said = unescape(re.sub(r"<style>.*?</style>|<[^>]*>", " ", message.html, flags=re.DOTALL))
    return message.text, re.sub(r"\s+", " ", said)


def test_it_says_what_was_told_what_may_be_offered_and_who_was_praised() -> None:
    for said in of(DATA):
        flat = re.sub(r"\s+", " ", said)
        for part in (
            "Customers were answered in public once. One story goes on.", "Parcels are lost in Leeds",
            "12 posts on X and Reddit since Sun 1 Nov, 09:00. It goes on; Sam has it.",
            "@ann Thank you. We look for it. You hear by 14:00.", "the newest answer above", "the postage back",
            "Whose it is: the parcel desk.", "Call in: the duty manager.", "half-knowledge", "Thank you: Jana.",
            "“Jana saved my day”", "3 more glad posts.",
        ):  # fmt: skip
            assert part in flat, part
    assert "We are checking it." not in of(DATA)[0]


def test_what_nobody_has_posted_is_no_answer() -> None:
    text, html = of(replace(DATA, answers=0, stories=(replace(STORY, told=()),)))
    for said in (text, html):
        assert "Nothing yet." in said
        assert "nobody has posted it: We are checking it." in re.sub(r"\s+", " ", said)
    assert "tell whoever is on call" in of(replace(DATA, stories=(replace(STORY, told=(), say=""),)))[0]


def test_nothing_may_be_offered_where_nothing_is_written_down() -> None:
    bare = replace(STORY, may_offer=Internal(), owner=Internal(), escalate=Internal())
    text, _ = of(replace(DATA, stories=(bare, STORY)))
    assert text.count("Nothing is written down for this situation.") == 1
    text, _ = of(replace(DATA, stories=(bare, bare)))
    assert "WHAT YOU MAY OFFER" not in text
    assert "Whose it is" not in text
    assert text.count("No offer before you have asked") == 1


def test_a_time_that_has_passed_is_not_said_again() -> None:
    for report_by, words in (
        (NOON + timedelta(hours=1), "in the same words: the newest answer above."),
        (NOON - timedelta(hours=1), "but for its time, which has passed"),
        (None, "in the same words: the newest answer above."),
    ):
        story = replace(STORY, told=(ANSWER, replace(ANSWER, report_by=report_by)))
        for said in of(replace(DATA, stories=(story,))):
            assert words in said


def test_lines_of_an_answer_stay_lines() -> None:
    assert "We look for it.<br>You hear by 14:00." in render_frontline(DATA).html


def test_a_line_ends_with_one_full_stop() -> None:
    many = (*(STORY,) * SHOWN, replace(STORY, title="Where is it?"), replace(STORY, title="It is lost."))
    for said in of(replace(DATA, stories=many)):
        flat = re.sub(r"\s+", " ", said)
        assert "Where is it? 12 posts" in flat
        assert "It is lost. 12 posts" in flat


@pytest.mark.parametrize(
    ("held", "words"),
    [
        ("open", "Customers hear from us by Sun 1\xa0Nov, 14:00."),
        ("late", "and have not yet"),
        ("kept", "Sam has it."),
    ],
)
def test_what_customers_were_promised(held: Held, words: str) -> None:
    answer = replace(ANSWER, report_by=NOON + timedelta(hours=2), held=held)
    assert status(replace(STORY, told=(answer,)), Speech("en", "Europe/London")).endswith(
        (words, words + ".")
    )


def test_a_story_that_is_over_promises_nothing_new() -> None:
    over = replace(STORY, state="resolved", over_at=NOON)
    assert "promise nothing new" in of(replace(DATA, stories=(over,)))[1]
    assert headline(replace(DATA, stories=(over,)), Speech()).endswith("No story goes on.")


def test_a_quiet_week_is_two_lines() -> None:
    text, _ = of(FrontLineData("Kestrel", DATA.start, DATA.end, "Europe/London", "en", NOON))
    assert "A quiet week" in text
    assert "No post of this week is surely praise." in text
    assert "WHAT NOT TO SAY" not in text


def test_who_earned_praise_is_said_plainly_when_nobody_is_named() -> None:
    nameless = (Thanked("Saved my day", "bob", "x"),)
    assert "names anybody whom we know" in of(replace(DATA, praise=nameless))[0]
    assert "[digest] staff" in of(replace(DATA, praise=nameless, knows_staff=False))[0]


def test_further_stories_stand_in_a_line_each() -> None:
    many = tuple(replace(STORY, title=f"Story number {n}", told=()) for n in range(SHOWN + 3))
    text, html = of(replace(DATA, stories=many))
    for said in (text, html):
        assert "Further stories:" in said
        assert all(each.title in said for each in many)
    assert text.count("IF A CUSTOMER ASKS") == SHOWN


@given(st.text(max_size=200))
def test_what_strangers_wrote_is_text(words: str) -> None:
    _hostile(words)


def test_hostile_words_are_text() -> None:
    _hostile(HOSTILE)


def _hostile(words: str) -> None:
    story = replace(STORY, title=words, summary=words, told=(replace(ANSWER, text=words, url=words),))
    message = render_frontline(
        replace(
            DATA, brand=words, stories=(story,), praise=(Thanked(words, words, words, (), words),), link=words
        )
    )
    assert not re.search(r"<(script|img|iframe|link|object|form)", message.html)
    assert not re.search(r"\bon\w+\s*=\s*\"", re.sub(r">[^<]*<", "><", message.html))
    assert "\u202e" not in message.html + message.text + message.subject
    assert "\n" not in message.subject + message.short
    for address in re.findall(r'href="([^"]*)"', message.html):
        assert address.startswith(("http://", "https://"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_all_of_it(language: Language) -> None:
    message = render_frontline(replace(DATA, language=language, private=2))
    assert f'<html lang="{language}">' in message.html
    assert ANSWER.text in message.text.replace("\n  ", "\n")
    assert "the postage back" in message.text
    assert ("answered in public" in message.text) is (language == "en")
    assert "{" not in message.text
