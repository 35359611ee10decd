"""What somebody was writing to a customer when their visit ended."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import httpx2
import pytest
from fastapi.testclient import TestClient

from monitor.store import AccountRole
from monitor.web.enter import passwords
from monitor.web.kept import MOST, Kept
from monitor.web.reply_editor import KEPT
from tests.monitor.scripted import FakeClock
from tests.monitor.web.enter.entries import PASSWORD, QUICK, csrf
from tests.monitor.web.sites import URL, Site, words

TYPED = "Thank you for telling us. <b>We look</b> for it."
REPLY = "/stories/1/reply"
OURS = {"sec-fetch-site": "same-origin"}


class Desk(Site):
    """Where `sam` acts as First and `ann` as Second."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, web={"public_url": URL}, replies={"four_eyes": None})
        roles: tuple[tuple[str, AccountRole, str], ...] = (
            ("sam", "responder", "First"),
            ("ann", "responder", "Second"),
        )
        for name, role, person in roles:
            self.store.write(
                lambda tables, name=name, role=role, person=person: tables.accounts.put(
                    name, role, person, passwords.hashed(PASSWORD), self.clock.now()
                )
            )
        self.browser = TestClient(
            self.app, base_url=URL, client=("203.0.113.7", 50_000), follow_redirects=False
        )

    def sign_in(self, name: str, after: str = "/") -> None:
        form = {
            "csrf": csrf(self.browser.get("/login").text),
            "name": name,
            "password": PASSWORD,
            "next": after,
        }
        assert self.browser.post("/login", data=form).headers["location"] == after

    def sign_out(self) -> None:
        assert (
            self.browser.post("/logout", data={"csrf": csrf(self.browser.get("/").text)}).status_code == 303
        )

    def form(self, **more: str) -> dict[str, str]:
        """As the page stands that somebody has open, with what they have typed."""
        page = self.browser.get(REPLY).text
        names = ("csrf", "post", "seen", "write", "at", "variant")
        found = {name: re.search(rf'name="{name}" value="([^"]*)"', page) for name in names}
        said = {name: unescape(each[1]) for name, each in found.items() if each}
        return {**said, "text": TYPED, "action": "approve", **more}

    def send(self, form: dict[str, str], headers: dict[str, str] = OURS) -> httpx2.Response:
        return self.browser.post(REPLY, data=form, headers=headers)

    def nothing_done(self) -> bool:
        return not self.store.read.replies.of_alert(1)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr(passwords, "_HASHER", QUICK)
    passwords._nobodys.cache_clear()
    made = Desk(tmp_path)
    yield made
    passwords._nobodys.cache_clear()
    made.store.close()


def ends(desk: Desk) -> None:
    """Nobody was seen for longer than a visit lasts."""
    desk.clock.forward(hours=desk.settings.web.session_hours + 1)


def sent_too_late(desk: Desk) -> str:
    """Somebody writes, their visit ends, and they press: where they are led."""
    desk.sign_in("sam")
    form = desk.form()
    ends(desk)
    answer = desk.send(form)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/login?next=%2Fstories%2F1%2Freply%3F")
    return str(answer.headers["location"])


def test_they_stand_in_the_editor_after_signing_in_and_nothing_is_posted(desk: Desk) -> None:
    where = sent_too_late(desk)
    page = desk.browser.get(where).text
    assert "What you wrote is kept for an hour, and nothing was posted" in words(page)
    assert TYPED not in unescape(page)
    after = unescape((re.search(r'name="next" value="([^"]*)"', page) or ["", ""])[1])
    desk.sign_in("sam", after)
    page = desk.browser.get(after).text
    assert f"\n{TYPED}</textarea>" in page.replace("&lt;", "<").replace("&gt;", ">")
    assert KEPT in words(page)
    assert desk.nothing_done()
    form = desk.form()
    assert desk.send(form).status_code == 303
    (reply,) = desk.store.read.replies.of_alert(1)
    assert reply.text == TYPED
    assert KEPT not in words(desk.browser.get(REPLY).text)


def test_nothing_is_promised_to_who_was_not_writing(desk: Desk) -> None:
    assert "kept for an hour" not in words(desk.browser.get("/login?next=%2Fsearch%3Fwords%3Dkept%3D1").text)


def test_another_person_in_the_same_browser_does_not_find_them(desk: Desk) -> None:
    sent_too_late(desk)
    desk.sign_in("ann")
    assert "We look" not in desk.browser.get(REPLY).text
    desk.sign_out()
    assert "We look" not in desk.browser.get("/login").text
    desk.sign_in("sam")
    assert "We look" in desk.browser.get(REPLY).text


def test_they_are_kept_for_an_hour(desk: Desk) -> None:
    sent_too_late(desk)
    desk.clock.forward(minutes=61)
    desk.sign_in("sam")
    assert "We look" not in desk.browser.get(REPLY).text


def test_a_post_that_is_gone_meanwhile_does_not_shut_the_page(desk: Desk) -> None:
    desk.sign_in("sam")
    form = desk.form(post="x 999")
    ends(desk)
    assert desk.send(form).status_code == 303
    desk.sign_in("sam")
    page = desk.browser.get(REPLY)
    assert page.status_code == 200
    assert "</textarea>" in page.text
    assert "We look" not in page.text
    assert desk.browser.get(REPLY, params={"post": "x 999"}).status_code == 404


def test_a_form_that_is_not_of_the_visit_keeps_nothing(desk: Desk) -> None:
    desk.sign_in("sam")
    form = desk.form()
    ends(desk)
    for wrong, headers in (
        ({"csrf": "0" * 64}, OURS),
        ({"csrf": ""}, OURS),
        ({}, {"sec-fetch-site": "cross-site"}),
    ):
        assert desk.send({**form, **wrong}, headers).status_code in (401, 403)
    del form["text"]
    assert desk.send(form).status_code == 401
    desk.sign_in("sam")
    assert "We look" not in desk.browser.get(REPLY).text


def test_a_page_of_the_visit_before_shows_them_again_and_does_nothing(desk: Desk) -> None:
    desk.sign_in("sam")
    form = desk.form()
    desk.sign_out()
    desk.sign_in("sam")
    page = desk.send(form)
    assert page.status_code == 200
    assert TYPED in unescape(page.text)
    assert KEPT in words(page.text)
    assert desk.nothing_done()
    assert desk.send(form, headers={}).status_code == 403
    assert desk.send({**form, "csrf": csrf(page.text)}).status_code == 303
    assert not desk.nothing_done()


def test_where_somebody_else_has_written_meanwhile_both_are_shown(desk: Desk) -> None:
    desk.sign_in("sam")
    form = desk.form()
    desk.sign_out()
    desk.sign_in("sam")
    assert desk.send(desk.form(text="Thank you, other words.", action="save")).status_code == 303
    page = desk.send(form)
    assert page.status_code == 409
    assert "Thank you, other words." in words(page.text)
    assert TYPED in unescape(page.text)


def test_so_many_are_kept_each_until_its_post_is_answered() -> None:
    kept = Kept(FakeClock())
    for number in range(MOST + 5):
        kept.put("sam", number, {"post": ["x 1"]})
    assert kept.of("sam", 4, "") is None
    assert kept.of("sam", 5, "x 1") is not None
    assert kept.of("sam", 5, "x 2") is None
    assert kept.of(None, 5, "") is None
    kept.drop("sam", 5, "x 2")
    assert kept.of("sam", 5, "") is not None
    kept.drop("sam", 5, "x 1")
    assert kept.of("sam", 5, "") is None
