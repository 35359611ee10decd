"""Labelling and the rota in a real Chromium: by keyboard, with a thumb, with the line cut, and for everybody."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from monitor.model import MentionKey
from tests.browser import DESK, PHONE, SHIFTS, axe, needs_chromium, overflows, served, until, visit
from tests.monitor.scripted import FOUND, NOON, mention
from tests.monitor.web.sites import Site
from tests.monitor.web.test_label import HOSTILE
from tests.monitor.web.test_oncall import CALLS, PEOPLE, ROTATIONS

pytestmark = needs_chromium

POSTS = 100
KEYS = "nyr123456789"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path, people=PEOPLE, rotations=ROTATIONS, oncall=CALLS, digest={})

    def work(tables: Any) -> None:
        for number in range(100, 100 + POSTS):
            text = HOSTILE if number == 103 else f"Post number {number}"
            tables.mentions.add([mention(number, text)], NOON)
            found = replace(FOUND, complaint=0.4 + number / 1000)
            tables.mentions.classified(MentionKey("x", str(number)), found, NOON)

        figures = {"macro_f1": 0.8, "log_loss": 0.4, "ece": 0.1, "recall": 0.7}
        heads = {"complaint": {"learnt": 560, "held_out": 140, "old": figures, "new": figures}}
        tables.heads.add("m", None, {"categories": [], "heads": heads}, b"x", NOON - timedelta(days=1))

    made.store.write(work)
    yield made
    made.store.close()


def shown(page: Page) -> str:
    return page.locator("#asked [data-post]").get_attribute("data-post") or ""


def said(site: Site, post: str) -> dict[str, str]:
    return site.store.read.labels.of(MentionKey(*post.split(" ")))


def idle(page: Page, texts: int) -> None:
    """What was said has been kept."""
    expect(page.locator("#learning b").first).to_have_text(str(texts))


def test_a_hundred_posts_by_keyboard(chromium: Browser, site: Site) -> None:
    with served(site.app) as url, visit(chromium, DESK) as page:
        page.goto(f"{url}/label")
        pressed: dict[str, str] = {}
        for number in range(POSTS):
            post, key = shown(page), KEYS[number % len(KEYS)]
            assert post not in pressed
            pressed[post] = key
            page.keyboard.press(key)
            if number < POSTS - 1:
                page.wait_for_function(
                    "was => document.querySelector('#asked [data-post]')?.dataset.post !== was", arg=post
                )
        expect(page.locator("#asked .empty")).to_be_visible()
        idle(page, POSTS)
        assert page.inner_text("#problem") == ""
    categories = site.settings.categories
    for post, key in pressed.items():
        expected = {"n": {"complaint": "no"}, "y": {"complaint": "yes"}, "r": {"relevance": "no"}}.get(key)
        assert said(site, post) == (expected or {"complaint": "yes", "category": categories[int(key) - 1]})


def test_skip_undo_and_undo_of_a_skip(chromium: Browser, site: Site) -> None:
    with served(site.app) as url, visit(chromium, DESK) as page:
        page.goto(f"{url}/label")
        first = shown(page)
        page.keyboard.press("n")
        expect(page.locator(f'#asked [data-post="{first}"]')).to_have_count(0)
        idle(page, 1)
        second = shown(page)
        page.keyboard.press("s")
        expect(page.locator(f'#asked [data-post="{second}"]')).to_have_count(0)
        page.keyboard.press("u")
        expect(page.locator(f'#asked [data-post="{second}"]')).to_be_visible()
        page.keyboard.press("u")
        expect(page.locator(f'#asked [data-post="{first}"]')).to_be_visible()
        expect(page.locator("#heard")).to_have_text("Taken back.")
        expect(page.locator("#effect")).to_contain_text("One key a post")
        assert said(site, first) == {}
        page.keyboard.press("y")
        expect(page.locator(f'#asked [data-post="{second}"]')).to_be_visible()
    assert said(site, second) == {}


def test_keys_go_to_fields_and_can_be_switched_off(chromium: Browser, site: Site) -> None:
    with served(site.app) as url, visit(chromium, DESK) as page:
        page.goto(f"{url}/label")
        first = shown(page)
        page.keyboard.press("m")
        expect(page.locator(".exact select").first).to_be_visible()
        page.locator(".exact select").first.focus()
        page.keyboard.press("n")
        page.keyboard.press("g")
        page.evaluate("localStorage.setItem('keys', 'off')")
        page.locator("h1").click()
        page.keyboard.press("y")
        assert shown(page) == first
        page.locator(".exact select[name=severity]").select_option("blame")
        page.locator(".exact button").click()
        idle(page, 1)
        assert said(site, first)["severity"] == "blame"


def test_what_is_not_kept_comes_back(chromium: Browser, site: Site) -> None:
    with served(site.app) as url, visit(chromium, DESK) as page:
        page.goto(f"{url}/label")
        first = shown(page)
        page.wait_for_load_state("networkidle")
        page.route("**/label", lambda route: route.abort())
        page.keyboard.press("n")
        expect(page.locator("#problem")).to_contain_text("That was not kept")
        expect(page.locator(f'#asked [data-post="{first}"]')).to_be_visible()
        page.unroute("**/label")
        page.keyboard.press("n")
        idle(page, 1)
        assert page.inner_text("#problem") == ""
    assert said(site, first) == {"complaint": "no"}


def test_undoing_what_was_not_kept_leaves_the_word_before_it(chromium: Browser, site: Site) -> None:
    with served(site.app) as url, visit(chromium, DESK) as page:
        page.goto(f"{url}/label")
        first = shown(page)
        page.wait_for_load_state("networkidle")
        page.keyboard.press("n")
        idle(page, 1)
        held: list[Route] = []
        page.route("**/label", lambda route: held.append(route))
        undone: list[str] = []
        page.on("request", lambda asked: undone.append(asked.url))
        page.keyboard.press("y")
        expect(page.locator("#heard")).to_contain_text("2 said")
        page.keyboard.press("u")
        until(page, lambda: bool(held))
        held[0].abort()
        expect(page.locator("#problem")).to_contain_text("That was not kept")
        page.unroute("**/label")
        page.keyboard.press("y")
        idle(page, 2)
    assert [each for each in undone if each.endswith("/undo")] == []
    assert said(site, first) == {"complaint": "no"}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [PHONE, DESK])
def test_label_fits_and_everybody_can_use_it(chromium: Browser, site: Site, width: int, scheme: Any) -> None:
    with served(site.app) as url, visit(chromium, width, scheme) as page:
        page.add_init_script(f"({SHIFTS})()")
        page.goto(f"{url}/label")
        for _ in range(5):  # past the hostile one
            assert axe(page) == []
            assert overflows(page) == []
            page.locator("#asked button[data-key=n]").click()
        assert page.evaluate("window.shifted") == 0
        targets = page.evaluate(
            "[...document.querySelectorAll('.answers button, .answers a')].map(it => it.getBoundingClientRect().height)"
        )
        assert min(targets) >= (44 if width == PHONE else 24)


def test_with_a_thumb_the_answers_are_on_the_screen(chromium: Browser, site: Site) -> None:
    with served(site.app) as url, visit(chromium, PHONE) as page:
        page.goto(f"{url}/label")
        for name in ("n", "y", "r", "u"):
            box = page.locator(f"#asked [data-key={name}]").bounding_box()
            menu = page.locator(".menu").bounding_box()
            assert box is not None
            assert menu is not None
            assert box["y"] + box["height"] <= menu["y"] + 1
        first = shown(page)
        page.locator("#asked [data-key=y]").tap()
        idle(page, 1)
    assert said(site, first) == {"complaint": "yes"}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [PHONE, DESK])
def test_on_call_fits_and_everybody_can_use_it(
    chromium: Browser, site: Site, width: int, scheme: Any
) -> None:
    with served(site.app) as url, visit(chromium, width, scheme) as page:
        page.goto(f"{url}/oncall")
        page.evaluate("document.querySelectorAll('main details').forEach((each) => { each.open = true; })")
        assert axe(page) == []
        assert overflows(page) == []


def test_a_test_page_shows_by_itself_that_it_was_acknowledged(chromium: Browser, site: Site) -> None:
    with served(site.app) as url, visit(chromium, DESK) as page:
        page.goto(f"{url}/oncall")
        page.get_by_role("button", name=re.compile("Send Second")).click()
        expect(page.locator("#told")).to_contain_text("on its way")
        expect(page.locator("[data-live]")).to_contain_text("not acknowledged yet")
        site.store.write(lambda tables: tables.drills.acknowledge(1, site.clock.now()))
        expect(page.locator("[data-live]")).not_to_contain_text("not acknowledged yet")
        expect(page.locator("[data-live]")).to_contain_text("acknowledged")
