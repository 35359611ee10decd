"""Pure: whether a story's posts come faster than is normal for it at this hour, and how its spread goes on.

Everything counts voices: what one person says again, and near-copies of one text, are one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt

from monitor.model import Forecast

Floats = npt.NDArray[np.float64]

WINDOWS = (15, 60, 240)
"""Minutes over which voices are counted; the most surprising window speaks."""

VOICES = 4
"""So many voices at least make a burst: fewer can be one household or one quarrel."""

SURPRISE = 4.5
"""The least surprise of a burst, see docs/bursts.md for how it was chosen."""

PAST = timedelta(weeks=8)
"""How far back the baseline looks."""

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Baseline:
    """What is normal: voices an hour in each of the week's 168 hours (Monday 00:00 UTC first), and how unevenly they come.

    The count over a window is negative binomial: its variance is m + m²/shape for the mean m.
    """

    rates: Floats = field(repr=False)
    shape: float

    def expected(self, start: datetime, end: datetime) -> float:
        """The mean number of voices between the two times."""
        total, at = 0.0, start
        while at < end:
            until = min(_hour_of(at) + HOUR, end)
            total += float(self.rates[hour_of_week(at)]) * ((until - at) / HOUR)
            at = until
        return total

    def of_story(self, own: int, brand: int) -> Baseline:
        """The baseline of one story that had `own` of the brand's `brand` voices while the baseline was learnt.

        A new story is granted the share that an issue has on average (SHARE, which weighs as much as SHARE_WEIGHT voices)
        and never less than QUIET voices an hour.
        """
        share = min((own + SHARE * SHARE_WEIGHT) / (max(own, brand) + SHARE_WEIGHT), 1.0)
        return replace(self, rates=np.maximum(self.rates * share, QUIET))


@dataclass(frozen=True, slots=True)
class Burst:
    """`posts` voices came in the last `window_minutes`, where `expected` are normal at this hour of the week.

    `surprise` is −log10 of the chance of so many or more.
    """

    window_minutes: int
    posts: int
    expected: float
    surprise: float

    def in_words(self) -> str:
        """Such as "17 posts in the last hour where 1.2 are normal at this hour"."""
        names = {15: "15 minutes", 60: "hour", 240: "4 hours"}
        span = names.get(self.window_minutes, f"{self.window_minutes} minutes")
        normal = f"{self.expected:.1f}" if self.expected >= 0.1 else "hardly any"
        are = "is" if normal == "1.0" else "are"
        return f"{self.posts:,} posts in the last {span} where {normal} {are} normal at this hour"


SHARE, SHARE_WEIGHT = 0.1, 50
QUIET = 0.1
PRIOR_RATE, PRIOR_HOURS = 0.5, 24
"""What is normal for a brand without a past: voices an hour, and how many hours of its own outweigh that."""
PRIOR_SHAPE = 2.0


def _hour_of(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def hour_of_week(moment: datetime) -> int:
    """0 is the hour from Monday 00:00 UTC."""
    utc = moment.astimezone(UTC)
    return utc.weekday() * 24 + utc.hour


def baseline(counts: Mapping[datetime, int], since: datetime, until: datetime) -> Baseline:
    """Learn from the brand's voices in each hour (by the hour's beginning; one that is absent had none) of a time.

    Only whole hours in [since, until) count. A brand without a past gets the prior.
    """
    hours = max(int((until - since) / HOUR), 0)
    total = sum(count for at, count in counts.items() if since <= at < until)
    level = (total + PRIOR_RATE * PRIOR_HOURS) / (hours + PRIOR_HOURS)
    return Baseline(np.full(168, level), PRIOR_SHAPE)


def surprise(count: int, expected: float, shape: float) -> float:
    """−log10 of the negative-binomial chance of `count` or more; 0 for none."""
    from scipy.special import betainc

    if count <= 0:
        return 0.0
    tail = float(betainc(count, shape, expected / (expected + shape)))
    return -math.log10(max(tail, 1e-300))


def detect(arrivals: Sequence[datetime], normal: Baseline, now: datetime) -> Burst | None:
    """The most surprising window of a story, if it is a burst (SURPRISE, VOICES).

    `arrivals` are the times of its voices, in any order, each voice once, at its newest post; later than `now` is not
    looked at.
    """
    found = [
        Burst(minutes, posts, expected, surprise(posts, expected, normal.shape))
        for minutes in WINDOWS
        if (posts := sum(now - timedelta(minutes=minutes) < at <= now for at in arrivals)) >= VOICES
        for expected in [normal.expected(now - timedelta(minutes=minutes), now)]
    ]
    best = max(found, key=lambda burst: burst.surprise, default=None)
    return best if best is not None and best.surprise >= SURPRISE else None


# --- the story's forecast ---------------------------------------------------------------------------------------

TOGETHER = 2.0
"""How strongly the posts of a story go viral together: 1 is not at all, infinity entirely; 2 is a Kendall's tau of ½."""

DECAY_HOURS = 4.0
"""The time in which a story's arrivals fall to 1/e."""

SOON_HOURS = 4.0

NEW_POST, NEW_POST_WEIGHT = 0.005, 10
"""The chance that a post of a story goes viral before anything is known of it, which weighs as much as so many posts."""


@dataclass(frozen=True, slots=True)
class StoryForecast:
    """`p_viral`: that one of the story's posts, there or still to come, crosses its threshold (1.0 once one has).

    `posts_soon` are the posts that are expected in the next SOON_HOURS, `expected_posts` all that are still to come;
    `expected_spread` is the sum of the final spreads of its posts, those to come included. `crosses_at` is when the post
    that is likeliest to cross does, if it does.
    """

    p_viral: float
    posts_soon: float
    expected_posts: float
    expected_spread: float
    crosses_at: datetime | None = None


def story_forecast(forecasts: Sequence[Forecast], rate_per_hour: float) -> StoryForecast:
    """Join the newest forecasts of a story's posts with the rate at which new ones come.

    The posts of one story share their readers' outrage, so they don't go viral independently: 1 − ∏(1 − pᵢ) says too much,
    the largest pᵢ is the least that can be true. Between the two stands the copula for maxima (Gumbel and Hougaard): the
    story's spread is the largest of its posts', and P(no post crosses) = exp(−(Σ hᵢ^θ)^(1/θ)), hᵢ = −ln(1 − pᵢ), with
    θ = TOGETHER. Posts still to come take part with the mean chance of those that are there.
    """
    p = np.array([each.p_viral for each in forecasts], dtype=float)
    new = (p.sum() + NEW_POST * NEW_POST_WEIGHT) / (len(p) + NEW_POST_WEIGHT)
    to_come = rate_per_hour * DECAY_HOURS
    hazards = -np.log1p(-np.minimum(p, 1 - 1e-12))
    hazard = ((hazards**TOGETHER).sum() + to_come * (-math.log1p(-min(new, 1 - 1e-12))) ** TOGETHER) ** (
        1 / TOGETHER
    )
    best = max(forecasts, key=lambda each: each.p_viral, default=None)
    spread = [each.expected for each in forecasts]
    mean = sum(spread) / len(spread) if spread else 0.0
    return StoryForecast(
        p_viral=1.0 if best is not None and best.crossed else max(1 - math.exp(-hazard), p.max(initial=0.0)),
        posts_soon=to_come * (1 - math.exp(-SOON_HOURS / DECAY_HOURS)),
        expected_posts=to_come,
        expected_spread=sum(spread) + to_come * mean,
        crosses_at=None if best is None else best.crosses_at,
    )
