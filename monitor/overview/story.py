"""One story, as its page, the JSON API, assistants and the report show it.

What is read costs the same whether the story has twenty posts or twenty thousand: posts, voices and what was done are read
a page at a time, and sums come from one index.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, Literal, TypeVar

from monitor import blind, thresholds
from monitor.config import Config
from monitor.model import Forecast, Mention, MentionKey
from monitor.notice import Blind, TopPost
from monitor.overview.course import Course, course, paged_at
from monitor.paging.notices import case_of, every, next_person, zone_of
from monitor.reply import Case
from monitor.rules import Volume
from monitor.spread import spread
from monitor.store import Alert, Done, Order, Part, Platform, ReplyRow, Story, Tables, Voice, Which

__all__ = [
    "Curve",
    "Done",
    "Mark",
    "Order",
    "Page",
    "Platform",
    "Point",
    "Post",
    "StoryLine",
    "StoryView",
    "Voice",
    "Which",
    "audit",
    "course_of",
    "curve",
    "posts",
    "spreads",
    "story_lines",
    "story_view",
    "thinned",
    "voices",
]

T = TypeVar("T")

HOUR = timedelta(hours=1)
TOP = 5
LINES = 25
POSTS = 20
POINTS = 200
FEW = 30
VOICES = 6
DONE = 30


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some of a longer list, and where it goes on: what to give as `after` for more; None at its end."""

    items: Sequence[T]
    after: str | None = None


@dataclass(frozen=True, slots=True)
class StoryLine:
    """A story in a list, with how many posts are still there, on which sources; `lead` is the post whose forecast is the
    gravest, None where all are gone or praise. `alert` is None where nobody was paged."""

    story: Story
    alert: Alert | None
    posts: int
    sources: tuple[str, ...]
    lead: TopPost | None


@dataclass(frozen=True, slots=True)
class StoryView:
    """What a story is, and who has it. `volume` counts what the last hour brought; `platforms` in the order in which the
    story reached them; `top` the posts to answer first, without praise; `next_person` is paged at `next_at` unless somebody
    acknowledges it; `replies` are those of its alert, or to `top` where nobody was paged, the oldest first; `case`
    is what a reply to the first of `top` answers. `further` are urgent stories that are told in its page alone,
    `blind` says where posts of it may be missing. `merged_from` is the number that was asked for, where that story is
    part of this one now."""

    story: Story
    alert: Alert | None
    volume: Volume
    platforms: tuple[Platform, ...]
    top: tuple[TopPost, ...]
    next_person: str | None
    next_at: datetime | None
    replies: tuple[ReplyRow, ...]
    case: Case | None
    further: tuple[Part, ...]
    blind: tuple[Blind, ...]
    merged_from: int | None = None

    @property
    def lead(self) -> TopPost | None:
        """The post whose forecast is the gravest."""
        return self.top[0] if self.top else None


@dataclass(frozen=True, slots=True)
class Point:
    at: datetime
    spread: int


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened to a story meanwhile: "paged", "acknowledged", "answered" (the first time) or "over"."""

    at: datetime
    what: Literal["paged", "acknowledged", "answered", "over"]


@dataclass(frozen=True, slots=True)
class Curve:
    """How one post of a story spreads: `measure` is what is counted ("reposts+quotes"), `viral_at` the threshold,
    `forecast` the newest one, `crossed_at` when the spread was first seen at or over the threshold. `points` are at most
    POINTS readings, the oldest first."""

    post: Mention
    measure: str
    viral_at: int
    points: tuple[Point, ...]
    forecast: Forecast | None
    crossed_at: datetime | None
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class Post:
    """A post of a story with its spread over time, the oldest first. `pasted`: it gives another account's text as its
    own."""

    post: TopPost
    points: tuple[Point, ...]
    pasted: bool


def story_view(tables: Tables, config: Config, story_id: int, now: datetime) -> StoryView | None:
    """The story of that number, or the one that it is part of by now; None when there is none."""
    story = tables.stories.get(story_id)
    if story is None:
        return None
    alert = tables.alerts.of_story(story.id)
    paged = next_person(tables, alert, config, now) if alert and alert.step_due_at else None
    platforms = tables.stories.platforms(story.id)
    volume = tables.stories.volume(story.id, now, HOUR, platforms)
    top = tables.stories.top(story.id, TOP, no_praise_by=config.rules)
    return StoryView(
        story=story,
        alert=alert,
        volume=volume,
        platforms=tuple(platforms),
        top=tuple(top),
        next_person=paged,
        next_at=alert.step_due_at if alert and paged else None,
        replies=tuple(_replies(tables, alert, top)),
        case=_case(tables, config, alert, volume, top[0]) if top else None,
        further=tuple(tables.gathered.parts(alert.id)) if alert else (),
        blind=tuple(_blind(tables, config, story, now)),
        merged_from=story_id if story.id != story_id else None,
    )


def _replies(tables: Tables, alert: Alert | None, top: Sequence[TopPost]) -> list[ReplyRow]:
    if alert:
        return tables.replies.of_alert(alert.id)
    found = (reply for post in top for reply in tables.replies.of_mention(post.mention.key))
    return sorted(found, key=lambda each: each.id)


def _case(tables: Tables, config: Config, alert: Alert | None, volume: Volume, post: TopPost) -> Case:
    return case_of(
        post,
        volume.category,
        severity=alert.severity if alert else "info",
        posts=volume.posts,
        turn=tables.replies.turns(post.mention.key),
        time_zone=zone_of(config, post.mention.source),
    )


def _blind(tables: Tables, config: Config, story: Story, now: datetime) -> Sequence[Blind]:
    gaps = tables.sources.gaps(story.opened_at - blind.BEFORE, now)
    return blind.blind(tables.jobs.watching(), gaps, every(config), story.opened_at, now)


def story_lines(
    tables: Tables,
    config: Config,
    now: datetime,
    which: Which = "open",
    after: str | None = None,
    limit: int = LINES,
) -> Page[StoryLine]:
    """Stories by their newest post, the newest first. InputError when `after` was not given by an earlier page."""
    rows, more = tables.story_pages.listed(which, now, after, limit)
    counts = tables.story_pages.counts([each.id for each in rows])
    return Page(
        tuple(
            StoryLine(
                each,
                tables.alerts.of_story(each.id),
                sum(counts.get(each.id, {}).values()),
                tuple(counts.get(each.id, {})),
                next(iter(tables.stories.top(each.id, 1, no_praise_by=config.rules)), None),
            )
            for each in rows
        ),
        more,
    )


def posts(
    tables: Tables,
    config: Config,
    story_id: int,
    order: Order = "newest",
    after: str | None = None,
    limit: int = POSTS,
) -> Page[Post]:
    """The story's posts that are still there. InputError when `after` was not given by an earlier page."""
    rows, more = tables.story_pages.posts(story_id, order, after, limit)
    return Page(
        tuple(
            Post(each.post, thinned(spreads(tables, config, each.post.mention.key), FEW), each.pasted)
            for each in rows
        ),
        more,
    )


def voices(tables: Tables, story_id: int, limit: int = VOICES) -> tuple[Voice, ...]:
    """Who is heard furthest in the story: those of its authors who have the most followers, then whose posts spread."""
    return tuple(tables.story_pages.voices(story_id, limit))


def audit(tables: Tables, story_id: int, after: str | None = None, limit: int = DONE) -> Page[Done]:
    """What was done with the story, its alert and its replies, the newest first. InputError as above."""
    rows, more = tables.story_pages.done(story_id, after, limit)
    return Page(tuple(rows), more)


def course_of(tables: Tables, config: Config, view: StoryView, now: datetime) -> Course:
    """How the forecast of the story went."""
    story, alert = view.story, view.alert
    ended = alert.resolved_at if alert else story.closed_at
    return course(tables, config, story, paged_at(tables, alert), ended, now)


def curve(tables: Tables, config: Config, story_id: int, key: MentionKey | None = None) -> Curve | None:
    """How that post of the story spreads, or its gravest one; None when it is not the story's, or gone."""
    top = tables.stories.top(story_id, 1, no_praise_by=config.rules) or tables.stories.top(story_id, 1)
    chosen = key or next((each.mention.key for each in top), None)
    if chosen is None or tables.stories.of(chosen) != story_id or not tables.mentions.is_live(chosen):
        return None
    post = tables.mentions.get(chosen)
    if post is None:
        return None
    measure, viral_at = thresholds.measure_of(config, tables, post.source)
    points = spreads(tables, config, chosen)
    return Curve(
        post,
        measure,
        viral_at,
        thinned(points, POINTS),
        tables.mentions.forecast(chosen),
        next((each.at for each in points if each.spread >= viral_at), None),
        tuple(_marks(tables, story_id)),
    )


def spreads(tables: Tables, config: Config, key: MentionKey) -> tuple[Point, ...]:
    """The spread of a post at each of its readings, the oldest first."""
    measure, _ = thresholds.measure_of(config, tables, key.source)
    return tuple(
        Point(each.at, count)
        for each in tables.mentions.readings(key)
        if (count := spread(each, measure)) is not None
    )


def thinned(points: Sequence[Point], most: int) -> tuple[Point, ...]:
    """So many of the points at most, evenly, with the first and the last."""
    if len(points) <= most:
        return tuple(points)
    return tuple(points[round(place * (len(points) - 1) / (most - 1))] for place in range(most))


def _marks(tables: Tables, story_id: int) -> Iterator[Mark]:
    alert = tables.alerts.of_story(story_id)
    if alert is None:
        return
    if paged := paged_at(tables, alert):
        yield Mark(paged, "paged")
    if alert.acknowledged_at:
        yield Mark(alert.acknowledged_at, "acknowledged")
    answered = [each.posted_at for each in tables.replies.of_alert(alert.id) if each.posted_at]
    if answered:
        yield Mark(min(answered), "answered")
    if alert.resolved_at:
        yield Mark(alert.resolved_at, "over")
