"""The loop that runs what is due, each piece of work at most once at a time, in a bounded pool."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import partial
from typing import Any

import schedule
import structlog

from monitor.errors import PortError, StoreError
from monitor.parts import Parts
from monitor.pipeline import Pipeline
from monitor.ports import Clock

TICK_SECONDS = 1
WORKERS = 8
GRACE_SECONDS = 5.0
"""How long the end waits for work in flight; what is left undone is found again at the next start."""
CLASSIFIER_RESTS = 30.0
"""Seconds between two tries of a classifier that can't be used. Mentions wait in the store meanwhile."""
STALLED_SECONDS = 60.0
FAILURES_SHOWN = 3

log = structlog.get_logger()


class Daemon:
    def __init__(
        self, parts: Parts, clock: Clock, progress: Callable[[], None], progress_seconds: int
    ) -> None:
        self._pipeline = Pipeline(parts)
        self._store = parts.store
        self._clock = clock
        self._progress = progress
        self._progress_seconds = progress_seconds
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="work")
        self._in_flight: dict[str, Future[None]] = {}
        self._stopping = threading.Event()
        self._classifier_rests_until = 0.0
        self._classifier_error: str | None = None
        self._ticked_at = time.monotonic()

    # --- the loop ---------------------------------------------------------------------------------------------

    def run(self, stop: threading.Event) -> bool:
        """Work until `stop` is set. False when work was still in flight after the grace."""
        self._pipeline.schedule(self._clock.now())
        scheduler = schedule.Scheduler()
        scheduler.every(TICK_SECONDS).seconds.do(self.tick)
        scheduler.every(self._progress_seconds).seconds.do(self._show)
        while not stop.is_set():
            scheduler.run_pending()
            idle = scheduler.idle_seconds or 0.0
            if idle > STALLED_SECONDS:
                # The machine's clock was set back: `schedule` waits by the wall clock and would sleep that long.
                for job in scheduler.get_jobs():
                    job.run()  # type: ignore[no-untyped-call]
            stop.wait(min(max(idle, 0.05), TICK_SECONDS))
        self._stopping.set()
        self._show()
        self._pool.shutdown(wait=False, cancel_futures=True)
        return not wait(self._in_flight.values(), timeout=GRACE_SECONDS).not_done

    def tick(self) -> None:
        """Start whatever is due and not under way."""
        now = self._clock.now()
        try:
            for job in self._store.read.jobs.due(now):
                self._start(job, partial(self._pipeline.run_job, job, now))
            self._start("advance", self._advance)
            for channel in self._pipeline.channels_due(now):
                self._start(f"dispatch {channel}", partial(self._pipeline.dispatch, channel, now))
            self._ticked_at = time.monotonic()
        except StoreError as error:
            log.error("the store refused; trying again", error=str(error))

    def _start(self, name: str, work: Callable[[], object]) -> None:
        running = self._in_flight.get(name)
        if running is None or running.done():
            self._in_flight[name] = self._pool.submit(self._guarded, name, work)

    def _guarded(self, name: str, work: Callable[[], object]) -> None:
        """No failure of one piece of work ends the daemon or stops another."""
        try:
            work()
        except StoreError as error:
            log.error("the store refused; trying again", work=name, error=str(error))
        except Exception:
            log.exception("unexpected failure; trying again", work=name)

    def _advance(self) -> None:
        """Bring stored mentions on their way: classify, assess, escalate, until none is left."""
        moved = True
        while moved and not self._stopping.is_set():
            now = self._clock.now()
            classified = self._classify()
            moved = bool(self._pipeline.assess(now) or classified)
            self._pipeline.escalate(now)

    def _classify(self) -> int:
        if time.monotonic() < self._classifier_rests_until:
            return 0
        try:
            classified = self._pipeline.classify(self._clock.now())
        except PortError as error:
            self._classifier_error = str(error)
            self._classifier_rests_until = time.monotonic() + CLASSIFIER_RESTS
            log.error("mentions wait for the classifier", error=str(error), next_try_seconds=CLASSIFIER_RESTS)
            return 0
        self._classifier_error = None
        return classified

    def _show(self) -> None:
        self._guarded("progress", self._progress)

    # --- one pass, and how it goes ----------------------------------------------------------------------------

    def run_once(self) -> bool:
        """Do all that is due now, in order, and nothing else. False when something failed."""
        now = self._clock.now()
        self._pipeline.schedule(now)
        for job in self._store.read.jobs.due(now):
            self._guarded(job, partial(self._pipeline.run_job, job, now))
            while (row := self._store.read.jobs.get(job)) and row.due_at <= now and not row.failures:
                self._guarded(job, partial(self._pipeline.run_job, job, now))
        self._advance()
        for channel in self._pipeline.channels_due(now):
            self._guarded(channel, partial(self._pipeline.dispatch, channel, now))
        self._pool.shutdown()
        self._show()
        ok, _ = self.health()
        return ok and not self._pipeline.channels_due(now)

    def health(self) -> tuple[bool, dict[str, Any]]:
        """Whether the daemon does its work, with what is wrong in words, fit for an outside watcher."""
        read, now = self._store.read, self._clock.now()
        problems = [
            f"{job.name}: {job.error} ({job.failures} failures in a row)"
            for job in read.jobs.all()
            if job.failures >= FAILURES_SHOWN
        ]
        if (still := time.monotonic() - self._ticked_at) > STALLED_SECONDS:
            problems.append(f"the loop has stood still for {still:.0f} seconds")
        if self._classifier_error:
            problems.append(f"classifier: {self._classifier_error}")
        problems += [
            f"delivery to {each.person} by {each.channel}: {each.error}" for each in read.alerts.troubled()
        ]
        return not problems, {
            "problems": problems,
            "now": now.isoformat(),
            "mentions": read.mentions.count(),
            "waiting": read.mentions.waiting(),
            "alerts": len(read.alerts.active()),
            "deliveries_pending": read.alerts.pending(),
            "jobs": {job.name: job.due_at.isoformat() for job in read.jobs.all()},
        }
