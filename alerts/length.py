"""Pure: how long a reply is as the platform counts it, and how long it may be."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

_LIMITS = {
    "x": 280, "bluesky": 300, "mastodon": 500, "reddit": 10_000, "youtube": 10_000, "googleplay": 350, "appstore": 5_970,
}  # fmt: skip
_PRIVATE_LIMITS = {"x": 10_000, "bluesky": 1_000, "mastodon": 500, "reddit": 10_000}
_LETTER = 10_000
_DEFAULT_LIMIT = 500
_BYTES = {"bluesky": 3_000}
_LINK = 23
_REMOTE = re.compile(r"(?<![=/\w])(@[a-z0-9_]+(?:[.-]+[a-z0-9_]+)*)@\w+(?:[.-]+\w+)*", re.IGNORECASE)


def limit(platform: str, *, private: bool = False) -> int:
    """The most that one reply may measure there; 500 for a platform that is not known.

    X: 280 weighted characters without a paid account. Mastodon: 500, which a server may raise. Google Play and the App
    Store: what their consoles take. Private messages have more room on X, Bluesky and Reddit, and go by mail where the
    platform has none.
    """
    if private:
        return _PRIVATE_LIMITS.get(platform, _LETTER)
    return _LIMITS.get(platform, _DEFAULT_LIMIT)


def length(platform: str, text: str) -> int:
    """The length of `text` as the platform counts it.

    X: weighted characters (https://docs.x.com/fundamentals/counting-characters), an address counts 23, an emoji 2.
    Bluesky: graphemes (app.bsky.feed.post). Mastodon: graphemes, an address with http counts 23, of a mention of somebody
    on another server ("@ann@social.example") only "@ann" (StatusLengthValidator). Elsewhere: Unicode code points.
    """
    return _COUNTS.get(platform, len)(text)


def fits(platform: str, text: str, *, private: bool = False) -> bool:
    """Whether the platform takes it as one reply. Bluesky also holds it to 3,000 bytes."""
    most = None if private else _BYTES.get(platform)
    if most and len(text.encode("utf-8", "surrogatepass")) > most:
        return False
    return length(platform, text) <= limit(platform, private=private)


def _weighted(text: str) -> int:
    from twitter_text import extract_urls_with_indices, parse_tweet

    if not text.isascii():
        return int(parse_tweet(text).weightedLength)
    # The same for ASCII, where only addresses don't weigh what they have characters, in a tenth of the time.
    spans = [found["indices"] for found in extract_urls_with_indices(text)]
    return len(text) + sum(_LINK - int(end - start) for start, end in spans)


def _graphemes(text: str) -> int:
    import regex

    if text.isascii() and "\r" not in text:
        return len(text)
    return len(regex.findall(r"\X", text))


def _mastodon(text: str) -> int:
    from twitter_text import extract_urls_with_indices

    pieces, last = [], 0
    for found in extract_urls_with_indices(text, False) if "://" in text else ():
        start, end = found["indices"]
        pieces += [_REMOTE.sub(r"\1", text[last:start]), "x" * _LINK]
        last = end
    return _graphemes("".join([*pieces, _REMOTE.sub(r"\1", text[last:])]))


_COUNTS: Mapping[str, Callable[[str], int]] = {"x": _weighted, "bluesky": _graphemes, "mastodon": _mastodon}
