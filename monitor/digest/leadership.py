"""Everything that the edition for leadership tells."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import structlog

from alerts.weekly.figures import DigestData, LessonLine, PraiseLine
from alerts.weekly.normal import WEEKS
from monitor.config import Config
from monitor.digest.figures import Counted
from monitor.digest.gaps import gaps
from monitor.digest.praise import spread
from monitor.digest.stories import story_lines
from monitor.ports import Drafter
from monitor.refit.weekly import news
from monitor.reply import Case
from monitor.rota import roster
from monitor.sections import DigestGroup
from monitor.store import Lesson, Praised, Tables
from monitor.wording.timetable import last_week

PRAISE = 5
PRAISE_CATEGORY = "praise"
"""The situation of the playbook that says thank you; no complaint has it."""
CHANGES = 10

log = structlog.get_logger()


def digest_data(
    config: Config,
    drafter: Drafter,
    tables: Tables,
    group: DigestGroup,
    start: datetime,
    end: datetime,
    now: datetime,
) -> DigestData:
    """The week from `start` to `end` (exclusive), in the group's zone and language.

    A complaint that nobody joined and that paged nobody is counted as a complaint, not told as a story.
    """
    zone = ZoneInfo(group.time_zone)
    weeks = weeks_before(tables, start, zone)
    counted = Counted(config, tables, weeks[0][0] if weeks else start, end, zone)
    responder = roster.first(config, tables, now)
    today = end.astimezone(zone).date()
    steps = config.oncall.steps
    return DigestData(
        brand=config.brand.name,
        start=start,
        end=end,
        time_zone=group.time_zone,
        language=group.language,
        made_at=now,
        week=counted.week(start, end),
        before=tuple(counted.week(*each) for each in weeks),
        stories=story_lines(config, tables, start, end),
        praise=tuple(
            _praise(drafter, praised, responder, now)
            for praised in spread(config, tables, start, end)[:PRAISE]
        ),
        gaps=tuple(gaps(config, tables, start, min(end, now), now)),
        learnt=tuple(
            said
            for version in tables.fits.all()
            if start <= version.made_at < end and (said := news(version))
        ),
        open_changes=tuple(_lesson(each, today) for each in tables.lessons.open()[:CHANGES]),
        done_changes=tuple(_lesson(each, today) for each in tables.lessons.done_between(start, end)),
        acknowledge_within=(steps[0].wait_minutes if steps else None) or config.oncall.escalate_after_minutes,
        reply_within=config.service.next_report_hours,
        link=config.web.public_url,
        watched=tuple(config.sources),
    )


def weeks_before(tables: Tables, start: datetime, zone: ZoneInfo) -> list[tuple[datetime, datetime]]:
    """The whole weeks before `start` in which somebody watched, WEEKS at most, the oldest first."""
    since = tables.weekly.watched_since()
    found: list[tuple[datetime, datetime]] = []
    first, _ = last_week(start, zone)
    while since is not None and first >= since and len(found) < WEEKS:
        found.insert(0, (first, start if not found else found[0][0]))
        first, _ = last_week(first, zone)
    return found


def _lesson(lesson: Lesson, today: date) -> LessonLine:
    return LessonLine(lesson.text, lesson.title, lesson.owner, lesson.due, lesson.is_late(today))


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
        spread=praised.count,
        url=mention.url,
        thanks=thanks,
    )
