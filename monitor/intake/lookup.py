"""Pure: when to look whether a platform still shows a stored post, and which posts first.

What its author deleted or hid has to go from here, too, and no platform tells of it unasked. So every post is looked up
again until its retention ends: a day after it was written, after three days, after seven, then weekly, since most of what
is deleted is deleted soon. Text that people are being shown is looked up every day. docs/privacy.md tells it to users.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.intake import budget
from monitor.settings import SourceSettings

DAY = timedelta(days=1)
AGES = (DAY, 3 * DAY, 7 * DAY)
"""The ages at which a post is looked up; from the last one on, every EVERY."""
EVERY = 7 * DAY

FRESH_FOR = timedelta(hours=20)
"""So long is what was seen of a post good enough for text that is shown: with a look each hour, and time for a platform
that fails, it was there within the last 24 hours."""

LATE = DAY
"""A post whose look the budget has not allowed for so long loses that turn, and waits for the next."""

SHARE = 0.25
"""The share of a day's budget of readings, in posts and in dollars, that looking up may use."""

SILENT = 3
"""A post that the platform passes over in silence so many looks in a row is not shown any more."""

YOUNG = timedelta(hours=1)
"""By so much every post is taken to be older: nothing is deleted in its first seconds."""


def next_look(created_at: datetime, seen_at: datetime) -> datetime:
    """When to look up a post that was last seen at that time."""
    age = seen_at - created_at
    for each in AGES:
        if age < each:
            return created_at + each
    return created_at + AGES[-1] + ((age - AGES[-1]) // EVERY + 1) * EVERY


@dataclass(frozen=True, slots=True)
class Look:
    """A post that is to be looked up. `seen_at`: when the platform last had it; `silent`: how often in a row, since then,
    it had nothing to say of it; `shown`: people are being shown its words."""

    id: str
    created_at: datetime
    seen_at: datetime
    due_at: datetime
    silent: int = 0
    shown: bool = False


@dataclass(frozen=True, slots=True)
class Looked:
    """What looking up has done on one UTC day: `posts` were asked for, of which `gone` were erased; `lost` looks were due
    that the budget did not allow."""

    posts: int = 0
    lost: int = 0
    gone: int = 0


@dataclass(frozen=True, slots=True)
class Room:
    """How many posts may be looked up now: in all, and of those that nobody is shown."""

    all: int
    others: int


def room(limits: SourceSettings, price: float, looked: int, read: int, dollars: float, now: datetime) -> Room:
    """What is left on a UTC day on which so many posts were `looked` up, and `read` for their counters, all for `dollars`.

    Looking up uses SHARE of `reads_per_day` and `dollars_per_day` at most. The words that people are shown may use all of
    it at any hour; other posts what the day so far has left over of it, so that readings for pages come first.
    """
    whole, now_left = (
        _left(limits, price, looked, read, dollars, gone) for gone in (1.0, budget.day_gone(now))
    )
    return Room(whole, min(whole, now_left))


def _left(limits: SourceSettings, price: float, looked: int, read: int, dollars: float, gone: float) -> int:
    lefts = [
        SHARE * limits.reads_per_day * gone - looked,
        limits.reads_per_day * gone - read - looked,
    ]
    if limits.dollars_per_day is not None and price:
        lefts += [
            SHARE * limits.dollars_per_day * gone / price - looked,
            (limits.dollars_per_day * gone - dollars) / price,
        ]
    return max(int(min(lefts) + 0.001), 0)  # a thousandth more, because dollars add up as floats


@dataclass(frozen=True, slots=True)
class Choice:
    """`ask`: those to look up now; `fresh`: those that were seen since their turn was set; `lost`: those whose turn the
    budget did not allow. All others stay due."""

    ask: tuple[Look, ...] = ()
    fresh: tuple[Look, ...] = ()
    lost: tuple[Look, ...] = ()


def choose(due: Sequence[Look], batch: int, left: Room, now: datetime) -> Choice:
    """What is shown first, then those whose age has grown most since they were seen: when looks are few, they are spread
    over a post's life as its deletion is, more of them early."""
    fresh = [each for each in due if now - each.seen_at < FRESH_FOR and each.due_at <= now]
    stale = sorted(
        (each for each in due if now - each.seen_at >= FRESH_FOR),
        key=lambda each: (not each.shown, -_growth(each, now)),
    )
    shown = [each for each in stale if each.shown][: min(batch, left.all)]
    others = [each for each in stale if not each.shown]
    taken = max(min(batch - len(shown), left.others - len(shown)), 0)
    waiting = max(left.others - len(shown) - taken, 0)
    return Choice(
        tuple(shown + others[:taken]),
        tuple(fresh),
        tuple(each for each in others[taken + waiting :] if now - each.due_at >= LATE),
    )


def _growth(look: Look, now: datetime) -> float:
    return (now - look.created_at + YOUNG) / (max(look.seen_at - look.created_at, timedelta(0)) + YOUNG)


@dataclass(frozen=True, slots=True)
class Turn:
    """What is written down of a post that was due: when it was looked up (None: it was not), and when the next time is."""

    id: str
    due_at: datetime
    looked_at: datetime | None
    silent: int


def turns(choice: Choice, answered: Collection[str], now: datetime) -> list[Turn]:
    """The next turn of each that was asked for, fresh or lost; `answered`: the ids that the platform told something of."""
    asked = [
        Turn(each.id, next_look(each.created_at, now), now, 0 if each.id in answered else each.silent + 1)
        for each in choice.ask
    ]
    return asked + [
        Turn(each.id, next_look(each.created_at, now), None, each.silent)
        for each in (*choice.fresh, *choice.lost)
    ]


def vanished(taken: Sequence[Turn]) -> list[str]:
    """Those that the platform has passed over in silence too often."""
    return [each.id for each in taken if each.silent >= SILENT]
