"""The after-action report of any story, put together from the store: one that paged or not, that is over or not, and of
which everything that was said may be erased."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import cast

from monitor import thresholds
from monitor.blind import BEFORE
from monitor.config import Config
from monitor.errors import InputError
from monitor.model import Mention, MentionKey, Severity
from monitor.oncall import chain
from monitor.overview.course import course
from monitor.overview.course import paged_at as first_paged
from monitor.overview.report import (
    Corrected,
    Curve,
    Foretold,
    Held,
    Mark,
    Outcome,
    Place,
    Quote,
    Report,
    Said,
    Step,
    StepName,
    Unsent,
    Voice,
    Volume,
)
from monitor.overview.report_moments import SENT, moments, together
from monitor.overview.story import spreads, thinned
from monitor.replying.aftermath import since_reply
from monitor.spread import in_words
from monitor.standing import state_of
from monitor.store import Alert, Beginning, ReplyRow, Story, Tables
from monitor.voices import arranged_at_worst
from monitor.wording.platforms import source_name

VOICES = 8
MOMENTS = 200
"""Of the timeline, so much is told: its beginning."""
POINTS = 300
LABELS = 100
TOLD = 500
"""The newest posts of a story that are looked at for whether they look arranged."""
HOUR = timedelta(hours=1)
SLOTS = tuple(timedelta(minutes=each) for each in (5, 15, 30, 60, 180, 360, 720, 1440, 10080, 43200))
MOST_SLOTS = 48
REPLIES_MARKED = 3


def report(tables: Tables, config: Config, story_id: int, now: datetime) -> Report:
    """The report as it stands now. InputError when there is no such story."""
    story = tables.stories.get(story_id)
    if story is None:
        raise InputError(f"there is no story {story_id}")
    alert = tables.alerts.of_story(story.id)
    told = tables.reports.platforms(story.id)
    beginning = Beginning.of(told)
    replies = tables.reports.replies(story.id)
    posted = [each for each in replies if each.state in SENT and each.posted_at is not None]
    paged_at = first_paged(tables, alert)
    ended_at = alert.resolved_at if alert else story.closed_at
    went = course(tables, config, story, paged_at, ended_at, now)
    crossed_at = went.crossed_at
    platforms = tuple(Place(each.source, each.posts, each.first, each.last, each.spread) for each in told)
    since = story.opened_at - BEFORE
    lines = together(
        moments(tables, story, beginning, platforms, alert, replies, crossed_at, since, ended_at or now)
    )
    curve = _curve(tables, config, story.id)
    marks = tuple(_marks(alert, posted, paged_at, crossed_at))
    lessons = tables.lessons.of_story(story.id, removed=True)
    return Report(
        story_id=story.id,
        title=story.title,
        gist=story.summary,
        severity=alert.severity if alert else cast(Severity | None, story.severity),
        state=state_of(story, alert),
        alert=alert.id if alert else None,
        why=_why(tables, story, alert),
        made_at=now,
        opened_at=story.opened_at,
        updated_at=story.updated_at,
        ended_at=ended_at,
        outcome=_outcome(crossed_at, paged_at, ended_at),
        crossed_at=crossed_at,
        steps=tuple(_steps(config, story, alert, beginning, platforms, posted, paged_at, ended_at, now)),
        moments=tuple(lines[:MOMENTS]),
        more=max(len(lines) - MOMENTS, 0),
        posts=beginning.posts,
        erased=beginning.erased,
        platforms=platforms,
        category=tables.stories.category(story.id) or "",
        arranged=arranged_at_worst(
            tables.voices.told_between(story.id, story.opened_at - HOUR, story.updated_at, TOLD)
        ),
        curve=curve,
        volume=_volume(tables.reports.minutes(story.id), curve, marks),
        marks=marks,
        said=tuple(_said(tables, config, each, now) for each in posted),
        unsent=tuple(
            Unsent(each.code, each.changed_at, each.state, each.error)
            for each in replies
            if each.state not in SENT
        ),
        voices=tuple(
            Voice(_quote(each.mention), each.posts, each.spread)
            for each in tables.reports.voices(story.id, VOICES)
        ),
        foretold=tuple(_foretold(tables, alert, curve)),
        course=went,
        corrected=tuple(
            Corrected(
                each.at, each.person, _quote(each.mention), each.head, each.label, each.before, each.sure
            )
            for each in tables.reports.labels(story.id, LABELS)
        ),
        lessons=tuple(each for each in lessons if each.removed_at is None),
        removed=tuple(each for each in lessons if each.removed_at is not None),
    )


def _quote(mention: Mention) -> Quote:
    return Quote(
        mention.source,
        mention.id,
        mention.author.handle,
        mention.text,
        mention.url,
        mention.created_at,
        mention.author.followers,
    )


def _why(tables: Tables, story: Story, alert: Alert | None) -> str:
    """Why it paged when it did, or why nobody was."""
    if alert is None:
        return story.reason or ""
    events = tables.alerts.events(alert.id)
    return next((each.note for each in events if each.event == "opened" and each.note), alert.reason)


def _outcome(crossed: datetime | None, paged: datetime | None, ended: datetime | None) -> Outcome:
    if crossed is not None:
        return "unseen" if paged is None else "early" if paged <= crossed else "late"
    return "open" if ended is None else "calm"


def _steps(
    config: Config,
    story: Story,
    alert: Alert | None,
    beginning: Beginning,
    platforms: Sequence[Place],
    posted: Sequence[ReplyRow],
    paged_at: datetime | None,
    ended_at: datetime | None,
    now: datetime,
) -> Iterator[Step]:
    first = config.sources.get(platforms[0].source) if platforms else None
    every = f"{source_name(platforms[0].source)} is read every {_length(first.every)}" if first else ""
    yield Step("seen", beginning.posted, beginning.stored, words=every)
    yield Step("paged", beginning.stored or story.opened_at, paged_at)
    wait = chain.steps(config.oncall)[0].wait
    taken = alert.acknowledged_at if alert else None
    yield _promised(
        "taken", paged_at, taken, f"within {_length(wait.total_seconds())}",
        paged_at + wait if paged_at else None, ended_at, now,
    )  # fmt: skip
    # Whoever is not paged can't answer: the clock of our promise starts with the page, or where there was none, when the
    # first post was seen.
    began = paged_at or (alert.opened_at if alert else beginning.stored)
    answered = min((each.posted_at for each in posted if each.posted_at), default=None)
    hours = config.service.next_report_hours
    yield _promised(
        "answered", began, answered, f"within {hours:g} open hour{'' if hours == 1 else 's'}",
        config.service.report_at(began) if began else None, ended_at, now,
    )  # fmt: skip
    yield Step("over", story.opened_at, ended_at)


def _promised(
    name: StepName,
    began: datetime | None,
    ended: datetime | None,
    promised: str,
    due: datetime | None,
    over: datetime | None,
    now: datetime,
) -> Step:
    """A step against its promise. What never happened in a story that is over may not have been needed: nothing is held
    against anybody."""
    if began is None or due is None:
        return Step(name, began, ended, promised)
    held: Held = "none" if over else "open"
    if ended is not None:
        held = "kept" if ended <= due else "late"
    elif over is None and now > due:
        held = "late"
    return Step(name, began, ended, promised, due, held)


def _length(seconds: float) -> str:
    minutes = round(seconds / 60)
    if minutes < 1:
        return f"{seconds:g} s"
    return f"{minutes} min" if minutes < 120 else f"{minutes / 60:g} h"


def _curve(tables: Tables, config: Config, story_id: int) -> Curve | None:
    post = tables.reports.furthest(story_id)
    if post is None:
        return None
    measure, viral_at = thresholds.measure_of(config, tables, post.source)
    points: list[tuple[datetime, int]] = []
    for point in thinned(spreads(tables, config, post.key), POINTS):
        # Counters of platforms waver; what has spread has.
        points.append((point.at, max(point.spread, points[-1][1] if points else 0)))
    return Curve(_quote(post), tuple(points), in_words(measure), viral_at)


def _volume(
    minutes: Sequence[tuple[datetime, int]], curve: Curve | None, marks: Sequence[Mark]
) -> Volume | None:
    """Of the time in which most happened, and half as long again. `minutes`: how many posts came in each."""
    if not minutes:
        return None
    begin, last = minutes[0][0], minutes[-1][0]
    acted = [each.at for each in marks if each.name != "over"] + [
        at for at, _ in (curve.points if curve else ())
    ]
    end = last if not acted else min(last, begin + 1.5 * (max(acted) - begin))
    each = next((slot for slot in SLOTS if (end - begin) / slot < MOST_SLOTS), SLOTS[-1])
    posts = [0] * (max(end - begin, timedelta(0)) // each + 1)
    later = 0
    for at, count in minutes:
        place = (at - begin) // each
        if place < len(posts):
            posts[place] += count
        else:
            later += count
    return Volume(begin, each, tuple(posts), later)


def _marks(
    alert: Alert | None, posted: Sequence[ReplyRow], paged: datetime | None, crossed: datetime | None
) -> Iterator[Mark]:
    if paged:
        yield Mark(paged, "paged")
    if alert and alert.acknowledged_at:
        yield Mark(alert.acknowledged_at, "acknowledged")
    for reply in posted[:REPLIES_MARKED]:
        if reply.posted_at:
            yield Mark(reply.posted_at, "replied")
    if crossed:
        yield Mark(crossed, "viral")
    if alert and alert.resolved_at:
        yield Mark(alert.resolved_at, "over")


def _said(tables: Tables, config: Config, reply: ReplyRow, now: datetime) -> Said:
    post = tables.mentions.get(reply.mention)
    measure, _ = thresholds.measure_of(config, tables, reply.source)
    at = reply.posted_at or reply.changed_at
    held: Held = "none"
    if reply.broken_at is not None:
        held = "late"
    elif reply.promise in ("open", "kept"):
        held = "kept" if reply.promise == "kept" else "open"
    return Said(
        code=reply.code,
        at=at,
        source=reply.source,
        customer=post.author.handle if post else "",
        post=post.text if post else "",
        text=reply.text,
        url=reply.url,
        private=reply.form == "private",
        editor=reply.editor,
        by=reply.approvals,
        drafted=bool(reply.text) and reply.text == reply.drafted,
        promised=reply.says,
        report_by=reply.report_by,
        held=held,
        after=since_reply(tables.mentions.readings(reply.mention), at, measure, now),
    )


def _foretold(tables: Tables, alert: Alert | None, curve: Curve | None) -> Iterator[Foretold]:
    """What the alert's own log says of it, and the newest forecast of the post that spread furthest."""
    for event in tables.alerts.events(alert.id) if alert else ():
        if event.event in ("opened", "updated") and event.note:
            yield Foretold(event.at, event.note)
    said = tables.mentions.forecast(MentionKey(curve.quote.source, curve.quote.id)) if curve else None
    if said is None or curve is None:
        return
    if said.crossed:
        words = f"at {said.count:,} {curve.measure}, past {said.viral_at:,}"
    else:
        words = f"{said.p_viral:.0%} likely to pass {said.viral_at:,} {curve.measure}, which stood at {said.count:,}"
    spread = f"; {said.expected:,.0f} expected in the end, 8 in 10 times {said.low:,.0f} to {said.high:,.0f}"
    yield Foretold(said.at, words + spread, said.crosses_at)
