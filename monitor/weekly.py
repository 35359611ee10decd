"""A week's figures for the digest, put together from the store."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import cast
from zoneinfo import ZoneInfo

import structlog

from alerts.digest import render_digest
from alerts.week import (
    READ_LATER,
    DayVolume,
    DigestData,
    Gap,
    PraiseLine,
    SourceVolume,
    Spending,
    StoryLine,
    WeekFigures,
)
from monitor import blind, rules, thresholds
from monitor.budget import midnight
from monitor.config import Config
from monitor.languages import in_words
from monitor.lookup import Looked
from monitor.model import Interval, Reading, Severity
from monitor.notice import Message
from monitor.polling import Spent
from monitor.ports import Drafter
from monitor.refit.weekly import news
from monitor.reply import Case
from monitor.rota import roster
from monitor.sections import DigestGroup
from monitor.spread import spread
from monitor.store import Bill, Praised, Story, Tables
from monitor.voices import arranged_at_worst

STORIES = 20
PRAISE = 5
PRAISE_CATEGORY = "praise"
"""The situation of the playbook that says thank you; no complaint has it."""

log = structlog.get_logger()

MeasureOf = Callable[[str], tuple[str, int]]


def edition(
    config: Config,
    drafter: Drafter,
    tables: Tables,
    group: DigestGroup,
    start: datetime,
    end: datetime,
    now: datetime,
) -> Message:
    """What a group reads of the week from `start` to `end`."""
    return render_digest(digest_data(config, drafter, tables, start, end, now))  # of each edition


def digest_data(
    config: Config, drafter: Drafter, tables: Tables, start: datetime, end: datetime, now: datetime
) -> DigestData:
    """Everything that the digest of the week from `start` to `end` (exclusive) tells.

    A complaint that nobody joined and that paged nobody is counted as a complaint, not told as a story.
    """
    zone = ZoneInfo(config.digest.time_zone)
    week_before = _figures(config, tables, start - (end - start), start, zone)
    stories = [_story(tables, story, config, start, end) for story in tables.stories.told(start, end)]
    # What was paged first, then what spread furthest: the digest shows the beginning of this list in full.
    stories.sort(
        key=lambda line: (line.paged_at is not None, line.peak_spread or 0, line.posts), reverse=True
    )
    responder = roster.first(config, tables, now)
    return DigestData(
        brand=config.brand.name,
        start=start,
        end=end,
        time_zone=config.digest.time_zone,
        made_at=now,
        week=_figures(config, tables, start, end, zone),
        week_before=week_before if week_before.mentions else None,
        stories=tuple(stories[:STORIES]),
        praise=tuple(
            _praise(drafter, praised, responder, now)
            for praised in tables.praise.between(start, end)[:PRAISE]
        ),
        gaps=tuple(_gaps(config, tables, start, min(end, now), now)),
        learnt=tuple(
            said
            for version in tables.fits.all()
            if start <= version.made_at < end and (said := news(version))
        ),
    )


def _figures(config: Config, tables: Tables, start: datetime, end: datetime, zone: ZoneInfo) -> WeekFigures:
    seen = tables.weekly.seen(start, end)
    about_us = [
        each for each in seen if each.in_story or not rules.beside_the_point(each.relevance, config.rules)
    ]
    complaints = [
        each
        for each in about_us
        if each.complaint is not None and each.complaint >= config.rules.complaint_at
    ]
    unmeasured = Counter(in_words(each.language) for each in seen if each.measured is False)
    by_day = Counter(each.at.astimezone(zone).date() for each in seen)
    complaints_by_day = Counter(each.at.astimezone(zone).date() for each in complaints)
    by_source = Counter(each.source for each in seen)
    read = defaultdict(Spent, tables.sources.spent_between(start, end))
    looked = defaultdict(Looked, tables.looks.between(start, end))
    complaints_by_source = Counter(each.source for each in complaints)
    first = start.astimezone(zone).date()
    days = [first + timedelta(days=n) for n in range((end.astimezone(zone).date() - first).days)]
    stories = tables.stories.told(start, end)
    responses = tables.weekly.responses(start, end)
    return WeekFigures(
        days=tuple(DayVolume(day, by_day[day], complaints_by_day[day]) for day in days),
        sources=tuple(
            SourceVolume(
                source,
                count,
                complaints_by_source[source],
                read[source].posts,
                read[source].lost,
                looked[source].posts,
                looked[source].lost,
            )
            for source, count in by_source.most_common()
        ),
        beside=len(seen) - len(about_us),
        unmeasured=tuple(unmeasured.most_common()),
        stories=sum(start <= story.opened_at < end for story in stories),
        viral=sum(
            (at := tables.weekly.crossed_at(story.id, config.rules)) is not None and start <= at < end
            for story in stories
        ),
        pages=tables.weekly.pages_sent(start, end),
        escalations=tables.weekly.escalations(start, end),
        minutes_to_acknowledge=tuple(
            (each.acknowledged_at - each.opened_at).total_seconds() / 60
            for each in responses
            if each.acknowledged_at is not None
        ),
        spending=tuple(_spending(tables, start, end)),
    )


def _spending(tables: Tables, start: datetime, end: datetime) -> Iterator[Spending]:
    """Of each source that took anything, by UTC days, as platforms bill."""
    bills = defaultdict(Bill, tables.sources.billed_between(start, end))
    read = defaultdict(Spent, tables.sources.spent_between(start, end))
    rested: defaultdict[str, float] = defaultdict(float)
    for source, since in tables.sources.rests(start, end):
        rested[source] += (midnight(since) - since) / timedelta(hours=1)
    for name in sorted({*bills, *read, *rested}):
        yield Spending(name, bills[name].posts, read[name].posts, bills[name].dollars, rested[name])


def _story(tables: Tables, story: Story, config: Config, start: datetime, end: datetime) -> StoryLine:
    measure_of = partial(thresholds.measure_of, config, tables)
    alert = tables.alerts.of_story(story.id)
    volume = tables.stories.volume(story.id, end, timedelta(hours=1))
    top = tables.stories.top(story.id, 20, no_praise_by=config.rules)
    top.sort(key=lambda post: post.count or 0, reverse=True)
    crossed_at = tables.weekly.crossed_at(story.id, config.rules)
    curve = post_curve(tables.mentions.readings(top[0].mention.key), measure_of) if top else []
    return StoryLine(
        title=story.title,
        summary=story.summary,
        severity=alert.severity if alert else cast(Severity, story.severity or "info"),
        state=alert.state if alert else ("resolved" if story.closed_at else "open"),
        opened_at=story.opened_at,
        posts=volume.posts,
        sources=volume.sources,
        peak_spread=(top[0].count or None) if top else None,
        viral_at=measure_of(top[0].mention.source)[1] if top else None,
        crossed_at=crossed_at,
        paged_at=alert.opened_at if alert else None,
        acknowledged_at=alert.acknowledged_at if alert else None,
        acknowledged_by=alert.holder if alert else None,
        curve=tuple(point for point in curve if point[0] < end),
        top_post_url=top[0].mention.url if top else None,
        arranged=arranged_at_worst(tables.voices.told_between(story.id, start, end)),
    )


def _praise(drafter: Drafter, praised: Praised, responder: str, now: datetime) -> PraiseLine:
    """With a thank-you to approve, signed by whoever is first on call."""
    mention = praised.mention
    try:
        draft = drafter.drafts(Case(mention, category=PRAISE_CATEGORY), responder, now).first
        # Where it does not fit, the drafter falls back on an apology.
        thanks = draft.text if draft.playbook == PRAISE_CATEGORY else None
    except Exception:
        log.exception("no thank-you", source=mention.source, id=mention.id)
        thanks = None
    return PraiseLine(
        text=mention.text,
        handle=mention.author.handle,
        source=mention.source,
        reason=praised.reason,
        url=mention.url,
        thanks=thanks,
    )


def post_curve(readings: Sequence[Reading], measure_of: MeasureOf) -> list[tuple[datetime, int]]:
    """The spread of one post over time, never falling: (time, largest spread so far), where it grew."""
    curve: list[tuple[datetime, int]] = []
    for reading in readings:
        count = spread(reading, measure_of(reading.source)[0])
        if count is not None and (not curve or count > curve[-1][1]):
            curve.append((reading.at, count))
    return curve


NOT_YET = "not watched yet"
SLACK = timedelta(minutes=5)
"""No lane covers its last minutes: platforms show posts late."""


def _gaps(config: Config, tables: Tables, start: datetime, end: datetime, now: datetime) -> list[Gap]:
    """What was missed, and of which it is not known that it was read, those of several lanes of a source at one time
    together. Time in which the daemon was off is no gap once polling has closed it."""
    lanes: dict[Gap, list[str]] = {}
    for gap, lane in _of_lanes(config, tables, start, end, now):
        lanes.setdefault(gap, []).extend([lane] if lane else [])
    return sorted(
        (replace(gap, lanes=tuple(names)) for gap, names in lanes.items()),
        key=lambda gap: (gap.start, gap.source),
    )


def _of_lanes(
    config: Config, tables: Tables, start: datetime, end: datetime, now: datetime
) -> Iterator[tuple[Gap, str]]:
    unpolled = set(config.sources)
    for job in tables.jobs.watching():
        kind, _, of_lane = job.name.partition(" ")
        name, _, lane = of_lane.partition(" ")
        if kind != "poll" or name not in config.sources:
            continue
        unpolled.discard(name)
        ledger = tables.sources.coverage(of_lane)
        slack = blind.LATE * timedelta(seconds=config.sources[name].every) + SLACK
        for begin, until in blind.uncovered(start, end, ledger):
            if until - begin > slack:
                yield _uncovered(name, begin, until, ledger, job.error, is_last=until == end), lane
    for name in unpolled:
        yield Gap(name, start, end, NOT_YET), ""
    for missed in tables.sources.gaps(start, end):
        fate = "lost" if blind.is_lost(missed, config.sources, now) else "will be tried again"
        yield _missed(missed.source, missed.interval, start, end, fate)
    for filled in tables.sources.filled(start, end):
        if filled.interval.end - filled.interval.start < timedelta(minutes=1):
            continue  # pages overlap by seconds
        yield _missed(filled.source, filled.interval, start, end, READ_LATER)


def _missed(of_lane: str, interval: Interval, start: datetime, end: datetime, fate: str) -> tuple[Gap, str]:
    name, _, lane = of_lane.partition(" ")
    begin, until = max(interval.start, start), min(interval.end, end)
    return Gap(name, *_minutes(begin, until), interval.note, fate), lane


def _uncovered(
    name: str,
    begin: datetime,
    until: datetime,
    ledger: Sequence[Interval],
    error: str | None,
    *,
    is_last: bool,
) -> Gap:
    """A stretch of which the ledger says nothing: polling has not come there yet, or nobody ever will."""
    if is_last:
        why, fate = (error or "").removeprefix(f"{name}: ") or (NOT_YET if not ledger else ""), "not read yet"
        fate = "" if why == NOT_YET else fate
    elif until <= min(each.start for each in ledger):
        why, fate = NOT_YET, ""
    else:
        why, fate = "", "lost"
    return Gap(name, *_minutes(begin, until), why, fate)


def _minutes(begin: datetime, until: datetime) -> tuple[datetime, datetime]:
    """Of whole minutes, as they are shown, so that lanes which missed the same are told together."""
    return begin.replace(second=0, microsecond=0), until.replace(second=0, microsecond=0)
