"""Words that a brand never says, or says otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from alerts.linting.reading import Reading
from alerts.linting.rule import Look, Spot


def banned(words: Sequence[str]) -> Look:
    """A rule for words that the brand never says."""
    pattern = _own(words)

    def look(reading: Reading) -> Iterator[Spot]:
        for found in pattern.finditer(reading.plain) if pattern else ():
            yield Spot(found.start(), found.end(), "Say it in other words.")

    return look


def preferred(words: Mapping[str, str]) -> Look:
    """A rule for words in whose place the brand says others."""
    patterns = [(_own([word]), instead) for word, instead in words.items()]

    def look(reading: Reading) -> Iterator[Spot]:
        for pattern, instead in patterns:
            for found in pattern.finditer(reading.plain) if pattern else ():
                yield Spot(found.start(), found.end(), f"Write “{instead}”.")

    return look


def _own(words: Sequence[str]) -> re.Pattern[str] | None:
    """The words, also with an ending of the plural, of a verb or of a genitive."""
    if not words:
        return None
    each = "|".join(r"\s{1,3}".join(map(_inflected, word.lower().split())) for word in words if word.strip())
    return re.compile(rf"(?<!\w)(?:{each})(?!\w)")


def _inflected(word: str) -> str:
    end = r"(?:'s|s'|s|es|d|ed|ing)?" if word[-1:].isalpha() else ""
    if len(word) > 3 and word.endswith("y"):
        return rf"(?:{re.escape(word)}{end}|{re.escape(word[:-1])}ie[sd])"
    if len(word) > 3 and word.endswith("e"):
        return rf"(?:{re.escape(word)}{end}|{re.escape(word[:-1])}ing)"
    return re.escape(word) + end
