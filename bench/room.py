"""The dashboard at 200,000 mentions: how long each page takes the server, what a first visit weighs, whether its layout
shifts, and what axe finds:

    python -m bench.room [--folder FOLDER] [--times 60]

FOLDER is one of `bench.room_world`, which is made there if it is not. Each page is asked for over the loopback, one request
after the other, by a process of its own; the times are of whole answers. Written to bench/results/room.json.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import requests
from playwright.sync_api import sync_playwright

from bench import report
from bench.room_world import make
from monitor.store import Store
from tests.browser import (
    CHROMIUM,
    DESK,
    OPTIONS,
    PHONE,
    SHIFTS,
    WIDTHS,
    axe,
    overflows,
    visit,
    weight,
)
from tests.ports import free_port

MENTIONS, STORIES, DAYS = 200_000, 2_000, 365


def addresses(store: Store) -> dict[str, str]:
    """Every screen, by a name. The largest story of a made-up year is the first one, and goes on."""
    largest = next((alert.story_id for alert in store.read.alerts.active()), 1)
    shown = store.read.stories.top(largest, 1)[0].mention
    return {
        "now": "/",
        "stories": "/stories",
        "stories, all": "/stories?which=all",
        "story, the largest": f"/stories/{largest}",
        "story, a small one": f"/stories/{store.read.stories.count() // 2}",
        "reply": f"/stories/{largest}/reply",
        "report": f"/stories/{largest}/report",
        "lessons": "/lessons",
        "search, the newest": "/search",
        "search, a common word": "/search?words=Kestrel",
        "search, two words": "/search?words=locker+Leeds",
        "search, complaints of X": "/search?words=parcel&source=x&complaint=yes",
        "search, in the largest story": f"/search?story={largest}&words=Kestrel&sort=spread",
        "search, a phrase by spread": '/search?words="my+Kestrel+parcel"&sort=spread',
        "search, five filters": "/search?words=Kestrel&source=reddit&category=privacy&complaint=yes&severity=blame",
        "search, a beginning": "/search?words=th*",
        "search, without spaces": "/search?words=配達",
        "mention": f"/mentions/{shown.source}/{shown.id}",
        "label": "/label",
        "label, the largest story": f"/label?story={largest}",
        "on call": "/oncall",
        "sources": "/sources",
        "settings": "/settings",
    }


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--folder", type=Path)
    asked.add_argument("--times", type=int, default=60)
    options = asked.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = options.folder or Path(name)
        if not (folder / "snapwatch.db").exists():
            make(folder, MENTIONS, STORIES, DAYS)
        store = Store(folder / "snapwatch.db")
        pages = addresses(store)
        store.close()
        with serving(folder) as served:
            figures = {name: timed(f"{served.url}{path}", options.times) for name, path in pages.items()}
            looked_at(served.url, pages, figures)
    for name, each in figures.items():
        print(f"{name:<30}" + "  ".join(f"{key} {value}" for key, value in each.items()))
    report.keep("room", {"mentions": MENTIONS, "stories": STORIES, "times": options.times, "pages": figures})


class Served(NamedTuple):
    url: str
    pid: int


@contextmanager
def serving(folder: Path) -> Iterator[Served]:
    """A process of its own serves the folder."""
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "bench.room_serve", str(folder), "--port", str(port)])  # noqa: S603
    url = f"http://localhost:{port}"
    try:
        for _ in range(600):
            try:
                requests.get(f"{url}/healthz", timeout=5)
                break
            except requests.ConnectionError:
                time.sleep(0.1)
        yield Served(url, process.pid)
    finally:
        process.terminate()
        process.wait()


def timed(url: str, times: int) -> dict[str, Any]:
    """Milliseconds of the first answer and of the following ones, and the page's kilobytes."""
    took = []
    with requests.Session() as session:
        for _ in range(times + 1):
            began = time.perf_counter()
            answer = session.get(url, timeout=60)
            took.append((time.perf_counter() - began) * 1000)
            answer.raise_for_status()
    later = statistics.quantiles(took[1:], n=20, method="inclusive")
    return {
        "first ms": round(took[0], 1),
        "p50 ms": round(statistics.median(took[1:]), 1),
        "p95 ms": round(later[18], 1),
        "html kB": round(len(answer.content) / 1000, 1),
    }


def looked_at(url: str, pages: Mapping[str, str], figures: Mapping[str, dict[str, Any]]) -> None:
    """What a browser that never was there loads, and what it and axe see, at both widths."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(OPTIONS))
        for name, path in pages.items():
            found, wide = 0, 0
            for width in WIDTHS:
                with visit(browser, width) as page:
                    page.add_init_script(f"({SHIFTS})()")
                    page.goto(f"{url}{path}")
                    page.wait_for_timeout(300)
                    key = "phone" if width == PHONE else "desk"
                    figures[name][f"shift, {key}"] = round(page.evaluate("window.shifted"), 4)
                    if width == DESK:
                        figures[name]["all kB"] = round(weight(page) / 1000, 1)
                    found += len(axe(page))
                    wide += len(overflows(page))
            figures[name] |= {"axe": found, "overflows": wide}
        browser.close()


if __name__ == "__main__":
    main()
