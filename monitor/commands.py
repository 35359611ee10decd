"""What the commands do, apart from the daemon; the shell around them is in `cli`."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, TextIO
from zoneinfo import ZoneInfo

from alerts.mail import standalone_html
from alerts.snap import Service, SnapDrafter, load_playbooks
from monitor.app import clock_of, open_store
from monitor.build import build_drafter, build_linter, polished
from monitor.config import Config
from monitor.digest import edition
from monitor.errors import InputError
from monitor.exchange import parse_line
from monitor.languages import Language
from monitor.learnt import build_taught
from monitor.model import Mention, MentionKey
from monitor.notice import Edition
from monitor.paging.notices import zone_of
from monitor.ports import Drafter
from monitor.reply import Case, Draft
from monitor.rota import roster
from monitor.store import Store, Tables, Wrote, peek, spelled
from monitor.text import one_line
from monitor.timetable import last_week, named_week

ERASED_AT_A_TIME = 500
NAME_LONGEST = 100
NAMED_SHOWN = 20
PLURALS = {"title or summary of a story": "titles or summaries of stories"}
NO_BRAND, NOBODY = "our company", "your service contact"
"""Who a draft speaks for where no configuration names the brand and the colleague on call."""


def draft(config: Config | None, lines: BinaryIO, out: TextIO, now: datetime) -> int:
    """The draft as one JSON object: the proposed variant, and all of them below `variants`. Without a configuration the
    shipped playbooks answer in a brand's neutral name."""
    mention = parse_line(lines.read().decode("utf-8", "replace"))
    if not isinstance(mention, Mention):
        raise InputError('a mention in the exchange format is expected: {"type": "mention", ...}')
    classifier = build_taught(config)
    drafter: Drafter = SnapDrafter(load_playbooks(), Service(), NO_BRAND)
    if config:
        drafter = polished(config, build_drafter(config), build_linter(config, classifier), classifier)
    (found,) = classifier.classify([mention.text])
    responder, zone = NOBODY, None
    if config:
        zone = zone_of(config, mention.source)
        with peek(config.store.path) as tables:
            responder = roster.first(config, tables, now)
    proposed = drafter.drafts(Case(mention, found, found.category, time_zone=zone), responder, now)
    result = {**_shown(proposed.first), "variants": [_shown(each) for each in proposed.variants]}
    out.write(json.dumps(result, ensure_ascii=False, indent=2) + "\n")
    return 0


def _shown(draft: Draft) -> dict[str, object]:
    return {
        "playbook": draft.playbook,
        "form": draft.form,
        "text": draft.text,
        "opening": draft.opening,
        "status": draft.status,
        "next_steps": draft.next_steps,
        "approximate_time": draft.approximate_time,
        "planned_outcome": draft.planned_outcome,
        "report_by": draft.report_by.isoformat().replace("+00:00", "Z") if draft.report_by else None,
        "asks": draft.asks,
        "facts": [fact._asdict() for fact in draft.facts],
        "polished": draft.polished,
    }


def digest(
    config: Config, out: Path, week: str | None, group: str, kind: Edition | None, language: Language | None
) -> None:
    """Write the digest of a week (ISO, such as 2026-W44; None: the last one that is over) as one HTML file: as the group
    reads it, but in the edition and the language asked for."""
    found = config.digest.group(group)
    if found is None:
        names = ", ".join(each.name for each in config.digest.groups) or "none"
        raise InputError(f"[digest] has no group {one_line(group, NAME_LONGEST)!r}; its groups are: {names}")
    changed = {"edition": kind, "language": language}
    readers = found.model_copy(update={key: value for key, value in changed.items() if value})
    zone = ZoneInfo(readers.time_zone)
    with open_store(config) as store:
        now = clock_of(config, store).now()
        start, end = named_week(week, zone) if week else last_week(now, zone)
        message = edition(config, build_drafter(config), store.read, readers, start, end, now)
    try:
        out.write_text(standalone_html(message), encoding="utf-8")
    except OSError as error:
        raise InputError(f"{out} can't be written: {error.strerror}") from None


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """The file, or standard input for "-". InputError when it can't be read."""
    if str(path) == "-":
        yield sys.stdin.buffer
        return
    try:
        file = path.open("rb")
    except OSError as error:
        raise InputError(f"{path} can't be read: {error.strerror}") from None
    with file:
        yield file


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
