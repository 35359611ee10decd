"""Pure: a customer's handle as the platform writes it in a reply."""

from __future__ import annotations

import re
from collections.abc import Mapping

from alerts.snap.flaws import flaw

_HANDLES: Mapping[str, tuple[re.Pattern[str], str]] = {
    "x": (re.compile(r"@?(\w{1,15})", re.ASCII), "@"),
    "reddit": (re.compile(r"(?:/?u/)?([A-Za-z0-9-](?:[A-Za-z0-9-]|_(?!_|$)){2,19})", re.ASCII), "u/"),
    "bluesky": (
        re.compile(r"@?((?!handle\.invalid$)[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,8})", re.I | re.A),
        "@",
    ),
    "mastodon": (re.compile(r"@?(\w{1,64}(?:[.-]\w{1,64}){0,8}(?:@\w[\w.-]{1,100}\w)?)", re.ASCII), "@"),
    "youtube": (re.compile(r"@?([\w.-]{3,30})", re.ASCII), "@"),
}
"""What a handle looks like there, and what stands before it. Underscores that Reddit could read as Markdown are refused."""


def handle(written: str, platform: str) -> str:
    """ "@ann", "u/ann"; empty when it is none ("[deleted]") or the platform knows none, such as one for reviews.

    Display names are never used: a guessed first name can be wrong, or somebody's joke.
    """
    pattern, before = _HANDLES.get(platform, (None, ""))
    found = pattern.fullmatch(written.strip()) if pattern else None
    if found is None:
        return ""
    return "" if flaw(before + found[1]) else before + found[1]
