"""Which post of an alert's story a reply answers, and the words that are proposed for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import structlog

from monitor import rules
from monitor.errors import InputError
from monitor.model import MentionKey, Severity
from monitor.notice import TopPost
from monitor.ports import Drafter
from monitor.reply import Case, Draft, Drafts, Finding, Occasion
from monitor.replying.desk import ReplyDesk
from monitor.store import Alert, Tables

POSTS = 5
MANY = 5
"""From so many posts on, a story's page shows one statement for all beside the draft for its first post."""

LABELS = {"short": "Short", "long": "Longer", "private": "Private message", "holding": "For the whole story"}

log = structlog.get_logger()

T = TypeVar("T")


@dataclass(frozen=True)
class Answering:
    """What answering customers needs beside the store.

    `lint` reads a reply critically; what it looks for is `explained`, from a rule's name to a sentence. `room` counts a
    text as its platform does, and says how much fits there. `measure_of`: what a source's spread is. From the severity
    `four_eyes` on two people have to approve.
    """

    desk: ReplyDesk
    drafter: Drafter
    lint: Callable[[str, Occasion], Sequence[Finding]]
    explained: dict[str, str]
    room: Callable[[str, Occasion], tuple[int, int]]
    measure_of: Callable[[str], tuple[str, int]]
    rules: rules.Settings
    four_eyes: Severity | None = None


@dataclass(frozen=True, slots=True)
class Variant:
    """Words to begin with; `name` is one of LABELS."""

    name: str
    draft: Draft

    @property
    def label(self) -> str:
        return LABELS[self.name]


@dataclass(frozen=True, slots=True)
class Subject:
    """The post that is answered, and what is proposed. `case` is None when the post is gone, which can't be answered."""

    post: TopPost
    case: Case | None = None
    drafts: Drafts | None = None
    variants: tuple[Variant, ...] = ()

    @property
    def key(self) -> MentionKey:
        return self.post.mention.key

    def variant(self, name: str) -> Draft:
        """The draft of that name, else the first one, else one without words: a page on which a person can write themselves
        beats none."""
        drafts = {each.name: each.draft for each in self.variants}
        return drafts.get(name) or next(iter(drafts.values()), Draft("", "", "", "", "", ""))


def top(tables: Tables, story_id: int, answering: Answering) -> list[TopPost]:
    """The story's posts to which a reply is worth most."""
    return tables.stories.top(story_id, POSTS, no_praise_by=answering.rules)


def chosen(
    tables: Tables, story_id: int, alert: Alert | None, name: str, posts: Sequence[TopPost]
) -> TopPost:
    """The post that a form or an address names ("x 123"); else the first one or, where none is left, the one that was
    answered last. InputError when it is none of the story's, or there is none."""
    answered = [each.mention for each in reversed(tables.replies.of_alert(alert.id))] if alert else []
    if name:
        source, _, id_ = name.partition(" ")
        key = MentionKey(source, id_)
    elif posts or answered:
        key = posts[0].mention.key if posts else answered[0]
    else:
        raise InputError("No post of this story is left: the platforms show none of them any more.")
    found = next((each for each in posts if each.mention.key == key), None)
    if found is not None:
        return found
    mention = tables.mentions.get(key)
    if mention is None or (tables.stories.of(key) != story_id and key not in answered):
        raise InputError("This post is none of this story's: choose one on its page.")
    return TopPost(mention, None, None, tables.mentions.classification(key))


def subject(
    tables: Tables, alert: Alert | None, post: TopPost, answering: Answering, person: str, now: datetime
) -> Subject:
    """The post with its drafts, as they are worded for that person at that time."""
    key = post.mention.key
    if not tables.mentions.is_live(key):
        return Subject(post)
    case = answering.desk.case(key, alert.id if alert else None, now)
    drafts = _tried(lambda: answering.drafter.drafts(case, person, now), key)
    variants = [Variant(each.form, each) for each in drafts.variants] if drafts else []
    holding = _tried(lambda: answering.drafter.holding(case, person, now), key) if case.posts > 1 else None
    if holding:
        variants.append(Variant("holding", holding))
    return Subject(post, case, drafts, tuple(variants))


def proposed(
    answering: Answering, case: Case, person: str, now: datetime
) -> tuple[Drafts | None, Draft | None]:
    """What a story's page proposes: drafts for its first post and, where many tell it, one statement for all of them."""
    key = case.mention.key
    drafts = _tried(lambda: answering.drafter.drafts(case, person, now), key)
    if case.posts < MANY:
        return drafts, None
    return drafts, _tried(lambda: answering.drafter.holding(case, person, now), key)


def _tried(make: Callable[[], T | None], key: MentionKey) -> T | None:
    try:
        return make()
    except Exception:
        log.exception("no draft", source=key.source, id=key.id)
        return None
