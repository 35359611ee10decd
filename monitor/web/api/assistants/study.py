"""What an assistant's tools are given: eyes, and one pen. Nothing here approves, posts, acknowledges, labels or changes
anything else, and the store is seen through connections that can't write."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Protocol
from zoneinfo import ZoneInfo

from monitor.config import Config
from monitor.errors import InputError
from monitor.model import MentionKey
from monitor.ports import Clock
from monitor.reply import Form
from monitor.replying.proposing import Proposing
from monitor.store import ReplyRow, Store, Tables
from monitor.web.api.drafting import Drafted, checked, drafted
from monitor.web.api.shapes import Checked
from monitor.web.proposals import Answering


class Pen(Protocol):
    def __call__(self, key: MentionKey, form: Form, text: str) -> ReplyRow:
        """Propose a reply: a draft, which people read, edit and approve. InputError."""
        ...


@dataclass(frozen=True)
class Study:
    """`tables` reads what is committed. `pen` is None for who acts in nobody's name. `who` is what logs call them."""

    who: str
    zone: ZoneInfo
    config: Config
    now: Callable[[], datetime]
    tables: Callable[[], Tables]
    drafts: Callable[[MentionKey], Drafted]
    lint: Callable[[str, MentionKey | None, Form], Checked]
    pen: Pen | None


def study_of(
    store: Store,
    config: Config,
    clock: Clock,
    answering: Answering,
    who: str,
    person: str | None,
    zone: ZoneInfo,
) -> Study:
    """For an assistant of that person; None: one that only reads."""
    signs = person or config.people[0].name
    occasion = answering.desk.occasion

    def tables() -> Tables:
        return store.read

    def drafts(key: MentionKey) -> Drafted:
        return drafted(store.read, answering, key, signs, clock.now())

    def lint(text: str, key: MentionKey | None, form: Form) -> Checked:
        return checked(answering, text, occasion(key or MentionKey("", ""), form, signs, clock.now()))

    proposing = Proposing(store, config, answering.lint, occasion)

    def write(name: str, key: MentionKey, form: Form, text: str) -> ReplyRow:
        if not store.read.mentions.is_live(key):
            raise InputError("there is no such post, or its platform has removed it")
        return proposing.propose(key, form, text, drafts(key).variants, name, who, clock.now())

    pen = partial(write, person) if person else None
    return Study(who, zone, config, clock.now, tables, drafts, lint, pen)
