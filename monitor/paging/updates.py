"""Pure: what has materially changed about a story since its last page, in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from monitor.model import SEVERITIES, Severity
from monitor.rules import Decision, Settings, StoryFacts
from monitor.wording.platforms import source_name

GREW = 2.0
"""A story that has grown by this factor since the last page is worth an update."""

LOUD = 10_000
"""Followers of an account whose joining in is news: more than most customers have, fewer than most newspapers."""


@dataclass(frozen=True, slots=True)
class Paged:
    """What the last page of a story said."""

    at: datetime
    severity: Severity
    posts: int
    spread: int
    sources: tuple[str, ...]
    crossed: bool
    p_viral: float | None = None
    loudest: int = 0


def changed(
    last: Paged, facts: StoryFacts, decision: Decision, settings: Settings, now: datetime, zone: tzinfo
) -> str:
    """What is new since the last page, such as "since 14:05 GMT: 12 → 61 posts, probability 0.22 → 0.58"; empty when
    nothing material is.

    A worse severity and the crossing are told at once; growth, a new platform and a first loud account at most every
    `update_minutes`. Whatever else has changed is told with them.
    """
    grave = graver(last, facts, decision)
    news = [f"has reached {source_name(source)}" for source in facts.sources if source not in last.sources]
    if facts.loudest >= LOUD > last.loudest:
        news.append(f"first account with {facts.loudest:,} followers")
    grew = facts.spread >= GREW * max(last.spread, 10) or facts.posts >= GREW * max(last.posts, 5)
    waited = now - last.at >= timedelta(minutes=settings.update_minutes)
    if not grave and not (waited and (news or grew)):
        return ""
    return f"since {_clock(last.at, now, zone)}: " + ", ".join([*grave, *_figures(last, facts), *news])


def graver(last: Paged, facts: StoryFacts, decision: Decision) -> list[str]:
    """What makes a story graver than when it was last told of, in words: whoever has it has to acknowledge that, too."""
    grave = []
    if SEVERITIES.index(decision.severity) > SEVERITIES.index(last.severity):
        grave.append(f"now {decision.severity}, was {last.severity}")
    if facts.crossed and not last.crossed and facts.lead.forecast is not None:
        grave.append(f"has crossed {facts.lead.forecast.viral_at:,} {facts.lead.measure}")
    return grave


def _figures(last: Paged, facts: StoryFacts) -> list[str]:
    figures = []
    if facts.posts > last.posts:
        figures.append(f"{last.posts:,} → {facts.posts:,} posts")
    if facts.spread > last.spread:
        figures.append(f"spread {last.spread:,} → {facts.spread:,}")
    if not facts.crossed and last.p_viral is not None and f"{facts.p_viral:.2f}" != f"{last.p_viral:.2f}":
        figures.append(f"probability {last.p_viral:.2f} → {facts.p_viral:.2f}")
    return figures


def _clock(at: datetime, now: datetime, zone: tzinfo) -> str:
    local = at.astimezone(zone)
    name = local.tzname() or ""
    day = "" if local.date() == now.astimezone(zone).date() else f"{local:%a} "
    return f"{day}{local:%H:%M} " + (f"UTC{name}" if name[:1] in "+-" else name)
