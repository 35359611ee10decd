"""The morning brief for who begins a shift: the stories that the cap of pages held back, each with its reason.

Pure: the pipeline gathers `BriefData`; nothing here asks for the time or reads the store.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment

from alerts.templating import templates
from monitor.model import Severity
from monitor.notice import Message
from monitor.wording.platforms import listed
from monitor.wording.text import one_line


@dataclass(frozen=True, slots=True)
class HeldLine:
    """One story that would have paged. `reason` is of `held_at`; `posts` and `spread` are how it stands now; `summary` is a
    sentence of one of its posts, or empty."""

    title: str
    severity: Severity
    held_at: datetime
    reason: str
    posts: int
    sources: tuple[str, ...]
    spread: int
    viral_at: int | None = None
    url: str | None = None
    summary: str = ""


@dataclass(frozen=True, slots=True)
class BriefData:
    """What the brief that was due at `due` tells, the worst first; times are shown in `time_zone`."""

    brand: str
    due: datetime
    time_zone: str
    cap: int
    held: tuple[HeldLine, ...]


def render_brief(data: BriefData) -> Message:
    """The brief as a mail; its headline is the short form. Whatever people outside wrote is shown as text."""
    zone = ZoneInfo(data.time_zone)
    brand = one_line(data.brand, 40)
    count = len(data.held)
    headline = (
        f"{count} {'story' if count == 1 else 'stories'} held back by the cap of {data.cap} pages a shift"
    )
    context: dict[str, Any] = {"data": data, "headline": headline, "at": lambda moment: _at(moment, zone)}
    environment = _templates()
    return Message(
        subject=f"[snapwatch] Morning brief: {headline} · {brand}",
        text=environment.get_template("brief.txt.jinja").render(context),
        html=environment.get_template("brief.html.jinja").render(context),
        short=one_line(f"{brand}: {headline}", 160),
        thread=f"brief-{data.due.astimezone(UTC):%Y%m%dT%H%M%SZ}",
        at=data.due,
    )


def _at(moment: datetime, zone: ZoneInfo) -> str:
    local = moment.astimezone(zone)
    return f"{local:%a} {local:%H:%M}"


@cache
def _templates() -> Environment:
    return templates(listed=listed)
