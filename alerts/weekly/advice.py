"""Pure: what to change, derived from the figures. Each sentence names its figures and what to turn; what can be chance in
so few cases is not said."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from math import sqrt
from zoneinfo import ZoneInfo

from alerts.languages import Speech
from alerts.weekly.answers import is_replied_in_time, kept, late, outcomes
from alerts.weekly.figures import DigestData
from alerts.weekly.normal import LEAST
from alerts.weekly.standstill import standstill, still_hours
from alerts.weekly.words import NOT_YET, hours
from monitor.wording.platforms import source_name

MOST = 4
"""So many are given, what is worst first: nobody changes more in a week."""
PAGES = 20
"""Of fewer pages nothing is said about how many were right."""
RIGHT = 0.2
"""A page is worth its night if at least one in five was about a story that went viral."""
BLIND = 6.0
"""Hours in which a source could not be read."""
FEW = 5
"""Of fewer pages in a part of the day nothing is said of it."""
PARTS = {0: (0, 6), 1: (6, 12), 2: (12, 18), 3: (18, 24)}
"""Of a day, by the hour."""


def advice(data: DigestData, speech: Speech) -> tuple[str, ...]:
    """What to change, MOST sentences at most; none where nothing is wrong."""
    return tuple(_all(data, speech))[:MOST]


def _all(data: DigestData, speech: Speech) -> Iterator[str]:
    yield from _unseen(data, speech)
    yield from _blind(data, speech)
    yield from _late(data, speech)
    yield from _promises(data, speech)
    yield from _replies(data, speech)
    yield from _too_many(data, speech)
    yield from _budget(data, speech)
    yield from _decided(data, speech)


def _unseen(data: DigestData, speech: Speech) -> Iterator[str]:
    if data.week.unseen:
        yield speech.n_(
            "{count} story went viral before anybody was paged. Look at it together; if that happens "
            "again, lower page_at in [rules], and more will page earlier.",
            "{count} stories went viral before anybody was paged. Look at them together; if that happens "
            "again, lower page_at in [rules], and more will page earlier.",
            data.week.unseen,
        )


def _blind(data: DigestData, speech: Speech) -> Iterator[str]:
    still = still_hours(standstill(data, without=NOT_YET))
    if still >= BLIND:
        yield speech._(
            "No source could be read in full for {time}. Have somebody see to it that snapwatch runs: `snapwatch check` "
            "says what is wrong.",
            time=hours(speech, still),
        )
        return
    dark: defaultdict[str, float] = defaultdict(float)
    for gap in data.gaps:
        if not gap.filled and gap.why != NOT_YET:
            dark[gap.source] += gap.hours
    for source, time in sorted(dark.items(), key=lambda each: -each[1])[:1]:
        if time >= BLIND:
            yield speech._(
                "{where} could not be read for {time}. Have somebody run `snapwatch check`: it says what is wrong.",
                where=source_name(source),
                time=hours(speech, time),
            )


def _late(data: DigestData, speech: Speech) -> Iterator[str]:
    within, week = data.acknowledge_within, data.week.answers
    found = late(week, within)
    if len(found) < 2:
        return
    said = speech._(
        "{late} of {all} stories waited longer than {time} for somebody to acknowledge.",
        late=len(found),
        all=len(week),
        time=speech.minutes(within),
    )
    if worst := _worst_part(data):
        part, (count, of), (others, rest) = worst
        begins, ends = PARTS[part]
        said += " " + speech._(
            "Between {begins}:00 and {ends}:00 that was so for {count} of {all} pages in these weeks, at other times for "
            "{others} of {rest}: have a second person, or a call instead of a mail, at that time.",
            begins=f"{begins:02d}",
            ends=f"{ends:02d}",
            count=count,
            all=of,
            others=others,
            rest=rest,
        )
    yield said


def _worst_part(data: DigestData) -> tuple[int, tuple[int, int], tuple[int, int]] | None:
    """The part of the day in which pages are acknowledged late more often than at other times, by more than chance explains
    (two-proportion z-test, 1%, as there are four parts), with the late ones and all, then and at other times."""
    zone = ZoneInfo(data.time_zone)
    answers = [each for week in data.weeks for each in week.answers]
    parts = Counter(each.paged_at.astimezone(zone).hour // 6 for each in answers)
    slow = Counter(
        each.paged_at.astimezone(zone).hour // 6 for each in late(answers, data.acknowledge_within)
    )
    found = []
    for part, of in parts.items():
        count, others, rest = slow[part], slow.total() - slow[part], len(answers) - of
        if min(of, rest) < FEW:
            continue
        pooled = (count + others) / (of + rest)
        error = sqrt(pooled * (1 - pooled) * (1 / of + 1 / rest))
        if count / of - others / rest > 2.58 * error > 0:
            found.append((count / of, part, (count, of), (others, rest)))
    return max(found)[1:] if found else None


def _promises(data: DigestData, speech: Speech) -> Iterator[str]:
    done, due = kept([data.week])
    if due - done >= 1:
        yield speech.n_(
            "{count} promise to a customer ran out ({due} were due). Promise a later time, or free "
            "somebody to keep it: next_report_hours in [service].",
            "{count} promises to customers ran out ({due} were due). Promise a later time, or free "
            "somebody to keep them: next_report_hours in [service].",
            due - done,
            due=due,
        )


def _replies(data: DigestData, speech: Speech) -> Iterator[str]:
    answers = data.week.answers
    unanswered = sum(each.replied_at is None for each in answers)
    slow = sum(each.replied_at is not None and not is_replied_in_time(each) for each in answers)
    if len(answers) >= 4 and unanswered * 2 >= len(answers):
        yield speech._(
            "{count} of {all} stories that paged got no reply from us through snapwatch: either they "
            "needed none, or customers were left waiting.",
            count=unanswered,
            all=len(answers),
        )
    elif slow >= 2:
        yield speech._(
            "{count} of {all} stories were answered later than [service] promises.",
            count=slow,
            all=len(answers),
        )


def _too_many(data: DigestData, speech: Speech) -> Iterator[str]:
    found = outcomes(data.weeks)
    if found.pages >= PAGES and found.right < RIGHT * found.pages:
        yield speech._(
            "Of {pages} pages in {weeks} weeks, {right} were about stories that went viral. If that is "
            "too many nights for too little, raise page_at in [rules].",
            pages=found.pages,
            weeks=len(data.weeks),
            right=found.right,
        )


def _budget(data: DigestData, speech: Speech) -> Iterator[str]:
    for spent in data.week.spending:
        if spent.rested >= BLIND:
            yield speech._(
                "{where}: the daily budget was used up for {time}. Raise posts_per_day or "
                "dollars_per_day, or narrow its queries.",
                where=source_name(spent.source),
                time=hours(speech, spent.rested),
            )
            return
    for each in data.week.sources:
        if each.lost >= LEAST and each.lost > each.read:
            yield speech._(
                "{where}: most readings that were due did not fit into the daily budget. Raise reads_per_day.",
                where=source_name(each.source),
            )
            return


def _decided(data: DigestData, speech: Speech) -> Iterator[str]:
    if overdue := sum(each.late for each in data.open_changes):
        yield speech.n_(
            "{count} change that was decided after a story is overdue; it stands below.",
            "{count} changes that were decided after stories are overdue; they stand below.",
            overdue,
        )
