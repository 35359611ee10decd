"""Pure: closing the gap since the last poll by ids alone, newest first; ids on X grow with time.

Search shows some posts late, so `since` stays OVERLAP behind the present while there is something new; what was `seen`
above it is asked for again, and taken once. X bills a post once a UTC day, however often it is sent. A crash between two
pages repeats one page and loses none.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, NamedTuple

from pydantic import BaseModel, Field, ValidationError

from monitor.errors import SourceError
from monitor.model import Interval
from sources.x_post import id_at, time_of

LAG = timedelta(seconds=30)  # recent search leaves out what is newer
OVERLAP = timedelta(minutes=10)
RECENT = 500  # posts of the overlap at most: they are read again with each poll, and requests are limited

Id = Annotated[int, Field(ge=0, lt=2**63)]


class Gap(BaseModel):
    """All before `since` is known, and of what came later the ids in `seen`, which ascend. What X showed until `told` was
    read, or told as missed: where little is written, `since` stays far behind it. While the gap is being closed, `until`
    is its oldest id so far, and `count` how many posts its pages brought."""

    since: Id
    told: Id = 0
    seen: tuple[Id, ...] = ()
    until: Id | None = None
    count: int = 0

    @property
    def is_closed(self) -> bool:
        """Whether no id is left between `since` and `until`."""
        return self.until is not None and self.until <= self.since + 1

    @property
    def known(self) -> int:
        """Up to where everything was read, or told as missed, before the gap."""
        return max(self.since, self.told)


class Step(NamedTuple):
    """What one more page makes of a gap."""

    cursor: str
    more: bool
    covered: tuple[Interval, ...]


def read(name: str, cursor: str) -> Gap:
    """The gap that a cursor holds. SourceError when it holds none."""
    try:
        return Gap.model_validate_json(cursor)
    except ValidationError:
        raise SourceError(f"{name}: the stored cursor can't be read", permanent=True) from None


def again(start: datetime, end: datetime) -> str:
    """The cursor that reads one stretch once more."""
    return _dump(Gap(since=max(id_at(start) - 1, 0), until=id_at(end)))


def advance(
    gap: Gap, ids: Sequence[int], more: bool, now: datetime, ends_after: int | None, why: str
) -> Step:
    """Take a page with these ids in. A listing that ends after `ends_after` posts may have been cut, for the reason
    `why`."""
    more = more and bool(ids)
    count = gap.count + len(ids)
    end = time_of(gap.until) if gap.until is not None else max(now - LAG, time_of(max(ids, default=0)))
    start = min(time_of(min(ids) if more else gap.since), end)
    covered: tuple[Interval, ...] = (Interval(start, end),)
    if not more and ends_after is not None and count >= ends_after:
        reached = min(time_of(min(ids, default=gap.until or gap.since)), end)
        known = min(time_of(gap.known), reached)
        covered = (Interval(known, reached, complete=False, note=why), Interval(reached, end))
    seen = tuple(sorted({*gap.seen, *ids})[-RECENT:])
    if more:
        taken = gap.model_copy(update={"seen": seen, "until": min(ids), "count": count})
        return Step(_dump(taken), True, covered)
    return Step(closed(gap.model_copy(update={"seen": seen}), now), False, covered)


def closed(gap: Gap, now: datetime) -> str:
    """The cursor from which newer posts come, and those of the overlap that X has not shown yet."""
    told = max(gap.told, id_at(now - LAG))
    if not gap.seen:
        return _dump(Gap(since=gap.since, told=told))
    since = min(gap.seen[-1], id_at(now - OVERLAP))
    if len(gap.seen) == RECENT:
        since = max(since, gap.seen[0])
    since = max(since, gap.since)
    return _dump(Gap(since=since, told=told, seen=tuple(id for id in gap.seen if id > since)))


def _dump(gap: Gap) -> str:
    return gap.model_dump_json(exclude_defaults=True)
