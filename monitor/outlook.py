"""Pure: what the forecast said of a story over time, when that is worth a row, and how stories that became one are
read together."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from monitor.model import MentionKey

MATTERS = 0.1
"""A story that is given less, and pages nobody, is not written down."""

STEP = 0.05
"""The change of the probability that is worth a row."""

RATIO = 1.5
"""The change of the expected end, or of its upper bound, that is worth one."""

EVERY = 40
"""After so many rows of a story it takes twice the change, and so on."""

MOST = 200
"""The most rows that a story can have."""

RESERVED = 10
"""Of these, so many are kept for the moments that are always written."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What was said of a story at the moment `at`.

    `p_viral` is the probability that one of its posts, those to come included, crosses its threshold (1.0 once one has);
    from `page_at` on, the configured one of then, it warns: an ordinary complaint paged that had all of its spread still to
    come (`rules.harm` weighs others). The rest is of `post`, which led the story (None: it was erased since): its spread,
    the threshold V, the expected final spread with an 80% interval, and when it would cross if it did. `sparse`: from too
    few readings. `fit` is the version of the fitted forecasts that was active; None: the shipped one answered.
    """

    at: datetime
    p_viral: float
    page_at: float
    post: MentionKey | None
    count: int
    viral_at: int
    expected: float
    low: float
    high: float
    crosses_at: datetime | None = None
    sparse: bool = False
    fit: int | None = None

    @property
    def crossed(self) -> bool:
        return self.count >= self.viral_at

    @property
    def warns(self) -> bool:
        """Whether it foretold `page_at` or more; what has crossed is not foretold."""
        return not self.crossed and self.p_viral >= self.page_at


@dataclass(frozen=True, slots=True)
class Written:
    """What is written down of a story so far: the newest outlook, how many rows there were, and whether one of them gave
    a warning."""

    newest: Outlook
    rows: int
    warned: bool


def matters(new: Outlook) -> bool:
    """Whether a story is worth writing down before anybody is paged about it."""
    return new.p_viral >= min(MATTERS, new.page_at)


def worth_a_row(new: Outlook, written: Written | None) -> bool:
    """Whether what is said now is to be written down, after what was: the first of a story, the first warning, a crossing,
    and what moved by much since the newest row."""
    if written is None:
        return True
    if written.rows >= MOST:
        return False
    newest = written.newest
    if (new.crossed and not newest.crossed) or (new.warns and not written.warned):
        return True
    if written.rows >= MOST - RESERVED:
        return False
    moved = max(
        abs(new.p_viral - newest.p_viral) / STEP,
        _apart(new.expected, newest.expected),
        _apart(new.high, newest.high),
    )
    return moved >= 1 << (written.rows // EVERY)


def _apart(one: float, other: float) -> float:
    return abs(math.log((one + 1) / (other + 1))) / math.log(RATIO)


def joined(rows: Sequence[tuple[int, Outlook]], ended: Mapping[int, datetime]) -> Iterator[Outlook]:
    """What was said of a story that others became part of: at each moment, what was said of the part that stood worst.

    `rows` are (story, outlook) in order of time; `ended` says when each part became part of another.
    """
    known: dict[int, Outlook] = {}
    shown: Outlook | None = None
    for story, outlook in rows:
        known[story] = outlook
        going = {part: each for part, each in known.items() if part not in ended or outlook.at < ended[part]}
        worst = max(going.values(), key=lambda each: (each.p_viral, each.crossed), default=outlook)
        if worst is not shown:
            yield worst if worst is outlook else replace(worst, at=outlook.at)
            shown = worst
