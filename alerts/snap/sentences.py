"""Pure: how a post is read for facts: sentence by sentence, without what no fact may hold."""

from __future__ import annotations

import re

GAP = "\0"
"""In place of what no fact may hold or reach across."""


def sentences(text: str) -> list[str]:
    return re.split(rf"(?<=[.!?;])\s|{GAP}|…|\.\.+", text)


def first(pattern: re.Pattern[str], text: str) -> str:
    """What the first group that found something holds; empty where nothing is found."""
    found = pattern.search(text)
    return next((words for words in found.groups() if words), "") if found else ""
