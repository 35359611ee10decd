"""Pure: what X is asked for, in the words of its search operators."""

from __future__ import annotations

import re

from monitor.intake.brand import Brand
from monitor.intake.queries import packed, quoted

EXCLUDED = 1 / 3
"""The share of a query's length that excluded words may take; posts of a namesake with one of the rest are paid for, and
left out afterwards."""


def own(query: str, lang: str | None) -> str:
    """A query that a person wrote, without reposts, and in one language if that is asked for."""
    missing = "" if re.search(r"-is:retweet\b", query) else " -is:retweet"
    ending = missing + (f" lang:{lang}" if lang else "")
    return f"({query.strip()}){ending}" if ending else query


def compiled(brand: Brand, limit: int, lang: str | None) -> list[str]:
    """Everything by which people call the brand, as few queries as `limit` characters each allow. InputError when one
    name alone is longer.

    A text with an excluded word still counts if it has a handle, so that handles stand beside what is excluded:
    (("Kestrel" OR #kestrel) -"falcon") OR (@kestrel).
    """
    ending = " -is:retweet" + (f" lang:{lang}" if lang else "")
    around = len("()") + len(ending)
    without = ""
    for word in brand.exclude:
        if len(without) + len(quoted(word)) + 2 <= limit * EXCLUDED:
            without += f" -{quoted(word)}"
    names = [each for phrase in brand.phrases for each in _spellings(quoted(phrase))]
    tags = [f"#{tag.lstrip('#＃')}" for tag in brand.hashtags if re.fullmatch(r"[#＃]*\w+", tag)]
    handles = [
        f"@{handle.lstrip('@')}" for handle in brand.handles if re.fullmatch(r"@?[A-Za-z0-9_]{1,15}", handle)
    ]
    called = packed([*names, *tags], " OR ", limit, around + len("(())") + len(without))
    named = packed(handles, " OR ", limit, around + len("()"))
    groups = [f"(({each}){without})" if without else f"({each})" for each in called]
    groups += [f"({each})" for each in named]
    return [f"({each}){ending}" for each in packed(groups, " OR ", limit, around)]


def _spellings(phrase: str) -> list[str]:
    """As it is, and in one word: "Kestrel Parcels" is also written "KestrelParcels"."""
    return [phrase, "".join(phrase.split())]
