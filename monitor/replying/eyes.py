"""A reply that waits for a second pair of eyes finds them: whoever is on call is told, one after the other, then everybody
else, until somebody has read it. Those who have approved it are not asked."""

from __future__ import annotations

from datetime import datetime

import structlog

from monitor.oncall import reach
from monitor.paging.calling import Caller
from monitor.parts import Parts
from monitor.store import Contact, Delivery, ReplyRow, Tables

log = structlog.get_logger()


def revision(reply: ReplyRow) -> int:
    """Of the pages that ask for it: those of a promise are 0 and 1, and other words are another thing to read."""
    return reply.version + 1


def is_asked(delivery: Delivery) -> bool:
    """Whether a page about a reply asks for a second pair of eyes; else it is about its promise."""
    return delivery.promise_id is not None and delivery.revision > 1


def is_wanted(reply: ReplyRow | None, delivery: Delivery) -> bool:
    """Whether a page about the reply still matters: its promise is open, or these words wait to be read."""
    if reply is None or not is_asked(delivery):
        return reply is not None and reply.promise == "open"
    return reply.state == "proposed" and revision(reply) == delivery.revision


class Eyes:
    def __init__(self, parts: Parts) -> None:
        self._ = parts
        self._store = parts.store
        self._caller = Caller(parts)

    def run(self, number: int, now: datetime) -> None:
        """Tell the next one, and come back once they have had the time to answer."""
        self._store.write(lambda tables: self._run(tables, number, now))

    def _run(self, tables: Tables, number: int, now: datetime) -> None:
        reply, job = tables.replies.get(number), f"eyes {number}"
        alert = tables.alerts.get(reply.alert_id) if reply and reply.alert_id is not None else None
        if reply is None or alert is None or reply.state != "proposed":
            tables.jobs.remove(job)
            return
        told = {
            each.note
            for each in tables.replies.events(number)
            if (each.what, each.version) == ("asked", reply.version)
        }
        names = [*self._caller.everybody(tables, now), *(each.name for each in self._.config.people)]
        left = [
            each for each in names if each not in {*told, *reply.approvals} and self._caller.contacts(each)
        ]
        person = self._caller.person(left[0]) if left else None
        if person is None:
            tables.jobs.remove(job)
            log.error("nobody has read a reply that waits for a second pair of eyes", reply=reply.code)
            return
        ways = reach.ways(person, alert.severity, (), now)
        tables.outbox.enqueue(
            [Contact(person.name, *way) for way in ways], promise_id=number, revision=revision(reply)
        )
        tables.replies.log(reply, now, "", "asked", note=person.name)
        tables.jobs.succeeded(job, now, now + self._caller.wait(0))
