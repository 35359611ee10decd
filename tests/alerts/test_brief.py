"""The morning brief says what was held and why, and shows what strangers wrote as text."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.brief import BriefData, HeldLine, render_brief
from tests.alerts.weekly.weeks import Page

DUE = datetime(2026, 11, 2, 8, tzinfo=UTC)
LINE = HeldLine(
    title="Found my parcel in a bin",
    severity="warning",
    held_at=DUE - timedelta(hours=9, minutes=30),
    reason="held: cap of 6 pages a shift reached, severity warning; 58% likely to cross 500 likes (210 now)",
    posts=12,
    sources=("x", "reddit"),
    spread=230,
    viral_at=500,
    url="https://x.example/1",
    summary="Dad's <watch> was in it",
)
DATA = BriefData("Acme", DUE, "Europe/London", 6, (replace(LINE, severity="critical", title="Fire"), LINE))


def test_it_tells_each_story_with_its_reason() -> None:
    message = render_brief(DATA)
    assert message.subject == (
        "[snapwatch] Morning brief: 2 stories held back by the cap of 6 pages a shift · Acme"
    )
    assert message.short == "Acme: 2 stories held back by the cap of 6 pages a shift"
    assert message.at == DUE
    for said in (message.text, " ".join(Page(message.html).words)):
        assert said.index("Fire") < said.index("Found my parcel in a bin")
        assert "12 posts on X and Reddit" in said
        assert "spread 230 of 500" in said
        assert (
            said.count("cap of 6 pages a shift reached, severity warning; 58% likely to cross 500 likes") == 2
        )
        assert "Sun 22:30" in said
        assert said.count("“Dad's <watch> was in it”") == 2
    assert message.html.count('href="https://x.example/1"') == 2


def test_each_brief_is_a_thread_of_its_own() -> None:
    later = replace(DATA, due=DUE + timedelta(days=1))
    assert render_brief(DATA).thread != render_brief(later).thread
    assert "1 story held back" in render_brief(replace(DATA, held=(LINE,))).subject


@pytest.mark.parametrize("url", ["javascript:alert(1)", None, "https://x.example/\"onload='"])
def test_only_web_addresses_are_links(url: str | None) -> None:
    message = render_brief(replace(DATA, held=(replace(LINE, url=url),)))
    assert "href" not in message.html
    assert "javascript" not in message.text + message.html


@settings(max_examples=25)
@given(st.text(max_size=200), st.text(max_size=200))
def test_whatever_was_posted_stays_text(title: str, brand: str) -> None:
    hostile = f"<script>{title}</script>"
    message = render_brief(replace(DATA, brand=brand, held=(replace(LINE, title=hostile, summary=hostile),)))
    assert "script" not in {tag for tag, _ in Page(message.html).tags}
    assert "\n" not in message.subject
