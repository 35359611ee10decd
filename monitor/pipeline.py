"""A mention's way: poll, classify, assess, dispatch, escalate. The only place that knows the order.

Each step takes its work from the store and leaves its result there in one transaction, so that a crash between any
two statements loses nothing: the step finds the same work again. Every step takes `now`.
"""

from __future__ import annotations

from datetime import datetime

import structlog

from monitor.answering.mailboxes import Mailboxes
from monitor.assess import Assessor
from monitor.chores import Chores
from monitor.delivery import Dispatcher
from monitor.errors import StoreError
from monitor.intake.fetch import Fetcher
from monitor.intake.looking import Looker
from monitor.learning.classified import classified
from monitor.model import MentionKey
from monitor.paging.pager import Pager
from monitor.parts import Parts
from monitor.replying.eyes import Eyes
from monitor.replying.posting import Posting
from monitor.replying.promises import Promises
from monitor.rota.reading import CalendarReader
from monitor.store import Tables
from monitor.tries import note_failure

BATCH = 64
"""Mentions that are classified at a time: one transaction."""

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
        self.receipt = dispatcher.receipt
        self.fetcher = Fetcher(parts)
        self.looker = Looker(parts)
        self.chores = Chores(parts, self._pager)
        self.mailboxes = Mailboxes(parts)
        self.posting = Posting(parts)
        self.promises = Promises(parts)
        self.eyes = Eyes(parts)
        self.calendars = CalendarReader(parts)

    # --- jobs -------------------------------------------------------------------------------------------------

    def schedule(self, now: datetime) -> None:
        """Make the rows of the jobs that are not there yet; a due time that is there stays."""

        def work(tables: Tables) -> None:
            self.fetcher.schedule(tables, now)
            self.looker.schedule(tables, now)
            self.chores.schedule(tables, now)
            self.mailboxes.schedule(tables, now)
            self.calendars.schedule(tables, now)

        self._store.write(work)

    def run_job(self, job: str, now: datetime) -> None:
        """Run a job that is due. Its failure is written to its row with the time of the next try."""
        kind, _, name = job.partition(" ")
        try:
            match kind:
                case "poll" | "fill" | "read" | "listen":
                    if not self.fetcher.run(job, now):
                        self._store.write(lambda tables: tables.jobs.remove(job))
                case "look":
                    if not self.looker.look(name, now):
                        self._store.write(lambda tables: tables.jobs.remove(job))
                case "assess":
                    self._assessor.assess_again(job, MentionKey(*name.split(" ", 1)), now)
                case "decide":
                    self._assessor.decide_again(job, int(name), now)
                case "calendar":
                    if not self.calendars.run(job, now):
                        self._store.write(lambda tables: tables.jobs.remove(job))
                case "mailbox":
                    self.mailboxes.run(name, now)
                case "digest":
                    self.chores.send_digest(name, now)
                case "reply":
                    if not self.posting.run(job, now):
                        self._store.write(lambda tables: tables.jobs.remove(job))
                case "promise":
                    self.promises.run(int(name), now)
                case "eyes":
                    self.eyes.run(int(name), now)
                case "silence":
                    self._store.write(lambda tables: tables.silences.release(int(name), now))
                case _:
                    self.chores.by_job[kind](now)
        except StoreError:
            raise
        except Exception as error:
            self._failed(job, error)

    def _failed(self, job: str, error: Exception) -> None:
        now = self._.clock.now()  # the try itself may have taken minutes
        self._store.write(lambda tables: note_failure(tables, job, error, now))

    # --- classify ---------------------------------------------------------------------------------------------

    def classify(self, now: datetime) -> int:
        """Let the model read the oldest mentions that it has not read; how many. ClassifierError when it can't."""
        waiting = self._store.read.mentions.unclassified(BATCH)
        if not waiting:
            return 0
        results = classified(self._.classifier, [mention.text for mention in waiting])

        def work(tables: Tables) -> None:
            for mention, found in zip(waiting, results, strict=True):
                if tables.mentions.get(mention.key) != mention:
                    continue  # edited or erased since it was read: what the model says is about another text
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
