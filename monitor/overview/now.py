"""What goes on now: the stories by urgency, who has them, and whether the watch itself can be trusted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from monitor import blind, thresholds
from monitor.config import Config
from monitor.model import Forecast, Severity
from monitor.notice import Blind, TopPost
from monitor.oncall import chain
from monitor.overview.story import FEW, Point, spreads, thinned
from monitor.overview.urgency import WAITING, Standing, rank, standing
from monitor.paging.notices import every, next_person
from monitor.paging.silences import Silence
from monitor.rota import roster
from monitor.store import AlarmRow, Alert, Counted, Praised, Story, Tables
from monitor.stories import OPEN_FOR
from monitor.watching.watcher import SINCE

DAY = timedelta(days=1)
CALLED = 60
"""So many stories with an alert are shown."""
WATCHED = 12
"""So many without one; of twice as many it is looked whether anything but praise is left in them."""


@dataclass(frozen=True, slots=True)
class StoryNow:
    """A story that goes on. `severity` and `reason` are its alert's, or what was decided last; `posts` are still there, on
    `sources`, in the order in which it reached them. `lead` is the post whose forecast is the gravest, `curve` its spread
    over time and `viral_at` its threshold; None where nothing but praise is left. `next_person` is paged at `next_at`
    unless somebody acknowledges it."""

    story: Story
    alert: Alert | None
    standing: Standing
    severity: Severity | None
    reason: str
    posts: int
    sources: tuple[str, ...]
    lead: TopPost | None
    viral_at: int | None
    curve: tuple[Point, ...]
    next_person: str | None
    next_at: datetime | None

    @property
    def forecast(self) -> Forecast | None:
        return self.lead.forecast if self.lead else None


@dataclass(frozen=True, slots=True)
class OnDuty:
    """Who is paged first now; `rotation` is "" for a person who is named as such, and `until` None where nobody else comes
    after. `stands_in`: nobody has the rotation, and the person is paged in place of nobody."""

    person: str
    rotation: str = ""
    until: datetime | None = None
    stands_in: bool = False


@dataclass(frozen=True, slots=True)
class Now:
    """`waiting` stories call for somebody, `taken` ones somebody has, `resting` ones were snoozed, `watched` ones paged
    nobody; each the most urgent first. `more` is how many alerts there are beside those shown. `blind` is where posts were
    missed in the last day or are missed now. `since` is since when the watch has not been interrupted (None: it never ran),
    `polled_at` when a source was read last, `day` what was written in the last 24 hours."""

    at: datetime
    waiting: tuple[StoryNow, ...]
    taken: tuple[StoryNow, ...]
    resting: tuple[StoryNow, ...]
    watched: tuple[StoryNow, ...]
    more: int
    alarms: tuple[AlarmRow, ...]
    blind: tuple[Blind, ...]
    silences: tuple[Silence, ...]
    praise: tuple[Praised, ...]
    on_duty: tuple[OnDuty, ...]
    sources: tuple[str, ...]
    since: datetime | None
    polled_at: datetime | None
    day: Counted

    @property
    def quiet(self) -> bool:
        """Nobody has to do anything, and nobody is at it."""
        return not (self.waiting or self.taken or self.resting)


def now_view(tables: Tables, config: Config, now: datetime) -> Now:
    """Everything that the screen Now shows."""
    alerts = sorted(
        tables.alerts.active(),
        key=lambda each: (standing(each) not in WAITING, each.severity != "critical", each.id),
    )
    called = _ranked([_story(tables, config, each.story_id, each, now) for each in alerts[:CALLED]])
    ids = tables.glances.watched(now - OPEN_FOR, 2 * WATCHED)
    watched = _ranked(
        [found for each in ids if (found := _story(tables, config, each, None, now)) and found.lead]
    )
    jobs = tables.jobs.watching()
    since = tables.meta.get(SINCE)
    return Now(
        at=now,
        waiting=tuple(each for each in called if each.standing in WAITING),
        taken=tuple(each for each in called if each.standing == "taken"),
        resting=tuple(each for each in called if each.standing == "resting"),
        watched=tuple(watched[:WATCHED]),
        more=max(len(alerts) - CALLED, 0),
        alarms=tuple(tables.alarms.going_on()),
        blind=blind.blind(jobs, tables.sources.gaps(now - DAY, now), every(config), now - DAY, now),
        silences=tuple(tables.silences.active(now)),
        praise=tuple(tables.praise.between(now - DAY, now)),
        on_duty=on_duty(tables, config, now),
        sources=tuple(config.sources),
        since=datetime.fromisoformat(since) if since else None,
        polled_at=max((job.ran_at for job in jobs if job.ran_at), default=None),
        day=tables.glances.counted(now - DAY, now),
    )


def on_duty(tables: Tables, config: Config, now: datetime) -> tuple[OnDuty, ...]:
    """Who is paged first now."""
    rota = roster.rota(config, tables, now)
    instead = chain.fallback(config.oncall, config.rotations, config.people)
    found: list[OnDuty] = []
    for name in chain.steps(config.oncall)[0].page:
        if name not in rota.rotations:
            found.append(OnDuty(name))
            continue
        turn, following = rota.now_and_next(name, now)
        stands_in = turn.person is None
        found.append(OnDuty(turn.person or instead, name, turn.end if following else None, stands_in))
    return tuple(found)


def _story(
    tables: Tables, config: Config, story_id: int, alert: Alert | None, now: datetime
) -> StoryNow | None:
    story = tables.stories.get(story_id)
    if story is None:
        return None
    lead = next(iter(tables.stories.top(story.id, 1, no_praise_by=config.rules)), None)
    counts = tables.story_pages.counts([story.id]).get(story.id, {})
    key = lead.mention.key if lead else None
    severity = alert.severity if alert else story.severity
    return StoryNow(
        story=story,
        alert=alert,
        standing=standing(alert),
        severity=cast(Severity | None, severity),
        reason=alert.reason if alert else story.reason or "",
        posts=sum(counts.values()),
        sources=tuple(counts),
        lead=lead,
        viral_at=thresholds.measure_of(config, tables, key.source)[1] if key else None,
        curve=thinned(spreads(tables, config, key), FEW) if key else (),
        next_person=next_person(tables, alert, config, now) if alert and alert.step_due_at else None,
        next_at=alert.step_due_at if alert else None,
    )


def _ranked(stories: list[StoryNow | None]) -> list[StoryNow]:
    found = [each for each in stories if each is not None]
    return sorted(
        found, key=lambda each: rank(each.standing, each.severity, each.forecast, each.story.opened_at)
    )
