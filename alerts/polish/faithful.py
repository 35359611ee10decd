"""Pure: whether a part of a draft that was worded anew says the same as before.

What can't be proven is refused: the template is always good enough. A rewording may use other words for feelings and
courtesy; it may bring no number, time, name, address, cause, cost or commitment that was not there, lose nothing that was
sealed, and deny nothing that was said.
"""

from __future__ import annotations

import re
from collections import Counter

from alerts.polish.sealed import TOKEN
from alerts.snap.flaws import flaw
from monitor.model import Classification
from monitor.wording.text import clean

LEAST, MOST = 0.4, 1.8
"""Words of a part in relation to those that it had."""
SHORT = 4
"""So many words more or fewer are fine however short the part was."""

ALIKE = 0.65
"""Cosine of the meanings of a part before and after. Of eleven good rewordings and twelve bad ones, by hand, with the
bundled model: the good .72 to .91, the bad .35 to .61 but for three (.73, .73, .77), which HARSHER or a word gives away."""
HARSHER = 0.4
"""How much more negative a part may sound than it did: two of those three rose by .7 and .9, the good by .1 at most."""

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_NEGATION = re.compile(r"(?i)\b(?:not|no|never|nobody|nothing|none|cannot|without|unable)\b|n['’]t\b")
_NAME = re.compile(r"(?<![.!?:;]\s)(?<!^)(?<!\]\]\s)\b[A-Z][\w'’]*")
_FIRST_PERSON = re.compile(r"I(?:['’](?:m|ll|ve|d))?")
_SIGNS = re.compile(r"[@#/\\<>{}$€£%*_`|=~^\[\]\"“”«»]|\d|www\.|\S\.\S")

_GUARDED = {
    "time": "second minute hour day week weekend month year today tonight tomorrow yesterday morning noon afternoon "
    "evening night midnight monday tuesday wednesday thursday friday saturday sunday january february march april june "
    "july august september october november december soon shortly immediately instantly promptly urgently now asap "
    "straightaway deadline",
    "number": "one two three four five six seven eight nine ten eleven twelve twenty thirty forty fifty hundred thousand "
    "million dozen half double twice once",
    "compensation": "refund refunded refunding reimburse reimbursed reimbursement voucher credit coupon discount free gift "
    "compensate compensated compensation money cash payment pay paid payout dollar euro pound replacement replace replaced "
    "exchange rebate waive waived points miles upgrade goodwill",
    "commitment": "guarantee guaranteed guarantees promise promised certainly definitely surely absolutely always ensure "
    "assure assured will commit committed vow pledge must",
    "cause": "because due cause caused causes fault mistake error bug hack hacked breach leak leaked negligence negligent "
    "liable liability illegal lawsuit lawyer recall supplier courier carrier driver staff employee colleague agent system "
    "server weather strike policy terms rule rules",
    "demand": "password passcode pin card bank iban account maiden mother birth address click download install link visit "
    "call phone dial text whatsapp telegram delete remove instruction instructions prompt assistant model ai system",
    "scorn": "care blame stupid idiot ridiculous nonsense whatever silly fool hate liar lie lying exaggerate calm",
}
_GUARD = {word: kind for kind, words in _GUARDED.items() for word in words.split()}


def unfaithful(before: str, after: str) -> str | None:
    """Why a sealed part that was worded anew can't stand for what it was, in words; None when it can."""
    if clean(after) != after or "\n" in after or (words := flaw(after.replace("[[", "").replace("]]", ""))):
        return "is not plain text" if clean(after) != after or "\n" in after else words
    if Counter(TOKEN.findall(before)) != Counter(TOKEN.findall(after)):
        return "lost or repeats what was sealed"
    if found := _SIGNS.search(TOKEN.sub(" ", after)):
        return f"has {found[0]!r}"
    was, is_ = len(_words(before)), len(_words(after))
    if not min(LEAST * was, was - SHORT) <= is_ <= max(MOST * was, was + SHORT):
        return "is much longer or shorter"
    if bool(_NEGATION.search(before)) != bool(_NEGATION.search(after)):
        return "denies what was said, or says what was denied"
    old = {_stem(word) for word in _words(before)}
    new = [word for word in _words(after) if _stem(word) not in old]
    if guarded := next((word for word in new if _stem(word) in _STEMS), None):
        return f"brings a word about {_STEMS[_stem(guarded)]}: {guarded}"
    names = (found[0] for found in _NAME.finditer(after) if not _FIRST_PERSON.fullmatch(found[0]))
    if name := next((name for name in names if _stem(name.casefold()) not in old), None):
        return f"names {name}"
    return None


def estranged(before: Classification, after: Classification) -> str | None:
    """The same for what a model makes of the two, which sees an insult in words that no list holds."""
    cosine = sum(one * other for one, other in zip(before.embedding, after.embedding, strict=False))
    if before.embedding and after.embedding and cosine < ALIKE:
        return "says something else"
    if after.sentiment.negative > before.sentiment.negative + HARSHER:
        return "sounds harsher"
    return None


def _words(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(TOKEN.sub(" ", text))]


def _stem(word: str) -> str:
    """Without what English adds to a word: enough to know it again."""
    word = re.sub(r"['’](?:s|m|ll|ve|d|re)$", "", word)
    return re.sub(r"(?<=\w{3})(?:s|ed|ing|ly)$", "", word)


_STEMS = {_stem(word): kind for word, kind in _GUARD.items()}
