"""Pure: what the digest for leadership is made of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median
from typing import Literal

from monitor.model import Severity
from monitor.wording.languages import Language

StoryState = Literal["open", "acknowledged", "snoozed", "resolved"]


@dataclass(frozen=True, slots=True)
class DayVolume:
    """One local day: all mentions, and those among them that the classifier takes for complaints."""

    day: date
    mentions: int
    complaints: int


@dataclass(frozen=True, slots=True)
class SourceVolume:
    """What came from one source, how many posts' counters were `read` again, and how many turns were `lost`: due to be
    read, but not within the daily budget. `looked` and `unlooked`: the same of looking whether posts are still there."""

    source: str
    mentions: int
    complaints: int
    read: int = 0
    lost: int = 0
    looked: int = 0
    unlooked: int = 0


@dataclass(frozen=True, slots=True)
class Spending:
    """What one source took in: posts that were `polled` and those `read` again, what the platform billed in US dollars, and
    for how many hours polling rested because the day's budget was used up."""

    source: str
    polled: int = 0
    read: int = 0
    dollars: float = 0.0
    rested: float = 0.0


@dataclass(frozen=True, slots=True)
class Answer:
    """How one story that paged was answered. `began_at`: its first post; `paged_at`: the first page; `reply_by`: when
    [service] promises that the customer hears from us at the latest. `urgent`: it paged whatever its spread, so it is no
    forecast. `viral_at`: when it went viral."""

    began_at: datetime
    paged_at: datetime
    reply_by: datetime
    acknowledged_at: datetime | None = None
    replied_at: datetime | None = None
    viral_at: datetime | None = None
    urgent: bool = False

    @property
    def to_page(self) -> float:
        """Minutes, as the following."""
        return max((self.paged_at - self.began_at) / timedelta(minutes=1), 0.0)

    @property
    def to_acknowledge(self) -> float | None:
        return _minutes(self.paged_at, self.acknowledged_at)

    @property
    def to_reply(self) -> float | None:
        return _minutes(self.paged_at, self.replied_at)

    @property
    def lead(self) -> float | None:
        """From the page to going viral; negative when the page came after it."""
        return None if self.viral_at is None else (self.viral_at - self.paged_at) / timedelta(minutes=1)


def _minutes(start: datetime, end: datetime | None) -> float | None:
    return None if end is None else max((end - start) / timedelta(minutes=1), 0.0)


@dataclass(frozen=True, slots=True)
class Promised:
    """A promise to a customer that fell due. `broken`: it ran out before it was kept, if it was kept at all."""

    broken: bool


@dataclass(frozen=True, slots=True)
class WeekFigures:
    """What is counted in one week.

    `stories` were opened and `viral` ones crossed the threshold in it, `unseen` of these before anybody was paged, or
    without. `escalations`: steps taken because nobody had acknowledged. `answers`: of the stories that paged in it.
    `promises` fell due in it. `categories`: how many complaints were about what. `unmeasured` counts mentions by language,
    where the classifier was not measured on it; `beside` those that were left out of stories as spam or as a namesake's.
    """

    days: tuple[DayVolume, ...]
    sources: tuple[SourceVolume, ...]
    categories: tuple[tuple[str, int], ...] = ()
    stories: int = 0
    viral: int = 0
    unseen: int = 0
    escalations: int = 0
    answers: tuple[Answer, ...] = ()
    promises: tuple[Promised, ...] = ()
    unmeasured: tuple[tuple[str, int], ...] = ()
    beside: int = 0
    spending: tuple[Spending, ...] = ()

    @property
    def mentions(self) -> int:
        return sum(day.mentions for day in self.days)

    @property
    def complaints(self) -> int:
        return sum(day.complaints for day in self.days)

    @property
    def pages(self) -> int:
        return len(self.answers)

    def minutes(self, what: Literal["to_page", "to_acknowledge", "to_reply"]) -> tuple[float, ...]:
        """Of every story that got that far."""
        found = (getattr(each, what) for each in self.answers)
        return tuple(each for each in found if each is not None)

    def median(self, what: Literal["to_page", "to_acknowledge", "to_reply"]) -> float | None:
        return median(found) if (found := self.minutes(what)) else None

    @property
    def dollars(self) -> float:
        return sum(each.dollars for each in self.spending)


@dataclass(frozen=True, slots=True)
class StoryLine:
    """One story of the week.

    `summary` is a sentence of one of its posts, or empty; `opened_at` is the time of its first post. `curve` is the
    story's spread over time. `crossed_at` is when it went viral, None when it did not; the lead time is what lies
    between `paged_at`, the first page, and it. `arranged` says why its posts may have been arranged, or is empty.
    """

    title: str
    severity: Severity
    state: StoryState
    opened_at: datetime
    posts: int
    sources: tuple[str, ...]
    peak_spread: int | None = None
    viral_at: int | None = None
    crossed_at: datetime | None = None
    paged_at: datetime | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    replied_at: datetime | None = None
    curve: tuple[tuple[datetime, int], ...] = ()
    top_post_url: str | None = None
    summary: str = ""
    arranged: str = ""
    link: str | None = None

    @property
    def viral(self) -> bool:
        return self.crossed_at is not None

    @property
    def has_curve(self) -> bool:
        """Whether the curve spans any time, so that it can be drawn."""
        return len(self.curve) > 1 and self.curve[0][0] < self.curve[-1][0]


@dataclass(frozen=True, slots=True)
class PraiseLine:
    """A glad post that spread or was about to: `spread` when it was last read. `thanks` is a reply to approve, None where
    none could be drafted."""

    text: str
    handle: str
    source: str
    spread: int
    url: str | None = None
    thanks: str | None = None


Fate = Literal["", "not read yet", "will be tried again", "lost", "read later"]
READ_LATER: Fate = "read later"


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch of time in which mentions of some `lanes` of a source ("search", none for a source that has no names for
    them) were missed, why, as the platform or the daemon said it, and what becomes of it."""

    source: str
    start: datetime
    end: datetime
    why: str = ""
    fate: Fate = ""
    lanes: tuple[str, ...] = ()

    @property
    def filled(self) -> bool:
        return self.fate == READ_LATER

    @property
    def hours(self) -> float:
        return (self.end - self.start) / timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class LessonLine:
    """A change that people decided on after a story; `late` when its day has passed."""

    text: str
    story: str
    owner: str = ""
    due: date | None = None
    late: bool = False


@dataclass(frozen=True, slots=True)
class DigestData:
    """One week, `start` to `end` (exclusive), as `monitor.wording.timetable` gives them; shown in `time_zone` and
    `language`.

    `before` are the whole weeks before that were watched, eight at most, the oldest first. `acknowledge_within`:
    minutes that the first escalation step waits; `reply_within`: hours in which [service] promises a report. `learnt`
    says in sentences how the forecast changed. `open_changes` wait to be made, `done_changes` were made in the week.
    `link` leads to the dashboard; `watched` are the sources that are to be read.
    """

    brand: str
    start: datetime
    end: datetime
    time_zone: str
    made_at: datetime
    week: WeekFigures
    before: tuple[WeekFigures, ...] = ()
    stories: tuple[StoryLine, ...] = ()
    praise: tuple[PraiseLine, ...] = ()
    gaps: tuple[Gap, ...] = ()
    learnt: tuple[str, ...] = ()
    open_changes: tuple[LessonLine, ...] = ()
    done_changes: tuple[LessonLine, ...] = ()
    acknowledge_within: int = 10
    reply_within: float = 2.0
    language: Language = "en"
    link: str | None = None
    watched: tuple[str, ...] = ()

    @property
    def weeks(self) -> tuple[WeekFigures, ...]:
        """Those before, and this one last."""
        return (*self.before, self.week)

    @property
    def week_before(self) -> WeekFigures | None:
        return self.before[-1] if self.before else None
