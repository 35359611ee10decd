"""Signing in in a real Chromium, by keyboard, at phone and desk width, in light and dark."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import WIDTHS, axe, chromium, needs_chromium, overflows, served, visit
from tests.monitor.web.enter.entries import HERE, PASSWORD, Entered

__all__ = ["chromium"]  # the fixture

pytestmark = needs_chromium


def tab_to(page: Page, what: str) -> None:
    """As somebody does who has no mouse."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if what in str(page.evaluate("document.activeElement.innerText")):
            return
    raise AssertionError(f"{what} can't be reached by keyboard")


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_in_and_out_by_keyboard(
    tmp_path: Path, chromium: Browser, width: int, scheme: Literal["light", "dark"]
) -> None:
    site = Entered(tmp_path, public_url=HERE, sign_in=True)
    with served(site.app) as url, visit(chromium, width, scheme) as page:
        page.goto(f"{url}/?from=page")
        assert page.url == f"{url}/login?next=%2F%3Ffrom%3Dpage"
        expect(page.locator("#name")).to_be_focused()
        assert (axe(page), overflows(page)) == ([], [])
        for typed in ("Sam", "Tab", "wrong horse battery", "Enter"):
            page.keyboard.press(typed) if typed in ("Tab", "Enter") else page.keyboard.type(typed)
        expect(page.get_by_role("alert")).to_be_visible()
        expect(page.locator("#password")).to_be_focused()
        assert page.input_value("#name") == "Sam"
        assert page.input_value("#password") == ""
        assert (axe(page), overflows(page)) == ([], [])
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(f"{url}/?from=page")
        assert page.evaluate("document.cookie") == ""
        tab_to(page, "You are")
        page.keyboard.press("Enter")
        tab_to(page, "Sign out")
        page.keyboard.press("Enter")
        page.wait_for_url(f"{url}/login")
        page.go_back()
        page.goto(f"{url}/")
        expect(page).to_have_url(f"{url}/login")
    site.store.close()


def test_a_page_of_another_site_can_do_nothing(tmp_path: Path, chromium: Browser) -> None:
    """Its form is refused though the browser is signed in, and it can't frame ours."""
    site = Entered(tmp_path, public_url=HERE, sign_in=True)
    evil = tmp_path / "evil.html"
    with served(site.app) as url, visit(chromium) as page:
        page.goto(f"{url}/login")
        page.fill("#name", "sam")
        page.fill("#password", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(f"{url}/")
        evil.write_text(f'<form method="post" action="{url}/logout"><button>Win a prize</button></form>')
        page.goto(evil.as_uri())
        page.click("button")
        expect(page.locator("body")).to_contain_text("another site sent this")
        page.goto(f"{url}/")
        assert page.url == f"{url}/"
    site.store.close()


def test_a_screen_whose_visit_has_ended_offers_to_sign_in(tmp_path: Path, chromium: Browser) -> None:
    site = Entered(tmp_path, public_url=HERE, sign_in=True)
    with served(site.app) as url, visit(chromium) as page:
        page.goto(f"{url}/login?next=%2Fsources")
        page.fill("#name", "sam")
        page.fill("#password", PASSWORD)
        page.keyboard.press("Enter")
        expect(page.locator(".live.on")).to_be_visible()
        page.context.clear_cookies()
        site.store.write(lambda t: t.alarms.see("disk", "the disk is full", site.clock.now()))
        expect(page.locator("[data-words]")).to_have_text("Signed out. As of")
        page.click("text=Sign in")
        page.wait_for_url(f"{url}/login?next=%2Fsources")
    site.store.close()


def test_it_needs_no_script(tmp_path: Path, chromium: Browser) -> None:
    site = Entered(tmp_path, public_url=HERE, sign_in=True)
    with served(site.app) as url, visit(chromium, javascript=False) as page:
        page.goto(f"{url}/")
        page.fill("#name", "sam")
        page.fill("#password", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(f"{url}/")
    site.store.close()
