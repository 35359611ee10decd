"""The page of a reply in a real Chromium: read, edit, mend what lint finds, tick, approve, see it posted."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn

from tests.monitor.scripted import KEY
from tests.monitor.web.sites import Site
from tests.monitor.web.test_push_browser import CHROMIUM, Tab, free_port, tab, wait_for

TEXT = "document.getElementById('text').value"
TOLD = "document.querySelector('.told').textContent"
BLOCKED = "document.getElementById('approve').disabled"
STATE = "(document.querySelector('.state')?.innerText ?? '')"
CHOSEN = "((it) => it.value.slice(it.selectionStart, it.selectionEnd))(document.getElementById('text'))"
END = "(() => { const it = document.getElementById('text'); it.focus(); it.setSelectionRange(1e6, 1e6); })()"


@contextmanager
def served(site: Site) -> Iterator[str]:
    """The address of First's page."""
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(site.app, host="127.0.0.1", port=port, log_config=None))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        wait_for(lambda: server.started)
        yield f"http://localhost:{port}{site.of('First').replace('/a/', '/r/')}"
    finally:
        server.should_exit = True
        thread.join()


def opened(page: Tab, url: str) -> None:
    page.ask("Page.enable")
    page.ask("Page.navigate", url=url)
    wait_for(lambda: page.run("document.readyState === 'complete' && !!document.querySelector('.state')"))


def click(page: Tab, selector: str) -> None:
    page.run(f"document.querySelector({selector!r}).click()")


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here")
def test_from_the_post_to_the_posted_reply(tmp_path: Path) -> None:
    site = Site(tmp_path)
    with served(site) as url, tab(tmp_path) as page:
        opened(page, url)
        begun = page.run(TEXT)
        assert "nothing found against it" in page.run(TOLD)

        # Lint while it is written: an error blocks, and its words are found by a tap, behind letters of two units, too.
        page.run(END)
        page.ask("Input.insertText", text=" 🙂🙂 It is policy.")
        wait_for(lambda: page.run(BLOCKED))
        assert "1 error to mend" in page.run(TOLD)
        click(page, "[data-start]")
        assert page.run(CHOSEN) == "policy"
        page.ask("Input.insertText", text="fixed, sorry if so")
        wait_for(lambda: not page.run(BLOCKED))
        assert "1 warning to look at" in page.run(TOLD)

        # Another variant, and back.
        click(page, "[data-variant=private]")
        wait_for(lambda: "private message" in page.run(TOLD))
        assert page.run("document.getElementById('approve').textContent") == "Approve, to post it by hand"
        click(page, "#back")
        wait_for(lambda: "1 warning to look at" in page.run(TOLD))
        assert page.run(TEXT) == f"{begun} 🙂🙂 It is fixed, sorry if so."

        # What is not ticked is not sent; a tick stays while other words change.
        click(page, "#approve")
        assert page.run("document.activeElement.name") == "tick"
        assert site.store.read.replies.live() == []
        click(page, "[name=tick]")
        page.run(END)
        page.ask("Input.insertText", text=" Soon.")
        written = f"{begun} 🙂🙂 It is fixed, sorry if so. Soon."
        wait_for(lambda: f"{len(written)} of 280" in page.run(TOLD))
        assert page.run("document.querySelector('[name=tick]').checked")

        click(page, "#approve")
        wait_for(lambda: page.run(f"document.readyState === 'complete' && {STATE}.startsWith('Approved')"))
        assert (
            site.store.read.replies.of_mention(KEY)[-1].text
            == f"{begun} 🙂🙂 It is fixed, sorry if so. Soon."
        )
        site.tick(seconds=5)  # the daemon posts
        assert [each["text"] for each in site.poster.taken] == [written]
        wait_for(lambda: page.run(f"{STATE}.startsWith('Posted')"))  # the page shows it by itself
        assert "You promised to write again" in page.run(STATE)

        # Nothing but our file may run.
        page.run("(() => { const it = document.createElement('script'); it.text = 'window.evil = 1'; "
                 "document.body.append(it); })()")  # fmt: skip
        assert page.run("window.evil === undefined")
    site.store.close()


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here")
def test_what_is_posted_by_hand_is_copied(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.desk.posted_on = ()
    with served(site) as url, tab(tmp_path) as page:
        origin = url.partition("/r/")[0]
        page.ask("Browser.grantPermissions", permissions=["clipboardReadWrite"], origin=origin)
        opened(page, url)
        begun = page.run(TEXT)
        click(page, "#approve")
        wait_for(
            lambda: page.run("document.readyState === 'complete' && !!document.querySelector('[data-copy]')")
        )
        page.ask("Page.bringToFront")
        click(page, "[data-copy]")
        wait_for(lambda: page.run("document.querySelector('[data-copy]').textContent") == "Copied")
        wait_for(lambda: page.run("navigator.clipboard.readText()") == begun)
        page.run("document.getElementById('url').value = 'https://x.example/10'")
        click(page, "[value=posted]")
        wait_for(lambda: page.run(f"document.readyState === 'complete' && {STATE}.startsWith('Posted')"))
        assert site.store.read.replies.of_mention(KEY)[-1].url == "https://x.example/10"
    site.store.close()
