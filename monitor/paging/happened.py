"""Pure: what happened to an alert, in words: as its page, its story and its report say it."""

from __future__ import annotations

from typing import Protocol

from monitor.wording.text import one_line

NOTE_SHOWN = 300

_WORDS: dict[str, str] = {
    "opened": "Opened: {note}",
    "paged": "{who} was paged {note}",
    "updated": "News: {note}",
    "escalated": "Not acknowledged in time: on to {note}",
    "acknowledged": "{who} took it",
    "snoozed": "{who} let it rest",
    "reopened": "Open again: {note}",
    "resolved": "{who} said that it is over",
    "held": "The page to {who} waits: {note}",
    "not delivered": "A page to {who} was not delivered: {note}",
    "nobody left": "Nobody acknowledged, and nobody is left to page",
    "nobody on call": "Nobody is on call in {note}",
    "holder unreachable": "{who} could not be reached",
    "note": "{who} noted",
    "proposed": "{who} approved the reply {note}: it needs a second pair of eyes",
    "replied": "{who} answered a customer {note}",
    "not replied": "The reply of {who} was not posted: {note}",
}


class Event(Protocol):
    """A row of an alert's audit log."""

    @property
    def event(self) -> str: ...
    @property
    def person(self) -> str | None: ...
    @property
    def note(self) -> str: ...


def happened(event: Event, but: str = "") -> str:
    """One line of an alert's past; a note that is `but` is said elsewhere and not again. What somebody noted is no part of
    the line (`noted`)."""
    who = one_line(event.person or "", 80)
    note = "" if event.note == but else one_line(event.note, NOTE_SHOWN)
    words = _WORDS.get(event.event, "{what} {who} {note}")
    if event.event == "resolved" and not who:
        words = "Over: {note}"
    return words.format(who=who, note=note, what=event.event).strip().rstrip(":")


def noted(event: Event) -> str:
    """What somebody wrote down, in their words; empty for anything else."""
    return one_line(event.note, NOTE_SHOWN) if event.event == "note" else ""
