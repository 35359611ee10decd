"""Which words moved the decision: each is left out in turn, and what that changes is its effect (Li, Monroe and Jurafsky
2016, "Understanding neural networks through representation erasure"). Pure over any Classifier.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import regex
from rich.text import Text

from monitor.ports import Classifier
from monitor.text import clean, one_line

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


def explain(classifier: Classifier, texts: Sequence[str]) -> list[list[Effect]]:
    """For each text the words with the largest effects, at most SHOWN, largest first whatever their sign.

    A word may also be a sign, an emoji, or, in a text of more than MOST_PARTS words, several neighbours.
    ClassifierError when the model can't be used.
    """
    return [_effects(classifier, text) for text in texts]


def _effects(classifier: Classifier, text: str) -> list[Effect]:
    spans = list(_parts(text))
    whole, *without = classifier.classify([text, *(text[:start] + text[end:] for start, end in spans)])
    found = [
        Effect(start, end, text[start:end], whole.complaint - rest.complaint)
        for (start, end), rest in zip(spans, without, strict=True)
    ]
    return sorted(found, key=lambda each: -abs(each.effect))[:SHOWN]


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
