"""Whether a reply has its place where it goes: room, and a public that has not read too much yet."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator

from alerts.length import fits, length, limit
from alerts.linting.reading import LONGEST, Reading
from alerts.linting.rule import Spot
from alerts.snap.service import privately


def _countable(text: str) -> str:
    """Half a character, which no platform takes, counts as one."""
    return text.strip().encode("utf-8", "replace").decode()


def too_long(reading: Reading) -> Iterator[Spot]:
    private = not reading.occasion.public
    platform = reading.occasion.platform
    if len(reading.given) > LONGEST:
        yield Spot(
            0,
            len(reading.cased),
            f"Write less than {LONGEST:,} characters: what comes after is not read here.",
        )
    elif platform and not fits(platform, given := _countable(reading.given), private=private):
        most = limit(platform, private=private)
        over = length(platform, given) - most
        fitting = bisect_right(
            range(len(reading.given)), most, key=lambda n: length(platform, _countable(reading.given[:n]))
        )
        yield Spot(
            min(bisect_left(reading.places, fitting - 1), len(reading.cased) - 1),
            len(reading.cased),
            f"Take out {over} of {length(platform, given)} characters, as {platform} counts them.",
        )


def long_exchange(reading: Reading) -> Iterator[Spot]:
    if reading.occasion.public and reading.occasion.turn >= 2:
        yield Spot(0, 0, f"Answer in private, {privately(reading.service.contact)}.")
