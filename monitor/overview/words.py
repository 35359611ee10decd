"""Pure: what a person types into the search box, as the full-text index takes it. Nothing that is typed is an error.

Each word has to occur, whatever its capitals and accents, a part in "quotes" as it stands there, -word or -"a part" must
not; word* is the beginning of a word, and so is a last word that is none itself: it is still being typed. Scripts that put
no spaces between words are looked for as they stand, anywhere in a text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

LONGEST = 300
"""Characters that are looked for."""
WHOLE = 600
"""Characters up to which a text is shown whole."""
MOST = 32
"""Words."""
BEGINNING = 2
"""Letters that are looked for as the beginning of a word."""

_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»〝〞＂", '"'))
_ITEM = re.compile(r'(-*)(?:"([^"]*)"?|([^\s"]+))')
_NO_SPACES = re.compile(
    "([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\uff66-\uff9f\U00020000-\U0003ffff]+)"
)
"""Thai, Lao, Burmese, Khmer, Japanese, Chinese."""

_LETTERS = re.compile(r"[^\W_]+")


class _Folding(dict[int, str]):
    """For `str.translate`: each character without accents and in lower case, one for one."""

    def __missing__(self, key: int) -> str:
        plain = unicodedata.normalize("NFD", chr(key))[0].lower()
        self[key] = plain[0]
        return self[key]


_FOLDED = _Folding()


@dataclass(frozen=True, slots=True)
class Words:
    """`match`: what has to occur and `but` what must not, as FTS5 expressions, or empty; `holds` and `lacks` the same of
    what is looked for as it stands; `marks`: what in a text has been found by them, `pieces` knows; `notes` what was left
    out, in words."""

    match: str = ""
    but: str = ""
    holds: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    marks: re.Pattern[str] | None = None
    notes: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything is looked for."""
        return bool(self.match or self.but or self.holds or self.lacks)


def words_of(typed: str, known: Callable[[str], bool]) -> Words:
    """What was typed, in that form. `known`: whether anything fits an FTS5 expression."""
    text = "".join(" " if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") else char for char in typed)
    text = text.translate(_QUOTES)
    notes = []
    if len(text) > LONGEST:
        text = text[:LONGEST]
        notes.append(f"only the first {LONGEST} characters were looked for")
    match: dict[bool, list[str]] = {True: [], False: []}
    holds: dict[bool, list[str]] = {True: [], False: []}
    marks = []
    items = list(_ITEM.finditer(text))
    if len(items) > MOST:
        notes.append(f"only the first {MOST} words were looked for")
    for item in items[:MOST]:
        minus, part, word = item.groups()
        said = word if part is None else part
        if said.strip() and not _is_word(said):
            notes.append(f"{said.strip()[:20]} is no word: letters and digits are looked for")
        for number, each in enumerate(_NO_SPACES.split(said)):
            if number % 2:
                holds[not minus].append(each)
                marks += [] if minus else [re.escape(each.translate(_FOLDED))]
            elif _is_word(each):
                phrase = f'"{each}"'
                begins = each.endswith("*") and part is None
                if begins and len(_LETTERS.findall(each)[-1]) < BEGINNING:
                    notes.append(f"{each} is left out: a beginning takes {BEGINNING} letters")
                    continue
                typing = part is None and item.end() == len(text) and not minus and len(each) >= BEGINNING
                begins = begins or (typing and not known(phrase))
                match[not minus].append(phrase + ("*" if begins else ""))
                marks += [] if minus else [_mark(each, begins=begins)]
    return Words(
        " AND ".join(match[True]),
        " OR ".join(match[False]),
        tuple(holds[True]),
        tuple(holds[False]),
        re.compile("|".join(marks)) if marks else None,
        tuple(dict.fromkeys(notes)),
    )


def _is_word(text: str) -> bool:
    """Whether the index has any word in it."""
    return any(unicodedata.category(char)[0] in "LN" for char in text)


def _mark(phrase: str, *, begins: bool) -> str:
    """How it occurs in a folded text."""
    letters = r"[\W_]+".join(_LETTERS.findall(phrase.translate(_FOLDED)))
    return rf"(?<![^\W_]){letters}" + (r"[^\W_]*" if begins else r"(?![^\W_])")


def pieces(text: str, words: Words) -> list[str]:
    """The text, of a long one the part around what was found first, in turn without and with what was found."""
    folded = text.translate(_FOLDED)
    first = words.marks.search(folded) if words.marks and len(text) > WHOLE else None
    start = max(0, first.start() - WHOLE // 3) if first else 0
    end = min(len(text), start + WHOLE) if len(text) > WHOLE else len(text)
    parts, at = [], start
    for found in words.marks.finditer(folded, start, end) if words.marks else ():
        parts += [text[at : found.start()], text[found.start() : found.end()]]
        at = found.end()
    parts.append(text[at:end] + ("…" if end < len(text) else ""))
    return [("…" if start else "") + parts[0], *parts[1:]]
