"""Pure: how many posts a source may still bring today, within what its owner wants to spend."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from monitor.settings import SourceSettings

DAY = timedelta(days=1)


def room(limits: SourceSettings, price: float, posts: int, dollars: float, share: float = 1.0) -> int | None:
    """How many more posts may come on a UTC day that has brought `posts` for `dollars`, within that share of its limits
    and at that price each; None: there is no limit."""
    rooms = []
    if limits.posts_per_day is not None:
        rooms.append(int(limits.posts_per_day * share) - posts)
    if limits.dollars_per_day is not None and price:
        # a thousandth of a post more, because dollars add up as floats
        rooms.append(int((limits.dollars_per_day * share - dollars) / price + 0.001))
    return max(min(rooms), 0) if rooms else None


def day_gone(now: datetime) -> float:
    """The share of the UTC day that is over. What was missed before is read again within that share of the limits: from
    what the day so far has left over."""
    return (now - midnight(now) + DAY) / DAY


def midnight(now: datetime) -> datetime:
    """The next one in UTC, when the platforms' days end."""
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + DAY
