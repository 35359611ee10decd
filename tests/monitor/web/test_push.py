"""The page that adds a browser: only behind the person's link, only for subscriptions, and nothing else runs on it."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from monitor.commands.devices import device
from monitor.config import Config
from monitor.errors import InputError
from monitor.pipeline import Pipeline
from monitor.store import Contact, Store, Tables
from monitor.web.app import create
from monitor.web.links import Links
from monitor.web.push import MOST, Desk, token_of
from tests.monitor.scripted import NOON, FakeClock, ScriptedChannel, ScriptedSource, config, parts

KEYS = {"p256dh": "B" + "a" * 86, "auth": "b" * 22}
ENDPOINT = "https://push.example.com/send/1"


class Pushes:
    public_key = "BTheKey"


@pytest.fixture
def links(tmp_path: Path) -> Links:
    return Links(tmp_path / "links.key", "https://watch.example.com")


@pytest.fixture
def browser(store: Store, links: Links) -> TestClient:
    people = {"First": "UTC", "Second": "UTC"}
    app = create(
        store, FakeClock(), links, people, None, lambda: (True, {}), lambda: b"",  # type: ignore[arg-type]
        {"First": Desk("push", Pushes())},
    )  # fmt: skip
    return TestClient(app)


def _add(person: str, channel: str, browser: dict[str, Any], tables: Tables) -> None:
    tables.devices.add(person, channel, browser, NOON)


def subscription(**changes: Any) -> dict[str, Any]:
    return {"endpoint": ENDPOINT, "keys": KEYS, "expirationTime": None} | changes


def test_a_browser_is_added_and_known(browser: TestClient, store: Store, links: Links) -> None:
    url = f"/push/{token_of(links, 'First')}"
    shown = browser.get(url)
    assert shown.status_code == 200
    assert 'data-key="BTheKey"' in shown.text
    assert "No browser of yours" in shown.text
    assert browser.post(url, json=subscription(more="x")).status_code == 201
    assert browser.post(url, json=subscription()).status_code == 201
    assert json.loads(store.read.devices.address("First", "push") or "") == [
        {"endpoint": ENDPOINT, "keys": KEYS}
    ]
    assert "1 of your browsers gets pages" in browser.get(url).text


def test_only_our_own_scripts_run(browser: TestClient, links: Links) -> None:
    shown = browser.get(f"/push/{token_of(links, 'First')}")
    policy = shown.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy.partition("script-src")[2]
    assert "<script>" not in shown.text
    for name in ("page.js", "worker.js"):
        script = browser.get(f"/push/{name}")
        assert script.headers["content-type"].startswith("text/javascript")
        assert script.headers["Content-Security-Policy"].startswith("default-src 'none'")


@pytest.mark.parametrize("person", ["Second", "First "])
def test_no_other_link_opens_it(browser: TestClient, links: Links, person: str) -> None:
    for token in (token_of(links, person), links.token(1, "First"), "push-", "x", "%C3%A9"):
        assert browser.get(f"/push/{token}").status_code == 404
        assert browser.post(f"/push/{token}", json=subscription()).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        "", "[]", "null", "nonsense", "[" * 5000, json.dumps(subscription(endpoint=None)),
        json.dumps(subscription(keys=[])), json.dumps(subscription(keys={"p256dh": "<b>", "auth": "b" * 22})),
        *(json.dumps(subscription(endpoint=url)) for url in (
            "http://push.example.com/1", "https://10.0.0.1/1", "https://localhost/1", "https://[::1]/1", "https://[/1",
            "https://a:b@push.example.com/1", "https://push.example.com/\u202e", "file:///etc/passwd",
        )),
    ],
)  # fmt: skip
def test_what_is_no_subscription_is_refused(
    browser: TestClient, store: Store, links: Links, body: str
) -> None:
    answer = browser.post(f"/push/{token_of(links, 'First')}", content=body)
    assert answer.status_code == 400
    assert store.read.devices.count("First", "push") == 0


def test_neither_too_much_nor_too_many(browser: TestClient, store: Store, links: Links) -> None:
    url = f"/push/{token_of(links, 'First')}"
    assert browser.post(url, content=b"x" * 9000).status_code == 413
    for number in range(MOST):
        assert browser.post(url, json=subscription(endpoint=f"{ENDPOINT}{number}")).status_code == 201
    assert browser.post(url, json=subscription(endpoint=f"{ENDPOINT}x")).status_code == 409
    assert browser.post(url, json=subscription(endpoint=f"{ENDPOINT}0")).status_code == 201  # known already
    assert store.read.devices.count("First", "push") == MOST


# --- `snapwatch device` -----------------------------------------------------------------------------------------------


@pytest.fixture
def pushed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    monkeypatch.setenv("PUSH_KEY", "A" * 42 + "E")
    return config(
        tmp_path,
        channels={
            "email": {"type": "outbox", "folder": str(tmp_path), "form": "email"},
            "push": {"type": "webpush", "vapid_key": {"env": "PUSH_KEY"}, "contact": "mailto:a@example.org"},
        },
        people=[
            {"name": "First", "contacts": {"push": "first"}},
            {"name": "Second", "contacts": {"email": "second@example.org"}},
        ],
        web={"public_url": "https://watch.example.com"},
    )


def test_the_command_tells_the_link(pushed: Config, browser: TestClient, links: Links) -> None:
    link, said = device(pushed, "First").splitlines()
    assert said == "0 browsers so far"
    assert browser.get(link.removeprefix("https://watch.example.com")).status_code == 200


def test_the_command_takes_all_browsers_away(pushed: Config, store: Store) -> None:
    store.write(lambda tables: tables.devices.add("First", "push", subscription(), NOON))
    other = subscription(endpoint="https://b.example")
    store.write(lambda tables: tables.devices.add("Second", "push", other, NOON))
    assert device(pushed, "First", forget=True).endswith("\n0 browsers so far")
    assert store.read.devices.address("First", "push") is None
    assert store.read.devices.count("Second", "push") == 1


def test_what_no_contact_wants_any_more_is_erased(store: Store) -> None:
    for person, channel in (("First", "push"), ("First", "other"), ("Gone", "push")):
        each = subscription(endpoint=f"https://b.example/{person}/{channel}")
        store.write(partial(_add, person, channel, each))
    store.write(lambda tables: tables.devices.keep([("First", "push"), ("First", "email")]))
    counts = [
        store.read.devices.count(*each) for each in (("First", "push"), ("First", "other"), ("Gone", "push"))
    ]
    assert counts == [1, 0, 0]


@pytest.mark.parametrize(
    ("name", "words"), [("Nobody", "there are First, Second"), ("Second", 'push = "second"')]
)
def test_who_gets_no_link(pushed: Config, name: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        device(pushed, name)


def test_messages_go_to_the_browsers_and_to_nobody_whose_contact_is_gone(
    pushed: Config, store: Store
) -> None:
    channel = ScriptedChannel("push", "chat")
    made = parts(store, pushed, ScriptedSource(), clock=FakeClock())
    pipeline = Pipeline(replace(made, channels={**made.channels, "push": channel}))

    def send(person: str) -> None:
        def work(tables: Tables) -> None:
            drill = tables.drills.begin(person, NOON)
            tables.outbox.enqueue([Contact(person, "push", NOON)], drill_id=drill.id)

        store.write(work)
        for lane in pipeline.lanes_due(NOON):
            pipeline.dispatch(lane, NOON)

    send("First")
    store.write(lambda tables: tables.devices.add("First", "push", subscription(), NOON))
    store.write(
        lambda tables: tables.devices.add("Second", "push", subscription(endpoint="https://b.example"), NOON)
    )
    send("First")
    send("Second")  # has no push among the contacts
    addresses = [address for address, _, _ in channel.sent]
    assert addresses == ["first", json.dumps([subscription()])]


class Unsubscribing(ScriptedChannel):
    def ended(self) -> list[str]:
        return [ENDPOINT]


def test_a_browser_that_has_unsubscribed_is_forgotten(pushed: Config, store: Store) -> None:
    made = parts(store, pushed, ScriptedSource(), clock=FakeClock())
    pipeline = Pipeline(replace(made, channels={**made.channels, "push": Unsubscribing("push", "chat")}))
    for endpoint in (ENDPOINT, "https://b.example/1"):
        it = subscription(endpoint=endpoint)
        store.write(partial(_add, "First", "push", it))

    def work(tables: Tables) -> None:
        drill = tables.drills.begin("First", NOON)
        tables.outbox.enqueue([Contact("First", "push", NOON)], drill_id=drill.id)

    store.write(work)
    for lane in pipeline.lanes_due(NOON):
        pipeline.dispatch(lane, NOON)
    assert json.loads(store.read.devices.address("First", "push") or "") == [
        subscription(endpoint="https://b.example/1")
    ]
