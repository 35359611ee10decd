"""Drafts of SNAP replies from playbooks: Status, Next steps, Approximate time, Planned outcome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from alerts.length import limit
from alerts.snap.choose import choose
from alerts.snap.examined import problems
from alerts.snap.flaws import flaw
from alerts.snap.playbooks import GENERAL, Playbook
from alerts.snap.service import Service
from alerts.snap.wording import Wording
from monitor.errors import ConfigError, InputError
from monitor.reply import Case, Draft, Drafts, Internal

AGAIN = "again"
"""The playbook for whoever was answered publicly before: it leads to the private channel."""

SHORT = 350
"""Where no more than so much fits, the short form is the proposed one."""


class SnapDrafter:
    """The port Drafter over playbooks.

    `playbooks` are those of `load_playbooks`; `platforms` says which platform a source of another name is on
    ({"x-uk": "x"}), `products` what the brand calls what it sells. Every playbook is rendered at the start in all the ways
    that a case can ask for: ConfigError has a line for each part that can't be used and for each playbook without a form
    that fits a post on X.
    """

    def __init__(
        self,
        playbooks: Sequence[Playbook],
        service: Service,
        brand: str,
        platforms: Mapping[str, str] | None = None,
        products: Sequence[str] = (),
    ) -> None:
        if words := flaw(brand):
            raise ConfigError([f"brand: {brand!r} {words}; customers would read it in every draft"])
        self._books = tuple(playbooks)
        self._service = service
        self._brand = brand
        self._platforms = dict(platforms or {})
        self._products = tuple(products)
        wrong = [words for book in playbooks for words in problems(book, service, brand)]
        if GENERAL not in {book.name for book in playbooks}:
            wrong.append(f"playbooks: the playbook {GENERAL!r} is missing; every other one falls back on it")
        if wrong:
            raise ConfigError(wrong)

    def drafts(self, case: Case, responder: str, now: datetime) -> Drafts:
        """The first variant can be posted as it stands where everybody reads it: the short form where little fits, else the
        long one, and beside it the short one where it says something else. The last one is private.

        Whoever was answered publicly before is led to the private channel by the public forms (of the playbook AGAIN), and
        the private one goes on with their case. What stands in parentheses behind the responder's name ("Sam (first on
        call)") is for the team and left out. InputError when not even the shortest form fits, or when the responder has no
        name.
        """
        wording = self._wording(case, responder, now)
        chosen = choose(self._books, case)
        again = [book for book in self._books if book.name == AGAIN and book.language == chosen[0].language]
        public = _public(wording, (*again, *chosen) if case.turn else chosen)
        if not public:
            raise InputError(
                f"no playbook fits the {limit(wording.platform)} characters of {wording.platform}; "
                f"shorten the short form of {GENERAL!r} or the responder's name {wording.responder!r}"
            )
        book = chosen[0]
        private = _first(wording, (book, chosen[-1]), "private")
        return Drafts(
            (*public, private) if private else public,
            Internal(book.may_offer),
            Internal(book.owner),
            Internal(book.escalate),
        )

    def holding(self, case: Case, responder: str, now: datetime) -> Draft | None:
        """One statement for a whole story: it names no customer and repeats nothing that one of them said."""
        return _first(self._wording(case, responder, now), choose(self._books, case), "holding")

    def _wording(self, case: Case, responder: str, now: datetime) -> Wording:
        signed = responder.partition("(")[0].rstrip()
        if flaw(signed):
            raise InputError(f"a draft names the colleague on call, and {responder!r} is not a name")
        platform = self._platforms.get(case.mention.source, case.mention.source)
        return Wording(case, platform, signed, self._service, self._brand, self._products, now)


def _public(wording: Wording, books: Sequence[Playbook]) -> tuple[Draft, ...]:
    """The public forms of the first playbook that has one that fits: where there is room the long one and the short one,
    else a single one. None without the customer's handle beside one that has it: Mastodon tells nobody of
    a reply but whom it names."""
    for book in books:
        if limit(wording.platform) <= SHORT:
            only = wording.draft(book, "short") or wording.draft(book, "long")
            found = {only.text: only} if only else {}
        else:
            forms = (wording.draft(book, form) for form in ("long", "short"))
            made = {draft.text: draft for draft in forms if draft}
            found = {text: draft for text, draft in made.items() if wording.customer("short") in text} or made
        if found:
            return tuple(found.values())
    return ()


def _first(wording: Wording, books: Sequence[Playbook], form: str) -> Draft | None:
    return next((draft for book in books if (draft := wording.draft(book, form))), None)
