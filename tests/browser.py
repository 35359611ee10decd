"""Screens in a real Chromium, through Playwright: served on the loopback, at phone and desk width, read by axe."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from fastapi import FastAPI
from playwright.sync_api import Browser, Page, expect, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: apt-get install chromium")

PHONE, DESK = 390, 1280
WIDTHS = (PHONE, DESK)
OPTIONS = ("--no-sandbox", "--disable-background-networking", "--disable-gpu", "--hide-scrollbars",
           "--disable-dev-shm-usage")  # fmt: skip
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}

SHIFTS = """() => { window.shifted = 0; new PerformanceObserver((list) => {
    for (const each of list.getEntries()) if (!each.hadRecentInput) window.shifted += each.value;
}).observe({ type: "layout-shift", buffered: true }); }"""


PATIENCE = 60_000
"""Milliseconds that a busy machine may need for what takes none on an idle one."""
expect.set_options(timeout=PATIENCE)
SETTLED = 500
"""Milliseconds after which room.js takes a press on what has moved."""


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """Where it is served."""
    # Streams of events never end by themselves.
    server = uvicorn.Server(
        uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, timeout_graceful_shutdown=1)
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            thread.join(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://localhost:{port}"
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One a module, and gone with it: Playwright's event loop would be in the way of other tests."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS, timeout=2 * PATIENCE)
        yield browser
        browser.close()


@contextmanager
def visit(
    browser: Browser,
    width: int = DESK,
    scheme: Literal["light", "dark"] = "light",
    *,
    javascript: bool = True,
    time_zone: str = "Europe/London",
) -> Iterator[Page]:
    """An empty tab of somebody who never was there. What a script throws, what the policy forbids, and every dialog that
    opens fails the test at its end."""
    context = browser.new_context(
        viewport={"width": width, "height": 844 if width == PHONE else 900},
        color_scheme=scheme,
        java_script_enabled=javascript,
        timezone_id=time_zone,
        locale="en-GB",
        reduced_motion="reduce",
        is_mobile=width == PHONE,
        has_touch=width == PHONE,
    )
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(f"script: {error}"))
    page.on("dialog", lambda dialog: (wrong.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    page.on(
        "console",
        lambda said: wrong.append(said.text) if said.type == "error" and _matters(said.text) else None,
    )
    try:
        yield page
    finally:
        context.close()
    assert wrong == []


def until(page: Page, seen: Callable[[], bool]) -> None:
    """Waits for what Python hears of the page, for which Playwright has no expectation."""
    for _ in range(PATIENCE // 50):
        if seen():
            return
        page.wait_for_timeout(50)
    raise AssertionError("it did not happen in a minute")


def only_our_files_run(browser: Browser, url: str) -> None:
    """A script that somebody puts into the page is not executed."""
    page, said = browser.new_page(), list[str]()
    page.on("console", lambda each: said.append(each.text))
    page.goto(url)
    page.evaluate("""() => { const it = document.createElement("script"); it.text = "window.evil = 1";
        document.body.append(it); }""")
    until(page, lambda: any("Content Security Policy" in each for each in said))
    assert page.evaluate("window.evil === undefined")
    page.close()


def _matters(said: str) -> bool:
    """Chromium also writes down each answer that is an error, which tests ask for."""
    return "Failed to load resource" not in said


def axe(page: Page) -> list[str]:
    """What axe finds against WCAG 2.2 AA, a line each."""
    found = Axe().run(page, options=RULES).response["violations"]
    return [f"{each['id']}: {node['html'][:200]}" for each in found for node in each["nodes"]]


def overflows(page: Page) -> list[str]:
    """What reaches beyond the right edge of the window, and makes one scroll sideways."""
    found: Any = page.evaluate("""() => document.documentElement.scrollWidth <= innerWidth + 1 ? [] :
        [...document.querySelectorAll('body *')].filter((it) => it.getBoundingClientRect().right > innerWidth + 1)
            .slice(0, 5).map((it) => it.outerHTML.slice(0, 120))""")
    return list(found)


def weight(page: Page) -> int:
    """Bytes of the page and of what it loads, as they came; streams of events are not over and do not count."""
    return int(
        page.evaluate("""() => ["navigation", "resource"].flatMap((type) => performance.getEntriesByType(type))
        .reduce((sum, each) => sum + each.encodedBodySize, 0)""")
    )
