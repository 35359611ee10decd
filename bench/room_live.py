"""What a change costs the server while browsers have the screen Now open: each is told and comes for the new picture.

    python -m bench.room_live FOLDER [--browsers 20] [--changes 10]

FOLDER is one of `bench.room_world`; work is done on a copy. The server is a process of its own; its milliseconds are of
the processor. Written to bench/results/room_live.json. On Linux.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import requests

from bench import report
from bench.room import serving
from bench.room_posts import NOW
from monitor.store import Store

REST = 4.0
"""Seconds between two changes: each is told, and come for, on its own."""


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("folder", type=Path)
    asked.add_argument("--browsers", type=int, default=20)
    asked.add_argument("--changes", type=int, default=10)
    options = asked.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "world"
        shutil.copytree(options.folder, folder)
        figures = watched(folder, options.browsers, options.changes)
    report.write("room_live", {"browsers": options.browsers, "changes": options.changes} | figures)


def watched(folder: Path, browsers: int, changes: int) -> dict[str, Any]:
    store = Store(folder / "snapwatch.db")
    alert = store.read.alerts.active()[0].id
    took: list[float] = []
    ready = threading.Barrier(browsers + 1)

    def browser(url: str) -> None:
        with (
            suppress(requests.RequestException),
            requests.get(f"{url}/events", stream=True, timeout=600) as line,
        ):
            told = (each for each in line.iter_lines() if each.startswith(b"data:"))
            next(told)
            ready.wait()
            for _ in told:
                began = time.perf_counter()
                requests.get(f"{url}/now", timeout=60).raise_for_status()
                took.append((time.perf_counter() - began) * 1000)

    with serving(folder) as served:
        for _ in range(browsers):
            threading.Thread(target=browser, args=(served.url,), daemon=True).start()
        ready.wait()
        time.sleep(REST)
        still = used(served.pid)
        time.sleep(REST)
        still = used(served.pid) - still
        began = used(served.pid)
        for _ in range(changes):
            store.write(lambda tables: tables.alerts.log(alert, NOW, "note", "Sam", "a change"))
            time.sleep(REST)
        spent = used(served.pid) - began
    store.close()
    return {
        "ms a second while nothing changes": round(still / REST, 1),
        "ms a change": round((spent - still * changes) / changes, 1),
        "pictures a change": round(len(took) / changes, 1),
        "picture p50 ms": round(statistics.median(took), 1),
        "picture p95 ms": round(statistics.quantiles(took, n=20, method="inclusive")[18], 1),
    }


def used(pid: int) -> float:
    """Milliseconds of the processor that the process has had."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
