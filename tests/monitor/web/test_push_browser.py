"""The page and its service worker in a real Chromium: a push message is shown, and only our scripts ran.

A browser of a test machine can't subscribe, since that asks its maker's push service: that one call is played, and the
message is handed to the worker over the DevTools protocol.
"""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
import uvicorn
from websockets.sync.client import ClientConnection, connect

from monitor.store import Store
from monitor.web.app import create
from monitor.web.links import Links
from monitor.web.push import Desk, token_of
from tests.monitor.scripted import FakeClock

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PATIENCE = 60.0
SUBSCRIPTION = {
    "endpoint": "https://push.example.com/1",
    "keys": {"p256dh": "B" + "a" * 86, "auth": "b" * 22},
}
SUBSCRIBE = f"PushManager.prototype.subscribe = async (it) => {{ window.asked = it; return {json.dumps(SUBSCRIPTION)}; }}"
SAID = "document.getElementById('said').textContent"


class Pushes:
    public_key = "BPtQOI8pSY0Kk60l7Ew0A3udPMPMpHh-tv7aviswA-rIn3dlyp1iiOb_c09c0I86WSHPVLIbs5i1CsDSV3-gdHI"


STANDARD = Pushes.public_key.replace("-", "+").replace("_", "/") + "="


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@contextmanager
def served(store: Store, folder: Path) -> Iterator[str]:
    """The address of First's page."""
    links, port = Links(folder / "links.key", None), free_port()
    app = create(
        store, FakeClock(), links, {"First": "UTC"}, None, lambda: (True, {}), lambda: b"",  # type: ignore[arg-type]
        {"First": Desk("push", Pushes())},
    )  # fmt: skip
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_config=None))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        wait_for(lambda: server.started)
        yield f"http://localhost:{port}/push/{token_of(links, 'First')}"
    finally:
        server.should_exit = True
        thread.join()


class Tab:
    """A tab, by the DevTools protocol."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket, self._number = socket, 0
        self.events: list[dict[str, Any]] = []

    def ask(self, method: str, **parameters: Any) -> Any:
        self._number += 1
        self._socket.send(json.dumps({"id": self._number, "method": method, "params": parameters}))
        while (answer := json.loads(self._socket.recv(timeout=PATIENCE))).get("id") != self._number:
            self.events.append(answer)
        assert "error" not in answer, answer
        return answer["result"]

    def run(self, script: str) -> Any:
        """What the script's promise brings."""
        done = self.ask("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in done, done
        return done["result"].get("value")


@contextmanager
def tab(folder: Path) -> Iterator[Tab]:
    port = free_port()
    browser = subprocess.Popen(
        [
            str(CHROMIUM), "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
            "--no-first-run", f"--user-data-dir={folder / 'profile'}", f"--remote-debugging-port={port}", "about:blank",
        ],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        where = wait_for(lambda: page_at(port))
        with connect(where, max_size=1 << 24) as socket:
            yield Tab(socket)
    finally:
        browser.terminate()
        browser.wait(20)


def page_at(port: int) -> str | None:
    try:
        found = requests.get(f"http://127.0.0.1:{port}/json", timeout=5).json()
    except requests.ConnectionError:
        return None
    return next((each["webSocketDebuggerUrl"] for each in found if each["type"] == "page"), None)


def wait_for(made: Any) -> Any:
    deadline = time.monotonic() + PATIENCE
    while not (found := made()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return found


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here")
def test_a_push_message_is_shown(store: Store, tmp_path: Path) -> None:
    with served(store, tmp_path) as url, tab(tmp_path) as page:
        origin = url.partition("/push/")[0]
        page.ask("Browser.grantPermissions", permissions=["notifications"], origin=origin)
        for domain in ("Page", "Runtime", "Log", "ServiceWorker"):
            page.ask(f"{domain}.enable")
        page.ask("Page.navigate", url=url)
        wait_for(
            lambda: page.run("document.readyState === 'complete' && !!document.getElementById('subscribe')")
        )
        page.run(SUBSCRIBE)
        page.run("document.getElementById('subscribe').click()")
        said = wait_for(lambda: page.run(f"{SAID} && {SAID}.startsWith('This browser gets') && {SAID}"))
        assert said == "This browser gets pages now. A test page shows whether they arrive."
        assert page.run("window.asked.userVisibleOnly")
        assert page.run("btoa(String.fromCharCode(...window.asked.applicationServerKey))") == STANDARD
        assert json.loads(store.read.devices.address("First", "push") or "") == [SUBSCRIPTION]
        known = [each for each in page.events if each["method"] == "ServiceWorker.workerRegistrationUpdated"]
        (registration,) = {each["registrationId"] for one in known for each in one["params"]["registrations"]}
        shown = {"title": "CRITICAL: Parcels lost", "body": "61 posts\nAck: 12", "tag": "snapwatch-7",
                 "link": f"{origin}/a/12-x", "severity": "critical"}  # fmt: skip
        seen = "navigator.serviceWorker.ready.then((it) => it.getNotifications()).then((all) => all.map((each) => "

        def shows(data: str, tag: str) -> bool:
            """A worker that has only just begun may miss a message; the same again takes its place."""
            page.ask(
                "ServiceWorker.deliverPushMessage", origin=origin, registrationId=registration, data=data
            )
            return tag in page.run(f"{seen} each.tag))")

        wait_for(lambda: shows(json.dumps(shown), "snapwatch-7"))
        wait_for(lambda: shows("no JSON", "snapwatch"))
        found = page.run(
            f"{seen}({{title: each.title, body: each.body, tag: each.tag, link: each.data.link}})))"
        )
        assert sorted(found, key=lambda each: each["tag"]) == [
            {"title": "snapwatch", "body": "", "tag": "snapwatch"},
            {key: shown[key] for key in ("title", "body", "tag", "link")},
        ]
        # Nothing but our files may run.
        page.run("(() => { const it = document.createElement('script'); it.text = 'window.evil = 1'; "
                 "document.body.append(it); })()")  # fmt: skip
        assert page.run("window.evil === undefined")
