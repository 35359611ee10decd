"""What mail programs make of both editions: nothing is used that a main one breaks on, and none cuts them off, however full
the week. Support as caniemail.com lists it for Gmail, Outlook and Apple Mail."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from alerts.fitting import LARGEST, fitted
from alerts.frontline import render_frontline
from alerts.languages import LANGUAGES, Language
from alerts.weekly.figures import SourceVolume, Spending
from alerts.weekly.render import digest
from monitor.notice import Message
from monitor.reply import Internal
from tests.alerts.test_frontline import DATA as TOLD
from tests.alerts.test_frontline import STORY as TOLD_STORY
from tests.alerts.weekly.weeks import DATA, EMPTY, QUIET, STORY, Page

EDITIONS = {
    "leadership": digest(DATA),
    "quiet": digest(QUIET),
    "empty": digest(EMPTY),
    "front-line": render_frontline(TOLD),
}
TAGS = {
    "html", "head", "meta", "title", "style", "body", "table", "tbody", "tr", "td", "th", "div", "span", "p", "h1", "h2",
    "h3", "ul", "ol", "li", "strong", "br", "a", "img", "bdi", "code",
}  # fmt: skip
INLINE = {
    "background-color", "border", "border-left", "border-top", "border-radius", "border-collapse", "color", "display",
    "font-family", "font-size", "font-variant-numeric", "font-weight", "height", "letter-spacing", "line-height", "margin",
    "margin-top", "max-height", "max-width", "overflow", "padding", "padding-bottom", "padding-left", "padding-top",
    "text-align", "text-decoration", "text-transform", "vertical-align", "white-space", "width", "word-break",
    "-webkit-text-size-adjust", "mso-hide",
}  # fmt: skip
"""Where a program does not know one of them, words and order stay as they are."""
DISPLAYS = {"block", "inline-block", "none"}
AMPLE = '\U0001f4e6"&<' * 300
"""What grows most: four bytes each, or written as an entity."""


@pytest.fixture(params=EDITIONS)
def message(request: pytest.FixtureRequest) -> Message:
    return EDITIONS[request.param]


def declared(html: str) -> list[tuple[str, str]]:
    found = []
    for _, attributes in Page(html).tags:
        for each in filter(None, (attributes.get("style") or "").split(";")):
            name, _, value = each.partition(":")
            found.append((name.strip(), value.strip()))
    return found


def test_only_what_mail_programs_know_is_used(message: Message) -> None:
    assert {tag for tag, _ in Page(message.html).tags} <= TAGS
    assert {name for name, _ in declared(message.html)} <= INLINE
    assert {value for name, value in declared(message.html) if name == "display"} <= DISPLAYS
    # Outlook on Windows knows no white-space: line breaks are tags.
    assert {value for name, value in declared(message.html) if name == "white-space"} <= {"nowrap"}
    # A `url(` makes Gmail drop the whole block.
    assert "url(" not in message.html
    (block,) = re.findall(r"<style>(.*?)</style>", message.html, re.DOTALL)
    assert len(block) < 8192  # Gmail drops larger ones
    assert message.html.index("</style>") < message.html.index("<body")
    assert {each.split()[0] for each in re.findall(r"@(\S+)", block)} == {"media"}


def test_each_says_its_language_its_layout_and_what_the_inbox_shows(message: Message) -> None:
    page = Page(message.html)
    assert page.all("html") == [{"lang": "en"}]
    assert all(image["alt"] and image["width"] for image in page.all("img"))
    assert all(str(image["src"]).startswith("cid:") for image in page.all("img"))
    assert all(
        table.get("role") == "presentation" or "aria-labelledby" in table for table in page.all("table")
    )
    body = message.html[message.html.index("<body") :]
    assert re.search(r'^[^>]*>\s*<div style="display:none;[^"]*mso-hide:all;">[^<]{10,}</div>', body)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_fullest_hostile_week_is_not_cut_off(language: Language) -> None:
    story = replace(
        STORY, title=AMPLE, summary=AMPLE, acknowledged_by=AMPLE, arranged=AMPLE, top_post_url=None
    )
    week = replace(
        DATA.week,
        sources=tuple(SourceVolume(f"{n}{AMPLE}", 1000, 100, lost=2000, unlooked=9) for n in range(60)),
        categories=tuple((f"{n}{AMPLE}", 90) for n in range(60)),
        spending=tuple(Spending(f"{n}{AMPLE}", 10, 10, 1.0, 3.0) for n in range(60)),
    )
    lesson = replace(DATA.open_changes[0], text=AMPLE, owner=AMPLE)
    full = replace(
        DATA, week=week, language=language, brand=AMPLE,
        stories=tuple(replace(story, posts=n) for n in range(300)),
        praise=(replace(DATA.praise[0], text=AMPLE, handle=AMPLE, thanks=AMPLE),) * 5,
        gaps=tuple(replace(DATA.gaps[0], source=f"{n}{AMPLE}", why=f"{n}{AMPLE}") for n in range(300)),
        open_changes=(lesson,) * 100,
        done_changes=(lesson,) * 100,
    )  # fmt: skip
    html = digest(full).html
    assert len(html.encode()) <= LARGEST
    assert 'href="https://snapwatch.example.com"' in html


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_fullest_hostile_week_of_the_front_line_is_not_cut_off(language: Language) -> None:
    ample = Internal(AMPLE)
    answer = replace(TOLD_STORY.told[0], text=AMPLE * 4, by=AMPLE)
    story = replace(
        TOLD_STORY, title=AMPLE, summary=AMPLE, holder=AMPLE, say=AMPLE, told=(answer,) * 3,
        may_offer=ample, owner=ample, escalate=ample,
    )  # fmt: skip
    full = replace(
        TOLD, brand=AMPLE, stories=(story,) * 40, praise=(replace(TOLD.praise[0], text=AMPLE, handle=AMPLE),) * 6,
        language=language, link="https://snapwatch.example.com",
    )  # fmt: skip
    html = render_frontline(full).html
    assert len(html.encode()) <= LARGEST
    assert 'href="https://snapwatch.example.com"' in html


def test_the_largest_that_fits_is_taken() -> None:
    assert fitted(lambda size: "x" * size * 60_000, (3, 2, 1)) == ("x" * 60_000, 1)
    assert fitted(lambda size: "x" * size, (3, 2, 1)) == ("xxx", 3)
    assert fitted(lambda size: "é" * size, (LARGEST, LARGEST // 2))[1] == LARGEST // 2
