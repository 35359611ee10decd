"""A mention's way: poll, classify, assess, dispatch, escalate. The only place that knows the order.

Each step takes its work from the store and leaves its result there in one transaction, so that a crash between any
two statements loses nothing: the step finds the same work again. Every step takes `now`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from monitor import polling
from monitor.assess import Assessor
from monitor.chores import Chores
from monitor.classified import classified
from monitor.delivery import Dispatcher
from monitor.errors import StoreError
from monitor.model import Batch, Mention, MentionKey
from monitor.paging import Pager
from monitor.parts import Parts
from monitor.polling import Spent
from monitor.store import Tables
from monitor.tries import note_failure

BATCH = 64
"""Mentions that are classified at a time: one transaction."""

TURNS = 5_000
"""Posts due to be read again that are weighed at a time; after a long stop the others wait for the next second."""

PAGES_A_POLL = 50
"""Pages that one poll reads before others get their turn; the rest of the gap is due at once."""

log = structlog.get_logger()


class Pipeline:
    def __init__(self, parts: Parts) -> None:
        self._ = parts
        self._store = parts.store
        self._config = parts.config
        self._pager = Pager(parts)
        self._assessor = Assessor(parts, self._pager)
        self.assess = self._assessor.assess
        dispatcher = Dispatcher(parts, self._pager)
        self.lanes_due = dispatcher.lanes_due
        self.dispatch = dispatcher.dispatch
        self.chores = Chores(parts, self._pager)

    # --- poll -------------------------------------------------------------------------------------------------

    def schedule(self, now: datetime) -> None:
        """Make the rows of the jobs that are not there yet; a due time that is there stays."""

        def work(tables: Tables) -> None:
            for name in self._.sources:
                tables.jobs.ensure(f"poll {name}", now)
                tables.jobs.ensure(f"read {name}", now)
            self.chores.schedule(tables, now)

        self._store.write(work)

    def run_job(self, job: str, now: datetime) -> None:
        """Run a job that is due. Its failure is written to its row with the time of the next try."""
        kind, _, name = job.partition(" ")
        if kind in ("poll", "read") and name not in self._.sources:
            # A source that the configuration has no more.
            self._store.write(lambda tables: tables.jobs.remove(job))
            return
        try:
            match kind:
                case "poll":
                    self.poll(name, now)
                case "read":
                    self.read_again(name, now)
                case "assess":
                    self._assessor.assess_again(job, MentionKey(*name.split(" ", 1)), now)
                case "decide":
                    self._assessor.decide_again(job, int(name), now)
                case _:
                    self.chores.by_job[kind](now)
        except StoreError:
            raise
        except Exception as error:
            self._failed(job, error)

    def _failed(self, job: str, error: Exception) -> None:
        now = self._.clock.now()  # the try itself may have taken minutes
        self._store.write(lambda tables: note_failure(tables, job, error, now))

    def poll(self, name: str, now: datetime) -> None:
        """Read what is new, page by page until the gap since the last poll is closed. SourceError when it can't."""
        for _ in range(PAGES_A_POLL):
            cursor = self._store.read.sources.cursor(name)
            batch = self._.sources[name].poll(cursor, now)
            self._keep(name, batch, now)
            if not batch.more or self._.stopping.is_set():
                return

    def _keep(self, name: str, batch: Batch, now: datetime) -> None:
        """One transaction: mentions, readings, deletions, cursor, the time covered, and when to poll next."""

        def work(tables: Tables) -> int:
            added = tables.mentions.add((_not_later(mention, now) for mention in batch.mentions), now)
            tables.mentions.add_readings(batch.readings)
            tables.mentions.delete(batch.deleted)
            tables.sources.polled(name, batch.cursor, now)
            tables.sources.cover(name, batch.covered)
            due = now if batch.more else now + self._every(name)
            tables.jobs.succeeded(f"poll {name}", now, due)
            return added

        added = self._store.write(work)
        if added:
            log.debug("polled", source=name, new=added, readings=len(batch.readings), more=batch.more)

    def _every(self, name: str) -> timedelta:
        return timedelta(seconds=self._config.sources[name].every)

    def read_again(self, name: str, now: datetime) -> None:
        """Read a batch of the posts whose turn it is, those first whose reading is worth most, within what the source's
        daily budget allows now; turns that it does not allow are counted."""
        source, budget = self._.sources[name], self._config.sources[name].reads_per_day
        due = self._store.read.mentions.read_due(name, now, TURNS)
        spent = self._store.read.sources.spent(name, now)
        choice = polling.choose(due, source.read_size, budget, spent, now)
        batch = source.read([each.id for each in choice.read], now) if choice.read else Batch()
        turns = polling.turns(choice, {each.id for each in batch.readings if each.source == name}, now)
        more = len(due) > len(turns) or len(due) == TURNS

        def work(tables: Tables) -> None:
            tables.mentions.add_readings(batch.readings)
            tables.mentions.delete(batch.deleted)
            if choice.read or choice.lost:
                tables.sources.spend(name, Spent(len(choice.read), choice.reserve, len(choice.lost)), now)
            # Those that were read are assessed next, and get their time from the new forecast then.
            tables.mentions.take_turns(name, turns)
            tables.jobs.succeeded(f"read {name}", now, now if more else now + self._every(name))

        self._store.write(work)
        if choice.lost and not spent.lost:
            log.warning(
                "the budget is short: the first turn of the day is lost", source=name, reads_per_day=budget
            )
        for turn in turns:
            if turn.unanswered >= polling.UNANSWERED:
                log.info("the platform no longer answers for a post", source=name, id=turn.id)

    # --- classify ---------------------------------------------------------------------------------------------

    def classify(self, now: datetime) -> int:
        """Let the model read the oldest mentions that it has not read; how many. ClassifierError when it can't."""
        waiting = self._store.read.mentions.unclassified(BATCH)
        if not waiting:
            return 0
        results = classified(self._.classifier, [mention.text for mention in waiting])

        def work(tables: Tables) -> None:
            for mention, found in zip(waiting, results, strict=True):
                if found is None:
                    tables.mentions.unreadable(mention.key)
                else:
                    tables.mentions.classified(mention.key, found, now)

        self._store.write(work)
        return len(waiting)

    # --- escalate ---------------------------------------------------------------------------------------------

    def escalate(self, now: datetime) -> int:
        """Page the next person of each alert that nobody acknowledged in time; how many alerts moved."""
        if not self._pager.is_due(self._store.read, now):
            return 0
        return self._store.write(lambda tables: self._pager.escalate(tables, now))


def _not_later(mention: Mention, now: datetime) -> Mention:
    """Clocks disagree; a post from the future would stay hot, and keep its story open, until its time has come."""
    return mention if mention.created_at <= now else replace(mention, created_at=now)
