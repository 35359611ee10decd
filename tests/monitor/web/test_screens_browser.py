"""Every screen in a real Chromium: at phone and desk width, light and dark, over a made-up month and over one whose posts
are hostile. axe finds nothing, nothing reaches beyond the edge, nothing that a post says is executed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from bench.room import addresses
from bench.room_serve import served as world_served
from bench.room_world import make
from tests.browser import DESK, PHONE, SHIFTS, WIDTHS, axe, needs_chromium, overflows, served, visit, weight

pytestmark = needs_chromium

WORLDS = {"ordinary": 0.0, "hostile": 0.8}
FOREIGN = """() => [...document.querySelectorAll("*")].filter((it) =>
    it.matches('main script:not([src^="/static/"]), main style, iframe, object, embed, base, meta[http-equiv], marquee')
    || it.matches('form[action^="http"]')
    || [...it.attributes].some((each) => /^on/i.test(each.name) || each.name === "style"
        || (/^(href|src|action|formaction)$/i.test(each.name) && /^\\s*(javascript|data|vbscript):/i.test(each.value)))
).map((it) => it.outerHTML.slice(0, 200))"""
"""Elements that no screen has."""
OUTWARD = """() => [...document.querySelectorAll('a[href^="http"]')].filter((it) =>
    !it.href.startsWith(location.origin) && !/noreferrer/.test(it.rel)).map((it) => it.outerHTML)"""
"""Links that would tell where they were followed from."""
LARGEST = 150_000
"""Bytes of a first visit."""


@pytest.fixture(scope="module", params=WORLDS)
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, dict[str, str]]]:
    """Where it is served, and its screens."""
    folder = tmp_path_factory.mktemp(request.param)
    make(folder, mentions=1_200, stories=40, days=21, hostile=WORLDS[request.param])
    with world_served(folder / "config.toml") as (app, parts), served(app) as url:
        yield url, addresses(parts.store)


def screens() -> list[str]:
    """Their names; the addresses are the world's."""
    return [
        "now", "stories", "story, the largest", "story, a small one", "reply", "report", "lessons", "search, the newest",
        "search, a common word", "mention", "label", "on call", "sources", "settings",
    ]  # fmt: skip


def opened(page: Page, url: str) -> None:
    page.add_init_script(f"({SHIFTS})()")
    answer = page.goto(url)
    assert answer is not None
    assert answer.ok, answer.status


@pytest.mark.parametrize("name", [*screens(), "search, two words", "search, complaints of X"])
def test_screens_fit_can_be_read_by_everybody_and_are_light(
    chromium: Browser, site: tuple[str, dict[str, str]], name: str, request: pytest.FixtureRequest
) -> None:
    """What posts and authors say stands in them as text: no element, attribute or address of theirs comes to be."""
    url, pages = site
    for width, scheme in ((PHONE, "light"), (DESK, "dark")):
        with visit(chromium, width, scheme) as page:
            opened(page, url + pages[name])
            if width == DESK and "ordinary" in request.node.callspec.id:
                assert 0 < weight(page) <= LARGEST
            assert axe(page) == []
            assert overflows(page) == []
            assert page.evaluate("window.shifted") < 0.01
            assert page.evaluate(FOREIGN) == []
            assert page.evaluate(OUTWARD) == []


@pytest.mark.parametrize("site", ["ordinary"], indirect=True)
@pytest.mark.parametrize("name", screens())
def test_screens_without_scripts(chromium: Browser, site: tuple[str, dict[str, str]], name: str) -> None:
    url, pages = site
    with visit(chromium, PHONE, javascript=False) as page:
        opened(page, url + pages[name])
        assert page.locator("h1").count() == 1
        assert page.locator("main").inner_text().strip()


@pytest.mark.parametrize("width", WIDTHS)
def test_every_screen_is_reached_by_the_menu(
    chromium: Browser, site: tuple[str, dict[str, str]], width: int
) -> None:
    url, _ = site
    with visit(chromium, width) as page:
        opened(page, url)
        links = page.locator("nav[aria-label='Screens'] a")
        found = {links.nth(n).get_attribute("href") for n in range(links.count())}
        assert {"/", "/search", "/label", "/oncall", "/sources", "/settings"} <= found
