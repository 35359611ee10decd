"""Ten thousand complaints in ten minutes: `python -m bench.storm [COMPLAINTS]`; writes bench/results/storm.json.

The command `snapwatch run` reads them from a replayed file in real time, with the shipped model, and mails two people
through a real SMTP server on this machine. Dozens of things go wrong at once (the incidents of stories.toml and of
stories_held_out.toml), some for thousands of people and most for a few; every hundredth post spreads. Twice ten minutes:
with the caps of the defaults, and with none, which is what bundles are for. Nobody acknowledges anything.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from bench import story_sets
from bench.report import write
from monitor.exchange import dump
from monitor.model import Author, Mention, Reading
from tests.fake_smtp import FakeSmtp

COMPLAINTS = 10_000
LENGTH = timedelta(minutes=10)
AFTER = 300.0
"""Seconds after which what is still waiting then is given up."""
SPREADS = 100
"""One post in so many spreads."""
START = datetime(2026, 11, 23, 9, tzinfo=UTC)
RULES: dict[str, dict[str, int]] = {
    "the caps of the defaults": {},
    "no caps": {"pages_per_shift": 100_000, "urgent_pages_per_shift": 100_000},
}

CITIES = (
    "Leeds",
    "Cardiff",
    "Derby",
    "Hull",
    "Perth",
    "Truro",
    "Ely",
    "Bath",
    "Wells",
    "York",
    "Lisburn",
    "Stirling",
)


def storm(complaints: int) -> list[Mention | Reading]:
    """The posts and what is read of them, in order of time."""
    rng = random.Random(1)
    texts: dict[str, list[str]] = {}
    for stream in [story_sets.tuning()[0], *story_sets.held_out()]:
        for incident, text in stream.posts:
            texts.setdefault(f"{stream.name} {incident}", []).append(text)
    names = sorted(name for name in texts if not name.endswith(story_sets.ALONE))
    rng.shuffle(names)
    chosen = rng.choices(names, [1 / rank for rank in range(1, len(names) + 1)], k=complaints)
    records: list[Mention | Reading] = []
    for n, incident in enumerate(chosen):
        at = START + LENGTH * (n / complaints)
        text = f"@kestrelparcels {rng.choice(texts[incident])} ({rng.choice(CITIES)})"
        author = Author(f"a{n}", f"user{n}", followers=int(rng.lognormvariate(5.5, 1.3)))
        records.append(Mention("x", str(n), author, text, f"https://example.org/{n}", at, "en"))
        spread = Reading("x", str(n), at, likes=rng.randint(0, 9), reposts=rng.randint(0, 3), quotes=0)
        records.append(spread)
        if n % SPREADS == 0:
            pace = rng.uniform(5, 60)
            for minute in range(1, 10):
                reposts = int(pace * minute**1.5)
                records.append(
                    replace(spread, at=at + timedelta(minutes=minute), reposts=reposts, likes=3 * reposts)
                )
    return sorted(
        (each for each in records if _at(each) <= START + LENGTH),
        key=lambda each: (_at(each), isinstance(each, Reading)),
    )


def _at(record: Mention | Reading) -> datetime:
    return record.created_at if isinstance(record, Mention) else record.at


# --- the mail server, in a process of its own -----------------------------------------------------------------


class Mails(FakeSmtp):
    """Writes down when a mail came, and its Message-ID."""

    def __init__(self, file: Path) -> None:
        super().__init__(security="none")
        self._file = file

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        came = time.time()
        answer = await super().handle_DATA(server, session, envelope)
        with self._file.open("a") as out:
            out.write(json.dumps([came, str(self.mails.pop().message["Message-ID"])]) + "\n")
        return answer


def serve(file: Path, pipe: Connection) -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    with Mails(file) as server:
        pipe.send(server.port)
        pipe.recv()


CONFIG = """
[brand]
name = "Kestrel Parcels"
names = ["@kestrelparcels"]
[store]
path = "storm.db"
[sources.x]
type = "replay"
file = "storm.jsonl"
every = 1
[channels.email]
type = "smtp"
host = "localhost"
port = {port}
security = "none"
sender = "watch@example.org"
[[people]]
name = "First"
contacts = {{ email = "first@example.org" }}
[[people]]
name = "Second"
contacts = {{ email = "second@example.org" }}
[oncall]
order = ["First", "Second"]
[web]
listen = "127.0.0.1:{web}"
[rules]
{rules}
"""


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


# --- a run ----------------------------------------------------------------------------------------------------


def settings(folder: Path, port: int, rules: dict[str, int]) -> Path:
    file = folder / "config.toml"
    limits = "\n".join(f"{key} = {value}" for key, value in rules.items())
    file.write_text(CONFIG.format(port=port, web=_free_port(), rules=limits), encoding="utf-8")
    return file


def weather(complaints: int, rules: dict[str, int]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "storm.jsonl").write_text(
            "".join(dump(each) + "\n" for each in storm(complaints)), encoding="utf-8"
        )
        mine, theirs = multiprocessing.Pipe()
        server = multiprocessing.get_context("fork").Process(
            target=serve, args=(folder / "mails.jsonl", theirs), daemon=True
        )
        server.start()
        config = settings(folder, mine.recv(), rules)
        command = "from monitor.cli import main; main()"
        with (folder / "log.txt").open("w") as log:
            daemon = subprocess.Popen(  # noqa: S603
                [sys.executable, "-c", command, "run", "--config", config], stdout=log, stderr=log
            )
            load = os.getloadavg()[0]
            deadline = time.monotonic() + LENGTH.total_seconds()
            while time.monotonic() < deadline and daemon.poll() is None:
                time.sleep(1)
            load = (load + os.getloadavg()[0]) / 2
            deadline += AFTER
            while time.monotonic() < deadline and daemon.poll() is None and _is_busy(folder, complaints):
                time.sleep(1)
            if daemon.poll() is not None:
                raise RuntimeError((folder / "log.txt").read_text()[-2000:])
            daemon.send_signal(signal.SIGTERM)
            daemon.wait(60)
        mine.send("end")
        server.join(10)
        return measured(folder) | {"load of the machine": round(load, 1)}


def _rows(folder: Path, sql: str) -> list[Any]:
    with closing(sqlite3.connect(folder / "storm.db")) as db:
        return db.execute(sql).fetchall()


def _is_busy(folder: Path, complaints: int) -> bool:
    ((stored,),) = _rows(folder, "SELECT count(*) FROM mentions")
    ((waiting,),) = _rows(folder, "SELECT count(*) FROM mentions WHERE state <> 'done'")
    ((unsent,),) = _rows(folder, "SELECT count(*) FROM deliveries WHERE state IN ('pending', 'sending')")
    return bool(stored < complaints or waiting or unsent)


def measured(folder: Path) -> dict[str, Any]:
    ((began,),) = _rows(folder, "SELECT value FROM meta WHERE key = 'replay began'")
    came: dict[str, float] = {}
    for line in (folder / "mails.jsonl").read_text().splitlines():
        at, id_ = json.loads(line)
        came.setdefault(id_, at - float(began))
    sent = _rows(
        folder,
        "SELECT alert_id, person, revision, step, provider_id FROM deliveries WHERE provider_id IS NOT NULL",
    )
    first: dict[int, float] = {}
    for alert, _, _, _, id_ in sent:
        if id_ in came:
            first[alert] = min(first.get(alert, came[id_]), came[id_])
    sizes = Counter(id_ for *_, id_ in sent)
    ((stories,),) = _rows(folder, "SELECT count(*) FROM stories WHERE closed_at IS NULL")
    ((held,),) = _rows(folder, "SELECT count(*) FROM stories WHERE reason LIKE '%held%'")
    ((mentions,),) = _rows(folder, "SELECT count(*) FROM mentions")
    own = {
        n
        for (n,) in _rows(folder, "SELECT id FROM alerts WHERE gathered_into IS NULL AND merged_into IS NULL")
    }
    ((alerts,),) = _rows(folder, "SELECT count(*) FROM alerts")
    alone = {
        alert for alert, *_, id_ in sent if id_ in came and came[id_] == first[alert] and sizes[id_] == 1
    }
    opened, stored = {}, {}
    for alert, at, batch, new, newest in _rows(folder, STORED):
        opened[alert] = _story_time(at)
        if new or not batch:
            stored[alert] = _story_time(new or newest)
    waits = sorted(first[alert] - stored[alert] for alert in first.keys() & stored.keys())
    sending = {
        each: sorted(first[n] - opened[n] for n in first if (n in alone) == each) for each in (True, False)
    }
    bundles = sorted(size for size in sizes.values() if size > 1)
    return {
        "complaints stored": mentions,
        "stories": stories,
        "stories that opened an alert": alerts,
        "of those, by a later reading of an older post": len(opened) - len(stored),
        "stories held": held,
        "alerts told in the page of another": alerts - len(own),
        "alerts of which nobody got a mail": len(own - first.keys()),
        "mails": len(came),
        "pages in them": len(sent),
        "mails to one person in the fullest minute": _fullest(sent, came),
        "bundles": len(bundles),
        "pages in a bundle, median": statistics.median(bundles) if bundles else None,
        "pages in a bundle, most": max(bundles, default=None),
        "seconds from mention stored to mail handed over, median": _quantile(waits, 0.5),
        "seconds from mention stored to mail handed over, 99th percentile": _quantile(waits, 0.99),
        "seconds from alert opened to mail, one by one, most": _quantile(sending[True], 1),
        "seconds from alert opened to mail, in a bundle, most": _quantile(sending[False], 1),
    }


STORED = """
    SELECT alerts.id, alerts.opened_at, sum(forecasts.at = opened_at) AS batch,
        max(CASE WHEN forecasts.at = opened_at AND readings = 1 THEN seen_at END) AS new,
        max(CASE WHEN seen_at <= opened_at THEN seen_at END) AS newest
    FROM alerts
    JOIN mentions ON mentions.story_id = alerts.story_id
    JOIN forecasts ON (forecasts.source, forecasts.id) = (mentions.source, mentions.id)
    GROUP BY alerts.id
"""
"""When an alert opened, how many mentions were assessed then, and when the newest new one of them was stored: none when a
later reading of an older post opened the alert. Where all were assessed once more since, the newest that was there."""


def _story_time(text: str) -> float:
    return (datetime.fromisoformat(text) - START).total_seconds()


def _fullest(sent: list[Any], came: dict[str, float]) -> int:
    minutes = Counter(
        (person, int(came[id_] // 60)) for person, id_ in {(row[1], row[4]) for row in sent} if id_ in came
    )
    return max(minutes.values(), default=0)


def _quantile(waits: list[float], q: float) -> float | None:
    return round(waits[min(int(q * len(waits)), len(waits) - 1)], 2) if waits else None


def main(complaints: int) -> None:
    figures: dict[str, Any] = {"complaints": complaints, "minutes": LENGTH.total_seconds() / 60}
    for name, rules in RULES.items():
        figures[name] = weather(complaints, rules)
        write("storm", figures)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else COMPLAINTS)
