"""Pure: how stories were answered, against what is promised, and how forecasts turned out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

from alerts.weekly.figures import Answer, DigestData, WeekFigures
from alerts.weekly.normal import Range, of_times

What = Literal["to_page", "to_acknowledge", "to_reply"]


@dataclass(frozen=True, slots=True)
class Times:
    """One response time: `median` and `longest` in minutes, how many stories got that far, and how many of `asked` were
    answered within the promise (None: nothing is promised). `normal`: between which 8 of 10 of the weeks before lay."""

    what: What
    median: float | None
    longest: float | None
    within: int | None
    asked: int
    normal: Range | None


def times(data: DigestData, what: What) -> Times:
    found = data.week.minutes(what)
    answers = data.week.answers
    within: int | None = None
    if what == "to_acknowledge":
        within = sum(is_taken_in_time(each, data.acknowledge_within) for each in answers)
    elif what == "to_reply":
        within = sum(is_replied_in_time(each) for each in answers)
    before = [minutes for week in data.before for minutes in week.minutes(what)]
    return Times(
        what,
        median(found) if found else None,
        max(found, default=None),
        within,
        len(answers),
        of_times(before),
    )


def is_taken_in_time(answer: Answer, within: int) -> bool:
    return answer.to_acknowledge is not None and answer.to_acknowledge <= within


def is_replied_in_time(answer: Answer) -> bool:
    return answer.replied_at is not None and answer.replied_at <= answer.reply_by


def late(answers: Iterable[Answer], within: int) -> list[Answer]:
    """Those that were acknowledged too late, or not at all."""
    return [each for each in answers if not is_taken_in_time(each, within)]


@dataclass(frozen=True, slots=True)
class Outcomes:
    """How forecasts turned out. Of `pages` that were forecasts, `right` were about stories that went viral; of `viral`
    stories, `early` were paged before; `lead`: the median minutes between, of these."""

    pages: int
    right: int
    viral: int
    early: int
    lead: float | None

    @property
    def missed(self) -> int:
        return self.viral - self.early


def outcomes(weeks: Sequence[WeekFigures]) -> Outcomes:
    """Of these weeks together: a week has too few for a rate. What pages whatever its spread is no forecast."""
    foretold = [each for week in weeks for each in week.answers if not each.urgent]
    leads = [each.lead for week in weeks for each in week.answers if each.lead is not None and each.lead >= 0]
    viral = sum(week.viral for week in weeks)
    return Outcomes(
        pages=len(foretold),
        right=sum(each.viral_at is not None for each in foretold),
        viral=viral,
        early=viral - sum(week.unseen for week in weeks),
        lead=median(leads) if leads else None,
    )


def kept(weeks: Sequence[WeekFigures]) -> tuple[int, int]:
    """Promises that were kept in time, and all that fell due."""
    due = [each for week in weeks for each in week.promises]
    return sum(not each.broken for each in due), len(due)
