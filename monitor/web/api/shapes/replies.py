"""Replies to customers, and drafts of them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, Self

from pydantic import Field

from monitor import reply
from monitor.replying.approval import State
from monitor.store import ReplyEvent, ReplyRow
from monitor.web.api.shapes.base import Form, Shape
from monitor.web.api.shapes.posts import Post


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
