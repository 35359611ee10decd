"""How the sources hold: `python -m bench.sources [PART ...]`; parts are ingest, poll, bursts, killed, hanging, day.

Each part is measured by the file of its name, on loopback and on a fake clock, through the daemon's own path, and goes
into bench/results/sources.json with its date and commit. `poll` makes a database of 3 GB in SNAPWATCH_BENCH or the
folder for temporary files, and leaves it there. All of them take hours on a busy machine.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import structlog

from bench import report
from bench.sources_bursts import bursts
from bench.sources_day import days
from bench.sources_hanging import hours
from bench.sources_ingest import ingest, polls
from bench.sources_killed import all_killed

PARTS: dict[str, Callable[[], dict[str, Any]]] = {
    "ingest": ingest,
    "poll": lambda: polls(Path(os.environ.get("SNAPWATCH_BENCH", tempfile.gettempdir()))),
    "bursts": bursts,
    "killed": all_killed,
    "hanging": hours,
    "day": days,
}


def put(part: str, figures: dict[str, Any]) -> None:
    """Print the part as a table and keep it beside the others."""
    print(f"\n{part}")
    for name, values in figures.items():
        told = values if not isinstance(values, dict) else "  ".join(f"{k} {v}" for k, v in values.items())
        print(f"  {name:28} {told}")
    file = report.RESULTS / "sources.json"
    known = json.loads(file.read_text(encoding="utf-8"))["parts"] if file.exists() else {}
    about = report.about()
    known[part] = {key: about[key] for key in ("date", "commit")} | {"figures": figures}
    report.keep("sources", {"parts": known})


def main(parts: list[str]) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    for part in parts or PARTS:
        put(part, PARTS[part]())


if __name__ == "__main__":
    main(sys.argv[1:])
