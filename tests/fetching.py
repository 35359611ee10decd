"""The daemon's own path over one source, from a platform on loopback to a store: no model, no channels, a fake clock."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from monitor.config import Config
from monitor.model import Batch, MentionKey
from monitor.pipeline import Pipeline
from monitor.ports import Source
from monitor.settings import SourceSettings
from monitor.store import Store, lane_name
from tests.monitor.scripted import FakeClock, ScriptedSource, config, parts


def written(world: Any, times: Sequence[datetime]) -> dict[MentionKey, datetime]:
    """A new mention at each of these moments, which ascend."""
    if hasattr(world, "in_bulk"):
        found: dict[MentionKey, datetime] = world.in_bulk(times)
        return found
    return {key: at for at in times for key in world.write([at])}


@cache
def settings() -> Config:
    """Made once: to read a configuration renders every playbook."""
    return config(Path(tempfile.mkdtemp(prefix="snapwatch-test-")))


class Fetching:
    """One source, polled as the daemon polls it: jobs that are due, through the fetcher into the store."""

    def __init__(
        self, folder: Path, source: Source, now: datetime, store: type[Store] = Store, **limits: Any
    ) -> None:
        self.store = store(folder / "test.db")
        self.clock = FakeClock(now)
        self.source = source
        table = SourceSettings(type="x", **({"every": 60} | limits))
        known = settings().model_copy(update={"sources": {source.name: table}})
        made = parts(self.store, known, ScriptedSource(), clock=self.clock)
        self.pipeline = Pipeline(replace(made, sources={source.name: source}))
        self.store.write(lambda tables: self.pipeline.fetcher.schedule(tables, now))
        self.store.write(lambda tables: self.pipeline.looker.schedule(tables, now))

    def settle(self) -> None:
        """Everything that is due now."""
        now = self.clock.now()
        while due := [job for job in self.store.read.jobs.due(now) if not job.startswith("listen ")]:
            for job in due:
                self.pipeline.run_job(job, now)

    def digest(self) -> None:
        """Let the model and the rules look at what is new: they say when counters are read again."""
        now = self.clock.now()
        while self.pipeline.classify(now) or self.pipeline.assess(now):
            pass

    def lost(self, lane: str, posts: dict[MentionKey, datetime]) -> tuple[int, int]:
        """How many of the posts are not stored, and how many of those the ledger does not tell."""
        read = self.store.read
        missing = [at for key, at in posts.items() if read.mentions.get(key) is None]
        gaps = [
            each for each in read.sources.coverage(lane_name(self.source.name, lane)) if not each.complete
        ]
        second = timedelta(seconds=1)  # some platforms tell whole seconds
        told = [at for at in missing if any(gap.start - second <= at <= gap.end + second for gap in gaps)]
        return len(missing), len(missing) - len(told)


class Counted:
    """Counts what a source sends, and how often the same."""

    def __init__(self, source: Source) -> None:
        self.sent: Counter[MentionKey] = Counter()
        self.polls = 0
        self.longest_cursor = 0
        poll = source.poll

        def counted(cursor: str | None, now: datetime, lane: str = "", room: int | None = None) -> Batch:
            batch = poll(cursor, now, lane, room)
            self.sent.update(each.key for each in batch.mentions)
            self.polls += 1
            self.longest_cursor = max(self.longest_cursor, len(batch.cursor or ""))
            return batch

        source.poll = counted  # type: ignore[method-assign]

    @property
    def again(self) -> int:
        return sum(count - 1 for count in self.sent.values())
