"""Makes text from outside safe to show to a person: what a post says must never look like something that we say."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Container, Iterable
from urllib.parse import urlsplit

_JOINERS = "\u200c\u200d"  # Persian and Indic words, and composed emoji, fall apart without them
_WEB_LINK = re.compile(r"""(?i:https?)://[^\x00-\x20\x7f-\U0010ffff"'<>\\`]+""")
_MARKS = 4  # more combining marks on one letter than any language uses: "zalgo" that covers its neighbours


def clean(text: str) -> str:
    """The text without what can change how its surroundings are read; line feeds stay.

    Bidirectional overrides, other invisible characters and lone surrogates are removed, control characters and
    exotic line breaks become spaces, stacks of combining marks are cut.
    """
    text = text.replace("\r\n", "\n")
    # A long text has few different characters: these are looked at, not each place. Invisible ones go before marks are
    # counted: one between them would part a stack, and be gone afterwards.
    shown = unicodedata.normalize("NFC", text.translate({ord(char): _shown(char) for char in set(text)}))
    marks = {char for char in set(shown) if unicodedata.category(char) in ("Mn", "Me")}
    return _without_stacks(shown, marks) if marks else shown


def _shown(char: str) -> str | None:
    """What stands for a character in a text that is shown; None: nothing."""
    if char == "\n" or char in _JOINERS:
        return char
    category = unicodedata.category(char)
    if category in ("Cf", "Cs"):
        return None
    return " " if category in ("Cc", "Zl", "Zp", "Zs") else char


def _without_stacks(text: str, marks: Container[str]) -> str:
    kept: list[str] = []
    stacked = 0
    for char in text:
        stacked = stacked + 1 if char in marks else 0
        if stacked <= _MARKS:
            kept.append(char)
    return "".join(kept)


def one_line(text: str, limit: int) -> str:
    """`clean` on one line of at most `limit` characters; what is cut off is shown as an ellipsis."""
    line = re.sub(r"\s+", " ", clean(text)).strip()
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def quoted(title: str) -> str:
    """A story's title as sentences name it. What is kept of it is found by this again when the title has to go."""
    return f"“{one_line(title, 80)}”"


def web_link(url: str | None) -> str | None:
    """The address if a person may be offered a click on it: http or https, a host, nothing but visible ASCII."""
    if url is None or not _WEB_LINK.fullmatch(url):
        return None
    try:
        return url if urlsplit(url).hostname else None
    except ValueError:
        return None


def suggestion(word: str, known: Iterable[str]) -> str:
    """What may have been meant by a name that there is not: the nearest one, or all that there are."""
    known = sorted(known)
    guess = difflib.get_close_matches(word, known, n=1)
    return f"did you mean {guess[0]!r}?" if guess else f"known here: {', '.join(map(plain, known)) or 'none'}"


def plain(key: str) -> str:
    """A name as it is written in a configuration."""
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else repr(key)
