"""Pure: page or not, how severe, and the reason in words."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal, Protocol

from monitor.languages import in_words
from monitor.model import SEVERITIES, Classification, Forecast, Mention, Severity

FRESH = timedelta(hours=48)
"""Older posts don't page: their spread is over, and imported history must not wake anybody."""

BURST_CHANCE = 0.01
"""A burst pages when chance would bring so many posts in fewer than one window of a hundred."""

QUIET_RATE = 0.5
"""The posts a window that even a story without a past is granted."""

GREW = 2.0
"""A story that has grown by this factor since the last page is worth an update."""

URGENT = ("safety", "privacy")
"""Situations in which people come to harm: a page about one of them is always critical."""


ANGRY = 0.5
"""Mean probability of anger over a story's top posts from which its reason says so."""


class Settings(Protocol):
    """The thresholds, as the configuration's `[rules]` has them."""

    @property
    def complaint_at(self) -> float: ...
    @property
    def relevant_at(self) -> float: ...
    @property
    def page_at(self) -> float: ...
    @property
    def critical_at(self) -> float: ...
    @property
    def burst_authors(self) -> int: ...
    @property
    def burst_window_minutes(self) -> int: ...
    @property
    def update_minutes(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Lead:
    """The post of a story that is most likely to go viral, or has; a fresh one (FRESH) where there is one.

    `measure` names its spread in words. `found` is None while no model has read it.
    """

    mention: Mention
    forecast: Forecast | None
    measure: str
    found: Classification | None = None


@dataclass(frozen=True, slots=True)
class Volume:
    """How many posts a story has, and how they came.

    `recent` and `before` are posts in the last window and in the one before it; `recent_authors` are the different people
    who wrote of their own accord in the last one (who answers or quotes echoes another's voice); `spread` is the largest
    spread of one post; `sources` are in the order in which the story reached them.

    `voices` are the people who said something of their own: near-copies of one text, what quotes or answers one post, and
    what one author writes, count as one. `copied` are the posts that give another account's text as their own.
    `coordinated` says in words why the posts look arranged, and is empty when they don't: it is told, and holds nothing
    back.
    """

    posts: int
    recent: int
    before: int
    recent_authors: int
    sources: tuple[str, ...]
    spread: int
    category: str | None
    voices: int = field(default=0, kw_only=True)
    copied: int = field(default=0, kw_only=True)
    coordinated: str = field(default="", kw_only=True)


@dataclass(frozen=True, slots=True)
class StoryFacts(Volume):
    """What is known of a story at one moment."""

    opened_at: datetime
    lead: Lead
    anger: float | None = None
    """Mean probability of anger over the top posts; None where the model does not say."""

    @property
    def crossed(self) -> bool:
        return self.lead.forecast is not None and self.lead.forecast.crossed


@dataclass(frozen=True, slots=True)
class Decision:
    """`rule` names what decided: crossed, forecast or burst page; calm and over hold."""

    action: Literal["page", "hold"]
    rule: str
    severity: Severity
    reason: str


@dataclass(frozen=True, slots=True)
class Paged:
    """What the last page of a story said."""

    at: datetime
    severity: Severity
    posts: int
    spread: int
    sources: tuple[str, ...]
    crossed: bool


def counts(found: Classification, settings: Settings) -> bool:
    """Whether a mention that names the brand opens a story or joins one: a complaint, or a text that the model may have
    misread for its language, unless it is spam or about a namesake."""
    heard = found.complaint >= settings.complaint_at or found.measured is False
    return heard and not beside_the_point(found.relevance, settings)


def beside_the_point(relevance: float | None, settings: Settings) -> bool:
    """Whether the model is sure that a post is spam or about a namesake; never when it does not say."""
    return relevance is not None and relevance < settings.relevant_at


def unread(found: Classification | None, settings: Settings) -> bool:
    """True when a calm text means nothing, because the model was not measured on its language."""
    return found is not None and found.measured is False and found.complaint < settings.complaint_at


def anger(top: Iterable[Classification]) -> float | None:
    """The mean probability of anger; None where the model does not say."""
    said = [found.emotion.anger for found in top if found.emotion is not None]
    return sum(said) / len(said) if said else None


def decide(facts: StoryFacts, settings: Settings, now: datetime) -> Decision:
    """Whether this story should wake somebody now.

    A story led by a post that nobody can have read (`unread`) pages by the same thresholds, with a warning at most:
    it may be praise.
    """
    decision = _decide(facts, settings, now)
    if decision.severity == "critical" and unread(facts.lead.found, settings):
        return replace(decision, severity="warning")
    return decision


def _decide(facts: StoryFacts, settings: Settings, now: datetime) -> Decision:
    reason = "; ".join(_reasons(facts, settings, now))
    probability = facts.lead.forecast.p_viral if facts.lead.forecast else 0.0
    if now - facts.lead.mention.created_at > FRESH:
        return Decision("hold", "over", "info", f"{reason}; no complaint of the last {FRESH.days} days")
    if facts.crossed:
        return Decision("page", "crossed", "critical", reason)
    if probability >= settings.page_at:
        grave = probability >= settings.critical_at or facts.category in URGENT
        return Decision("page", "forecast", "critical" if grave else "warning", reason)
    if facts.recent_authors >= settings.burst_authors and chance(facts.recent, facts.before) < BURST_CHANCE:
        return Decision("page", "burst", "critical" if facts.category in URGENT else "warning", reason)
    return Decision("hold", "calm", "info", reason)


def chance(recent: int, before: int) -> float:
    """How likely a window brings `recent` posts or more when it goes on like the one before: the Poisson tail."""
    rate = max(float(before), QUIET_RATE)
    below = sum(math.exp(-rate + k * math.log(rate) - math.lgamma(k + 1)) for k in range(recent))
    return max(1.0 - below, 0.0)


def changed(last: Paged, facts: StoryFacts, decision: Decision, settings: Settings, now: datetime) -> str:
    """What is materially new since the last page, in words; empty when nothing is.

    A worse severity and the crossing are told at once, growth and a new platform at most every `update_minutes`.
    """
    grave = []
    if SEVERITIES.index(decision.severity) > SEVERITIES.index(last.severity):
        grave.append(f"now {decision.severity}, was {last.severity}")
    if facts.crossed and not last.crossed and facts.lead.forecast is not None:
        grave.append(f"has crossed {facts.lead.forecast.viral_at:,} {facts.lead.measure}")
    growth = [f"has reached {source}" for source in facts.sources if source not in last.sources]
    if facts.spread >= GREW * max(last.spread, 10):
        growth.append(f"spread {facts.spread:,}, was {last.spread:,}")
    if facts.posts >= GREW * max(last.posts, 5):
        growth.append(f"{facts.posts:,} posts, were {last.posts:,}")
    waited = now - last.at >= timedelta(minutes=settings.update_minutes)
    return "; ".join(grave + growth) if grave or (growth and waited) else ""


def _reasons(facts: StoryFacts, settings: Settings, now: datetime) -> list[str]:
    reasons = [_volume(facts, settings.burst_window_minutes, now)] if facts.recent else []
    forecast = facts.lead.forecast
    if forecast is not None and forecast.crossed:
        reasons.append(f"has crossed {forecast.viral_at:,} {facts.lead.measure} ({forecast.count:,} now)")
    elif forecast is not None:
        reasons.append(
            f"crosses {forecast.viral_at:,} {facts.lead.measure} with probability {forecast.p_viral:.2f} "
            f"({forecast.count:,} now)"
        )
    if facts.lead.mention.author.followers is not None:
        reasons.append(f"author has {facts.lead.mention.author.followers:,} followers")
    if len(facts.sources) > 1:
        reasons.append("on " + " and ".join(facts.sources))
    if facts.category in URGENT:
        reasons.append(f"about {facts.category}")
    if facts.anger is not None and facts.anger >= ANGRY:
        reasons.append("the top posts are angry")
    found = facts.lead.found
    if found is not None and found.measured is False:
        reasons.append(
            f"the leading post is in {in_words(found.language)}, on which the classifier was not measured: "
            "read it before judging"
        )
    return reasons


def _volume(facts: StoryFacts, window: int, now: datetime) -> str:
    minutes = max(int((now - facts.opened_at).total_seconds() // 60), 1)
    posts = f"{facts.recent:,} post{'' if facts.recent == 1 else 's'}"
    if minutes <= window:
        return f"{posts} in {minutes} minute{'' if minutes == 1 else 's'}"
    if window == 60:
        return f"{posts} in the last hour, {facts.before:,} in the hour before"
    return f"{posts} in the last {window} minutes, {facts.before:,} in the {window} before"
