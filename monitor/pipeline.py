"""A mention's way: poll, classify, assess, dispatch, escalate. The only place that knows the order.

Each step takes its work from the store and leaves its result there in one transaction, so that a crash between any
two statements loses nothing: the step finds the same work again. Every step takes `now`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import structlog

from monitor import polling, stories
from monitor.errors import PortError, StoreError
from monitor.model import Batch, Classification, Forecast, Mention, MentionKey
from monitor.paging import Pager
from monitor.parts import Parts
from monitor.store import Tables
from monitor.timetable import next_digest_due

BATCH = 64
"""Mentions that are classified, and assessed, at a time: one transaction each."""

RETENTION_EVERY = timedelta(days=1)

PAGES_A_POLL = 50
"""Pages that one poll reads before others get their turn; the rest of the gap is due at once."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Assessed:
    """A mention with everything that is known of it before its story is looked at."""

    mention: Mention
    found: Classification | None
    forecast: Forecast | None
    counts: bool
    """It is a complaint about the brand, or belongs to a story already."""


class Pipeline:
    def __init__(self, parts: Parts) -> None:
        self._ = parts
        self._store = parts.store
        self._config = parts.config
        self._pager = Pager(parts)
        # Steps of the way that the daemon calls beside those below.
        self.escalate = self._pager.escalate
        self.dispatch = self._pager.dispatch
        self.channels_due = self._pager.channels_due

    # --- poll -------------------------------------------------------------------------------------------------

    def schedule(self, now: datetime) -> None:
        """Make the rows of the jobs that are not there yet; a due time that is there stays."""
        digest = self._config.digest

        def work(tables: Tables) -> None:
            for name in self._.sources:
                tables.jobs.ensure(f"poll {name}", now)
                tables.jobs.ensure(f"read {name}", now)
            tables.jobs.ensure("retention", now)
            if digest.to:
                due = next_digest_due(now, digest.weekday, digest.time, ZoneInfo(digest.time_zone))
                tables.jobs.ensure("digest", due)

        self._store.write(work)

    def run_job(self, job: str, now: datetime) -> None:
        """Run a job that is due. Its failure is written to its row with the time of the next try."""
        kind, _, name = job.partition(" ")
        if name and name not in self._.sources:
            # A source that the configuration has no more.
            self._store.write(lambda tables: tables.jobs.remove(job))
            return
        try:
            match kind:
                case "poll":
                    self.poll(name, now)
                case "read":
                    self.read_again(name, now)
                case "digest":
                    self.send_digest(now)
                case "retention":
                    self.retain(now)
        except StoreError:
            raise
        except Exception as error:
            self._failed(job, error, now)

    def _failed(self, job: str, error: Exception, now: datetime) -> None:
        known = isinstance(error, PortError)
        text = str(error) if known else f"{type(error).__name__} (see the log)"
        row = self._store.read.jobs.get(job)
        failures = (row.failures if row else 0) + 1
        retry_after = error.retry_after if isinstance(error, PortError) else None
        if isinstance(error, PortError) and error.permanent:
            retry_after = max(retry_after or 0.0, polling.BACK_OFF_LONGEST)
        due = now + polling.back_off(failures, retry_after)
        log.error(
            "job failed", job=job, error=text, failures=failures, next_try=due.isoformat(), exc_info=not known
        )
        self._store.write(lambda tables: tables.jobs.failed(job, text, due))

    def poll(self, name: str, now: datetime) -> None:
        """Read what is new, page by page until the gap since the last poll is closed. SourceError when it can't."""
        for _ in range(PAGES_A_POLL):
            cursor = self._store.read.sources.cursor(name)
            batch = self._.sources[name].poll(cursor, now)
            self._keep(name, batch, now)
            if not batch.more:
                return

    def _keep(self, name: str, batch: Batch, now: datetime) -> None:
        """One transaction: mentions, readings, deletions, cursor, the time covered, and when to poll next."""

        def work(tables: Tables) -> int:
            added = tables.mentions.add(batch.mentions, now)
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
        """Read the counters of the posts that are due, the hottest first, within the source's daily budget."""
        source = self._.sources[name]
        budget = self._config.sources[name].reads_per_day - self._store.read.sources.spent(name, now)
        ids = self._store.read.mentions.read_due(name, now, min(source.read_size, max(budget, 0)))
        batch = source.read(ids, now) if ids else Batch()

        def work(tables: Tables) -> None:
            if ids:
                tables.mentions.add_readings(batch.readings)
                tables.mentions.delete(batch.deleted)
                tables.sources.spend(name, len(ids), now)
                # Those that changed are assessed next and get their time then; the others wait as long again.
                tables.mentions.postpone_reading(name, ids, now + polling.READ_SOONEST)
            tables.jobs.succeeded(f"read {name}", now, now + self._every(name))

        self._store.write(work)

    # --- classify and assess ----------------------------------------------------------------------------------

    def classify(self, now: datetime) -> int:
        """Let the model read the oldest mentions that it has not read; how many. ClassifierError when it can't."""
        waiting = self._store.read.mentions.unclassified(BATCH)
        if not waiting:
            return 0
        results = self._classified([mention.text for mention in waiting])

        def work(tables: Tables) -> None:
            for mention, found in zip(waiting, results, strict=True):
                if found is None:
                    tables.mentions.unreadable(mention.key)
                else:
                    tables.mentions.classified(mention.key, found, now)

        self._store.write(work)
        return len(waiting)

    def _classified(self, texts: Sequence[str]) -> Sequence[Classification | None]:
        """The whole batch at once; if it fails for one text's sake, each alone, so that only that one is lost."""
        try:
            return self._.classifier.classify(texts)
        except PortError:
            raise
        except Exception:
            log.exception("a batch could not be classified; trying its texts one by one")
        results: list[Classification | None] = []
        for text in texts:
            try:
                results.extend(self._.classifier.classify([text]))
            except PortError:
                raise
            except Exception:
                log.exception("a text could not be classified", length=len(text))
                results.append(None)
        return results

    def assess(self, now: datetime) -> int:
        """Forecasts, stories, and for each story that changed a decision; how many mentions were looked at.

        One transaction holds all of it, with the alert and its deliveries when the decision is to page.
        """
        keys = self._store.read.mentions.to_assess(BATCH)
        if not keys:
            return 0
        looked_at = [assessed for key in keys if (assessed := self._look(key, now))]

        def work(tables: Tables) -> list[tuple[int, str]]:
            touched = dict.fromkeys(self._place(tables, each, now) for each in looked_at)
            return [
                (story, said)
                for story in touched
                if story is not None and (said := self._pager.decide(tables, story, now))
            ]

        for story, said in self._store.write(work):
            log.warning("page", story=story, reason=said)
        return len(keys)

    def _look(self, key: MentionKey, now: datetime) -> Assessed | None:
        read = self._store.read
        mention = read.mentions.get(key)
        if mention is None:
            return None
        found = read.mentions.classification(key)
        measure, viral_at = self._.measure_of(mention.source)
        try:
            forecast = self._.forecaster.forecast(
                mention, read.mentions.readings(key), viral_at, measure, now
            )
        except Exception:
            log.exception("no forecast", source=key.source, id=key.id)
            forecast = None
        complaint = found is not None and found.complaint >= self._config.rules.complaint_at
        counts = read.stories.of(key) is not None or (
            found is not None
            and (
                (complaint and self._config.brand.relevant(mention.text))
                or read.stories.linked(mention) is not None
            )
        )
        return Assessed(mention, found, forecast, counts)

    def _place(self, tables: Tables, each: Assessed, now: datetime) -> int | None:
        """Put the mention into its story and say when to read it next; the story, or None when it has none."""
        due = polling.next_reading(each.mention.created_at, each.forecast, now)
        readable = each.counts and each.mention.source in self._.sources
        tables.mentions.assessed(each.mention.key, each.forecast, due if readable else None)
        story = tables.stories.of(each.mention.key)
        if story is not None or not each.counts or each.found is None:
            return story
        linked = tables.stories.linked(each.mention)
        if linked is not None:
            tables.stories.join(linked, each.mention, None)
            return linked
        vector = stories.vector(each.mention.text, each.found.embedding)
        near = stories.nearest(vector, tables.stories.open_at(each.mention.created_at))
        if near is None:
            return tables.stories.open(each.mention, vector)
        tables.stories.join(near, each.mention, vector)
        return near

    # --- the slow jobs ----------------------------------------------------------------------------------------

    def send_digest(self, now: datetime) -> None:
        """Queue the digest of the week that the job's row names, and set the next one's time."""
        digest = self._config.digest
        contacts = [
            (person, channel)
            for person in digest.to
            for channel in self._pager.contacts(person)
            if self._carries_mail(channel)
        ]

        def work(tables: Tables) -> None:
            job = tables.jobs.get("digest")
            if job is not None:
                tables.alerts.enqueue(contacts, now, digest=job.due_at)
                due = next_digest_due(now, digest.weekday, digest.time, ZoneInfo(digest.time_zone))
                tables.jobs.succeeded("digest", now, due)

        self._store.write(work)

    def _carries_mail(self, channel: str) -> bool:
        return self._.channels[channel].carries == "mail" if channel in self._.channels else False

    def retain(self, now: datetime) -> None:
        """Erase mentions that are older than the configuration allows."""

        def work(tables: Tables) -> int:
            erased = tables.mentions.purge(before=now - timedelta(days=self._config.retention.days))
            tables.jobs.succeeded("retention", now, now + RETENTION_EVERY)
            return erased

        if erased := self._store.write(work):
            log.info("erased", mentions=erased, older_than_days=self._config.retention.days)
