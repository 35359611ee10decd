"""Drafts of SNAP replies from playbooks: Status, Next steps, Approximate time, Planned outcome."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from jinja2 import StrictUndefined, Template
from jinja2.sandbox import ImmutableSandboxedEnvironment

from alerts.length import fits, length, limit
from alerts.snap.flaws import flaw
from alerts.snap.playbooks import GENERAL, PARTS, Playbook, Reply
from alerts.snap.service import Service
from monitor.errors import ConfigError, InputError
from monitor.model import Mention
from monitor.reply import Case, Draft, Drafts, Internal


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

    def drafts(self, case: Case, responder: str, now: datetime) -> Drafts:
        draft = self._draft(case.mention, case.category, responder, now)
        return Drafts((draft,), Internal(self._may_offer.get(draft.playbook, "")))

    def holding(self, case: Case, responder: str, now: datetime) -> Draft | None:  # noqa: ARG002
        return None

    def _draft(self, mention: Mention, category: str | None, responder: str, now: datetime) -> Draft:
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
        for label in ("long", "short"):
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
    text = ("\n\n" if form.label == "long" else " ").join(paragraphs)
    return Draft(
        playbook=playbook,
        text=text,
        status=parts["status"],
        next_steps=parts["next_steps"],
        approximate_time=parts["approximate_time"],
        planned_outcome=parts["planned_outcome"],
    )
