"""What people say of mentions in place of the model: how it is read, kept and taken back. The shell, the screen Label and
the API all come here."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from monitor.config import Config
from monitor.errors import InputError
from monitor.model import MentionKey, Sentiment
from monitor.store import GRADES, Store, Tables
from monitor.wording.text import one_line

YES_OR_NO = ("no", "yes")
SAYS: Mapping[str, tuple[str, ...]] = {
    "complaint": YES_OR_NO,
    "sentiment": Sentiment.__match_args__,
    "severity": GRADES,
    "sarcasm": YES_OR_NO,
    "relevance": YES_OR_NO,
}
"""The heads that people can correct and what they can say, in the order of the shipped heads' outputs. Of the category
they can say any that is known."""

IN_WORDS: Mapping[tuple[str, str], str] = {
    ("complaint", "yes"): "a complaint",
    ("complaint", "no"): "no complaint",
    ("relevance", "yes"): "about us",
    ("relevance", "no"): "not about us",
    ("sarcasm", "yes"): "sarcastic",
    ("sarcasm", "no"): "not sarcastic",
}
"""What "yes" and "no" mean of a head."""

KEYS = {"relevant": "relevance"}
"""Where a key of a line, or an option, is not called as its head is."""

LEAST, LEAST_OF_EACH = 40, 8
"""Labelled texts that a head is fitted to at the fewest, in all and of each label."""

NAME_LONGEST = 80
MOST_AT_ONCE = 50
"""Mentions of which one can say the same at once, and take it back."""
REGRETTED = timedelta(days=1)
"""So long can be taken back what one has said last."""


class Said(NamedTuple):
    """What one line says: labels by head, of a mention or (`text`) of a text of one's own."""

    key: MentionKey
    labels: dict[str, str]
    text: str | None


class Reader:
    """Reads what people say, and knows which categories there are."""

    def __init__(self, config: Config, tables: Tables) -> None:
        self.categories = tuple(dict.fromkeys([*config.categories, *sorted(tables.labels.names("category"))]))

    def labels(self, said: Mapping[str, object], *, needed: bool = True) -> dict[str, str]:
        """From keys such as "complaint", "relevant", "category" to labels by head; keys that say nothing, and unknown
        ones, are ignored. InputError for a label that there is not, or no label at all."""
        found: dict[str, str] = {}
        for key, value in said.items():
            head = KEYS.get(key, key)
            if value is None or key in KEYS.values() or (head not in SAYS and head != "category"):
                continue
            label = {True: "yes", False: "no"}[value] if isinstance(value, bool) else value
            if head == "category":
                found[head] = self.category(label)
            elif label in SAYS[head]:
                found[head] = str(label)
            else:
                raise InputError(f"{key} can't be {_shown(value)}; it is one of {', '.join(SAYS[head])}")
        if needed and not found:
            raise InputError(
                "says nothing: complaint, sentiment, severity, category, sarcasm or relevant is missing"
            )
        return found

    def category(self, label: object) -> str:
        """The category itself. InputError for one that there is not."""
        if not isinstance(label, str):
            raise InputError(f"category can't be {_shown(label)}; it is a name")
        if label in self.categories:
            return label
        guess = difflib.get_close_matches(label, self.categories, n=1)
        raise InputError(
            f"there is no category {_shown(label)}; "
            + (f"did you mean {guess[0]}?" if guess else f"there are {', '.join(sorted(self.categories))}")
        )


def say(tables: Tables, said: Said, person: str | None, now: datetime, *, forget: bool) -> str:
    """Store what one line says, or forget what was said of what it names; what is wrong, in words, or nothing."""
    if said.text is None and not tables.mentions.is_live(said.key):
        return f"there is no mention {one_line(' '.join(said.key), NAME_LONGEST)}, or it was deleted"
    if not forget:
        tables.labels.add(said.key, said.labels, person, now, said.text)
        if said.text is None:
            tables.mentions.corrected(said.key)
        return ""
    if not tables.labels.forget(said.key):
        return "nothing was said of it"
    if said.text is None:
        tables.mentions.uncorrected(said.key)
    return ""


def keep(
    store: Store,
    config: Config,
    keys: Sequence[MentionKey],
    said: Mapping[str, object],
    person: str,
    now: datetime,
) -> dict[str, str]:
    """Store what a person says of these mentions, the same of each: all of it or nothing. What was said, by head.
    InputError when there is no such mention or label."""
    labels = Reader(config, store.read).labels(said)
    if not 0 < len(keys) <= MOST_AT_ONCE:
        raise InputError(f"name 1 to {MOST_AT_ONCE} mentions")

    def work(tables: Tables) -> None:
        for key in keys:
            if problem := say(tables, Said(key, labels, None), person, now, forget=False):
                raise InputError(problem)

    store.write(work)
    return labels


def take_back(store: Store, person: str, now: datetime) -> list[MentionKey]:
    """Take back what the person said last, if that was within REGRETTED: what was said of these mentions before counts
    again, and the model reads them anew. InputError when there is nothing, or it was a file."""

    def work(tables: Tables) -> list[MentionKey]:
        keys = tables.labels.take_back(person, now - REGRETTED)
        if len(keys) > MOST_AT_ONCE:
            raise InputError(
                f"what you said last came from a file, of {len(keys)} mentions; `snapwatch label --forget --file` takes "
                "it back"
            )
        for key in keys:
            tables.mentions.uncorrected(key)
        return keys

    keys = store.write(work)
    if not keys:
        raise InputError("there is nothing that you said within the last day and could take back")
    return keys


def too_few(names: Sequence[str], counts: Mapping[str, int]) -> str:
    """What is missing before a head can learn from so many labels, in words; nothing when there are enough. `names`: its
    labels, of which each is needed; none for the category, where rare ones wait."""
    total = sum(counts.values())
    if total < LEAST:
        return f"too few labels: {LEAST - total} more are needed ({LEAST} in all)"
    short = {name: lack for name in names if (lack := LEAST_OF_EACH - counts.get(name, 0)) > 0}
    if short:
        return "too few labels: " + ", ".join(f"{lack} more {name!r}" for name, lack in short.items())
    return ""


def person_of(name: str | None) -> str | None:
    """A name as it is stored."""
    return one_line(name, NAME_LONGEST) or None if name else None


def _shown(value: object) -> str:
    return one_line(json.dumps(value, ensure_ascii=False), 40)
