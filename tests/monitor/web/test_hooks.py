"""POST /hooks/NAME, over HTTP with the real store; the examples of the documentation are run as they stand there."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI
from fastapi.testclient import TestClient
from standardwebhooks import Webhook

from monitor.clock import RealClock
from monitor.errors import StoreError
from monitor.pipeline import Pipeline
from monitor.store import Store
from monitor.web import bodies
from monitor.web import hooks as web
from sources import webhook
from tests.contract_sources import BRAND
from tests.monitor.scripted import ScriptedSource, config, parts

PAGE = Path(__file__).resolve().parents[3] / "docs" / "sources" / "webhook.md"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class Shop:
    def __init__(self, folder: Path) -> None:
        self.store = Store(folder / "test.db")
        settings = webhook.Settings.model_validate({"type": "webhook", "secret": {"env": "HOOK"}})
        scripted = ScriptedSource([])
        made = parts(self.store, config(folder), scripted)
        sources = {"x": scripted, "shop": webhook.build(settings, "shop", BRAND)}
        self.fetcher = Pipeline(replace(made, sources=sources)).fetcher
        self.app = FastAPI()
        self.app.include_router(web.hooks(self.fetcher.receive, RealClock()))
        self.client = TestClient(self.app)

    def post(
        self, body: str, name: str = "shop", id: str = "msg-1", secret: str = SECRET
    ) -> tuple[int, dict[str, object]]:
        now = datetime.now(UTC)
        headers = {
            "webhook-id": id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(secret).sign(id, now, body),
        }
        answer = self.client.post(f"/hooks/{name}", content=body.encode(), headers=headers)
        self.headers = answer.headers
        return answer.status_code, answer.json()

    @property
    def count(self) -> int:
        return self.store.read.mentions.count()


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    monkeypatch.setenv("HOOK", SECRET)
    made = Shop(tmp_path)
    yield made
    made.store.close()


def test_what_is_sent_is_stored_once(shop: Shop) -> None:
    body = '{"text": "late"}\n{"text": "lost"}'
    assert shop.post(body) == (202, {"new": 2})
    assert shop.post(body) == (202, {"new": 0})
    assert shop.post(body, id="msg-2") == (202, {"new": 2})
    assert shop.count == 4


def test_a_bad_line_keeps_the_whole_request_out(shop: Shop) -> None:
    assert shop.post('{"text": "late"}\n{"id": "1"}') == (400, {"error": "line 2: text is missing"})
    assert shop.count == 0


def test_a_wrong_signature_and_an_unknown_name(shop: Shop) -> None:
    status, said = shop.post('{"text": "late"}', secret="whsec_" + "A" * 40)
    assert status == 401
    assert "signature" in str(said["error"])
    assert SECRET[6:] not in str(said)
    assert shop.client.post("/hooks/shop", content=b"{}").status_code == 401
    assert shop.post("{}", name="none")[0] == 404
    assert shop.post("{}", name="x")[0] == 404  # a source that is polled
    assert shop.client.get("/hooks/shop").status_code == 405
    assert shop.count == 0


def test_what_is_too_large_is_not_read(shop: Shop) -> None:
    fits = '{"text": "late"}' + " " * (web.LARGEST - 16)
    assert shop.post(fits) == (202, {"new": 1})
    status, said = shop.post(fits + " ")
    assert (status, said["error"]) == (413, "the body has more than 1,048,576 bytes: send less at a time")


def test_a_store_that_is_busy_asks_to_come_again(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_: object) -> None:
        raise StoreError("/private/path is locked by another process")

    monkeypatch.setattr(shop.store, "write", busy)
    status, said = shop.post('{"text": "late"}')
    assert (status, said) == (503, {"error": "the store is busy; send it again"})
    assert shop.headers["retry-after"] == bodies.RETRY_AFTER["Retry-After"]


@pytest.fixture
def address(shop: Shop) -> Iterator[str]:
    server = uvicorn.Server(uvicorn.Config(shop.app, port=0, log_config=None))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


def test_a_flood_is_turned_away_and_others_are_served_again_after_it(
    shop: Shop, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever sends slowly, without a signature, must not fill memory."""
    monkeypatch.setattr(bodies, "ROOM", 2 * web.LARGEST)
    host, port = address.removeprefix("http://").split(":")
    slow = [http.client.HTTPConnection(host, int(port)) for _ in range(2)]
    for each in slow:
        each.putrequest("POST", "/hooks/shop")
        each.putheader("Content-Length", "2")
        each.endheaders(b"{")
    another = http.client.HTTPConnection(host, int(port))
    statuses: list[int] = []
    while 503 not in statuses and len(statuses) < 500:  # the server takes them one after the other
        another.request("POST", "/hooks/shop", b"{}")
        statuses.append((answer := another.getresponse()).status)
        answer.read()
    assert (statuses[-1], answer.headers["retry-after"]) == (503, bodies.RETRY_AFTER["Retry-After"])
    for each in slow:
        each.send(b"}")
        assert each.getresponse().status == 401
        each.close()
    another.close()
    assert shop.post('{"text": "late"}') == (202, {"new": 1})


@pytest.mark.parametrize("language", ["python", "sh"])
def test_the_examples_of_the_documentation_run(
    shop: Shop, address: str, language: str, tmp_path: Path
) -> None:
    if language == "sh" and not (shutil.which("curl") and shutil.which("openssl")):
        pytest.skip("curl or openssl is not here")
    [code] = re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    file = tmp_path / "example"
    file.write_text(code)
    done = subprocess.run(
        [sys.executable if language == "python" else "sh", str(file)],
        env=os.environ | {"SNAPWATCH_URL": address, "SNAPWATCH_WEBHOOK_SECRET": SECRET},
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert (done.stdout.strip(), done.stderr) == ("202" if language == "python" else '{"new":1}', "")
    [mention] = shop.store.read.mentions.unclassified(9)
    assert mention.text.startswith("Kestrel lost my parcel")


def test_the_object_that_the_documentation_shows_is_taken(shop: Shop) -> None:
    [example] = re.findall(r"```json\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert shop.post(example) == (202, {"new": 1})
