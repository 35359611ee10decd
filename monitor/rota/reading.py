"""Reads the calendars of rotations' layers every hour; what one said last holds while it can't be read."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog

from monitor.parts import Parts
from monitor.store import Tables

EVERY = timedelta(hours=1)

log = structlog.get_logger()


class CalendarReader:
    def __init__(self, parts: Parts) -> None:
        self._ = parts
        self._layers = {
            f"calendar {number} {rotation.name}": (rotation.name, number)
            for rotation in parts.config.rotations
            for number, layer in enumerate(rotation.layers)
            if layer.calendar is not None
        }

    def schedule(self, tables: Tables, now: datetime) -> None:
        """A job for each calendar; all are read at once at a start, since the configuration may name others now."""
        for job in self._layers:
            tables.jobs.ensure(job, now)
            tables.jobs.postpone(job, now)

    def run(self, job: str, now: datetime) -> bool:
        """Keep what the calendar says now; False when no layer has it any more. PortError when it can't be read."""
        if job not in self._layers:
            return False
        rotation, number = self._layers[job]
        found = self._.calendar(rotation, number, now)
        if found.strange:
            log.warning("the calendar has events that are nobody's shift", job=job, events=found.strange[:20])

        def work(tables: Tables) -> None:
            tables.rota.put_calendar(rotation, number, found.shifts)
            tables.jobs.succeeded(job, now, now + EVERY)

        self._.store.write(work)
        return True
