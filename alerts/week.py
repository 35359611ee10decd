"""Pure: one week as the digest tells it: its figures, its stories, and what changed, in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from math import sqrt
from statistics import median
from typing import Literal

from monitor.model import Severity
from monitor.platforms import source_name
from monitor.text import one_line

LANGUAGES = 5
"""So many languages are named, the commonest first."""

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
class WeekFigures:
    """What is counted in one week.

    `stories` were opened and `viral` ones crossed the threshold in it. `pages` counts pages sent, `escalations` the
    steps taken because nobody had acknowledged. `minutes_to_acknowledge` has one figure for each acknowledged story.
    `unmeasured` counts mentions by language, where the classifier was not measured on it; `beside` those that were left
    out of stories as spam or as a namesake's.
    """

    days: tuple[DayVolume, ...]
    sources: tuple[SourceVolume, ...]
    stories: int = 0
    viral: int = 0
    pages: int = 0
    escalations: int = 0
    minutes_to_acknowledge: tuple[float, ...] = ()
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
    def share(self) -> float | None:
        """Complaints among the mentions, 0..1; None without mentions."""
        return self.complaints / self.mentions if self.mentions else None

    @property
    def median_minutes(self) -> float | None:
        return median(self.minutes_to_acknowledge) if self.minutes_to_acknowledge else None


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
    curve: tuple[tuple[datetime, int], ...] = ()
    top_post_url: str | None = None
    summary: str = ""
    arranged: str = ""

    @property
    def viral(self) -> bool:
        return self.crossed_at is not None

    @property
    def has_curve(self) -> bool:
        """Whether the curve spans any time, so that it can be drawn."""
        return len(self.curve) > 1 and self.curve[0][0] < self.curve[-1][0]


@dataclass(frozen=True, slots=True)
class PraiseLine:
    """A glad post that spread or was about to. `reason` says so in numbers; `thanks` is a reply to approve, None where none
    could be drafted."""

    text: str
    handle: str
    source: str
    reason: str
    url: str | None = None
    thanks: str | None = None


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch of time in which mentions of some `lanes` of a source ("search", none for a source that has no names for
    them) were missed, why, and what becomes of it, in words."""

    source: str
    start: datetime
    end: datetime
    why: str = ""
    fate: str = ""
    lanes: tuple[str, ...] = ()

    @property
    def filled(self) -> bool:
        return self.fate == READ_LATER


READ_LATER = "read later"


@dataclass(frozen=True, slots=True)
class DigestData:
    """One week, `start` to `end` (exclusive), as `monitor.timetable` gives them; shown in `time_zone`.

    `week_before` is None when there is nothing to compare with. `learnt` says in sentences how the forecast changed. `link`
    leads to the dashboard.
    """

    brand: str
    start: datetime
    end: datetime
    time_zone: str
    made_at: datetime
    week: WeekFigures
    week_before: WeekFigures | None = None
    stories: tuple[StoryLine, ...] = ()
    praise: tuple[PraiseLine, ...] = ()
    gaps: tuple[Gap, ...] = ()
    learnt: tuple[str, ...] = ()
    link: str | None = None


def headline(data: DigestData) -> str:
    """The week in one sentence."""
    week = data.week
    if not week.mentions:
        return f"No mention of {one_line(data.brand, 40)} was found this week."
    parts = [stories_in_words(week)]
    if still_open := sum(story.state == "open" and story.paged_at is not None for story in data.stories):
        parts[0] += f", {still_open} still open"
    if week.median_minutes is not None:
        half = " (median)" if len(week.minutes_to_acknowledge) > 1 else ""
        parts.append(f"acknowledged after {minutes(week.median_minutes)}{half}")
    elif week.pages:
        parts.append("no page was acknowledged")
    now, before = _share(week), _share(data.week_before)
    parts.append(f"complaints from {before} to {now}" if before and before != now else f"complaints at {now}")
    return "; ".join(parts) + "."


def stories_in_words(week: WeekFigures) -> str:
    """How many stories, and how many of them went viral."""
    if not week.mentions:
        return "no mentions"
    if week.viral > week.stories:  # some are of an earlier week
        return f"{_counted(week.stories, 'new story', 'new stories')}, {week.viral:,} went viral"
    if not week.stories:
        return "No story this week"
    if week.stories == 1:
        return f"1 story, which {'went viral' if week.viral else 'did not go viral'}"
    return f"{week.stories:,} stories, {f'{week.viral:,}' if week.viral else 'none'} went viral"


def changes(data: DigestData) -> tuple[str, ...]:
    """What changed against the week before, in whole sentences; a difference that chance explains is called so."""
    return tuple(_changes(data.week, data.week_before)) if data.week_before else ()


def notes(week: WeekFigures) -> tuple[str, ...]:
    """What to know before believing the figures, in whole sentences."""
    found = []
    if count := sum(number for _, number in week.unmeasured):
        languages = ", ".join(f"{name} {number:,}" for name, number in week.unmeasured[:LANGUAGES])
        others = len(week.unmeasured) - LANGUAGES
        more = f" and {_counted(others, 'other language', 'other languages')}" if others > 0 else ""
        found.append(
            f"{_are(count)} in a language that the classifier was not measured on ({languages}{more}): "
            "complaints among them may be missing."
        )
    if week.beside:
        found.append(f"{_are(week.beside)} left out of stories as spam or a namesake's.")
    found += [
        f"On {source_name(each.source)}, {each.lost:,} of {each.read + each.lost:,} readings that were due did not fit "
        "into the daily budget (reads_per_day): what spread there may have been seen late."
        for each in week.sources
        if each.lost
    ]
    found += [
        f"On {source_name(each.source)}, {each.unlooked:,} of {each.looked + each.unlooked:,} looks whether posts are "
        "still there did not fit into the daily budget (reads_per_day): what its author deleted may be kept longer."
        for each in week.sources
        if each.unlooked
    ]
    found += [
        f"On {source_name(each.source)}, polling rested for {hours(each.rested)} because a day's budget was used up "
        "(posts_per_day, dollars_per_day): what was written then came the next day."
        for each in week.spending
        if each.rested
    ]
    return tuple(found)


def _are(count: int) -> str:
    return f"{_counted(count, 'mention', 'mentions')} {'was' if count == 1 else 'were'}"


def _changes(now: WeekFigures, before: WeekFigures) -> Iterator[str]:
    yield f"{_compared(now.mentions, before.mentions)}."
    if now.share is not None and before.share is not None:
        ours, theirs = _share(now), _share(before)
        if ours == theirs:
            yield f"Complaints stayed at {ours} of all mentions."
        elif _clearly_differs(now, before):
            yield f"Complaints {'rose' if now.share > before.share else 'fell'} from {theirs} to {ours} of all mentions."
        else:
            yield f"Complaints: {ours} of all mentions after {theirs}; so small a difference can be chance."
    if moved := _source_that_moved_most(now, before):
        source, here, there = moved
        yield f"Most of the change in complaints is on {source_name(source)}: {here:,} after {there:,}."
    if now.stories or before.stories:
        viral = f"; {now.viral or 'none'} went viral after {before.viral or 'none'}"
        stories = _counted(now.stories, "story", "stories")
        yield f"{stories} after {before.stories or 'none'}{viral if now.viral or before.viral else ''}."
    if now.median_minutes is not None and before.median_minutes is not None:
        ours, theirs = minutes(now.median_minutes), minutes(before.median_minutes)
        way = "faster" if now.median_minutes < before.median_minutes else "more slowly"
        if ours == theirs:
            yield f"Pages were acknowledged as fast as the week before: after {ours} (median)."
        else:
            yield f"Pages were acknowledged {way}: after {ours} (median), {theirs} the week before."
    if now.escalations or before.escalations:
        pages = _counted(now.escalations, "page", "pages")
        yield f"{pages} passed on because nobody acknowledged in time, after {before.escalations or 'none'}."


def _compared(now: int, before: int) -> str:
    if min(now, before) < 30:
        return f"{_counted(now, 'mention', 'mentions')} after {before:,}"
    change = now / before - 1
    if abs(change) < 0.05:
        return f"About as many mentions as the week before: {now:,} after {before:,}"
    return f"Mentions {'rose' if change > 0 else 'fell'} by {abs(change):.0%}, from {before:,} to {now:,}"


def _counted(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}" if count else f"No {many}"


def _clearly_differs(now: WeekFigures, before: WeekFigures) -> bool:
    """Two-proportion z-test with pooled variance, 5% level."""
    pooled = (now.complaints + before.complaints) / (now.mentions + before.mentions)
    error = sqrt(pooled * (1 - pooled) * (1 / now.mentions + 1 / before.mentions))
    return abs((now.share or 0) - (before.share or 0)) > 1.96 * error


def _source_that_moved_most(now: WeekFigures, before: WeekFigures) -> tuple[str, int, int] | None:
    """The source whose complaints changed most: at least by ten and by half, and by more than all others together."""
    here = {volume.source: volume.complaints for volume in now.sources}
    there = {volume.source: volume.complaints for volume in before.sources}
    moves = [(source, here.get(source, 0), there.get(source, 0)) for source in sorted({*here, *there})]
    source, after, earlier = max(moves, key=lambda move: abs(move[1] - move[2]), default=("", 0, 0))
    moved = abs(after - earlier)
    others = sum(abs(move[1] - move[2]) for move in moves) - moved
    if len(moves) < 2 or moved < max(10, earlier / 2) or moved <= others:
        return None
    return source, after, earlier


def _share(week: WeekFigures | None) -> str:
    return "" if week is None or week.share is None else f"{week.share:.0%}"


def minutes(value: float) -> str:
    """A stretch of time in words: "7 min", "2 h 5 min", "3 days"."""
    whole = round(value)
    if whole < 1:
        return "under a minute"
    if whole < 120:
        return f"{whole} min"
    if whole < 48 * 60:
        return f"{whole // 60} h {whole % 60} min" if whole % 60 else f"{whole // 60} h"
    return f"{round(whole / 1440)} days"


def hours(value: float) -> str:
    """ "under an hour", "1 hour", "14 hours"."""
    whole = round(value)
    return "under an hour" if whole < 1 else f"{whole:,} hour{'' if whole == 1 else 's'}"


def place(gap: Gap) -> str:
    """ "X", "X, search", "X, mentions and search"."""
    lanes = [one_line(lane, 40) for lane in gap.lanes]
    shown = " and ".join(filter(None, [", ".join(lanes[:-1]), *lanes[-1:]]))
    return f"{source_name(gap.source)}, {shown}" if shown else source_name(gap.source)
