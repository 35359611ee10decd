"""Pure: closing the gap of a search page by page, newest first, by moments instead of the platform's cursor.

Bluesky's cursor counts posts and ends at 10,000; asking for what is older than the last page (`until`) has no end, and
posts that come meanwhile move nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from pydantic import AwareDatetime, BaseModel

from monitor.model import Interval

OVERLAP = timedelta(minutes=2)
"""A post is found by search seconds after it was written; what is newer than this is asked for again."""
_STEP = timedelta(milliseconds=1)


class Search(BaseModel, extra="forbid"):
    """What a search knows: all before `since`, and what it has `seen` from then on. While a gap is being closed, asked
    for from `started` on, its pages have reached `below`. One with `queries` reads the stretch from `since` to
    `started` once, for one query after another."""

    since: AwareDatetime
    seen: dict[str, AwareDatetime] = {}
    started: AwareDatetime | None = None
    below: AwareDatetime | None = None
    newest: AwareDatetime | None = None
    queries: tuple[str, ...] = ()


class Found(NamedTuple):
    """A post; `at` is the moment by which search sorts it."""

    uri: str
    record: dict[str, Any]
    at: datetime
    view: dict[str, Any]


class Step(NamedTuple):
    fresh: list[Found]
    search: Search
    more: bool
    covered: tuple[Interval, ...]


def advance(search: Search, page: Sequence[Found], goes_on: bool, now: datetime) -> Step:
    """`page` is what was found below `search.below`, `goes_on` whether the platform has more of it."""
    started = search.started or now
    upper = search.below or started
    oldest = min((post.at for post in page), default=search.since)
    reached = max(oldest, search.since) if goes_on else search.since
    is_open = reached > search.since
    below = reached + _STEP  # others of the same moment may be on the next page
    stuck = is_open and search.below is not None and below >= search.below
    fresh = [post for post in page if post.at >= search.since and post.uri not in search.seen]
    step = search.model_copy(
        update={
            "started": started,
            "below": below,
            "newest": max((post.at for post in page), default=search.since)
            if search.newest is None
            else search.newest,
            "seen": search.seen | {post.uri: post.at for post in fresh},
        }
    )
    covered = [Interval(min(reached, upper), upper)]
    if stuck:
        note = f"search shows no more than {len(page)} posts of one moment"
        covered.append(Interval(search.since, reached, complete=False, note=note))
    if is_open and not stuck:
        newest = step.newest or started
        kept = {uri: at for uri, at in step.seen.items() if at <= below or at >= newest - OVERLAP}
        return Step(
            fresh, step.model_copy(update={"seen": kept}), True, () if search.queries else tuple(covered)
        )
    if not search.queries:
        return Step(fresh, closed(step), False, tuple(covered))
    if rest := search.queries[1:]:
        again = Search(since=search.since, started=started, below=started, queries=rest)
        return Step(fresh, again, True, tuple(covered[1:]))
    return Step(fresh, step, False, (Interval(search.since, started), *covered[1:]))


def closed(search: Search) -> Search:
    """From where the next poll begins once the gap is closed, or given up."""
    since = max(search.since, min(search.newest or search.since, search.started or search.since) - OVERLAP)
    return Search(since=since, seen={uri: at for uri, at in search.seen.items() if at >= since})
