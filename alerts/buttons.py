"""Pure: what a key or a button of a page says, in the words in which it could be written as an answer."""

from __future__ import annotations

import re
from typing import Literal

from monitor.errors import InputError

ALL = "aa"
"""The code of a message that tells several stories: everything at once."""

Wish = Literal["acknowledge", "snooze", "ask"]
LETTERS: dict[Wish, str] = {"acknowledge": "a", "snooze": "s", "ask": "?"}


def wishes(code: str) -> tuple[Wish, ...]:
    """What can be offered for a code; nothing where nothing is to be acknowledged."""
    if not code:
        return ()
    return ("acknowledge",) if code == ALL else ("acknowledge", "snooze")


def in_words(code: str, wish: Wish) -> str:
    """The wish as an answer: "12a". InputError for what is no code."""
    if not re.fullmatch(r"[A-Za-z0-9]{1,12}", code):
        raise InputError("the code is not one of a page")
    if code == ALL:
        return ALL if wish == "acknowledge" else LETTERS["ask"]
    return code + LETTERS[wish]
