"""The weekly digest, put together from the store."""

from __future__ import annotations

from datetime import datetime

from alerts.frontline import render_frontline
from alerts.weekly.render import digest
from monitor.config import Config
from monitor.digest.frontline import frontline_data
from monitor.digest.leadership import digest_data
from monitor.notice import Message
from monitor.ports import Drafter
from monitor.sections import DigestGroup
from monitor.store import Tables


def edition(
    config: Config,
    drafter: Drafter,
    tables: Tables,
    group: DigestGroup,
    start: datetime,
    end: datetime,
    now: datetime,
) -> Message:
    """What a group reads of the week from `start` to `end` (exclusive)."""
    if group.edition == "front-line":
        return render_frontline(frontline_data(config, drafter, tables, group, start, end, now))
    return digest(digest_data(config, drafter, tables, group, start, end, now))
