"""The after-action report of a story, as data: what happened, how fast we were, what was said, what came of it, and what
was learnt. It blames nobody: it tells facts and times, and what to change.

Every time is aware and in UTC. Whatever strangers wrote in it is hostile text.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from monitor.model import Severity
from monitor.overview.course import Course
from monitor.store import AlertState, Lesson

Held = Literal["kept", "late", "open", "none"]
"""A promise of our own: kept, broken, still to be seen, or none was made."""

Outcome = Literal["early", "late", "unseen", "calm", "open"]
"""What came of a story: it went viral after the first page, before it, without any page, not at all, or it still may."""

StepName = Literal["seen", "paged", "taken", "answered", "over"]
"""From the first post to the first one stored, on to the first page, from there to its acknowledgement, to the first reply,
and to the end."""

MomentKind = Literal[
    "post", "seen", "platform", "loud", "alert", "page", "person", "viral", "reply", "promise", "blind", "end"
]


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of a customer. `text` is empty once the post was erased; `url` may be anything."""

    source: str
    id: str
    handle: str
    text: str
    url: str
    at: datetime
    followers: int | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One stretch of time on the way from the first post to the end, with what we hold ourselves to beside it.

    `began` and `ended` are None where that has not happened, or is not known. `promised` says in words what is promised (""
    where nothing is), `due` when it had to end by that; `held` says whether it did. `words` is what to know beside.
    """

    name: StepName
    began: datetime | None
    ended: datetime | None
    promised: str = ""
    due: datetime | None = None
    held: Held = "none"
    words: str = ""

    @property
    def took(self) -> timedelta | None:
        """Never negative."""
        if self.began is None or self.ended is None:
            return None
        return max(self.ended - self.began, timedelta(0))


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of the timeline, in words. `who` did it, "" nobody; `note` is what was written down with it, and may be
    anybody's words."""

    at: datetime
    kind: MomentKind
    words: str
    who: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """A reply as customers read it. `text` is empty once it was erased; `by` are those who approved it, `drafted` whether
    it went out as the playbook drafted it. `promised` is its sentence that names a time, `report_by` that time; `after`
    says how the post spread before and since."""

    code: str
    at: datetime
    source: str
    customer: str
    post: str
    text: str
    url: str
    private: bool
    editor: str
    by: tuple[str, ...]
    drafted: bool
    promised: str = ""
    report_by: datetime | None = None
    held: Held = "none"
    after: str = ""


@dataclass(frozen=True, slots=True)
class Unsent:
    """A reply that never went out: refused by the platform, withdrawn, or still under way; `state` as in the store."""

    code: str
    at: datetime
    state: str
    why: str


@dataclass(frozen=True, slots=True)
class Voice:
    """Somebody who wrote of it: how many `posts`, their largest spread, and what they said first."""

    quote: Quote
    posts: int
    spread: int | None


@dataclass(frozen=True, slots=True)
class Place:
    """A platform on which it was told. `posts` counts those that were erased since, too."""

    source: str
    posts: int
    first: datetime
    last: datetime
    spread: int | None


@dataclass(frozen=True, slots=True)
class Corrected:
    """What somebody said of one of its posts: `head` ("complaint"), `label` ("no"). `before` is what the model had said
    of that, None where that is not known, and `sure` how probable it held "yes" (of other heads, what it said)."""

    at: datetime
    person: str
    quote: Quote
    head: str
    label: str
    before: str | None = None
    sure: float | None = None

    @property
    def wrong(self) -> bool:
        """Whether the model had said otherwise."""
        return self.before is not None and self.before != self.label


@dataclass(frozen=True, slots=True)
class Foretold:
    """What snapwatch said at a moment of what was to come; `crosses_at` is when it held the crossing likely, where it said
    that."""

    at: datetime
    words: str
    crosses_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Curve:
    """How the post that spread furthest spread: `points` of (time, largest spread so far), at least two of different times
    where it can be drawn. `measure` names the spread in words; `viral_at` is what counts as viral there."""

    quote: Quote
    points: tuple[tuple[datetime, int], ...]
    measure: str
    viral_at: int

    @property
    def peak(self) -> int:
        return max((count for _, count in self.points), default=0)

    @property
    def drawn(self) -> bool:
        return len(self.points) > 1 and self.points[0][0] < self.points[-1][0]


@dataclass(frozen=True, slots=True)
class Volume:
    """How many posts came in each stretch of `each`, the first of which begins at `start`; `later` came after them all,
    when little else happened."""

    start: datetime
    each: timedelta
    posts: tuple[int, ...]
    later: int = 0

    @property
    def most(self) -> int:
        return max(self.posts, default=0)


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment that is drawn in the curve."""

    at: datetime
    name: Literal["paged", "acknowledged", "replied", "viral", "over"]


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that is known of a story at `made_at`. `ended_at` is None while it goes on: what is told then is no last
    word. `alert` is its number, None where nobody was paged, and `why` the decision's reason in words. `crossed_at` is when
    a post of it went viral. `erased` counts posts of which nothing but the time is left; `more` moments of the timeline
    that are left out; `course` how its forecast went."""

    story_id: int
    title: str
    gist: str
    severity: Severity | None
    state: AlertState
    alert: int | None
    why: str
    made_at: datetime
    opened_at: datetime
    updated_at: datetime
    ended_at: datetime | None
    outcome: Outcome
    crossed_at: datetime | None
    steps: tuple[Step, ...]
    moments: tuple[Moment, ...]
    more: int
    posts: int
    erased: int
    platforms: tuple[Place, ...]
    category: str
    arranged: str
    curve: Curve | None
    volume: Volume | None
    marks: tuple[Mark, ...]
    said: tuple[Said, ...]
    unsent: tuple[Unsent, ...]
    voices: tuple[Voice, ...]
    foretold: tuple[Foretold, ...]
    course: Course
    corrected: tuple[Corrected, ...]
    lessons: tuple[Lesson, ...]
    removed: tuple[Lesson, ...]

    @property
    def open(self) -> bool:
        return self.ended_at is None

    def step(self, name: StepName) -> Step:
        return next(each for each in self.steps if each.name == name)
