"""A story in a real Chromium: answered and acknowledged from its page, live, in the light and in the dark."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from monitor.paging import respond
from monitor.serving import picture
from monitor.web import pulses
from monitor.web.app import create
from tests.browser import DESK, PHONE, SETTLED, WIDTHS, axe, needs_chromium, overflows, served, visit
from tests.monitor.scripted import KEY, reading
from tests.monitor.web.sites import Site

pytestmark = needs_chromium


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Site, str]]:
    """One story whose curve has a few readings, and where it is served."""
    monkeypatch.setattr(pulses, "EVERY", 0.1)
    made = Site(tmp_path, replies={"four_eyes": None})
    for count in (90, 140, 230):
        later = reading(1, count, made.clock.forward(minutes=10))
        made.store.write(lambda tables, later=later: tables.mentions.add_readings([later]))  # type: ignore[misc]
    room = replace(made.room, draw=picture)
    app = create(
        made.store, made.clock, made.links, room.people, room.describe, made.health, lambda: b"",
        answering=room.answering, room=room,
    )  # fmt: skip
    with served(app) as url:
        yield made, url.replace("localhost", "127.0.0.1")
    made.store.close()


def test_from_the_story_to_the_acknowledged_answer(chromium: Browser, site: tuple[Site, str]) -> None:
    made, url = site
    with visit(chromium, PHONE, "dark") as page:
        page.goto(f"{url}/stories/1")
        page.get_by_role("link", name="Answer the customer").click()
        page.wait_for_url("**/reply*")
        words = page.locator("#text")
        begun = words.input_value()
        words.press("Control+End")
        words.press_sequentially(" It is policy.")
        expect(page.locator("#approve")).to_be_disabled()
        expect(page.locator("#findings")).to_contain_text("policy")
        words.fill(f"{begun} Soon.")
        expect(page.locator("#approve")).to_be_enabled()
        page.locator("#approve").click()
        expect(page.locator(".state")).to_contain_text("Approved")
        page.goto(f"{url}/stories/1")
        page.get_by_role("button", name="Acknowledge: I have it").click()
        expect(page.locator(".state")).to_contain_text("You have it")
        assert axe(page) == []
    (reply,) = made.store.read.replies.of_mention(KEY)
    assert (reply.text, reply.state) == (f"{begun} Soon.", "approved")
    assert (made.state, made.alert.holder) == ("acknowledged", "First")


@pytest.mark.parametrize("width", WIDTHS)
def test_how_the_forecast_went_is_seen_and_told(
    chromium: Browser, site: tuple[Site, str], width: int
) -> None:
    made, url = site
    for count in (300, 520, 900):
        later = reading(1, count, made.clock.forward(minutes=30))
        made.store.write(lambda tables, later=later: tables.mentions.add_readings([later]))  # type: ignore[misc]
        made.tick()
    with visit(chromium, width, "dark" if width == PHONE else "light") as page:
        for path in ("/stories/1", "/stories/1/report"):
            page.goto(url + path)
            drawn = page.get_by_role("img", name="How likely it was said to go viral.")
            expect(drawn).to_have_count(1)  # the other width's is hidden from everybody
            assert drawn.bounding_box()["width"] > width / 3  # type: ignore[index]
            assert drawn.evaluate("each => getComputedStyle(each.querySelector('polyline')).fill") == "none"
            for each in page.locator("summary", has_text="What it said").all():
                each.click()
            expect(page.get_by_role("region", name="What the forecast said")).to_be_visible()
            assert axe(page) == [], path
            assert overflows(page) == [], path


@pytest.mark.parametrize("width", WIDTHS)
def test_its_pages_fit_and_the_curve_is_seen(chromium: Browser, site: tuple[Site, str], width: int) -> None:
    _, url = site
    with visit(chromium, width, "dark" if width == PHONE else "light") as page:
        for path in ("/stories", "/stories/1", "/stories/1/posts", "/stories/1/audit", "/stories/1/reply"):
            page.goto(url + path)
            assert axe(page) == [], path
            assert overflows(page) == [], path
        page.goto(f"{url}/stories/1")
        shown = page.evaluate(
            "(({ naturalWidth, currentSrc }) => [naturalWidth, currentSrc])(document.querySelector('.curve'))"
        )
        assert shown[0] == (350 if width == PHONE else 720)
        assert ("size=narrow" in shown[1]) == (width == PHONE)


def test_what_others_do_is_seen_while_one_looks(chromium: Browser, site: tuple[Site, str]) -> None:
    made, url = site
    with visit(chromium, DESK) as page:
        page.goto(f"{url}/stories/1")
        expect(page.locator(".state")).to_contain_text("Nobody has it yet.")
        page.locator("#note").fill("half a note")
        page.locator("#to").select_option("Second")
        respond.acknowledge(made.store, "1", "First", made.clock.now())
        expect(page.locator(".state")).to_contain_text("You have it")
        assert page.locator("#note").input_value() == "half a note"
        page.wait_for_timeout(SETTLED)
        page.get_by_role("button", name="Hand over").click()  # what is seen is how it stands now
        expect(page.locator(".state")).to_contain_text("Second was asked to take it")
    assert made.alert.assigned == "Second"
