"""The section [replies] of the configuration."""

from __future__ import annotations

from pydantic import Field

from monitor.model import Severity
from monitor.settings import Settings


class RepliesSettings(Settings):
    """Who may send a reply, and when its promise is called in."""

    four_eyes: Severity | None = Field(
        None,
        description="alerts of this severity and graver need a second person to approve the reply; absent: one is enough",
    )
    warn_minutes: int = Field(
        30,
        ge=1,
        le=1440,
        description="minutes before a promised time runs out at which its owner is paged; at once where less is left",
    )
