"""`snapwatch purge`: mentions, or all that an author wrote, are erased, and kept out."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime
from typing import TextIO

from monitor.config import Config
from monitor.errors import InputError
from monitor.model import MentionKey
from monitor.opening import open_store
from monitor.store import Store, Tables, Wrote, spelled
from monitor.wording.text import one_line

ERASED_AT_A_TIME = 500
NAME_LONGEST = 100
NAMED_SHOWN = 20
PLURALS = {"title or summary of a story": "titles or summaries of stories"}


def purge(config: Config, mention: str | None, before: datetime | None) -> int:
    """Erase by one condition; how many mentions it was."""
    key = MentionKey(*_pair(mention, "--mention")) if mention else None
    with open_store(config) as store:
        return _until_none(
            store, lambda tables: tables.mentions.purge(before=before, key=key, limit=ERASED_AT_A_TIME)
        )


def _until_none(store: Store, work: Callable[[Tables], int]) -> int:
    """Repeat it, each time in a transaction of its own, so that others can write between; the sum of what it says."""
    done = 0
    while some := store.write(work):
        done += some
    return done


def purge_author(
    config: Config, author: str, out: TextIO, sure: Callable[[], object], *, keep_out: bool
) -> None:
    """Tell what is stored of an author, in numbers, ask whether it shall go, and erase it; with `keep_out`, nothing that
    the author writes is stored from then on."""
    source, who = _author(author)
    with open_store(config) as store:
        wrote = store.read.authors.find(source, who)
        for each in wrote:
            out.write(_in_words(source, each))
        if not wrote:
            out.write(f"nothing is stored of {one_line(author, NAME_LONGEST)}\n")
        if not wrote and not keep_out:
            return
        sure()
        if keep_out:
            # First: the daemon may store another one meanwhile.
            store.write(lambda tables: tables.authors.keep_out(source, who, [each.author for each in wrote]))
        erased = _until_none(
            store, lambda tables: tables.mentions.purge(author=(source, who), limit=ERASED_AT_A_TIME)
        )
        out.write(f"erased {erased:,} mention{'' if erased == 1 else 's'}\n")
        if keep_out:
            out.write("kept out: nothing that comes of this author is stored any more\n")
        named = [key for each in wrote for key in each.named]
        if named:
            shown = ", ".join(":".join(key) for key in named[:NAMED_SHOWN]) + (
                ", …" * (len(named) > NAMED_SHOWN)
            )
            one = len(named) == 1
            out.write(
                f"{len(named):,} mention{'' if one else 's'} of others name{'s' * one} this author, and stay{'s' * one}: "
                f"{one_line(shown, 1000)}; erase one with --mention SOURCE:ID\n"
            )


def found(tables: Tables, author: str) -> list[Wrote]:
    """What is stored of an author; that it is nothing is said on standard error."""
    wrote = tables.authors.find(*_author(author))
    if not wrote:
        print(f"nothing is stored of {one_line(author, NAME_LONGEST)}", file=sys.stderr)
    return wrote


def _in_words(source: str, wrote: Wrote) -> str:
    counts = {
        "mention": len(wrote.mentions),
        "reading": wrote.readings,
        "label": wrote.labels,
        "title or summary of a story": wrote.quoted,
    }
    told = ", ".join(
        f"{count:,} {what if count == 1 else PLURALS.get(what, what + 's')}"
        for what, count in counts.items()
        if count
    )
    name = one_line(f"{wrote.author.handle} (id {wrote.author.id or 'none'})", NAME_LONGEST)
    return f"{name} on {one_line(source, NAME_LONGEST)}: {told}\n"


def let_in(config: Config, author: str) -> bool:
    """Whoever was kept out by that name is stored again; False when nobody was."""
    with open_store(config) as store:
        return store.write(lambda tables: tables.authors.let_in(*_author(author))) > 0


def _author(author: str) -> tuple[str, str]:
    source, who = _pair(author, "--author")
    if not spelled(who):
        raise InputError(f"--author wants an id or a handle after {source}:")
    return source, who


def _pair(value: str, option: str) -> tuple[str, str]:
    source, colon, rest = value.partition(":")
    if not (source and colon and rest):
        raise InputError(f"{option} wants SOURCE:ID, such as x:12345, not {value!r}")
    return source, rest
