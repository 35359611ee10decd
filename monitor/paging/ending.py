"""Stories that somebody has and that have died: they end by themselves, and everybody who was told of one hears why.

Only what somebody has ends so. A story that nobody has must not end in silence, and one that is snoozed was promised to
come back.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial

import structlog

from monitor import blind
from monitor.model import Reading
from monitor.paging import respond
from monitor.paging.notices import every
from monitor.parts import Parts
from monitor.spread import spread
from monitor.store import Alert, Tables

EVERY = timedelta(minutes=5)
TOP = 20
"""Posts that are looked at: those that come after them are the least likely to spread."""

GREW, LEAST = 0.1, 5
"""A post grows when its spread has grown by this share, and by so many at least: single likes go on for weeks."""

log = structlog.get_logger()


class Ending:
    def __init__(self, parts: Parts) -> None:
        self._ = parts
        self._after = timedelta(hours=parts.config.oncall.resolve_after_hours)

    def run(self, now: datetime) -> None:
        """End what has died. What somebody has done about a story, and what people were told of it, counts as life, too."""
        for alert in self._.store.read.alerts.untouched(now - self._after):
            if self._.store.write(partial(self._end, alert.id, now)):
                log.warning("over", alert=alert.id, story=alert.story_id, reason=self._why)
        self._.store.write(lambda tables: tables.jobs.succeeded("endings", now, now + EVERY))

    @property
    def _why(self) -> str:
        hours = self._after // timedelta(hours=1)
        span = "an hour" if hours == 1 else f"{hours} hours"
        return f"no new post for {span}, and none of its posts grows"

    def _end(self, number: int, now: datetime, tables: Tables) -> bool:
        """End it if it still is as it was found: somebody may have done something since."""
        since = now - self._after
        alert = next((each for each in tables.alerts.untouched(since) if each.id == number), None)
        if alert is None or self._unread(tables, alert, now) or self._grows(tables, alert, since):
            return False
        tables.alerts.resolve(alert.id, None, now, self._why)
        tables.stories.close(alert.story_id, now)
        respond.tell_others(tables, alert, "over", None, now)
        return True

    def _unread(self, tables: Tables, alert: Alert, now: datetime) -> bool:
        """Whether one of its sources is not read now: then nobody knows that no post has come."""
        found = blind.blind(tables.jobs.watching(), (), every(self._.config), now, now)
        return any(not each.heard and each.lane.partition(" ")[0] in alert.last.sources for each in found)

    def _grows(self, tables: Tables, alert: Alert, since: datetime) -> bool:
        for post in tables.stories.top(alert.story_id, TOP):
            measure, _ = self._.measure_of(post.mention.source)
            if grows(tables.mentions.readings(post.mention.key), measure, since):
                return True
        return False


def grows(readings: Iterable[Reading], measure: str, since: datetime) -> bool:
    """Whether a post's spread has grown since then, by GREW and LEAST. `readings` are in time order."""
    counts = [(each.at, count) for each in readings if (count := spread(each, measure)) is not None]
    before = max((count for at, count in counts if at <= since), default=counts[0][1] if counts else 0)
    now = max((count for _, count in counts), default=0)
    return now - before >= max(LEAST, GREW * before)
