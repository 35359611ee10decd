"""What search costs, beside the schema without it: storing, moving an old database, erasing, and asking.

    python -m bench.search_cost FOLDER [--mentions 200000]

FOLDER holds a made-up year (`bench.room_world`), which is made if it is not there; work is done on a copy of it.
Milliseconds are of the processor, so that others who use the machine change them little; `wall` says what passed meanwhile.
"""

from __future__ import annotations

import argparse
import gc
import json
import shutil
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bench.room_posts import NOW
from bench.room_world import make
from bench.sources_ingest import mention, reading
from monitor.config import Config, load
from monitor.model import Classification, Forecast, Mention, Sentiment
from monitor.overview.search import SORTS, Query, all_hits, search
from monitor.store import Store, Tables

RESULTS = Path(__file__).parent / "results" / "search.json"
ZONE = ZoneInfo("Europe/London")
STORED, PAGE, ROUNDS = 6_000, 100, 5
FOUND = Classification(
    0.8, Sentiment(0.8, 0.1, 0.1), "bench", "blame", 1.0, "delivery", "en", embedding=(0.05,) * 384
)

ASKED: tuple[dict[str, Any], ...] = (
    {},
    {"words": "kestrel"},
    {"words": "the"},
    {"words": "user"},  # in the name of every author
    {"words": "kestrel the"},
    {"words": "refund"},
    {"words": "refund*"},
    {"words": "deliv"},
    {"words": '"my kestrel parcel"'},
    {"words": "parcel -kestrel"},
    {"words": "-kestrel"},
    {"words": "kestrel", "category": "privacy"},
    {"words": "kestrel", "complaint": True, "source": "x"},
    {"words": "kestrel", "category": "privacy", "complaint": True, "severity": "blame", "source": "reddit"},
    {"words": "kestrel", "since": (NOW - timedelta(days=20)).date(), "until": NOW.date()},
    {"words": "kestrel", "until": (NOW - timedelta(days=200)).date()},
    {"words": "kestrel", "category": "there is none"},
    {"category": "there is none"},
    {"category": "billing"},
    {"complaint": False, "language": "en"},
    {"story": 1},
    {"story": 1, "words": "kestrel"},
    {"story": 40, "words": "kestrel"},
    {"author": "user1234"},
    {"author": "user1234", "words": "kestrel"},
    {"words": "word that occurs nowhere zyxq"},
    {"words": "配達"},
)  # fmt: skip


def without_search(path: Path) -> None:
    """The database as it was before search."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        for kind, names in (
            ("TRIGGER", (
                "mentions_found", "mentions_rewritten", "mentions_found_again", "mentions_lost", "mentions_spread",
                "classifications_read", "classifications_read_anew", "classifications_taken_back",
            )),
            ("TABLE", ("words", "searchable")), ("VIEW", ("said",)), ("INDEX", ("mentions_author",)),
        ):  # fmt: skip
            for name in names:
                db.execute(f"DROP {kind} {name}")
        db.execute("DELETE FROM _sqlite_migrations WHERE name = 'm018_search'")


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Milliseconds of the processor, of all threads, and by the wall."""
    gc.collect()
    wall, processor = time.perf_counter(), time.process_time()
    work()
    return (time.process_time() - processor) * 1e3, (time.perf_counter() - wall) * 1e3


def stored(folder: Path, *, searched: bool) -> dict[str, float]:
    """Microseconds of the processor a mention: to store it, and the whole way with a reading, what the model says and a
    forecast."""
    path = folder / f"{searched}.db"
    Store(path).close()
    if not searched:
        without_search(path)
        with closing(sqlite3.connect(path, isolation_level=None)) as db:
            db.execute(
                "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('snapwatch', 'm018_search', '')"
            )
    store = Store(path)
    posts = [mention("x", str(each), each, NOW + timedelta(seconds=each)) for each in range(STORED)]
    pages = [posts[start : start + PAGE] for start in range(0, STORED, PAGE)]
    forecast = Forecast(NOW, 7, 500, 0.1, 60.0, 10.0, 90.0)

    def keep(page: Sequence[Mention], tables: Tables) -> None:
        tables.mentions.add(page, NOW)

    def judge(page: Sequence[Mention], tables: Tables) -> None:
        for each in page:
            tables.mentions.classified(each.key, FOUND, NOW)
            tables.mentions.assessed(each.key, forecast, None, 1)

    def read(page: Sequence[Mention], tables: Tables) -> None:
        tables.mentions.add_readings(reading(each, NOW) for each in page)

    def add() -> None:
        for page in pages:
            store.write(partial(keep, page))

    def rest() -> None:
        for page in pages:
            store.write(partial(read, page))
            store.write(partial(judge, page))

    first, then = timed(add)[0], timed(rest)[0]
    store.close()
    path.unlink()
    return {"store": first * 1e3 / STORED, "whole": (first + then) * 1e3 / STORED}


def ingest() -> dict[str, Any]:
    """In turn with and without search; the medians, and their ratio."""
    with tempfile.TemporaryDirectory() as folder:
        rounds = [
            {each: stored(Path(folder), searched=each) for each in (False, True)} for _ in range(ROUNDS)
        ]
    result: dict[str, Any] = {}
    for what in ("store", "whole"):
        former, now = (statistics.median(each[which][what] for each in rounds) for which in (False, True))
        result[what] = {"without_us": round(former), "with_us": round(now), "ratio": round(now / former, 2)}
    return result


def moved(path: Path) -> dict[str, Any]:
    """A database of the former schema is opened."""
    Store(path).close()
    without_search(path)
    with closing(sqlite3.connect(path)) as db:
        db.execute("VACUUM")
    before = path.stat().st_size
    made: list[Store] = []
    ms, wall = timed(lambda: made.append(Store(path)))
    mentions = made[0].read.mentions.count()
    made[0].close()
    with closing(sqlite3.connect(path)) as db:
        parts = dict(
            db.execute(
                """SELECT name, round(sum(pgsize) / 1e6, 1) FROM dbstat WHERE name LIKE 'words%'
                   OR name LIKE '%searchable%' OR name = 'mentions_author' GROUP BY name"""
            )
        )
    return {
        "mentions": mentions, "seconds": round(ms / 1e3, 1), "seconds_wall": round(wall / 1e3, 1),
        "mb_before": round(before / 1e6), "mb_more": round((path.stat().st_size - before) / 1e6), "mb_of": parts,
    }  # fmt: skip


def erased(path: Path) -> dict[str, Any]:
    """One post of many is erased, and the words of it merged out of the index."""
    store = Store(path)
    key = next(all_hits(lambda: store.read, load_config(path), Query("kestrel"), ZONE, NOW)).mention.key
    ms, wall = timed(lambda: store.write(lambda tables: tables.mentions.purge(key=key)))
    rest = timed(store.close)[0]
    return {"transaction_ms": round(ms), "transaction_wall_ms": round(wall), "merging_ms": round(rest)}


def load_config(path: Path) -> Config:
    return load(path.parent / "config.toml")


def asked(path: Path) -> dict[str, Any]:
    """Each question in each order: the first page and the second one."""
    store, config = Store(path), load_config(path)
    found: dict[str, float] = {}
    walls: list[float] = []
    for fields in ASKED:
        for sort in SORTS:
            query = Query(**fields, sort=sort)
            first = [timed(partial(search, store.read, config, query, ZONE, NOW)) for _ in range(3)]
            walls += [wall for _, wall in first]
            after = search(store.read, config, query, ZONE, NOW).next
            name = f"{json.dumps(fields, default=str, ensure_ascii=False)} {sort}"
            found[name] = round(statistics.median(ms for ms, _ in first), 1)
            if after:
                later = timed(partial(search, store.read, config, query, ZONE, NOW, after))
                found[f"{name} page 2"] = round(later[0], 1)
                walls.append(later[1])
    store.close()
    slowest = sorted(found, key=lambda each: -found[each])[:12]
    return {
        "questions": len(found), "ms": percentiles(list(found.values())), "wall_ms": percentiles(walls),
        "slowest_ms": {each: found[each] for each in slowest},
    }  # fmt: skip


def percentiles(values: Sequence[float]) -> dict[str, float]:
    ordered = sorted(values)
    return {
        f"p{share}": round(ordered[min(len(ordered) - 1, len(ordered) * share // 100)], 1)
        for share in (50, 95, 99)
    }


def main() -> None:
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("folder", type=Path)
    given.add_argument("--mentions", type=int, default=200_000)
    options = given.parse_args()
    if not (options.folder / "config.toml").exists():
        make(options.folder, options.mentions, options.mentions // 100, 365)
    result: dict[str, Any] = {"sqlite": sqlite3.sqlite_version, "ingest": ingest()}
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "snapwatch.db"
        shutil.copy(options.folder / "snapwatch.db", copy)
        shutil.copy(options.folder / "config.toml", folder)
        (Path(folder) / "in").mkdir()
        for each in (options.folder / "in").iterdir():
            (Path(folder) / "in" / each.name).mkdir()
        result["moving"] = moved(copy)
        result["asking"] = asked(copy)
        result["erasing"] = erased(copy)
    RESULTS.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
