"""Pure: what people call the platforms that sources are named after."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from monitor.text import one_line

NAMES: Mapping[str, str] = {
    "appstore": "App Store",
    "googleplay": "Google Play",
    "hackernews": "Hacker News",
    "linkedin": "LinkedIn",
    "rss": "RSS",
    "tiktok": "TikTok",
    "youtube": "YouTube",
}
"""Where a capital in front is not enough."""


def source_name(name: str) -> str:
    """A source as people write its platform: "X", "YouTube", "Reddit-de"."""
    line = one_line(name, 30)
    first = re.match(r"[A-Za-z]*", line)
    word = first[0] if first else ""
    return NAMES.get(word.lower(), line[:1].upper() + word[1:]) + line[len(word) or 1 :]


def listed(names: Sequence[str]) -> str:
    """Sources as a sentence names them: "X, Reddit and Bluesky"."""
    shown = [source_name(name) for name in names]
    return " and ".join(filter(None, [", ".join(shown[:-1]), *shown[-1:]]))


_HANDLE = re.compile(r"(?:@|/?u/)?(\w[\w.-]{0,99}(?:@[\w.-]{1,100})?)")


def handle(author: str, platform: str) -> str:
    """An author's handle as the platform writes it: "@ann", "u/ann"; empty when it is none ("[deleted]")."""
    found = _HANDLE.fullmatch(author.strip())
    if found is None:
        return ""
    return f"u/{found[1]}" if platform == "reddit" else f"@{found[1]}"
