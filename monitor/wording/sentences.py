"""Pure: what a story is called and how it is summed up, in the customers' own words: sentences are picked, cleaned and cut,
never made."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from monitor.wording.text import one_line

_LINK = re.compile(r"https?://\S+")
_ADDRESSED = re.compile(r"^[\s.]*([@#](?!\d+\b)\w+[\s.,:;!&-]*)+")
_TAGS = re.compile(r"([@#](?!\d+\b)\w+[\s,;&|/]*){2,}|(^|(?<=[.!?…]))[^\S\n]*[@#]\w+[^\S\n]*$", re.MULTILINE)
"""Names and hashtags in a row, or alone at the end: whom and what else a post was meant to reach."""
_PASSED_ON = re.compile(r"^\s*[RM]T\s+@\w+\s*:?", re.IGNORECASE)
_END = re.compile(r"(?<=[.!?…।؟])(?<!\b\w\.)\s+|(?<=[。！？])")
"""Not after a single letter: "at 4 a.m. the driver"."""
_CLAUSE = re.compile(r"[,;:]\s|\s[-–—]\s")
_WORD = re.compile(r"[^\W\d_]{5,}")

WORDLESS = "A post without words"

SAYS_LITTLE = 60
"""Sentences that fit are added to a title until it is as long as this: "UNBELIEVABLE." alone says nothing."""
SAYS_TOO_LITTLE = 40
"""A title that is shorter goes on into a sentence that must be cut."""
TITLE = 120
SUMMARY = 220

STARTS = 8
"""A title begins with one of so many sentences of a post, the first ones."""
LATER = 0.03
"""What is taken off for each sentence before it: posts mostly begin with what they are about. Chosen by eye, too."""

CLAUSE_FROM = 0.6
"""What is too long ends with a clause where one ends beyond this share of the length allowed."""

SHORTEST, FEWEST_WORDS = 16, 4
"""Letters and words that a summary has at least; one or the other, as not every language writes spaces."""

OWN_WORDS = 0.5
"""How much the words that a sentence shares with other voices weigh beside the meaning of its whole post: chosen by eye on
bench/brand_day_texts.toml."""
REPEATS = 0.5
"""What is taken off for repeating the title."""
SAME = 0.8
"""A sentence of whose words so many are the title's says nothing new, and sums nothing up."""


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


def title(text: str) -> str:
    """A post's first sentences, cut at a word.

    Links go, as do the handles that a post is addressed to; a handle within a sentence keeps its name.
    """
    return next(_tellings(text))[0]


def named(posts: Sequence[Saying], after: int | None = None) -> Sentence:
    """The title of a story: the beginning of one of its most central posts, or where that post comes to what the others
    tell, too. `posts` has one post a voice, at least one; with `after` the title is taken from the post at that place.

    A post is central when it means what the other voices mean, and when it uses the words that they use.
    """
    if len(posts) == 1:
        return Sentence(title(posts[0].text), 0)
    score = _central(posts)
    titles = [
        (score(said, i) - LATER * place, Sentence(said, i))
        for i, post in enumerate(posts)
        if after in (None, i)
        for place, (said, _) in enumerate(_tellings(post.text))
    ]

    # A title that was cut, or says next to nothing, only where there is no other.
    def worth(each: tuple[float, Sentence]) -> tuple[bool, float]:
        return _says_enough(each[1].text) and not each[1].text.endswith("…"), each[0]

    return max(titles, key=worth)[1]


def summed_up(posts: Sequence[Saying], title_: str) -> Sentence:
    """One sentence that says more than the title does: the most central one of another post, else what follows the title in
    its own; empty where that is nothing."""
    score = _central(posts)
    said = _words(title_)
    others = [
        (score(text, i) - REPEATS * _overlap(said, _words(text)), Sentence(_cut(text, SUMMARY), i))
        for i, post in enumerate(posts)
        if _after(post.text, title_) is None
        for text in _sentences(post.text)
        if _says_enough(text) and not _repeats(text, title_)
    ]
    own = ((0.0, Sentence(text, i)) for i, post in enumerate(posts) if (text := _after(post.text, title_)))
    return max(others or own, key=lambda each: each[0], default=(0.0, Sentence("", 0)))[1]


def _central(posts: Sequence[Saying]) -> Callable[[str, int], float]:
    """How central a sentence of the post at that place is among all of them."""
    centrality = _centrality(posts)
    common = Counter(word for post in posts for word in _words(post.text))
    shared = {word: math.log(count) for word, count in common.items() if count > 1}
    most = sum(sorted(shared.values())[-8:]) or 1.0

    def score(text: str, post: int) -> float:
        return centrality[post] + OWN_WORDS * min(
            sum(shared.get(word, 0.0) for word in _words(text)) / most, 1.0
        )

    return score


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
    plain = _TAGS.sub(" ", _ADDRESSED.sub("", _PASSED_ON.sub("", _LINK.sub(" ", text))))
    lines = [one_line(line, len(line) + 1) for line in plain.replace("@", "").replace("#", "").splitlines()]
    return [
        sentence
        for line in lines
        for each in _END.split(line)
        if (sentence := each.strip()) and any(map(str.isalnum, sentence))
    ]


def _tellings(text: str) -> Iterator[tuple[str, list[str]]]:
    """A post's title as it begins with its first sentence, its second and so on, each with the sentences that follow it."""
    said = _sentences(text) or [WORDLESS]
    for start in range(min(len(said), STARTS)):
        yield _beginning(said[start:])


def _beginning(sentences: Sequence[str]) -> tuple[str, list[str]]:
    """A title, and the sentences that follow it; of one that was cut, first how it goes on."""
    said, *rest = sentences
    while rest and len(said) < SAYS_LITTLE:
        longer = f"{said} {rest[0]}"
        if len(longer) > TITLE and len(said) >= SAYS_TOO_LITTLE:
            break
        said = longer
        del rest[0]
    short = _cut(said, TITLE)
    return short, rest if short == said else ["…" + said[len(short) - 1 :].lstrip(" ,;:-–—"), *rest]


def _after(text: str, title_: str) -> str | None:
    """What follows the title in its post: a sentence, or more until it says enough, or nothing. None where the title is not
    of that post."""
    following = next((rest for begun, rest in _tellings(text) if begun == title_), None)
    if following is None:
        return None
    said = ""
    for each in following:
        said = f"{said} {each}".lstrip()
        if _says_enough(said) and not _repeats(said, title_):
            return _cut(said, SUMMARY)
        if len(said) > SUMMARY:  # what comes after would not be shown
            break
    return ""


def _cut(text: str, longest: int) -> str:
    if len(text) <= longest:
        return text
    kept = text[: longest - 1].rsplit(" ", 1)[0]
    ends = [found.start() for found in _CLAUSE.finditer(kept) if found.start() >= CLAUSE_FROM * longest]
    return kept[: ends[-1] if ends else None].rstrip(" ,;:-–—") + "…"


def _repeats(text: str, title_: str) -> bool:
    words = set(text.casefold().split())
    return text in title_ or len(words & set(title_.casefold().split())) >= SAME * len(words)


def _says_enough(text: str) -> bool:
    text = text.strip("…")
    return len(text) >= SHORTEST and (len(text.split()) >= FEWEST_WORDS or not text.isascii())


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.casefold()))


def _overlap(one: set[str], other: set[str]) -> float:
    return len(one & other) / max(len(one | other), 1)
