"""Pure: one form of a playbook as templates, and a draft made of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from jinja2 import StrictUndefined, Template
from jinja2.sandbox import ImmutableSandboxedEnvironment

from alerts.snap.facts import SLOTS
from alerts.snap.flaws import flaw
from alerts.snap.playbooks import Need, Playbook, Reply
from monitor.reply import Draft, Fact

FORMS = ("long", "short", "private", "holding")
SOURCES = (
    "opening", "heated_opening", "status", "next_steps", "approximate_time", "promised_time", "planned_outcome", "extra",
)  # fmt: skip
"""The templates of a form; the empty ones are left out."""
SNAP = ("status", "next_steps", "approximate_time", "planned_outcome")

ROOM = 4
"""How much is said of what is optional where there is room for all of it."""

_ENVIRONMENT = ImmutableSandboxedEnvironment(undefined=StrictUndefined)


@dataclass(frozen=True, slots=True)
class Setting:
    """What a draft is made from, apart from the playbook. `facts` are what it may repeat, `said` what the customer said,
    which is not asked again. `time` is the moment by which they hear from us, `promise` the one by which something is kept,
    each with its words; no promise where nothing supports it.
    `room` is how much is said of what is optional, 0 to ROOM: what templates say `{% if room %}` stays longest, then
    `{% if room > 1 %}` and so on; the `extra` sentence goes first."""

    values: Mapping[str, str]
    said: Sequence[Fact]
    facts: Sequence[Fact]
    time: tuple[datetime, str]
    promise: tuple[datetime, str] | None = None
    heated: bool = False
    room: int = ROOM


@lru_cache(maxsize=4096)
def template(source: str) -> Template:
    """Compiled once in a process: the shipped playbooks are the same in every configuration. Raises what Jinja2 does."""
    return _ENVIRONMENT.from_string(source)


def sources(reply: Reply) -> Iterator[tuple[str, str]]:
    """The parts that a form has, as templates on one line each."""
    for part in SOURCES:
        if source := " ".join(getattr(reply, part).split()):
            yield part, source


def known(
    values: Mapping[str, str], facts: Sequence[Fact], report_by: str, room: int = ROOM
) -> dict[str, Any]:
    """All that a template may use; what the customer did not say is empty. `thing` is what it is about, theirs or ours."""
    their = dict.fromkeys(SLOTS, "") | dict(facts)
    ours = f"our {their['ours']}" if their["ours"] else ""
    thing = f"your {their['product']}" if their["product"] else ours
    return {**values, "report_by": report_by, "room": room, "their": their, "thing": thing}


def missing(book: Playbook, said: Sequence[Fact]) -> Need | None:
    """The first fact that the playbook needs and the customer did not give."""
    given = {fact.slot for fact in said}
    return next((need for need in book.needs if given.isdisjoint(need.given)), None)


def compose(book: Playbook, form: str, setting: Setting) -> Draft | None:
    """The form filled in; None when it has no such form, or a part of it can't be rendered or has a flaw."""
    reply: Reply | None = getattr(book, form)
    if reply is None:
        return None
    need = missing(book, setting.said) if form != "holding" else None
    try:
        parts = _rendered(dict(sources(reply)), need, setting)
    except Exception:
        # A template can raise whatever an expression in it raises.
        return None
    if any(flaw(part) for part in parts.values()):
        return None
    body = " ".join(parts[part] for part in SNAP)
    paragraphs = [each for each in (parts["opening"], body, parts.get("extra", "")) if each]
    text = (" " if form in ("short", "holding") else "\n\n").join(paragraphs)
    moment, words = setting.promise if setting.promise and reply.promised_time else setting.time
    return Draft(
        playbook=book.name,
        text=text,
        status=parts["status"],
        next_steps=parts["next_steps"],
        approximate_time=parts["approximate_time"],
        planned_outcome=parts["planned_outcome"],
        form="long" if form == "long" else "private" if form == "private" else "short",
        opening=parts["opening"],
        report_by=moment if words in text else None,
        asks=need.fact if need else "",
        facts=tuple(fact for fact in setting.facts if _says(text, fact.words)),
    )


def _says(text: str, words: str) -> bool:
    """As words of their own; "the order number" says nothing of an order."""
    return bool(re.search(rf"(?<!\w){re.escape(words)}(?!\w| number)", text))


def _rendered(templates: Mapping[str, str], need: Need | None, setting: Setting) -> dict[str, str]:
    """The opening and the four parts in their order, as they are worded in this case, and perhaps a last sentence."""
    may_use = known(setting.values, setting.facts, setting.time[1], setting.room)
    heated = setting.heated and "heated_opening" in templates
    promise = setting.promise if "promised_time" in templates else None
    parts = {
        "opening": template(templates["heated_opening" if heated else "opening"]).render(may_use),
        "status": template(templates["status"]).render(may_use),
        "next_steps": template(templates["next_steps"]).render(may_use),
        "approximate_time": template(templates["approximate_time"]).render(may_use),
        "planned_outcome": template(templates["planned_outcome"]).render(may_use),
    }
    if need:
        ask = template(" ".join(need.ask.split())).render(may_use)
        parts["next_steps"] = f"{ask} {parts['next_steps']}"
    if promise:
        may_use["promised_by"] = promise[1]
        parts["approximate_time"] = template(templates["promised_time"]).render(may_use)
    if setting.room == ROOM and "extra" in templates:
        parts["extra"] = template(templates["extra"]).render(may_use)
    return parts
