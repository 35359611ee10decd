"""Calendars from files and servers: within limits, and what was known holds while they can't be read."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from monitor.config import Config
from monitor.errors import InputError, PortError
from monitor.oncall.calendar import Found
from monitor.oncall.rota import Shift
from monitor.pipeline import Pipeline
from monitor.rota import calendars
from monitor.rota.calendars import of_file, of_layer, read
from monitor.rota.reading import EVERY
from monitor.store import Store
from tests.monitor.oncall.test_calendar import ics
from tests.monitor.scripted import ScriptedSource, config, parts

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
UTC_ZONE = ZoneInfo("UTC")
WEEK = "SUMMARY:First\nDTSTART:20261123T090000Z\nDURATION:P7D"


@pytest.fixture
def server() -> Iterator[dict[str, Any]]:
    """A calendar's server: what it says stands in the dictionary, its address under "url"."""
    says: dict[str, Any] = {"status": 200, "body": ics(WEEK), "headers": {}}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(says["status"])
            for name, value in says["headers"].items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(says["body"])))
            self.end_headers()
            self.wfile.write(says["body"])

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        says["url"] = f"http://127.0.0.1:{http.server_port}/secret.ics"
        yield says
        http.shutdown()


def with_calendar(folder: Path, calendar: object) -> Config:
    oncall = {"order": ["front"], "fallback": "Second"}
    return config(folder, rotations=[{"name": "front", "layers": [{"calendar": calendar}]}], oncall=oncall)


def served(folder: Path, server: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> Config:
    monkeypatch.setenv("ROTA", server["url"])
    return with_calendar(folder, {"env": "ROTA"})


def test_a_file_says_who_is_on_call(tmp_path: Path) -> None:
    (tmp_path / "rota.ics").write_bytes(
        ics(WEEK, "SUMMARY:Lunch\nDTSTART:20261124T120000Z\nDURATION:PT1H", "SUMMARY:x")
    )
    found = of_layer(with_calendar(tmp_path, "rota.ics"), "front", 0, NOW)
    start = datetime(2026, 11, 23, 9, tzinfo=UTC)
    assert found.shifts == [Shift("First", start, start + timedelta(days=7), "First")]
    assert found.strange == ["'Lunch' names nobody in [[people]]", "'x' can't be read (KeyError)"]


def test_a_server_says_it(tmp_path: Path, server: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(of_layer(served(tmp_path, server, monkeypatch), "front", 0, NOW).shifts) == 1


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ({"status": 404}, "its server answers 404"),
        ({"body": b"<html>sign in</html>"}, "it is no iCalendar file"),
        ({"body": b"x" * (calendars.LARGEST + 1)}, "larger than 4 MB"),
        ({"status": 302, "headers": {"location": "/secret.ics"}}, "redirects more than 5 times"),
    ],
)
def test_what_a_server_may_do_is_told_without_its_address(
    tmp_path: Path, server: dict[str, Any], monkeypatch: pytest.MonkeyPatch, answer: dict[str, Any], says: str
) -> None:
    server |= answer
    with pytest.raises(PortError, match=says) as caught:
        of_layer(served(tmp_path, server, monkeypatch), "front", 0, NOW)
    assert str(caught.value).startswith("the calendar of front (layer 1): ")
    assert "secret" not in str(caught.value)


def test_nobody_there_and_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROTA", "http://127.0.0.1:1/secret.ics")
    with pytest.raises(PortError, match="its server can't be reached"):
        of_layer(with_calendar(tmp_path, {"env": "ROTA"}), "front", 0, NOW)
    with pytest.raises(PortError, match=r"rota\.ics can't be read \(No such file"):
        of_layer(with_calendar(tmp_path, "rota.ics"), "front", 0, NOW)
    (tmp_path / "rota.ics").write_bytes(b"x" * (calendars.LARGEST + 1))
    with pytest.raises(InputError, match="larger than 4 MB"):
        of_file(tmp_path / "rota.ics")


def test_a_rule_that_never_ends_is_given_up() -> None:
    forever = "SUMMARY:x\nDTSTART:20261101T090000Z\nDURATION:PT1H\nRRULE:FREQ=SECONDLY"
    with pytest.raises(InputError, match="takes more than 3 seconds to read"):
        read(ics(forever), UTC_ZONE, NOW, NOW + timedelta(days=100), seconds=3)


def test_the_other_process_reads_what_this_one_would() -> None:
    events, wrong = read(ics(WEEK, "SUMMARY:x"), UTC_ZONE, NOW, NOW + timedelta(days=100))
    assert [(each.summary, each.end - each.start) for each in events] == [("First", timedelta(days=7))]
    assert wrong == ["'x' can't be read (KeyError)"]


# --- every hour -----------------------------------------------------------------------------------------------------


def test_what_was_read_holds_while_the_calendar_can_not_be_read(tmp_path: Path) -> None:
    settings = with_calendar(tmp_path, "rota.ics")
    store = Store(settings.store.path)
    pipeline = Pipeline(parts(store, settings, ScriptedSource()))
    job = "calendar 0 front"
    try:
        said: list[Found | PortError] = [
            Found([Shift("First", NOW, NOW + timedelta(days=7))], []),
            PortError("the calendar is gone"),
            Found([], ["'Lunch' names nobody"]),
        ]

        def calendar(*_: object) -> Found:
            answer = said.pop(0)
            if isinstance(answer, PortError):
                raise answer
            return answer

        object.__setattr__(pipeline.calendars._, "calendar", calendar)
        pipeline.schedule(NOW)
        pipeline.run_job(job, NOW)
        row = store.read.jobs.get(job)
        assert row is not None
        assert (row.due_at, row.error) == (NOW + EVERY, None)
        pipeline.run_job(job, NOW + EVERY)
        row = store.read.jobs.get(job)
        assert row is not None
        assert (row.failures, row.error) == (1, "the calendar is gone")
        (kept,) = store.read.rota.changes(NOW).calendars["front", 0]
        assert kept.person == "First"
        pipeline.run_job(job, NOW + 2 * EVERY)
        assert store.read.rota.changes(NOW).calendars == {}
    finally:
        store.close()


def test_the_job_of_a_layer_that_is_gone_goes_too(tmp_path: Path) -> None:
    settings = config(tmp_path)
    store = Store(settings.store.path)
    try:
        store.write(lambda tables: tables.jobs.ensure("calendar 0 front", NOW))
        Pipeline(parts(store, settings, ScriptedSource())).run_job("calendar 0 front", NOW)
        assert store.read.jobs.get("calendar 0 front") is None
    finally:
        store.close()
