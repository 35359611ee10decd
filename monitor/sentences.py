"""Pure: what a story is called and how it is summed up, in the customers' own words: sentences are picked, cleaned and cut,
never made."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from monitor.text import one_line

_LINK = re.compile(r"https?://\S+")
_ADDRESSED = re.compile(r"^(\s*[@#]\w+[\s,:]*)+")
_PASSED_ON = re.compile(r"^\s*[RM]T\s+@\w+\s*:?", re.IGNORECASE)
_END = re.compile(r"(?<=[.!?…。।؟])\s+")
_WORD = re.compile(r"[^\W\d_]{5,}")

SAYS_LITTLE = 60
"""Sentences are added to a title until it is as long as this: "UNBELIEVABLE." alone says nothing."""
TITLE = 110
SUMMARY = 220

SHORTEST, FEWEST_WORDS = 25, 4
"""Letters and words that a summary has at least; one or the other, as not every language writes spaces."""

OWN_WORDS = 0.5
"""How much the words that a sentence shares with other voices weigh beside the meaning of its whole post: chosen by eye on
bench/brand_day_texts.toml."""
REPEATS = 0.5
"""What is taken off for repeating the title."""


@dataclass(frozen=True, slots=True)
class Saying:
    """What one voice says: a post's text, and the vector of its meaning."""

    text: str
    vector: np.ndarray[tuple[int, ...], np.dtype[np.float32]]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of the post at that place of the list; empty when there is none."""

    text: str
    post: int


def title(text: str, longest: int = TITLE) -> str:
    """A post's first sentences, cut at a word.

    Links go, as do the handles that a post is addressed to; a handle within a sentence keeps its name.
    """
    first, *rest = _sentences(text) or [""]
    while rest and len(first) < SAYS_LITTLE:
        first = f"{first} {rest.pop(0)}"
    return _cut(first, longest) or "A post without words"


def told(posts: Sequence[Saying]) -> tuple[Sentence, Sentence]:
    """The title and the summary of a story: the most central post's beginning, and the most central sentence of another.

    A sentence is central when its post means what the other voices mean, and when it uses the words that they use. With one
    voice the summary is what follows the title in its post. `posts` has one post a voice, at least one.
    """
    centrality = _centrality(posts)
    common = Counter(word for post in posts for word in _words(post.text))
    shared = {word: math.log(count) for word, count in common.items() if count > 1}
    most = sum(sorted(shared.values())[-8:]) or 1.0

    def score(text: str, post: int) -> float:
        return centrality[post] + OWN_WORDS * min(
            sum(shared.get(word, 0.0) for word in _words(text)) / most, 1.0
        )

    titles = [title(post.text) for post in posts]
    # A title that was cut, or says next to nothing, only where there is no other.
    best = max(
        range(len(posts)),
        key=lambda i: (_says_enough(titles[i]) and not titles[i].endswith("…"), score(titles[i], i), -i),
    )
    head = Sentence(titles[best], best)
    if len(posts) == 1:
        return head, Sentence(_after(posts[0].text, head.text), 0)
    said = _words(head.text)
    others = [
        (score(text, i) - REPEATS * _overlap(said, _words(text)), Sentence(_cut(text, SUMMARY), i))
        for i, post in enumerate(posts)
        if i != best
        for text in _sentences(post.text)
        if _says_enough(text)
    ]
    return head, max(others, key=lambda each: each[0], default=(0.0, Sentence("", best)))[1]


def _centrality(posts: Sequence[Saying]) -> list[float]:
    """The cosine of each post with the middle of them all; 0 where lengths differ or there is no meaning."""
    length = Counter(len(post.vector) for post in posts).most_common(1)[0][0]
    rows = np.stack(
        [post.vector if len(post.vector) == length else np.zeros(length, np.float32) for post in posts]
    )
    rows = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    middle = rows.mean(0)
    return list(map(float, rows @ middle / max(float(np.linalg.norm(middle)), 1e-9)))


def _sentences(text: str) -> list[str]:
    plain = _ADDRESSED.sub("", _PASSED_ON.sub("", _LINK.sub(" ", text)))
    lines = [one_line(line, len(line) + 1) for line in plain.replace("@", "").replace("#", "").splitlines()]
    return [sentence for line in lines for sentence in _END.split(line) if sentence]


def _after(text: str, title: str) -> str:
    whole = " ".join(_sentences(text))
    rest = whole.removeprefix(title)
    return _cut(_END.split(rest.strip())[0], SUMMARY) if rest != whole else ""


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1].rsplit(" ", 1)[0] + "…"


def _says_enough(text: str) -> bool:
    return len(text) >= SHORTEST and (len(text.split()) >= FEWEST_WORDS or not text.isascii())


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.casefold()))


def _overlap(one: set[str], other: set[str]) -> float:
    return len(one & other) / max(len(one | other), 1)
