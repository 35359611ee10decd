"""The screens alone, over a database that `bench.room_world` made or a daemon left behind; nothing is polled or sent:

    python -m bench.room_serve FOLDER [--port 8080]

FOLDER holds config.toml. A made-up year is served as of its end; time goes on from there.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from bench.room_posts import NOW
from monitor.app import compose
from monitor.config import load
from monitor.opening import open_store
from monitor.paging.notices import notice
from monitor.parts import Parts
from monitor.serving import answering_of, links_of, room_of
from monitor.store import Alert
from monitor.web.app import create


class YearsEnd:
    """The time that a made-up year ends at, and on from there."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def now(self) -> datetime:
        return NOW + timedelta(seconds=time.monotonic() - self._began)


@contextmanager
def served(config_file: Path) -> Iterator[tuple[FastAPI, Parts]]:
    """The application, and what it is made of."""
    config = load(config_file)
    with open_store(config) as store:
        parts = compose(config, store)
        if not any(source.type == "replay" for source in config.sources.values()):
            parts = replace(parts, clock=YearsEnd())

        def describe(alert: Alert, person: str) -> object:
            return notice(store.read, alert, person, config, parts.drafter, parts.link, parts.clock.now())

        def health() -> tuple[bool, dict[str, object]]:
            return True, {}

        people = {person.name: person.time_zone for person in config.people}
        room = room_of(parts, describe, health)  # type: ignore[arg-type]
        yield (
            create(
                store, parts.clock, links_of(config), people, describe, health, lambda: b"",  # type: ignore[arg-type]
                answering=answering_of(parts), room=room,
            ),
            parts,
        )  # fmt: skip


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("folder", type=Path)
    asked.add_argument("--port", type=int, default=8080)
    options = asked.parse_args()
    with served(options.folder / "config.toml") as (app, _):
        uvicorn.run(app, host="127.0.0.1", port=options.port, log_level="warning")


if __name__ == "__main__":
    main()
