"""Search in a real Chromium: read by axe, in both widths and schemes, by keyboard, with what people write to break it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, expect

from monitor.model import Author
from tests.browser import WIDTHS, axe, chromium, needs_chromium, overflows, served, visit
from tests.monitor.scripted import NOON, mention
from tests.monitor.web.sites import Site

__all__ = ["chromium"]

pytestmark = [needs_chromium, pytest.mark.filterwarnings("ignore::DeprecationWarning")]

POSTS = (
    "<script>alert(1)</script><img src=x onerror=alert(1)> {{ 7*7 }} lost",
    "\u202egnippihs tsol\u202c lost \u2066\u2067",
    "Z" + "\u0336\u0300\u0301\u0302\u0303\u0304\u0305" * 40 + "algo lost",
    "W" * 50_000 + " lost",
    "lost " * 10_000,
    "طرد مفقود lost 配達 🤬🤬",
    "",
)


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    site = Site(tmp_path)
    hostile = [
        replace(
            mention(f"h{number}", text, NOON - timedelta(minutes=number)),
            author=Author("a", "\u202e" + "x" * 400, "<b>" * 90, 3),
        )
        for number, text in enumerate(POSTS)
    ]
    posts = [
        mention(number, f"parcel {number} is lost", NOON - timedelta(hours=number)) for number in range(2, 40)
    ]
    site.store.write(lambda tables: tables.mentions.add([*hostile, *posts], NOON))
    with served(site.app) as where:
        yield where
    site.store.close()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_state_is_accessible_and_fits(
    chromium: Browser, address: str, width: int, scheme: Literal["light", "dark"]
) -> None:
    with visit(chromium, width, scheme) as page:
        for path in (
            "/search", "/search?words=lost", "/search?words=nowhere&complaint=yes&since=x", "/mentions/x/1",
            "/mentions/x/h2", "/mentions/x/h3",
        ):  # fmt: skip
            page.goto(address + path)
            assert (path, axe(page), overflows(page)) == (path, [], [])


def test_by_keyboard_from_a_word_to_a_post(chromium: Browser, address: str) -> None:
    with visit(chromium) as page:
        page.goto(address)
        page.keyboard.press("/")
        page.wait_for_url("**/search")
        page.keyboard.press("/")
        page.keyboard.type('"parcel 7"')
        page.keyboard.press("Enter")
        page.wait_for_url("**/search?words=**")
        expect(page.locator("mark")).to_have_text(["parcel 7"])
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        page.wait_for_url("**/mentions/x/7")
        expect(page.locator("h1")).to_have_text(re.compile("^user7 on"))


def test_without_javascript(chromium: Browser, address: str) -> None:
    with visit(chromium, javascript=False) as page:
        page.goto(f"{address}/search")
        page.fill("#words", "parcel 7")
        page.locator(".box button").click()
        page.wait_for_url("**/search?*words=parcel+7*")
        page.fill("#name", "Sevens")
        page.get_by_role("button", name="Keep").click()
        page.get_by_role("link", name="Sevens").click()
        page.wait_for_url("**/search?*words=parcel+7*")
        page.get_by_role("button", name="Remove the view Sevens").click()
        expect(page.get_by_role("link", name="Sevens")).to_have_count(0)
