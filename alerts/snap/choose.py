"""Pure: which playbook answers a post, by its words, its category, its severity and its language."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from alerts.snap.playbooks import GENERAL, Playbook
from monitor.reply import Case

SURE = 0.5
"""The probability of a category from which it alone chooses a playbook: below it the general one is the better guess."""

STORYS = 1.0
"""The same for a playbook that goes first: what a model takes for harm in a single post seldom is, so it needs one of its
words, or a whole story of its category."""

CATEGORY = 1.3
"""What a sure category counts, where a word counts 1: one word may be said in passing ("a bag of crisps"), two seldom
are. Counting less finds a little more of the airline reasons (bench/snap_playbooks.py), and errs more elsewhere."""

ASKED = 1_000.0
"""How sure a category is that somebody names without a model: it decides, whatever the words say."""

READ = 4_000
"""Characters of a post that are read."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for a playbook: the words of the post that are among its own, and how sure it is that the post is of its
    category: 0 to 1, or ASKED."""

    words: frozenset[str] = frozenset()
    category: float = 0.0

    @property
    def strength(self) -> float:
        return len(self.words) + CATEGORY * self.category


def choose(books: Sequence[Playbook], case: Case) -> tuple[Playbook, ...]:
    """The playbooks that may answer, the best first; always ends with a general one, which answers anything.

    Those in the language of the post come first, where there are any, then the English ones. Within a language: playbooks
    that go `first` when one of their words is said, then by `Evidence.strength`, then the one for this severity alone
    before the one for all, then the one that the category is named after, then in the given order.
    """
    if case.category == GENERAL:
        books = [book for book in books if book.name == GENERAL]
    sentences = _sentences(case.mention.text)
    ranked: list[Playbook] = []
    for language in dict.fromkeys((language_of(case), "en")):
        ours = [book for book in books if book.language == language]
        found = [(book, _evidence(book, case, sentences)) for book in ours if book.name != GENERAL]
        said = [(book, evidence) for book, evidence in found if evidence]
        ranked += [book for book, _ in sorted(said, key=lambda pair: _rank(pair[0], pair[1], case.category))]
        ranked += [book for book in ours if book.name == GENERAL]
    return tuple(ranked)


def evidence(book: Playbook, case: Case) -> Evidence | None:
    """What speaks for a playbook in this case; None when nothing does, or when it is for other severities alone."""
    return _evidence(book, case, _sentences(case.mention.text))


def language_of(case: Case) -> str:
    """The language that is answered: the post's, as the platform or else the model says; English where neither does."""
    language = case.mention.language or (case.found.language if case.found else None) or "en"
    return primary(language)


def primary(language: str) -> str:
    """What is said in "pt-BR" is answered in "pt"."""
    return re.split("[-_]", language.casefold(), maxsplit=1)[0]


def _rank(book: Playbook, found: Evidence, category: str | None) -> tuple[bool, float, bool, bool]:
    own = book.name == category
    return not (book.first and found.words), -round(found.strength, 6), not book.severities, not own


def _evidence(book: Playbook, case: Case, sentences: Sequence[str]) -> Evidence | None:
    if book.severities and case.severity not in book.severities:
        return None
    words = frozenset(_found(book.words, sentences))
    category, sure = _category(case)
    shares = category in book.answers and (category == book.name or not book.words or bool(words))
    enough = STORYS if book.first else SURE
    if not words and not (shares and sure >= enough):
        return None
    return Evidence(words, sure if shares else 0.0)


def _category(case: Case) -> tuple[str | None, float]:
    """The post's category, and how sure it is. Its story's, where the model has none for the post, is sure."""
    found = case.found
    if found is None:
        return case.category, ASKED
    if found.category == case.category and found.category_score is not None:
        return case.category, found.category_score
    return case.category, STORYS


_NAMES_AND_LINKS = re.compile(r"(?<!\w)@[\w.@-]+|https?://\S+|www\.\S+", re.IGNORECASE)
"""What says nothing of the situation: "@refund_me" asks for no refund."""
_ENDS = re.compile(r"[.!?…]+(?:\s|$)|\n")


def _sentences(text: str) -> list[str]:
    plain = _NAMES_AND_LINKS.sub(" ", text[:READ]).replace("’", "'").casefold()
    return [" ".join(each.split()) for each in _ENDS.split(plain) if each.strip()]


def _found(words: tuple[str, ...], sentences: Sequence[str]) -> Iterator[str]:
    """The words of a post that are among these words and phrases; each counts once, however many phrases it is in."""
    for parts in map(_pattern, words):
        for sentence in sentences:
            matches = [part.search(sentence) for part in parts]
            if all(matches):
                yield from (word for match in matches if match for word in match[0].split())


@lru_cache(maxsize=8192)
def _pattern(words: str) -> tuple[re.Pattern[str], ...]:
    """ "late + train*": both in one sentence, in whatever order; "train*" is every word that starts so."""
    return tuple(
        re.compile(r"(?<!\w)" + re.escape(" ".join(part.split())).replace(r"\*", r"\w*") + r"(?!\w)")
        for part in words.casefold().split("+")
    )
