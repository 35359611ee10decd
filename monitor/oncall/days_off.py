"""Pure: the public holidays of a country or a part of it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from datetime import date
from functools import lru_cache

from monitor.errors import InputError


@lru_cache(maxsize=256)
def public_holidays(code: str, year: int) -> frozenset[date]:
    """The public holidays of that year, of a country ("DE") or a part of it ("GB-ENG"), by ISO 3166-2.

    InputError when the library `holidays` knows no such country or part.
    """
    import holidays

    country, _, part = code.partition("-")
    try:
        return frozenset(holidays.country_holidays(country, subdiv=part or None, years=[year]))
    except NotImplementedError:
        countries = holidays.list_supported_countries()
        if country in countries:
            guess, known = part, list(countries[country])
        else:
            guess, known = code, [*countries]
        close = difflib.get_close_matches(guess, known, n=1)
        named = f"{country}-{close[0]}" if close and country in countries else next(iter(close), "GB-ENG")
        raise InputError(
            f"the holidays of {code!r} are not known; write a country or a part of it such as {named!r}, or dates "
            "such as '2026-12-24'"
        ) from None


def is_off(day: date, holidays: Iterable[str]) -> bool:
    """Whether the day is one of those that a layer rests on: codes of countries, or single dates."""
    return any(
        day in public_holidays(each, day.year) if each[0].isalpha() else day == date.fromisoformat(each)
        for each in holidays
    )
