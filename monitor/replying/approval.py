"""Pure: what may be done with a reply as it stands, and what comes of it.

    draft → proposed → approved → posting → posted | failed
              (four eyes)   └─→ copied ──→ posted
    proposed, approved, posting → draft, when an edit, or what has happened since, takes the approvals back
    draft, proposed, approved, copied → withdrawn; what hangs in posting may be, too

`posting` is reached from `approved` alone, and `approved` only by as many different people as are needed, each of whom has
approved the very text that stands there: an edit takes back what was approved before.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

from monitor.errors import InputError
from monitor.model import SEVERITIES, Severity
from monitor.reply import Finding

State = Literal["draft", "proposed", "approved", "posting", "posted", "failed", "copied", "withdrawn"]
STATES: tuple[State, ...] = get_args(State)

OPEN: tuple[State, ...] = ("draft", "proposed", "approved")
"""May still be edited."""
LIVE: tuple[State, ...] = (*OPEN, "posting", "copied")
"""A post has at most one of these."""

EDITED = "the customer has edited the post since"

LONGEST = 10_000
"""Characters of a reply: more than any platform takes."""

_NOW = {
    "draft": "nobody has approved it yet",
    "proposed": "it waits for a second pair of eyes",
    "approved": "it is approved",
    "posting": "it is being posted",
    "posted": "it is posted",
    "failed": "the platform refused it",
    "copied": "somebody took it to post it by hand",
    "withdrawn": "it was withdrawn",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """How a reply stands. `approvals` are the people who have approved this very `text`; `needs` how many must."""

    state: State
    text: str
    version: int = 1
    needs: int = 1
    approvals: tuple[str, ...] = ()


def needed(four_eyes: Severity | None, severity: Severity) -> int:
    """How many people must approve a reply in an alert of that severity."""
    return 2 if four_eyes is not None and SEVERITIES.index(severity) >= SEVERITIES.index(four_eyes) else 1


def edited(reply: Standing, text: str, seen: int) -> Standing:
    """With new words, which nobody has approved yet."""
    _check(reply, OPEN, "edited")
    _check_seen(reply, seen)
    return replace(reply, state="draft", text=worded(text), version=reply.version + 1, approvals=())


def worded(text: str) -> str:
    """Words that can be a reply, as they go out. InputError for what can't."""
    words = text.replace("\r\n", "\n").strip()
    if not words:
        raise InputError("the reply is empty")
    if len(words) > LONGEST:
        raise InputError(f"the reply has {len(words):,} characters; no platform takes more than {LONGEST:,}")
    if not words.isascii() and any("\ud800" <= char <= "\udfff" for char in words):
        raise InputError("the reply holds half a character; write it anew")
    return words


def approved(
    reply: Standing, person: str, seen: int, findings: Sequence[Finding], ticked: Collection[str]
) -> Standing:
    """Once more approved; `approved` when enough different people have. An error of lint blocks it, a warning has to be
    ticked by everybody who approves."""
    _check(reply, ("draft", "proposed"), "approved")
    _check_seen(reply, seen)
    if person in reply.approvals:
        raise InputError(f"{person} has approved it already: somebody else has to look at it, too")
    for severity, left in (("error", ()), ("warning", ticked)):
        wrong = [each for each in findings if each.severity == severity and each.rule not in left]
        if wrong:
            told = "; ".join(dict.fromkeys(f"{each.rule}: {each.reason}" for each in wrong))
            what = "it can't be sent" if severity == "error" else "tick what is meant to be so"
            raise InputError(f"{what}: {told}")
    approvals = (*reply.approvals, person)
    state: State = "approved" if len(approvals) >= reply.needs else "proposed"
    return replace(reply, state=state, approvals=approvals)


def posting(reply: Standing) -> Standing:
    """About to be given to the platform, or about to be again."""
    _check(reply, ("approved", "posting"), "posted")
    _check_approvals(reply)
    return replace(reply, state="posting")


def copied(reply: Standing) -> Standing:
    """Somebody takes it to post it by hand."""
    _check(reply, ("approved", "copied"), "copied")
    _check_approvals(reply)
    return replace(reply, state="copied")


def posted(reply: Standing) -> Standing:
    """It stands on the platform: by the platform's word or, of what was copied or hangs, by a person's. What was withdrawn
    because nobody knew may turn out to stand there all the same."""
    _check(reply, ("posting", "copied", "withdrawn"), "said to be posted")
    _check_approvals(reply)
    return replace(reply, state="posted")


def failed(reply: Standing) -> Standing:
    """The platform refused it for good."""
    _check(reply, {"posting"}, "given up")
    return replace(reply, state="failed")


def taken_back(reply: Standing) -> Standing:
    """What was approved must not go out any more as it is: it has to be looked at, and approved, anew."""
    _check(reply, (*OPEN, "posting"), "taken back")
    return replace(reply, state="draft", version=reply.version + 1, approvals=())


def withdrawn(reply: Standing, *, hangs: bool = False) -> Standing:
    """Not to be sent any more. `hangs`: it is not known whether it was posted, and that for long."""
    may: tuple[State, ...] = (*OPEN, "copied", "posting") if hangs else (*OPEN, "copied")
    _check(reply, may, "withdrawn")
    return replace(reply, state="withdrawn")


def _check(reply: Standing, states: Collection[State], what: str) -> None:
    if reply.state not in states:
        raise InputError(f"it can't be {what}: {_NOW[reply.state]}")


def _check_approvals(reply: Standing) -> None:
    if len(set(reply.approvals)) < reply.needs:
        raise InputError("not enough people have approved what it says now")


def _check_seen(reply: Standing, seen: int) -> None:
    if seen != reply.version:
        raise InputError("somebody has edited it meanwhile: look at what it says now")
