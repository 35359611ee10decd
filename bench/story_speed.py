"""What it takes to place a mention when 100,000 are live: the daemon's own step, over a store, with scripted embeddings.

Run by `python -m bench.stories`.
"""

from __future__ import annotations

import resource
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from monitor.grouping import Grouping
from monitor.model import Author, Classification, Mention, Sentiment
from monitor.store import Store, Tables, values
from monitor.stories import Vector
from tests.monitor.scripted import NOON

LIVE = 100_000
NEW = 1_280
BATCH = 64
"""As the pipeline has it."""
SIZE = 256


def measured(open_: int) -> dict[str, object]:
    """`open_` stories hold LIVE mentions of the last 48 hours; NEW mentions come, half of them about one of the stories."""
    rng = np.random.default_rng(1)
    middles = np.float32(0.7) * _unit(rng.normal(size=(open_, SIZE)).astype(np.float32))  # as of five voices
    with tempfile.TemporaryDirectory() as name:
        store = Store(Path(name) / "test.db")
        store.write(lambda tables: _fill(tables, middles, rng))
        about = [int(rng.integers(open_)) if n % 2 else None for n in range(NEW)]
        new = [_mention(LIVE + n, NOON + timedelta(seconds=n)) for n in range(NEW)]
        vectors = _unit(
            np.stack(
                [rng.normal(size=SIZE) if story is None else _near(middles[story], rng) for story in about]
            )
        )
        store.write(lambda tables: tables.mentions.add(new, NOON))
        grouping, times, processor = Grouping(), [], []
        began = time.perf_counter()
        store.write(lambda tables: grouping.begin(tables, NOON, NOON))
        load = time.perf_counter() - began
        for start in range(0, NEW, BATCH):
            batch = range(start, start + BATCH)

            def place(tables: Tables, batch: range = batch) -> None:
                grouping.begin(tables, new[batch[0]].created_at, new[batch[-1]].created_at)
                touched = [
                    grouping.linked(tables, new[n]) or grouping.place(tables, new[n], _found(vectors[n]))
                    for n in batch
                ]
                grouping.settle(tables, touched, NOON)

            began, used = time.perf_counter(), time.process_time()
            store.write(place)
            processor.append((time.process_time() - used) / len(batch) * 1000)
            times.append((time.perf_counter() - began) / len(batch) * 1000)
        stories = store.read.stories.count()
        store.close()
    return {
        f"{LIVE:,} live mentions in {open_:,} open stories: ms a mention, median of batches (slowest)": (
            f"{np.median(times):.2f} ({max(times):.2f}); of a processor {np.median(processor):.2f}"
        ),
        "stories after that": stories,
        "seconds to read the open stories at a start": round(load, 2),
        "peak memory, MB": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def _fill(tables: Tables, middles: Vector, rng: np.random.Generator) -> None:
    """Rows straight into the tables: the way through the daemon would take an hour."""
    db = tables.stories._db
    at = [values.to_text(NOON - timedelta(hours=47) * float(share)) for share in rng.random(LIVE)]
    rows = (
        (
            n + 1,
            at[n],
            values.to_text(NOON),
            f"story {n}",
            f"x {n}",
            values.to_blob(middle),
            LIVE // len(middles),
        )
        for n, middle in enumerate(middles)
    )
    db.conn.executemany(
        """INSERT INTO stories (id, opened_at, updated_at, title, title_mention, centroid, members)
           VALUES (?, ?, ?, ?, ?, ?, ?)""",
        rows,
    )
    db.conn.executemany(
        """INSERT INTO mentions (source, id, author_id, author_handle, author_name, text, url, created_at, seen_at, state,
           story_id, voice) VALUES ('x', ?, ?, ?, '', ?, '', ?, ?, 'done', ?, ?)""",
        (
            (str(n), f"a{n}", f"user{n}", _text(n), at[n], at[n], n % len(middles) + 1, f"x {n}")
            for n in range(LIVE)
        ),
    )
    blobs = [values.to_blob(middle) for middle in middles]
    db.conn.executemany(
        """INSERT INTO classifications (source, id, model, at, complaint, negative, neutral, positive, embedding)
           VALUES ('x', ?, 'scripted', ?, .9, .9, .1, 0, ?)""",
        ((str(n), at[n], blobs[n % len(blobs)]) for n in range(LIVE)),
    )


def _text(n: int) -> str:
    return f"Kestrel post number {n} about lost parcel {n * 7919 % 10007} that was never delivered to house {n % 97}"


def _mention(n: int, at: datetime) -> Mention:
    return Mention("x", str(n), Author(f"a{n}", f"user{n}"), _text(n), "", at)


def _found(vector: Vector) -> Classification:
    return Classification(0.9, Sentiment(0.9, 0.1, 0.0), "scripted", embedding=tuple(vector.tolist()))


def _near(middle: Vector, rng: np.random.Generator) -> Vector:
    """A cosine of about .7 with it."""
    return np.asarray(middle / 0.7 + rng.normal(size=len(middle)) / np.sqrt(len(middle)), np.float32)


def _unit(rows: Vector) -> Vector:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)
