"""Everything that the front-line edition tells."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime

import structlog

from alerts.frontline import FrontLineData, Held, StoryTold, Thanked, Told
from monitor.config import Config
from monitor.digest.praise import glad
from monitor.paging.notices import HOUR, case_of, zone_of
from monitor.ports import Drafter
from monitor.reply import Drafts
from monitor.rota import roster
from monitor.sections import DigestGroup
from monitor.standing import state_of
from monitor.store import Alert, ReplyRow, Story, Tables

STORIES = 40
TOLD = 3
"""The newest answers of a story that are told."""
PRAISE = 6
SHORTEST = 3
"""Letters of a first name that stands for somebody by itself."""

log = structlog.get_logger()


def frontline_data(
    config: Config,
    drafter: Drafter,
    tables: Tables,
    group: DigestGroup,
    start: datetime,
    end: datetime,
    now: datetime,
) -> FrontLineData:
    """The week from `start` to `end` (exclusive): the stories in which customers were answered in public then, and those
    that paged and still go on."""
    posted = tables.reports.posted_between(start, end)
    public = [each for each in posted if each.form != "private"]
    going_on = {alert.story_id for alert in tables.alerts.active() if alert.opened_at < end}
    numbers = sorted({*going_on, *(_story_of(tables, each) for each in public)})
    stories = [
        _story(config, drafter, tables, story, end, now)
        for story in (tables.stories.get(number) for number in numbers)
        if story is not None
    ]
    stories.sort(
        key=lambda each: (each.goes_on, bool(each.told), each.posts),
        reverse=True,
    )
    known = names(config)
    thanked = sorted(
        (
            Thanked(each.text, each.author.handle, each.source, praised(each.text, known), each.url)
            for each in glad(config, tables, start, end)
        ),
        key=lambda each: not each.names,
    )
    return FrontLineData(
        brand=config.brand.name,
        start=start,
        end=end,
        time_zone=group.time_zone,
        language=group.language,
        made_at=now,
        stories=tuple(stories[:STORIES]),
        answers=len(public),
        private=len(posted) - len(public),
        praise=tuple(thanked[:PRAISE]),
        glad=len(thanked),
        knows_staff=bool(known),
        link=config.web.public_url,
    )


def names(config: Config) -> tuple[str, ...]:
    """By which customers may praise colleagues: those of the configuration's people, without their roles, and its staff."""
    people = (person.name.partition("(")[0].strip() for person in config.people)
    return tuple(dict.fromkeys(each for each in (*people, *config.digest.staff) if each))


def praised(text: str, known: Sequence[str]) -> tuple[str, ...]:
    """Whom the text names: by the whole name, or by a first name that one of them alone has, written as names are."""
    first = [name.split()[0] for name in known]
    return tuple(name for name in known if any(_says(text, each) for each in _calls(name, first)))


def _calls(name: str, first: Sequence[str]) -> Iterator[str]:
    yield name
    given = name.split()[0]
    if first.count(given) == 1 and len(given) >= SHORTEST:
        yield given


def _says(text: str, name: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) is not None


def _story_of(tables: Tables, reply: ReplyRow) -> int:
    """The story that the answered post is in now; of one that was erased, the one that it was in."""
    return tables.stories.of(reply.mention) or reply.story_id or 0


def _story(
    config: Config, drafter: Drafter, tables: Tables, story: Story, end: datetime, now: datetime
) -> StoryTold:
    alert = tables.alerts.of_story(story.id)
    volume = tables.stories.volume(story.id, now, HOUR)
    drafts, statement = _prepared(config, drafter, tables, story, alert, volume.category, now)
    return StoryTold(
        title=story.title,
        state=state_of(story, alert),
        since=story.opened_at,
        posts=volume.posts,
        sources=volume.sources,
        summary=story.summary,
        over_at=alert.resolved_at if alert else story.closed_at,
        holder=(alert.holder or "") if alert and alert.state in ("acknowledged", "snoozed") else "",
        told=tuple(_told(each, now) for each in _public(tables, story, end)[-TOLD:]),
        say=statement,
        **(
            {"may_offer": drafts.may_offer, "owner": drafts.owner, "escalate": drafts.escalate}
            if drafts
            else {}
        ),
    )


def _public(tables: Tables, story: Story, end: datetime) -> list[ReplyRow]:
    """What was said of it to everybody until then, the first first."""
    return [
        each
        for each in tables.reports.replies(story.id)
        if each.state == "posted" and each.form != "private" and each.posted_at and each.posted_at < end
    ]


def _told(reply: ReplyRow, now: datetime) -> Told:
    held: Held = "none"
    if reply.promise == "kept":
        held = "kept"
    elif reply.promise == "open":
        # The daemon may have stood still when it ran out.
        over = reply.broken_at or (reply.report_by and reply.report_by <= now)
        held = "late" if over else "open"
    return Told(
        at=reply.posted_at or reply.changed_at,
        text=reply.text,
        source=reply.source,
        by=" and ".join(reply.approvals),
        url=reply.url or None,
        report_by=reply.report_by,
        held=held,
    )


def _prepared(
    config: Config,
    drafter: Drafter,
    tables: Tables,
    story: Story,
    alert: Alert | None,
    category: str | None,
    now: datetime,
) -> tuple[Drafts | None, str]:
    """What the playbook of the story's situation has for colleagues, and its statement for everybody; nothing where no post
    is left to tell the situation by."""
    top = next(iter(tables.stories.top(story.id, 1, no_praise_by=config.rules)), None)
    if top is None:
        return None, ""
    severity = alert.severity if alert else "info"
    case = case_of(top, category, severity=severity, time_zone=zone_of(config, top.mention.source))
    responder = (alert.holder if alert else None) or roster.first(config, tables, now)
    try:
        drafts = drafter.drafts(case, responder, now)
        statement = drafter.holding(case, responder, now)
    except Exception:
        log.exception("no statement", story=story.id)
        return None, ""
    # Without the time that it names: who reads this does so later.
    parts = (
        (statement.opening, statement.status, statement.next_steps, statement.planned_outcome)
        if statement
        else ()
    )
    return drafts, " ".join(filter(None, parts))
