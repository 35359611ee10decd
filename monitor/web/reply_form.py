"""What a browser sends of the page on which customers are answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import get_args
from urllib.parse import parse_qs

from monitor.reply import Form

FIELDS = 60
"""Of a form; further ones are none of ours."""
WORDED_FOR = timedelta(hours=12)
"""A proposal is kept as it was shown for so long: it names a time."""

Fields = Mapping[str, list[str]]


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the editor: a text, the variant that it began as ("short", …), the moment for which that was worded,
    and the warnings that are ticked. `former` is what another text was put over."""

    text: str
    variant: str
    at: datetime
    ticks: frozenset[str] = frozenset()
    former: str = ""


def form_of(variant: str) -> Form:
    """Of words that began as that variant: what is for the whole story is public."""
    forms: tuple[Form, ...] = get_args(Form)
    return next((each for each in forms if each == variant), "short")


def fields(body: bytes) -> Fields:
    few = b"&".join(body.split(b"&", FIELDS)[:FIELDS])
    return parse_qs(few.decode("utf-8", "replace"), keep_blank_values=True)


def first(form: Fields, name: str) -> str:
    return form.get(name, [""])[0]


def typed_in(form: Fields, now: datetime) -> Typed:
    """What a browser sends of the editor, with the line breaks that were typed."""
    text = first(form, "text").replace("\r\n", "\n").replace("\r", "\n")
    return Typed(
        text, first(form, "variant"), _moment(first(form, "at"), now), frozenset(form.get("tick", ()))
    )


def _moment(text: str, now: datetime) -> datetime:
    """The time for which a proposal was worded, or now where that says none, or an old one."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return now
    return at.astimezone(UTC) if at.tzinfo and timedelta() <= now - at <= WORDED_FOR else now
