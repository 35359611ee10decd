"""Drafts for a post, and a text as lint reads it, for programs and assistants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import structlog

from monitor.model import MentionKey
from monitor.reply import Draft, Internal, Occasion
from monitor.store import Tables
from monitor.web.api.shapes import Checked, Finding, listed
from monitor.web.proposals import Answering

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Drafted:
    """What is proposed for a post: by the names short, long, private and, where there is one for everybody in the story,
    holding. Beside it, for colleagues alone, what a drafter tells them."""

    variants: Mapping[str, Draft]
    may_offer: Internal
    owner: Internal
    escalate: Internal

    def named(self, form: str) -> Draft | None:
        """The draft of that form, else any."""
        return self.variants.get(form) or next(iter(self.variants.values()), None)


def drafted(tables: Tables, answering: Answering, key: MentionKey, person: str, now: datetime) -> Drafted:
    """The drafts for a post that is there, as they are worded for that person now; none where none can be made: who asks
    can still write."""
    story = tables.stories.of(key)
    alert = tables.alerts.of_story(story) if story is not None else None
    case = answering.desk.case(key, alert.id if alert else None, now)
    try:
        made = answering.drafter.drafts(case, person, now)
        holding = answering.drafter.holding(case, person, now) if case.posts > 1 else None
    except Exception:
        log.exception("no draft", source=key.source, id=key.id)
        return Drafted({}, Internal(), Internal(), Internal())
    variants = {each.form: each for each in made.variants} | ({"holding": holding} if holding else {})
    return Drafted(variants, made.may_offer, made.owner, made.escalate)


def checked(answering: Answering, text: str, occasion: Occasion) -> Checked:
    """The text as lint reads it there."""
    findings = answering.lint(text, occasion)
    length, limit = answering.room(text, occasion)
    blocked = any(each.severity == "error" for each in findings)
    return Checked(findings=listed(Finding, findings), blocked=blocked, length=length, limit=limit)
