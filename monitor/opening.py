"""The database and the clock of a configuration, as the daemon and every command open them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from monitor.clock import RealClock, ReplayClock
from monitor.config import Config
from monitor.errors import ConfigError
from monitor.ports import Clock
from monitor.store import Store
from sources import replay


def clock_of(config: Config, store: Store, *, begin: bool = False) -> Clock:
    """The real clock, or a replayed day's: `begin` starts the story unless it runs already."""
    replayed = next((each for each in config.sources.values() if isinstance(each, replay.Settings)), None)
    if replayed is None:
        if store.read.meta.get("replay began") is not None:
            raise ConfigError(
                [f"store.path: {store.path} holds a replayed day; give the live watch a database of its own"]
            )
        return RealClock()
    now = time.time()
    began = float(store.read.meta.get("replay began") or now)
    if begin and began == now:
        store.write(lambda tables: tables.meta.set("replay began", str(now)))
    start, end = replay.span(replayed.file)
    return ReplayClock(start, end, replayed.speed, began)


@contextmanager
def open_store(config: Config) -> Iterator[Store]:
    store = Store(config.store.path)
    try:
        yield store
    finally:
        store.close()
