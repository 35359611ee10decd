"""Pure: what people call the platforms that sources are named after."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from monitor.wording.text import one_line

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


_HANDLES: Mapping[str, tuple[re.Pattern[str], str]] = {
    "x": (re.compile(r"@?(\w{1,15})", re.ASCII), "@"),
    "reddit": (re.compile(r"(?:/?u/)?([A-Za-z0-9-](?:[A-Za-z0-9-]|_(?!_|$)){2,19})"), "u/"),
    "bluesky": (re.compile(r"@?((?!handle\.invalid$)[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8})"), "@"),
    "mastodon": (re.compile(r"@?(\w{1,64}(?:[.-]\w{1,64}){0,8}(?:@\w[\w.-]{1,100}\w)?)", re.ASCII), "@"),
    "youtube": (re.compile(r"@?([\w.-]{3,30})", re.ASCII), "@"),
}
"""What a handle looks like there, and what stands before it. Underscores that Reddit could read as Markdown are refused, as
is Bluesky's word for a handle that leads nowhere."""

_NOBODY = {"none", "null", "undefined"}


def handle(author: str, platform: str) -> str:
    """An author's handle as a reply on the platform writes it: "@ann", "u/ann"; empty when it is none ("[deleted]"), and
    where replies name nobody, such as below reviews."""
    pattern, before = _HANDLES.get(platform, (None, ""))
    found = pattern.fullmatch(author.strip()) if pattern else None
    return before + found[1] if found and found[1].lower() not in _NOBODY else ""
