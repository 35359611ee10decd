"""How often one may try to sign in. A stranger who guesses is slowed down, and does not lock the rightful owner out: a
browser in which they signed in before is counted by itself.

Counted in memory: whoever can restart the daemon need not guess.
"""

from __future__ import annotations

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

MINUTES = 10
OF_ACCOUNT, OF_BROWSER, OF_ADDRESS = (RateLimitItemPerMinute(each, MINUTES) for each in (10, 10, 30))
"""Tries in so many minutes: for an account from browsers that are new to it, from one that is not, and from an address."""
LONGEST = 100
"""Characters of a name that are looked at."""


class Tries:
    def __init__(self) -> None:
        # Not the moving window: it keeps every name that was ever tried.
        self._window = SlidingWindowCounterRateLimiter(MemoryStorage())

    def take(self, account: str, address: str | None, browser: str | None) -> bool:
        """Count a try; False when there were too many. `browser`: the one that is known to the account."""
        return all(self._window.hit(limit, *who) for limit, who in _counted(account, address, browser))

    def worked(self, account: str, browser: str | None) -> None:
        """They have signed in: their own mistakes are forgotten, those of an address are not."""
        limit, who = _counted(account, None, browser)[0]
        self._window.clear(limit, *who)


def _counted(
    account: str, address: str | None, browser: str | None
) -> list[tuple[RateLimitItem, tuple[str, ...]]]:
    name = account.strip().casefold()[:LONGEST]
    if browser is not None:
        return [(OF_BROWSER, ("browser", name, browser))]
    by_address = [(OF_ADDRESS, ("address", address))] if address is not None else []
    return [*by_address, (OF_ACCOUNT, ("account", name))]
