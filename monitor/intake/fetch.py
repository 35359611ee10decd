"""What comes in: polling lane by lane, reading what was missed once more, reading counters again, listening, being told.

Each page is stored in one transaction with its cursor, the time that it covers and what it cost, so that a crash between
any two statements repeats at most one page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from monitor import metrics
from monitor.blind import FILL_BACK
from monitor.errors import SourceError
from monitor.intake import budget, polling
from monitor.intake.polling import Spent
from monitor.model import Batch, Mention
from monitor.parts import Parts
from monitor.ports import Listener, Receiver, Source
from monitor.store import Hole, Tables, lane_name

TURNS = 5_000
"""Posts due to be read again that are weighed at a time; after a long stop the others wait for the next second."""

PAGES_A_POLL = 50
"""Pages that one poll reads before others get their turn; the rest of the gap is due at once."""

FILL_EVERY = timedelta(minutes=15)

PAGES_A_FILL = 5
"""Pages that are read again before polling, which waits meanwhile, gets its turn."""

STEADY = timedelta(minutes=5)
"""A stream that has lived so long before it broke has not failed before."""

NO_ROOM = "the day's budget is used up"

log = structlog.get_logger()


class Fetcher:
    def __init__(self, parts: Parts) -> None:
        self._ = parts
        self._store = parts.store
        self._settings = parts.config.sources

    def schedule(self, tables: Tables, now: datetime) -> None:
        """Make the rows of the jobs that are not there yet; a due time that is there stays."""
        for name, source in self._.sources.items():
            for lane in source.lanes:
                tables.jobs.ensure(f"poll {lane_name(name, lane)}", now)
            for lane in source.lanes:
                tables.jobs.ensure(f"fill {lane_name(name, lane)}", now + FILL_EVERY)
            if source.read_size:
                tables.jobs.ensure(f"read {name}", now)
            if source.listens:
                tables.jobs.ensure(f"listen {name}", now)

    def run(self, job: str, now: datetime) -> bool:
        """Run a job of a source; False when the configuration has that source, or lane, no more. SourceError when it
        fails."""
        kind, _, rest = job.partition(" ")
        name, _, lane = rest.partition(" ")
        source = self._.sources.get(name)
        if source is None or (kind in ("poll", "fill") and lane not in source.lanes):
            return False
        match kind:
            case "poll":
                self.poll(name, now, lane)
            case "fill":
                self.fill(name, now, lane)
            case "read":
                self.read_again(name, now)
            case "listen" if source.listens:
                self.listen(name)
            case _:
                return False
        return True

    def poll(self, name: str, now: datetime, lane: str = "") -> None:
        """Read what is new, page by page until the gap since the last poll is closed or the day's budget is used up.
        SourceError when it can't."""
        source, of_lane = self._.sources[name], lane_name(name, lane)
        for _ in range(PAGES_A_POLL):
            cursor = self._store.read.sources.cursor(of_lane)
            room = self._room(source, now)
            if room is not None and room < source.least_room:
                self._rest(source, lane, cursor, now)
                return
            with metrics.polled(of_lane):
                batch = source.poll(cursor, now, lane, room)
            due = now if batch.more else now + self._every(name)
            self._keep(source, of_lane, batch, now, due)
            if not batch.more or self._.leaving.is_set():
                return

    def _keep(self, source: Source, of_lane: str, batch: Batch, now: datetime, due: datetime) -> None:
        """One transaction: what came, the cursor, the time covered, what it cost, and when to poll next."""

        def work(tables: Tables) -> int:
            added = _add(tables, source.name, batch, now)
            tables.sources.polled(of_lane, batch.cursor, now)
            tables.sources.cover(of_lane, batch.covered)
            tables.jobs.succeeded(f"poll {of_lane}", now, due)
            return added

        added = self._store.write(work)
        if added:
            log.debug("polled", source=of_lane, new=added, readings=len(batch.readings), more=batch.more)

    def _room(self, source: Source, now: datetime, share: float = 1.0) -> int | None:
        bill = self._store.read.sources.billed(source.name, now)
        return budget.room(self._settings[source.name], source.price, bill.posts, bill.dollars, share)

    def _rest(self, source: Source, lane: str, cursor: str | None, now: datetime) -> None:
        """Nothing more today. A gap that is only half closed is left to be filled when there is room again, so that the
        next day begins with what is new."""
        of_lane = lane_name(source.name, lane)
        left = source.leave(cursor, now, lane) if cursor else Batch()

        def work(tables: Tables) -> None:
            if left.cursor:
                _add(tables, source.name, left, now)
                tables.sources.polled(of_lane, left.cursor, now)
                tables.sources.cover(of_lane, left.covered)
            tables.jobs.failed(f"poll {of_lane}", NO_ROOM, 0, budget.midnight(now))
            tables.sources.rest(of_lane, now)

        self._store.write(work)
        log.warning(NO_ROOM, source=of_lane, not_read=[each.note for each in left.covered])

    def fill(self, name: str, now: datetime, lane: str = "") -> None:
        """Read again what was missed in the lane and the platform still shows, some pages at a time, from what today's
        budget has left over so far. SourceError when it can't."""
        source, of_lane = self._.sources[name], lane_name(name, lane)
        hole = self._store.read.sources.to_fill(of_lane, now - FILL_BACK)
        if hole and self._fill(source, lane, hole, now):
            hole = self._store.read.sources.to_fill(of_lane, now - FILL_BACK)
            is_next = hole is not None and (hole.tries == 0 or hole.cursor is not None)
        else:
            is_next = False
        due = now if is_next else now + FILL_EVERY
        self._store.write(lambda tables: tables.jobs.succeeded(f"fill {of_lane}", now, due))

    def _fill(self, source: Source, lane: str, hole: Hole, now: datetime) -> bool:
        """Read some pages of the hole; False when the budget or the daemon ends it."""
        of_lane = lane_name(source.name, lane)
        start = max(hole.interval.start, now - FILL_BACK)
        cursor = hole.cursor or source.reopen(lane, start, hole.interval.end, now)
        if cursor is None:
            self._store.write(lambda tables: tables.sources.give_up(of_lane, hole))
            return True
        for _ in range(PAGES_A_FILL):
            room = self._room(source, now, budget.day_gone(now))
            if self._.leaving.is_set() or (room is not None and room < source.least_room):
                return False
            try:
                with metrics.polled(of_lane):
                    batch = source.poll(cursor, now, lane, room)
            except SourceError as error:
                if error.permanent:  # begun anew, and not for ever: other holes wait
                    self._store.write(
                        lambda tables: tables.sources.filling(of_lane, hole, None, hole.tries + 1)
                    )
                raise
            cursor = batch.cursor if batch.more else None

            def work(tables: Tables, batch: Batch = batch, cursor: str | None = cursor) -> None:
                _add(tables, source.name, batch, now)
                tables.sources.cover(of_lane, batch.covered)
                tables.sources.filling(of_lane, hole, cursor, hole.tries + (cursor is None))

            self._store.write(work)
            if cursor is None:
                log.info("a gap was filled", source=of_lane, start=start, end=hole.interval.end)
                break
        return True

    def _every(self, name: str) -> timedelta:
        return timedelta(seconds=self._settings[name].every)

    def read_again(self, name: str, now: datetime) -> None:
        """Read a batch of the posts whose turn it is, those first whose reading is worth most, within what the source's
        daily budget allows now; turns that it does not allow are counted."""
        source, allowed = self._.sources[name], self._settings[name].reads_per_day
        due = self._store.read.mentions.read_due(name, now, TURNS)
        spent = self._store.read.sources.spent(name, now)
        bill = self._store.read.sources.billed(name, now)
        paid = budget.room(
            self._settings[name].model_copy(update={"posts_per_day": None}),
            source.read_price,
            0,
            bill.dollars,
        )
        if paid is not None:
            allowed = min(allowed, spent.posts + paid)
        allowed -= self._store.read.looks.on_day(name, now).posts
        choice = polling.choose(due, source.read_size, max(allowed, 0), spent, now)
        batch = source.read([each.id for each in choice.read], now) if choice.read else Batch()
        turns = polling.turns(choice, {each.id for each in batch.readings if each.source == name}, now)
        more = len(due) > len(turns) or len(due) == TURNS

        def work(tables: Tables) -> None:
            _add(tables, name, batch, now, polled=False)
            if choice.read or choice.lost:
                tables.sources.spend(name, Spent(len(choice.read), choice.reserve, len(choice.lost)), now)
            # Those that were read are assessed next, and get their time from the new forecast then.
            tables.mentions.take_turns(name, turns)
            tables.jobs.succeeded(f"read {name}", now, now if more else now + self._every(name))

        self._store.write(work)
        if choice.lost and not spent.lost:
            log.warning(
                "the budget is short: the first turn of the day is lost", source=name, reads_per_day=allowed
            )
        for turn in turns:
            if turn.unanswered >= polling.UNANSWERED:
                log.info("the platform no longer answers for a post", source=name, id=turn.id)

    def listen(self, name: str) -> None:
        """Store what the source's stream brings until the daemon stops, or until the day's budget is used up: then it is
        opened again at midnight. SourceError when the stream breaks."""
        source, clock, job = self._.sources[name], self._.clock, f"listen {name}"
        assert isinstance(source, Listener)  # noqa: S101 -- it said that it listens
        began = clock.now()

        def check_room(now: datetime) -> None:
            if self._room(source, now) == 0:
                raise SourceError(f"{name}: {NO_ROOM}")

        def keep(batch: Batch) -> None:
            now = clock.now()
            self._store.write(lambda tables: _add(tables, name, batch, now))
            check_room(now)

        try:
            check_room(began)
            source.listen(keep, self._.leaving, clock)
        except SourceError:
            now = clock.now()
            if self._room(source, now) == 0:
                self._store.write(lambda tables: tables.jobs.failed(job, NO_ROOM, 0, budget.midnight(now)))
                log.warning(NO_ROOM, source=name, stream="closed until midnight UTC")
                return
            if now - began >= STEADY:
                self._store.write(lambda tables: tables.jobs.succeeded(job, now, now))
            raise

    def receive(self, name: str, headers: Mapping[str, str], body: bytes, now: datetime) -> int | None:
        """Store what another program sends to the source of that name; how many mentions were new, None when there is no
        such source. SourceError and InputError as `Receiver.receive` raises them."""
        source = self._.sources.get(name)
        if source is None or not isinstance(source, Receiver):
            return None
        batch = source.receive(headers, body, now)
        return self._store.write(lambda tables: _add(tables, name, batch, now))


def _add(tables: Tables, name: str, batch: Batch, now: datetime, *, polled: bool = True) -> int:
    """Store what came and what it cost; how many mentions were new."""
    added = tables.mentions.add((_not_later(mention, now) for mention in batch.mentions), now)
    kept_out = tables.authors.kept_out(batch.mentions)
    tables.mentions.add_readings(each for each in batch.readings if each.key not in kept_out)
    tables.mentions.delete(batch.deleted)
    tables.sources.bill(name, len(batch.mentions) if polled else 0, batch.billed, now)
    return added


def _not_later(mention: Mention, now: datetime) -> Mention:
    """Clocks disagree; a post from the future would stay hot, and keep its story open, until its time has come."""
    return mention if mention.created_at <= now else replace(mention, created_at=now)
