"""Watching the watcher: each minute, what is wrong with the watch itself is looked for, written down, and told."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

import structlog

from monitor.oncall import reach
from monitor.oncall.rota import Rota
from monitor.paging.notices import every
from monitor.parts import Parts
from monitor.rota import roster
from monitor.store import AlarmRow, Contact, Tables
from monitor.watching import watch
from monitor.watching.drills import Drills

EVERY = timedelta(minutes=1)
BREAK = timedelta(minutes=10)
"""Whoever has not looked for so long begins anew: what was not seen meanwhile is not silent, what waited not late."""

SINCE = "watching since"
LOOK_BACK = timedelta(days=7)
"""A test page that was missed so long ago is an alarm no more."""

log = structlog.get_logger()


class Watcher:
    def __init__(
        self,
        parts: Parts,
        wall: Callable[[], float] = time.time,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ = parts
        self._config = parts.config
        self._drills = Drills(parts)
        self._wall, self._steady = wall, steady
        self._clocks: tuple[float, float] | None = None

    def run(self, now: datetime) -> None:
        """Look once, in one transaction with what comes of it: alarms begin, go on or end, and people are told."""
        jump, free = self._jump(), self._free()

        def work(tables: Tables) -> None:
            tables.alerts.set_back(now + watch.JUMP, now)
            tables.sending.set_back(now + watch.JUMP, now)
            tables.replies.set_back(now + watch.JUMP, now)
            self._drills.miss(tables, now)
            facts = self._facts(tables, jump, free, now)
            wrong = watch.alarms(facts, self._config.watch, now)
            for each in wrong:
                self._goes_on(tables, tables.alarms.see(each.what, each.words, now), now)
            for row in tables.alarms.going_on():
                if now - row.seen_at >= watch.CALM:
                    self._ends(tables, row, now)
            tables.jobs.succeeded("watch", now, now + EVERY)

        self._.store.write(work)

    # --- what is known ----------------------------------------------------------------------------------------

    def _facts(self, tables: Tables, jump: timedelta, free: int | None, now: datetime) -> watch.Facts:
        job = tables.jobs.get("watch")
        ran_at = job.ran_at if job else None
        if ran_at and now < ran_at - watch.JUMP and abs(jump) < watch.JUMP:
            jump = now - ran_at  # it was set back while nobody looked
        began = self._began(tables, ran_at, now)
        quiet = [tables.watched.quiet(name, began, watch.WEEKS, now) for name in self._heard()]
        return watch.Facts(
            began=began,
            jobs=tables.jobs.watching(),
            every=every(self._config),
            quiet=[each for each in quiet if each],
            mention=tables.watched.oldest_mention(),
            page=tables.watched.oldest_page(now),
            free=free,
            ill=tables.watched.ill(now),
            jump=jump,
            uncovered=self._uncovered(tables, now),
            given_up=tables.watched.given_up(),
            missed=[watch.Missed(each.person, each.at) for each in tables.drills.missed(now - LOOK_BACK)],
        )

    def _jump(self) -> timedelta:
        """By how much the clock has moved otherwise than time passed since the last look."""
        before, self._clocks = self._clocks, (self._wall(), self._steady())
        if before is None:
            return timedelta(0)
        return timedelta(seconds=(self._clocks[0] - before[0]) - (self._clocks[1] - before[1]))

    def _free(self) -> int | None:
        try:
            return shutil.disk_usage(self._.store.path.parent).free
        except OSError:
            return None

    def _began(self, tables: Tables, ran_at: datetime | None, now: datetime) -> datetime:
        """Since when somebody looks without a long break, also over a restart."""
        known = tables.meta.get(SINCE)
        if known and ran_at and abs(now - ran_at) < BREAK:
            return datetime.fromisoformat(known)
        tables.meta.set(SINCE, now.isoformat())
        return now

    def _heard(self) -> list[str]:
        """The sources whose posts come by themselves and one by one; what people put into a folder comes in heaps."""
        return [name for name, source in self._config.sources.items() if source.type != "folder"]

    def _uncovered(self, tables: Tables, now: datetime) -> list[str]:
        rota = self._rota(tables, now)
        named = dict.fromkeys(name for step in self._steps() for name in step)
        return [name for name in named if rota.on_call(name, now) is None]

    def _rota(self, tables: Tables, now: datetime) -> Rota:
        return roster.rota(self._config, tables, now)

    def _steps(self) -> list[tuple[str, ...]]:
        calls = self._config.oncall
        return [step.page for step in calls.steps] or [(name,) for name in calls.order]

    # --- what people hear -------------------------------------------------------------------------------------

    def _goes_on(self, tables: Tables, row: AlarmRow, now: datetime) -> None:
        told = tables.alarms.last_told(row.what)
        if told is not None and now - told < watch.AGAIN:
            return
        contacts = list(self._contacts(tables, row.what, now))
        day = (now - row.since) // watch.AGAIN
        tables.outbox.enqueue(contacts, alarm_id=row.id, revision=day)
        tables.alarms.told(row.id, now)
        log.error(
            "alarm",
            what=row.what,
            words=row.words,
            told=[f"{each.person} by {each.channel}" for each in contacts],
        )

    def _ends(self, tables: Tables, row: AlarmRow, now: datetime) -> None:
        tables.alarms.cancel(row.id)
        tables.alarms.end(row.id, now)
        pressing = watch.is_pressing(row.what)
        contacts = []
        for name, channel in tables.alarms.heard(row.id):
            person = next((each for each in self._config.people if each.name == name), None)
            if person and channel in person.contacts:
                contacts += self._ways(person.name, [channel], pressing, now)
        tables.outbox.enqueue(contacts, alarm_id=row.id, kind="over")
        log.info("alarm over", what=row.what)

    def _contacts(self, tables: Tables, what: str, now: datetime) -> Iterable[Contact]:
        """Whom, by their methods for warnings; by other channels than the one that the alarm is about."""
        failing = what.removeprefix("channel ") if what.startswith("channel ") else ""
        for name in self._people(tables, what, now):
            person = self._config.person(name)
            usable = [
                channel
                for channel in person.contacts
                if channel != failing and self._.channels[channel].carries != "call"
            ]
            yield from self._ways(name, usable or list(person.contacts), watch.is_pressing(what), now)

    def _ways(self, name: str, usable: list[str], pressing: bool, now: datetime) -> list[Contact]:
        """The first of the person's methods that uses these channels, else all of them; at once if it is pressing."""
        person = self._config.person(name)
        found = [way for way in reach.ways(person, "warning", (), now) if way.channel in usable]
        found = found or reach.ways(person, "warning", usable, now)
        first = min((way.due_at for way in found), default=now)
        if pressing:
            return [Contact(name, way.channel, now) for way in found if way.due_at == first]
        return [Contact(name, *way) for way in found if way.due_at == first]

    def _people(self, tables: Tables, what: str, now: datetime) -> list[str]:
        """Who hears of it: as configured, else whoever is on call; of a test page that was missed, others if there are
        any."""
        calls, rota = self._config.oncall, self._rota(tables, now)
        steps = [rota.people(step, now) for step in self._steps()]
        people = list(self._config.watch.tell) or next((step for step in steps if step), [])
        missed = what.removeprefix("test page ") if what.startswith("test page ") else ""
        if missed in people:
            others = [each for each in (calls.fallback, *(each for step in steps for each in step)) if each]
            people = (
                [each for each in people if each != missed]
                or [each for each in dict.fromkeys(others) if each != missed][:1]
                or people
            )
        if not people and calls.fallback:
            people = [calls.fallback]
        return people or [each.name for each in self._config.people if each.contacts]
