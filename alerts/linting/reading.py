"""A reply as the rules read it: plain characters with a way back to the given text, cut into sentences."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from alerts.snap.service import Service
from monitor.reply import Occasion

LONGEST = 20_000
"""Characters of a text that are read; no platform takes a reply as long as that."""

LONGEST_SENTENCE = 1_000
"""Rules may look twice at each word of a sentence; what is longer is read in pieces."""

_SAME = str.maketrans(
    {"’": "'", "‘": "'", "ʼ": "'", "`": "'", "“": '"', "”": '"', "–": "-", "—": "-", "‑": "-"}
)
_MARKS = ("Mn", "Me", "Cf", "Cs")
"""Categories of characters that are not seen by themselves: between letters they would hide a word."""

_END = re.compile(
    r"(?<![.!?…])(?<!\be\.g)(?<!\bi\.e)(?<!\bMr)(?<!\bMrs)(?<!\bMs)(?<!\bDr)(?<!\bNo)"
    r"(?:[.!?…]++[\"')\]]{0,3}(?=\s|$)(?<![ap]\.m\.)|(?<=[ap]\.m)\.(?=\s{1,3}[A-Z][a-z'])|"
    r"(?<=[ap]\.m)\.$)|\n+"
)


class Sentence(NamedTuple):
    """Where it stands, and its words in small letters."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Reading:
    """`cased` is the given text without invisible characters and with plain quotes and dashes; `plain` the same in small
    letters, character for character. `places` has where in the given text each of its characters stands."""

    given: str
    cased: str
    places: Sequence[int]
    occasion: Occasion
    service: Service
    brand: str
    chances: Sequence[Mapping[str, float]] = ()
    """Of each of the first sentences, how likely it means what; empty where no classifier tells."""

    @cached_property
    def plain(self) -> str:
        return "".join(low if len(low := char.lower()) == 1 else char for char in self.cased)

    @cached_property
    def sentences(self) -> tuple[Sentence, ...]:
        return tuple(_sentences(self.cased, self.plain))

    @cached_property
    def first_contact(self) -> bool:
        return self.occasion.turn == 0

    def span(self, start: int, end: int) -> tuple[int, int]:
        """From places in `plain` to places in the given text."""
        if end <= start:
            return 0, 0
        return self.places[start], self.places[end - 1] + 1


def read(text: str, occasion: Occasion, service: Service, brand: str) -> Reading:
    kept = [
        (at, char)
        for at, char in enumerate(text[:LONGEST].translate(_SAME))
        if unicodedata.category(char) not in _MARKS
    ]
    cased = "".join(_seen(char) for _, char in kept)
    return Reading(text, cased, [at for at, _ in kept], occasion, service, brand)


def _seen(char: str) -> str:
    """Letters of full width and the like as what they look like, every space and line break as one of two."""
    if char in "\r\u2028\u2029\x0b\x0c\x85":
        return "\n"
    if char.isascii():
        return " " if char < " " and char != "\n" else char
    same = unicodedata.normalize("NFKC", char)
    return same if len(same) == 1 else char


def _sentences(cased: str, plain: str) -> Iterator[Sentence]:
    start = 0
    for found in _END.finditer(cased):
        yield from _trimmed(plain, start, found.end())
        start = found.end()
    yield from _trimmed(plain, start, len(plain))


def _trimmed(plain: str, start: int, end: int) -> Iterator[Sentence]:
    text = plain[start:end]
    start += len(text) - len(text.lstrip())
    words = text.strip()
    for at in range(0, len(words), LONGEST_SENTENCE):
        piece = words[at : at + LONGEST_SENTENCE]
        yield Sentence(start + at, start + at + len(piece), piece)
