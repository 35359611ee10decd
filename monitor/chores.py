"""What is done once a day, a shift or a week: the digest, the morning brief, the thresholds, the refit, retention, and what
the day took in the log."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import structlog

from monitor import thresholds
from monitor.intake.budget import midnight
from monitor.intake.polling import Spent
from monitor.paging.ending import Ending
from monitor.paging.pager import Pager
from monitor.parts import Parts
from monitor.sections import DigestGroup
from monitor.store import Bill, Tables
from monitor.watching.drills import Drills
from monitor.watching.watcher import Watcher
from monitor.wording.timetable import next_digest_due

RETENTION_EVERY = timedelta(days=1)
REFIT_EVERY = timedelta(days=7)
ERASED_AT_A_TIME = 500

log = structlog.get_logger()


def _digest_after(group: DigestGroup, moment: datetime) -> datetime:
    return next_digest_due(moment, group.weekday, group.time, ZoneInfo(group.time_zone))


class Chores:
    def __init__(self, parts: Parts, pager: Pager) -> None:
        self._ = parts
        self._store = parts.store
        self._config = parts.config
        self._pager = pager
        self._drills = Drills(parts)
        self.by_job: dict[str, Callable[[datetime], None]] = {
            "brief": self.send_brief,
            "thresholds": self.learn_thresholds,
            "refit": self.refit,
            "retention": self.retain,
            "spending": self.tell_spending,
            "watch": Watcher(parts).run,
            "drill": self._drills.run,
            "endings": Ending(parts).run,
        }
        """What each job does when it is due."""

    def schedule(self, tables: Tables, now: datetime) -> None:
        """Make the rows of the jobs that are not there yet; a due time that is there stays."""
        tables.jobs.ensure("retention", now)
        tables.jobs.ensure("thresholds", now)
        tables.jobs.ensure("endings", now)
        tables.jobs.ensure("spending", midnight(now))
        tables.jobs.ensure("refit", now + REFIT_EVERY)
        _ensure_at(tables, "brief", self._pager.shift(now)[1], now)
        self._watch(tables, now)
        groups = {group.job: group for group in self._config.digest.sent}
        for job, group in groups.items():
            _ensure_at(tables, job, _digest_after(group, now), now)
        for row in tables.jobs.all():
            if row.name.partition(" ")[0] == "digest" and row.name not in groups:
                tables.jobs.remove(row.name)

    def _watch(self, tables: Tables, now: datetime) -> None:
        """The watch of the watch itself, but for a replayed day, which passes faster than anybody could act."""
        replayed = any(source.type == "replay" for source in self._config.sources.values())
        test = None if replayed else self._drills.after(now)
        for job, wanted in (
            ("watch", not replayed),
            ("heartbeat", not replayed and self._config.watch.heartbeat is not None),
        ):
            if wanted:
                tables.jobs.ensure(job, now)
            else:
                tables.jobs.remove(job)
        if test:
            _ensure_at(tables, "drill", test, now)
        else:
            tables.jobs.remove("drill")

    def send_digest(self, name: str, now: datetime) -> None:
        """Queue a group's digest of the last due time that has passed (an older one is old news), and set the next."""
        group = self._config.digest.group(name)
        if group is None:
            return
        contacts = [contact for person in group.to for contact in self._pager.mail_of(person, now)]

        def work(tables: Tables) -> None:
            job = tables.jobs.get(group.job)
            if job is None:
                return
            due = job.due_at
            while (later := _digest_after(group, due)) <= now:
                due = later
            tables.outbox.enqueue(contacts, digest=due, group=group.name)
            tables.jobs.succeeded(job.name, now, later)

        self._store.write(work)

    def send_brief(self, now: datetime) -> None:
        """Queue the morning brief of the shift that has begun (an older one's is part of it), and set the next."""

        def work(tables: Tables) -> int:
            due, following = self._pager.shift(now)
            told = self._pager.brief(tables, due, now)
            tables.jobs.succeeded("brief", now, following)
            return told

        told = self._store.write(work)
        if told:
            log.info("morning brief", stories=told)

    def tell_spending(self, now: datetime) -> None:
        """Log what each source took and cost on the UTC day before."""
        day, ledger = now - timedelta(days=1), self._store.read.sources
        bills, read = ledger.billed_between(day, now), ledger.spent_between(day, now)
        for name in sorted({*bills, *read}):
            bill, spent = bills.get(name, Bill()), read.get(name, Spent())
            log.info(
                "spent",
                day=day.date().isoformat(),
                source=name,
                posts=bill.posts,
                dollars=round(bill.dollars, 3),
                read_again=spent.posts,
                readings_lost=spent.lost,
            )
        self._store.write(lambda tables: tables.jobs.succeeded("spending", now, midnight(now)))

    def learn_thresholds(self, now: datetime) -> None:
        """What `viral_at = "auto"` means from today on."""
        found = thresholds.compute(self._config, self._store.read, now)

        def work(tables: Tables) -> None:
            for name, threshold in found.items():
                tables.thresholds.put(name, threshold)
            tables.jobs.succeeded("thresholds", now, now + thresholds.EVERY)

        self._store.write(work)

    def refit(self, now: datetime) -> None:
        """Fit the forecast to the brand's own posts, once more; it changes only for a better one."""
        said = self._.refit(now)
        self._store.write(lambda tables: tables.jobs.succeeded("refit", now, now + REFIT_EVERY))
        if said:
            log.info("the forecast was fitted anew", what=said)

    def retain(self, now: datetime) -> None:
        """Erase mentions that are older than the configuration allows, some at a time, so that others can write; and
        browsers of people who have no such contact any more."""
        before = now - timedelta(days=self._config.retention.days)
        erased = 0
        while some := self._store.write(
            lambda tables: tables.mentions.purge(before=before, limit=ERASED_AT_A_TIME)
        ):
            erased += some
        contacts = [(person.name, channel) for person in self._config.people for channel in person.contacts]
        self._store.write(lambda tables: tables.devices.keep(contacts))
        self._store.write(lambda tables: tables.jobs.succeeded("retention", now, now + RETENTION_EVERY))
        if erased:
            log.info("erased", mentions=erased, older_than_days=self._config.retention.days)


def _ensure_at(tables: Tables, job: str, due: datetime, now: datetime) -> None:
    """A job of a configured hour, which may be another one than when its row was made."""
    tables.jobs.ensure(job, due)
    row = tables.jobs.get(job)
    if row is not None and row.due_at > now:
        tables.jobs.postpone(job, due)
