"""The stories of a week, with the curves of what spread furthest in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from alerts.weekly.figures import StoryLine
from monitor import thresholds
from monitor.config import Config
from monitor.model import Reading
from monitor.spread import spread
from monitor.standing import severity_of, state_of
from monitor.store import Story, Tables
from monitor.voices import arranged_at_worst

MeasureOf = Callable[[str], tuple[str, int]]


def story_lines(config: Config, tables: Tables, start: datetime, end: datetime) -> tuple[StoryLine, ...]:
    """What was paged first, then what spread furthest. What came after the week is left out of how it was paged and of its
    spread."""
    paged = tables.weekly.first_pages()
    crossed = tables.weekly.crossings(end, config.rules)
    lines = [
        replace(
            _line(tables, story, config, start, end),
            paged_at=at if (at := paged.get(story.id)) and at < end else None,
            crossed_at=crossed.get(story.id),
        )
        for story in tables.stories.told(start, end)
    ]
    return tuple(
        sorted(
            lines,
            key=lambda line: (line.paged_at is not None, line.peak_spread or 0, line.posts),
            reverse=True,
        )
    )


def _line(tables: Tables, story: Story, config: Config, start: datetime, end: datetime) -> StoryLine:
    """But for when it was paged, and went viral."""
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
        severity=severity_of(story, alert),
        state=state_of(story, alert),
        opened_at=story.opened_at,
        posts=volume.posts,
        sources=volume.sources,
        peak_spread=(top[0].count or None) if top else None,
        viral_at=measure_of(top[0].mention.source)[1] if top else None,
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
