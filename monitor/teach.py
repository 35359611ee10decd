"""`snapwatch label`: what a person says of a mention, or of a text of one's own, in place of the model."""

from __future__ import annotations

import difflib
import hashlib
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from classifiers import categories, learn
from classifiers.bundled import Settings as BundledSettings
from monitor.app import clock_of, open_store
from monitor.commands import opened
from monitor.config import Config
from monitor.errors import InputError
from monitor.exchange import bounded_lines, parse_object, string
from monitor.model import MentionKey, Sentiment
from monitor.store import OWN, Store, Tables
from monitor.store.values import GRADES
from monitor.text import one_line

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

KEYS = {"relevant": "relevance"}
"""Where a key of a line, or an option, is not called as its head is."""

NAME_LONGEST = 80
AT_A_TIME = 500

Tell = Callable[[int, object], None]
"""What to call with the number of a line and with what is wrong with it."""


class Said(NamedTuple):
    """What one line says: labels by head, of a mention or (`text`) of a text of one's own."""

    key: MentionKey
    labels: dict[str, str]
    text: str | None


class Reader:
    """Reads what people say, and knows which categories there are."""

    def __init__(self, config: Config, tables: Tables, *, new: bool) -> None:
        """`new`: categories that nobody has used yet are meant, not misspelt."""
        own = config.classifier.categories if isinstance(config.classifier, BundledSettings) else {}
        self._categories = {*categories.merged(own), *tables.labels.names("category")}
        self._new = new

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
                found[head] = self._category(label)
            elif label in SAYS[head]:
                found[head] = str(label)
            else:
                raise InputError(f"{key} can't be {_shown(value)}; it is one of {', '.join(SAYS[head])}")
        if needed and not found:
            raise InputError(
                "says nothing: complaint, sentiment, severity, category, sarcasm or relevant is missing"
            )
        return found

    def _category(self, label: object) -> str:
        if not isinstance(label, str):
            raise InputError(f"category can't be {_shown(label)}; it is a name")
        if label in self._categories:
            return label
        if self._new:
            try:
                return categories.valid_name(label)
            except ValueError as error:
                raise InputError(str(error)) from None
        guess = difflib.get_close_matches(label, self._categories, n=1)
        raise InputError(
            f"there is no category {_shown(label)}; "
            + (f"did you mean {guess[0]}?" if guess else f"there are {', '.join(sorted(self._categories))};")
            + " a new one is allowed with --new"
        )

    def line(self, line: bytes, *, needed: bool = True) -> Said:
        """One line of a file. InputError when it can't be used."""
        return self.said(parse_object(line), needed=needed)

    def said(self, item: Mapping[str, Any], *, needed: bool = True) -> Said:
        """What a line says, as an object."""
        labels = self.labels(item, needed=needed)
        if "source" in item:
            return Said(_key(item), labels, None)
        if "text" not in item:
            raise InputError('a mention ("source" and "id") or a "text" is expected')
        text = string(item, "text")
        return Said(own(text), labels, text)


def _key(item: Mapping[str, object]) -> MentionKey:
    return MentionKey(string(item, "source"), string(item, "id"))


def own(text: str) -> MentionKey:
    """What identifies a text of one's own: copies are one."""
    return MentionKey(OWN, hashlib.sha256(learn.key(text).encode()).hexdigest()[:32])


def label(
    config: Config,
    source: str,
    id_: str,
    said: Mapping[str, object],
    by: str | None,
    *,
    new: bool,
    forget: bool,
) -> str:
    """Store what a person says of a mention, from now on in place of the model's word, or forget what was said of it.
    InputError when there is no such mention or label, or for both at a time."""
    if forget and any(value is not None for value in said.values()):
        raise InputError(
            "--forget takes back all that was said; to say it otherwise, say it without --forget"
        )
    with open_store(config) as store:
        now, key = clock_of(config, store).now(), _key({"source": source, "id": id_})
        labels = Reader(config, store.read, new=new).labels(said, needed=not forget)
        problem = store.write(
            lambda tables: say(tables, Said(key, labels, None), person_of(by), now, forget=forget)
        )
    if problem:
        raise InputError(problem)
    if forget:
        return f"What was said of {source} {id_} is forgotten; the model reads it anew."
    return f"{source} {id_}: {', '.join(f'{head} {name}' for head, name in labels.items())}. It counts from now on."


def label_file(config: Config, path: Path, by: str | None, *, new: bool, forget: bool) -> int:
    """Store what the lines of a file say, or forget what was said of what they name. Every bad line is named on standard
    error and skipped, and costs status 1."""
    bad = good = 0

    def tell(number: int, problem: object) -> None:
        nonlocal bad
        bad += 1
        print(f"{path}: line {number}: {problem}", file=sys.stderr)

    with open_store(config) as store, opened(path) as file:
        now, person = clock_of(config, store).now(), person_of(by)
        reader = Reader(config, store.read, new=new)
        batch: list[tuple[int, Said]] = []
        for number, line in enumerate(bounded_lines(file), start=1):
            try:
                batch += [(number, reader.line(line, needed=not forget))] if line.strip() else []
            except InputError as error:
                tell(number, error)
            if len(batch) == AT_A_TIME:
                good += _say_all(store, batch, person, now, tell, forget=forget)
                batch = []
        good += _say_all(store, batch, person, now, tell, forget=forget)
    what = "forgotten" if forget else "labelled"
    print(f"{good} text{'' if good == 1 else 's'} {what}" + (f", {bad} skipped" if bad else ""))
    return 1 if bad else 0


def _say_all(
    store: Store,
    batch: Sequence[tuple[int, Said]],
    person: str | None,
    now: datetime,
    tell: Tell,
    *,
    forget: bool,
) -> int:
    """One transaction; how many of them could be done."""

    def work(tables: Tables) -> list[str]:
        return [say(tables, said, person, now, forget=forget) for _, said in batch]

    problems = store.write(work)
    for (number, _), problem in zip(batch, problems, strict=True):
        if problem:
            tell(number, problem)
    return problems.count("")


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


def _shown(value: object) -> str:
    return one_line(json.dumps(value, ensure_ascii=False), 40)


def person_of(name: str | None) -> str | None:
    """A name as it is stored."""
    return one_line(name, NAME_LONGEST) or None if name else None
