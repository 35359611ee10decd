"""Which words moved the decision: each is left out in turn, and what that changes is its effect (Li, Monroe and Jurafsky
2016, "Understanding neural networks through representation erasure"). Pure over whatever reads texts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import regex
from rich.text import Text

from monitor.model import Classification
from monitor.wording.text import clean, one_line

MOST_PARTS = 60
"""Of a text with more words, neighbours are left out together: each part costs one reading by the model."""
SHOWN = 10
TOLD = 3
"""How many effects a person is told in figures."""

_PART = regex.compile(
    r"""https?://\S+
    | [\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]\p{M}*  # no spaces between words
    | [@\#]? \w [\w--[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]]* (?: ['’.-] \w+ )*
    | (?!\s) (\X) \1*  # a sign or an emoji, repeated for emphasis""",
    regex.VERBOSE | regex.VERSION1,
)


@dataclass(frozen=True, slots=True)
class Effect:
    """What a word, text[start:end] counted in characters, adds to the probability that the text is a complaint: the
    probability minus the one without the word. Below zero it speaks against."""

    start: int
    end: int
    word: str
    effect: float


class Explanation(NamedTuple):
    """The words with the largest effects, at most SHOWN, largest first whatever their sign; of how many words the effect is
    not known, and of how many it was asked."""

    effects: list[Effect]
    unknown: int
    words: int


Read = Callable[[Sequence[str]], Sequence[Classification | None]]
"""What is said of each text; None for one that can't be read."""


def explain(read: Read, text: str) -> Explanation:
    """Which words speak for and against a complaint. A word may also be a sign, an emoji, or, in a text of more than
    MOST_PARTS words, several neighbours. What `read` raises comes through."""
    spans = list(_parts(text))
    whole, *without = read([text, *(text[:start] + text[end:] for start, end in spans)])
    found = [
        Effect(start, end, text[start:end], whole.complaint - rest.complaint)
        for (start, end), rest in zip(spans, without, strict=True)
        if whole is not None and rest is not None
    ]
    largest = sorted(found, key=lambda each: -abs(each.effect))[:SHOWN]
    return Explanation(largest, len(spans) - len(found), len(spans))


def _parts(text: str) -> Iterator[tuple[int, int]]:
    words = [match.span() for match in _PART.finditer(text)]
    together = -(-len(words) // MOST_PARTS)
    for first in range(0, len(words), max(together, 1)):
        last = min(first + together, len(words)) - 1
        yield words[first][0], words[last][1]


def coloured(name: str, text: str, complaint: float, effects: Sequence[Effect]) -> Text:
    """For a terminal: the probability, the text with red words that speak for a complaint and green ones that speak
    against, and the largest effects in figures. Control characters and markup in the text do nothing."""
    line = Text(f"{complaint:.2f}  ").append(f"{one_line(name, 40)}  ", "dim")
    largest = max((abs(each.effect) for each in effects), default=0.0)
    done = 0
    for each in sorted(effects, key=lambda each: each.start):
        share = abs(each.effect) / largest if largest else 0.0
        colour = "red" if each.effect > 0 else "green"
        style = f"bold {colour}" if share > 0.5 else colour if share > 0.1 else ""
        line.append(_shown(text[done : each.start])).append(_shown(each.word), style)
        done = each.end
    line.append(_shown(text[done:]))
    told = [f"{one_line(each.word, 30)} {each.effect:+.2f}" for each in effects[:TOLD]]
    return line.append(f"\n      {' · '.join(told)}", "dim") if told else line


def _shown(text: str) -> str:
    return clean(text).replace("\n", " ")
