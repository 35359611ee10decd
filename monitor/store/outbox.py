"""The outbox: messages to people, written with what causes them and sent from there (`Sending`)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from monitor.store.database import Database
from monitor.store.values import maybe_text, maybe_time, to_text

DIGEST_TROUBLE = timedelta(days=8)
"""How long a digest that did not go out is shown as trouble: until well after the next one."""

BRIEF_TROUBLE = timedelta(days=2)

OF_ALERT = "alert_id IN (SELECT id FROM alerts WHERE id = ? OR merged_into = ?)"
"""Deliveries of an alert, and of those that ended in it."""


Kind = Literal["page", "taken", "over"]
"""Of an alert: a page, or news for who was paged that somebody has it, or that it is over."""


class Contact(NamedTuple):
    """Where a message goes, and when; `held` says in words why not at once."""

    person: str
    channel: str
    due_at: datetime
    held: str = ""


@dataclass(frozen=True, slots=True)
class Trouble:
    """A delivery that did not go through, and why."""

    person: str
    channel: str
    error: str


class Outbox:
    def __init__(self, db: Database) -> None:
        self._db = db

    def enqueue(
        self,
        contacts: Iterable[Contact],
        *,
        alert_id: int | None = None,
        drill_id: int | None = None,
        alarm_id: int | None = None,
        promise_id: int | None = None,
        digest: datetime | None = None,
        group: str = "",
        brief: datetime | None = None,
        kind: Kind = "page",
        revision: int = 0,
        step: int = 0,
    ) -> None:
        """Write deliveries, each about one thing; one that was written before stays as it is, unless it was cancelled."""
        for contact in contacts:
            self._db.execute(
                """INSERT INTO deliveries (alert_id, drill_id, alarm_id, promise_id, digest, digest_group, brief, kind,
                                           revision, step, person, channel, due_at, held)
                   VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                   ON CONFLICT DO UPDATE SET state = CASE state WHEN 'cancelled' THEN 'pending' ELSE state END, stale = 0,
                       due_at = excluded.due_at, held = excluded.held
                   WHERE state = 'cancelled' OR (state = 'sending' AND stale)""",
                [
                    alert_id,
                    drill_id,
                    alarm_id,
                    promise_id,
                    maybe_text(digest),
                    group,
                    maybe_text(brief),
                    kind,
                    revision,
                    step,
                    contact.person,
                    contact.channel,
                    to_text(contact.due_at),
                    contact.held,
                ],
            )

    def cancel_pending(self, alert_id: int, *kinds: Kind) -> None:
        """Let what waits to be sent of an alert stay unsent: its pages, or those kinds. What is being sent now is
        not tried again."""
        marks = ", ".join("?" for _ in kinds or ("page",))
        self._unwanted(f"alert_id = ? AND kind IN ({marks})", [alert_id, *(kinds or ("page",))])

    def cancel_pages_to(self, alert_id: int, people: Iterable[str]) -> None:
        """Let pages of the alert that wait for those people stay unsent: another one takes their place."""
        for person in people:
            self._unwanted("alert_id = ? AND person = ? AND kind = 'page'", [alert_id, person])

    def _unwanted(self, which: str, parameters: Sequence[int | str]) -> None:
        self._db.execute(
            f"""UPDATE deliveries SET stale = (state = 'sending'),
                    state = CASE state WHEN 'pending' THEN 'cancelled' ELSE state END
                WHERE state IN ('pending', 'sending') AND {which}""",  # noqa: S608
            list(parameters),
        )

    def is_news_to(self, alert_id: int, person: str, revision: int, step: int) -> bool:
        """Whether somebody was told of the alert before, or answered it, and was told at no earlier step of what that
        revision says."""
        row = next(
            self._db.query(
                f"""SELECT sum(alert_id <> ? OR revision < ?) AS before,
                      (SELECT 1 FROM alert_events AS said WHERE said.alert_id = ? AND said.person = ?
                       AND event IN ('acknowledged', 'snoozed') LIMIT 1) AS answered,
                      sum(alert_id = ? AND revision = ? AND step < ?) AS same
                    FROM deliveries WHERE {OF_ALERT} AND person = ? AND kind = 'page' AND state = 'sent'""",  # noqa: S608
                [alert_id, revision, alert_id, person, alert_id, revision, step, alert_id, alert_id, person],
            )
        )
        return bool(row["before"] or row["answered"]) and not row["same"]

    def hand_over(self, ended_id: int, alert_id: int, revision: int, step: int) -> None:
        """What is not sent yet of one alert is sent for another, unless the same person hears of that one anyway."""
        self._db.execute(
            """UPDATE OR IGNORE deliveries SET alert_id = ?, revision = ?, step = ?
               WHERE alert_id = ? AND state IN ('pending', 'sending') AND kind = 'page'""",
            [alert_id, revision, step, ended_id],
        )

    def unreached(self, alert_id: int, revision: int, step: int) -> set[str]:
        """Of that step, whom the alert's revision can't reach; nobody unless every delivery of it failed for good."""
        rows = list(
            self._db.query(
                """SELECT person, state FROM deliveries
                   WHERE alert_id = ? AND revision = ? AND step = ? AND state <> 'cancelled' AND kind = 'page'""",
                [alert_id, revision, step],
            )
        )
        return {row["person"] for row in rows} if all(row["state"] == "failed" for row in rows) else set()

    def brief_tried(self, due: datetime) -> set[str] | None:
        """Whom the brief of that time could not reach; None while it is on its way to somebody, or once it arrived."""
        rows = list(self._db.query("SELECT person, state FROM deliveries WHERE brief = ?", [to_text(due)]))
        return {row["person"] for row in rows} if all(row["state"] == "failed" for row in rows) else None

    def promise_tried(self, reply_id: int, revision: int) -> set[str] | None:
        """Whom that page about a promise could not reach; None while it is on its way to somebody, or once it arrived."""
        rows = list(
            self._db.query(
                """SELECT person, state FROM deliveries
                   WHERE promise_id = ? AND revision = ? AND state <> 'cancelled'""",
                [reply_id, revision],
            )
        )
        return {row["person"] for row in rows} if all(row["state"] == "failed" for row in rows) else None

    def paged_people(self, alert_id: int) -> list[str]:
        """Who has been sent a page of the alert, or is about to be; in the order of paging."""
        rows = self._db.query(
            f"""SELECT person FROM deliveries WHERE {OF_ALERT} AND state <> 'cancelled' AND kind = 'page'
               GROUP BY person ORDER BY min(id)""",  # noqa: S608
            [alert_id, alert_id],
        )
        return [row["person"] for row in rows]

    def troubled(self, now: datetime) -> list[Trouble]:
        """Deliveries that wait for another try, or failed for good: of alerts not resolved yet, promises not kept yet, late
        digests and briefs."""
        rows = self._db.query(
            """SELECT person, channel, error FROM deliveries LEFT JOIN alerts ON alerts.id = alert_id
               WHERE error IS NOT NULL AND (deliveries.state = 'pending'
                   OR (deliveries.state = 'failed' AND (alerts.state <> 'resolved' OR digest >= ? OR brief >= ?
                       OR promise_id IN (SELECT id FROM replies WHERE promise = 'open'))))
               ORDER BY deliveries.id""",
            [to_text(now - DIGEST_TROUBLE), to_text(now - BRIEF_TROUBLE)],
        )
        return [Trouble(row["person"], row["channel"], row["error"]) for row in rows]

    def sent_to(self, alert_id: int) -> list[tuple[str, str, str]]:
        """(person, channel, the provider's id) of every message about the alert that went out."""
        rows = self._db.query(
            f"""SELECT person, channel, provider_id FROM deliveries WHERE {OF_ALERT} AND state = 'sent'
               ORDER BY id""",  # noqa: S608
            [alert_id, alert_id],
        )
        return [(row["person"], row["channel"], row["provider_id"]) for row in rows]

    def told(self, alert_id: int) -> list[tuple[str, str]]:
        """To whom, and by which channel, something about the alert was sent, or is being sent now."""
        rows = self._db.query(
            f"""SELECT person, channel FROM deliveries WHERE {OF_ALERT} AND state IN ('sent', 'sending')
               GROUP BY person, channel ORDER BY min(id)""",  # noqa: S608
            [alert_id, alert_id],
        )
        return [(row["person"], row["channel"]) for row in rows]

    def told_at(self, alert_id: int, person: str) -> datetime | None:
        """When something about the alert was sent to somebody last."""
        row = next(
            self._db.query(
                f"SELECT max(sent_at) AS at FROM deliveries WHERE {OF_ALERT} AND person = ? AND state = 'sent'",  # noqa: S608
                [alert_id, alert_id, person],
            )
        )
        return maybe_time(row["at"])

    def pages(self) -> dict[str, int]:
        """How many pages were sent, failed for good, wait, or were cancelled."""
        rows = self._db.query(
            """SELECT state, count(*) AS n FROM deliveries WHERE alert_id IS NOT NULL AND kind = 'page'
               GROUP BY state"""
        )
        return {"sent": 0, "failed": 0, "pending": 0} | {row["state"]: row["n"] for row in rows}

    def pending(self) -> int:
        """How many messages are not sent yet, those included that are being sent now."""
        return int(self._db["deliveries"].count_where("state IN ('pending', 'sending')"))
