"""A process that is killed while it pages, over and over, and what is in the store in the end.

A child process polls a platform that lives in this one, and gets SIGKILL, which it can't see coming, a random moment
after a random request of its was served. The next one starts where the store says.
"""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from monitor.model import MentionKey
from monitor.ports import Source
from monitor.store import Store
from tests.fake_platforms import Platform
from tests.fetching import Fetching, settings, written

REQUESTS = 6
"""A child lives for fewer requests than this, and LATER seconds at most: about as long as it takes to store a page."""
LATER = 0.03
PATIENCE = 60.0
"""Seconds after which a child that does nothing is given up."""


@dataclass
class Killed:
    """What became of it: how often it was killed, with how many posts stored at those moments, and what is lost."""

    kills: int = 0
    stored: list[int] = field(default_factory=list)
    posts: dict[MentionKey, datetime] = field(default_factory=dict)
    lost: int = 0
    twice: int = 0

    @property
    def advanced(self) -> int:
        """Of how many kills the life before had stored something new."""
        return sum(later > earlier for earlier, later in zip([0, *self.stored], self.stored, strict=False))


def killed_while_paging(
    world: Any,
    platform: Platform,
    make: Callable[[], Source],
    folder: Path,
    kills: int,
    burst: int,
    seed: int,
) -> Killed:
    """`burst` posts come, a child that closes the gap is killed again and again, further posts come once it is closed."""
    rng, found = random.Random(seed), Killed()
    settings(), make()  # read and imported here, children have it at once
    while found.kills < kills:
        step = timedelta(hours=1) / (burst + 1)
        found.posts |= written(world, [world.now + step * n for n in range(1, burst + 1)])
        world.now += timedelta(hours=1)
        while found.kills < kills and not _in_a_child(platform, make, folder, world.now, rng):
            found.kills += 1
            found.stored.append(_count(folder))
    world.now += timedelta(minutes=2)
    assert _in_a_child(platform, make, folder, world.now, None), "a child that nobody kills does not end"
    store = Store(folder / "test.db")
    kept = [record.key for record in store.read.mentions.records() if hasattr(record, "text")]
    store.close()
    found.lost, found.twice = len(found.posts.keys() - set(kept)), len(kept) - len(set(kept))
    assert set(kept) <= found.posts.keys()
    return found


def _count(folder: Path) -> int:
    if not (folder / "test.db").exists():
        return 0
    with closing(sqlite3.connect(folder / "test.db")) as db:
        (known,) = db.execute("SELECT count(*) FROM sqlite_master WHERE name = 'mentions'").fetchone()
        return int(db.execute("SELECT count(*) FROM mentions").fetchone()[0]) if known else 0


def _in_a_child(
    platform: Platform,
    make: Callable[[], Source],
    folder: Path,
    now: datetime,
    rng: random.Random | None,
) -> bool:
    """Let a child do all that is due; False when it was killed before it had."""
    before = len(platform.requests)
    child = os.fork()
    if child == 0:
        try:
            fetching = Fetching(folder, make(), now)
            fetching.settle()
            failing = [job for job in fetching.store.read.jobs.all() if job.failures]
            os._exit(1 if failing else 0)
        except BaseException:
            os._exit(2)
    requests = rng.randrange(REQUESTS) if rng else None
    deadline = time.monotonic() + PATIENCE
    while not (ended := os.waitpid(child, os.WNOHANG))[0]:
        if requests is not None and len(platform.requests) - before >= requests:
            time.sleep(rng.random() * LATER if rng else 0)
            break
        if time.monotonic() > deadline:
            break
        time.sleep(0.0005)
    if not ended[0]:
        os.kill(child, signal.SIGKILL)
        ended = os.waitpid(child, 0)
    status = os.waitstatus_to_exitcode(ended[1])
    assert status in (0, -signal.SIGKILL), f"the child failed: {status}"
    return status == 0
