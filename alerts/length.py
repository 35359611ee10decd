"""Pure: how long a reply is as the platform counts it, and how long it may be."""

from __future__ import annotations

_LIMITS = {"x": 280, "bluesky": 300, "reddit": 10_000}
_DEFAULT_LIMIT = 500


def limit(platform: str) -> int:
    """The most that one reply may measure there; 500 (Mastodon's default) for a platform that is not known."""
    return _LIMITS.get(platform, _DEFAULT_LIMIT)


def length(platform: str, text: str) -> int:
    """The length of `text` as the platform counts it.

    X: weighted characters (https://docs.x.com/fundamentals/counting-characters), an address counts 23, an emoji 2.
    Bluesky: graphemes. Elsewhere: Unicode code points.
    """
    if platform == "x":
        from twitter_text import parse_tweet

        return int(parse_tweet(text).weightedLength)
    if platform == "bluesky":
        import regex

        return len(regex.findall(r"\X", text))
    return len(text)


def fits(platform: str, text: str) -> bool:
    return length(platform, text) <= limit(platform)
