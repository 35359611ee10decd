"""Pure: page or not, how severe, and the reason in words.

A page costs somebody's sleep; what it can avert is the spread that is still to come. A story pages when

    p · ρ · w ≥ page_at

p is the probability that it goes viral, ρ the share of its spread that is still to come if it does, w the weight of what
it is about: `page_at` is the price of a false page in harm averted, so it is also the probability that pages an ordinary
complaint with all its spread still to come. docs/decision.md tells it at length.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal, NamedTuple, Protocol

from monitor.bursts import SOON_HOURS, Burst, StoryForecast
from monitor.model import Classification, Forecast, Mention, Severity
from monitor.spread import OVER
from monitor.wording.languages import in_words
from monitor.wording.platforms import listed

FRESH = OVER
"""Older posts don't page: their spread is over, and imported history must not wake anybody."""

REACHES = 2.0
"""What goes viral ends at about so many times its threshold: the median on retweets (bench/decision.py)."""

CALM, STEP = 0.75, 0.5
"""The weight of severity: CALM for no reproach at all, CALM + STEP for blame, 1 in the middle and where the model does not
say. A judgement, not a measurement: no public set joins severity with harm."""

SURE = 0.99
"""The probability of an urgent category from which it pages at once (bench/urgent.py)."""

GLAD = 0.5
"""The probability of a positive sentiment from which a mention is praise."""

MANY = 10
"""Posts expected soon from which the reason of a story says so."""

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
    def weights(self) -> Mapping[str, float]: ...
    @property
    def urgent(self) -> Sequence[str]: ...
    @property
    def burst_authors(self) -> int: ...
    @property
    def pages_per_shift(self) -> int: ...
    @property
    def update_minutes(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Lead:
    """The post of a story that is most likely to go viral, or has; a fresh one (FRESH) where there is one.

    `measure` names its spread in words. `found` is None while no model has read it. `own_normal`: its threshold was learnt
    from the brand's own posts.
    """

    mention: Mention
    forecast: Forecast | None
    measure: str
    found: Classification | None = None
    own_normal: bool = False


@dataclass(frozen=True, slots=True)
class Volume:
    """How many posts a story has, and how they came.

    `recent` and `before` are posts in the last window and in the one before it; `spread` is the largest spread of one post;
    `sources` are in the order in which the story reached them; `category` is what most of its newest posts complain of.

    `copied` are the posts that give another account's text as their own. `coordinated` says in words why the posts look
    arranged, and is empty when they don't: it is told, and holds nothing back. `loudest` is the largest number of followers
    that one of the authors has.
    """

    posts: int
    recent: int
    before: int
    sources: tuple[str, ...]
    spread: int
    category: str | None
    copied: int = field(default=0, kw_only=True)
    coordinated: str = field(default="", kw_only=True)
    loudest: int = field(default=0, kw_only=True)


@dataclass(frozen=True, slots=True)
class StoryFacts(Volume):
    """What is known of a story at one moment.

    `forecast` joins its posts' forecasts with the rate at which new ones come; `burst` is how much faster they come than
    is normal, None when they don't. `sure_of` are the categories that the model is sure of (SURE) in one of its fresh posts
    that is a complaint or not glad. `anger` is the mean probability of anger over the top posts, None where the model does
    not say.
    """

    opened_at: datetime
    lead: Lead
    anger: float | None = None
    forecast: StoryForecast | None = None
    burst: Burst | None = None
    sure_of: tuple[str, ...] = ()

    @property
    def crossed(self) -> bool:
        return self.lead.forecast is not None and self.lead.forecast.crossed

    @property
    def p_viral(self) -> float:
        """The probability that one of its posts goes viral, those still to come included."""
        own = self.lead.forecast.p_viral if self.lead.forecast else 0.0
        return max(own, self.forecast.p_viral if self.forecast else 0.0)


Rule = Literal["over", "crossed", "urgent", "forecast", "burst", "calm", "cap", "silenced"]


@dataclass(frozen=True, slots=True)
class Decision:
    """`rule` names what decided: crossed, urgent, forecast or burst page; over, calm, cap and silenced hold.

    Held by the cap or a silence, `severity` is what the page would have had.
    """

    action: Literal["page", "hold"]
    rule: Rule
    severity: Severity
    reason: str


class Harm(NamedTuple):
    """What a page could avert, and what it is made of."""

    p: float
    to_come: float
    weight: float

    @property
    def averted(self) -> float:
        return self.p * self.to_come * self.weight

    def in_words(self) -> str:
        """Such as "an answer now can avert most of it (0.46 = 0.58 × 0.79 of its spread still to come)"."""
        much = "most" if self.to_come >= 0.6 else "much" if self.to_come >= 0.3 else "some"
        weight = f" × {self.weight:.2f}" if round(self.weight, 2) != 1 else ""
        figures = (
            f"{self.averted:.2f} = {self.p:.2f} × {self.to_come:.2f} of its spread still to come{weight}"
        )
        return f"an answer now can avert {much} of it ({figures})"


# --- what counts ------------------------------------------------------------------------------------------------


def counts(found: Classification, settings: Settings) -> bool:
    """Whether a mention that names the brand opens a story or joins one: a complaint, what is surely urgent, or a text that
    the model may have misread for its language, unless it is spam or about a namesake."""
    heard = found.complaint >= settings.complaint_at or found.measured is False
    return (heard or is_surely_urgent(found, settings)) and not beside_the_point(found.relevance, settings)


def is_surely_urgent(found: Classification, settings: Settings) -> bool:
    """Whether the model is sure that a post which is not glad is about an urgent category. It need not sound like a
    complaint: "found a needle in the strawberries" tells what happened and reproaches nobody."""
    surely = found.category in settings.urgent and (found.category_score or 0.0) >= SURE
    return surely and found.sentiment.positive < GLAD


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


def is_praise(found: Classification, settings: Settings) -> bool:
    """Whether a mention that names the brand praises it: glad, no complaint, and in a language that the model can read.

    Sarcasm is not asked: models take much honest thanks for it. A person reads each line before anybody is thanked.
    """
    glad = found.sentiment.positive >= GLAD and found.complaint < settings.complaint_at
    return glad and found.measured is not False and not beside_the_point(found.relevance, settings)


def spreading(forecast: Forecast | None, measure: str, settings: Settings) -> str:
    """Why praise is worth a line in the digest: it went viral or is about to, by the threshold at which a complaint would
    page. Empty when it is not. It never pages, whatever it says."""
    if forecast is None:
        return ""
    averted = Harm(forecast.p_viral, still_to_come(forecast), 1.0).averted
    return _crossing(forecast, measure) if forecast.crossed or averted >= settings.page_at else ""


# --- the decision -----------------------------------------------------------------------------------------------


def harm(facts: StoryFacts, settings: Settings) -> Harm:
    """What a page about the story now could avert."""
    found = facts.lead.found
    score = found.severity_score if found else None
    weight = settings.weights.get(facts.category or "", 1.0) * (1.0 if score is None else CALM + STEP * score)
    to_come = still_to_come(facts.lead.forecast) if facts.lead.forecast else 1.0
    return Harm(facts.p_viral, to_come, weight)


def still_to_come(forecast: Forecast) -> float:
    """The share of a post's spread that is still to come if it goes viral: it ends at REACHES times the threshold then, or
    where the forecast expects it, whichever is more."""
    return 1 - min(forecast.count / max(forecast.expected, REACHES * forecast.viral_at), 1.0)


def is_urgent(facts: StoryFacts, settings: Settings) -> bool:
    """Whether people come to harm by what the story is about: then a page about it is critical, and no cap holds it."""
    return facts.category in settings.urgent or any(each in settings.urgent for each in facts.sure_of)


def decide(facts: StoryFacts, settings: Settings, now: datetime) -> Decision:
    """Whether this story should wake somebody now.

    A story led by a post that nobody can have read (`unread`) pages by the same thresholds, with a warning at most: it may
    be praise. Not so what is urgent by another of its posts, which the model is sure of.
    """
    decision = _decide(facts, settings, now)
    if decision.severity == "critical" and decision.rule != "urgent" and unread(facts.lead.found, settings):
        return replace(decision, severity="warning")
    return decision


def _decide(facts: StoryFacts, settings: Settings, now: datetime) -> Decision:
    worth = harm(facts, settings)
    reason = in_short(facts, settings, now)
    grave: Severity = "critical" if is_urgent(facts, settings) else "warning"
    if now - facts.lead.mention.created_at > FRESH:
        return Decision("hold", "over", "info", f"held: no complaint of the last {FRESH.days} days; {reason}")
    if facts.crossed:
        return Decision("page", "crossed", "critical", reason)
    if sure := [each for each in facts.sure_of if each in settings.urgent]:
        why = f"about {', '.join(sure)}: pages whatever its spread"
        return Decision("page", "urgent", "critical", f"{why}; {reason}")
    if worth.averted >= settings.page_at:
        severity = "critical" if worth.averted >= settings.critical_at else grave
        return Decision("page", "forecast", severity, in_short(facts, settings, now, worth))
    if facts.burst is not None and facts.burst.posts >= settings.burst_authors:
        return Decision("page", "burst", grave, reason)
    why = "unlikely to go viral" if worth.p < settings.page_at else "little of it can still be averted"
    held = f"held: {why} ({worth.averted:.2f} to avert, pages from {settings.page_at:g})"
    return Decision("hold", "calm", "info", f"{held}; {reason}")


def is_never_held(decision: Decision, facts: StoryFacts, settings: Settings) -> bool:
    """Whether no cap holds the page back: it is urgent."""
    critical = decision.action == "page" and decision.severity == "critical"
    return critical and (decision.rule == "urgent" or is_urgent(facts, settings))


def under_cap(decision: Decision, facts: StoryFacts, sent: int, settings: Settings) -> Decision:
    """The decision about a story that has not paged yet, when `sent` pages as severe as this one or worse have gone out in
    this shift. What is urgent is never held; a critical page is held only by critical ones."""
    if (
        decision.action == "hold"
        or is_never_held(decision, facts, settings)
        or sent < settings.pages_per_shift
    ):
        return decision
    cap = settings.pages_per_shift
    held = f"held: cap of {cap} page{'' if cap == 1 else 's'} a shift reached, severity {decision.severity}"
    return Decision("hold", "cap", decision.severity, f"{held}; {decision.reason}")


# --- the reason in words ----------------------------------------------------------------------------------------


def in_short(facts: StoryFacts, settings: Settings, now: datetime, worth: Harm | None = None) -> str:
    """What happened and why it matters; `worth` is told where it decided."""
    return "; ".join(_reasons(facts, settings, now, worth)) or "no reading of its spread yet"


def _reasons(facts: StoryFacts, settings: Settings, now: datetime, worth: Harm | None) -> Iterator[str]:
    lead, found = facts.lead, facts.lead.found
    if facts.recent or facts.burst:
        yield _volume(facts, now)
    if facts.forecast is not None and round(facts.forecast.posts_soon) >= MANY:
        yield f"about {facts.forecast.posts_soon:,.0f} more posts in the next {SOON_HOURS} hours, at this rate"
    if lead.forecast is not None:
        yield _crossing(lead.forecast, lead.measure, own_normal=lead.own_normal)
        if facts.p_viral >= lead.forecast.p_viral + 0.05:
            yield f"{_chance(facts.p_viral)} likely that one of its posts does"
    if worth is not None:
        yield worth.in_words()
    if lead.mention.author.followers is not None:
        yield f"author has {lead.mention.author.followers:,} followers"
    if len(facts.sources) > 1:
        yield f"on {listed(facts.sources)}"
    if facts.category in settings.urgent:
        yield f"about {facts.category}"
    if facts.anger is not None and facts.anger >= ANGRY:
        yield "the top posts are angry"
    if facts.coordinated:
        yield facts.coordinated
    if found is not None and found.measured is False:
        language = in_words(found.language)
        yield f"the leading post is in {language}, on which the classifier was not measured: read it before judging"


def _crossing(forecast: Forecast, measure: str, *, own_normal: bool = False) -> str:
    """Such as "58% likely to cross 500 likes (210 now), in about 70 minutes if it does"."""
    threshold = f"{forecast.viral_at:,} {measure}" + (
        " (one in 100 of the brand's own posts does)" * own_normal
    )
    if forecast.crossed:
        return f"has crossed {threshold} ({forecast.count:,} now)"
    words = f"{_chance(forecast.p_viral)} likely to cross {threshold} ({forecast.count:,} now)"
    if forecast.sparse:
        return f"{words}, by what is known of other posts: too few readings yet"
    wait = forecast.crosses_at - forecast.at if forecast.crosses_at else timedelta(0)
    if not timedelta(0) < wait <= FRESH:
        return words
    minutes = max(round(wait / timedelta(minutes=1)), 1)
    span = f"{minutes} minute{'' if minutes == 1 else 's'}" if minutes < 120 else f"{minutes / 60:.0f} hours"
    return f"{words}, in about {span} if it does"


def _chance(p: float) -> str:
    return "under 1%" if p < 0.01 else "over 99%" if p > 0.99 else f"{p:.0%}"


def _volume(facts: StoryFacts, now: datetime) -> str:
    copies = f", {facts.copied:,} of them copies" if facts.copied else ""
    if facts.burst is not None:
        return facts.burst.in_words() + copies
    minutes = max(int((now - facts.opened_at).total_seconds() // 60), 1)
    posts = f"{facts.recent:,} post{'' if facts.recent == 1 else 's'}"
    if minutes <= 60:
        return f"{posts} in {minutes} minute{'' if minutes == 1 else 's'}{copies}"
    return f"{posts} in the last hour, {facts.before:,} in the hour before{copies}"
