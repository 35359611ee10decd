"""Drafts of SNAP replies from playbooks: Status, Next steps, Approximate time, Planned outcome.

Pure but for reading the shipped playbooks. Nothing of what the customer wrote enters a draft but their handle, and
that only when it looks like one; so no post can pose as a template or put words into the team's mouth.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from importlib.resources import files
from zoneinfo import ZoneInfo

from jinja2 import StrictUndefined, Template
from jinja2.sandbox import ImmutableSandboxedEnvironment
from pydantic import Field, field_validator

from alerts.length import fits, length, limit
from monitor.errors import ConfigError, InputError
from monitor.model import Mention
from monitor.reply import Draft
from monitor.settings import ClockTime, Settings, TimeZone
from monitor.timetable import WEEKDAYS, Weekday, after_open_hours

GENERAL = "general"
"""The playbook of every complaint that no other one is for, and of every draft that would have had a flaw."""

PARTS = ("opening", "status", "next_steps", "approximate_time", "planned_outcome", "extra")


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_QUARTER = timedelta(minutes=15)

_FLAWS = (
    (re.compile(r"^\s*$"), "is empty"),
    (re.compile(r"\{[{%#]|[}%#]\}"), "holds a piece of a template"),
    (re.compile(r"\[[^\]]*\]|<[^>]*>"), "holds a slot to fill in"),
    (re.compile(r"\b(None(?! of)|undefined|null|TODO|TBD|XXX)\b"), "holds a placeholder"),
    (re.compile(r"\s\s|^\s|\s$|[^\S ]|\s[,.;:!?]|^[,.;:!?]|[\x00-\x1f\x7f]"), "has a hole between its words"),
)


def flaw(text: str) -> str | None:
    """What shows that a slot was left empty in a text that a customer would read; None when nothing does."""
    return next((words for pattern, words in _FLAWS if pattern.search(text)), None)


class Reply(Settings):
    """One form of a reply, part by part, as Jinja2 templates. `extra` goes first when room is short."""

    opening: str = Field(min_length=1, description="thanks, acknowledges, says sorry")
    status: str = Field(
        min_length=1, description="what we know and where the case stands; names the colleague"
    )
    next_steps: str = Field(min_length=1, description="what we do, and what we need for it")
    approximate_time: str = Field(min_length=1, description="by when the customer hears from us")
    planned_outcome: str = Field(min_length=1, description="what the customer has in the end")
    extra: str = Field("", description="an optional last sentence")


class Playbook(Settings):
    """What we answer in one situation. What is left out is taken from the shipped playbook of the same name."""

    name: str = Field(
        pattern=r"^[a-z0-9][a-z0-9_-]*$",
        description="the situation; the name of a shipped playbook replaces that one, key by key",
    )
    categories: tuple[str, ...] = Field(
        (), description="the classifier's categories that it is for; default: name"
    )
    may_offer: str = Field(
        "", description="internal: what may be offered without asking anyone; never published"
    )
    full: Reply | None = None
    short: Reply | None = Field(None, description="the same in 280 characters, for X")


class Service(Settings):
    """What a draft may promise: where customers reach us privately, and when they hear from us next."""

    contact: str = Field(
        "direct message",
        min_length=1,
        max_length=200,
        description='where to go on privately: "direct message", an https address, or a mail address',
    )
    next_report_hours: float = Field(2, gt=0, le=72, description="we report back within so many open hours")
    opens: ClockTime = Field(time(9), description="local time at which the team starts")
    closes: ClockTime = Field(
        time(18), description="no later than `opens`: on the next day; equal: around the clock"
    )
    days: tuple[Weekday, ...] = Field(WEEKDAYS[:5], min_length=1, description="on which the team works")
    time_zone: TimeZone = Field("UTC", description="the zone of these times, such as Europe/London")

    @field_validator("contact")
    @classmethod
    def _fit_to_print(cls, value: str) -> str:
        if words := flaw(value):
            raise ValueError(f"{words}; customers would read it in every draft")
        return value

    def report_by(self, now: datetime) -> str:
        """When the customer hears from us at the latest, in words: "3:30 pm GMT on Tuesday".

        Rounded up to a quarter of an hour. The day is named, never "today": a draft may be approved after midnight.
        """
        zone = ZoneInfo(self.time_zone)
        due = after_open_hours(now, self.next_report_hours, self.opens, self.closes, self.days, zone)
        past_the_quarter = (due - _EPOCH) % _QUARTER
        if past_the_quarter:
            due += _QUARTER - past_the_quarter
        local = due.astimezone(zone)
        name = local.tzname() or ""
        name = name if name.isalpha() else f"UTC{name}"
        day = f"{local:%A}" if due - now < timedelta(days=6) else f"{local:%A} {local.day} {local:%B}"
        return f"{local.hour % 12 or 12}:{local:%M} {'am' if local.hour < 12 else 'pm'} {name} on {day}"

    def privately(self) -> str:
        """How to reach us, as it stands in a sentence: "by direct message", "at https://..."."""
        if self.contact.startswith(("https://", "http://")):
            return f"at {self.contact}"
        return f"by e-mail to {self.contact}" if "@" in self.contact else f"by {self.contact}"


def load_playbooks(user: Sequence[Playbook] = ()) -> tuple[Playbook, ...]:
    """The shipped playbooks with the user's in their place: same name replaces, key by key; a new name adds.

    ConfigError for a name given twice, a category claimed by two of the user's playbooks, and a new playbook
    without a text.
    """
    shipped = tomllib.loads(files("alerts").joinpath("playbooks.toml").read_text(encoding="utf-8"))
    books = {book["name"]: Playbook.model_validate(book) for book in shipped["playbooks"]}
    problems: list[str] = []
    claimed: dict[str, str] = {}
    seen: set[str] = set()
    for book in user:
        if book.name in seen:
            problems.append(f"playbooks.{book.name}: given twice; keep one")
        seen.add(book.name)
        base = books.pop(book.name, None)
        if base is None and book.full is None and book.short is None:
            problems.append(f"playbooks.{book.name}: has no text; add [playbooks.full] and [playbooks.short]")
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


@dataclass(frozen=True, slots=True)
class _Form:
    label: str
    parts: Mapping[str, Template]
    with_extra: bool


class SnapDrafter:
    """The port Drafter over playbooks.

    `playbooks` are those of `load_playbooks`; `platforms` says which platform a source of another name is on
    ({"x-uk": "x"}). Every playbook is rendered once at the start: ConfigError has a line for each part that can't be
    used and for each playbook without a form that fits a post on X.
    """

    def __init__(
        self,
        playbooks: Sequence[Playbook],
        service: Service,
        brand: str,
        platforms: Mapping[str, str] | None = None,
    ) -> None:
        if words := flaw(brand):
            raise ConfigError([f"brand: {brand!r} {words}; customers would read it in every draft"])
        self._service = service
        self._brand = brand
        self._platforms = dict(platforms or {})
        self._may_offer = {book.name: book.may_offer for book in playbooks}
        self._for_category = {
            category: book.name for book in playbooks for category in book.categories or (book.name,)
        }
        self._environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined)
        self._forms: dict[str, list[_Form]] = {}
        problems = [problem for book in playbooks for problem in self._add(book)]
        if GENERAL not in self._forms:
            problems.append(
                f"playbooks: the playbook {GENERAL!r} is missing; every other one falls back on it"
            )
        if problems:
            raise ConfigError(problems)

    def may_offer(self, playbook: str) -> str:
        """What the person on call may offer without asking anyone; internal, empty when nothing is set."""
        return self._may_offer.get(playbook, "")

    def draft(self, mention: Mention, category: str | None, responder: str, now: datetime) -> Draft:
        """A SNAP reply: the playbook's longest form that fits the platform, else the general playbook's.

        `text` is the opening, the four parts and, where there is room, one more sentence; no sentence is ever cut.
        What stands in parentheses behind the responder's name ("Sam (first on call)") is for the team and left out.
        InputError when not even the shortest form fits, or when the responder has no name.
        """
        name_inside, responder = responder, responder.partition("(")[0].rstrip()
        if flaw(responder):
            raise InputError(f"a draft names the colleague on call, and {name_inside!r} is not a name")
        platform = self._platforms.get(mention.source, mention.source)
        handle = _handle(mention.author.handle, platform)
        name = self._for_category.get(category or "", GENERAL)
        for playbook in dict.fromkeys((name, GENERAL)):
            for customer in dict.fromkeys((handle, "")):
                facts = self._facts(customer, responder, platform, now)
                for form in self._forms[playbook]:
                    draft = _compose(playbook, form, facts)
                    if draft is not None and fits(platform, draft.text):
                        return draft
        raise InputError(
            f"no playbook fits the {limit(platform)} characters of {platform}; "
            f"shorten the short form of {GENERAL!r} or the responder's name {responder!r}"
        )

    def _facts(self, customer: str, responder: str, platform: str, now: datetime) -> dict[str, str]:
        return {
            "greeting": f"Hello {customer}" if customer else "Hello",
            "customer": customer,
            "responder": responder,
            "brand": self._brand,
            "contact": self._service.contact,
            "privately": self._service.privately(),
            "report_by": self._service.report_by(now),
            "platform": platform,
        }

    def _add(self, book: Playbook) -> Iterator[str]:
        """Compile a playbook and render it for a known and for an unknown customer; yields the problems."""
        forms: list[_Form] = []
        broken = False
        for label in ("full", "short"):
            reply: Reply | None = getattr(book, label)
            if reply is None:
                continue
            parts: dict[str, Template] = {}
            for part in PARTS:
                source = " ".join(getattr(reply, part).split())
                if part == "extra" and not source:
                    continue
                problem = self._problem(source)
                if problem:
                    broken = True
                    yield f"playbooks.{book.name}.{label}.{part}: {problem}"
                else:
                    parts[part] = self._environment.from_string(source)
            if "extra" in parts:
                forms.append(_Form(label, parts, with_extra=True))
            forms.append(_Form(label, parts, with_extra=False))
        self._forms[book.name] = forms
        if not broken:
            yield from self._too_long(book.name, forms)

    def _problem(self, source: str) -> str | None:
        try:
            template = self._environment.from_string(source)
            for customer in (_SAMPLE_CUSTOMER, ""):
                facts = self._facts(customer, _SAMPLE_RESPONDER, "x", _SAMPLE_NOW)
                text = template.render(facts)
                if words := flaw(text):
                    who = "" if customer else ", when the customer's handle is not known (use {{ greeting }})"
                    return f"{words}{who}: {text!r}"
        except Exception as error:
            # A template can raise whatever an expression in it raises.
            names = ", ".join(self._facts("", "", "x", _SAMPLE_NOW))
            return f"can't be rendered ({type(error).__name__}: {error}); it may use {names}"
        return None

    def _too_long(self, name: str, forms: Sequence[_Form]) -> Iterator[str]:
        facts = self._facts("", _SAMPLE_RESPONDER, "x", _SAMPLE_NOW)
        drafts = [draft for form in forms if (draft := _compose(name, form, facts))]
        shortest = min((length("x", draft.text) for draft in drafts), default=0)
        if shortest > limit("x"):
            yield (
                f"playbooks.{name}.short: {shortest} characters on X, where {limit('x')} fit; "
                f"shorten it by {shortest - limit('x')}"
            )


# Handles of X have 15 characters at most; a Wednesday has the longest name.
_SAMPLE_CUSTOMER = "@fifteen_letters"
_SAMPLE_RESPONDER = "Christopher"
_SAMPLE_NOW = datetime(2026, 11, 18, 12, tzinfo=UTC)

_HANDLE = re.compile(r"(?:@|/?u/)?(\w[\w.-]{0,99}(?:@[\w.-]{1,100})?)")


def _handle(handle: str, platform: str) -> str:
    """A handle as the platform writes it; empty when it is not one ("[deleted]").

    Display names are never used: a guessed first name can be wrong, or somebody's joke.
    """
    found = _HANDLE.fullmatch(handle.strip())
    if found is None:
        return ""
    written = f"u/{found[1]}" if platform == "reddit" else f"@{found[1]}"
    return "" if flaw(written) else written


def _compose(playbook: str, form: _Form, facts: Mapping[str, str]) -> Draft | None:
    """The form filled in; None when a part of it can't be rendered or has a flaw."""
    try:
        parts = {part: template.render(facts) for part, template in form.parts.items()}
    except Exception:
        return None
    if any(flaw(part) for part in parts.values()):
        return None
    extra = parts.pop("extra", "")
    paragraphs = [parts["opening"], " ".join(list(parts.values())[1:])]
    if form.with_extra:
        paragraphs.append(extra)
    text = ("\n\n" if form.label == "full" else " ").join(paragraphs)
    return Draft(
        playbook=playbook,
        text=text,
        status=parts["status"],
        next_steps=parts["next_steps"],
        approximate_time=parts["approximate_time"],
        planned_outcome=parts["planned_outcome"],
    )
