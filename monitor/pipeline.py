"""A mention's way: poll, classify, assess, dispatch, escalate. The only place that knows the order.

Each step takes its work from the store and leaves its result there in one transaction, so that a crash between any
two statements loses nothing: the step finds the same work again. Every step takes `now`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import structlog

from monitor import polling, rules, thresholds
from monitor.classified import classified
from monitor.delivery import Dispatcher
from monitor.errors import PortError, StoreError
from monitor.grouping import Grouping
from monitor.model import Batch, Classification, Forecast, Mention, MentionKey
from monitor.paging import Pager, Said
from monitor.parts import Parts
from monitor.polling import Spent
from monitor.ports import Ask, Forecaster
from monitor.spread import in_words
from monitor.store import Tables, denied
from monitor.timetable import next_digest_due

BATCH = 64
"""Mentions that are classified, and assessed, at a time: one transaction each."""

RETENTION_EVERY = timedelta(days=1)
REFIT_EVERY = timedelta(days=7)
ERASED_AT_A_TIME = 500

TURNS = 5_000
"""Posts due to be read again that are weighed at a time; after a long stop the others wait for the next second."""

PAGES_A_POLL = 50
"""Pages that one poll reads before others get their turn; the rest of the gap is due at once."""

SET_ASIDE = ("assess ", "decide ")
"""How the jobs begin that try again what failed: a mention, or the decision about a story."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Assessed:
    """A mention with its forecast, before its story is looked at."""

    mention: Mention
    forecast: Forecast | None
    readings: int
    """How many readings the forecast has seen; one that comes meanwhile has the mention looked at again."""


class Pipeline:
    def __init__(self, parts: Parts) -> None:
        self._ = parts
        self._store = parts.store
        self._config = parts.config
        self._pager = Pager(parts)
        self._grouping = Grouping()
        self._dispatcher = Dispatcher(parts, self._pager)
        self.lanes_due = self._dispatcher.lanes_due
        self.dispatch = self._dispatcher.dispatch

    # --- poll -------------------------------------------------------------------------------------------------

    def schedule(self, now: datetime) -> None:
        """Make the rows of the jobs that are not there yet; a due time that is there stays."""

        def work(tables: Tables) -> None:
            for name in self._.sources:
                tables.jobs.ensure(f"poll {name}", now)
                tables.jobs.ensure(f"read {name}", now)
            tables.jobs.ensure("retention", now)
            tables.jobs.ensure("thresholds", now)
            tables.jobs.ensure("refit", now + REFIT_EVERY)
            self._ensure_at(tables, "brief", self._pager.shift(now)[1], now)
            if self._config.digest.to:
                self._ensure_at(tables, "digest", self._digest_after(now), now)

        self._store.write(work)

    @staticmethod
    def _ensure_at(tables: Tables, job: str, due: datetime, now: datetime) -> None:
        """A job of a configured hour, which may be another one than when its row was made."""
        tables.jobs.ensure(job, due)
        row = tables.jobs.get(job)
        if row is not None and row.due_at > now:
            tables.jobs.postpone(job, due)

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
                    self.assess_again(job, MentionKey(*name.split(" ", 1)), now)
                case "decide":
                    self.decide_again(job, int(name), now)
                case "digest":
                    self.send_digest(now)
                case "brief":
                    self.send_brief(now)
                case "thresholds":
                    self.learn_thresholds(now)
                case "refit":
                    self.refit(now)
                case "retention":
                    self.retain(now)
        except StoreError:
            raise
        except Exception as error:
            self._failed(job, error)

    def _failed(self, job: str, error: Exception) -> None:
        now = self._.clock.now()  # the try itself may have taken minutes
        self._store.write(lambda tables: self._note_failure(tables, job, error, now))

    @staticmethod
    def _note_failure(tables: Tables, job: str, error: Exception, now: datetime) -> None:
        known = isinstance(error, PortError)
        text = str(error) if known else f"{type(error).__name__} (see the log)"
        row = tables.jobs.get(job)
        failures = (row.failures if row else 0) + 1
        retry_after = error.retry_after if isinstance(error, PortError) else None
        if isinstance(error, PortError) and error.permanent:
            # Time alone won't mend it: a person must hear of it now.
            failures = max(failures, polling.FAILURES_SHOWN)
            retry_after = max(retry_after or 0.0, polling.BACK_OFF_LONGEST)
        due = now + polling.back_off(failures, retry_after)
        log.error(
            "job failed",
            job=job,
            error=text,
            failures=failures,
            next_try=due.isoformat(),
            exc_info=None if known else error,
        )
        tables.jobs.failed(job, text, failures, due)

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

    # --- classify and assess ----------------------------------------------------------------------------------

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

    def assess(self, now: datetime) -> int:
        """Forecasts, stories, and for each story that changed a decision; how many mentions were looked at.

        One transaction holds all of it, with the alert and its deliveries when the decision is to page. A decision that
        fails takes nothing else with it; it, and a mention that can't be assessed, is a job that is tried again.
        """
        keys = self._store.read.mentions.to_assess(BATCH)
        if not keys:
            return 0
        try:
            self._assess(keys, now)
        except StoreError:
            raise
        except Exception:
            log.exception("a batch could not be assessed; trying its mentions one by one")
            for key in keys:
                self._assess_alone(key, now)
        return len(keys)

    def _assess_alone(self, key: MentionKey, now: datetime) -> None:
        try:
            self._assess([key], now)
        except StoreError:
            raise
        except Exception as error:
            self._set_aside(key, error, now)

    def _set_aside(self, key: MentionKey, error: Exception, now: datetime) -> None:
        job = _assess_job(key)

        def work(tables: Tables) -> None:
            tables.mentions.set_aside(key)
            tables.jobs.ensure(job, now)
            self._note_failure(tables, job, error, now)

        self._store.write(work)

    def assess_again(self, job: str, key: MentionKey, now: datetime) -> None:
        """Put a mention that was set aside before `assess` once more; its job ends when that works."""

        def work(tables: Tables) -> None:
            if tables.mentions.try_again(key):
                tables.jobs.postpone(job, now + timedelta(seconds=polling.BACK_OFF_LONGEST))
            else:
                tables.jobs.remove(job)

        self._store.write(work)

    def decide_again(self, job: str, story: int, now: datetime) -> None:
        """Make the decision that has failed before; its job ends when that works."""
        self._pager.learn(self._store.read, now)

        def work(tables: Tables) -> Said | None:
            tables.jobs.remove(job)
            return self._pager.decide(tables, story, now) if tables.stories.get(story) else None

        said = self._store.write(work)
        if said:
            log.warning(said.event, story=story, reason=said.words)

    def _assess(self, keys: Sequence[MentionKey], now: datetime) -> None:
        looked_at = self._look(keys, now)
        if not looked_at:
            return
        times = [each.mention.created_at for each in looked_at]
        self._pager.learn(self._store.read, now)

        def work(tables: Tables) -> list[tuple[int, Said]]:
            self._grouping.begin(tables, min(times), max(times))
            placed = [self._place(tables, each, now) for each in looked_at]
            touched = self._grouping.settle(tables, (story for story in placed if story is not None), now)
            return [(story, said) for story in touched if (said := self._decide(tables, story, now))]

        try:
            news = self._store.write(work)
        except BaseException:
            self._grouping.forget()
            raise
        for story, said in news:
            log.warning(said.event, story=story, reason=said.words)

    def _decide(self, tables: Tables, story: int, now: datetime) -> Said | None:
        job = f"decide {story}"
        try:
            with tables.savepoint():
                said = self._pager.decide(tables, story, now)
        except StoreError:
            raise
        except Exception as error:
            tables.jobs.ensure(job, now)
            self._note_failure(tables, job, error, now)
            return None
        tables.jobs.remove(job)
        return said

    def _look(self, keys: Sequence[MentionKey], now: datetime) -> list[Assessed]:
        """Each mention that is still there, with its forecast."""
        read = self._store.read.mentions
        asks = []
        for key in keys:
            mention = read.get(key)
            if mention is not None:
                measure, viral_at = self._.measure_of(mention.source)
                asks.append(Ask(mention, read.readings(key), viral_at, measure, read.classification(key)))
        # A reading may have come since `now` was taken, or the clock was set back: what was read is known.
        known_at = max([now, *(reading.at for ask in asks for reading in ask.readings[-1:])])
        return [
            Assessed(ask.mention, forecast, len(ask.readings))
            for ask, forecast in zip(asks, forecasts(self._.forecaster, asks, known_at), strict=True)
        ]

    def _place(self, tables: Tables, each: Assessed, now: datetime) -> int | None:
        """Put the mention into its story and say when to read it next; the story, or None when it has none."""
        mention = each.mention
        if not tables.mentions.is_live(mention.key):
            return None  # erased since it was looked at
        found = tables.mentions.classification(mention.key)  # here: somebody may have corrected it meanwhile
        story = tables.stories.of(mention.key)
        if story is None and found is not None:
            story = self._story_for(tables, mention, found)
        glad = found is not None and self._is_praise(mention, found)  # also what answers a complaint
        if glad:
            self._praise(tables, each, now)
        readable = (story is not None or glad) and self._can_read(mention.source)
        due = polling.next_reading(mention.created_at, each.forecast, now) if readable else None
        tables.mentions.assessed(mention.key, each.forecast, due, each.readings)
        tables.jobs.remove(_assess_job(mention.key))
        return story

    def _can_read(self, name: str) -> bool:
        source = self._.sources.get(name)
        return source is not None and source.read_size > 0 and self._config.sources[name].reads_per_day > 0

    def _story_for(self, tables: Tables, mention: Mention, found: Classification) -> int | None:
        """The story that the mention joins or opens; None when it is no complaint about the brand and answers none.

        An answer joins whatever it says: by itself, "same here!" is no complaint and about nothing. But a person's word is
        the last one: their "no" keeps a mention out, their "yes" makes it a complaint whatever else speaks against it.
        """
        said = tables.labels.of(mention.key)
        if denied(said):
            return None
        linked = self._grouping.linked(tables, mention)
        if linked is not None:
            return linked
        counts = rules.counts(found, self._config.rules) and self._config.brand.relevant(mention.text)
        if not counts and said.get("complaint") != "yes":
            return None
        return self._grouping.place(tables, mention, found)

    def _is_praise(self, mention: Mention, found: Classification) -> bool:
        """Praise of the brand by somebody else; it is read again like a complaint, since great service spreads, too."""
        brand = self._config.brand
        theirs = brand.relevant(mention.text) and not brand.is_own(mention.author.handle)
        return theirs and rules.is_praise(found, self._config.rules)

    def _praise(self, tables: Tables, each: Assessed, now: datetime) -> None:
        measure, _ = self._.measure_of(each.mention.source)
        why = rules.spreading(each.forecast, in_words(measure), self._config.rules)
        if why and tables.praise.add(each.mention.key, why, now):
            log.info("praise", source=each.mention.source, id=each.mention.id, reason=why)

    # --- escalate ---------------------------------------------------------------------------------------------

    def escalate(self, now: datetime) -> int:
        """Page the next person of each alert that nobody acknowledged in time; how many alerts moved."""
        if not self._store.read.alerts.step_due(now):
            return 0
        return self._store.write(lambda tables: self._pager.escalate(tables, now))

    # --- the slow jobs ----------------------------------------------------------------------------------------

    def send_digest(self, now: datetime) -> None:
        """Queue the digest of the last due time that has passed (an older one is old news), and set the next."""
        contacts = [
            (person, channel)
            for person in self._config.digest.to
            for channel in self._pager.contacts(person)
            if self._pager.carries_mail(channel)
        ]

        def work(tables: Tables) -> None:
            job = tables.jobs.get("digest")
            if job is None:
                return
            due = job.due_at
            while (later := self._digest_after(due)) <= now:
                due = later
            tables.outbox.enqueue(contacts, now, digest=due)
            tables.jobs.succeeded("digest", now, later)

        self._store.write(work)

    def _digest_after(self, moment: datetime) -> datetime:
        digest = self._config.digest
        return next_digest_due(moment, digest.weekday, digest.time, ZoneInfo(digest.time_zone))

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
        """Erase mentions that are older than the configuration allows, some at a time, so that others can write."""
        before = now - timedelta(days=self._config.retention.days)
        erased = 0
        while some := self._store.write(
            lambda tables: tables.mentions.purge(before=before, limit=ERASED_AT_A_TIME)
        ):
            erased += some
        self._store.write(lambda tables: tables.jobs.succeeded("retention", now, now + RETENTION_EVERY))
        if erased:
            log.info("erased", mentions=erased, older_than_days=self._config.retention.days)


def forecasts(forecaster: Forecaster, asks: Sequence[Ask], now: datetime) -> Sequence[Forecast | None]:
    """The whole batch at once; if it fails for one mention's sake, each alone, so that only that one has none."""
    try:
        return forecaster.forecast(asks, now)
    except Exception:
        log.exception("a batch has no forecast; trying its mentions one by one")
    results: list[Forecast | None] = []
    for ask in asks:
        try:
            results.extend(forecaster.forecast([ask], now))
        except Exception:
            log.exception("no forecast", source=ask.mention.source, id=ask.mention.id)
            results.append(None)
    return results


def _assess_job(key: MentionKey) -> str:
    return f"assess {key.source} {key.id}"


def _not_later(mention: Mention, now: datetime) -> Mention:
    """Clocks disagree; a post from the future would stay hot, and keep its story open, until its time has come."""
    return mention if mention.created_at <= now else replace(mention, created_at=now)
