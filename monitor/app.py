"""Composition root: from a configuration to its parts, and from its parts to a daemon that a signal ends."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from types import FrameType
from zoneinfo import ZoneInfo

import structlog
import uvicorn
from rich.console import Console

from alerts.digest import render_digest
from alerts.messages import render
from classifiers.virality import Virality
from monitor import weekly
from monitor.build import build_channels, build_classifier, build_drafter, build_sources
from monitor.clock import RealClock, ReplayClock
from monitor.config import Config, adapter_module, load
from monitor.daemon import Daemon
from monitor.errors import ConfigError, StoreError
from monitor.log import configure_log
from monitor.model import Message, Notice
from monitor.notices import notice
from monitor.parts import Parts
from monitor.ports import Clock
from monitor.progress import Progress
from monitor.settings import SourceSettings
from monitor.store import Alert, Store, Tables
from monitor.timetable import last_week
from monitor.web.app import create
from monitor.web.links import Links
from sources import replay

PROGRESS_SECONDS = 60
REPLAY_PROGRESS_SECONDS = 2

log = structlog.get_logger()


def run(path: Path, *, once: bool = False) -> int:
    """The daemon: until SIGTERM or SIGINT ends it; SIGHUP reads the configuration anew. The exit status.

    ConfigError and StoreError at the start come through; a bad configuration at SIGHUP leaves the old one at work.
    """
    os.environ["TZ"] = "UTC"  # `schedule` counts in local time and would stand still for an hour in autumn.
    time.tzset()
    config = load(path)
    while True:
        configure_log(config.log)
        with locked(config.store.path), open_store(config) as store:
            next_config = _serve(config, store, path, once)
        if isinstance(next_config, int):
            return next_config
        config = next_config


def _serve(config: Config, store: Store, path: Path, once: bool) -> Config | int:
    """Run with one configuration; the next one after SIGHUP, or the exit status."""
    console = Console()
    clock = clock_of(config, store, begin=True)
    parts = compose(config, store)
    replay_end = clock.end if isinstance(clock, ReplayClock) else None
    progress = Progress(console, store, replay_end)
    seconds = REPLAY_PROGRESS_SECONDS if replay_end else PROGRESS_SECONDS
    daemon = Daemon(parts, clock, lambda: progress.show(clock.now()), seconds)
    if once:
        return 0 if daemon.run_once() else 1
    with _signals(path) as (stop, reloaded), _web(config, parts, clock, daemon):
        log.info(
            "watching",
            brand=config.brand.name,
            sources=list(config.sources),
            web=f"http://{config.web.listen}",
        )
        finished = daemon.run(stop)
    log.info("ended", unfinished=not finished)
    if not finished:
        # A network call may hang for its whole timeout. Each step can be repeated, so nothing is lost by leaving.
        store.close()
        os._exit(0)
    return reloaded[-1] if reloaded else 0


@contextmanager
def _signals(path: Path) -> Iterator[tuple[threading.Event, list[Config]]]:
    """An event that SIGTERM, SIGINT, and SIGHUP with a good configuration set; the list holds the new one."""
    stop = threading.Event()
    reloaded: list[Config] = []

    def end(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    def reload(_signal: int, _frame: FrameType | None) -> None:
        try:
            reloaded.append(load(path))
        except ConfigError as error:
            log.error("the new configuration is not used", problems=error.problems)
        else:
            stop.set()

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)}
    before[signal.SIGHUP] = signal.signal(signal.SIGHUP, reload)
    try:
        yield stop, reloaded
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _web(config: Config, parts: Parts, clock: Clock, daemon: Daemon) -> Iterator[None]:
    """Serve the acknowledge page and /healthz while the daemon runs."""
    links, people = links_of(config), [person.name for person in config.people]

    def describe(alert: Alert, person: str) -> Notice:
        return notice(parts.store.read, alert, person, config, parts.drafter, parts.link, clock.now())

    try:
        listener = socket.create_server((config.web.host, config.web.port))
    except OSError as error:
        raise ConfigError(
            [f"web.listen: {config.web.listen} can't be used ({error.strerror}); is another program there?"]
        ) from error
    app = create(parts.store, clock, links, people, describe, daemon.health)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, server_header=False, access_log=False))
    thread = threading.Thread(target=partial(server.run, sockets=[listener]), name="web", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(timeout=3)
        listener.close()


def compose(config: Config, store: Store) -> Parts:
    """Build every adapter that the configuration names."""
    return Parts(
        store=store,
        config=config,
        sources=build_sources(config),
        classifier=build_classifier(config),
        forecaster=Virality(),
        drafter=build_drafter(config),
        channels=build_channels(config),
        render=render,
        digest=partial(digest_message, config),
        measure_of=partial(measure_of, config),
        link=links_of(config).make,
    )


def digest_message(config: Config, tables: Tables, due: datetime) -> Message:
    """The digest of the last week that was over at its due time."""
    start, end = last_week(due, ZoneInfo(config.digest.time_zone))
    return render_digest(weekly.digest_data(config, tables, partial(measure_of, config), start, end, due))


def measure_of(config: Config, source: str) -> tuple[str, int]:
    """The measure of spread and the threshold V of a source.

    A mention that was replayed or imported may name a source that is not configured: its adapter's defaults hold.
    """
    settings: SourceSettings | None = config.sources.get(source)
    if settings is not None:
        return settings.measure, settings.viral_at
    module = adapter_module("sources", source)
    fields = (module.Settings if module else SourceSettings).model_fields
    return fields["measure"].default, fields["viral_at"].default


def links_of(config: Config) -> Links:
    return Links(config.store.path.with_name("links.key"), config.web.public_url)


def clock_of(config: Config, store: Store, *, begin: bool = False) -> Clock:
    """The real clock, or a replayed day's: `begin` starts the story unless it runs already."""
    replayed = next((each for each in config.sources.values() if isinstance(each, replay.Settings)), None)
    if replayed is None:
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


@contextmanager
def locked(database: Path) -> Iterator[None]:
    """One daemon a database: a second one would page everybody twice. StoreError when one is at work."""
    database.parent.mkdir(parents=True, exist_ok=True)
    with database.with_suffix(".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StoreError(f"another snapwatch daemon is at work on {database}; end it first") from None
        yield
