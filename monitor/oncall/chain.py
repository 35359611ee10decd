"""Pure: who is paged at which step of an escalation, and when the next step is due."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta


def responder(order: Sequence[str], repeat: int, step: int) -> str | None:
    """The person for an escalation step, counted from 0: round the list `repeat` times, then nobody is left."""
    return order[step % len(order)] if step < len(order) * repeat else None


def next_step_at(
    order: Sequence[str], repeat: int, step: int, minutes: int, now: datetime
) -> datetime | None:
    """When to move on from `step` if nobody acknowledges; None when nobody was left to page at it."""
    return None if responder(order, repeat, step) is None else now + timedelta(minutes=minutes)
