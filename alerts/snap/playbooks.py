"""Playbooks: what we answer in one situation, in the files of alerts/playbooks and in the configuration."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, Field

from monitor.errors import ConfigError
from monitor.model import Severity
from monitor.settings import Settings

GENERAL = "general"
"""The playbook of every complaint that no other one is for, and of every draft that would have had a flaw."""

PRAISE = "praise"
"""The playbook of thanks. Whoever asks for a draft names it: models take irony for thanks."""

SUFFIX = ".toml"

LARGEST = 64_000
"""Bytes of a file; the longest shipped one has a tenth."""

PARTS = ("opening", "status", "next_steps", "approximate_time", "planned_outcome", "extra")


def _phrase(value: str) -> str:
    parts = [part.split() for part in value.split("+")]
    if any("*" in each[:-1] or each == "*" for part in parts for each in part) or any(
        len("".join(part)) < 2 for part in parts
    ):
        raise ValueError(
            'should be words such as "lost", "missing parcel*" (any word that starts so) or "late + train" (both in one '
            "sentence)"
        )
    return value


Phrase = Annotated[str, Field(max_length=80), AfterValidator(_phrase)]


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
    words: tuple[Phrase, ...] = Field(
        (),
        max_length=500,
        description="words and phrases that speak for it, whatever the category; of another playbook's category only posts "
        'with one of them; "delay*": any word that starts so, "late + train": both in one sentence',
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


def load_playbooks(*layers: Sequence[Playbook]) -> tuple[Playbook, ...]:
    """The shipped playbooks with those of each layer in their place: same name and language replaces, key by key; a new one
    adds. Own ones come first, in the order of the last layer that has them. Who brings a long or a short form brings its
    `needs`, too, or has none: texts of one's own ask what they want to know themselves.

    One of your own that is for a whole category, without words or severities, takes the place of the shipped one of that
    category. A playbook without a private or a holding form has those of the general one of its language.

    ConfigError for a playbook given twice in a layer, a category taken by two of your own, and a new one without a text.
    """
    shipped_ = {book.label: book for book in shipped()}
    own: dict[str, Playbook] = {}
    problems: list[str] = []
    for layer in layers:
        seen: set[str] = set()
        for book in layer:
            if book.label in seen:
                problems.append(f"playbooks.{book.label}: given twice; keep one")
            seen.add(book.label)
            base = own.pop(book.label, None) or shipped_.get(book.label)
            if base is None and book.long is None and book.short is None:
                problems.append(
                    f"playbooks.{book.label}: has no text; add [playbooks.long] and [playbooks.short]"
                )
            given = {key: getattr(book, key) for key in book.model_fields_set}
            if given.keys() & {"long", "short"}:
                given.setdefault("needs", ())
            own[book.label] = (base or book).model_copy(update=given)
    taken = {(book.name, book.language): book.label for book in own.values()}
    for book in own.values():
        for category in () if book.words or book.severities else book.answers:
            other = taken.setdefault((category, book.language), book.label)
            if other != book.label:
                problems.append(f"playbooks.{book.label}: category {category!r} is also claimed by {other}")
    if problems:
        raise ConfigError(problems)
    books = [*own.values(), *(book for book in shipped_.values() if (book.name, book.language) not in taken)]
    general = {book.language: book for book in books if book.name == GENERAL}
    return tuple(_complete(book, general.get(book.language)) for book in books)


def _complete(book: Playbook, general: Playbook | None) -> Playbook:
    if general is None:
        return book
    missing = {form: getattr(general, form) for form in ("private", "holding") if not getattr(book, form)}
    return book.model_copy(update=missing)


def shipped() -> Iterator[Playbook]:
    """The playbooks of alerts/playbooks, by their names."""
    for name, text in shipped_files().items():
        yield Playbook.model_validate({"name": name, **tomllib.loads(text)})


def shipped_files() -> dict[str, str]:
    """What stands in the files of the shipped playbooks, by their names."""
    folder = files("alerts").joinpath("playbooks")
    found = {file.name.removesuffix(SUFFIX): file for file in folder.iterdir() if file.name.endswith(SUFFIX)}
    return {name: found[name].read_text(encoding="utf-8") for name in sorted(found)}


def files_in(folder: Path) -> list[Path]:
    """The files of playbooks in a folder, by name. ConfigError when it can't be read."""
    try:
        return sorted(file for file in folder.iterdir() if file.name.endswith(SUFFIX))
    except OSError as error:
        raise ConfigError(
            [f"{folder}: can't be read ({error.strerror}); make the folder, or remove the key"]
        ) from None


def table_in(file: Path) -> dict[str, Any]:
    """What a file of a playbook says: "delivery.toml" is the playbook "delivery" in English, "delivery.de.toml" in German.
    ConfigError with one problem."""
    name, _, language = file.name.removesuffix(SUFFIX).partition(".")
    try:
        # A pipe or a device would be read for ever.
        if not file.is_file():
            raise ConfigError([f"{file}: is no file"])
        with file.open("rb") as opened:
            content = opened.read(LARGEST + 1)
        if len(content) > LARGEST:
            raise ConfigError([f"{file}: has more than {LARGEST:,} bytes; no playbook is as long"])
        table = tomllib.loads(content.decode("utf-8-sig"))
    except OSError as error:
        raise ConfigError([f"{file}: can't be read ({error.strerror})"]) from None
    except UnicodeDecodeError:
        raise ConfigError([f"{file}: not UTF-8 text (save the file as UTF-8)"]) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([f"{file}: not TOML: {error}"]) from None
    except RecursionError:
        raise ConfigError([f"{file}: not TOML: nested too deeply"]) from None
    if named := sorted({"name", "language"} & table.keys()):
        raise ConfigError([f"{file}: {named[0]}: the name of the file says it; remove the key"])
    return {**table, "name": name, **({"language": language} if language else {})}
