"""The page of a reply in a real Chromium: read, edit, mend what lint finds, tick, approve, see it posted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import needs_chromium, only_our_files_run, served, visit
from tests.monitor.scripted import KEY
from tests.monitor.web.sites import Site

pytestmark = needs_chromium
CHOSEN = "((it) => it.value.slice(it.selectionStart, it.selectionEnd))(document.getElementById('text'))"
END = "(() => { const it = document.getElementById('text'); it.focus(); it.setSelectionRange(1e6, 1e6); })()"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    yield made
    made.store.close()


@contextmanager
def opened(browser: Browser, site: Site) -> Iterator[Page]:
    """First's page of the reply."""
    with served(site.app) as url, visit(browser) as page:
        page.goto(url + site.of("First").replace("/a/", "/r/"))
        yield page


def test_from_the_post_to_the_posted_reply(chromium: Browser, site: Site) -> None:
    with opened(chromium, site) as page:
        text, told, approve = page.locator("#text"), page.locator(".told").first, page.locator("#approve")
        begun = text.input_value()
        expect(told).to_contain_text("nothing found against it")

        # Lint while it is written: an error blocks, and its words are found by a tap, behind letters of two units, too.
        page.evaluate(END)
        page.keyboard.insert_text(" 🙂🙂 It is policy.")
        expect(approve).to_be_disabled()
        expect(told).to_contain_text("1 error to mend")
        page.locator("[data-start]").first.click()
        assert page.evaluate(CHOSEN) == "policy"
        page.keyboard.insert_text("fixed, sorry if so")
        expect(approve).to_be_enabled()
        expect(told).to_contain_text("1 warning to look at")

        # Another variant, and back.
        page.locator("[data-variant=private]").first.click()
        expect(told).to_contain_text("private message")
        expect(approve).to_have_text("Approve, to post it by hand")
        page.locator("#back").click()
        expect(told).to_contain_text("1 warning to look at")
        assert text.input_value() == f"{begun} 🙂🙂 It is fixed, sorry if so."

        # What is not ticked is not sent; a tick stays while other words change.
        approve.click()
        assert page.evaluate("document.activeElement.name") == "tick"
        assert site.store.read.replies.live() == []
        page.locator("[name=tick]").click()
        page.evaluate(END)
        page.keyboard.insert_text(" Soon.")
        written = f"{begun} 🙂🙂 It is fixed, sorry if so. Soon."
        expect(told).to_contain_text(f"{len(written)} of 280")
        expect(page.locator("[name=tick]")).to_be_checked()

        approve.click()
        expect(page.locator(".state")).to_have_text(re.compile(r"^\s*Approved"))
        assert site.store.read.replies.of_mention(KEY)[-1].text == written
        site.tick(seconds=5)  # the daemon posts
        assert [each["text"] for each in site.poster.taken] == [written]
        expect(page.locator(".state")).to_have_text(re.compile(r"^\s*Posted"))  # the page shows it by itself
        expect(page.locator(".state")).to_contain_text("You promised to write again")
        only_our_files_run(chromium, page.url)


def test_what_is_posted_by_hand_is_copied(chromium: Browser, site: Site) -> None:
    site.desk.posted_on = ()
    with opened(chromium, site) as page:
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        begun = page.locator("#text").input_value()
        page.locator("#approve").click()
        page.wait_for_load_state()
        copy = page.locator("[data-copy]")
        expect(copy).to_be_visible()
        copy.click()
        expect(copy).to_have_text("Copied")
        assert page.evaluate("navigator.clipboard.readText()") == begun
        page.locator("#url").fill("https://x.example/10")
        page.locator("[value=posted]").click()
        expect(page.locator(".state")).to_have_text(re.compile(r"^\s*Posted"))
        assert site.store.read.replies.of_mention(KEY)[-1].url == "https://x.example/10"
