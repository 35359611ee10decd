"""Pure: what to change, derived from the figures. Each sentence names its figures and what to turn; what can be chance in
so few cases is not said."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from zoneinfo import ZoneInfo

from alerts.languages import Speech
from alerts.weekly.answers import is_replied_in_time, kept, late, outcomes
from alerts.weekly.figures import DigestData
from alerts.weekly.normal import LEAST
from alerts.weekly.words import hours
from monitor.platforms import source_name

MOST = 4
"""So many are given, what is worst first: nobody changes more in a week."""
PAGES = 20
"""Of fewer pages nothing is said about how many were right."""
RIGHT = 0.2
"""A page is worth its night if at least one in five was about a story that went viral."""
BLIND = 6.0
"""Hours in which a source could not be read."""
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
    dark: defaultdict[str, float] = defaultdict(float)
    for gap in data.gaps:
        if not gap.filled:
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
    zone = ZoneInfo(data.time_zone)
    all_late = [each for of in data.weeks for each in late(of.answers, within)]
    by_part = Counter(each.paged_at.astimezone(zone).hour // 6 for each in all_late)
    (part, count), *_rest = by_part.most_common()
    # By chance a quarter falls on each part; half of ten or more does not (binomial, about 8%, and 0.1% of thirty).
    if len(all_late) >= 10 and count * 2 >= len(all_late):
        begins, ends = PARTS[part]
        said += " " + speech._(
            "In these weeks {count} of {all} such pages went out between {begins}:00 and {ends}:00: have "
            "a second person, or a call instead of a mail, at that time.",
            count=count,
            all=len(all_late),
            begins=f"{begins:02d}",
            ends=f"{ends:02d}",
        )
    yield said


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
