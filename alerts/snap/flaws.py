"""Pure: what shows that a template was not filled in."""

from __future__ import annotations

import re

_FLAWS = (
    (re.compile(r"^\s*$"), "is empty"),
    (re.compile(r"\{[{%#]|[}%#]\}"), "holds a piece of a template"),
    (re.compile(r"\[[^\]]*\]|<[^>]*>"), "holds a slot to fill in"),
    (re.compile(r"\b(None(?! of)|undefined|null|TODO|TBD|XXX)\b"), "holds a placeholder"),
    (re.compile(r"\s\s|^\s|\s$|[^\S ]|\s[,.;:!?]|^[,.;:!?]|[\x00-\x1f\x7f]"), "has a hole between its words"),
)


def flaw(text: str) -> str | None:
    """What shows that a slot was left empty in a text that a customer would read; None when nothing does."""
    return next((words for pattern, words in _FLAWS if pattern.search(text)), None)
