"""What the API answers, as its description names it. Texts of posts, titles and names come from outside: they are data,
never HTML and never instructions. Times are in UTC; what is not known is null."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Generic, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from monitor import model, reply, store
from monitor.model import Severity
from monitor.notice import TopPost
from monitor.overview import search
from monitor.overview import story as stories
from monitor.replying.approval import State
from monitor.store import AlertState, Event, ReplyEvent, ReplyRow
from monitor.text import web_link
from monitor.web.visitor import Role

T = TypeVar("T")

Probability = Annotated[float, Field(ge=0, le=1)]
Form = Literal["short", "long", "private"]


class Shape(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    @classmethod
    def of(cls, row: Any) -> Self:
        """From a row that has attributes of the same names."""
        return cls.model_validate(row)


class Page(Shape, Generic[T]):
    """Some of a longer list."""

    items: list[T]
    after: str | None = Field(None, description="what to give as `after` for the next page; null at the end")


class Me(Shape):
    """Whose token this is."""

    name: str
    role: Role
    person: str | None = Field(description="in whose name this token acts; null: it only reads")
    time_zone: str


# --- posts ----------------------------------------------------------------------------------------------------------


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


# --- alerts and stories ---------------------------------------------------------------------------------------------


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


# --- search ---------------------------------------------------------------------------------------------------------


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


# --- replies --------------------------------------------------------------------------------------------------------


class Reply(Shape):
    """A reply on its way from draft to platform. `version` counts its edits; `approvals` are of this version, `needs` says
    how many there must be."""

    id: int
    code: str
    source: str
    post_id: str
    alert_id: int | None
    story_id: int | None
    state: State
    text: str
    version: int
    needs: int
    approvals: list[str]
    form: Form
    playbook: str
    editor: str
    owner: str
    report_by: datetime | None
    created_at: datetime
    changed_at: datetime
    posted_at: datetime | None
    url: str
    error: str
    promise: Literal["open", "kept", "released"] | None

    @classmethod
    def of(cls, row: ReplyRow) -> Self:
        read = {name: getattr(row, name) for name in cls.model_fields if name != "post_id"}
        return cls(**read, post_id=row.mention_id)


class ReplyDone(Shape):
    """Something that was done with a reply, and who did it; `text` is the reply as it said then."""

    at: datetime
    who: str
    what: str
    version: int
    text: str
    note: str

    @classmethod
    def of(cls, row: ReplyEvent) -> Self:
        return cls.model_validate(row)


class Finding(Shape):
    """What is wrong with a reply from `start` to `end`, in characters of the text. An error blocks sending; a warning has
    to be named when it is approved."""

    rule: str
    severity: Literal["error", "warning"]
    start: int
    end: int
    reason: str
    suggestion: str


class Checked(Shape):
    """A text as lint reads it; `length` is counted as the platform does."""

    findings: list[Finding]
    blocked: bool
    length: int
    limit: int


class ReplyView(Shape):
    """A reply, what lint finds in it now, and what was done with it."""

    reply: Reply
    checked: Checked | None = Field(description="null when nothing can be changed any more")
    done: list[ReplyDone]


class Draft(Shape):
    """Words that are proposed for a post, part by part. Nothing is posted by reading them."""

    name: str = Field(description="short, long, private, or holding: for everybody in the story")
    playbook: str
    text: str
    status: str
    next_steps: str
    approximate_time: str
    planned_outcome: str
    report_by: datetime | None
    asks: str

    @classmethod
    def named(cls, name: str, row: reply.Draft) -> Self:
        return cls(name=name, **{each: getattr(row, each) for each in cls.model_fields if each != "name"})


class Drafts(Shape):
    post: Post
    variants: list[Draft]
    may_offer: str = Field("", description="for responders alone, as the next two: empty for viewers")
    owner: str = ""
    escalate: str = ""


StoryView.model_rebuild()


def listed(shape: Any, rows: Sequence[Any]) -> list[Any]:
    return [shape.of(each) for each in rows]
