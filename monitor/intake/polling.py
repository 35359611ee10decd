"""Pure: when to poll next, how long to back off, and which mentions' counters to read again.

Every mention has a timetable of its own (`next_reading`), whatever the budget. When more mentions are due than the day's
budget allows (`allowance`), those are read whose reading is worth most (`worth`), and the others lose their turn
(`choose`). docs/running.md tells it to whoever pays for the readings.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt

from monitor.model import Forecast
from monitor.spread import OVER

Floats = npt.NDArray[np.float64]

BACK_OFF_FIRST = 5.0
BACK_OFF_LONGEST = 900.0
JITTER = 0.1

FAILURES_SHOWN = 3
"""From so many failures in a row on, a job is a problem that a person should hear of."""

READ_FOR = OVER
"""A post older than this is not read again."""
READ_SOONEST = timedelta(minutes=5)
READ_LATEST = timedelta(hours=6)
URGENT = 0.05
"""A reading that is worth so much may be made from the reserve."""
EAGER = 100.0
"""How much sooner a probability brings the next reading: 1% halves the wait."""

UNANSWERED = 3
"""A post that the platform passes over in silence so often in a row is not asked for again."""

RESERVE = 0.2
"""The share of a day's budget that is kept for urgent readings, at whatever hour they come."""
MELTS = 0.25
"""Over the last part of the day, what is left of the reserve is given to all: nothing that was paid for is left over."""
STALE_TURN = 40
"""Every so many readings, one goes to the post that waited longest, if it waited over READ_LATEST."""

# Fitted on the earlier reposts of the Higgs announcement (bench/polling.py); half and double of each do nearly as well.
DREAD = 0.002
"""Added to every probability: what nobody expects spreads as well."""
YOUNG = 10.0
"""Minutes by which every post is taken to be older than it is: nothing happens in its first seconds."""
PATIENCE = 0.3
"""How much older, as the logarithm of its age, a post has grown on average when the news of it comes too late."""
UNSEEN = 0.01
"""The probability of a post of which no reading tells anything yet."""


def back_off(failures: int, retry_after: float | None = None, jitter: float = 0.0) -> timedelta:
    """How long to wait after so many failures in a row: doubling from 5 s to 15 min, and never under what was asked; with
    `jitter`, 0..1, up to a tenth longer, so that those who failed together don't come back together."""
    doubled = BACK_OFF_FIRST * 2.0 ** min(max(failures - 1, 0), 20)
    wait = max(min(doubled, BACK_OFF_LONGEST), retry_after or 0.0)
    return timedelta(seconds=wait * (1 + JITTER * jitter))


def next_reading(created_at: datetime, forecast: Forecast | None, now: datetime) -> datetime | None:
    """When to read the counters of a mention again; None when it is too old to matter.

    At a quarter of its age, since a curve's shape changes on the scale of its age, and the sooner the likelier it goes
    viral; a clear case at every occasion.
    """
    age = max(now - created_at, timedelta(0))
    if age > READ_FOR:
        return None
    return now + min(max(age / (4 * (1 + EAGER * _open(forecast))), READ_SOONEST), READ_LATEST)


def _open(forecast: Forecast | None) -> float:
    """The probability that is still to be watched: none once the threshold is crossed."""
    return 0.0 if forecast is None or forecast.crossed else forecast.p_viral


@dataclass(frozen=True, slots=True)
class Due:
    """A mention whose counters are due to be read again, as it is stored.

    `read_at` is its last reading, its creation where there is none; `unanswered` how often in a row, since then, the
    platform had nothing to say of it.
    """

    id: str
    created_at: datetime
    read_at: datetime
    forecast: Forecast | None = None
    unanswered: int = 0


def worth(due: Sequence[Due], now: datetime) -> Floats:
    """What a reading of each is worth, 0..1: (p + DREAD)·(1 − (1 + x)·e^(−x)), where x is by how much the logarithm of its
    age has grown since its last reading, over PATIENCE.

    News of a post come the likelier, the higher its p, and evenly in the logarithm of its age. Whoever learns of them later
    has less time left to act: the chance that it is still enough falls as e^(−x). How often to look where news fade
    away, when looks are few, is answered by Whittle's index, which this is (Avrachenkov and Borkar 2015): right after a
    reading another one tells nothing, and a post that waits for long gains no further claim.
    """
    rows = [
        (
            each.created_at.timestamp(),
            each.read_at.timestamp(),
            _open(each.forecast) if each.forecast else UNSEEN,
        )
        for each in due
    ]
    created, read, p = np.array(rows, dtype=np.float64).reshape(-1, 3).T
    # Clocks disagree: a post may be read before it was written, and a reading come from the future.
    ages = np.maximum(now.timestamp() - created, 0.0) / 60 + YOUNG
    x = np.log(ages / np.clip((read - created) / 60 + YOUNG, YOUNG, ages)) / PATIENCE
    return np.asarray((p + DREAD) * (1 - (1 + x) * np.exp(-x)))


@dataclass(frozen=True, slots=True)
class Spent:
    """What a source has read again on one UTC day: `posts` in all, `reserve` of them from the reserve; `lost` is how
    many readings that were due the budget did not allow."""

    posts: int = 0
    reserve: int = 0
    lost: int = 0


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many posts may be read now: `even` of any kind, and `reserve` urgent ones beside them."""

    even: int
    reserve: int


def allowance(budget: int, spent: Spent, now: datetime) -> Allowance:
    """What the day's budget allows now, so that the evening is not blind because the morning spent everything.

    A fifth of the budget is the reserve, for urgent readings at any hour; the rest is handed out evenly as the day passes,
    and what is not needed waits. Over the day's last quarter the reserve is handed out to all in the same way.
    Never more than the budget is spent.
    """
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    passed = (now - midnight) / timedelta(days=1)
    reserve = RESERVE * budget
    kept = reserve * min(1.0, (1 - passed) / MELTS)
    handed_out = (budget - reserve) * passed + reserve - max(kept, spent.reserve)
    left = max(budget - spent.posts, 0)
    even = min(max(math.ceil(handed_out) - (spent.posts - spent.reserve), 0), left)
    return Allowance(even, min(max(math.floor(kept) - spent.reserve, 0), left - even))


@dataclass(frozen=True, slots=True)
class Choice:
    """`read`: those to read now, the most worth first; `reserve` of them at the expense of the reserve. `lost`: those
    whose turn the budget did not allow. `over`: those that got too old meanwhile, which nobody misses. All others stay
    due: the batch was full."""

    read: tuple[Due, ...] = ()
    reserve: int = 0
    lost: tuple[Due, ...] = ()
    over: tuple[Due, ...] = ()


def choose(due: Sequence[Due], batch: int, budget: int, spent: Spent, now: datetime) -> Choice:
    """Which of those that are due to read now: the most worth first, as many as the allowance lets, and at most a batch.

    Every fortieth reading goes to the one that was not read for longest, if that is over READ_LATEST: what nobody
    expects is found late, but it is found. What is left beyond the even share is read from the reserve if it is urgent.
    """
    allowed = allowance(budget, spent, now)
    even = min(allowed.even, batch)
    live = [each for each in due if now - each.created_at <= READ_FOR]
    worths = worth(live, now)
    order = np.argsort(-worths, kind="stable")
    ranked = [live[place] for place in order]
    urgent = {each.id for each in ranked[: int((worths >= URGENT).sum())]}
    turns = (spent.posts + even) // STALE_TURN - spent.posts // STALE_TURN
    waited = sorted(ranked, key=lambda each: each.read_at)
    chosen = {each.id for each in waited[:turns] if now - each.read_at >= READ_LATEST}
    chosen |= {each.id for each in [each for each in ranked if each.id not in chosen][: even - len(chosen)]}
    rest = [each for each in ranked if each.id not in chosen]
    reserved = [each.id for each in rest if each.id in urgent][: min(allowed.reserve, batch - len(chosen))]
    chosen |= set(reserved)
    rest = [each for each in rest if each.id not in chosen]
    waiting = allowed.even + allowed.reserve - len(chosen) if len(chosen) == batch else 0
    return Choice(
        read=tuple(each for each in ranked if each.id in chosen),
        reserve=len(reserved),
        lost=tuple(rest[waiting:]),
        over=tuple(each for each in due if now - each.created_at > READ_FOR),
    )


@dataclass(frozen=True, slots=True)
class Turn:
    """What is written down of a mention that was due: when its next turn is (None: never), and `Due.unanswered`."""

    id: str
    due_at: datetime | None
    unanswered: int


def turns(choice: Choice, answered: Collection[str], now: datetime) -> list[Turn]:
    """The next turn of each that was chosen, lost or over; `answered` are the ids that the platform told something of.

    What it passes over in silence UNANSWERED times in a row, because it no longer exists or never did, is not asked for
    again.
    """
    taken = []
    for each in choice.read:
        silent = 0 if each.id in answered else each.unanswered + 1
        given_up = silent >= UNANSWERED
        taken.append(Turn(each.id, None if given_up else _next(each, now), silent))
    taken += [Turn(each.id, _next(each, now), each.unanswered) for each in choice.lost]
    return taken + [Turn(each.id, None, each.unanswered) for each in choice.over]


def _next(due: Due, now: datetime) -> datetime | None:
    return next_reading(due.created_at, due.forecast, now)
