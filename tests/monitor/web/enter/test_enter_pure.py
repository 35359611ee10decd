"""Who may enter, decided without a server: local paths, what a proxy may say, passwords, tries."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urljoin, urlsplit

import pytest
from argon2 import PasswordHasher
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import ValidationError
from starlette.requests import Request

from monitor.web.enter import passwords, proxy
from monitor.web.enter.keys import csrf_of, hash_of, new_key, new_token, same
from monitor.web.enter.paths import local, login
from monitor.web.enter.tries import MINUTES, OF_ACCOUNT, OF_ADDRESS, Tries
from monitor.web.sections import ProxySettings, WebSettings
from monitor.web.visitor import StrangerError


@given(st.text(st.characters(codec="utf-8"), max_size=60))
@example("//evil.example")
@example("/\\evil.example")
@example("/\t/evil.example")
@example("/%0d%0aSet-Cookie:x=y")
@example("https://evil.example/")
@example("javascript:alert(1)")
@example("/x\r\nLocation: https://evil.example")
@example("/\u2215evil")
def test_one_goes_nowhere_else_after_signing_in(path: str) -> None:
    after = local(path)
    assert urlsplit(urljoin("https://watch.example.org/login", after)).netloc == "watch.example.org"
    assert after.isascii()
    assert after.isprintable()
    assert " " not in after


@pytest.mark.parametrize("path", ["/", "/stories/3?write=1&x=%2F", "/search?q=lost+parcel", "/mentions/x/1"])
def test_where_one_wanted_to_go(path: str) -> None:
    assert local(path) == path


@pytest.mark.parametrize("path", ["/login", "/login?next=/login", "/logout", "", "stories"])
def test_what_leads_in_a_circle_or_nowhere(path: str) -> None:
    assert local(path) == "/"
    assert login("/stories/3", "a=b&c=d") == "/login?next=%2Fstories%2F3%3Fa%3Db%26c%3Dd"


def request(peer: str, host: str = "watch.example.org", **headers: str | list[str]) -> Request:
    lines = [(b"host", host.encode())]
    for name, values in headers.items():
        for value in [values] if isinstance(values, str) else values:
            lines.append((name.replace("_", "-").encode(), value.encode()))
    return Request(
        {"type": "http", "method": "GET", "path": "/", "scheme": "http", "query_string": b"", "server": ("x", 80),
         "headers": lines, "client": (peer, 1)}
    )  # fmt: skip


def web(**proxied: object) -> WebSettings:
    document = {"public_url": "https://watch.example.org", "proxy": proxied or None}
    return WebSettings.model_validate(document)


def test_the_proxy_says_who_it_is() -> None:
    settings = web(header="X-User", addresses=["10.0.0.0/8", "::1"])
    assert proxy.named(request("10.1.2.3", x_user="ann"), settings) == "ann"
    assert proxy.named(request("::ffff:10.1.2.3", x_user="ann"), settings) == "ann"
    assert proxy.named(request("10.1.2.3"), settings) is None
    assert proxy.named(request("10.1.2.3", x_user=""), settings) is None


@pytest.mark.parametrize("peer", ["192.0.2.1", "11.0.0.1", "127.0.0.1", "fe80::1", "", "testclient"])
def test_nobody_else_does(peer: str) -> None:
    settings = web(header="X-User", addresses=["10.0.0.0/8", "::1"])
    assert proxy.named(request(peer, x_user="ann", x_forwarded_for="10.0.0.1"), settings) is None
    assert proxy.named(request(peer, x_user="ann"), web()) is None
    assert proxy.named(request(peer, x_user="ann"), web(addresses=["0.0.0.0/0"])) is None


def test_two_names_are_none() -> None:
    settings = web(header="X-User", addresses=["10.0.0.0/8"])
    with pytest.raises(StrangerError, match="came twice"):
        proxy.named(request("10.1.2.3", x_user=["ann", "sam"]), settings)


@pytest.mark.parametrize("host", ["evil.example", "watch.example.org.evil.example", "snapwatch", ""])
def test_a_name_that_dns_leads_here_is_not_believed(host: str) -> None:
    settings = web(header="X-User", addresses=["127.0.0.1"])
    if host:
        with pytest.raises(StrangerError, match="Host"):
            proxy.named(request("127.0.0.1", host=host, x_user="sam"), settings)
    for ours in ("watch.example.org", "WATCH.example.org:443", "127.0.0.1:8080", "[::1]:8080", "localhost"):
        assert proxy.named(request("127.0.0.1", host=ours, x_user="sam"), settings) == "sam"


def test_tries_are_counted_by_what_our_own_proxies_write() -> None:
    settings = web(addresses=["127.0.0.1", "10.0.0.0/8"])
    forged = "198.51.100.1, 203.0.113.7, 10.0.0.2"
    assert proxy.sender(request("127.0.0.1", x_forwarded_for=forged), settings) == "203.0.113.7/32"
    assert (
        proxy.sender(request("127.0.0.1", x_forwarded_for=["1.2.3.4", forged]), settings) == "203.0.113.7/32"
    )
    assert proxy.sender(request("192.0.2.9", x_forwarded_for=forged), settings) == "192.0.2.9/32"
    assert proxy.sender(request("127.0.0.1"), settings) is None
    assert proxy.sender(request("127.0.0.1", x_forwarded_for="rubbish"), settings) is None
    assert (
        proxy.sender(request("127.0.0.1", x_forwarded_for="2001:db8:1:2:3::4"), settings)
        == "2001:db8:1:2::/64"
    )


def test_without_a_known_proxy_nothing_that_is_written_counts() -> None:
    assert proxy.sender(request("127.0.0.1", x_forwarded_for="203.0.113.7"), web()) is None
    assert proxy.sender(request("192.0.2.9", x_forwarded_for="203.0.113.7"), web()) == "192.0.2.9/32"


def test_behind_a_proxy_that_nobody_has_named_one_does_not_keep_out_the_others() -> None:
    for peer in ("127.0.0.1", "172.18.0.2", "::1", "fd00::2"):
        flood = request(peer, x_forwarded_for="198.51.100.1, 203.0.113.7")
        assert proxy.counted(flood, web()) == "203.0.113.7/32"
        assert proxy.counted(request(peer), web()) is None
        assert proxy.counted(request(peer, x_forwarded_for="rubbish"), web()) is None
    # From elsewhere there is no proxy in between that we can believe in.
    for peer in ("8.8.8.8", "2606:4700::1"):
        assert proxy.counted(request(peer, x_forwarded_for="203.0.113.7"), web()) == proxy.sender(
            request(peer), web()
        )
    named = web(addresses=["127.0.0.1"])
    assert proxy.counted(request("172.18.0.2", x_forwarded_for="203.0.113.7"), named) == "172.18.0.2/32"


@given(st.lists(st.text(max_size=20), max_size=5))
def test_no_header_of_anybody_ends_in_an_error(hops: list[str]) -> None:
    settings = web(addresses=["127.0.0.1"])
    text = ",".join(hops).encode("utf-8", "ignore").decode("latin-1")
    found = proxy.sender(request("127.0.0.1", x_forwarded_for=text), settings)
    assert found is None or "/" in found


@pytest.mark.parametrize(
    ("password", "what"),
    [
        ("short", "fewer than 12"),
        ("a" * 12, "repeats"),
        ("x" * 1001, "more than"),
        ("my name is Samuel1", "name"),
    ],
)
def test_passwords_that_are_none(password: str, what: str) -> None:
    assert what in str(passwords.flaw(password, "samuel1@example.com"))


def test_a_password_is_the_same_however_it_is_typed() -> None:
    kept = passwords.hashed("caf\u00e9 au lait, twice")
    assert passwords.matches(kept, "cafe\u0301 au lait, twice")
    assert not passwords.matches(kept, "cafe au lait, twice")
    assert not passwords.matches("no hash", "x")


def test_what_is_kept_is_argon2id_as_rfc_9106_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher())
    kept = passwords.hashed("correct horse battery")
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert passwords.matches(kept, "correct horse battery")
    assert not passwords.is_dated(kept)


def test_few_are_hashed_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever for: 64 MiB each would soon be all there is."""
    at_once = most = 0
    door = threading.Lock()

    class Slow(PasswordHasher):
        def busy(self) -> None:
            nonlocal at_once, most
            with door:
                at_once += 1
                most = max(most, at_once)
            threading.Event().wait(0.01)
            with door:
                at_once -= 1

        def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
            self.busy()
            return super().hash(password, salt=salt)

        def verify(self, hash: str | bytes, password: str | bytes) -> bool:  # type: ignore[override]
            self.busy()
            return super().verify(hash, password)

    monkeypatch.setattr(passwords, "_HASHER", Slow(time_cost=1, memory_cost=64, parallelism=1))
    passwords.matches(None, "first")
    with ThreadPoolExecutor(8) as pool:
        for each in range(12):
            pool.submit(passwords.hashed, f"password {each}")
            pool.submit(passwords.matches, None, f"password {each}")
    assert most == passwords.AT_ONCE


def test_who_has_no_account_costs_as_much(monkeypatch: pytest.MonkeyPatch) -> None:
    verified: list[str] = []

    class Counting(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> bool:  # type: ignore[override]
            verified.append(str(hash))
            return super().verify(hash, password)

    monkeypatch.setattr(passwords, "_HASHER", Counting(time_cost=1, memory_cost=64, parallelism=1))
    kept = passwords.hashed("correct horse battery")
    assert not passwords.matches(None, "correct horse battery")
    assert not passwords.matches(None, "nobody's")  # the password of the hash that stands in
    assert not passwords.matches(kept, "wrong")
    assert len(verified) == 3
    assert len({each.rpartition("$")[0].rpartition("$")[0] for each in verified}) == 1  # the same parameters


def test_keys() -> None:
    keys = {new_key() for _ in range(50)}
    assert len(keys) == 50
    key = keys.pop()
    assert len(key) >= 43  # 256 bits
    assert len(hash_of(key)) == 32
    assert csrf_of(key) != csrf_of(keys.pop())
    assert key not in csrf_of(key)
    assert new_token().startswith("snapwatch_")
    assert same("é", "é")
    assert not same("é", "e")


def test_a_guesser_is_slowed_down_and_the_owner_is_not() -> None:
    tries = Tries()
    for _ in range(OF_ACCOUNT.amount):
        assert tries.take("Ann", None, None)
    assert not tries.take(" ann", None, None)  # however it is written
    assert tries.take("ann", None, "a browser that she knows")
    assert tries.take("sam", None, None)


def test_one_address_tries_so_many_accounts() -> None:
    tries = Tries()
    assert all(tries.take(f"a{each}", "203.0.113.7/32", None) for each in range(OF_ADDRESS.amount))
    assert not tries.take("b", "203.0.113.7/32", None)
    assert tries.take("b", "203.0.113.8/32", None)


def test_whoever_got_in_begins_anew() -> None:
    tries = Tries()
    for _ in range(3):
        for _ in range(OF_ACCOUNT.amount - 1):
            assert tries.take("ann", None, None)
        tries.worked("ann", None)


def test_names_that_were_tried_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Anybody may try any name: none may stay in memory."""
    tries = Tries()
    kept = tries._window.storage
    for each in range(50):
        tries.take(f"name {each}", None, None)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 2 * 60 * MINUTES + 1)
    kept._MemoryStorage__expire_events()  # type: ignore[attr-defined]
    held = [name for name, each in vars(kept).items() if isinstance(each, dict) and each]
    assert held == []


@pytest.mark.parametrize("addresses", [["0.0.0.0/0"], ["10.0.0.1", "::/0"]])
def test_not_everybody_may_say_who_they_are(addresses: list[str]) -> None:
    with pytest.raises(ValidationError, match="everybody"):
        ProxySettings.model_validate({"addresses": addresses, "header": "X-Forwarded-User"})
    assert ProxySettings.model_validate({"addresses": addresses}).header is None
