"""What is counted in each week."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from alerts.weekly.figures import Answer, DayVolume, Promised, SourceVolume, Spending, WeekFigures
from monitor.config import Config
from monitor.intake.budget import midnight
from monitor.intake.lookup import Looked
from monitor.intake.polling import Spent
from monitor.store import Bill, Tables
from monitor.wording.timetable import local_moment

UNKNOWN = ""
"""The language of mentions of which the model does not say it."""


class Counted:
    """Counts weeks between `since` and `until`; what it takes a whole look at the store to know, it reads once."""

    def __init__(
        self, config: Config, tables: Tables, since: datetime, until: datetime, zone: ZoneInfo
    ) -> None:
        self._config, self._tables, self._zone = config, tables, zone
        self._crossed = tables.weekly.crossings(until, config.rules)
        self._paged = {each.story_id: each for each in tables.weekly.paged(since, until)}
        self._first_pages = tables.weekly.first_pages()
        self._stories = [story.opened_at for story in tables.stories.told(since, until)]

    def week(self, start: datetime, end: datetime) -> WeekFigures:
        tables, rules = self._tables, self._config.rules
        days: list[DayVolume] = []
        mentions: Counter[str] = Counter()
        complaints: Counter[str] = Counter()
        categories: Counter[str] = Counter()
        for day, begin, until in self._days(start, end):
            talk = tables.weekly.talk(begin, until, rules)
            days.append(
                DayVolume(day, sum(each.mentions for each in talk), sum(each.complaints for each in talk))
            )
            for each in talk:
                mentions[each.source] += each.mentions
                complaints[each.source] += each.complaints
                categories[each.category or UNKNOWN] += each.complaints
        read = defaultdict(Spent, tables.sources.spent_between(start, end))
        looked = defaultdict(Looked, tables.looks.between(start, end))
        viral = [story for story, at in self._crossed.items() if start <= at < end]
        return WeekFigures(
            days=tuple(days),
            sources=tuple(
                SourceVolume(
                    source,
                    count,
                    complaints[source],
                    read[source].posts,
                    read[source].lost,
                    looked[source].posts,
                    looked[source].lost,
                )
                for source, count in mentions.most_common()
            ),
            categories=tuple((name, count) for name, count in categories.most_common() if count),
            stories=sum(start <= opened_at < end for opened_at in self._stories),
            viral=len(viral),
            unseen=sum(self._first_pages.get(story, end) > self._crossed[story] for story in viral),
            escalations=tables.weekly.escalations(start, end),
            answers=tuple(self._answers(start, end)),
            promises=tuple(Promised(not kept) for kept in tables.weekly.promises(start, end)),
            beside=tables.weekly.beside(start, end, rules),
            unmeasured=tuple(
                (language or UNKNOWN, count) for language, count in tables.weekly.unmeasured(start, end)
            ),
            spending=tuple(self._spending(start, end)),
        )

    def _days(self, start: datetime, end: datetime) -> Iterator[tuple[date, datetime, datetime]]:
        """Local days, with their beginnings and ends."""
        day, last = start.astimezone(self._zone).date(), end.astimezone(self._zone).date()
        while day < last:
            following = day + timedelta(days=1)
            yield day, local_moment(day, time(), self._zone), local_moment(following, time(), self._zone)
            day = following

    def _answers(self, start: datetime, end: datetime) -> Iterator[Answer]:
        for each in self._paged.values():
            if start <= each.opened_at < end:
                yield Answer(
                    each.began_at,
                    each.paged_at,
                    self._config.service.report_at(each.paged_at),
                    each.acknowledged_at,
                    each.replied_at,
                    self._crossed.get(each.story_id),
                    each.urgent,
                )

    def _spending(self, start: datetime, end: datetime) -> Iterator[Spending]:
        """Of each source that took anything, by UTC days, as platforms bill."""
        ledger = self._tables.sources
        bills = defaultdict(Bill, ledger.billed_between(start, end))
        read = defaultdict(Spent, ledger.spent_between(start, end))
        rested: defaultdict[str, float] = defaultdict(float)
        for source, since in ledger.rests(start, end):
            rested[source] += (midnight(since) - since) / timedelta(hours=1)
        for name in sorted({*bills, *read, *rested}):
            yield Spending(name, bills[name].posts, read[name].posts, bills[name].dollars, rested[name])
