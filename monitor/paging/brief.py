"""The morning brief: what the cap of pages a shift held back, put together from the store."""

from __future__ import annotations

from datetime import datetime

from alerts.brief import BriefData, HeldLine
from monitor import thresholds
from monitor.config import Config
from monitor.paging.facts import HOUR
from monitor.store import Held, Story, Tables


def brief_data(config: Config, tables: Tables, due: datetime) -> BriefData:
    """Everything that the brief which was due at that time tells; the same for whoever reads it."""
    stories: dict[int, HeldLine] = {}
    for held in tables.held.told(due):  # the worst first; two of them may have become one story since
        story = tables.stories.get(held.story_id)
        if story is not None and story.id not in stories:  # None: erased since
            stories[story.id] = _line(config, tables, held, story, due)
    return BriefData(
        brand=config.brand.name,
        due=due,
        time_zone=config.oncall.time_zone,
        cap=config.rules.pages_per_shift,
        held=tuple(stories.values()),
    )


def _line(config: Config, tables: Tables, held: Held, story: Story, due: datetime) -> HeldLine:
    top = next(iter(tables.stories.top(story.id, 1, no_praise_by=config.rules)), None)
    volume = tables.stories.volume(story.id, due, HOUR)
    return HeldLine(
        title=story.title,
        summary=story.summary,
        severity=held.severity,
        held_at=held.at,
        reason=held.reason,
        posts=volume.posts,
        sources=volume.sources,
        spread=(top.count or 0) if top else 0,
        viral_at=thresholds.measure_of(config, tables, top.mention.source)[1] if top else None,
        url=top.mention.url if top else None,
    )
