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
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from types import FrameType
from zoneinfo import ZoneInfo

import structlog
from rich.console import Console

from alerts.brief import render_brief
from alerts.messages import alarm, bundle, promise, render
from monitor import digest, serving, thresholds
from monitor.build import (
    build_channels,
    build_classifier,
    build_drafter,
    build_linter,
    build_posters,
    build_sources,
    polished,
)
from monitor.clock import ReplayClock
from monitor.config import Config, load
from monitor.daemon import Daemon
from monitor.errors import ConfigError, SnapwatchError, StoreError
from monitor.learning.learnt import taught
from monitor.log import configure_log
from monitor.notice import Message
from monitor.opening import clock_of, open_store
from monitor.paging import brief
from monitor.parts import Parts
from monitor.ports import Drafter
from monitor.progress import Progress
from monitor.refit.own import Fitted
from monitor.refit.weekly import refit_in_words
from monitor.rota import calendars
from monitor.store import Store, Tables
from monitor.watching import supervisor
from monitor.wording.masking import masker
from monitor.wording.timetable import last_week

PROGRESS_SECONDS = 60
REPLAY_PROGRESS_SECONDS = 2
GRACE_SECONDS = 5.0
WAIT_SECONDS = 0.2

log = structlog.get_logger()


def run(path: Path, *, once: bool = False) -> int:
    """The daemon: until SIGTERM or SIGINT ends it; SIGHUP reads the configuration anew. The exit status.

    ConfigError, StoreError and ClassifierError at the start come through. At SIGHUP, a configuration that can't be used
    is logged and the old one goes on.
    """
    os.environ["TZ"] = "UTC"  # `schedule` counts in local time and would stand still for an hour in autumn.
    time.tzset()
    with signals() as wishes:
        config = load(path)
        configure_log(config.log)
        with locked(config.store.path), open_store(config) as store:
            if once:
                return 0 if _daemon(compose(config, store, begin=True)).run_once() else 1
            # The address first: the story of a replay must not begin where nobody can look in.
            with serving.listen(config) as listener:
                unfinished = _serve(compose(config, store, begin=True), listener, path, wishes)
            if unfinished:
                # A network call may hang for its whole timeout. Each step can be repeated: nothing is lost by leaving.
                store.close()
                os._exit(0)
    return 0


@dataclass
class Wishes:
    """What signals asked for: `wake` for the end, if `end` is true, and else for reading the configuration anew."""

    wake: threading.Event = field(default_factory=threading.Event)
    end: bool = False


@contextmanager
def signals() -> Iterator[Wishes]:
    """Signals only leave a wish: a handler runs between any two instructions and must not do more."""
    wishes = Wishes()

    def handle(number: int, _frame: FrameType | None) -> None:
        wishes.end = wishes.end or number != signal.SIGHUP
        wishes.wake.set()

    before = {each: signal.signal(each, handle) for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}
    try:
        yield wishes
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _serve(parts: Parts, listener: socket.socket, path: Path, wishes: Wishes) -> bool:
    """Run until the end is wished. True when work was still in flight after the grace."""
    try:
        while True:
            daemon = _daemon(parts)
            with serving.serve(parts, daemon, listener):
                log.info("watching", brand=parts.config.brand.name, sources=list(parts.config.sources))
                supervisor.ready()
                changed = _until_changed(daemon, parts, path, listener, wishes)
                if changed:
                    daemon.leave(lambda: wishes.end)
                finished = daemon.stop(grace=0 if changed else GRACE_SECONDS)
                while (
                    changed and not finished and not wishes.end
                ):  # what a platform holds up still ends at SIGTERM
                    finished = daemon.stop(grace=WAIT_SECONDS)
            if changed is None or not finished:
                log.info("ended", unfinished=not finished)
                return not finished
            if changed[1] is not listener:
                listener.close()
            parts, listener = changed
    finally:
        listener.close()


def _until_changed(
    daemon: Daemon, parts: Parts, path: Path, listener: socket.socket, wishes: Wishes
) -> tuple[Parts, socket.socket] | None:
    """Let the daemon work until a new configuration can take the old one's place, or the end is wished (None)."""
    while True:
        daemon.run(wishes.wake)
        wishes.wake.clear()
        if wishes.end:
            supervisor.stopping()
            return None
        supervisor.reloading()
        changed = _reloaded(parts, path, listener)
        if changed is not None:
            return changed
        supervisor.ready()


def _reloaded(parts: Parts, path: Path, listener: socket.socket) -> tuple[Parts, socket.socket] | None:
    """Parts of the configuration as it stands now, and where they listen; None when it can't be used."""
    try:
        config = load(path)
        if config.store.path != parts.config.store.path:
            raise ConfigError([f"{path}: store.path: can't change while the daemon runs; restart it"])
        made = compose(config, parts.store)
        where = listener if config.web.listen == parts.config.web.listen else serving.listen(config)
    except SnapwatchError as error:
        log.error("the new configuration is not used", problems=str(error).splitlines())
        return None
    configure_log(config.log)
    return made, where


def _daemon(parts: Parts) -> Daemon:
    replay_end = parts.clock.end if isinstance(parts.clock, ReplayClock) else None
    web = parts.config.web
    progress = Progress(Console(), parts.store, web.public_url or f"http://{web.listen}", replay_end)
    seconds = REPLAY_PROGRESS_SECONDS if replay_end else PROGRESS_SECONDS
    return Daemon(parts, lambda: progress.show(parts.clock.now()), seconds, supervisor.alive)


def compose(config: Config, store: Store, *, begin: bool = False) -> Parts:
    """Build every adapter that the configuration names; `begin` starts the story of a replay unless it runs already."""
    drafter = build_drafter(config)
    classifier = taught(build_classifier(config), lambda: store.read)
    linter = build_linter(config, classifier)
    mask = masker(config.privacy.patterns)

    def measure_of(source: str) -> tuple[str, int]:
        return thresholds.measure_of(config, store.read, source)

    return Parts(
        store=store,
        config=config,
        sources=build_sources(config),
        classifier=classifier,
        forecaster=Fitted(lambda: store.read),
        drafter=polished(config, drafter, linter, classifier),
        channels=build_channels(config),
        render=partial(render, mask=mask),
        bundle=partial(bundle, mask=mask),
        alarm=partial(alarm, mask=mask),
        promise=partial(promise, mask=mask),
        digest=partial(digest_message, config, drafter),
        brief=partial(brief_message, config),
        measure_of=measure_of,
        refit=lambda now: refit_in_words(store, measure_of, now),
        calendar=partial(calendars.of_layer, config),
        link=serving.links_of(config).make,
        posters=build_posters(config),
        lint=linter.findings,
        clock=clock_of(config, store, begin=begin),
    )


def digest_message(config: Config, drafter: Drafter, tables: Tables, name: str, due: datetime) -> Message:
    """A group's digest of the last week that was over at its due time."""
    group = config.digest.group(name)
    if group is None:
        raise LookupError(f"[digest] has no group {name!r}")
    start, end = last_week(due, ZoneInfo(group.time_zone))
    return digest.edition(config, drafter, tables, group, start, end, due)


def brief_message(config: Config, tables: Tables, due: datetime) -> Message:
    """The morning brief that was due at that time."""
    return render_brief(brief.brief_data(config, tables, due))


@contextmanager
def locked(database: Path) -> Iterator[None]:
    """One daemon a database: a second one would page everybody twice. StoreError when one is at work."""
    try:
        database.parent.mkdir(parents=True, exist_ok=True)
        file = database.with_suffix(".lock").open("w")
    except OSError as error:
        raise StoreError(f"the folder {database.parent} can't be used: {error.strerror}") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StoreError(f"another snapwatch daemon is at work on {database}; end it first") from None
        yield
