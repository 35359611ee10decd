"""Pure: closing the gap of a listing whose newest come first, page by page. Shared by the sources that have one.

A place in such a listing can't be kept by its last entry, which may be deleted, so it is a moment: `since`, with what
was already `seen` from then on. `since` stays an overlap behind the newest entry, for what the platform shows late, out
of order, or anew because it was edited.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, ValidationError

from monitor.errors import SourceError
from monitor.model import Interval


class Listing(BaseModel):
    """What is known: all before `since`, and of what came later the keys in `seen`, each with its time, and the `counts`
    that are not zero. What was shown until `known` was read, or told as missed.

    `after` is None unless a gap is being closed; then it says where the next page begins, and the pages so far, asked for
    from `started` on, had `count` entries and reached back to `reached`. A listing that is read once more ends before
    `until`. Times are Unix seconds.
    """

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)
    since: float
    known: float = 0.0
    seen: dict[str, float] = {}
    counts: dict[str, int] = {}
    until: float | None = None
    after: str | None = None
    started: float = 0.0
    reached: float = 0.0
    newest: float = 0.0
    count: int = 0


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a page. `key` changes when the entry is edited; `count` is what tells a new reading."""

    key: str
    at: datetime
    count: int | None = None


class Step(NamedTuple):
    """What one more page makes of a listing: which of its keys are new, and which have another count than before."""

    listing: Listing
    fresh: Collection[str]
    moved: Collection[str]
    more: bool
    covered: tuple[Interval, ...]


def key(*parts: str) -> str:
    """A short key for an entry's id and whatever else tells its version."""
    return hashlib.blake2b("\0".join(parts).encode(errors="replace"), digest_size=8).hexdigest()


def begin(since: datetime) -> Listing:
    """Before the first poll."""
    return Listing(since=since.timestamp())


def again(start: datetime, end: datetime) -> str:
    """The cursor that reads one stretch once more."""
    return Listing(since=start.timestamp(), until=end.timestamp()).model_dump_json(exclude_defaults=True)


def read(name: str, cursor: str) -> Listing:
    """The listing that a cursor holds. SourceError when it holds none."""
    try:
        return Listing.model_validate_json(cursor)
    except ValidationError:
        raise SourceError(f"{name}: the stored cursor can't be read", permanent=True) from None


def advance(
    listing: Listing,
    page: Sequence[Entry],
    after: str | None,
    now: datetime,
    overlap: timedelta,
    cut: str = "",
) -> Step:
    """Take one page in. `after` is None on the last one; `cut` says why the listing ends there although there is more."""
    first = listing.after is None
    started = now.timestamp() if first else listing.started
    times = [each.at.timestamp() for each in page]
    reached = min([*times, started if first else listing.reached])
    newest = max([*times, 0.0 if first else listing.newest])
    until = listing.until or float("inf")
    recent = {each.key: each for each in page if listing.since <= each.at.timestamp() < until}
    fresh = recent.keys() - listing.seen.keys()
    moved = {
        each.key
        for each in recent.values()
        if each.key not in fresh and each.count not in (None, listing.counts.get(each.key, 0))
    }
    # Not validated once more: after a rush there are tens of thousands.
    taken = listing.model_copy(
        update={
            "seen": listing.seen | {each.key: each.at.timestamp() for each in recent.values()},
            "counts": listing.counts | {each.key: each.count for each in recent.values() if each.count},
            "started": started,
            "reached": reached,
            "newest": newest,
            "after": after,
            "count": listing.count + len(page),
        }
    )
    if after and times and times[-1] >= listing.since:
        return Step(taken, fresh, moved, True, ())
    start, end = listing.since, min(started, until)
    covered = []
    if cut and reached > listing.since:
        start = min(reached, end)
        if (lost := max(listing.since, listing.known)) < start:
            covered.append(Interval(_time(lost), _time(start), complete=False, note=cut))
    if start < end:
        covered.append(Interval(_time(start), _time(end)))
    return Step(_closed(taken, overlap), fresh, moved, False, tuple(covered))


def leave(listing: Listing, overlap: timedelta) -> tuple[Listing, tuple[Interval, ...]]:
    """Give up what is left of an open gap: the listing from which newer entries come, and what was not read."""
    if listing.after is None:
        return listing, ()
    end = min(listing.started, listing.until or listing.started)
    reached = max(min(listing.reached, end), listing.since)
    read = Interval(_time(reached), _time(end))
    if (known := max(listing.since, listing.known)) >= reached:
        return _closed(listing, overlap), (read,)
    unread = Interval(_time(known), _time(reached), complete=False, note="the budget was used up")
    return _closed(listing, overlap), (unread, read)


def _closed(listing: Listing, overlap: timedelta) -> Listing:
    """With a time from the future out of the way: whoever's clock is wrong must not hide what comes next."""
    since = max(listing.since, min(listing.newest, listing.started) - overlap.total_seconds())
    seen = {key: at for key, at in listing.seen.items() if at >= since}
    counts = {key: count for key, count in listing.counts.items() if key in seen}
    return Listing(since=since, known=listing.started, seen=seen, counts=counts)


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
