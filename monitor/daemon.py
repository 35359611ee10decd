"""The loop that runs what is due, each piece of work at most once at a time, in bounded pools."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import schedule
import structlog

from monitor.assess import SET_ASIDE
from monitor.errors import SnapwatchError
from monitor.intake.polling import FAILURES_SHOWN, back_off
from monitor.parts import Parts
from monitor.pipeline import Pipeline
from monitor.watching.heartbeat import Heart

TICK_SECONDS = 1
STALLED_SECONDS = 60.0
WORKERS = 8
"""Threads for everything but the platforms, which have their own: platforms that hang must hold up neither a page nor each
other."""

CHORES = 6
"""Threads for what is done now and then, such as once a day."""

REPLY_TROUBLE = timedelta(hours=2)
"""How long a reply that the platform refused is a problem, unless another one takes its place."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Trouble:
    """Work that failed rests for a while: a full disk must not poll or page once a second."""

    failures: int
    error: str
    rests_until: float


class Daemon:
    def __init__(
        self,
        parts: Parts,
        progress: Callable[[], None],
        progress_seconds: int,
        alive: Callable[[], None] = lambda: None,
    ) -> None:
        """`alive` is called at the end of each tick."""
        self._pipeline = Pipeline(parts)
        self.receive = self._pipeline.fetcher.receive
        self.receipt = self._pipeline.receipt
        self._store, self._clock = parts.store, parts.clock
        self._leaving, self._stopping = parts.leaving, parts.stopping
        if url := parts.config.watch.heartbeat:
            heart = Heart(parts.store, url.get_secret_value(), self.health)
            self._pipeline.chores.by_job["heartbeat"] = heart.beat
        self._alive = alive
        self._sources = parts.config.sources
        self._progress = progress
        self._progress_seconds = progress_seconds
        # Of one source, one lane at a time is polled or filled, one batch read again, one stream heard, one reply posted.
        platforms = 3 * len(parts.sources) + len(parts.posters)
        self._pollers = ThreadPoolExecutor(platforms + CHORES, thread_name_prefix="poll")
        self._workers = ThreadPoolExecutor(WORKERS, thread_name_prefix="work")
        # Of one channel, one lane for pages and one for digests; those that are configured no more need but one.
        self._senders = ThreadPoolExecutor(2 * len(parts.channels) + 1, thread_name_prefix="send")
        self._in_flight: dict[str, Future[bool]] = {}
        self._polls: dict[str, Future[bool]] = {}  # those of the pollers
        self._troubles: dict[str, Trouble] = {}
        self._ticked_at = time.monotonic()

    # --- the loop ---------------------------------------------------------------------------------------------

    def run(self, wake: threading.Event) -> None:
        """Work until `wake` is set; may be called again."""
        self._guarded("schedule", lambda: self._pipeline.schedule(self._clock.now()))
        scheduler = schedule.Scheduler()
        scheduler.every(TICK_SECONDS).seconds.do(partial(self._guarded, "tick", self.tick))
        scheduler.every(self._progress_seconds).seconds.do(self._show)
        while not wake.is_set():
            scheduler.run_pending()
            idle = scheduler.idle_seconds or 0.0
            if idle > STALLED_SECONDS:
                # The machine's clock was set back: `schedule` waits by the wall clock and would sleep that long.
                for job in scheduler.get_jobs():
                    job.run()  # type: ignore[no-untyped-call]
            wake.wait(min(max(idle, 0.05), TICK_SECONDS))

    def leave(self, ended: Callable[[], bool]) -> None:
        """Poll nothing any more, and go on paging until no platform holds anything up, or `ended` says so: a call of one
        that hangs may take its whole time-out."""
        self._leaving.set()
        self._pollers.shutdown(wait=False, cancel_futures=True)
        while _under_way(self._polls.values(), TICK_SECONDS) and not ended():
            self._guarded("tick", self.tick)

    def stop(self, grace: float) -> bool:
        """Begin nothing new and wait for what is under way. False when the grace was too short: call it again to wait
        longer, each network call has a timeout; what is left undone is found again at the next start."""
        if not self._stopping.is_set():
            self._leaving.set()
            self._stopping.set()
            self._show()
        for pool in (self._pollers, self._workers, self._senders):
            pool.shutdown(wait=False, cancel_futures=True)
        return not _under_way(self._in_flight.values(), grace)

    def tick(self) -> None:
        """Start whatever is due and neither under way nor resting."""
        now = self._clock.now()
        for job in () if self._leaving.is_set() else self._store.read.jobs.due(now):
            flight = _flight(job)
            self._start(self._pollers, job, partial(self._pipeline.run_job, job, now), flight)
            if flight in self._in_flight:
                self._polls[flight] = self._in_flight[flight]
        self._start(self._workers, "classify", partial(self._drain, self._pipeline.classify))
        self._start(self._workers, "assess", partial(self._drain, self._pipeline.assess))
        self._start(self._workers, "escalate", partial(self._pipeline.escalate, now))
        for lane in self._pipeline.lanes_due(now):
            channel, is_digest = lane
            name = f"dispatch {channel}{' digest' if is_digest else ''}"
            self._start(self._senders, name, partial(self._pipeline.dispatch, lane, now))
        self._ticked_at = time.monotonic()
        self._alive()

    def _start(
        self, pool: ThreadPoolExecutor, name: str, work: Callable[[], object], flight: str = ""
    ) -> None:
        """Start it, unless it, or another of the same flight, is under way."""
        flight = flight or name
        running, trouble = self._in_flight.get(flight), self._troubles.get(name)
        if (running is None or running.done()) and (
            trouble is None or time.monotonic() >= trouble.rests_until
        ):
            self._in_flight[flight] = pool.submit(self._guarded, name, work)

    def _guarded(self, name: str, work: Callable[[], object]) -> bool:
        """Do it; True when it worked. No failure of one piece of work ends the daemon or stops another."""
        try:
            work()
        except Exception as error:
            known = isinstance(error, SnapwatchError)
            failures = self._troubles[name].failures + 1 if name in self._troubles else 1
            rest = back_off(failures).total_seconds()
            text = str(error) if known else f"{type(error).__name__} (see the log)"
            self._troubles[name] = Trouble(failures, text, time.monotonic() + rest)
            log.error(
                "failed; trying again", work=name, error=text, next_try_seconds=rest, exc_info=not known
            )
            return False
        self._troubles.pop(name, None)
        return True

    def _drain(self, step: Callable[[datetime], int]) -> None:
        while not self._stopping.is_set() and step(self._clock.now()):
            pass

    def _show(self) -> None:
        self._guarded("progress", self._progress)

    # --- one pass, and how it goes ----------------------------------------------------------------------------

    def run_once(self) -> bool:
        """Do all that is due now, in order, and nothing else. False when something failed."""
        now = self._clock.now()
        ok = self._guarded("schedule", lambda: self._pipeline.schedule(now))
        if ok:
            for job in self._store.read.jobs.due(now):
                if job.startswith("listen "):
                    continue  # it never ends
                while self._due(job, now) and self._guarded(job, partial(self._pipeline.run_job, job, now)):
                    pass
            for name, step in (("classify", self._pipeline.classify), ("assess", self._pipeline.assess)):
                self._guarded(name, partial(self._drain, step))
            # Time went on meanwhile, in a replay by hours.
            now = self._clock.now()
            self._guarded("escalate", partial(self._pipeline.escalate, now))
            for lane in sorted(self._pipeline.lanes_due(now)):
                self._guarded(f"dispatch {lane[0]}", partial(self._pipeline.dispatch, lane, now))
        self.stop(grace=0)
        failing = [job for job in self._store.read.jobs.all() if job.failures]
        return ok and not failing and not self._troubles and not self._pipeline.lanes_due(now)

    def _due(self, name: str, now: datetime) -> bool:
        """Whether the job still has something to do now: a poll goes on until its gap is closed."""
        row = self._store.read.jobs.get(name)
        return row is not None and row.due_at <= now and not row.failures

    def _is_heard(self, job: str) -> bool:
        """Whether it is a stream that is open: one that fails rests most of the time."""
        running = self._in_flight.get(job)
        return job.startswith("listen ") and running is not None and not running.done()

    def health(self) -> tuple[bool, dict[str, Any]]:
        """Whether the daemon does its work, with what is wrong in words, fit for an outside watcher."""
        read, now = self._store.read, self._clock.now()
        jobs = read.jobs.all()
        problems = [
            f"{job.name}: {job.error} ({job.failures} failures in a row)"
            for job in jobs
            if job.failures >= FAILURES_SHOWN and not self._is_heard(job.name)
        ]
        if (still := time.monotonic() - self._ticked_at) > STALLED_SECONDS:
            problems.append(f"the loop has stood still for {still:.0f} seconds")
        problems += [f"{name}: {trouble.error}" for name, trouble in self._troubles.copy().items()]
        problems += [
            f"delivery to {each.person} by {each.channel}: {each.error}" for each in read.outbox.troubled(now)
        ]
        problems += [f"reply {each.code}: {each.error}" for each in read.replies.failed(now - REPLY_TROUBLE)]
        alarms = read.alarms.going_on()
        return not problems and not alarms, {
            "problems": problems,
            "alarms": {alarm.what: alarm.words for alarm in alarms},
            "now": now.isoformat(),
            "mentions": read.mentions.count(),
            "waiting": read.mentions.waiting(),
            "set_aside": sum(job.name.startswith(SET_ASIDE) for job in jobs),
            "alerts": len(read.alerts.active()),
            "replies": len(read.replies.live()),
            "promises_open": len(read.replies.promised()),
            "deliveries_pending": read.outbox.pending(),
            "sent_twice": sum(read.sending.twice().values()),
            "jobs": {job.name: job.due_at.isoformat() for job in jobs},
            "spent_today": {
                name: {"posts": bill.posts, "dollars": round(bill.dollars, 3)}
                for name in self._sources
                for bill in [read.sources.billed(name, now)]
            },
            "looked_up_today": {
                name: {"posts": done.posts, "gone": done.gone, "lost": done.lost}
                for name in self._sources
                for done in [read.looks.on_day(name, now)]
            },
            "readings_today": {
                name: {"read": spent.posts, "lost": spent.lost, "budget": source.reads_per_day}
                for name, source in self._sources.items()
                for spent in [read.sources.spent(name, now)]
            },
        }


def _under_way(work: Iterable[Future[bool]], patience: float) -> bool:
    """Whether some of it still runs after so many seconds. What was cancelled before it began is none of it, though `wait`
    would wait for it forever."""
    return bool(wait([each for each in work if not each.done()], timeout=patience).not_done)


def _flight(job: str) -> str:
    """Lanes of a source take turns, also when they are filled: they share its connections, its rate limit and its budget.
    So do readings and looks; and the replies to its posts."""
    kind, _, name = job.partition(" ")
    match kind:
        case "poll" | "fill":
            return f"poll {name.partition(' ')[0]}"
        case "look":
            return f"read {name}"
        case "reply":
            return f"reply {name.rpartition(' ')[0]}"
        case _:
            return job
