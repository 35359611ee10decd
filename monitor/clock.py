"""The present moment: the real one, or a replayed day's, which passes faster."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


class RealClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class ReplayClock:
    """Story time: `speed` seconds pass in each real one from `start` to `end`, and real seconds after that.

    `began` is the real moment at which the story began. It is kept in the store, so that a restart, and a command
    that runs beside the daemon, live at the same story time.
    """

    start: datetime
    end: datetime
    speed: float
    began: float

    def now(self) -> datetime:
        passed = max(time.time() - self.began, 0.0)
        length = (self.end - self.start).total_seconds()
        real = length / self.speed
        return self.start + timedelta(
            seconds=passed * self.speed if passed < real else length + passed - real
        )
