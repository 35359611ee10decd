"""How a text is prepared before a model reads it: the same in training and in the daemon."""

from __future__ import annotations

import html
import re

LONGEST = 4000
"""Characters that are looked at; of a longer text its beginning and its end."""

_LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_USER = re.compile(r"(?<![\w@./])(?:@\w+(?:@[\w.-]+)?|/?u/[\w-]{3,})")
_COPIED = re.compile(r"(?:\s*+[RM]T\s++@[\w.-]++(?:@[\w.-]++)?(?![^\s:])\s*+:?+)++\s*+", re.IGNORECASE)
_SPACE = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")


def prepare(text: str) -> str:
    """The text with names of users as "@user" and links as "http", in one line, at most `LONGEST` characters long.

    Never fails: half of a surrogate pair, which no encoder takes, becomes U+FFFD.
    """
    if len(text) > LONGEST:
        text = f"{text[: LONGEST * 3 // 4]} … {text[-LONGEST // 4 + 3 :]}"
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    text = html.unescape(text)
    text = _LINK.sub("http", text)
    text = _USER.sub("@user", text)
    return _SPACE.sub(" ", text).strip()[:LONGEST]


def original(text: str) -> str:
    """What was passed on: the text without "RT @user:" in front of it."""
    copied = _COPIED.match(text)
    return text[copied.end() :] if copied else text


def same(text: str) -> str:
    """Equal for copies of one post (passed on, quoted without a comment, pasted with another link or name)."""
    return prepare(original(text))


def shorten(pieces: list[int], longest: int) -> list[int]:
    """At most `longest` pieces: the first three quarters of them from the beginning, the rest from the end."""
    if len(pieces) <= longest:
        return pieces
    tail = longest // 4
    return pieces[: longest - tail] + pieces[-tail:]
