"""room.js in a real Chromium: what changes comes by itself and disturbs nobody; times in the reader's zone; keys."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from monitor.web import pulses
from tests.browser import PHONE, SETTLED, needs_chromium, served, visit
from tests.monitor.overview.test_now import told
from tests.monitor.scripted import NOON
from tests.monitor.web.sites import Site

pytestmark = needs_chromium


TAKES = """() => new MutationObserver((_, watcher) => {
    const button = document.querySelector("[data-live] [value=resolve]");
    if (!button) return;
    watcher.disconnect();
    window.taken = button.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }));
}).observe(document.body, { childList: true, subtree: true })"""
"""Presses a button as soon as it is there; whether the press counted."""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """One story waits, three are watched."""
    monkeypatch.setattr(pulses, "EVERY", 0.1)
    made = Site(tmp_path)
    for number in range(3):
        told(made, f"w{number}")
    made.clock.forward(minutes=3)
    yield made
    made.store.close()


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.closest('[data-item]')?.dataset.item || ''"))


def test_what_changes_comes_by_itself_and_focus_and_scroll_stay(chromium: Browser, site: Site) -> None:
    with served(site.app) as url, visit(chromium, PHONE) as page:
        page.goto(url)
        expect(page.locator("[data-live-state]")).to_contain_text("Live 12:03 GMT")
        expect(page.locator("[data-live-state] time")).to_be_hidden()
        for _ in range(3):
            page.keyboard.press("j")
        held, scrolled = focused(page), page.evaluate("scrollY")
        assert held
        site.press("acknowledge")
        expect(page.locator("#taken")).to_have_text("Somebody has it 1")
        expect(page.locator("[data-waiting]")).to_have_text("")
        expect(page).to_have_title("Now – Kestrel – snapwatch")
        assert focused(page) == held
        assert (
            abs(page.evaluate("scrollY") - scrolled) < 400
        )  # the story above grew shorter; the item is still in view
        expect(page.locator(f'[data-item="{held}"]')).to_be_in_viewport()


def test_who_reads_a_story_that_moves_to_another_list_stays_at_it(chromium: Browser, site: Site) -> None:
    with served(site.app) as url, visit(chromium) as page:
        page.goto(url)
        expect(page.locator(".live.on")).to_be_visible()
        page.keyboard.press("j")
        assert focused(page) == "s1"
        site.press("acknowledge")
        expect(page.locator("#taken")).to_be_visible()
        assert focused(page) == "s1"


def test_a_press_is_never_taken_for_what_came_in_its_place(chromium: Browser, site: Site) -> None:
    with served(site.app) as url, visit(chromium) as page:
        page.goto(f"{url}/stories/1")
        expect(page.locator(".live.on")).to_be_visible()
        over = page.locator("[data-live] [value=acknowledge]")
        over.hover()
        page.mouse.down()
        page.evaluate(TAKES)
        site.press("acknowledge")
        expect(page.locator("[data-live] [value=resolve]")).to_be_visible()
        page.mouse.up()
        assert page.evaluate("window.taken") is False
        page.wait_for_timeout(SETTLED)
        assert site.state == "acknowledged"
        page.click("[data-live] [value=resolve]")
        expect(page.locator(".says")).to_contain_text("It is over since")


def test_what_could_not_be_had_is_not_taken_for_live(chromium: Browser, site: Site) -> None:
    with served(site.app) as url, visit(chromium) as page:
        page.goto(url)
        expect(page.locator(".live.on")).to_be_visible()
        page.route(f"{url}/now", lambda route: route.fulfill(status=503))
        site.press("acknowledge")
        expect(page.locator(".live.cut")).to_be_visible()
        page.unroute(f"{url}/now")
        expect(page.locator("#taken")).to_be_visible()
        expect(page.locator(".live.on")).to_be_visible()


def test_a_line_that_is_cut_is_said_so_with_the_age_of_the_picture(chromium: Browser, site: Site) -> None:
    with visit(chromium) as page:
        with served(site.app) as url:
            page.goto(url)
            expect(page.locator(".live.on")).to_be_visible()
            site.room.pulses.end()
        expect(page.locator(".live.cut")).to_contain_text("Not live. As of 12:03 GMT")


def test_times_are_written_in_the_readers_zone_and_go_on(chromium: Browser, site: Site) -> None:
    site.store.write(
        lambda t: t.silences.add("all", "", NOON + timedelta(hours=30), "planned", "First", NOON)
    )
    with served(site.app) as url, visit(chromium, time_zone="Asia/Tokyo") as page:
        page.clock.install()
        page.goto(url)
        until = page.locator("#silence1 time")
        began = page.locator("[data-item=s1] time").first
        expect(until).to_have_text("Tue 03:00 GMT+9")
        expect(began).to_have_text("3 minutes ago")
        page.clock.fast_forward("05:00")
        expect(began).to_have_text("8 minutes ago")
    with served(site.app) as url, visit(chromium, javascript=False) as page:
        page.goto(url)
        expect(page.locator("#silence1 time")).to_have_text("Mon 18:00 UTC")


def test_keys_lead_everywhere_and_never_out_of_a_field(chromium: Browser, site: Site) -> None:
    with served(site.app) as url, visit(chromium) as page:
        page.clock.set_fixed_time(NOON)  # the second key of two has to come soon
        page.goto(url)
        page.keyboard.press("?")
        expect(page.locator("#help")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator("#help")).to_be_hidden()
        page.keyboard.press("g")
        page.keyboard.press("u")
        page.wait_for_url(f"{url}/sources")
        expect(page.locator("h1")).to_have_text("Sources")
        page.keyboard.press("g")
        page.keyboard.press("n")
        page.wait_for_url(f"{url}/")
        expect(page.locator("h1")).to_have_text("Now")
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        page.wait_for_url(f"{url}/stories/1")
        page.goto(url)
        page.locator(".who summary").click()
        page.locator("#act-as").focus()
        for key in ("g", "u", "?"):
            page.keyboard.press(key)
        expect(page.locator("h1")).to_have_text("Now")
        expect(page.locator("#help")).to_be_hidden()


def test_keys_can_be_switched_off(chromium: Browser, site: Site) -> None:
    with served(site.app) as url, visit(chromium) as page:
        page.goto(url)
        page.keyboard.press("?")
        page.locator("[data-keys]").uncheck()
        page.keyboard.press("Escape")
        page.keyboard.press("?")
        expect(page.locator("#help")).to_be_hidden()
        page.reload()
        page.keyboard.press("g")
        page.keyboard.press("u")
        expect(page.locator("h1")).to_have_text("Now")
        page.locator(".who summary").click()
        page.locator("[data-help]").click()
        expect(page.locator("#help")).to_be_visible()


def test_a_clock_that_a_replay_makes_faster_is_followed(chromium: Browser, site: Site) -> None:
    with served(site.app) as url, visit(chromium) as page:
        page.goto(url)
        expect(page.locator("[data-item=s1] time").first).to_have_text("3 minutes ago")
        site.clock.forward(hours=5)
        site.press("acknowledge")
        expect(page.locator("[data-item=s1] time").first).to_have_text("5 hours ago")
