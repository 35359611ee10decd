"""Pure: from what people call the brand to the words that a platform is asked for.

Each source writes the terms in its platform's own language and packs them into as few queries as the platform's length
limit allows. What a platform can't express, such as a namesake's words, the core filters afterwards (`Brand.relevant`).
"""

from __future__ import annotations

from collections.abc import Sequence

from monitor.errors import InputError


def packed(terms: Sequence[str], joiner: str, limit: int, around: int = 0) -> list[str]:
    """The terms, each once and in their order, joined into as few strings of at most `limit` - `around` characters as
    that order allows. InputError when one alone is longer."""
    room = limit - around
    found: list[str] = []
    for term in dict.fromkeys(terms):
        if len(term) > room:
            raise InputError(f"{term!r} is longer than the {room} characters that the platform takes")
        if found and len(found[-1]) + len(joiner) + len(term) <= room:
            found[-1] += joiner + term
        else:
            found.append(term)
    return found


def quoted(phrase: str) -> str:
    """The phrase in quotation marks, without any of its own: most platforms find it word for word then."""
    return '"' + " ".join(phrase.replace('"', " ").replace("\\", " ").split()) + '"'
