"""`snapwatch playbooks`: what is shipped and what is your own, and what no playbook answers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import NamedTuple, TextIO

from alerts.lint import Linter
from alerts.snap import Playbook, Service, load_playbooks
from alerts.snap.choose import primary
from alerts.snap.compose import FORMS, Setting, compose
from alerts.snap.drafter import AGAIN
from alerts.snap.facts import SLOTS
from alerts.snap.playbooks import GENERAL, PRAISE, SUFFIX, shipped_files
from alerts.snap.wording import variables
from classifiers.bundled import Settings as Bundled
from classifiers.categories import OTHER, merged
from monitor.build import platforms
from monitor.config import Config
from monitor.errors import InputError
from monitor.reply import Fact, Occasion
from monitor.store import Tables, peek
from monitor.store.situations import Situation
from monitor.wording.languages import in_words
from monitor.wording.platforms import source_name
from monitor.wording.text import suggestion

LATELY = timedelta(days=90)
"""How far back complaints are counted."""

LEAST = 5
"""Complaints below which a language may be a mistake of the model: short posts are told apart badly."""

ASKED_FOR = (GENERAL, PRAISE, AGAIN)
"""Playbooks that no post has to choose."""

NO_MESSAGES = ("rss", "hackernews", "appstore", "googleplay", "youtube")
"""Platforms on which nobody can be written to in private."""


class Problem(NamedTuple):
    """Where something is missing, and what to do about it."""

    item: str
    what: str


def check(config: Config, out: TextIO, now: datetime | None = None) -> int:
    """Tell every gap, one a line. Status 0 when there is none, else 1."""
    since = (now or datetime.now(UTC)) - LATELY
    with peek(config.store.path) as tables:
        seen = tables.situations.since(since, config.rules.complaint_at) if tables else []
        known = _known(config, tables)
    linter = Linter(config.lint, config.service, config.brand.name)
    found = [
        *unanswered(config.books, seen),
        *unspoken(config.books, seen),
        *never_chosen(config.books, known),
        *unreachable(config.books, config.service, platforms(config)),
        *without_source(config.books),
        *without_sla(config.books, config.service),
        *without_form(config.books),
        *flawed(config.books, config.service, config.brand.name, linter),
    ]
    for problem in found:
        _tell(out, "FAIL", *problem)
    if not found:
        posts = sum(each.posts for each in seen)
        answer = f"{len(config.books)} answer what {posts:,} complaints of {LATELY.days} days were about"
        _tell(out, "ok  ", "playbooks", answer)
    return 1 if found else 0


def listed(books: Sequence[Playbook], config: Config | None) -> Iterator[str]:
    """A line for each playbook: its name, whose it is, and what it is for."""
    own = {book.label for book in config.playbooks} if config else set()
    files = {file.name.removesuffix(SUFFIX) for file in _files(config)}
    width = max(len(book.label) for book in books)
    for book in sorted(books, key=lambda each: each.label):
        whose = "configuration" if book.label in own else "your folder" if book.label in files else "shipped"
        words = f"{len(book.words)} words" if book.words else ""
        yield f"{book.label:<{width}}  {whose:<13}  {', '.join(filter(None, [*book.answers, words]))}"


def shown(name: str, config: Config | None) -> str:
    """The file of a playbook, ready to be copied: the one in your folder, else the shipped one. InputError when there is
    none of that name."""
    for file in _files(config):
        if file.name.removesuffix(SUFFIX) == name:
            return file.read_text(encoding="utf-8-sig")
    shipped = shipped_files()
    if name in shipped:
        return shipped[name]
    if config and name in {book.label for book in config.playbooks}:
        raise InputError(f"{name} has no file: it stands in the configuration, under [[playbooks]]")
    raise InputError(f"{name!r} is no playbook; {suggestion(name, sorted(shipped))}")


def books_of(config: Config | None) -> Sequence[Playbook]:
    return config.books if config else load_playbooks()


def _files(config: Config | None) -> list[Path]:
    folder = config.drafts.folder if config else None
    return sorted(folder.glob(f"*{SUFFIX}")) if folder else []


# What is seen in the store


def unanswered(books: Iterable[Playbook], seen: Iterable[Situation]) -> Iterator[Problem]:
    """Categories of complaints that no playbook is for, most frequent first. `other` is what fits no category."""
    answered = {name for book in books for name in book.answers if name == book.name or not book.words}
    posts: Counter[str] = Counter()
    stories: Counter[str] = Counter()
    for each in seen:
        if each.category and each.category != OTHER and each.category not in answered:
            posts[each.category] += each.posts
            stories[each.category] += each.stories
    for category, count in posts.most_common():
        yield Problem(
            f"category {category}",
            f"{_counted(count, stories[category])} in {LATELY.days} days, and the general playbook answers: "
            f"write {category}{SUFFIX}",
        )


def unspoken(books: Iterable[Playbook], seen: Iterable[Situation]) -> Iterator[Problem]:
    """Languages of complaints in which there is no playbook, most frequent first."""
    spoken = {book.language for book in books}
    posts: Counter[str] = Counter()
    stories: Counter[str] = Counter()
    for each in seen:
        if each.language and (language := primary(each.language)) not in spoken:
            posts[language] += each.posts
            stories[language] += each.stories
    for language, count in posts.most_common():
        if count >= LEAST:
            yield Problem(
                f"language {language}",
                f"{_counted(count, stories[language])} in {in_words(language)} in {LATELY.days} days, and drafts are "
                f"English: begin with {GENERAL}.{language}{SUFFIX}",
            )


def _counted(posts: int, stories: int) -> str:
    told = f"{posts:,} complaint{'' if posts == 1 else 's'}"
    return told + (f" in {stories:,} stor{'y' if stories == 1 else 'ies'}" if stories else "")


# What the playbooks say


def never_chosen(books: Sequence[Playbook], known: set[str]) -> Iterator[Problem]:
    """Playbooks of categories that the classifier does not know, without words; and languages without a general one.
    `known` is empty where it can't be told."""
    for book in books:
        if known and not book.words and book.name not in ASKED_FOR and not known.intersection(book.answers):
            yield Problem(
                f"playbooks.{book.label}",
                f"is never chosen: {', '.join(book.answers)} is no category of the classifier "
                f"({', '.join(sorted(known))}), and it has no words",
            )
    general = {book.language for book in books if book.name == GENERAL}
    for language in sorted({book.language for book in books} - general):
        yield Problem(
            f"language {language}",
            f"has no general playbook, so what none is for is answered in English: write {GENERAL}.{language}{SUFFIX}",
        )


def unreachable(books: Iterable[Playbook], service: Service, sources: Mapping[str, str]) -> Iterator[Problem]:
    """A direct message as the private channel, where there is none. `sources` says on which platform each is."""
    without = [name for name, platform in sources.items() if platform in NO_MESSAGES]
    if not without:
        return
    there = f"there are no direct messages on {', '.join(map(source_name, without))}"
    if _is_message(service.contact):
        yield Problem("service.contact", f"{there}; give an https or a mail address")
    for book in books:
        if book.contact and _is_message(book.contact):
            yield Problem(f"playbooks.{book.label}.contact", f"{there}; give an https or a mail address")


def _is_message(contact: str) -> bool:
    return "@" not in contact and "://" not in contact


_THEIR = re.compile(r"\btheir(?:\.|\[['\"])(\w+)")


def without_source(books: Iterable[Playbook]) -> Iterator[Problem]:
    """Facts that a text or a question waits for, and no post gives there."""
    for book in books:
        for need in book.needs:
            for slot in need.given:
                if slot not in SLOTS:
                    yield Problem(
                        f"playbooks.{book.label}.needs",
                        f"{slot!r} is no fact that a post gives; {suggestion(slot, SLOTS)}",
                    )
        for form in FORMS:
            reply = getattr(book, form)
            text = " ".join(str(value) for _, value in reply) if reply else ""
            for slot in sorted(set(_THEIR.findall(text)) & _never(book, form)):
                yield Problem(f"playbooks.{book.label}.{form}", f"their.{slot} is always empty there")


def _never(book: Playbook, form: str) -> set[str]:
    """The facts that this form never gets: an answer to all repeats nobody, and facts are read in English alone."""
    if form == "holding" or book.language != "en":
        return set(SLOTS)
    return {"order"} if form == "private" else {"order", "wish"}


def without_sla(books: Sequence[Playbook], service: Service) -> Iterator[Problem]:
    """Promises that nothing supports, and supported ones that nobody makes."""
    for book in books:
        if book.sla and book.sla not in service.sla:
            yield Problem(
                f"playbooks.{book.label}.sla",
                f"{book.sla!r} is not in [service] sla, so nothing is promised: add it there, in open hours",
            )
        if book.sla and not any(reply.promised_time for form in FORMS if (reply := getattr(book, form))):
            yield Problem(f"playbooks.{book.label}.sla", "no form has a promised_time that says it")
    for name in sorted(service.sla.keys() - {book.sla for book in books}):
        yield Problem(
            f"service.sla.{name}", f'no playbook promises it: give the one that shall sla = "{name}"'
        )


def without_form(books: Iterable[Playbook]) -> Iterator[Problem]:
    for book in books:
        for form in FORMS:
            if getattr(book, form) is None and not (book.name == AGAIN and form == "holding"):
                yield Problem(f"playbooks.{book.label}.{form}", "is missing")


_NOW = datetime(2026, 11, 18, 12, tzinfo=UTC)
_FACTS = (
    Fact("product", "parcel"),
    Fact("place", "in Leeds"),
    Fact("wait", "three weeks"),
    Fact("flight", "123"),
)
_ASKED = (Fact("order", "order"), *_FACTS)


def flawed(books: Iterable[Playbook], service: Service, brand: str, linter: Linter) -> Iterator[Problem]:
    """What lint finds in the English texts as a customer would read them, a line for each part and rule."""
    for book in books:
        for form in FORMS if book.language == "en" else ():
            told: dict[tuple[str, str], str] = {}
            for text in _texts(book, form, service, brand):
                for finding in linter.findings(text, _occasion(book, form)):
                    words = text[finding.start : finding.end]
                    told.setdefault((finding.rule, words), finding.suggestion)
            for (rule, words), what in told.items():
                yield Problem(
                    f"playbooks.{book.label}.{form}", f"{rule}: {f'“{words}”: ' if words else ''}{what}"
                )


def _texts(book: Playbook, form: str, service: Service, brand: str) -> Iterator[str]:
    """The form as it reads for all kinds of cases."""
    customer = "" if form in ("private", "holding") else "@ann"
    values = variables(book, form, service.contact, brand, "Sam", customer, "x")
    time = (service.report_at(_NOW), service.report_by(_NOW))
    kept = service.promised_at(book.sla, _NOW)
    promise = (kept, service.in_words(kept, _NOW)) if kept else None
    for said, facts in (((), ()), (_ASKED, ()), (_ASKED, _FACTS), *((_ASKED, (fact,)) for fact in _FACTS)):
        for heated, room in product((False, True), repeat=2):
            setting = Setting(values, said, facts, time, promise, heated=heated, room=room)
            if draft := compose(book, form, setting):
                yield draft.text


def _occasion(book: Playbook, form: str) -> Occasion:
    customer = "" if form in ("private", "holding") else "@ann"
    turn = 1 if book.name == AGAIN else 0
    return Occasion(public=form != "private", turn=turn, customer=customer, responder="Sam", now=_NOW)


def _known(config: Config, tables: Tables | None) -> set[str]:
    """The categories that a post can have, as far as it can be told without the model."""
    known = set(merged(config.classifier.categories)) if isinstance(config.classifier, Bundled) else set()
    return known | (tables.labels.names("category") if tables and known else set())


def _tell(out: TextIO, state: str, item: str, what: str) -> None:
    line = f"{state} {item}  {what}"
    print("".join(char if char.isprintable() else " " for char in line), file=out, flush=True)
