"""Alerts and stories."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, Self

from pydantic import Field

from monitor import outlook, store
from monitor.model import Severity
from monitor.overview import course
from monitor.overview import story as stories
from monitor.store import AlertState, Event
from monitor.web.api.shapes.base import Probability, Shape, listed
from monitor.web.api.shapes.posts import Author, Forecast, Post, SeenPost, Spread
from monitor.web.api.shapes.replies import Reply


class Alert(Shape):
    """A story's one alert: how it stands, and who has it."""

    id: int
    story_id: int
    state: AlertState
    severity: Severity
    reason: str
    opened_at: datetime
    revision: int
    changed: str
    holder: str | None
    held_since: datetime | None
    acknowledged_at: datetime | None
    snoozed_until: datetime | None
    resolved_at: datetime | None

    @classmethod
    def of(cls, row: store.Alert) -> Self:
        return cls.model_validate(row)


class AlertEvent(Shape):
    at: datetime
    event: str
    person: str | None
    note: str

    @classmethod
    def of(cls, row: Event) -> Self:
        return cls.model_validate(row)


class Said(Shape):
    """What came of an act: how the alert stands now, in a sentence and as data."""

    said: str
    alert: Alert


class Story(Shape):
    """One issue as customers experience it. Title and summary are picked from what people wrote."""

    id: int
    title: str
    summary: str
    opened_at: datetime
    updated_at: datetime
    closed_at: datetime | None
    severity: str | None
    reason: str | None

    @classmethod
    def of(cls, row: store.Story) -> Self:
        return cls.model_validate(row)


class StoryLine(Shape):
    """A story in a list; `lead` is the post whose forecast is the gravest."""

    story: Story
    alert: Alert | None
    posts: int
    sources: list[str]
    lead: SeenPost | None

    @classmethod
    def of(cls, row: stories.StoryLine) -> Self:
        return cls(
            story=Story.of(row.story),
            alert=Alert.of(row.alert) if row.alert else None,
            posts=row.posts,
            sources=list(row.sources),
            lead=SeenPost.of(row.lead) if row.lead else None,
        )


class Platform(Shape):
    """A story on one source."""

    source: str
    posts: int
    spread: int
    largest: int
    first: datetime
    last: datetime


class Voice(Shape):
    """Somebody who is heard in a story, with the post of theirs that spread furthest."""

    author: Author
    post: Post
    spread: int | None
    posts: int
    pasted: bool

    @classmethod
    def of(cls, row: stories.Voice) -> Self:
        return cls(
            author=Author.of(row.author),
            post=Post.of(row.post),
            spread=row.count,
            posts=row.posts,
            pasted=row.pasted,
        )


class Counts(Shape):
    """How a story's posts came: in the last hour, and in the one before."""

    posts: int
    recent: int
    before: int
    category: str | None
    coordinated: str = Field(description="why the posts look arranged, in words; empty when they don't")


class StoryView(Shape):
    """Everything about a story but its posts, its curve and what was done, which are read by themselves."""

    story: Story
    alert: Alert | None
    volume: Counts
    platforms: list[Platform]
    top: list[SeenPost] = Field(description="the posts to answer first")
    voices: list[Voice]
    next_person: str | None = Field(description="who is paged next, unless somebody acknowledges it")
    next_at: datetime | None
    replies: list[Reply]

    @classmethod
    def of_view(cls, row: stories.StoryView, voices: Sequence[stories.Voice]) -> Self:
        return cls(
            story=Story.of(row.story),
            alert=Alert.of(row.alert) if row.alert else None,
            volume=Counts.of(row.volume),
            platforms=listed(Platform, row.platforms),
            top=listed(SeenPost, row.top),
            voices=listed(Voice, voices),
            next_person=row.next_person,
            next_at=row.next_at,
            replies=listed(Reply, row.replies),
        )


class Curve(Shape):
    """How one post spreads: what is counted, the threshold, and the readings."""

    source: str
    id: str
    measure: str
    viral_at: int
    crossed_at: datetime | None
    forecast: Forecast | None
    points: list[Spread]

    @classmethod
    def of_curve(cls, row: stories.Curve) -> Self:
        return cls(
            source=row.post.source,
            id=row.post.id,
            measure=row.measure,
            viral_at=row.viral_at,
            crossed_at=row.crossed_at,
            forecast=Forecast.of(row.forecast) if row.forecast else None,
            points=listed(Spread, row.points),
        )


class Outlook(Shape):
    """What was said of a story at one moment. All but `p_viral` and `page_at` is of the post that led it then."""

    at: datetime
    p_viral: Probability = Field(description="that one of its posts, those to come included, crosses")
    page_at: float = Field(description="from this probability on an ordinary complaint paged then")
    source: str | None = Field(description="of the post; null once it was erased")
    id: str | None
    count: int
    viral_at: int
    expected: float
    low: float
    high: float
    crosses_at: datetime | None
    crossed: bool
    sparse: bool
    fit: int | None = Field(
        description="the version of the fitted forecasts that was active; null: the shipped one"
    )

    @classmethod
    def of(cls, row: outlook.Outlook) -> Self:
        read = {name: getattr(row, name) for name in cls.model_fields if name not in ("source", "id")}
        source, post_id = row.post or (None, None)
        return cls(**read, source=source, id=post_id)


class Course(Shape):
    """How the forecast of a story went: what it said, the oldest first, where that changed by much. `warned` is the first
    that foretold enough to page."""

    whole: bool = Field(
        description="false where the story began before this was written down, or as a part of another one"
    )
    warned: Outlook | None
    paged_at: datetime | None
    crossed_at: datetime | None
    outlooks: list[Outlook]

    @classmethod
    def of(cls, row: course.Course) -> Self:
        return cls(
            whole=row.whole,
            warned=Outlook.of(row.warned) if row.warned else None,
            paged_at=row.paged_at,
            crossed_at=row.crossed_at,
            outlooks=listed(Outlook, row.outlooks),
        )


class Done(Shape):
    """One thing that was done with a story, its alert or a reply, whose number `code` is; `who` is empty where the daemon
    did it; `text` is what a reply said then."""

    at: datetime
    thing: Literal["alert", "reply", "story"]
    what: str
    who: str
    note: str
    code: str
    text: str

    @classmethod
    def of(cls, row: stories.Done) -> Self:
        read = {name: getattr(row, name) for name in cls.model_fields if name != "thing"}
        return cls(**read, thing=row.of)
