"""Playbooks: what we answer in one situation, in the files of alerts/playbooks and in the configuration."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from typing import ClassVar

from pydantic import Field

from monitor.errors import ConfigError
from monitor.model import Severity
from monitor.settings import Settings

GENERAL = "general"
"""The playbook of every complaint that no other one is for, and of every draft that would have had a flaw."""

PRAISE = "praise"
"""The playbook of thanks. No model knows the category: whoever asks for a draft names it, or the post is glad."""

PARTS = ("opening", "status", "next_steps", "approximate_time", "planned_outcome", "extra")


class Reply(Settings):
    """One form of a reply, part by part, as Jinja2 templates. `extra` goes first when room is short."""

    opening: str = Field(min_length=1, description="thanks, acknowledges, says sorry")
    heated_opening: str = Field(
        "",
        description="the same for somebody who is angry: empathy first, and an explanation; absent: opening",
    )
    status: str = Field(
        min_length=1, description="what we know and where the case stands; names the colleague"
    )
    next_steps: str = Field(min_length=1, description="what we do, and who does it")
    approximate_time: str = Field(
        min_length=1, description="by when the customer hears from us: {{ report_by }}"
    )
    promised_time: str = Field(
        "",
        description="in its place where [service.sla] supports a promise: {{ promised_by }} is when it is kept",
    )
    planned_outcome: str = Field(min_length=1, description="what the customer has in the end")
    extra: str = Field("", description="an optional last sentence")


class Need(Settings):
    """A fact without which we can't help. What the post does not say is asked for: the first one that is missing."""

    fact: str = Field(min_length=1, description='what it is called: "order number"')
    given: tuple[str, ...] = Field(
        (), description="the facts of a post that are as good: product, place, date, wait, flight, order"
    )
    ask: str = Field(
        min_length=1, description='one clear sentence: "Please send me the order number {{ privately }}."'
    )


class Playbook(Settings):
    """What we answer in one situation. What is left out is taken from the shipped playbook of the same name."""

    gone: ClassVar[Mapping[str, str]] = {"full": "is called `long` now; rename it"}

    name: str = Field(
        pattern=r"^[a-z0-9][a-z0-9_-]*$",
        description="the situation; the name of a shipped playbook replaces that one, key by key",
    )
    language: str = Field("en", pattern="^[a-z]{2}$", description="of its texts; a post in it gets it first")
    categories: tuple[str, ...] = Field(
        (), description="the classifier's categories that it is for; absent: its name"
    )
    words: tuple[str, ...] = Field(
        (),
        description='words and phrases that speak for it, whatever the category; "delay*" is any word that starts so; '
        "with `categories` as well: it is for posts that say one of them alone",
    )
    first: bool = Field(
        False, description="goes before all others where one of its words is said, such as words of harm"
    )
    severities: tuple[Severity, ...] = Field((), description="it is for these severities alone; absent: all")
    needs: tuple[Need, ...] = Field((), description="facts without which we can't help, the first first")
    sla: str = Field("", description="the promise of [service.sla] that promised_time rests on")
    contact: str = Field("", description="where to go on privately in this situation; absent: [service]'s")
    may_offer: str = Field(
        "", description="internal: what may be offered without asking anyone; never published"
    )
    owner: str = Field("", description="internal: the team or colleague whose situation it is")
    escalate: str = Field("", description="internal: when to call in whom")
    long: Reply | None = Field(None, description="where there is room: Reddit, Mastodon")
    short: Reply | None = Field(None, description="the same in 280 characters, for X")
    private: Reply | None = Field(None, description="for a direct message, where nobody else reads")
    holding: Reply | None = Field(
        None, description="one statement for all posts of a story, to nobody by name, in 280 characters"
    )

    @property
    def label(self) -> str:
        """What tells it from every other one: "delivery", and in another language "delivery.de"."""
        return self.name if self.language == "en" else f"{self.name}.{self.language}"

    @property
    def answers(self) -> tuple[str, ...]:
        """The categories that it is for."""
        return self.categories or (self.name,)


def load_playbooks(user: Sequence[Playbook] = ()) -> tuple[Playbook, ...]:
    """The shipped playbooks with the user's in their place: same name replaces, key by key; a new name adds.

    ConfigError for a name given twice, a category claimed by two of the user's playbooks, and a new playbook
    without a text.
    """
    books = {book.name: book for book in _shipped()}
    problems: list[str] = []
    claimed: dict[str, str] = {}
    seen: set[str] = set()
    for book in user:
        if book.name in seen:
            problems.append(f"playbooks.{book.name}: given twice; keep one")
        seen.add(book.name)
        base = books.pop(book.name, None)
        if base is None and book.long is None and book.short is None:
            problems.append(f"playbooks.{book.name}: has no text; add [playbooks.long] and [playbooks.short]")
        given = {key: getattr(book, key) for key in book.model_fields_set}
        book = (base or book).model_copy(update=given)
        for category in book.categories or (book.name,):
            if other := claimed.get(category):
                problems.append(f"playbooks.{book.name}: category {category!r} is also claimed by {other}")
            claimed[category] = book.name
        books[book.name] = book
    if problems:
        raise ConfigError(problems)
    return tuple(books.values())


def _shipped() -> Iterator[Playbook]:
    for file in sorted(files("alerts").joinpath("playbooks").iterdir(), key=lambda each: each.name):
        name, _, kind = file.name.rpartition(".")
        if kind == "toml":
            yield Playbook.model_validate({"name": name, **tomllib.loads(file.read_text(encoding="utf-8"))})
