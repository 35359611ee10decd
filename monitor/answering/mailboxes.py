"""Answers that have to be fetched: each channel that has a mailbox is asked once a minute."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from monitor.answering import answers
from monitor.parts import Parts
from monitor.ports import Mailbox, Said
from monitor.store import Tables

EVERY = timedelta(minutes=1)


class Mailboxes:
    def __init__(self, parts: Parts) -> None:
        self._ = parts

    def schedule(self, tables: Tables, now: datetime) -> None:
        """Make the rows of the jobs that are not there yet."""
        for name, channel in self._.channels.items():
            if isinstance(channel, Mailbox):
                tables.jobs.ensure(f"mailbox {name}", now)

    def run(self, name: str, now: datetime) -> None:
        """Do what the answers say that have come; the job of a channel that has no mailbox any more ends. ChannelError when
        it can't be read."""
        channel = self._.channels.get(name)
        if isinstance(channel, Mailbox):
            channel.fetch(partial(self._heard, name))
            self._.store.write(
                lambda tables: tables.jobs.succeeded(f"mailbox {name}", now, self._.clock.now() + EVERY)
            )
        else:
            self._.store.write(lambda tables: tables.jobs.remove(f"mailbox {name}"))

    def _heard(self, name: str, said: Said) -> str | None:
        return answers.heard(self._.store, self._.config, name, said, self._.clock.now(), answers.LONG)
