"""Posts, and what is known of them."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from pydantic import Field

from monitor import model
from monitor.notice import TopPost
from monitor.overview import story as stories
from monitor.web.api.shapes.base import Probability, Shape, listed
from monitor.wording.text import web_link


class Author(Shape):
    id: str
    handle: str
    name: str
    followers: int | None


class Post(Shape):
    """What somebody wrote on a platform: not by us, and not checked by anybody."""

    source: str
    id: str
    author: Author
    text: str = Field(description="as it was written; empty once the platform has removed it")
    url: str | None
    created_at: datetime
    language: str | None
    in_reply_to: str | None
    quoted: str | None

    @classmethod
    def of(cls, row: model.Mention) -> Self:
        read = {name: getattr(row, name) for name in cls.model_fields if name not in ("author", "url")}
        return cls(**read, author=Author.of(row.author), url=web_link(row.url))


class Sentiment(Shape):
    negative: Probability
    neutral: Probability
    positive: Probability


class Found(Shape):
    """What the model, or in its place a person, says of a post."""

    complaint: Probability
    sentiment: Sentiment
    model: str
    severity: str | None
    severity_score: float | None
    category: str | None
    category_score: float | None
    language: str | None
    measured: bool | None
    sarcasm: float | None
    relevance: float | None


class Forecast(Shape):
    """Where the spread of a post goes; `low` and `high` are an 80% interval."""

    at: datetime
    count: int
    viral_at: int
    p_viral: Probability
    expected: float
    low: float
    high: float
    crosses_at: datetime | None
    crossed: bool
    sparse: bool


class Spread(Shape):
    at: datetime
    spread: int


class Reading(Shape):
    at: datetime
    likes: int | None
    replies: int | None
    reposts: int | None
    quotes: int | None
    views: int | None


class SeenPost(Shape):
    """A post with what is known of it; `spread` is the newest."""

    post: Post
    spread: int | None
    forecast: Forecast | None
    found: Found | None

    @classmethod
    def of(cls, row: TopPost) -> Self:
        return cls(
            post=Post.of(row.mention),
            spread=row.count,
            forecast=Forecast.of(row.forecast) if row.forecast else None,
            found=Found.of(row.found) if row.found else None,
        )


class StoryPost(SeenPost):
    """A post of a story with its spread over time; `pasted`: it gives another account's text as its own."""

    pasted: bool
    points: list[Spread]

    @classmethod
    def of_story(cls, row: stories.Post) -> Self:
        seen = SeenPost.of(row.post)
        return cls(
            **dict(seen),
            pasted=row.pasted,
            points=listed(Spread, row.points),
        )
