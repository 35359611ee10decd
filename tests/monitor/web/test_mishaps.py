"""What goes wrong is told where it happened, in words that help, and written down without anybody's secret."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from monitor.errors import StoreError
from monitor.store.glances import Glances
from monitor.web.words import coded
from tests.monitor.web.sites import Site, words

BROWSER = {"accept": "text/html,application/xhtml+xml"}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    yield made
    made.store.close()


def broken(*_: Any, **__: Any) -> Any:
    raise RuntimeError("a fault with a secret in its neighbourhood")


def test_a_fault_is_told_within_the_frame_and_logged(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.web.screens.now.now_view", broken)
    with capture_logs() as said:
        answer = site.screen.get("/", headers=BROWSER)
    assert answer.status_code == 500
    shown = words(answer.text)
    assert "This is a fault of snapwatch, and its log says more" in shown
    assert "Sources" in shown  # the menu
    assert "Nothing was changed" not in shown
    assert "secret" not in shown
    assert answer.headers["content-security-policy"]
    (line,) = said
    assert (line["event"], line["method"], line["address"]) == ("a page failed", "GET", "/")
    assert line["exc_info"]


def test_where_the_frame_is_broken_too_it_is_told_without_it(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Glances, "pulse", broken)
    with capture_logs() as said:
        answer = site.screen.get("/")
    assert answer.status_code == 500
    assert "This is a fault of snapwatch" in words(answer.text)
    assert len(said) == 2


def test_a_fault_of_a_personal_page_says_how_else_to_acknowledge(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.web.words.past", broken)
    with capture_logs() as said:
        answer = site.client.get(site.link)
    assert answer.status_code == 500
    assert "snapwatch ack 12" in words(answer.text)
    assert site.link.rpartition("/")[2] not in repr(said)
    assert said[0]["address"] == "/a/{token}"


def test_what_the_database_says_is_for_the_log_alone(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """It names files of the machine, and whoever has no account sees this page, too."""

    def locked(*_: Any, **__: Any) -> Any:
        raise StoreError("/srv/secret/snapwatch.db is locked by another process")

    monkeypatch.setattr("monitor.web.screens.now.now_view", locked)
    monkeypatch.setattr("monitor.web.words.past", locked)
    for client, address in ((site.screen, "/"), (site.client, site.link)):
        with capture_logs() as said:
            answer = client.get(address)
        assert answer.status_code == 503
        assert "The database can't be read or written at this moment" in words(answer.text)
        assert "/srv" not in answer.text
        assert ["/srv/secret" in each["error"] for each in said] == [True]
        assert site.link.rpartition("/")[2] not in repr(said)


def test_an_address_at_which_nothing_is(site: Site) -> None:
    inside = site.screen.get("/storys", headers=BROWSER)
    assert inside.status_code == 404
    assert "There is nothing at this address" in words(inside.text)
    assert "Sources" in words(inside.text)
    outside = site.client.get("/storys", headers=BROWSER)
    assert outside.status_code == 404
    assert "There is nothing at this address" in words(outside.text)
    assert "Sources" not in words(outside.text)
    assert site.screen.put("/", headers=BROWSER).status_code == 405
    program = site.screen.get("/storys", headers={"accept": "*/*"})
    assert program.json() == {"detail": "Not Found"}


def test_a_command_is_shown_as_code_and_a_text_as_text() -> None:
    assert (
        coded("run `snapwatch <ack>` & <b>go") == "run <code>snapwatch &lt;ack&gt;</code> &amp; &lt;b&gt;go"
    )
    assert coded("") == ""
