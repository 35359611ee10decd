"""How the forecast of a story went: what it said when, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from monitor.config import Config
from monitor.outlook import Outlook
from monitor.rules import FRESH
from monitor.store import Alert, Story, Tables

SHOWN = 16
"""Of what was said, so much stands in a table."""


@dataclass(frozen=True, slots=True)
class Course:
    """`outlooks` is what was said, the oldest first; `whole` whether that begins with the story. `paged_at`, `crossed_at`:
    None where that has not happened; `over`: nothing more is expected of the story."""

    outlooks: tuple[Outlook, ...]
    whole: bool
    paged_at: datetime | None
    crossed_at: datetime | None
    over: bool

    @property
    def warned(self) -> Outlook | None:
        """When it first foretold enough to page."""
        return next((each for each in self._before if each.warns), None)

    @property
    def highest(self) -> Outlook | None:
        """The most that was foretold."""
        return max(self._before, key=lambda each: each.p_viral, default=None)

    @property
    def _before(self) -> tuple[Outlook, ...]:
        """What was said before it crossed."""
        crossed = self.crossed_at
        return tuple(
            each for each in self.outlooks if not each.crossed and (crossed is None or each.at < crossed)
        )

    @property
    def told(self) -> tuple[Outlook, ...]:
        """What stands in a table, the oldest first: at most SHOWN, the first warning and the crossing among them."""
        rows = self.outlooks
        if len(rows) <= SHOWN:
            return rows
        evenly = {round(place * (len(rows) - 1) / (SHOWN - 3)) for place in range(SHOWN - 2)}
        events = (self.warned, next((each for each in rows if each.crossed), None))
        places = evenly | {rows.index(each) for each in events if each is not None}
        return tuple(rows[place] for place in sorted(places))


def paged_at(tables: Tables, alert: Alert | None) -> datetime | None:
    """When the first page went out; of what stands in another's page, when it was opened. None where none did."""
    if alert is None:
        return None
    went = [each.at for each in tables.reports.sent(alert.id) if each.at is not None]
    return min(went, default=alert.opened_at if alert.gathered_into else None)


def course(
    tables: Tables,
    config: Config,
    story: Story,
    paged: datetime | None,
    ended: datetime | None,
    now: datetime,
) -> Course:
    """How it went until now. When it crossed is known from its posts, and from what was said, which outlives them."""
    said = tuple(tables.outlooks.of(story.id))
    crossings = (
        tables.weekly.crossed_at(story.id, config.rules),
        next((each.at for each in said if each.crossed), None),
    )
    return Course(
        said,
        tables.outlooks.whole(story.id),
        paged,
        min((at for at in crossings if at is not None), default=None),
        ended is not None or now - story.updated_at > FRESH,
    )
