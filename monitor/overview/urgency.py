"""Pure: in which order stories call for somebody."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

from monitor.model import Forecast, Severity
from monitor.store import Alert

Standing = Literal["open", "graver", "told", "taken", "resting", "watched"]
"""Of a story: nobody has it; somebody has it and has not heard that it got graver; nobody has it, and the page of another
story tells it; somebody has it; it was snoozed; nobody was paged."""

WAITING: tuple[Standing, ...] = ("open", "graver", "told")
"""Somebody has to do something."""

NEVER = datetime.max.replace(tzinfo=UTC)


def standing(alert: Alert | None) -> Standing:
    """How a story stands whose alert, if it has one that is not resolved, is this."""
    if alert is None:
        return "watched"
    if alert.state == "snoozed":
        return "resting"
    if alert.state == "acknowledged":
        return "graver" if alert.step_due_at else "taken"
    return "told" if alert.gathered_into else "open"


def rank(
    stands: Standing, severity: Severity | None, forecast: Forecast | None, since: datetime
) -> tuple[int, int, datetime, float, datetime]:
    """What sorts stories, the most urgent first.

    What waits for somebody comes first, then what somebody has, what rests, and what is only watched; in each the critical
    ones first (not among the watched, whom nobody has judged grave enough to page). Of those the ones that can still be
    averted come first, the nearest crossing before the others, then the likeliest to go viral, then the oldest.
    """
    group = 0 if stands in WAITING else ("taken", "resting", "watched").index(stands) + 1
    grave = {"critical": 0, "warning": 1}.get(severity or "", 2) if stands != "watched" else 0
    soon = forecast.crosses_at if forecast and forecast.crosses_at and stands != "watched" else NEVER
    return group, grave, soon, -(forecast.p_viral if forecast else 0.0), since
