"""Three in the morning, on a phone, with a keyboard alone and everything real but the platforms: from the page's mail to
its link, read, edit the draft, mend what lint finds, approve, acknowledge."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Browser, Page

from bench.room_serve import served as world_served
from bench.room_world import make
from monitor.notice import Short
from monitor.paging.notices import notice
from monitor.parts import Parts
from monitor.store import Alert
from tests.browser import PHONE, needs_chromium, served, visit

pytestmark = needs_chromium

TABS = 60
"""Nothing that one has to do is further than so many presses of the key."""
FOCUSED = """() => { const it = document.activeElement;
    return (it.getAttribute("aria-label") || it.innerText || it.name || "").trim(); }"""


def go_to(page: Page, words: str) -> None:
    """By the Tab key to what begins with those words."""
    for _ in range(TABS):
        page.keyboard.press("Tab")
        if str(page.evaluate(FOCUSED)).startswith(words):
            return
    raise AssertionError(f"{words!r} is not reached by Tab: {page.locator('main').inner_text()[:2000]}")


def press(page: Page, words: str) -> None:
    go_to(page, words)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def mail(parts: Parts, alert: Alert, person: str) -> str:
    told = notice(parts.store.read, alert, person, parts.config, parts.drafter, parts.link, parts.clock.now())
    return parts.render(told, Short()).text


def test_from_the_page_to_the_acknowledged_answer(chromium: Browser, tmp_path: Path) -> None:
    make(tmp_path, mentions=900, stories=30, days=14, hostile=0)
    with world_served(tmp_path / "config.toml") as (app, parts), served(app) as url:
        alert = next(each for each in parts.store.read.alerts.active() if each.state == "open")
        person = parts.config.people[0].name
        link = re.search(r"http://localhost:8080(/a/\S+)", mail(parts, alert, person))
        assert link
        with visit(chromium, PHONE, "dark") as page:
            page.goto(url + link[1])
            assert "Nobody has it yet" in page.locator("main").inner_text()

            press(page, "Answer the customer")
            go_to(page, "text")
            page.keyboard.press("Control+End")
            page.keyboard.type(" It is our policy.")
            page.locator("#approve:disabled").wait_for()
            assert "policy" in page.locator("#findings").inner_text().lower()
            for _ in range(len(" It is our policy.")):
                page.keyboard.press("Backspace")
            page.locator("#approve:enabled").wait_for()

            press(page, "Approve")
            press(page, "I have posted it")
            assert "Posted at" in page.locator("main").inner_text()

            press(page, f"Alert {alert.id}")
            press(page, "Acknowledge: I have it")
            assert "You have it" in page.locator("main").inner_text()
        after = parts.store.read.alerts.get(alert.id)
        assert after is not None
        assert (after.state, after.holder) == ("acknowledged", person)
        (reply,) = parts.store.read.replies.of_alert(alert.id)
        assert (reply.state, reply.approvals) == ("posted", (person,))
