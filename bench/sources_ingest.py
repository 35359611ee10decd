"""What storing costs: mentions a second through the fetcher's own path, and one poll with few and with millions stored."""

from __future__ import annotations

import gc
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bench.sources_store import END, fill
from monitor.intake.fetch import Fetcher
from monitor.model import Author, Batch, Interval, Mention, Reading
from monitor.ports import Source
from monitor.settings import SourceSettings
from monitor.store import Store
from monitor.store.values import to_text
from tests.monitor.scripted import FakeClock, ScriptedSource, config, parts

COUNT = 20_000
POLLS = 200
FEW, MANY = 10_000, 5_000_000
PAGE = 100


def mention(source: str, id: str, number: int, at: datetime) -> Mention:
    author = Author(f"a{number % 9001}", f"user{number % 9001}", "Some Body", number % 5000)
    text = f"Kestrel post number {number} about a lost parcel that was never delivered, and nobody answers the telephone"
    return Mention(source, id, author, text, f"https://example.org/status/{number}", at, "en")


def reading(mention: Mention, at: datetime) -> Reading:
    return Reading(mention.source, mention.id, at, likes=3, replies=1, reposts=2, quotes=0, views=410)


class Pages(Source):
    """Gives out what it was given, a page a poll; every other poll of a page is due at once."""

    def __init__(self, name: str, pages: Sequence[Sequence[Mention]]) -> None:
        self.name = name
        self._pages = pages

    def poll(self, cursor: str | None, now: datetime, lane: str = "", room: int | None = None) -> Batch:  # noqa: ARG002
        number = int(cursor or 0)
        page = self._pages[number]
        return Batch(
            mentions=tuple(page),
            readings=tuple(reading(each, now) for each in page),
            cursor=str(number + 1),
            more=False,
            covered=(Interval(now - timedelta(minutes=1), now),),
        )


def fetcher(store: Store, folder: Path, source: Source) -> Fetcher:
    """The daemon's own, over one source."""
    settings = config(folder).model_copy(update={"sources": {source.name: SourceSettings(type="x")}})
    made = parts(store, settings, ScriptedSource(), clock=FakeClock(END))
    made = replace(made, sources={source.name: source})
    result = Fetcher(made)
    store.write(lambda tables: result.schedule(tables, END))
    return result


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds by the wall and of the processor, of all threads."""
    gc.collect()
    wall, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - processor


def ingest() -> dict[str, Any]:
    """COUNT new mentions with a reading each, in pages of 100 and of 500, beside the same rows by a bare executemany."""
    told: dict[str, Any] = {}
    for size in (100, 500):
        at = [END - timedelta(seconds=COUNT - n) for n in range(COUNT)]
        all_ = [mention("x", str(10**18 + n * 1_000_003), n, at[n]) for n in range(COUNT)]
        pages = [all_[start : start + size] for start in range(0, COUNT, size)]
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            store = Store(folder / "fetched.db")
            ours = fetcher(store, folder, Pages("x", pages))

            def fetch(ours: Fetcher = ours, pages: Sequence[object] = pages) -> None:
                for number in range(len(pages)):
                    ours.poll("x", END + timedelta(seconds=number))

            wall, processor = timed(fetch)
            assert store.read.mentions.count() == COUNT
            store.close()
            bare_wall, bare_processor = bare(folder / "bare.db", pages)
        told[f"pages of {size}"] = {
            "mentions_a_second": round(COUNT / wall),
            "mentions_a_processor_second": round(COUNT / processor),
            "bare_a_second": round(COUNT / bare_wall),
            "bare_a_processor_second": round(COUNT / bare_processor),
        }
    return told


def bare(path: Path, pages: Sequence[Sequence[Mention]]) -> tuple[float, float]:
    """The same rows into the same tables with the same pragmas, by nothing but sqlite3's executemany."""
    Store(path).close()
    mentions = """INSERT INTO mentions (source, id, author_id, author_handle, author_name, author_followers, text, url,
                  created_at, language, seen_at, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'new')"""
    readings = "INSERT INTO readings VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0)"
    rows = [
        (
            [
                (m.source, m.id, m.author.id, m.author.handle, m.author.name, m.author.followers, m.text, m.url,
                 to_text(m.created_at), m.language, to_text(END))
                for m in page
            ],
            [(m.source, m.id, to_text(END), 3, 1, 2, 0, 410) for m in page],
        )
        for page in pages
    ]  # fmt: skip
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        for pragma in ("foreign_keys = ON", "synchronous = FULL", "secure_delete = ON"):
            db.execute(f"PRAGMA {pragma}")

        def insert() -> None:
            for of_mentions, of_readings in rows:
                db.execute("BEGIN IMMEDIATE")
                db.executemany(mentions, of_mentions)
                db.executemany(readings, of_readings)
                db.execute("COMMIT")

        return timed(insert)


def polls(folder: Path) -> dict[str, Any]:
    """POLLS polls of one page of 100, half of it known, with FEW and with MANY stored, by turns, so that what else the
    machine does meanwhile falls on both; ids that grow with time, and ids that don't."""
    stores = {}
    for count in (FEW, MANY):
        path = folder / f"snapwatch-{count}.db"
        if not path.exists():
            fill(path, count)
        stores[count] = Store(path)
    told: dict[str, Any] = {}
    for source, ids in (("x", "ids that grow"), ("feed", "random ids")):
        series = {count: Polls(store, source, folder) for count, store in stores.items()}
        for _ in range(POLLS):
            for each in series.values():
                each.poll()
        few, many = (each.figures() for each in series.values())
        told[f"{ids}, {FEW:,} stored"] = few
        told[f"{ids}, {MANY:,} stored"] = many
        told[f"{ids}, ratio"] = {key: round(many[key] / few[key], 2) for key in ("wall_ms", "processor_ms")}
    told[f"GB of {MANY:,}"] = round((folder / f"snapwatch-{MANY}.db").stat().st_size / 1e9, 2)
    for store in stores.values():
        store.close()
    return told


class Polls:
    """Polls of a source over a store that has some of its mentions already."""

    def __init__(self, store: Store, source: str, folder: Path) -> None:
        rows = store.read.stories._db.query(
            "SELECT id, created_at FROM mentions WHERE source = ? ORDER BY created_at DESC LIMIT ?",
            [source, PAGE // 2],
        )
        known = [(row["id"], datetime.fromisoformat(row["created_at"])) for row in rows]
        first, pages = time.time_ns() // 1000, []
        for poll in range(POLLS):
            page = [mention(source, id, 0, at) for id, at in known]
            for n in range(poll * PAGE // 2, (poll + 1) * PAGE // 2):
                grows = str(6 * 10**18 + first + n)
                id = grows if source == "x" else f"{hash((first, n)) % 2**64:016x}"
                page.append(mention(source, id, n, END + timedelta(seconds=poll)))
            pages.append(page)
            known = [(each.id, each.created_at) for each in page[PAGE // 2 :]]
        self._fetcher = fetcher(store, folder, Pages(source, pages))
        self._source, self._count = source, 0
        store.write(lambda tables: tables.sources.polled(source, "0", END))
        self._walls: list[float] = []
        self._processors: list[float] = []

    def poll(self) -> None:
        began, used = time.perf_counter(), time.process_time()
        self._fetcher.poll(self._source, END + timedelta(seconds=self._count))
        self._walls.append((time.perf_counter() - began) * 1000)
        self._processors.append((time.process_time() - used) * 1000)
        self._count += 1

    def figures(self) -> dict[str, float]:
        """Milliseconds of a poll: median and 95th percentile by the wall, median of the processor."""
        return {
            "wall_ms": round(statistics.median(self._walls), 2),
            "wall_ms_95": round(statistics.quantiles(self._walls, n=20)[-1], 2),
            "processor_ms": round(statistics.median(self._processors), 2),
        }
