"""What the decision about a story rests on, put together from the store."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

from monitor import bursts, rules
from monitor.bursts import Baseline
from monitor.config import Config
from monitor.model import Forecast
from monitor.notice import TopPost
from monitor.spread import in_words
from monitor.store import Story, Tables
from monitor.stories import OPEN_FOR
from monitor.thresholds import is_own

TOP = 20
"""Posts that are looked at for the lead and for the story's forecast; those after them are the least likely to spread."""

HOUR = timedelta(hours=1)
LONGEST = timedelta(minutes=max(bursts.WINDOWS))
FIRST_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Normal:
    """What was normal in a time, and how many voices each story had in it."""

    baseline: Baseline
    stories: dict[int, int]
    since: datetime
    until: datetime

    def of_story(self, story: Story) -> Baseline:
        """Nobody complained of it for OPEN_FOR before it was opened, or it would have been opened earlier."""
        since = max(story.opened_at - OPEN_FOR, self.since)
        return self.baseline.of_story(self.stories.get(story.id, 0), self.until - since)


class Facts:
    def __init__(self, config: Config, measure_of: Callable[[str], tuple[str, int]]) -> None:
        self._config = config
        self._measure_of = measure_of
        self._normal_at: tuple[datetime, _Normal] | None = None

    def of(self, tables: Tables, story: int, now: datetime) -> rules.StoryFacts | None:
        """None when nothing of the story is left, or only praise."""
        row = tables.stories.get(story)
        settings = self._config.rules
        since = now - rules.FRESH
        stories = tables.stories
        top = stories.top(story, TOP, since, no_praise_by=settings) or stories.top(
            story, TOP, no_praise_by=settings
        )
        if row is None or not top:
            return None
        lead = top[0]
        # A compliment within a complaint is none of its spread.
        spread = max(post.count or 0 for post in top)
        volume = replace(tables.stories.volume(story, now, HOUR), spread=spread)
        measure, _ = self._measure_of(lead.mention.source)
        arrivals = tables.stories.arrivals(story, now - LONGEST)
        return rules.StoryFacts(
            **asdict(volume),
            opened_at=row.opened_at,
            lead=rules.Lead(
                lead.mention,
                lead.forecast,
                in_words(measure),
                lead.found,
                is_own(self._config, tables, lead.mention.source),
            ),
            anger=rules.anger([post.found for post in top[:5] if post.found]),
            forecast=bursts.story_forecast(_forecasts(top, since), volume.recent, volume.posts),
            burst=bursts.detect(arrivals, self._normal(tables, row, now), now, settings.burst_authors),
            sure_of=tables.stories.sure_of(story, since, settings.complaint_at),
        )

    def learn(self, tables: Tables, now: datetime) -> None:
        """Read the weeks that tell what is normal, once an hour: to be called before a transaction begins, since others
        wait for its end. A brand that has no past yet has little to read, and `of` does it."""
        if self._normal_at is not None and self._normal_at[0] == _hour(now):
            return
        until = _hour(now - LONGEST)
        quarters, stories = tables.stories.heard(until - bursts.PAST, until)
        if min(quarters, default=until) <= until - FIRST_DAY:
            self._keep(quarters, stories, until, now)

    def _normal(self, tables: Tables, story: Story, now: datetime) -> Baseline:
        """What is normal for a story. Learnt anew each hour, from what was heard before the longest window began: a burst
        must not make itself normal. On the first day all of it counts, for there is nothing else."""
        self.learn(tables, now)
        known = self._normal_at
        if known is None or known[0] != _hour(now):
            until = _hour(now)
            quarters, stories = tables.stories.heard(until - FIRST_DAY - LONGEST, until)
            known = self._keep(quarters, stories, until, now)
        return known[1].of_story(story)

    def _keep(
        self, quarters: dict[datetime, int], stories: dict[int, int], until: datetime, now: datetime
    ) -> tuple[datetime, _Normal]:
        since = min(quarters, default=until)
        self._normal_at = _hour(now), _Normal(bursts.baseline(quarters, since, until), stories, since, until)
        return self._normal_at


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def _forecasts(top: list[TopPost], since: datetime) -> list[Forecast]:
    return [post.forecast for post in top if post.forecast and post.mention.created_at >= since]
