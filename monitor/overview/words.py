"""Pure: what a person types into the search box, as the full-text index takes it. Nothing that is typed is an error.

Each word has to occur, in any spelling (capitals, accents), a part in "quotes" as it stands there, -word or -"a part" must
not; the last word may be the beginning of one while it is being typed. Scripts that put no spaces between words are looked
for as they stand, anywhere in a text.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

LONGEST = 300
"""Characters that are looked for."""
MOST = 32
"""Words."""
BEGINNING = 2
"""Letters from which a last word may be the beginning of one."""

_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»〝〞＂", '"'))
_ITEM = re.compile(r'(-*)(?:"([^"]*)("?)|([^\s"]+))')
_NO_SPACES = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\uff66-\uff9f\U00020000-\U0003ffff]"
)
"""Thai, Lao, Burmese, Khmer, Japanese, Chinese."""


@dataclass(frozen=True, slots=True)
class Words:
    """`match`: what has to occur and `but` what must not, as FTS5 expressions, or empty; `holds` and `lacks` the same of
    what is looked for as it stands; `notes` what was left out, in words."""

    match: str = ""
    but: str = ""
    holds: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def words_of(typed: str) -> Words:
    """What was typed, in that form."""
    text = "".join(" " if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") else char for char in typed)
    text = text.translate(_QUOTES)
    notes = []
    if len(text) > LONGEST:
        text = text[:LONGEST]
        notes.append(f"only the first {LONGEST} characters were looked for")
    found: dict[bool, list[str]] = {True: [], False: []}
    stands: dict[bool, list[str]] = {True: [], False: []}
    items = list(_ITEM.finditer(text))
    if len(items) > MOST:
        notes.append(f"only the first {MOST} words were looked for")
    for item in items[:MOST]:
        minus, part, end, word = item.groups()
        said = (word if part is None else part).strip()
        if _NO_SPACES.search(said):
            stands[not minus].append(said)
        elif any(unicodedata.category(char)[0] in "LN" for char in said):
            open_ = item.end() == len(text) and not minus and not end and len(said) >= BEGINNING
            found[not minus].append(f'"{said}"' + ("*" if open_ else ""))
        elif said:
            notes.append(f"{said[:20]} is no word: letters and digits are looked for")
    return Words(
        " AND ".join(found[True]),
        " OR ".join(found[False]),
        tuple(stands[True]),
        tuple(stands[False]),
        tuple(dict.fromkeys(notes)),
    )
