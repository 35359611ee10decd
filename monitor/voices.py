"""Pure: who says something of their own, and what looks arranged.

A voice is one person who says something of their own about a story. Near-copies of one text are one voice, and so is a
post with everything that quotes or answers it.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

SHINGLE = 5
"""Characters that are compared at a time: languages that write no spaces are compared alike."""

COPY = 0.6
"""Share of common shingles (Jaccard) from which two texts are copies of one. Copies with another greeting, a comma less or
emoji more have .7 to 1; posts that two people wrote about the same thing have below .3."""

LEAST_COPY = 40
"""Letters that a text must have to be taken for a copy: "my parcel is lost again" occurs to many."""

COMPARED = 2000
"""Characters of a text that are compared, its first ones: longer than almost any post, and an article costs no more."""

ARRANGED_COPIES = 5
"""Accounts that give one text as their own within RECENT, from which a story looks arranged."""
ARRANGED_ACCOUNTS = 8
"""Accounts that write of their own accord within an hour, and of which most have next to no followers, likewise."""
MOST = 0.75
FEW_FOLLOWERS = 10
RECENT = timedelta(hours=24)
AT_ONCE = timedelta(hours=1)

_NOT_SAID = re.compile(r"https?://\S+|www\.\S+|[@#]\w+|/?\bu/[\w-]{3,}")
_PASSED_ON = re.compile(r"\s*[RM]T\s+@\w", re.IGNORECASE)
_LETTERS = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Told:
    """A post of a story, as far as it matters who told it. `voice` is the same for all posts of one voice; `pasted` when it
    gives another account's text as its own; `echo` when it quotes or answers."""

    voice: str
    author: str
    followers: int | None
    at: datetime
    pasted: bool
    echo: bool


def plain(text: str) -> str:
    """What is compared: letters and digits in lower case, without links, names of users and hashtags."""
    said = _NOT_SAID.sub(" ", unicodedata.normalize("NFKC", text).casefold())
    return " ".join(_LETTERS.findall(said))


def shingles(text: str) -> frozenset[str]:
    """Of a text that may be a copy of another; empty where it is too short to tell."""
    text = text[:COMPARED]
    said = plain(_PASSED_ON.sub(" ", text, count=1) if passed_on(text) else text)[:COMPARED]
    if len(said) < LEAST_COPY:
        return frozenset()
    return frozenset(said[start : start + SHINGLE] for start in range(len(said) - SHINGLE + 1))


def passed_on(text: str) -> bool:
    """Whether a post says that it repeats another ("RT @ann: …")."""
    return _PASSED_ON.match(text) is not None


def copied(text: str, others: Iterable[tuple[str, str]]) -> str | None:
    """The voice of which a text is a near-copy, the nearest of (voice, text) pairs; None when it is none's."""
    own = shingles(text)
    best, found = COPY, None
    for voice, other in others:
        theirs = shingles(other)
        if own and theirs and (share := len(own & theirs) / len(own | theirs)) >= best:
            best, found = share, voice
    return found


def arranged(posts: Sequence[Told], now: datetime) -> str:
    """Why a story's posts look arranged, in words with numbers; empty when they don't.

    It is a hint for the reader and holds nothing back: angry customers share texts too.
    """
    return _in_words(sign(posts, now) for sign in SIGNS)


def arranged_at_worst(posts: Sequence[Told]) -> str:
    """The same of the moment at which it was plainest, to the minute: how a story looks in hindsight."""
    told = sorted((post for post in posts if not post.echo), key=lambda post: post.at)
    ends = {post.at.replace(second=0, microsecond=0): place for place, post in enumerate(told)}.values()
    looks = [(told[_first(told, told[end].at - RECENT) : end + 1], told[end].at) for end in ends]
    return _in_words(max((sign(*look) for look in looks), default=NOTHING) for sign in SIGNS)


def _first(posts: Sequence[Told], after: datetime) -> int:
    return bisect_right(posts, after, key=lambda post: post.at)


class Sign(NamedTuple):
    """That so many accounts look arranged, and how; NOTHING when they don't."""

    accounts: int
    words: str


NOTHING = Sign(0, "")


def _in_words(signs: Iterable[Sign]) -> str:
    found = " and ".join(sign.words for sign in signs if sign.words)
    return f"may be arranged: {found}" if found else ""


def _same_text(posts: Sequence[Told], now: datetime) -> Sign:
    accounts: dict[str, dict[str, int | None]] = {}
    recent = _since(posts, now, RECENT)
    for post in recent:
        accounts.setdefault(post.voice, {})[post.author] = post.followers
    pasted = {post.voice for post in recent if post.pasted}
    most = max((accounts[voice] for voice in pasted), key=len, default={})
    if len(most) < ARRANGED_COPIES:
        return NOTHING
    few = _few(most.values())
    small = f", {few:,} of them with fewer than {FEW_FOLLOWERS} followers" if few else ""
    return Sign(len(most), f"{len(most):,} accounts posted the same text{small}")


def _small_accounts(posts: Sequence[Told], now: datetime) -> Sign:
    followers = {post.author: post.followers for post in _since(posts, now, AT_ONCE)}
    known = [count for count in followers.values() if count is not None]
    few = _few(known)
    if len(known) < ARRANGED_ACCOUNTS or few < MOST * len(known):
        return NOTHING
    return Sign(
        few,
        f"{few:,} of {len(known):,} accounts that wrote within an hour have fewer than {FEW_FOLLOWERS} followers",
    )


SIGNS = (_same_text, _small_accounts)


def _since(posts: Sequence[Told], now: datetime, span: timedelta) -> list[Told]:
    return [post for post in posts if now - span < post.at <= now and not post.echo]


def _few(followers: Iterable[int | None]) -> int:
    return sum(count is not None and count < FEW_FOLLOWERS for count in followers)
