"""`snapwatch label`: what a person says of a mention, or of a text of one's own, in place of the model."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from classifiers import categories, learn
from monitor.commands.files import opened
from monitor.config import Config
from monitor.errors import InputError
from monitor.exchange import bounded_lines, parse_object, string
from monitor.learning import said as said_
from monitor.learning.said import Said, person_of, say
from monitor.model import MentionKey
from monitor.opening import clock_of, open_store
from monitor.store import OWN, Store, Tables

AT_A_TIME = 500

Tell = Callable[[int, object], None]
"""What to call with the number of a line and with what is wrong with it."""


class Reader(said_.Reader):
    """Reads the lines of a file, and options."""

    def __init__(self, config: Config, tables: Tables, *, new: bool) -> None:
        """`new`: categories that nobody has used yet are meant, not misspelt."""
        super().__init__(config, tables)
        self._new = new

    def category(self, label: object) -> str:
        try:
            return super().category(label)
        except InputError as error:
            if not isinstance(label, str):
                raise
            if not self._new:
                end = "" if str(error).endswith("?") else ";"
                raise InputError(f"{error}{end} a new one is allowed with --new") from None
        try:
            return categories.valid_name(label)
        except ValueError as error:
            raise InputError(str(error)) from None

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
