"""Assess: what was classified or read again gets a forecast and a place in a story, and the story a decision.

One transaction holds all of a batch, with the alert and its deliveries when the decision is to page. A decision that fails
takes nothing else with it; it, and a mention that can't be assessed, is a job that is tried again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from monitor import rules
from monitor.errors import StoreError
from monitor.grouping import Grouping
from monitor.intake import polling
from monitor.model import Classification, Forecast, Mention, MentionKey
from monitor.paging.pager import Pager, Said
from monitor.parts import Parts
from monitor.ports import Ask, Forecaster
from monitor.spread import in_words
from monitor.store import Tables, denied
from monitor.tries import note_failure

BATCH = 64
"""Mentions that are assessed at a time: one transaction."""

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


class Assessor:
    def __init__(self, parts: Parts, pager: Pager) -> None:
        self._ = parts
        self._store = parts.store
        self._config = parts.config
        self._pager = pager
        self._grouping = Grouping()

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
            note_failure(tables, job, error, now)

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
            note_failure(tables, job, error, now)
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
        found = self._about_brand(mention, found)
        counts = rules.counts(found, self._config.rules) and self._is_ours(mention)
        if not counts and said.get("complaint") != "yes":
            return None
        return self._grouping.place(tables, mention, found)

    def _is_praise(self, mention: Mention, found: Classification) -> bool:
        """Praise of the brand by somebody else; it is read again like a complaint, since great service spreads, too."""
        brand = self._config.brand
        theirs = self._is_ours(mention) and not brand.is_own(mention.author.handle)
        return theirs and rules.is_praise(self._about_brand(mention, found), self._config.rules)

    def _is_ours(self, mention: Mention) -> bool:
        return self._all_ours(mention.source) or self._config.brand.relevant(mention.text)

    def _about_brand(self, mention: Mention, found: Classification) -> Classification:
        """What the model says of a mention; from where everything is about the brand, it has no say in that."""
        return replace(found, relevance=None) if self._all_ours(mention.source) else found

    def _all_ours(self, name: str) -> bool:
        source = self._.sources.get(name)
        return source is not None and source.about_brand

    def _praise(self, tables: Tables, each: Assessed, now: datetime) -> None:
        measure, _ = self._.measure_of(each.mention.source)
        why = rules.spreading(each.forecast, in_words(measure), self._config.rules)
        if why and tables.praise.add(each.mention.key, why, now):
            log.info("praise", source=each.mention.source, id=each.mention.id, reason=why)


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
