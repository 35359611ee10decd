"""Pure: the one number that says how far a mention has spread.

A measure is a counter's name ("likes") or a sum of them ("reposts+quotes"); each platform has its own.
"""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache

from monitor.errors import InputError
from monitor.model import COUNTERS, Reading

OVER = timedelta(hours=48)
"""The age at which a post's spread is over: under 1% of it is still to come."""

FOLLOWED = timedelta(hours=24)
"""A post that was read at this age or later was followed: its last reading says how far it came. One that was last read
when young may have gone anywhere."""


@lru_cache
def counters(measure: str) -> tuple[str, ...]:
    """The counters that a measure adds up. InputError when one of them does not exist."""
    names = tuple(part.strip() for part in measure.split("+"))
    for name in names:
        if name not in COUNTERS:
            raise InputError(
                f"{name!r} in the measure {measure!r} is not a counter: use {', '.join(COUNTERS)}"
            )
    return names


def spread(reading: Reading, measure: str) -> int | None:
    """The spread that a reading shows: the sum of the measure's counters.

    A counter that the platform did not give adds nothing; None only when all of them are missing.
    """
    values = [value for name in counters(measure) if (value := getattr(reading, name)) is not None]
    return sum(values) if values else None


def in_words(measure: str) -> str:
    """Such as "reposts and quotes"."""
    *others, last = counters(measure)
    return " and ".join(filter(None, [", ".join(others), last]))
