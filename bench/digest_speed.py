"""How long the digest of a year's store takes, in each language, and how much it weighs:

    python -m bench.room_world FOLDER
    python -m bench.digest_speed FOLDER [--week 2026-W46] [--out FOLDER]

FOLDER holds config.toml, as `bench.room_world` writes it. With --out, each digest is written there as a file. The first one
also pays for the libraries that draw.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from zoneinfo import ZoneInfo

from alerts.languages import LANGUAGES
from alerts.mail import standalone_html
from alerts.weekly.render import digest
from bench import report
from monitor.build import build_drafter
from monitor.config import load
from monitor.digest.leadership import digest_data
from monitor.opening import open_store
from monitor.wording.timetable import named_week


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("folder", type=Path)
    asked.add_argument("--week", default="2026-W46")
    asked.add_argument("--out", type=Path)
    options = asked.parse_args()
    config = load(options.folder / "config.toml")
    first = config.digest.first
    start, end = named_week(options.week, ZoneInfo(first.time_zone))
    with open_store(config) as store:
        drafter = build_drafter(config)
        figures: dict[str, object] = {
            "mentions": store.read.mentions.count(),
            "stories": store.read.stories.count(),
        }
        for language in LANGUAGES:
            began = time.perf_counter()
            group = first.model_copy(update={"language": language})
            data = digest_data(config, drafter, store.read, group, start, end, end)
            gathered = time.perf_counter()
            message = digest(data)
            done = time.perf_counter()
            html = standalone_html(message)
            figures[language] = {
                "gathered s": round(gathered - began, 2),
                "written s": round(done - gathered, 2),
                "HTML kB": round(len(message.html) / 1000),
                "with pictures kB": round(len(html) / 1000),
                "pictures": len(message.images),
            }
            if options.out:
                options.out.mkdir(parents=True, exist_ok=True)
                (options.out / f"digest-{language}.html").write_text(html, encoding="utf-8")
    report.write("digest_speed", figures)


if __name__ == "__main__":
    main()
