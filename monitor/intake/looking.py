"""Looking up: what a platform does not show any more is erased, what was edited is taken as it is now."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import structlog

from monitor.intake import lookup, polling
from monitor.intake.lookup import DAY, Choice, Looked
from monitor.model import Batch, Deleted, MentionKey, Record
from monitor.paging.notices import TOP_POSTS
from monitor.parts import Parts
from monitor.store import Tables
from monitor.wording.timetable import last_week

EVERY = timedelta(hours=1)

TURNS = 5_000
"""Posts whose turn it is that are weighed at a time; the others wait for the next hour."""

log = structlog.get_logger()


class Looker:
    def __init__(self, parts: Parts) -> None:
        self._ = parts
        self._store = parts.store
        self._config = parts.config

    def schedule(self, tables: Tables, now: datetime) -> None:
        """Make the rows of the jobs that are not there yet; a due time that is there stays."""
        for name, source in self._.sources.items():
            if source.read_size:
                tables.jobs.ensure(f"look {name}", now)

    def look(self, name: str, now: datetime) -> bool:
        """Look up a batch of the posts whose turn it is, and of those whose words people are being shown; False when the
        configuration has no such source any more, or one whose posts can't be read again. SourceError when it fails."""
        source = self._.sources.get(name)
        if source is None or not source.read_size:
            return False
        tables = self._store.read
        shown = tables.looks.shown((key for key in self._shown(tables, now) if key.source == name), now)
        known = {each.id for each in shown}
        due = [each for each in tables.looks.due(name, now, TURNS) if each.id not in known]
        before = tables.looks.on_day(name, now)
        bill = tables.sources.billed(name, now)
        read = tables.sources.spent(name, now).posts
        room = lookup.room(
            self._config.sources[name], source.read_price, before.posts, read, bill.dollars, now
        )
        choice = lookup.choose([*shown, *due], source.read_size, room, now)
        batch = source.read([each.id for each in choice.ask], now) if choice.ask else Batch()
        self._keep(name, choice, batch, before, now, more=len(choice.ask) == source.read_size)
        return True

    def _keep(
        self, name: str, choice: Choice, batch: Batch, before: Looked, now: datetime, *, more: bool
    ) -> None:
        """One transaction: what is gone is erased, what was edited is taken, and each gets its next turn."""
        told: list[Record] = [*batch.readings, *batch.deleted, *batch.mentions]
        answered = {each.id for each in told if each.source == name}
        turns = lookup.turns(choice, answered, now)
        silent = [Deleted(name, id_, now) for id_ in lookup.vanished(turns)]
        # A post that is no longer followed is looked up, not read: its counters wake nobody.
        young = {each.id for each in choice.ask if now - each.created_at <= polling.READ_FOR}
        done = Looked(len(choice.ask), len(choice.lost), len(batch.deleted) + len(silent))

        def work(tables: Tables) -> None:
            tables.mentions.add(batch.mentions, now)
            tables.mentions.add_readings(each for each in batch.readings if each.id in young)
            tables.looks.take_turns(name, turns)
            tables.mentions.delete([*batch.deleted, *silent])
            tables.looks.count(name, done, now)
            tables.sources.bill(name, 0, batch.billed, now)
            tables.jobs.succeeded(f"look {name}", now, now if more else now + EVERY)

        self._store.write(work)
        if done.gone:
            log.info("posts are gone, and were erased", source=name, posts=done.gone, in_silence=len(silent))
        if done.lost and not before.lost:
            log.warning(
                "the budget is short: posts are not looked up as often as they should be",
                source=name,
                reads_per_day=self._config.sources[name].reads_per_day,
            )

    def _shown(self, tables: Tables, now: datetime) -> set[MentionKey]:
        """The posts whose words pages, the next morning brief or, on the day before, the digest show."""
        stories = {alert.story_id for alert in tables.alerts.active()} | set(tables.held.waiting())
        posts = {
            post.mention.key
            for story in stories
            for post in tables.stories.top(story, TOP_POSTS, no_praise_by=self._config.rules)
        }
        for group in self._config.digest.sent:
            job = tables.jobs.get(group.job)
            if job is not None and job.due_at - now <= DAY:
                start, end = last_week(job.due_at, ZoneInfo(group.time_zone))
                stories |= {story.id for story in tables.stories.told(start, end)}
                posts |= {praised.mention.key for praised in tables.praise.between(start, end)}
        return posts | tables.looks.quoted_by(stories)
