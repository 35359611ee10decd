"""Pure: the ways to word one form of a playbook in one case, the fullest that fits first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import product

from alerts.length import fits
from alerts.snap.compose import ROOM, Setting, compose
from alerts.snap.facts import facts_of
from alerts.snap.playbooks import Playbook
from alerts.snap.service import Service, privately
from alerts.snap.times import timely
from monitor.reply import Case, Draft, Fact
from monitor.wording.platforms import handle

_WHISPERED = {"wish", "order"}
"""What is never said back where everybody reads it: a wish for money draws others, and a number is personal."""
_LESS = (
    (),
    ("place", "date"),
    ("place", "date", "wait", "wish"),
    ("place", "date", "wait", "wish", "product", "ours", "flight"),
)
"""What is left unsaid, step by step, where room is short."""


@dataclass(frozen=True)
class Wording:
    """A case as whoever answers it sees it: `responder` signs, `platform` is where it is answered, `products` are what the
    brand calls what it sells."""

    case: Case
    platform: str
    responder: str
    service: Service
    brand: str
    products: Sequence[str]
    now: datetime

    def draft(self, book: Playbook, form: str) -> Draft | None:
        """The fullest wording of it that fits the platform; None when none does, or the playbook has no such form.

        Where room is short, first what is optional goes, then what the customer said, place and date first, then the
        promise (a report instead), then what is said to somebody angry, then the greeting's handle. No sentence is cut.
        """
        tried = (compose(book, form, setting) for setting in self._settings(book, form))
        private = form == "private"
        return next(
            (draft for draft in tried if draft and fits(self.platform, draft.text, private=private)), None
        )

    def _settings(self, book: Playbook, form: str) -> Iterator[Setting]:
        said = self._said() if form != "holding" else ()
        silent = {"order"} if form == "private" else _WHISPERED
        timely_facts = timely(said, self.case.mention.created_at, self.now)
        facts = tuple(fact for fact in timely_facts if fact.slot not in silent)
        report, kept_by = self.service.report_at(self.now), self.service.promised_at(book.sla, self.now)
        time = (report, self._in_words(report, book))
        promise = (kept_by, self._in_words(kept_by, book)) if kept_by else None
        for customer in dict.fromkeys((self.customer(form), "")):
            values = variables(
                book, form, self.service.contact, self.brand, self.responder, customer, self.platform
            )
            for heated, promised, less, room in product(
                (True, False) if self._is_heated() else (False,),
                (promise, None) if promise else (None,),
                _LESS if facts else _LESS[:1],
                range(ROOM, -1, -1),
            ):
                repeated = tuple(fact for fact in facts if fact.slot not in less)
                yield Setting(values, said, repeated, time, promised, heated=heated, room=room)

    def _said(self) -> tuple[Fact, ...]:
        found = self.case.found
        language = self.case.mention.language or (found.language if found else None) or "en"
        text = self.case.mention.text
        return facts_of(text, self.products) if language.casefold().startswith("en") else ()

    def customer(self, form: str) -> str:
        """Nobody is called by a handle in a message that they alone read, and nobody in one that is for all."""
        known = form not in ("private", "holding")
        return handle(self.case.mention.author.handle, self.platform) if known else ""

    def _is_heated(self) -> bool:
        """Anger, and what is critical, arouses; empathy and an explanation go first then."""
        emotion = self.case.found.emotion if self.case.found else None
        angry = emotion and emotion.anger >= max(emotion.joy, emotion.optimism, emotion.sadness)
        return bool(angry) or self.case.severity == "critical"

    def _in_words(self, moment: datetime, book: Playbook) -> str:
        return self.service.in_words(moment, self.now, self.case.time_zone, book.language)


def variables(
    book: Playbook, form: str, contact: str, brand: str, responder: str, customer: str, platform: str
) -> dict[str, str]:
    """What every template of the form may use, apart from times and what the customer said. There are English words
    alone for "privately": other languages have the bare contact."""
    contact = book.contact or contact
    where = "here" if form == "private" else privately(contact)
    return {
        "greeting": f"Hello {customer}" if customer else "Hello",
        "customer": customer,
        "responder": responder,
        "brand": brand,
        "contact": contact,
        "privately": where if book.language == "en" else contact,
        "platform": platform,
    }
