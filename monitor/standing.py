"""How a story stands: by its alert where it paged, else by itself."""

from __future__ import annotations

from typing import cast

from monitor.model import Severity
from monitor.store import Alert, AlertState, Story


def state_of(story: Story, alert: Alert | None) -> AlertState:
    if alert:
        return alert.state
    return "resolved" if story.closed_at else "open"


def severity_of(story: Story, alert: Alert | None) -> Severity:
    return alert.severity if alert else cast(Severity, story.severity or "info")
