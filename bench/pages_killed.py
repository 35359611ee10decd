"""The daemon is killed at random moments while it pages: `python -m bench.pages_killed [KILLS]`; writes
bench/results/pages.json.

It reads a platform on which a new story begins every few seconds, and pages two people by mail (a real SMTP server on this
machine), by SMS (a server that answers as Twilio does, and remembers) and by a second mail channel on which a storm is
bundled. SIGKILL comes at a random moment, and the next daemon starts where the store says. The clock runs fast, so that
escalation, back-off and bundles happen on the way. In the end a daemon that nobody kills finishes, and what the two
servers took is compared with what should have arrived.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import random
import signal
import sqlite3
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any
from zlib import crc32

from alerts import messages, smtp, twilio
from bench.report import write
from monitor.config import Config
from monitor.daemon import Daemon
from monitor.log import configure_log
from monitor.model import Batch, Classification, Sentiment
from monitor.notice import Alarm, Message, Notice, Short
from monitor.oncall.sections import Person
from monitor.parts import Parts
from monitor.sections import LogSettings
from monitor.store import Store
from monitor.wording.masking import mask
from tests.fake_smtp import FakeSmtp
from tests.fake_twilio import ACCOUNT, SENDER, TOKEN, FakeTwilio, LocalClient
from tests.monitor.scripted import ScriptedClassifier, ScriptedSource, config, mention, parts, reading

KILLS = 500
SPEED = 20
"""Seconds of the daemon's clock in one of ours."""
STORY_EVERY = timedelta(minutes=1)
MESSAGES = 8
"""A daemon is killed a random moment after it sent fewer messages than this, LATER seconds at most, ..."""
LATER = 0.1
PATIENCE = 3.0
"""... or after so many seconds in which it sent fewer."""
SLOW = 0.03
"""Seconds that a server takes to answer at most, after it took a message: a kill in them is one that nobody can tell."""
PEOPLE = {"First": "+447700900001", "Second": "+447700900002", "Third": "+447700900003"}
AT_ONCE = ("First", "Second")
CHANNELS = ("email", "sms", "office")


class Clock:
    def __init__(self) -> None:
        self._began, self._real = datetime.now(UTC), time.time()

    def now(self) -> datetime:
        return self._began + timedelta(seconds=(time.time() - self._real) * SPEED)


# --- the two servers, in a process of their own ---------------------------------------------------------------


class Mails(FakeSmtp):
    """Writes down whom a mail went to and its Message-ID."""

    def __init__(self, file: Path) -> None:
        super().__init__(security="none")
        self._file, self._random = file, random.Random(1)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        answer = await super().handle_DATA(server, session, envelope)
        mail = self.mails.pop()
        _note(self._file, mail.recipients[0], str(mail.message["Message-ID"]))
        await asyncio.sleep(self._random.random() * SLOW)
        return answer


class Texts(FakeTwilio):
    """Writes down whom an SMS went to and its SID; tells of the newest ones, by the daemon's clock."""

    def __init__(self, file: Path, clock: Clock) -> None:
        super().__init__()
        self._file, self._clock, self._random, self._lock = file, clock, random.Random(2), threading.Lock()

    def _message(self, base: str, form: dict[str, str]) -> tuple[int, Any, dict[str, str]]:
        with self._lock:
            status, body, headers = super()._message(base, form)
            body["date_created"] = format_datetime(self._clock.now())
            self.messages[:] = [body, *(each for each in self.messages if each is not body)][:200]
            _note(self._file, form["To"], body["sid"])
            wait = self._random.random() * SLOW
        time.sleep(wait)
        return status, body, headers


def _note(file: Path, to: str, id_: str) -> None:
    with file.open("a") as out:
        out.write(json.dumps([to, id_]) + "\n")


def _silent(folder: Path) -> None:
    """What this process says goes into a file."""
    log = os.open(folder / "log.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log, 1)
    os.dup2(log, 2)


def serve(folder: Path, clock: Clock, pipe: Connection) -> None:
    _silent(folder)
    with Mails(folder / "mails.jsonl") as mails, Texts(folder / "texts.jsonl", clock) as texts:
        pipe.send((mails.port, texts.client()._base))
        pipe.recv()


# --- the daemon -----------------------------------------------------------------------------------------------


class Flood(ScriptedSource):
    """A new story every STORY_EVERY; at most `limit` in all."""

    def __init__(self, began: datetime, limit: int) -> None:
        super().__init__(read_size=0)
        self._began, self._limit = began, limit

    def poll(self, cursor: str | None, now: datetime, lane: str = "", room: int | None = None) -> Batch:  # noqa: ARG002
        start = int(cursor or 0)
        end = min(start + 5, int((now - self._began) / STORY_EVERY), self._limit)
        new = [
            mention(n, f"My Kestrel parcel {n} is lost", self._began + n * STORY_EVERY)
            for n in range(start, end)
        ]
        readings = tuple(reading(each.id, 60 if int(each.id) % 3 else 45, now) for each in new)
        return Batch(tuple(new), readings, (), str(max(end, start)), end == start + 5)


class Apart(ScriptedClassifier):
    """Each text is about something else: random directions are far from each other."""

    def classify(self, texts: Sequence[str]) -> list[Classification]:
        return [self._one(text) for text in texts]

    def _one(self, text: str) -> Classification:
        rng = random.Random(crc32(text.encode()))
        direction = tuple(rng.gauss(0, 1) for _ in range(384))
        return Classification(
            0.9, Sentiment(0.9, 0.1, 0.0), self.version, category="delivery", embedding=direction
        )


def settings(folder: Path, port: int) -> Config:
    os.environ["TWILIO_TOKEN"] = TOKEN
    mail = {
        "type": "smtp",
        "host": "localhost",
        "port": port,
        "security": "none",
        "sender": "watch@example.org",
    }
    sms = {"type": "twilio", "account_sid": ACCOUNT, "auth_token": {"env": "TWILIO_TOKEN"}, "sender": SENDER}
    people = [
        {
            "name": name,
            "contacts": {
                "email": f"{name}@example.org",
                "sms": number,
                "office": f"{name}@office.example.org",
            },
        }
        for name, number in PEOPLE.items()
    ]
    return config(
        folder,
        channels={
            "email": mail | {"one_by_one": 1_000_000},
            "sms": sms | {"one_by_one": 1_000_000},
            "office": mail,
        },
        people=people,
        sources={"x": {"type": "replay", "file": str(folder / "empty.jsonl"), "every": 15}},
        oncall={"steps": [{"page": AT_ONCE}, {"page": ["Third"], "by": ["sms"]}], "repeat": 1},
        rules={"pages_per_shift": 1_000_000},
        digest={"to": []},
    )


def assembled(store: Store, made: Config, source: Flood, clock: Clock, base: str) -> Parts:
    def render(notice: Notice, short: Short) -> Message:
        return messages.render(notice, short, mask)

    def bundle(notices: Sequence[Notice], short: Short) -> Message:
        return messages.bundle(notices, short, mask)

    def alarm(alarm: Alarm, person: Person, at: datetime, short: Short) -> Message:
        return messages.alarm(alarm, person, at, short, mask)

    channels: dict[str, Any] = {}
    for name, each in made.channels.items():
        if isinstance(each, smtp.Settings):
            channels[name] = smtp.build(each, name, None)
        elif isinstance(each, twilio.Settings):
            channels[name] = twilio.Channel(
                each, name, None, http_client=lambda **options: LocalClient(base, **options)
            )
    return replace(
        parts(store, made, source),
        classifier=Apart(),
        channels=channels,
        clock=clock,
        render=render,
        bundle=bundle,
        alarm=alarm,
    )


def live(folder: Path, made: Config, clock: Clock, began: datetime, base: str, limit: int | None) -> None:
    """Work until killed or, with a limit of stories, until all of them are told."""
    _silent(folder)
    configure_log(LogSettings())
    store = Store(folder / "test.db")
    source = Flood(began, sys.maxsize if limit is None else limit)
    daemon, done = Daemon(assembled(store, made, source, clock, base), lambda: None, 3600), threading.Event()

    def watch() -> None:
        read = store.read
        while (
            read.mentions.waiting()
            or read.outbox.pending()
            or read.alerts.step_due(clock.now() + timedelta(hours=1))
        ):
            time.sleep(0.2)
        done.set()

    if limit is not None:
        threading.Thread(target=watch, daemon=True).start()
    daemon.run(done)
    daemon.stop(grace=30)
    os._exit(0)


def a_life(folder: Path, *about: Any, rng: random.Random | None) -> None:
    """A daemon that is killed at a random moment; None: that ends by itself."""
    child = os.fork()
    if child == 0:
        try:
            live(folder, *about)
        finally:
            os._exit(1)
    if rng is not None:
        _wait(folder, rng)
        os.kill(child, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status != (0 if rng is None else -signal.SIGKILL):
        raise RuntimeError(f"the daemon ended by itself: {status}")


def _wait(folder: Path, rng: random.Random) -> None:
    goal, deadline = len(taken(folder)) + rng.randrange(MESSAGES), time.monotonic() + PATIENCE
    while len(taken(folder)) < goal and time.monotonic() < deadline:
        time.sleep(0.002)
    time.sleep(rng.random() * LATER)


def taken(folder: Path) -> list[list[str]]:
    """What the two servers took: whom it goes to, and its id."""
    files = [folder / f"{name}.jsonl" for name in ("mails", "texts")]
    return [json.loads(line) for file in files if file.exists() for line in file.read_text().splitlines()]


# --- what became of it ----------------------------------------------------------------------------------------


def rows(folder: Path, sql: str) -> list[Any]:
    with closing(sqlite3.connect(folder / "test.db")) as db:
        return db.execute(sql).fetchall()


def compared(folder: Path) -> dict[str, Any]:
    """What should have arrived, and what did."""
    took = taken(folder)
    arrived = Counter(id_ for _, id_ in took)
    stories = rows(folder, "SELECT count(*) FROM mentions")[0][0]
    alerts = rows(folder, "SELECT count(*) FROM alerts")[0][0]
    sent = rows(
        folder,
        "SELECT alert_id, person, channel, step, provider_id, message FROM deliveries WHERE alert_id IS NOT NULL",
    )
    due = {
        (n, person, channel, 0) for n in range(1, alerts + 1) for person in AT_ONCE for channel in CHANNELS
    }
    due |= {(n, "Third", "sms", 1) for n in range(1, alerts + 1)}
    reached = {tuple(row[:4]) for row in sent if arrived[row[4]]}
    known = {row[4] for row in sent}
    again = Counter[str]()
    for to, id_ in took:  # an SMS, or a bundle to which more had come, has another id when it is sent again
        if id_ not in known:
            again["sms" if to.startswith("+") else "office" if "@office." in to else "email"] += 1
    for id_, channel in {(row[4], row[2]) for row in sent}:
        again[channel] += max(arrived[id_] - 1, 0)
    bundles = Counter(row[5] for row in sent if row[2] == "office")
    messages_by = Counter(channel for _, channel in {(row[5], row[2]) for row in sent})
    return {
        "stories": stories,
        "stories without an alert": stories - alerts,
        "pages due": len(due),
        "pages lost": len(due - reached),
        "pages that nobody asked for": len(reached - due),
        "messages": dict(messages_by),
        "messages that came twice": {channel: again[channel] for channel in CHANNELS},
        "pages counted as perhaps twice": dict(
            rows(
                folder,
                "SELECT channel, sum(twice) FROM deliveries WHERE alert_id IS NOT NULL GROUP BY channel",
            )
        ),
        "pages in bundles": sum(size for size in bundles.values() if size > 1),
        "bundles": sum(size > 1 for size in bundles.values()),
        "largest bundle": max(bundles.values(), default=0),
    }


def main(kills: int) -> None:
    rng, clock = random.Random(3), Clock()
    began = clock.now()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        mine, theirs = multiprocessing.Pipe()
        servers = multiprocessing.get_context("fork").Process(
            target=serve, args=(folder, clock, theirs), daemon=True
        )
        servers.start()
        port, base = mine.recv()
        about = (settings(folder, port), clock, began, base)
        in_flight, started = Counter[str](), time.perf_counter()
        for number in range(kills):
            a_life(folder, *about, None, rng=rng)
            hit = rows(folder, "SELECT DISTINCT channel FROM deliveries WHERE state = 'sending'")
            in_flight.update({"any": bool(hit)} | {channel: 1 for (channel,) in hit})
            if number % 50 == 49:
                print(number + 1, "kills", flush=True)
        limit = rows(folder, "SELECT count(*) FROM mentions")[0][0]
        a_life(folder, *about, limit, rng=None)
        figures = compared(folder)
        mine.send("end")
        servers.join(10)
    write(
        "pages",
        {
            "kills": kills,
            "kills while a provider had a message": in_flight["any"],
            "of those, by channel": {channel: in_flight[channel] for channel in CHANNELS},
            **figures,
            "seconds": round(time.perf_counter() - started),
        },
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else KILLS)
