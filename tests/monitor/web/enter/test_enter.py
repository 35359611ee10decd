"""Signing in and out over HTTP, and everything that somebody who may not enter could try."""

from __future__ import annotations

import re
import sqlite3
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
import structlog
from fastapi.testclient import TestClient
from starlette.types import Receive, Scope, Send
from structlog.testing import capture_logs

from monitor.store import AccountRole
from monitor.web import pulses
from monitor.web.enter import pages, passwords
from monitor.web.enter.keys import csrf_of, hash_of, new_token
from monitor.web.enter.tries import OF_ACCOUNT, OF_ADDRESS
from tests.browser import served
from tests.monitor.web.enter.entries import HERE, PASSWORD, THERE, Entered, csrf
from tests.monitor.web.sites import words

VISIT = "__Host-visit"


def test_whoever_signs_in_enters(site: Entered) -> None:
    browser = site.browser()
    sent = browser.get("/stories?closed=1")
    assert (sent.status_code, sent.headers["location"]) == (303, "/login?next=%2Fstories%3Fclosed%3D1")
    done = browser.sign_in("sam", after="/stories?closed=1")
    assert (done.status_code, done.headers["location"]) == (303, "/stories?closed=1")
    assert browser.is_in()
    account = site.store.read.accounts.get("sam")
    assert account is not None
    assert account.entered_at == site.clock.now()
    assert browser.get("/login").headers["location"] == "/"


def test_the_cookie_is_of_this_host_alone_and_its_hash_is_kept(site: Entered) -> None:
    browser = site.browser()
    done = browser.sign_in("sam")
    (line,) = [each for each in done.headers.get_list("set-cookie") if each.startswith(VISIT)]
    parts = {each.strip().lower() for each in line.split(";")[1:]}
    assert {"httponly", "secure", "path=/", "samesite=lax"} <= parts
    assert not any(each.startswith("domain") for each in parts)
    key = browser.cookie(VISIT)
    assert len(key) >= 43
    with sqlite3.connect(site.store.path) as db:
        rows = db.execute("SELECT hash FROM sessions").fetchall()
    assert rows == [(hash_of(key),)]
    for file in site.store.path.parent.glob("test.db*"):
        assert key.encode() not in file.read_bytes()


@pytest.mark.parametrize(
    ("name", "password"),
    [("sam", "wrong horse battery"), ("nobody", PASSWORD), ("", ""), ("sam", ""), ("sam", "x" * 2000),
     ("sam' OR 1=1 --", PASSWORD), ("<script>alert(1)</script>", PASSWORD), ("sam\0", PASSWORD)],
)  # fmt: skip
def test_whoever_does_not_know_the_password_does_not(site: Entered, name: str, password: str) -> None:
    browser = site.browser()
    done = browser.sign_in(name, password)
    assert done.status_code == 403
    assert "do not belong together" in done.text
    assert "<script>alert" not in done.text
    assert not browser.cookie(VISIT)
    assert not browser.is_in()


def test_names_are_the_same_in_capitals(site: Entered) -> None:
    browser = site.browser()
    browser.sign_in("SAM")
    assert browser.is_in()


def test_a_planted_cookie_becomes_nobodys_visit(site: Entered) -> None:
    """Session fixation: what was in the browser before is neither taken over nor left alive."""
    browser = site.browser()
    planted = "a" * 43
    browser.client.cookies.set(VISIT, planted, domain="watch.example.org", path="/")
    browser.sign_in("sam")
    assert browser.is_in()
    assert browser.cookie(VISIT) != planted
    thief = site.browser()
    thief.client.cookies.set(VISIT, planted)
    assert not thief.is_in()


def test_signing_in_anew_ends_the_visit_before(site: Entered) -> None:
    browser, old = site.browser(), site.browser()
    browser.sign_in("sam")
    old.client.cookies.set(VISIT, browser.cookie(VISIT))
    assert old.is_in()
    page = site.browser().get("/login")
    entry = page.headers["set-cookie"].split(";")[0].partition("=")[2]
    browser.client.cookies.set("__Host-entry", entry)
    form = {"csrf": csrf(page.text), "name": "vic", "password": PASSWORD}
    assert browser.client.post("/login", data=form).status_code == 303
    assert browser.is_in()
    assert not old.is_in()


def test_signing_out_ends_it_on_our_side(site: Entered) -> None:
    browser = site.browser()
    browser.sign_in("sam")
    key = browser.cookie(VISIT)
    assert browser.post("/logout").headers["location"] == "/login"
    assert not browser.cookie(VISIT)
    browser.client.cookies.set(VISIT, key)
    assert not browser.is_in()


def test_a_visit_ends_when_nobody_looks_and_after_thirty_days(site: Entered) -> None:
    browser = site.browser()
    browser.sign_in("sam")
    hours = site.settings.web.session_hours
    for _ in range(30 * 24 // (hours - 1)):
        site.clock.forward(hours=hours - 1)
        assert browser.is_in()
    site.clock.forward(hours=hours - 1)
    assert not browser.is_in()
    browser.sign_in("sam")
    site.clock.forward(hours=hours, minutes=1)
    assert not browser.is_in()


def test_other_rights_another_password_and_the_end_end_every_visit(site: Entered) -> None:
    now = site.clock.now()
    changes = (
        lambda tables: tables.accounts.change("sam", "viewer", None, now),
        lambda tables: tables.accounts.set_password("sam", passwords.hashed(PASSWORD), now),
        lambda tables: tables.accounts.end("sam", now),
    )
    for change in changes:
        browser, vic = site.browser(), site.browser()
        browser.sign_in("sam")
        vic.sign_in("vic")
        assert browser.is_in()
        site.store.write(change)
        assert not browser.is_in()
        assert vic.is_in()
    assert site.browser().sign_in("sam").status_code == 403


def test_an_account_that_changes_while_its_password_is_checked_does_not_enter(
    site: Entered, monkeypatch: pytest.MonkeyPatch
) -> None:
    truly = passwords.matches

    def slowly(kept: str | None, password: str) -> bool:
        site.store.write(lambda tables: tables.accounts.end("sam", site.clock.now() + timedelta(seconds=1)))
        return truly(kept, password)

    monkeypatch.setattr(passwords, "matches", slowly)
    browser = site.browser()
    assert browser.sign_in("sam").status_code == 403
    assert not browser.is_in()


def test_a_hash_of_former_parameters_is_made_anew(site: Entered, monkeypatch: pytest.MonkeyPatch) -> None:
    from argon2 import PasswordHasher

    before = site.store.read.accounts.get("sam")
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=2, memory_cost=64, parallelism=1))
    browser = site.browser()
    browser.sign_in("sam")
    assert browser.is_in()
    after = site.store.read.accounts.get("sam")
    assert before is not None
    assert after is not None
    assert before.password != after.password
    assert "t=2" in str(after.password)


@pytest.mark.parametrize(
    "after", ["//evil.example", "https://evil.example/", "/\\evil.example", "/x\r\nX: y", "/login"]
)
def test_nobody_is_led_elsewhere(site: Entered, after: str) -> None:
    assert site.browser().sign_in("sam", after=after).headers["location"] == "/"
    page = site.browser().get("/login", params={"next": after}).text
    assert 'name="next" value="/"' in page


def test_another_site_can_sign_nobody_in(site: Entered) -> None:
    """Login CSRF: the form needs what only this browser's sign-in page has."""
    browser = site.browser()
    form = {"name": "sam", "password": PASSWORD, "csrf": ""}
    assert f"sign in once more at {THERE}." in browser.client.post("/login", data=form).text
    foreign = csrf(site.browser().get("/login").text)
    assert browser.client.post("/login", data=form | {"csrf": foreign}).status_code == 403
    browser.get("/login")
    assert browser.client.post("/login", data=form | {"csrf": foreign}).status_code == 403
    assert not browser.is_in()


FOREIGN = (
    {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}, {"origin": "https://evil.example"},
    {"origin": "https://watch.example.org.evil.example"}, {"origin": "http://watch.example.org:81"},
    {"sec-fetch-site": "cross-site", "origin": THERE},
)  # fmt: skip
OURS: tuple[dict[str, str], ...] = (
    {}, {"sec-fetch-site": "same-origin"}, {"origin": THERE}, {"origin": "null"}, {"sec-fetch-site": "none"}
)  # fmt: skip


def test_what_another_site_sends_is_refused(site: Entered) -> None:
    browser = site.browser()
    browser.sign_in("sam")
    form = {"csrf": csrf_of(browser.cookie(VISIT)), "person": "Second"}
    for path in ("/logout", "/login", "/me", "/a/1-x", "/api/v1/alerts/1/acknowledge"):
        for headers in FOREIGN:
            done = browser.client.post(path, data=form, headers=headers)
            assert done.status_code == 403
            assert "another site" in done.text
    assert browser.is_in()
    for headers in OURS:
        assert browser.client.post("/me", data=form, headers=headers).status_code == 303


def test_a_form_needs_what_its_own_visit_knows(site: Entered) -> None:
    sam, vic = site.browser(), site.browser()
    sam.sign_in("sam")
    vic.sign_in("vic")
    theirs = csrf(vic.get("/").text)
    assert theirs
    for token in ("", "x", theirs, "é"):
        done = sam.client.post("/me", data={"csrf": token, "person": "Second"})
        assert done.status_code == 403
        assert sam.client.post("/logout", data={"csrf": token}).status_code == 403
    assert sam.is_in()


def test_an_admin_may_act_as_another_and_nobody_else_may(site: Entered) -> None:
    sam, ann = site.browser(), site.browser()
    sam.sign_in("sam")
    ann.sign_in("ann")
    assert "acts as First" in words(sam.get("/").text)
    assert sam.post("/me", person="Second").status_code == 303
    assert "acts as Second" in words(sam.get("/").text)
    assert sam.post("/me", person="Nobody").status_code == 403
    assert (
        ann.client.post("/me", data={"csrf": csrf(ann.get("/").text), "person": "First"}).status_code == 403
    )
    ann.client.cookies.set("__Host-person", "First")
    assert "acts as Second" in words(ann.get("/").text)


def test_a_guesser_is_stopped_and_a_browser_that_is_known_is_not(site: Entered) -> None:
    home = site.browser("198.51.100.1")
    home.sign_in("sam")
    home.post("/logout")
    for number in range(OF_ACCOUNT.amount):
        assert site.browser(f"203.0.113.{number}").sign_in("sam", "guessed it is").status_code == 403
    late = site.browser("203.0.113.99").sign_in("sam")
    assert late.status_code == 429
    assert "Wait 10 minutes" in late.text
    assert home.sign_in("sam").status_code == 303
    # What makes a browser known is signed, for one account.
    forger = site.browser("203.0.113.98")
    forger.client.cookies.set("__Host-browser", home.cookie("__Host-browser")[:-1] + "A")
    assert forger.sign_in("sam").status_code == 429
    forger.client.cookies.set("__Host-browser", str(site.links.make(1, "sam")).rpartition("/")[2])
    assert forger.sign_in("sam").status_code == 429
    assert site.browser("203.0.113.97").sign_in("ann").status_code == 303


def test_a_flood_keeps_out_nobody_who_was_here_before(site: Entered, monkeypatch: pytest.MonkeyPatch) -> None:
    before = site.browser()
    assert before.sign_in("ann").status_code == 303
    assert before.post("/logout").status_code == 303
    monkeypatch.setattr(pages, "WAITING", 0)
    assert site.browser().sign_in("ann").status_code == 503
    assert before.sign_in("ann").status_code == 303


def test_an_address_that_tries_everybody_is_stopped(site: Entered) -> None:
    for number in range(OF_ADDRESS.amount):
        assert site.browser().sign_in(f"name{number}", "guessed it is").status_code == 403
    assert site.browser().sign_in("sam").status_code == 429
    assert site.browser("203.0.113.8").sign_in("sam").status_code == 303


def test_nothing_secret_is_logged(site: Entered) -> None:
    with capture_logs() as lines:
        browser = site.browser()
        browser.sign_in("correct horse battery staple", "sam")  # typed into the wrong fields
        browser.sign_in("sam", "wrong horse battery")
        browser.sign_in("sam")
        browser.post("/me", person="Second")
        key = browser.cookie(VISIT)
        browser.post("/logout")
    text = repr(lines)
    assert [each["event"] for each in lines] == [
        "sign-in refused", "sign-in refused", "signed in", "acts as", "signed out"
    ]  # fmt: skip
    assert "203.0.113.7" in text
    for secret in ("battery", key, browser.cookie("__Host-browser") or "-" * 9, "$argon2"):
        assert secret not in text
    structlog.reset_defaults()


def test_roles(site: Entered) -> None:
    vic = site.browser()
    vic.sign_in("vic")
    done = vic.client.post("/me", data={"csrf": csrf(vic.get("/").text), "person": "First"})
    assert done.status_code == 403
    assert "You are a viewer here" in words(done.text)


OPEN = ("/a/", "/push/", "/static/", "/login", "/healthz", "/metrics")
"""What opens by a link of its own, or for everybody."""


def test_every_other_address_is_shut(site: Entered) -> None:
    """Whoever adds a screen can't forget its door: strangers get nothing, and who only looks changes nothing, not even with
    the secret of their own form; nor does an admin whose form has none, or another's."""
    included = [each for each in site.app.routes if hasattr(each, "effective_route_contexts")]
    screens = [
        (re.sub(r"{[^}]*}", "1", each.path), method)
        for router in included
        for each in router.effective_route_contexts()
        for method in each.methods
        if not each.path.startswith(OPEN)
    ]
    assert len(screens) > 30
    vic, sam, stranger = site.browser(), site.browser(), site.browser()
    vic.sign_in("vic")
    sam.sign_in("sam")
    known = csrf(vic.get("/").text)
    for path, method in screens:
        shut = stranger.client.request(method, path)
        if method == "GET":  # shown is nothing: one is led to the door, or to a screen that has one
            assert shut.status_code in (303, 307), path
            assert shut.headers["location"].startswith(("/login", "/label", "/oncall")), path
            assert not shut.content, path
            continue
        assert shut.status_code == 401, path
        own = path.startswith(("/account", "/logout"))
        assert own or vic.client.post(path, data={"csrf": known}).status_code == 403, path
        for wrong in ("", known):
            assert sam.client.post(path, data={"csrf": wrong}).status_code == 403, path


def test_ones_own_password(site: Entered) -> None:
    here, there = site.browser(), site.browser()
    here.sign_in("ann")
    there.sign_in("ann")
    assert words(here.get("/account").text).count("last seen") == 2
    for old, new, status in (
        ("wrong", "a new long password", 403),
        (PASSWORD, "short", 400),
        (PASSWORD, "ann ann ann ann", 400),
    ):
        assert here.post("/account/password", "/account", old=old, new=new).status_code == status
    assert there.is_in()
    assert (
        here.client.post(
            "/account/password", data={"old": PASSWORD, "new": "a new long password"}
        ).status_code
        == 403
    )
    assert (
        here.post("/account/password", "/account", old=PASSWORD, new="a new long password").status_code == 303
    )
    assert here.is_in()
    assert not there.is_in()
    assert there.sign_in("ann").status_code == 403
    assert there.sign_in("ann", "a new long password").status_code == 303
    assert here.post("/account/others", "/account").status_code == 303
    assert here.is_in()
    assert not there.is_in()
    for _ in range(OF_ACCOUNT.amount):
        here.post("/account/password", "/account", old="wrong", new="a new long password")
    assert here.post("/account/password", "/account", old="a new long password", new="x").status_code == 429


def test_what_is_fetched_by_a_page_is_told_so(site: Entered) -> None:
    """A script that is led to a form would take the form for its answer."""
    browser = site.browser()
    assert browser.get("/", headers={"sec-fetch-dest": "empty"}).status_code == 401
    assert browser.client.post("/me", data={"person": "First"}).status_code == 401


def test_every_answer_says_what_browsers_may_do(site: Entered) -> None:
    browser = site.browser()
    answers = [
        browser.get("/login"), browser.get("/"), browser.get("/healthz"), browser.get("/nothing/here"),
        browser.get(f"/a/{site.links.token(1, 'First')}"), browser.get("/a/1-forged"),
        browser.sign_in("sam", "wrong horse battery"),
        browser.client.post("/me", headers={"sec-fetch-site": "cross-site"}),
    ]  # fmt: skip
    browser.sign_in("sam")
    answers += [browser.get("/"), browser.post("/logout")]
    for each in answers:
        policy = each.headers["content-security-policy"]
        assert "unsafe" not in policy
        for part in ("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"):
            assert part in policy
        assert each.headers["strict-transport-security"] == "max-age=31536000"
        assert each.headers["referrer-policy"] == "no-referrer"
        assert each.headers["x-content-type-options"] == "nosniff"
        assert each.headers["cross-origin-opener-policy"] == "same-origin"
        assert "camera=()" in each.headers["permissions-policy"]
        assert each.headers["cache-control"] == "no-store"
        assert " style=" not in each.text
        assert "<style" not in each.text


def test_over_plain_http_there_is_no_promise_of_https(tmp_path: Path) -> None:
    site = Entered(tmp_path, public_url=HERE, sign_in=True)
    browser = site.browser("127.0.0.1")
    done = browser.sign_in("sam")
    assert "strict-transport-security" not in done.headers
    assert browser.cookie("visit")
    assert browser.is_in()
    site.store.close()


def test_no_password_is_typed_where_it_could_be_read_on_its_way(tmp_path: Path) -> None:
    site = Entered(tmp_path, listen="0.0.0.0:8080")
    for url in ("http://10.0.0.5:8080", "http://snapwatch.lan:8080"):
        direct = site.browser(url=url)
        for path in ("/", "/login"):
            refused = direct.get(path)
            assert refused.status_code == 401
            assert THERE in refused.text
            assert "password" not in refused.text
    assert site.browser().sign_in("sam").status_code == 303
    assert site.browser(url="http://127.0.0.1:8080").get("/login").status_code == 200
    site.store.close()


def test_the_first_account_is_asked_for(tmp_path: Path) -> None:
    site = Entered(tmp_path)
    for name in ("sam", "ann", "vic"):
        site.store.write(lambda tables, each=name: tables.accounts.end(each, site.clock.now()))  # type: ignore[misc]
    page = words(site.browser().get("/login").text)
    assert "snapwatch account add NAME --role admin" in page
    site.add("eve", "viewer", None, None)
    assert "snapwatch account password NAME" in words(site.browser().get("/login").text)
    site.store.close()


def test_an_open_line_ends_with_the_visit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody signs out elsewhere, or loses their rights, while a screen is open: nothing more is told to it."""
    monkeypatch.setattr(pulses, "EVERY", 0.01)
    site = Entered(tmp_path, public_url=HERE, sign_in=True)
    now = site.clock.now()
    leaves = (
        lambda tables: tables.accounts.sign_out("ann"),
        lambda tables: tables.accounts.change("ann", "viewer", None, now),
    )
    with served(site.app) as url:
        for leave in leaves:
            browser = site.browser("127.0.0.1")
            browser.sign_in("ann")
            cookie = {"cookie": f"visit={browser.cookie('visit')}"}
            with httpx2.stream("GET", f"{url}/events", headers=cookie, timeout=20) as line:
                told = line.iter_lines()
                assert "changed" in next(told)
                site.store.write(leave)
                assert not [each for each in told if each.startswith("event:")]  # and it ends
            again = httpx2.get(f"{url}/events", headers=cookie | {"sec-fetch-dest": "empty"})
            assert again.status_code == 401
    site.store.close()


# The proxy in front.


def proxied(tmp_path: Path) -> Entered:
    return Entered(tmp_path, proxy={"addresses": ["10.0.0.0/8"], "header": "X-Forwarded-User"})


def test_the_proxy_signs_people_in(tmp_path: Path) -> None:
    site = proxied(tmp_path)
    browser = site.browser("10.0.0.2")
    browser.client.headers["x-forwarded-user"] = "Ann"
    assert "acts as Second" in words(browser.get("/").text)
    assert browser.get("/login").headers["location"] == "/"
    # A form is another site's unless it shows what our page shows to that account alone.
    assert browser.client.post("/logout", data={"csrf": "x"}).status_code == 403
    browser.client.headers["x-forwarded-user"] = "sam"
    theirs = csrf(browser.get("/").text)
    assert browser.post("/me", person="Second").status_code == 303
    browser.client.headers["x-forwarded-user"] = "ann"
    assert browser.client.post("/logout", data={"csrf": theirs}).status_code == 403
    browser.client.headers["x-forwarded-user"] = "<b>stranger</b>"
    refused = browser.get("/")
    assert refused.status_code == 403
    assert "<b>" not in refused.text
    site.store.close()


def test_whoever_goes_round_the_proxy_does_not(tmp_path: Path) -> None:
    site = proxied(tmp_path)
    browser = site.browser("192.0.2.1")
    for name in ("x-forwarded-user", "X_Forwarded_User"):
        browser.client.headers[name] = "sam"
        assert browser.get("/", headers={"x-forwarded-for": "10.0.0.2"}).status_code == 303
    inside = site.browser("10.0.0.2", "https://evil.example")
    inside.client.headers["x-forwarded-user"] = "sam"
    assert inside.get("/").status_code == 401
    site.store.close()


# This machine.


def test_on_this_machine_one_need_not_sign_in(tmp_path: Path) -> None:
    site = Entered(tmp_path, public_url=None)
    browser = site.browser("127.0.0.1", "http://127.0.0.1:8080")
    assert browser.is_in()
    assert browser.get("/login").headers["location"] == "/"
    assert browser.post("/me", person="Second").status_code == 303
    assert "acts as Second" in words(browser.get("/").text)
    assert browser.client.post("/me", data={"csrf": "x", "person": "First"}).status_code == 403
    site.store.close()


@pytest.mark.parametrize(
    ("address", "url", "headers"),
    [
        ("127.0.0.1", "http://evil.example:8080", {}),
        ("127.0.0.1", "http://localhost.evil.example", {}),
        ("192.0.2.1", "http://127.0.0.1:8080", {}),
        ("127.0.0.1", "http://127.0.0.1:8080", {"x-forwarded-for": "192.0.2.1"}),
        ("127.0.0.1", "http://127.0.0.1:8080", {"x-real-ip": "192.0.2.1"}),
        ("127.0.0.1", "http://127.0.0.1:8080", {"forwarded": "for=192.0.2.1"}),
        ("127.0.0.1", "http://127.0.0.1:8080", {"via": "1.1 proxy"}),
        ("127.0.0.1", "http://127.0.0.1:8080", {"x-forwarded-proto": "https"}),
        ("127.0.0.1", "http://127.0.0.1:8080", {"cf-connecting-ip": "192.0.2.1"}),
        ("127.0.0.1", "http://127.0.0.1:8080", {"cdn-loop": "a"}),
        ("127.0.0.1", "http://127.0.0.1:8080", {"x-amzn-trace-id": "a"}),
        ("127.0.0.1", "http://127.0.0.1:8080", {"x-envoy-internal": "true"}),
        ("127.0.0.1", "http://127.0.0.1:8080", {"fly-client-ip": "192.0.2.1"}),
        ("127.0.0.1", "http://127.0.0.1:8080", {"host": "["}),  # Starlette takes its own address for it
        ("127.0.0.1", "http://127.0.0.1:8080", {"host": "evil.example@localhost"}),
        ("127.0.0.1", "http://127.0.0.1:8080", {"host": "localhost/.evil.example"}),
    ],
)
def test_nobody_else_enters_there(tmp_path: Path, address: str, url: str, headers: dict[str, str]) -> None:
    site = Entered(tmp_path, public_url=None)
    assert site.browser(address, url).get("/", headers=headers).status_code == 401
    site.store.close()


def test_a_proxy_that_hides_speaks_as_proxies_do(tmp_path: Path) -> None:
    """nginx, told nothing else, writes no header of its own, and our own address as Host."""
    site = Entered(tmp_path, public_url=None)

    async def old(scope: Scope, receive: Receive, send: Send) -> None:
        await site.app({**scope, "http_version": "1.0"}, receive, send)

    client = TestClient(old, base_url="http://127.0.0.1:8080", client=("127.0.0.1", 50_000))
    assert client.get("/").status_code == 401
    assert client.get("/api/v1/me").status_code == 401
    site.store.close()


@pytest.mark.parametrize("path", ["/login", "/api/v1/me", "/mcp"])
def test_an_origin_that_is_none_is_another_site(site: Entered, path: str) -> None:
    assert site.browser().client.post(path, headers={"origin": "http://["}).status_code == 403


# Programs.


def token(site: Entered, account: str, role: AccountRole, until: timedelta | None = None) -> dict[str, str]:
    made, now = new_token(), site.clock.now()
    over = now + until if until else None
    site.store.write(
        lambda tables: tables.tokens.add(hash_of(made), f"{account} {role}", account, role, over, now)
    )
    return {"authorization": f"Bearer {made}"}


def bearer(
    site: Entered, headers: dict[str, str], address: str = "203.0.113.7"
) -> tuple[str, str, str | None]:
    from starlette.requests import Request

    lines = [(b"host", b"127.0.0.1"), *((k.encode(), v.encode()) for k, v in headers.items())]
    scope = {"type": "http", "method": "GET", "path": "/", "scheme": "http", "headers": lines, "client": (address, 1),
             "query_string": b"", "server": ("127.0.0.1", 80)}  # fmt: skip
    found = site.room.door.bearer(Request(scope))
    return found.name, found.role, found.person


def test_a_token_lets_in_with_the_lesser_rights(site: Entered) -> None:
    from monitor.web.visitor import StrangerError

    admin, viewer = token(site, "sam", "admin"), token(site, "sam", "viewer", timedelta(days=1))
    assert bearer(site, admin) == ("sam (sam admin)", "admin", "First")
    assert bearer(site, viewer)[1] == "viewer"
    site.store.write(lambda tables: tables.accounts.change("sam", "responder", "Second", site.clock.now()))
    assert bearer(site, admin)[1:] == ("responder", "Second")
    site.clock.forward(days=2)
    with pytest.raises(StrangerError):
        bearer(site, viewer)
    (used,) = [each for each in site.store.read.tokens.all() if each.name == "sam admin"]
    assert used.used_at is not None
    site.store.write(lambda tables: tables.accounts.end("sam", site.clock.now()))
    for headers in (admin, {}, {"authorization": "Bearer "}, {"authorization": "Basic c2FtOng="}):
        with pytest.raises(StrangerError):
            bearer(site, headers)


def test_a_cookie_is_no_token_and_a_token_no_cookie(site: Entered) -> None:
    from monitor.web.visitor import StrangerError

    browser = site.browser()
    browser.sign_in("sam")
    with pytest.raises(StrangerError):
        bearer(site, {"cookie": f"{VISIT}={browser.cookie(VISIT)}"})
    with pytest.raises(StrangerError):
        bearer(site, {"authorization": f"Bearer {browser.cookie(VISIT)}"})
    other = site.browser()
    other.client.headers |= token(site, "sam", "admin")
    assert not other.is_in()


def test_programs_of_this_machine_need_none_and_pages_of_other_sites_do(tmp_path: Path) -> None:
    from monitor.web.visitor import StrangerError

    site = Entered(tmp_path, public_url=None)
    assert bearer(site, {}, "127.0.0.1")[1] == "admin"
    assert bearer(site, token(site, "vic", "viewer"), "127.0.0.1")[1:] == ("viewer", None)
    for headers in ({"origin": "null"}, {"sec-fetch-site": "cross-site"}, {"authorization": "Bearer x"}):
        with pytest.raises(StrangerError):
            bearer(site, headers, "127.0.0.1")
    site.store.close()
