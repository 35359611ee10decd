"""What a search finds."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from pydantic import Field

from monitor.overview import search
from monitor.web.api.shapes.base import Page, Shape, listed
from monitor.web.api.shapes.posts import Forecast, Found, Post, Reading


class Hit(Shape):
    """A post that fits, with what the model says of it."""

    post: Post
    complaint: float | None
    is_complaint: bool | None
    severity: str | None
    category: str | None
    language: str | None
    spread: int | None
    story_id: int | None

    @classmethod
    def of(cls, row: search.Hit) -> Self:
        names = cls.model_fields.keys() - {"post", "story_id"}
        return cls(
            post=Post.of(row.mention), story_id=row.story, **{name: getattr(row, name) for name in names}
        )


class Count(Shape):
    value: str
    count: int


class Facet(Shape):
    """Of the newest that fit, how many have each value of a field."""

    field: str
    counts: list[Count]


class FoundPosts(Page[Hit]):
    """A page of what fits. `total` is how many fit, or a lower bound when `more` do."""

    total: int
    more: bool
    facets: list[Facet]
    notes: list[str] = Field(description="what of the words could not be looked for")

    @classmethod
    def of_found(cls, row: search.Found) -> Self:
        return cls(
            items=listed(Hit, row.hits),
            after=row.next,
            total=row.total,
            more=row.more,
            facets=[
                Facet(field=each.field, counts=[Count(value=v, count=n) for v, n in each.counts])
                for each in row.facets
            ],
            notes=list(row.notes),
        )


class PostView(Shape):
    """One post. `live` is false once its platform has removed it: then its text and author are erased."""

    post: Post
    live: bool
    seen_at: datetime
    deleted_at: datetime | None
    found: Found | None
    labels: dict[str, str] = Field(description="what people said of it")
    forecast: Forecast | None
    readings: list[Reading]
    story_id: int | None

    @classmethod
    def of_view(cls, row: search.MentionView) -> Self:
        return cls(
            post=Post.of(row.mention),
            live=row.live,
            seen_at=row.seen_at,
            deleted_at=row.deleted_at,
            found=Found.of(row.classification) if row.classification else None,
            labels=dict(row.labels),
            forecast=Forecast.of(row.forecast) if row.forecast else None,
            readings=listed(Reading, row.readings),
            story_id=row.story,
        )
