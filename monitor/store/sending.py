"""The outbox as whoever sends it sees it: what is due, what was given to a provider, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from monitor.model import Severity
from monitor.store.database import Database
from monitor.store.outbox import Kind
from monitor.store.values import maybe_time, to_text, to_time

State = Literal["pending", "sending", "sent", "failed", "cancelled"]

Lane = tuple[str, bool]
"""A channel, and whether it is for digests and briefs: they must not hold up a page."""

BULK = "(digest IS NOT NULL OR brief IS NOT NULL)"

URGENCY = """CASE WHEN kind <> 'page' OR drill_id IS NOT NULL THEN 2 WHEN coalesce(alarm_id, promise_id) IS NOT NULL THEN 1
    ELSE CASE severity WHEN 'critical' THEN 0 WHEN 'warning' THEN 1 ELSE 2 END END"""
"""Alarms and promises go with warnings; news of what somebody has, and test pages, come last."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message to one person through one channel: about an alert, a test page, an alarm, what a reply promises, the
    digest of a `group` that was due at `digest`, or the morning brief that was due at `brief`.

    `message` is the key of the message in which it was tried last, at `tried_at`; `stale`: meanwhile nobody wants it any
    more.
    """

    id: int
    alert_id: int | None
    drill_id: int | None
    alarm_id: int | None
    digest: datetime | None
    brief: datetime | None
    kind: Kind
    revision: int
    step: int
    person: str
    channel: str
    state: State
    severity: Severity | None
    due_at: datetime
    held: str
    attempts: int
    tried_at: datetime | None
    message: str | None
    stale: bool
    receipt: str | None
    promise_id: int | None = None
    group: str = ""

    @property
    def key(self) -> str:
        """The same on every try by itself, for providers that can tell a repetition."""
        return f"snapwatch-{self.id}"

    @property
    def lane(self) -> Lane:
        return self.channel, self.digest is not None or self.brief is not None


class Sending:
    def __init__(self, db: Database) -> None:
        self._db = db

    def due(self, now: datetime, lane: Lane | None = None) -> list[Delivery]:
        """What waits to be sent by then, in a lane or in all: the most severe first, then the oldest."""
        where, parameters = _in_lane(lane)
        # The plus keeps SQLite from reading all that ever went by the channel: the index of what waits is shorter.
        return self._deliveries(
            f"""WHERE deliveries.state IN ('pending', 'sending') AND deliveries.state = 'pending'
                AND due_at <= ? {where.replace("channel", "+channel")} ORDER BY {URGENCY}, due_at, deliveries.id""",
            [to_text(now), *parameters],
        )

    def unknown(self, lane: Lane) -> list[Delivery]:
        """What was given to a provider whose answer is not written down; to be looked after at `due_at`."""
        where, parameters = _in_lane(lane)
        return self._deliveries(
            f"WHERE deliveries.state = 'sending' {where} ORDER BY deliveries.id",
            parameters,
        )

    def lanes(self, now: datetime) -> set[Lane]:
        """Where something is due or unknown."""
        rows = self._db.query(
            f"""SELECT DISTINCT channel, {BULK} AS bulk FROM deliveries
                WHERE state IN ('pending', 'sending') AND due_at <= ?""",  # noqa: S608
            [to_text(now)],
        )
        return {(row["channel"], bool(row["bulk"])) for row in rows}

    def tried(self, channel: str, since: datetime) -> dict[str, dict[str, datetime]]:
        """By person, the messages about alerts that were tried on the channel since then, and when they were last."""
        rows = self._db.query(
            """SELECT person, message, max(tried_at) AS at FROM deliveries
               WHERE channel = ? AND tried_at > ? AND alert_id IS NOT NULL GROUP BY person, message""",
            [channel, to_text(since)],
        )
        found: dict[str, dict[str, datetime]] = {}
        for row in rows:
            found.setdefault(row["person"], {})[row["message"]] = to_time(row["at"])
        return found

    def get(self, delivery_id: int) -> Delivery | None:
        return next(iter(self._deliveries("WHERE deliveries.id = ?", [delivery_id])), None)

    def of_provider(self, provider_id: str) -> list[Delivery]:
        """What went out in the message of that id."""
        return self._deliveries("WHERE provider_id = ? ORDER BY deliveries.id", [provider_id])

    def beside(self, delivery: Delivery) -> list[Delivery]:
        """All that goes to the same person about the same page, itself included, but for what was cancelled."""
        return self._deliveries(
            """WHERE deliveries.alert_id IS ? AND alarm_id IS ? AND promise_id IS ? AND kind = ? AND deliveries.revision = ?
               AND deliveries.step = ? AND person = ? AND deliveries.state <> 'cancelled' ORDER BY due_at, deliveries.id""",
            [
                delivery.alert_id,
                delivery.alarm_id,
                delivery.promise_id,
                delivery.kind,
                delivery.revision,
                delivery.step,
                delivery.person,
            ],
        )

    def _deliveries(self, where: str, parameters: Sequence[Any]) -> list[Delivery]:
        rows = self._db.query(
            f"""SELECT deliveries.*, severity FROM deliveries
                LEFT JOIN alerts ON alerts.id = deliveries.alert_id {where}""",  # noqa: S608
            list(parameters),
        )
        return [
            Delivery(
                id=row["id"],
                alert_id=row["alert_id"],
                drill_id=row["drill_id"],
                alarm_id=row["alarm_id"],
                digest=maybe_time(row["digest"]),
                brief=maybe_time(row["brief"]),
                kind=row["kind"],
                revision=row["revision"],
                step=row["step"],
                person=row["person"],
                channel=row["channel"],
                state=row["state"],
                severity=row["severity"],
                due_at=to_time(row["due_at"]),
                held=row["held"],
                attempts=row["attempts"],
                tried_at=maybe_time(row["tried_at"]),
                message=row["message"],
                stale=bool(row["stale"]),
                receipt=row["receipt"],
                promise_id=row["promise_id"],
                group=row["digest_group"],
            )
            for row in rows
        ]

    # --- a try ------------------------------------------------------------------------------------------------

    def take(self, ids: Sequence[int], message: str, now: datetime) -> bool:
        """Write down that they are about to be given to the provider in that message. False, and nothing is written, when
        one of them waits no more."""
        marks = _marks(ids)
        row = next(
            self._db.query(
                f"SELECT count(*) AS n FROM deliveries WHERE id IN ({marks}) AND state = 'pending'",  # noqa: S608
                list(ids),
            )
        )
        if row["n"] != len(ids):
            return False
        self._db.execute(
            f"""UPDATE deliveries SET state = 'sending', message = ?, tried_at = ?, stale = 0, attempts = attempts + 1
                WHERE id IN ({marks})""",  # noqa: S608
            [message, to_text(now), *ids],
        )
        return True

    def sent(self, message: str, provider_id: str, now: datetime) -> None:
        """The provider took the message."""
        self._db.execute(
            """UPDATE deliveries SET state = 'sent', sent_at = ?, provider_id = ?, error = NULL
               WHERE message = ? AND state = 'sending'""",
            [to_text(now), provider_id, message],
        )

    def postpone(self, delivery_id: int, error: str, due_at: datetime) -> None:
        """It was not taken, and is tried again then, unless nobody wants it any more."""
        self._db.execute(
            """UPDATE deliveries SET state = CASE WHEN stale THEN 'cancelled' ELSE 'pending' END, error = ?, due_at = ?
               WHERE id = ? AND state = 'sending'""",
            [error, to_text(due_at), delivery_id],
        )

    def fail(self, delivery_id: int, error: str) -> None:
        """It can't be delivered, however often it is tried."""
        self._db.execute(
            "UPDATE deliveries SET state = 'failed', error = ? WHERE id = ? AND state IN ('pending', 'sending')",
            [error, delivery_id],
        )

    def cancel(self, ids: Sequence[int]) -> None:
        self._db.execute(
            f"UPDATE deliveries SET state = 'cancelled' WHERE id IN ({_marks(ids)}) AND state = 'pending'",  # noqa: S608
            list(ids),
        )

    def hold(self, delivery_id: int, until: datetime, why: str) -> None:
        """What is due waits until then."""
        self._db.execute(
            "UPDATE deliveries SET due_at = ?, held = ? WHERE id = ? AND state = 'pending'",
            [to_text(until), why, delivery_id],
        )

    def hasten(self, delivery_id: int, now: datetime) -> None:
        """What was to be sent later is due now."""
        self._db.execute(
            "UPDATE deliveries SET due_at = ? WHERE id = ? AND state = 'pending'", [to_text(now), delivery_id]
        )

    def set_back(self, later: datetime, now: datetime) -> None:
        """What was tried at `later`, which is still to come, is due now: the clock was set back."""
        self._db.execute(
            """UPDATE deliveries SET due_at = ?
               WHERE state IN ('pending', 'sending') AND due_at > ? AND tried_at >= ?""",
            [to_text(now), to_text(now), to_text(later)],
        )

    # --- afterwards -------------------------------------------------------------------------------------------

    def in_flight(self) -> bool:
        """Whether the provider's answer to anything is still to be written down."""
        rows = self._db.query("SELECT 1 FROM deliveries WHERE state = 'sending' LIMIT 1")
        return next(rows, None) is not None

    def ask_again(self, message: str, error: str, due_at: datetime) -> None:
        """The provider can't be asked now what became of the message."""
        self._db.execute(
            """UPDATE deliveries SET attempts = attempts + 1, error = ?, due_at = ?
               WHERE message = ? AND state = 'sending'""",
            [error, to_text(due_at), message],
        )

    def not_taken(self, message: str, now: datetime, *, maybe: bool) -> None:
        """What was given to the provider in that message is sent again, but for what nobody wants any more. `maybe`: the
        provider may have taken it all the same."""
        self._db.execute(
            """UPDATE deliveries SET state = CASE WHEN stale THEN 'cancelled' ELSE 'pending' END, due_at = ?,
               twice = CASE WHEN stale THEN twice ELSE twice + ? END WHERE message = ? AND state = 'sending'""",
            [to_text(now), int(maybe), message],
        )

    def delivered(self, delivery_id: int, now: datetime) -> None:
        """A receipt says that it arrived: whatever was thought of it before, nothing more is to be done."""
        self._db.execute(
            """UPDATE deliveries SET state = 'sent', error = NULL, receipt = 'delivered', receipt_at = ?
               WHERE id = ? AND state IN ('sent', 'failed', 'pending')""",
            [to_text(now), delivery_id],
        )

    def undelivered(self, delivery_id: int, error: str, now: datetime, again_at: datetime | None) -> None:
        """A receipt says that it did not arrive; it is sent again then, or never (None)."""
        self._db.execute(
            """UPDATE deliveries SET state = ?, error = ?, receipt = 'failed', receipt_at = ?, due_at = coalesce(?, due_at)
               WHERE id = ? AND state = 'sent'""",
            [
                "pending" if again_at else "failed",
                error,
                to_text(now),
                to_text(again_at) if again_at else None,
                delivery_id,
            ],
        )

    def twice(self) -> dict[str, int]:
        """By channel, how many messages were sent again though the provider may have taken them before."""
        rows = self._db.query(
            "SELECT channel, sum(twice) AS n FROM deliveries WHERE twice > 0 GROUP BY channel ORDER BY channel"
        )
        return {row["channel"]: row["n"] for row in rows}


def _in_lane(lane: Lane | None) -> tuple[str, list[Any]]:
    return (f"AND channel = ? AND {BULK} = ?", [lane[0], int(lane[1])]) if lane else ("", [])


def _marks(ids: Sequence[int]) -> str:
    return ", ".join("?" for _ in ids)
