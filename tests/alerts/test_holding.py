"""The statement for a whole story, in the page's mail."""

from __future__ import annotations

from dataclasses import replace

from alerts.messages import render
from monitor.reply import Draft
from tests.alerts.notices import CRITICAL, HOSTILE, TEST_PAGE

STATEMENT = Draft("delivery", "Thank you all for telling us. <We> write by 09:00.", "s", "n", "a", "p")
HEADING = "one statement for all of them"


def test_a_page_shows_the_statement_below_the_draft() -> None:
    message = render(replace(CRITICAL, holding=STATEMENT))
    for body in (message.text, message.html):
        shown = body.lower()
        assert (
            shown.index("three lost parcels")
            < shown.index(HEADING)
            < shown.index("thank you all for telling us")
        )
    assert STATEMENT.text in message.text
    assert "&lt;We&gt; write by 09:00." in message.html
    assert "Thank you all" not in message.short


def test_a_page_without_one_says_nothing_of_it() -> None:
    for notice in (CRITICAL, TEST_PAGE, HOSTILE):
        message = render(notice)
        assert HEADING not in message.text.lower()
        assert HEADING not in message.html.lower()
