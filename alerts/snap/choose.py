"""Pure: which playbook answers a post, by its category, its words, its severity and its language."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from alerts.snap.playbooks import GENERAL, PRAISE, Playbook
from monitor.reply import Case

CATEGORY = 2.0
"""What the classifier's category counts, where each word found counts 1 and each phrase as much as it has words."""

GLAD = 0.5
"""The probability of a positive sentiment from which a post that is no complaint is answered with thanks."""

NAMES_AND_LINKS = re.compile(r"(?<!\w)@[\w.@-]+|https?://\S+|www\.\S+", re.IGNORECASE)
"""What says nothing of the situation: "@refund_me" asks for no refund."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for a playbook: that its category is the post's, and which of its words are said, as they stand in it."""

    category: bool = False
    words: tuple[str, ...] = ()

    @property
    def strength(self) -> float:
        return CATEGORY * self.category + sum(len(each.split()) for each in self.words)


def choose(books: Sequence[Playbook], case: Case) -> tuple[Playbook, ...]:
    """The playbooks that may answer, the best first; always ends with the general one, which answers anything.

    Those in the language of the post come first, where there are any, then the English ones. Within a language the one
    with the most evidence leads: those of harm (`first`) before all others when one of their words is said, then narrower
    situations, then by `Evidence.strength`, then the one for this severity alone before the one for all, then in the
    given order.
    """
    said = _said(case)
    found = case.found
    language = case.mention.language or (found.language if found else None) or "en"
    ranked: list[Playbook] = []
    for spoken in dict.fromkeys((_primary(language), "en")):
        ours = [
            (book, evidence)
            for book in books
            if book.language == spoken
            and (evidence := _evidence(book, case, said))
            and book.name != GENERAL
            and (not book.severities or case.severity in book.severities)
        ]
        ours.sort(key=lambda pair: _rank(*pair))
        ranked += [book for book, _ in ours]
        ranked += [book for book in books if book.name == GENERAL and book.language == spoken]
    return tuple(ranked)


def evidence(book: Playbook, case: Case) -> Evidence | None:
    """What speaks for a playbook in this case; None when nothing does, or when it is for other posts alone."""
    return _evidence(book, case, _said(case))


def _rank(book: Playbook, found: Evidence) -> tuple[bool, bool, float, bool]:
    narrower = bool(book.categories and book.words)
    return not (book.first and found.words), not narrower, -found.strength, not book.severities


def _evidence(book: Playbook, case: Case, said: str) -> Evidence | None:
    """A playbook that names `categories` keeps to them; with `words` as well it is a narrower situation, and needs both.
    One that names none is for the category of its name, and for whatever post says one of its words."""
    category = PRAISE if _glad(case) else case.category
    own = category in book.answers
    words = tuple(dict.fromkeys(_found(book.words, said)))
    if book.categories and category is not None and not own:
        return None
    if book.categories and book.words and not words:
        return None
    return Evidence(own, words) if own or words else None


def _glad(case: Case) -> bool:
    found = case.found
    return found is not None and found.sentiment.positive >= GLAD and found.complaint < GLAD


def _said(case: Case) -> str:
    text = NAMES_AND_LINKS.sub(" ", case.mention.text).casefold().replace("’", "'")
    return " ".join(text.split())


def _primary(language: str) -> str:
    """What is said in "pt-BR" is answered in "pt"."""
    return re.split("[-_]", language.casefold(), maxsplit=1)[0]


def _found(words: tuple[str, ...], said: str) -> Iterator[str]:
    if words:
        yield from (match[0] for match in _pattern(words).finditer(said))


@lru_cache(maxsize=512)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    """Any of the words and phrases, the longest first; "delay*" is every word that starts so."""
    either = "|".join(map(_one, sorted(words, key=len, reverse=True)))
    return re.compile(rf"(?<!\w)(?:{either})(?!\w)")


def _one(words: str) -> str:
    return " ".join(re.escape(each).replace(r"\*", r"\w*") for each in words.casefold().split())
