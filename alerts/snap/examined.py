"""Pure: what is wrong with a playbook's texts, found by filling them in for all kinds of cases before there is one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from itertools import product

from alerts.length import length, limit
from alerts.snap.compose import FORMS, ROOM, Setting, compose, known, sources, template
from alerts.snap.flaws import flaw
from alerts.snap.playbooks import Playbook
from alerts.snap.service import Service
from alerts.snap.wording import variables
from monitor.reply import Fact

# Handles of X have 15 characters at most; a Wednesday has the longest name.
_CUSTOMER = "@fifteen_letters"
_RESPONDER = "Christopher"
_NOW = datetime(2026, 11, 18, 12, tzinfo=UTC)
_FACTS = (
    Fact("product", "washing machine"),
    Fact("ours", "website"),
    Fact("place", "at the Leeds depot"),
    Fact("date", "since last Wednesday"),
    Fact("wait", "three weeks"),
    Fact("flight", "UA1234"),
    Fact("wish", "replacement"),
)
_SAID = ((), _FACTS, *((fact,) for fact in _FACTS))


def problems(book: Playbook, service: Service, brand: str) -> tuple[str, ...]:
    """A line for each part that can't be used, and for what does not fit a post on X."""
    return _problems(book, brand, service.contact, service.report_by(_NOW))


@lru_cache(maxsize=1024)
def _problems(book: Playbook, brand: str, contact: str, time: str) -> tuple[str, ...]:
    """Cached: a configuration is read more than once in a process, and most playbooks are the shipped ones."""
    wrong = tuple(_broken(book, brand, contact, time))
    return wrong or tuple(_too_long(book, brand, contact, time))


def _broken(book: Playbook, brand: str, contact: str, time: str) -> Iterator[str]:
    for form in FORMS:
        reply = getattr(book, form)
        parts = dict(sources(reply)) if reply else {}
        if reply and form != "holding":
            parts |= {f"needs.{need.fact}": " ".join(need.ask.split()) for need in book.needs}
        handles = ("",) if form in ("private", "holding") else (_CUSTOMER, "")
        settings = [variables(book, form, contact, brand, _RESPONDER, customer, "x") for customer in handles]
        for part, source in parts.items():
            if words := _problem(
                source, settings, {"promised_by": time} if part == "promised_time" else {}, time
            ):
                yield f"playbooks.{book.label}.{form}.{part}: {words}"


def _problem(
    source: str, settings: Sequence[Mapping[str, str]], promised: Mapping[str, str], time: str
) -> str | None:
    """What is wrong with it in a case of some kind; a template that does not look at what was said is the same in all."""
    for values in settings:
        rooms = range(ROOM + 1) if "room" in source else (ROOM,)
        for said, room in product(_SAID if re.search("their|thing", source) else _SAID[:1], rooms):
            may_use = {**known(values, said, time, room), **promised}
            try:
                text = template(source).render(may_use)
            except Exception as error:
                # A template can raise whatever an expression in it raises.
                return f"can't be rendered ({type(error).__name__}: {error}); it may use {_names(may_use)}"
            if words := flaw(text):
                who = (
                    ""
                    if values["customer"]
                    else ", when the customer's handle is not known (use {{ greeting }})"
                )
                return f"{words}{who}: {text!r}"
    return None


def _names(may_use: Mapping[str, object]) -> str:
    theirs = (f"their.{fact.slot}" for fact in _FACTS)
    return ", ".join([*(name for name in may_use if name != "their"), *theirs])


def _too_long(book: Playbook, brand: str, contact: str, time: str) -> Iterator[str]:
    """Whether there is a form for X, whatever has to be asked, and whether the holding statement is one."""
    for forms, said in ((("short", "long"), "short"), (("holding",), "holding")):
        if any(getattr(book, form) for form in forms):
            settings = {form: variables(book, form, contact, brand, _RESPONDER, "", "x") for form in forms}
            fewest = min(
                _longest(book, form, settings[form], (_NOW, time)) for form in forms if getattr(book, form)
            )
            if fewest > limit("x"):
                yield (
                    f"playbooks.{book.label}.{said}: {fewest} characters on X, where {limit('x')} fit; "
                    f"shorten it by {fewest - limit('x')}"
                )


def _longest(book: Playbook, form: str, values: Mapping[str, str], time: tuple[datetime, str]) -> int:
    """The characters on X of the form without all that can be left out, with the longest question."""
    setting = Setting(values, (), (), time, room=0)
    asked = [book.model_copy(update={"needs": (need,)}) for need in book.needs] or [book]
    drafts = (compose(each, form, setting) for each in asked)
    return max((length("x", draft.text) for draft in drafts if draft), default=0)
