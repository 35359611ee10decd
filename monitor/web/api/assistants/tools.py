"""The tools of assistants: six that read, and one that proposes. There is no other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from monitor.errors import InputError
from monitor.model import Classification, Forecast, Mention, MentionKey
from monitor.notice import TopPost
from monitor.outlook import Outlook
from monitor.overview import search
from monitor.overview import story as stories
from monitor.overview.course_words import in_words
from monitor.replying.approval import LONGEST
from monitor.store import Alert, ReplyRow, Story
from monitor.web.api.asking import ID, MOST, NAME, Span
from monitor.web.api.assistants.quoting import Ours, meant, named, plain
from monitor.web.api.assistants.study import Study
from monitor.web.api.shapes import Checked

Form = Literal["short", "long", "private"]
Answer = Mapping[str, Any]

A = TypeVar("A", bound=BaseModel)

WHOLE = 10_000
"""Characters of a single post."""
FEW = 10
"""Of a list."""


class Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Listing(Asked):
    which: Literal["open", "over", "all"] = "open"
    after: str | None = Field(None, max_length=500, description="`after` of the answer before, for more")


class OneStory(Asked):
    number: int = Field(ge=1, le=MOST)
    after: str | None = Field(
        None, max_length=500, description="`after` of the answer before, for more posts"
    )


class Search(Asked):
    words: str = Field("", max_length=500, description='each has to occur; "a phrase"; -without')
    source: str = Field("", max_length=NAME)
    since: date | None = None
    until: date | None = None
    last: Span = Field("", description="until now: 24h, 7d, 4w (hours, days, weeks)")
    complaint: bool | None = None
    severity: str = Field("", max_length=100)
    category: str = Field("", max_length=100)
    language: str = Field("", max_length=20, description="ISO 639-1")
    story: int | None = Field(None, ge=1, le=MOST)
    author: str = Field("", max_length=200)
    sort: search.Sort = "newest"
    after: str = Field("", max_length=500, description="`after` of the answer before, for more")


class OnePost(Asked):
    source: str = Field(min_length=1, max_length=NAME, description="as `source` of a post says it")
    id: str = Field(min_length=1, max_length=ID, description="as `id` of a post says it")

    @property
    def key(self) -> MentionKey:
        return MentionKey(self.source, meant(self.id))


class Lint(Asked):
    text: str = Field(max_length=LONGEST)
    form: Form = "short"
    source: str = Field("", max_length=NAME)
    id: str = Field("", max_length=ID, description="the post that it would answer")


class Propose(OnePost):
    text: str = Field(min_length=1, max_length=LONGEST, description="the whole reply, as it would be posted")
    form: Form = "short"


@dataclass(frozen=True)
class Tool(Generic[A]):
    """`writes`: it may leave a draft behind; every other one leaves everything as it was."""

    name: str
    title: str
    description: str
    asked: type[A]
    do: Callable[[Study, A], Answer]
    writes: bool = False
    longest: int = 1_000


def find_stories(study: Study, asked: Listing) -> Answer:
    found = stories.story_lines(
        study.tables(), study.config, study.now(), asked.which, _before(asked.after), FEW
    )
    return {"stories": [_line(study, each) for each in found.items], "after": _after(found.after)}


def story(study: Study, asked: OneStory) -> Answer:
    tables = study.tables()
    found = stories.story_view(tables, study.config, asked.number, study.now())
    if found is None:
        raise InputError(f"there is no story {asked.number}")
    posts = stories.posts(tables, study.config, found.story.id, "spread", _before(asked.after), FEW)
    went = stories.course_of(tables, study.config, found, study.now())
    return {
        "story": _story(study, found.story, found.alert),
        "posts_in_all": found.volume.posts,
        "posts_in_the_last_hour": found.volume.recent,
        "looks_arranged": bool(found.volume.coordinated),
        "platforms": [
            {"source": Ours(plain(each.source, NAME)), "posts": each.posts, "spread": each.spread}
            for each in found.platforms
        ],
        "how_the_forecast_went": {
            "in_words": Ours(in_words(went, lambda moment: f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC")),
            "said": [_outlook(each) for each in went.told],
        },
        "replies": [_reply(each) for each in found.replies],
        "posts": [_post(each.post) for each in posts.items],
        "after": _after(posts.after),
    }


def search_mentions(study: Study, asked: Search) -> Answer:
    query = search.Query(
        **asked.model_dump(exclude={"after", "since", "until"}), since=asked.since, until=asked.until
    )
    found = search.search(
        study.tables(), study.config, query, study.zone, study.now(), meant(asked.after), FEW
    )
    return {
        "fit": found.total,
        "and_more": found.more,
        "posts": [
            {
                **_mention(each.mention),
                "complaint": each.complaint,
                "severity": _ours(each.severity),
                "category": _ours(each.category),
                "spread": each.spread,
                "story": each.story,
            }
            for each in found.hits
        ],
        "not_looked_for": list(found.notes),
        "after": _after(found.next),
    }


def mention(study: Study, asked: OnePost) -> Answer:
    found = search.mention_view(study.tables(), asked.key)
    if found is None:
        raise InputError("there is no such post")
    return {
        **_mention(found.mention),
        "removed_by_its_platform": not found.live,
        **_found(found.classification),
        "what_people_said_of_it": {head: Ours(label) for head, label in found.labels.items()},
        "forecast": _forecast(found.forecast),
        "story": found.story,
        "replies": [_reply(each) for each in study.tables().replies.of_mention(asked.key)],
    }


def drafts(study: Study, asked: OnePost) -> Answer:
    found = study.tables().mentions.get(asked.key)
    if found is None or not study.tables().mentions.is_live(asked.key):
        raise InputError("there is no such post, or its platform has removed it")
    return {
        "post": _mention(found),
        "drafts": [
            {
                "form": Ours(form),
                "playbook": Ours(each.playbook),
                "text": each.text,
                "status": each.status,
                "next_steps": each.next_steps,
                "approximate_time": each.approximate_time,
                "planned_outcome": each.planned_outcome,
            }
            for form, each in study.drafts(asked.key).variants.items()
        ],
    }


def lint(study: Study, asked: Lint) -> Answer:
    key = MentionKey(asked.source, meant(asked.id)) if asked.source and asked.id else None
    return _checked(study.lint(asked.text, key, asked.form))


def propose_reply(study: Study, asked: Propose) -> Answer:
    if study.pen is None:
        raise InputError(
            "this assistant acts in nobody's name, and only reads: its token belongs to an account without a person"
        )
    reply = study.pen(asked.key, asked.form, asked.text)
    return {
        "reply": _reply(reply),
        "what_now": Ours(
            "Nothing was posted. A person has to read it, and may edit, approve or withdraw it."
        ),
        **_checked(study.lint(reply.text, asked.key, asked.form)),
    }


TOOLS: tuple[Tool[Any], ...] = (
    Tool(
        "find_stories",
        "Find stories",
        "Stories: one issue as customers experience it, of many posts. Those with the newest posts first, with forecast "
        "and who has it.",
        Listing,
        find_stories,
    ),
    Tool(
        "story",
        "Read a story",
        "One story by its number: who has it, platforms, how its forecast went, replies, and its posts by how far they "
        "spread.",
        OneStory,
        story,
    ),
    Tool(
        "search_mentions",
        "Search posts",
        "Search over all posts that name the brand.",
        Search,
        search_mentions,
    ),
    Tool(
        "mention",
        "Read a post",
        "One post: its whole text, what the model and people say of it, its forecast and its replies.",
        OnePost,
        mention,
        longest=WHOLE,
    ),
    Tool(
        "drafts",
        "Read drafts",
        "SNAP drafts (Status, Next steps, Approximate time, Planned outcome) of a reply to a post, from the playbooks.",
        OnePost,
        drafts,
    ),
    Tool(
        "lint",
        "Check a reply",
        "What is wrong with the text of a reply. Nothing is kept.",
        Lint,
        lint,
    ),
    Tool(
        "propose_reply",
        "Propose a reply",
        "Leave a draft of a reply for a person, who reads, edits and approves it, or not. Nothing is posted, and no word "
        "that a person wrote is changed. No address that the drafts do not have is taken.",
        Propose,
        propose_reply,
        writes=True,
    ),
)


# --- what is told of each thing: a text is quoted unless it is `Ours` -------------------------------------------------


def _line(study: Study, row: stories.StoryLine) -> Answer:
    return {
        **_story(study, row.story, row.alert),
        "posts": row.posts,
        "sources": [Ours(plain(each, NAME)) for each in row.sources],
        "gravest_post": _post(row.lead) if row.lead else None,
    }


def _story(study: Study, row: Story, alert: Alert | None) -> Answer:
    address = study.config.web.public_url
    return {
        "number": row.id,
        "title": row.title,
        "summary": row.summary,
        "opened_at": row.opened_at,
        "last_post_at": row.updated_at,
        "severity": _ours(row.severity),
        "why": row.reason or "",
        "alert": _alert(alert),
        "page": Ours(f"{address.rstrip('/')}/stories/{row.id}") if address else None,
    }


def _alert(row: Alert | None) -> Answer | None:
    if row is None:
        return None
    return {
        "number": row.id,
        "state": Ours(row.state),
        "severity": Ours(row.severity),
        "holder": _ours(row.holder),
        "opened_at": row.opened_at,
        "resolved_at": row.resolved_at,
    }


def _post(row: TopPost) -> Answer:
    return {
        **_mention(row.mention),
        **_found(row.found),
        "spread": row.count,
        "forecast": _forecast(row.forecast),
    }


def _outlook(row: Outlook) -> Answer:
    return {
        "at": row.at,
        "probability": round(row.p_viral, 2),
        "spread_then": row.count,
        "viral_at": row.viral_at,
        "expected": round(row.expected),
        "from": round(row.low),
        "to": round(row.high),
        "crosses_at": row.crosses_at,
    }


def _mention(row: Mention) -> Answer:
    """Without its address: an assistant has nothing to open there; people find it on the page of the story."""
    return {
        "source": Ours(plain(row.source, NAME)),
        "id": named(row.id),
        "written_at": row.created_at,
        "author": row.author.handle,
        "followers": row.author.followers,
        "text": row.text,
    }


def _found(row: Classification | None) -> Answer:
    if row is None:
        return {}
    return {
        "complaint": round(row.complaint, 2),
        "severity": _ours(row.severity),
        "category": _ours(row.category),
        "language": _ours(row.language),
    }


def _forecast(row: Forecast | None) -> Answer | None:
    if row is None:
        return None
    return {
        "at": row.at,
        "spread_now": row.count,
        "viral_at": row.viral_at,
        "probability": round(row.p_viral, 2),
        "expected": round(row.expected),
        "from": round(row.low),
        "to": round(row.high),
        "crosses_at": row.crosses_at,
    }


def _reply(row: ReplyRow) -> Answer:
    """Its words are quoted, too: they may repeat the customer's, or have been proposed by who was told what to write."""
    return {
        "code": Ours(row.code),
        "to": {"source": Ours(plain(row.source, NAME)), "id": named(row.mention_id)},
        "state": Ours(row.state),
        "text": row.text,
        "version": row.version,
        "approved_by": [Ours(each) for each in row.approvals],
        "written_by": Ours(row.editor),
        "promises_a_word_by": row.report_by,
    }


def _checked(row: Checked) -> Answer:
    return {
        "could_be_sent": not row.blocked,
        "length": row.length,
        "limit": row.limit,
        "findings": [
            {
                "rule": Ours(each.rule),
                "severity": Ours(each.severity),
                "from": each.start,
                "to": each.end,
                "reason": each.reason,
                "suggestion": each.suggestion,
            }
            for each in row.findings
        ],
    }


def _after(cursor: str | None) -> Ours | None:
    return None if cursor is None else named(cursor)


def _before(name: str | None) -> str | None:
    return None if name is None else meant(name)


def _ours(text: str | None) -> Ours | None:
    return None if text is None else Ours(text)
