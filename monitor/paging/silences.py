"""Pure: silences, which hold what would page for a time, because somebody knows of it already.

A silence is of everything, a source, a category, or one story. A source's holds a story only while all of it comes from
silenced sources: what has got out is news. What is urgent (people come to harm, or the law has a deadline) is held only by
a silence of its own story, or of the very category that makes it urgent.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from typing import Literal

from monitor.rules import Decision, Settings, StoryFacts
from monitor.wording.text import one_line

Kind = Literal["all", "source", "category", "story"]

WHY_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Silence:
    """What pages nobody from `at` to `until`. `what` is the source, the category or the story's number, and empty when it
    is everything; `who` made it. `ended_at`: somebody ended it before its time, or its time is over."""

    number: int
    kind: Kind
    what: str
    until: datetime
    why: str
    who: str
    at: datetime
    ended_at: datetime | None = None

    @property
    def name(self) -> str:
        """What it is of, in a word or two."""
        return {"all": "everything", "story": f"story {self.what}"}.get(self.kind, one_line(self.what, 80))


def match(
    silences: Iterable[Silence], facts: StoryFacts, story: int, settings: Settings, now: datetime
) -> Silence | None:
    """Of the silences that hold a story at `now`, the one that does so for longest; None when it may page."""
    active = [each for each in silences if each.ended_at is None and each.until > now]
    quiet = {each.what for each in active if each.kind == "source"}
    named = {each.what for each in active if each.kind == "category"}
    urgent = {each for each in (facts.category, *facts.sure_of) if each in settings.urgent}

    def holds(each: Silence) -> bool:
        match each.kind:
            case "story":
                return each.what == str(story)
            case "category" if urgent:
                return each.what in urgent and urgent <= named
            case "category":
                return each.what == facts.category
            case "source":
                return not urgent and each.what in facts.sources and quiet.issuperset(facts.sources)
            case "all":
                return not urgent

    return max(filter(holds, active), key=lambda each: each.until, default=None)


def hold(decision: Decision, silence: Silence, zone: tzinfo, now: datetime) -> Decision:
    """The decision to page, held by that silence; `severity` stays what the page would have had."""
    why = one_line(silence.why, WHY_LONGEST)
    held = f"held: silence {silence.number} ({silence.name}, until {moment(silence.until, zone, now)}): {why}"
    return replace(decision, action="hold", rule="silenced", reason=f"{held}; {decision.reason}")


def is_for_the_brief(decision: Decision) -> bool:
    """Whether the morning brief tells that a silence held it: who made the silence knows what it is of, and not that this
    has become critical."""
    return decision.rule == "silenced" and decision.severity == "critical"


def moment(at: datetime, zone: tzinfo, now: datetime) -> str:
    """Such as "09:00 GMT" on the same day, "Tue 09:00 GMT" within six days, else "1 Dec 09:00 GMT"."""
    local, today = at.astimezone(zone), now.astimezone(zone)
    clock = f"{local:%H:%M} {local:%Z}"
    if local.date() == today.date():
        return clock
    if abs(local - today) < timedelta(days=6):
        return f"{local:%a} {clock}"
    year = f" {local.year}" if local.year != today.year else ""
    return f"{local.day} {local:%b}{year} {clock}"
