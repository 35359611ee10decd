"""Urgent alerts that are told together: past a cap they ring no phone of their own, and stand in the page of another."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.store.database import Database
from monitor.store.values import to_text

WAITS = """part.gathered_into IS NOT NULL AND (
    (part.told_at IS NULL AND part.state IN ('open', 'acknowledged'))
    OR (part.state = 'open'
        AND (SELECT state FROM alerts AS page WHERE page.id = part.gathered_into) IN ('acknowledged', 'resolved')))"""
"""A part that no message has told yet, or of which there is news that none has; and one that nobody has, in the page of an
alert that somebody has, or that is over: it was told in an update, say, which is not there to be acknowledged."""


@dataclass(frozen=True, slots=True)
class Part:
    """An alert that stands in the page of another; `changed` is its news, empty while it is new itself."""

    id: int
    story_id: int
    title: str
    reason: str
    changed: str
    is_open: bool


class Gathered:
    def __init__(self, db: Database) -> None:
        self._db = db

    def mark_urgent(self, alert_id: int) -> None:
        self._db.execute("UPDATE alerts SET urgent = 1 WHERE id = ?", [alert_id])

    def rang(self, since: datetime) -> int:
        """How many urgent alerts have paged by themselves since then."""
        return self._db["alerts"].count_where(
            "urgent = 1 AND gathered_into IS NULL AND opened_at >= ?", [to_text(since)]
        )

    def gatherer(self, since: datetime, cap: int) -> int | None:
        """The newest of those past the cap that somebody is being paged about, or has: further ones stand in its page."""
        rows = self._db.query(
            """SELECT id, state FROM alerts WHERE urgent = 1 AND gathered_into IS NULL AND opened_at >= ?
               ORDER BY id LIMIT -1 OFFSET ?""",
            [to_text(since), cap],
        )
        heard = [row["id"] for row in rows if row["state"] in ("open", "acknowledged")]
        return heard[-1] if heard else None

    def join(self, alert_id: int, gatherer_id: int) -> None:
        """It waits to be told in the other's page, and escalates with that."""
        self._db.execute(
            "UPDATE alerts SET gathered_into = ?, told_at = NULL, step_due_at = NULL WHERE id = ?",
            [gatherer_id, alert_id],
        )

    def is_part(self, alert_id: int) -> bool:
        row = next(self._db.query("SELECT gathered_into FROM alerts WHERE id = ?", [alert_id]))
        return row["gathered_into"] is not None

    def was_told(self, alert_id: int) -> bool:
        """Whether a page has told a part, if not its newest news."""
        row = next(self._db.query("SELECT told_at, changed FROM alerts WHERE id = ?", [alert_id]))
        return row["told_at"] is not None or bool(row["changed"])

    def has_news(self, alert_id: int) -> None:
        """A part has changed: the next page tells it."""
        self._db.execute("UPDATE alerts SET told_at = NULL WHERE id = ?", [alert_id])

    def due(self, now: datetime, every: timedelta) -> list[int]:
        """Whose page has something to tell that no escalation will within that time, and was not made anew within it; and
        whose page nobody hears any more."""
        rows = self._db.query(
            f"""SELECT id FROM alerts AS whole
                WHERE id IN (SELECT gathered_into FROM alerts AS part WHERE {WAITS})
                AND (state IN ('snoozed', 'resolved') OR (
                    (state = 'acknowledged' OR step_due_at IS NULL OR step_due_at > :after) AND NOT EXISTS (
                        SELECT 1 FROM alert_events WHERE alert_id = whole.id AND at > :before AND at <= :now
                        AND event IN ('opened', 'reopened', 'updated'))))
                ORDER BY id""",  # noqa: S608
            {"before": to_text(now - every), "now": to_text(now), "after": to_text(now + every)},
        )
        return [row["id"] for row in rows]

    def parts(self, gatherer_id: int) -> list[Part]:
        """What stands in its page: all that is not over, the newest first."""
        return self._parts("part.state <> 'resolved'", "DESC", gatherer_id)

    def waiting(self, gatherer_id: int) -> list[Part]:
        """What its next page tells anew, in the order in which it came."""
        return self._parts(WAITS, "ASC", gatherer_id)

    def _parts(self, which: str, order: str, gatherer_id: int) -> list[Part]:
        rows = self._db.query(
            f"""SELECT part.id, story_id, title, part.reason, changed, state FROM alerts AS part
                JOIN stories ON stories.id = story_id
                WHERE gathered_into = ? AND {which} ORDER BY part.id {order}""",  # noqa: S608
            [gatherer_id],
        )
        return [
            Part(
                row["id"],
                row["story_id"],
                row["title"],
                row["reason"],
                row["changed"],
                row["state"] == "open",
            )
            for row in rows
        ]

    def listed(self, numbers: Iterable[int], at: datetime) -> None:
        """A message that was made at that time told those parts, as they stood then."""
        for number in numbers:
            self._db.execute(
                """UPDATE alerts SET told_at = ? WHERE id = ? AND gathered_into IS NOT NULL AND told_at IS NULL
                   AND paged_at <= ?""",
                [to_text(at), number, to_text(at)],
            )

    def told_open(self, gatherer_id: int) -> list[int]:
        """What a page has told and nobody has yet: whoever takes that page takes it as well."""
        rows = self._db.query(
            "SELECT id FROM alerts WHERE gathered_into = ? AND told_at IS NOT NULL AND state = 'open' ORDER BY id",
            [gatherer_id],
        )
        return [row["id"] for row in rows]

    def give_back(self, gatherer_id: int, holder: str) -> list[int]:
        """Whoever gives a page back gives back what it told and they took with it; their numbers."""
        rows = self._db.query(
            """UPDATE alerts SET state = 'open', holder = NULL, held_since = NULL
               WHERE gathered_into = ? AND state = 'acknowledged' AND holder = ? RETURNING id""",
            [gatherer_id, holder],
        )
        return sorted(row["id"] for row in rows)

    def leave(self, alert_id: int) -> None:
        """It pages by itself from now on."""
        self._db.execute("UPDATE alerts SET gathered_into = NULL, told_at = NULL WHERE id = ?", [alert_id])

    def lead(self, alert_id: int, former: int) -> None:
        """A part pages by itself from now on, and what waits to be told beside it stands in its page."""
        self.leave(alert_id)
        self._db.execute(
            f"UPDATE alerts AS part SET gathered_into = ? WHERE gathered_into = ? AND {WAITS}",  # noqa: S608
            [alert_id, former],
        )

    def merge(self, alert_id: int, ended_id: int) -> None:
        """One alert ended in another: what stood in its page stands in the other's. A part into which its own gatherer
        ended pages in that one's place, from the same step on."""
        self._db.execute(
            """UPDATE alerts SET gathered_into = NULL, told_at = NULL,
               (step, step_due_at) = (SELECT step, step_due_at FROM alerts WHERE id = ?)
               WHERE id = ? AND gathered_into = ?""",
            [ended_id, alert_id, ended_id],
        )
        self._db.execute("UPDATE alerts SET gathered_into = ? WHERE gathered_into = ?", [alert_id, ended_id])
