"""To whom the morning brief goes. Everything here happens inside a transaction of the caller."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import structlog

from monitor.paging.calling import Caller
from monitor.store import Contact, Tables

log = structlog.get_logger()


class Briefing:
    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def brief(self, tables: Tables, due: datetime, now: datetime) -> int:
        """Queue the morning brief of that time for whoever is on call, if anything was held back; how many stories it
        tells. What nobody can be mailed waits for the next brief."""
        contacts = self._mail_of_first(self._caller.everybody(tables, now), now)
        if not contacts:
            log.error("the morning brief reaches nobody: no one on call has an address that takes mail")
            return 0
        told = tables.held.brief(due)
        if told:
            tables.outbox.enqueue(contacts, brief=due)
        return told

    def brief_failed(self, tables: Tables, due: datetime, now: datetime) -> None:
        """A delivery of that brief failed for good. When no other is under way or was taken, the next person gets it; what
        nobody is left to get is told by the next brief."""
        tried = tables.outbox.brief_tried(due)
        if tried is None:
            return
        left = [each for each in self._caller.everybody(tables, now) if each not in tried]
        contacts = self._mail_of_first(left, now)
        tables.outbox.enqueue(contacts, brief=due)
        if not contacts:
            tables.held.untell(due)
            log.error("the morning brief reached nobody: the next one tells what it held", due=due)

    def _mail_of_first(self, people: Sequence[str], now: datetime) -> list[Contact]:
        """The addresses of the first of them who takes mail."""
        return next(filter(None, (self.mail_of(person, now) for person in people)), [])

    def mail_of(self, person: str, now: datetime) -> list[Contact]:
        """The addresses of a person that take mail."""
        return [
            Contact(person, channel, now)
            for channel in self._caller.contacts(person)
            if self._caller.carries(channel) == "mail"
        ]
