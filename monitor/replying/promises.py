"""What a reply promises is a clock: before it runs out its owner is paged (who is away or has left: whoever is on call
first), and once it has, whoever is on call first.

Pages go through the outbox, so that none is lost. To acknowledge is not to keep: only a further reply, or somebody's word
(`snapwatch kept`), ends it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import structlog

from monitor.oncall import reach
from monitor.paging.calling import Caller
from monitor.parts import Parts
from monitor.store import Contact, Delivery, ReplyRow, Tables

WARNING, BROKEN = 0, 1
"""Revisions of a promise's pages: that it runs out, that it has."""

log = structlog.get_logger()


class Promises:
    def __init__(self, parts: Parts) -> None:
        self._store = parts.store
        self._caller = Caller(parts)

    def run(self, number: int, now: datetime) -> None:
        """Page whoever has to hear of it now, and set when the next one has."""
        said = self._store.write(lambda tables: self._run(tables, number, now))
        if said:
            log.warning(said, reply=f"r{number}")

    def _run(self, tables: Tables, number: int, now: datetime) -> str:
        reply, job = tables.replies.get(number), f"promise {number}"
        if reply is None or reply.promise != "open" or reply.report_by is None:
            tables.jobs.remove(job)
            return ""
        if now < reply.report_by:
            tables.jobs.succeeded(job, now, reply.report_by)
            if reply.warned_at is not None:
                return ""
            tables.replies.warned(reply.id, now)
            owner = [] if self._caller.is_away(tables, reply.owner, now) else [reply.owner]
            self._page(tables, reply, owner, WARNING, now)
            return "a promise runs out"
        tables.jobs.remove(job)
        tables.replies.broken(reply.id, now)
        # Whoever could not be warned, since nothing ran then, hears of it with whoever is on call.
        owner = [reply.owner] if reply.warned_at is None else []
        self._page(tables, reply, [*self._caller.everybody(tables, now)[:1], *owner], BROKEN, now)
        return "a promise has run out"

    def failed(self, tables: Tables, delivery: Delivery, now: datetime) -> None:
        """A page about it failed for good: when none to anybody is under way or was taken, the next person on call gets
        it."""
        reply = tables.replies.get(delivery.promise_id or 0)
        tried = tables.outbox.promise_tried(delivery.promise_id or 0, delivery.revision)
        if reply is None or reply.promise != "open" or tried is None:
            return
        left = [each for each in self._reachable(self._caller.everybody(tables, now)) if each not in tried]
        if left:
            self._page(tables, reply, left[:1], delivery.revision, now)
        else:
            log.error("a promise's page reached nobody", reply=reply.code)

    def _page(
        self, tables: Tables, reply: ReplyRow, people: Iterable[str], revision: int, now: datetime
    ) -> None:
        """At once, quiet hours or not: they have promised it themselves, or are on call."""
        reached = self._reachable(people) or self._reachable(self._caller.everybody(tables, now))[:1]
        for name in reached:
            person = self._caller.person(name)
            ways = reach.ways(person, "warning", (), now, asked=True) if person else []
            tables.outbox.enqueue(
                [Contact(name, *way) for way in ways], promise_id=reply.id, revision=revision
            )
            what = "warned" if revision == WARNING else "ran out"
            tables.replies.log(reply, now, "", what, note=f"{name} is paged")
        if not reached:
            log.error("a promise runs out, and nobody can be reached", reply=reply.code)

    def _reachable(self, people: Iterable[str]) -> list[str]:
        return [each for each in dict.fromkeys(people) if self._caller.contacts(each)]
