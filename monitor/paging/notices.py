"""What an alert has to say to one person now, put together from the store."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

import structlog

from monitor import blind
from monitor.config import Config
from monitor.model import Severity
from monitor.notice import Further, Notice, TopPost
from monitor.oncall import chain
from monitor.ports import Drafter
from monitor.reply import Case, Draft, Drafts
from monitor.rota import roster
from monitor.rules import Volume
from monitor.store import Alert, Part, Tables

TOP_POSTS = 5
HOLDING = 5
"""From so many posts of different authors on, a story gets one statement for all beside the draft for its first post."""
_LOOKED_AT = 20
"""So many of its posts are looked at to count them."""
HOUR = timedelta(hours=1)

Link = Callable[[int | str, str], str | None]
"""From an alert's number, or a test page's code, and a person to that person's acknowledge link; None when no address is
configured."""

log = structlog.get_logger()

T = TypeVar("T")

OTHER = "other"
"""The category of what no model is sure of."""


def notice(
    tables: Tables, alert: Alert, person: str, config: Config, drafter: Drafter, link: Link, now: datetime
) -> Notice:
    """Built at the moment of sending, so that a page that waited tells how things stand now. What has changed is told to
    whom an earlier page has told the rest: somebody's first page is none of changes."""
    story = tables.stories.get(alert.story_id)
    if story is None:
        raise LookupError(f"alert {alert.id} belongs to story {alert.story_id}, which does not exist")
    volume = tables.stories.volume(story.id, now, HOUR)
    told = tables.stories.top(story.id, _LOOKED_AT, no_praise_by=config.rules)
    top = tuple(told[:TOP_POSTS])
    paged_next = next_person(tables, alert, config, now) if alert.step_due_at else None
    heard = tables.outbox.is_news_to(alert.id, person, alert.revision, alert.step)
    zone = next((each.time_zone for each in config.people if each.name == person), "UTC")
    proposed, statement = (
        _proposed(tables, alert, volume, told, drafter, person, config, now) if told else (None, None)
    )
    return Notice(
        story_id=story.id,
        title=story.title,
        summary=story.summary,
        severity=alert.severity,
        reason=alert.reason,
        code=str(alert.id),
        brand=config.brand.name,
        person=person,
        step=alert.step,
        at=now,
        opened_at=story.opened_at,
        paged_at=alert.opened_at,
        mentions=volume.posts,
        sources=volume.sources,
        top_posts=top,
        drafts=proposed,
        holding=statement,
        link=link(alert.id, person),
        changed=alert.changed if heard else "",
        next_person=paged_next,
        escalates_at=alert.step_due_at if paged_next else None,
        further=tuple(_further(tables, part, config) for part in tables.gathered.parts(alert.id)),
        blind=blind.blind(
            tables.jobs.watching(),
            tables.sources.gaps(story.opened_at - blind.BEFORE, now),
            every(config),
            story.opened_at,
            now,
        ),
        time_zone=zone,
        option=config.option,
        holder=alert.holder or "" if alert.state == "acknowledged" and alert.step_due_at is None else "",
    )


def next_person(tables: Tables, alert: Alert, config: Config, now: datetime) -> str | None:
    """Who is paged if nobody acknowledges it, as the rota stands now. What its holder leaves unanswered pages from the
    first step on when the last one was paged."""
    step = chain.step_at(config.oncall, alert.step + 1)
    if step is None and alert.state == "acknowledged":
        step = chain.steps(config.oncall)[0]
    if step is None:
        return None
    instead = chain.fallback(config.oncall, config.rotations, config.people)
    return " and ".join(
        chain.people_at(step, roster.rota(config, tables, now), instead, alert.step_due_at or now).people
    )


def every(config: Config) -> dict[str, timedelta]:
    """How often each source can be polled; a replay passes `speed` seconds of its story in each one of ours."""
    return {
        name: timedelta(seconds=max(source.every, getattr(source, "speed", 0.0)))
        for name, source in config.sources.items()
    }


def _further(tables: Tables, part: Part, config: Config) -> Further:
    top = next(iter(tables.stories.top(part.story_id, 1, no_praise_by=config.rules)), None)
    return Further(str(part.id), part.title, part.changed or part.reason, top.mention.url if top else None)


def _proposed(
    tables: Tables,
    alert: Alert,
    volume: Volume,
    told: Sequence[TopPost],
    drafter: Drafter,
    person: str,
    config: Config,
    now: datetime,
) -> tuple[Drafts | None, Draft | None]:
    """Drafts for the first post, and the statement for a story that many tell."""
    post = told[0]
    case = case_of(
        post,
        volume.category,
        severity=alert.severity,
        posts=volume.posts,
        turn=tables.replies.turns(post.mention.key),
        time_zone=zone_of(config, post.mention.source),
    )
    authors = {(each.mention.source, each.mention.author.id or each.mention.author.handle) for each in told}
    drafts = _tried(lambda: drafter.drafts(case, person, now), post)
    if len(authors) < HOLDING:
        return drafts, None
    return drafts, _tried(lambda: drafter.holding(case, person, now), post)


def case_of(
    post: TopPost,
    story_category: str | None,
    *,
    severity: Severity = "info",
    posts: int = 1,
    turn: int = 0,
    time_zone: str | None = None,
) -> Case:
    """What a reply to one of a story's posts answers: the post's own situation, or where no model is sure, its story's."""
    own = post.found.category if post.found and post.found.category != OTHER else None
    return Case(post.mention, post.found, own or story_category, severity, posts, turn, time_zone)


def zone_of(config: Config, source: str) -> str | None:
    """The zone that most of a source's readers live in, where the configuration says it."""
    settings = config.sources.get(source)
    return settings.time_zone if settings else None


def _tried(make: Callable[[], T | None], post: TopPost) -> T | None:
    """None, with an error in the log, rather than no page at all."""
    try:
        return make()
    except Exception:
        log.exception("no draft", source=post.mention.source, id=post.mention.id)
        return None
