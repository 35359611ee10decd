"""Answers that are fetched: done and answered, and a mailbox that fails holds up nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from monitor.errors import ChannelError
from monitor.pipeline import Pipeline
from monitor.ports import Said
from monitor.store import Store
from tests.monitor.scripted import (
    NOON,
    FakeClock,
    ScriptedChannel,
    ScriptedSource,
    config,
    mention,
    one_pass,
    parts,
)


@dataclass
class Letterbox(ScriptedChannel):
    """Mails that came, and what was answered to each."""

    came: list[Said] = field(default_factory=list)
    answered: list[tuple[str, str | None]] = field(default_factory=list)
    trouble: ChannelError | None = None

    def fetch(self, take: Callable[[Said], str | None]) -> int:
        if self.trouble:
            raise self.trouble
        for each in self.came:
            self.answered.append((each.address, take(each)))
        count, self.came = len(self.came), []
        return count


def test_a_mailbox_is_read_once_a_minute(tmp_path: Path) -> None:
    store, clock, box = Store(tmp_path / "test.db"), FakeClock(), Letterbox()
    source = ScriptedSource([mention(1)])
    source.counters = {"1": 60}
    made = parts(store, config(tmp_path), source, box, clock=clock)
    pipeline = Pipeline(made)

    def tick(**by: float) -> None:
        one_pass(pipeline, store, clock.forward(**by))

    pipeline.schedule(NOON)
    tick()
    box.came = [
        Said("second@example.org", "1a"),
        Said("stranger@example.org", "1r"),
        Said("first@example.org", "1?"),
    ]
    tick(seconds=59)
    assert box.answered == []
    tick(seconds=1)
    assert [address for address, _ in box.answered] == [
        "second@example.org",
        "stranger@example.org",
        "first@example.org",
    ]
    assert box.answered[0][1] is not None
    assert "Alert 1 is yours, Second." in box.answered[0][1]
    assert box.answered[1][1] is None
    assert "Second has alert 1" in str(box.answered[2][1])

    box.trouble = ChannelError("email: the mailbox can't be reached")
    tick(minutes=1)
    row = store.read.jobs.get("mailbox email")
    assert row is not None
    assert (row.failures, row.error) == (1, "email: the mailbox can't be reached")
    box.trouble, box.came = None, [Said("first@example.org", "1r")]
    tick(hours=1)
    assert store.read.alerts.get(1).state == "resolved"  # type: ignore[union-attr]
    assert store.read.jobs.get("mailbox email").failures == 0  # type: ignore[union-attr]

    gone = Pipeline(
        replace(made, channels={"email": ScriptedChannel(), "sms": ScriptedChannel("sms", "sms")})
    )
    clock.forward(minutes=2)
    gone.run_job("mailbox email", clock.now())
    assert store.read.jobs.get("mailbox email") is None
    store.close()
