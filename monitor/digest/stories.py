"""The stories of a week, with the curves of what spread furthest in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import cast

from alerts.weekly.figures import StoryLine
from monitor import thresholds
from monitor.config import Config
from monitor.model import Reading, Severity
from monitor.spread import spread
from monitor.store import Story, Tables
from monitor.voices import arranged_at_worst

STORIES = 20

MeasureOf = Callable[[str], tuple[str, int]]


def story_lines(config: Config, tables: Tables, start: datetime, end: datetime) -> tuple[StoryLine, ...]:
    """What was paged first, then what spread furthest; STORIES at most, of which the digest shows the beginning in full."""
    lines = [_line(tables, story, config, start, end) for story in tables.stories.told(start, end)]
    lines.sort(key=lambda line: (line.paged_at is not None, line.peak_spread or 0, line.posts), reverse=True)
    return tuple(lines[:STORIES])


def _line(tables: Tables, story: Story, config: Config, start: datetime, end: datetime) -> StoryLine:
    measure_of = partial(thresholds.measure_of, config, tables)
    alert = tables.alerts.of_story(story.id)
    volume = tables.stories.volume(story.id, end, timedelta(hours=1))
    top = tables.stories.top(story.id, 20, no_praise_by=config.rules)
    top.sort(key=lambda post: post.count or 0, reverse=True)
    curve = post_curve(tables.mentions.readings(top[0].mention.key), measure_of) if top else []
    posted = [each.posted_at for each in tables.replies.of_alert(alert.id) if each.posted_at] if alert else []
    return StoryLine(
        title=story.title,
        summary=story.summary,
        severity=alert.severity if alert else cast(Severity, story.severity or "info"),
        state=alert.state if alert else ("resolved" if story.closed_at else "open"),
        opened_at=story.opened_at,
        posts=volume.posts,
        sources=volume.sources,
        peak_spread=(top[0].count or None) if top else None,
        viral_at=measure_of(top[0].mention.source)[1] if top else None,
        crossed_at=tables.weekly.crossed_at(story.id, config.rules),
        paged_at=alert.opened_at if alert else None,
        acknowledged_at=alert.acknowledged_at if alert else None,
        acknowledged_by=alert.holder if alert else None,
        replied_at=min(posted, default=None),
        curve=tuple(point for point in curve if point[0] < end),
        top_post_url=top[0].mention.url if top else None,
        arranged=arranged_at_worst(tables.voices.told_between(story.id, start, end)),
        link=f"{config.web.public_url}/stories/{story.id}" if config.web.public_url else None,
    )


def post_curve(readings: Sequence[Reading], measure_of: MeasureOf) -> list[tuple[datetime, int]]:
    """The spread of one post over time, never falling: (time, largest spread so far), where it grew."""
    curve: list[tuple[datetime, int]] = []
    for reading in readings:
        count = spread(reading, measure_of(reading.source)[0])
        if count is not None and (not curve or count > curve[-1][1]):
            curve.append((reading.at, count))
    return curve
