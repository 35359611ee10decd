"""Pure: when no source was read in full, because the daemon stood still or there was no way out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from alerts.weekly.figures import DigestData, Gap
from monitor.wording.timetable import local_moment

Stretch = tuple[datetime, datetime]


def standstill(data: DigestData, *, without: str = "") -> tuple[Stretch, ...]:
    """The stretches in which every source that is watched has a gap that was not filled, in order; gaps with the reason
    `without` are none."""
    open_ = [gap for gap in data.gaps if not gap.filled and not (without and gap.why == without)]
    found: list[Stretch] = [(data.start, data.end)] if data.watched else []
    for source in data.watched:
        own = _joined(gap for gap in open_ if gap.source == source)
        found = [
            (max(one[0], other[0]), min(one[1], other[1]))
            for one in found
            for other in own
            if max(one[0], other[0]) < min(one[1], other[1])
        ]
    return tuple(found)


def still_hours(stretches: Iterable[Stretch]) -> float:
    return sum((end - start) / timedelta(hours=1) for start, end in stretches)


def unwatched_days(data: DigestData) -> frozenset[date]:
    """The local days without a mention that lie in such a stretch from their beginning to their end."""
    zone, stretches = ZoneInfo(data.time_zone), standstill(data)
    return frozenset(
        each.day
        for each in data.week.days
        for start, end in stretches
        if not each.mentions
        and start <= local_moment(each.day, time(), zone)
        and local_moment(each.day + timedelta(days=1), time(), zone) <= end
    )


def _joined(gaps: Iterable[Gap]) -> list[Stretch]:
    """Their stretches, those that touch as one."""
    found: list[Stretch] = []
    for gap in sorted(gaps, key=lambda gap: gap.start):
        if found and gap.start <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], gap.end)
        else:
            found.append((gap.start, gap.end))
    return found
