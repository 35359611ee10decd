"""What an alert has to say to one person now, put together from the store."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from monitor import blind
from monitor.config import Config
from monitor.notice import Further, Notice, TopPost
from monitor.oncall import chain
from monitor.ports import Drafter
from monitor.reply import Case, Drafts
from monitor.rota import roster
from monitor.store import Alert, Part, Tables

TOP_POSTS = 5
HOUR = timedelta(hours=1)

Link = Callable[[int | str, str], str | None]
"""From an alert's number, or a test page's code, and a person to that person's acknowledge link; None when no address is
configured."""

log = structlog.get_logger()


def notice(
    tables: Tables, alert: Alert, person: str, config: Config, drafter: Drafter, link: Link, now: datetime
) -> Notice:
    """Built at the moment of sending, so that a page that waited tells how things stand now. What has changed is told to
    whom an earlier page has told the rest: somebody's first page is none of changes."""
    story = tables.stories.get(alert.story_id)
    if story is None:
        raise LookupError(f"alert {alert.id} belongs to story {alert.story_id}, which does not exist")
    volume = tables.stories.volume(story.id, now, HOUR)
    top = tuple(tables.stories.top(story.id, TOP_POSTS, no_praise_by=config.rules))
    next_person = _next(tables, alert, config, now) if alert.step_due_at else None
    heard = tables.outbox.is_news_to(alert.id, person, alert.revision, alert.step)
    zone = next((each.time_zone for each in config.people if each.name == person), "UTC")
    proposed = drafts(top[0], volume.category, drafter, person, now) if top else None
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
        link=link(alert.id, person),
        changed=alert.changed if heard else "",
        next_person=next_person,
        escalates_at=alert.step_due_at if next_person else None,
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


def _next(tables: Tables, alert: Alert, config: Config, now: datetime) -> str | None:
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


def drafts(
    post: TopPost, story_category: str | None, drafter: Drafter, person: str, now: datetime
) -> Drafts | None:
    """The draft replies to the story's first post; None, with an error in the log, rather than no page at all."""
    own = post.found.category if post.found and post.found.category != "other" else None
    try:
        return drafter.drafts(Case(post.mention, post.found, own or story_category), person, now)
    except Exception:
        log.exception("no draft", source=post.mention.source, id=post.mention.id)
        return None
