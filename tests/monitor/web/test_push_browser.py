"""The page and its service worker in a real Chromium: a push message is shown, and only our scripts ran.

A browser of a test machine can't subscribe, since that asks its maker's push service: that one call is played, and the
message is handed to the worker over the DevTools protocol.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, expect

from monitor.store import Store
from monitor.web.app import create
from monitor.web.links import Links
from monitor.web.push import Desk, token_of
from tests.browser import needs_chromium, only_our_files_run, served, until, visit
from tests.monitor.scripted import FakeClock

pytestmark = needs_chromium
SUBSCRIPTION = {
    "endpoint": "https://push.example.com/1",
    "keys": {"p256dh": "B" + "a" * 86, "auth": "b" * 22},
}
SUBSCRIBE = f"""() => {{ PushManager.prototype.subscribe = async (it) => {{
    window.asked = it; return {json.dumps(SUBSCRIPTION)}; }}; }}"""
SHOWN = """() => navigator.serviceWorker.ready.then((it) => it.getNotifications()).then((all) => all.map((each) => (
    { title: each.title, body: each.body, tag: each.tag, link: each.data.link })))"""


class Pushes:
    public_key = "BPtQOI8pSY0Kk60l7Ew0A3udPMPMpHh-tv7aviswA-rIn3dlyp1iiOb_c09c0I86WSHPVLIbs5i1CsDSV3-gdHI"


STANDARD = Pushes.public_key.replace("-", "+").replace("_", "/") + "="


def test_a_push_message_is_shown(store: Store, tmp_path: Path, chromium: Browser) -> None:
    links = Links(tmp_path / "links.key", None)
    app = create(
        store, FakeClock(), links, {"First": "UTC"}, None, lambda: (True, {}), lambda: b"",  # type: ignore[arg-type]
        {"First": Desk("push", Pushes())},
    )  # fmt: skip
    with served(app) as origin, visit(chromium) as page:
        page.context.grant_permissions(["notifications"], origin=origin)
        tools = page.context.new_cdp_session(page)
        known: set[str] = set()

        def updated(told: dict[str, Any]) -> None:
            known.update(each["registrationId"] for each in told["registrations"])

        tools.on("ServiceWorker.workerRegistrationUpdated", updated)
        tools.send("ServiceWorker.enable")
        page.goto(f"{origin}/push/{token_of(links, 'First')}")
        page.evaluate(SUBSCRIBE)
        page.click("#subscribe")
        expect(page.locator("#said")).to_have_text(
            "This browser gets pages now. A test page shows whether they arrive."
        )
        assert page.evaluate("window.asked.userVisibleOnly")
        assert page.evaluate("btoa(String.fromCharCode(...window.asked.applicationServerKey))") == STANDARD
        assert json.loads(store.read.devices.address("First", "push") or "") == [SUBSCRIPTION]
        until(page, lambda: bool(known))
        (registration,) = known
        shown = {"title": "CRITICAL: Parcels lost", "body": "61 posts\nAck: 12", "tag": "snapwatch-7",
                 "link": f"{origin}/a/12-x", "severity": "critical"}  # fmt: skip

        def shows(data: str, tag: str) -> bool:
            """A worker that has only just begun may miss a message; the same again takes its place."""
            tools.send(
                "ServiceWorker.deliverPushMessage",
                {"origin": origin, "registrationId": registration, "data": data},
            )
            return tag in {each["tag"] for each in page.evaluate(SHOWN)}

        until(page, lambda: shows(json.dumps(shown), "snapwatch-7"))
        until(page, lambda: shows("no JSON", "snapwatch"))
        assert sorted(page.evaluate(SHOWN), key=lambda each: str(each["tag"])) == [
            {"title": "snapwatch", "body": "", "tag": "snapwatch", "link": None},
            {key: shown[key] for key in ("title", "body", "tag", "link")},
        ]
        only_our_files_run(chromium, page.url)
