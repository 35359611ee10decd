"""Side by side with Prometheus' Alertmanager: `python -m bench.alertmanager`; writes bench/results/alertmanager.json.

Both get the same stream of events: stories that fire, get worse, end, are taken or silenced, a restart in between.
The real Alertmanager (Debian's prometheus-alertmanager) runs on loopback with a minute of the stream in each of our
seconds, and a client that, like Prometheus, says again in each minute what fires. snapwatch runs its own pipeline on
a fake clock. What each sends is written down minute by minute; where they differ, REASONS says why.

Alertmanager groups by story, sends at once (`group_wait: 0`), news of a group after a minute, and the same again after ten;
snapwatch pages its one person again after ten minutes. To take a story there is a silence of it, which knows no person.
"""

from __future__ import annotations

import json
import logging
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from shutil import which
from socket import create_server
from typing import Any

import requests
import structlog

from bench.report import keep
from monitor.errors import ChannelError
from monitor.model import Reading
from monitor.notice import Message
from monitor.paging import respond
from monitor.pipeline import Pipeline
from monitor.store import Store
from tests.monitor.scripted import (
    NOON,
    FakeClock,
    ScriptedChannel,
    ScriptedSource,
    config,
    mention,
    one_pass,
    parts,
)

MINUTE = 1.0
"""Seconds of ours for a minute of the stream, where the real Alertmanager listens."""
LENGTH = 46
SPREAD = {"warning": 40, "critical": 60}
"""Reposts at which the scripted forecast pages with that severity."""
REPEAT = 10
SILENCED = "H"

Step = tuple[int, str, str]
"""Minute, story (a letter), and what happens to it: warning, critical, over, taken, quiet N, restart."""

SCENARIOS: Mapping[str, Sequence[Step]] = {
    "one story, said again each minute": [(1, "A", "warning"), (40, "A", "over")],
    "taken after four minutes": [(1, "B", "warning"), (5, "B", "taken"), (40, "B", "over")],
    "taken, then worse": [(1, "C", "warning"), (5, "C", "taken"), (15, "C", "critical"), (17, "C", "taken"),
                          (40, "C", "over")],
    "worse before anybody has it": [(1, "D", "warning"), (4, "D", "critical"), (8, "D", "taken")],
    "three stories in one minute": [(2, "E", "warning"), (2, "F", "warning"), (2, "G", "critical"),
                                    (5, "E", "taken"), (5, "F", "taken"), (5, "G", "taken")],
    "silenced for twenty minutes, fires within": [(1, "H", "quiet 20"), (3, "H", "warning"), (30, "H", "taken")],
    "over before anybody has it": [(1, "I", "warning"), (4, "I", "over")],
    "fires again after it was over": [(1, "J", "warning"), (3, "J", "taken"), (8, "J", "over"), (20, "J", "warning"),
                                      (24, "J", "taken")],
    "a restart while it fires": [(1, "K", "warning"), (6, "K", "restart"), (15, "K", "taken")],
    "over in the minute of a restart": [(1, "L", "warning"), (6, "L", "over")],
    "nobody takes messages for four minutes": [(33, "M", "warning"), (39, "M", "taken")],
}  # fmt: skip
DOWN = range(33, 37)
"""Minutes in which whoever takes the messages of both answers 503."""

REASONS = {
    "taken after four minutes": "snapwatch pages one person, who took it, so there is nobody else to tell",
    "taken, then worse": "an acknowledged story that gets graver is told to its holder; a silence there says nothing",
    "worse before anybody has it": "another severity is another alert there; here it is news of the one alert",
    "over in the minute of a restart": "Alertmanager keeps over a restart what it sent, not what ended; rows keep both",
    "nobody takes messages for four minutes": "both try again until it works, at other moments",
}
"""Why the two differ, where they are meant to."""


@dataclass
class Sent:
    """What one of the two sent: (minute, kind) by story; kinds are page, again, worse, over."""

    by_story: dict[str, list[tuple[int, str]]] = field(default_factory=dict)

    def add(self, story: str, minute: int, kind: str) -> None:
        self.by_story.setdefault(story, []).append((minute, kind))

    def of(self, story: str) -> list[tuple[int, str]]:
        return self.by_story.get(story, [])


def main() -> int:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    if which("prometheus-alertmanager") is None:
        print(
            "prometheus-alertmanager is not installed (apt install prometheus-alertmanager)", file=sys.stderr
        )
        return 1
    with tempfile.TemporaryDirectory() as folder:
        theirs, restarts = alertmanager(Path(folder))
        ours = snapwatch(Path(folder))
    rows = []
    for name, steps in SCENARIOS.items():
        for story in sorted({story for _, story, _ in steps}):
            a, b = theirs.of(story), ours.of(story)
            verdict = "same" if a == b else REASONS.get(name, "differs")
            rows.append({"scenario": name, "story": story, "alertmanager": in_words(a), "snapwatch": in_words(b),
                         "verdict": verdict})  # fmt: skip
            print(
                f"{name} ({story})\n  alertmanager  {in_words(a)}\n  snapwatch     {in_words(b)}\n  {verdict}"
            )
    keep("alertmanager", {"restarts": restarts, "rows": rows})
    return 0


def in_words(sent: Sequence[tuple[int, str]]) -> str:
    return ", ".join(f"{minute} {kind}" for minute, kind in sent) or "nothing"


def steps_at(minute: int) -> Iterator[tuple[str, str]]:
    for steps in SCENARIOS.values():
        for at, story, what in steps:
            if at == minute:
                yield story, what


# --- Alertmanager -------------------------------------------------------------------------------------------------

CONFIG = f"""
route:
  receiver: desk
  group_by: [story]
  group_wait: 0s
  group_interval: 1s
  repeat_interval: {REPEAT}s
inhibit_rules:
  - source_matchers: [severity="critical"]
    target_matchers: [severity="warning"]
    equal: [story]
receivers:
  - name: desk
    webhook_configs:
      - url: http://127.0.0.1:%d/
        send_resolved: true
"""


def alertmanager(folder: Path) -> tuple[Sent, int]:
    """What the real one sends, and how often it was restarted."""
    sent, restarts = Sent(), 0
    with receiver(sent) as (port, begin):
        (folder / "am.yml").write_text(CONFIG % port)
        url = f"http://127.0.0.1:{free_port()}"
        process = start(folder, url)
        firing: dict[str, str] = {}
        taken: dict[str, str] = {}
        begin.append(time.monotonic())
        for minute in range(1, LENGTH):
            time.sleep(max(0.0, begin[0] + minute * MINUTE - time.monotonic()))
            for story, what in steps_at(minute):
                if what == "restart":
                    process.send_signal(signal.SIGTERM)
                    process.wait()
                    process, restarts = start(folder, url), restarts + 1
                elif what in SPREAD:
                    before, firing[story] = firing.get(story), what
                    post(url, story, what, ends=False)
                    post(url, story, before, ends=True)
                elif what == "over":
                    post(url, story, firing.pop(story), ends=True)
                    if story in taken:
                        requests.delete(f"{url}/api/v2/silence/{taken.pop(story)}", timeout=5)
                elif what == "taken":
                    taken[story] = silence(url, story, LENGTH)
                else:
                    silence(url, story, int(what.split()[1]))
            for story, severity in firing.items():
                post(url, story, severity, ends=False)
        process.terminate()
        process.wait()
    return sent, restarts


def start(folder: Path, url: str) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(  # noqa: S603
        ["prometheus-alertmanager", f"--config.file={folder / 'am.yml'}", f"--storage.path={folder / 'am'}",  # noqa: S607
         f"--web.listen-address={url.removeprefix('http://')}", "--cluster.listen-address="],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    for _ in range(200):
        try:
            if requests.get(f"{url}/-/ready", timeout=1).ok:
                return process
        except requests.ConnectionError:
            time.sleep(0.02)
    raise SystemExit("Alertmanager did not start")


def post(url: str, story: str, severity: str | None, *, ends: bool) -> None:
    if severity is None:
        return
    alert: dict[str, Any] = {"labels": {"alertname": "story", "story": story, "severity": severity}}
    if ends:
        alert["endsAt"] = datetime.now(UTC).isoformat()
    requests.post(f"{url}/api/v2/alerts", json=[alert], timeout=5).raise_for_status()


def silence(url: str, story: str, minutes: int) -> str:
    now = datetime.now(UTC)
    ends = now + timedelta(seconds=minutes * MINUTE)
    matcher = {"name": "story", "value": story, "isRegex": False, "isEqual": True}
    body = {"matchers": [matcher], "startsAt": now.isoformat(), "endsAt": ends.isoformat(), "createdBy": "bench",
            "comment": "-"}  # fmt: skip
    answer = requests.post(f"{url}/api/v2/silences", json=body, timeout=5)
    answer.raise_for_status()
    return str(answer.json()["silenceID"])


@contextmanager
def receiver(sent: Sent) -> Iterator[tuple[int, list[float]]]:
    """Writes down what it is told; its port, and a list that holds when the stream began."""
    begin: list[float] = []
    told: dict[str, set[tuple[str, str]]] = {}

    class Desk(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            minute = int((time.monotonic() - begin[0]) / MINUTE)
            story = body["groupLabels"]["story"]
            if minute in DOWN:
                self.send_response(503)
                self.end_headers()
                return
            alerts = {(each["labels"]["severity"], each["status"]) for each in body["alerts"]}
            sent.add(story, minute, kind(alerts, told.get(story)))
            told[story] = alerts if body["status"] == "firing" else set()
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Desk)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port, begin
    finally:
        server.shutdown()


def kind(alerts: set[tuple[str, str]], before: set[tuple[str, str]] | None) -> str:
    firing = {severity for severity, status in alerts if status == "firing"}
    if not firing:
        return "over"
    if not before:
        return "page"
    worse = "critical" in firing and ("critical", "firing") not in before
    return "worse" if worse else "again"


def free_port() -> int:
    with create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


# --- snapwatch ----------------------------------------------------------------------------------------------------


class Desk(ScriptedChannel):
    clock: FakeClock

    def send(self, message: Message, address: str, key: str) -> str:
        if int((self.clock.now() - NOON) / timedelta(minutes=1)) in DOWN:
            raise ChannelError("down")
        return super().send(message, address, key)


class Watch:
    """snapwatch with one person on call, the scripted world of its tests, and a clock that goes by minutes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.clock, self._source = FakeClock(), ScriptedSource(page=50)
        self._desk = Desk()
        self._desk.clock = self.clock
        self._numbers: dict[str, int] = {}
        self.letters: dict[int, str] = {}
        self._settings = config(
            folder,
            oncall={"order": ["Second"], "escalate_after_minutes": REPEAT, "repeat": 10},
            rules={"update_minutes": 1, "pages_per_shift": 50},
            channels={
                name: {"type": "outbox", "folder": str(folder / "outbox"), "form": name, "one_by_one": 50}
                for name in ("email", "sms")
            },
        )
        self.start()

    def start(self) -> None:
        self.store = Store(self._folder / "test.db")
        self._parts = parts(self.store, self._settings, self._source, self._desk, clock=self.clock)
        self._pipeline = Pipeline(self._parts)
        self._pipeline.schedule(self.clock.now())

    def minute(self) -> None:
        for _ in range(2):  # what a job makes due is done in the next second
            one_pass(self._pipeline, self.store, self.clock.now())

    def do(self, story: str, what: str) -> None:
        if what == "restart":
            self.store.close()
            self.start()
        elif what in SPREAD:
            self._fire(story, SPREAD[what], new=what == "warning")
        elif what.startswith("quiet"):
            until = self.clock.now() + timedelta(minutes=int(what.split()[1]))
            self.store.write(
                lambda tables: tables.silences.add(
                    "category", "safety", until, "-", "First", self.clock.now()
                )
            )
        elif what == "taken":
            respond.acknowledge(self.store, self._code(story), "Second", self.clock.now())
        elif what == "over":
            respond.resolve(self.store, self._code(story), "First", self.clock.now())

    def _code(self, story: str) -> str:
        number = self._numbers[story]
        owner = self.store.read.stories.of(mention(number).key)
        alert = self.store.read.alerts.of_story(owner or 0)
        return str(alert.id if alert else 0)

    def _fire(self, story: str, reposts: int, *, new: bool) -> None:
        now = self.clock.now()
        if new or story not in self._numbers:
            self._numbers[story] = len(self.letters) + 1
            self.letters[self._numbers[story]] = story
            # The silence is of a category, since no story is known before it begins.
            what = "van is on fire" if story == SILENCED else "parcel is lost"
            self._source.mentions.append(mention(self._numbers[story], f"{story} Kestrel {what}", now))
            self._source.counters[str(self._numbers[story])] = reposts
            return
        read = Reading("x", str(self._numbers[story]), now, reposts=reposts, quotes=0)
        self.store.write(lambda tables: tables.mentions.add_readings([read]))


def snapwatch(folder: Path) -> Sent:
    watch, sent = Watch(folder), Sent()
    for minute in range(1, LENGTH):
        watch.clock.moment = NOON + timedelta(minutes=minute)
        for story, what in steps_at(minute):
            watch.do(story, what)
        watch.minute()
    watch.store.close()
    for story, minute, what in deliveries(folder / "test.db", watch.letters):
        sent.add(story, minute, what)
    return sent


def deliveries(database: Path, letters: Mapping[int, str]) -> Iterator[tuple[str, int, str]]:
    """Story, minute and kind of each message that was sent, in order."""
    db = sqlite3.connect(database)
    rows = db.execute(
        """SELECT m.id, d.kind, d.revision, d.step, d.sent_at FROM deliveries AS d JOIN alerts AS a ON a.id = d.alert_id
           JOIN mentions AS m ON m.story_id = a.story_id
           WHERE d.state = 'sent' GROUP BY d.id ORDER BY d.sent_at, d.id"""
    ).fetchall()
    last: dict[str, tuple[int, int]] = {}
    for id_, what, revision, step, sent_at in rows:
        story = letters[int(id_)]
        minute = int((datetime.fromisoformat(sent_at) - NOON) / timedelta(minutes=1))
        before = last.get(id_)
        last[id_] = revision, step
        if what == "page":
            what = "page" if before is None else "worse" if revision > before[0] else "again"
        yield story, minute, what


if __name__ == "__main__":
    sys.exit(main())
