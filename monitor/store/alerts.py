"""Alerts and what happened to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from monitor.model import Severity
from monitor.paging.updates import Paged
from monitor.rules import Decision, StoryFacts
from monitor.store.database import Database
from monitor.store.gathered import Gathered
from monitor.store.outbox import Outbox
from monitor.store.values import maybe_text, maybe_time, to_text, to_time

AlertState = Literal["open", "acknowledged", "snoozed", "resolved"]

UNTOLD = """ended.merged_into = alert.id AND alert.state IN ('open', 'acknowledged') AND (
    (alert.severity <> 'critical' AND ended.severity = 'critical')
    OR (alert.state = 'acknowledged'
        AND NOT EXISTS (SELECT 1 FROM alert_events AS heard WHERE heard.alert_id = alert.id
                        AND event IN ('acknowledged', 'updated') AND heard.rowid > coalesce(
                            (SELECT max(rowid) FROM alert_events WHERE alert_id = ended.id AND event = 'merged'), 0))
        AND NOT EXISTS (SELECT 1 FROM deliveries
                        WHERE alert_id = ended.id AND person = alert.holder AND state <> 'cancelled')))"""
"""An alert and one that ended in it, which was worse than anything said of the first, or about which the holder of the
first was not paged. By the order in which events were written: a clock that is set back makes nothing unheard again."""


@dataclass(frozen=True, slots=True)
class Alert:
    """One story's alert. `holder` is who acknowledged it, or snoozed it, at `held_since`; `revision` counts the updates;
    `step` the escalation, -1 before its first. `step_due_at` of an acknowledged one: its holder was told of something
    graver, and has until then to acknowledge that, too. `assigned` is who is to be paged of it next."""

    id: int
    story_id: int
    state: AlertState
    severity: Severity
    reason: str
    opened_at: datetime
    last: Paged
    revision: int
    changed: str
    step: int
    step_due_at: datetime | None
    snoozed_until: datetime | None
    holder: str | None
    acknowledged_at: datetime | None
    resolved_at: datetime | None
    held_since: datetime | None = None
    assigned: str | None = None
    gathered_into: int | None = None

    def is_worse_than(self, other: Alert) -> bool:
        return self.severity == "critical" and other.severity != "critical"


@dataclass(frozen=True, slots=True)
class Event:
    at: datetime
    event: str
    person: str | None
    note: str


class Alerts:
    def __init__(self, db: Database) -> None:
        self._db = db
        self._outbox = Outbox(db)
        self._gathered = Gathered(db)

    def open(
        self,
        story_id: int,
        facts: StoryFacts,
        decision: Decision,
        now: datetime,
    ) -> int:
        """Write the story's one alert; its number."""
        cursor = self._db.execute(
            """INSERT INTO alerts (story_id, state, severity, reason, opened_at, paged_at, posts, spread, sources, crossed,
               p_viral, loudest) VALUES (?, 'open', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            [story_id, decision.severity, decision.reason, to_text(now), *_as_paged(facts, now)],
        )
        alert_id = int(cursor.lastrowid or 0)
        self.log(alert_id, now, "opened", note=decision.reason)
        return alert_id

    def update(
        self, alert_id: int, facts: StoryFacts, decision: Decision, news: str, now: datetime, *, heard: bool
    ) -> int:
        """Something material changed: write it down as a new revision; its number. What nobody has `heard` of yet is
        told as it stands, and not as a change."""
        self._db.execute(
            """UPDATE alerts SET severity = ?, reason = ?, changed = ?, paged_at = ?, posts = ?, spread = ?, sources = ?,
               crossed = ?, p_viral = ?, loudest = ?, revision = revision + 1 WHERE id = ?""",
            [decision.severity, decision.reason, news if heard else "", *_as_paged(facts, now), alert_id],
        )
        self.log(alert_id, now, "updated", note=news)
        row = next(self._db.query("SELECT revision FROM alerts WHERE id = ?", [alert_id]))
        return int(row["revision"])

    def get(self, alert_id: int) -> Alert | None:
        """The alert or, if its story became part of another, that story's."""
        where = "WHERE id = coalesce((SELECT merged_into FROM alerts WHERE id = ?), ?)"
        return next(iter(self._alerts(where, [alert_id, alert_id])), None)

    def of_story(self, story_id: int) -> Alert | None:
        return next(iter(self._alerts("WHERE story_id = ?", [story_id])), None)

    def opened(self, since: datetime, severities: Sequence[Severity]) -> int:
        """How many stories of those severities have paged since then; updates, escalations, and what stands in another's
        page are none."""
        marks = ", ".join("?" for _ in severities)
        return self._db["alerts"].count_where(
            f"opened_at >= ? AND gathered_into IS NULL AND severity IN ({marks})",
            [to_text(since), *severities],
        )

    def active(self) -> list[Alert]:
        return self._alerts("WHERE state <> 'resolved' ORDER BY id", [])

    def step_due(self, now: datetime) -> list[Alert]:
        """Open alerts that nobody acknowledged in time, those whose holder did not acknowledge what is graver, snoozed ones
        whose time is over, and those of which `untold` knows something."""
        return self._alerts(
            f"""WHERE state <> 'resolved' AND (step_due_at <= ? OR snoozed_until <= ?
                OR id IN (SELECT alert.id FROM alerts AS alert JOIN alerts AS ended ON {UNTOLD}))
                ORDER BY +id""",  # noqa: S608
            [to_text(now)] * 2,
        )

    def _alerts(self, where: str, parameters: Sequence[str | int]) -> list[Alert]:
        return [
            Alert(
                row["id"],
                row["story_id"],
                row["state"],
                row["severity"],
                row["reason"],
                to_time(row["opened_at"]),
                Paged(
                    to_time(row["paged_at"]),
                    row["severity"],
                    row["posts"],
                    row["spread"],
                    tuple(row["sources"].split()),
                    bool(row["crossed"]),
                    row["p_viral"],
                    row["loudest"],
                ),
                row["revision"],
                row["changed"],
                row["step"],
                maybe_time(row["step_due_at"]),
                maybe_time(row["snoozed_until"]),
                row["holder"],
                maybe_time(row["acknowledged_at"]),
                maybe_time(row["resolved_at"]),
                maybe_time(row["held_since"]),
                row["assigned"],
                row["gathered_into"],
            )
            for row in self._db.query(f"SELECT * FROM alerts {where}", list(parameters))  # noqa: S608
        ]

    def merge(self, alert: Alert, ended: Alert, now: datetime) -> None:
        """Let one alert end in another: its number leads there from now on, and what waits to be sent of it is sent for the
        other, unless somebody has that one or the same person hears of it anyway. What was said of the other stays as it
        was: `untold` is what its people still have to hear. Of one that nobody was left to page of the escalation begins
        anew, if that of the ended one still went on."""
        if alert.state == "open":
            self._outbox.hand_over(ended.id, alert.id, alert.revision, alert.step)
        self._outbox.cancel_pending(ended.id, "page", "taken", "over")
        self._gathered.merge(alert.id, ended.id)
        self._db.execute(
            """UPDATE alerts SET merged_into = ?, state = 'resolved', resolved_at = ?, step_due_at = NULL,
               snoozed_until = NULL WHERE id = ?""",
            [alert.id, to_text(now), ended.id],
        )
        self._db.execute("UPDATE alerts SET merged_into = ? WHERE merged_into = ?", [alert.id, ended.id])
        self.log(alert.id, now, "merged", note=f"alert {ended.id} is the same story")
        self.log(ended.id, now, "merged", note=f"into alert {alert.id}")
        over = alert.state == "open" and alert.step_due_at is None and alert.gathered_into is None
        if over and (ended.step_due_at or ended.snoozed_until or ended.gathered_into):
            self.reopen(alert.id, -1, now, f"alert {ended.id} is the same story", now)

    def untold(self, alert_id: int) -> Alert | None:
        """The alert, the worst one, that ended in this one unheard: people have to be told (`tell_merged`)."""
        ended = self._alerts(
            f"""WHERE id IN (SELECT ended.id FROM alerts AS alert JOIN alerts AS ended ON {UNTOLD} WHERE alert.id = ?)
                ORDER BY severity = 'critical' DESC, id LIMIT 1""",  # noqa: S608
            [alert_id],
        )
        return next(iter(ended), None)

    def tell_merged(self, alert: Alert, ended: Alert, now: datetime) -> int:
        """Write down as a new revision of an alert that another one, at its severity when that is worse, is part of it; the
        revision's number."""
        said, news = (
            (ended, f"now {ended.severity}, was {alert.severity}: ")
            if ended.is_worse_than(alert)
            else (alert, "")
        )
        changed = f"{news}alert {ended.id} is the same story"
        self._db.execute(
            "UPDATE alerts SET severity = ?, reason = ?, changed = ?, revision = revision + 1 WHERE id = ?",
            [said.severity, said.reason, changed, alert.id],
        )
        self.log(alert.id, now, "updated", note=changed)
        return alert.revision + 1

    def escalate(self, alert_id: int, step: int, step_due_at: datetime | None) -> None:
        """It stands at that step, which has until then to be acknowledged; whoever was to be paged is."""
        self._db.execute(
            "UPDATE alerts SET step = ?, step_due_at = ?, assigned = NULL WHERE id = ?",
            [step, maybe_text(step_due_at), alert_id],
        )

    def acknowledge(self, alert_id: int, person: str, now: datetime) -> None:
        """Somebody has it: escalation stops and what was not sent yet stays unsent."""
        self._db.execute(
            """UPDATE alerts SET state = 'acknowledged',
               held_since = iif(holder IS ? AND state = 'acknowledged', held_since, ?), holder = ?,
               acknowledged_at = coalesce(acknowledged_at, ?), step_due_at = NULL, snoozed_until = NULL, assigned = NULL
               WHERE id = ?""",
            [person, to_text(now), person, to_text(now), alert_id],
        )
        self._outbox.cancel_pending(alert_id)
        self.log(alert_id, now, "acknowledged", person)

    def snooze(self, alert_id: int, person: str, until: datetime, now: datetime) -> None:
        """Silence until then; after that the person is paged again, and the escalation goes on from there."""
        self._db.execute(
            """UPDATE alerts SET state = 'snoozed', snoozed_until = ?, step_due_at = NULL, holder = ?, held_since = ?,
               assigned = NULL WHERE id = ?""",
            [to_text(until), person, to_text(now), alert_id],
        )
        self._outbox.cancel_pending(alert_id)
        self.log(alert_id, now, "snoozed", person, f"until {until:%Y-%m-%d %H:%M} UTC")

    def reopen(
        self,
        alert_id: int,
        step: int,
        step_due_at: datetime | None,
        why: str,
        now: datetime,
        *,
        person: str | None = None,
        assigned: str | None = None,
    ) -> None:
        """It is open again, at that step, in a new revision: nobody has it until somebody acknowledges anew. `person` is
        who wants that; `assigned` is paged when the step is due, in place of the next one."""
        self._db.execute(
            """UPDATE alerts SET state = 'open', snoozed_until = NULL, step = ?, step_due_at = ?, holder = NULL,
               held_since = NULL, assigned = ?, revision = revision + 1, changed = ? WHERE id = ?""",
            [step, maybe_text(step_due_at), assigned, why, alert_id],
        )
        self._outbox.cancel_pending(alert_id, "page", "taken")
        self.log(alert_id, now, "reopened", person, why)

    def tell(self, alert_id: int, changed: str, now: datetime) -> None:
        """News that are not of its own story, as a new revision."""
        self._db.execute(
            "UPDATE alerts SET changed = ?, revision = revision + 1 WHERE id = ?", [changed, alert_id]
        )
        self.log(alert_id, now, "updated", note=changed)

    def resolve(self, alert_id: int, person: str | None, now: datetime, why: str = "") -> None:
        """It is over: by that person's word or, without one, by itself, and `why`."""
        self._db.execute(
            """UPDATE alerts SET state = 'resolved', resolved_at = ?, holder = coalesce(holder, ?), step_due_at = NULL,
               snoozed_until = NULL, assigned = NULL, acknowledged_at = coalesce(acknowledged_at, ?) WHERE id = ?""",
            [to_text(now), person, to_text(now), alert_id],
        )
        self._outbox.cancel_pending(alert_id, "page", "taken")
        self.log(alert_id, now, "resolved", person, why)

    def set_back(self, later: datetime, now: datetime) -> None:
        """Where the newest event is of `later`, which is still to come, the clock was set back: its step, or its snooze,
        ends now, and not when the clock is there again."""
        self._db.execute(
            """UPDATE alerts SET step_due_at = iif(step_due_at IS NULL, NULL, ?),
                   snoozed_until = iif(snoozed_until IS NULL, NULL, ?)
               WHERE state <> 'resolved' AND coalesce(step_due_at, snoozed_until) > ?
               AND (SELECT at FROM alert_events WHERE alert_id = alerts.id ORDER BY rowid DESC LIMIT 1) >= ?""",
            [to_text(now), to_text(now), to_text(now), to_text(later)],
        )

    def untouched(self, since: datetime) -> list[Alert]:
        """Those that somebody has and in which nothing has happened since then: no word of a person, no news, no post."""
        return self._alerts(
            """WHERE state = 'acknowledged'
               AND NOT EXISTS (SELECT 1 FROM alert_events WHERE alert_id = alerts.id AND at > ?)
               AND EXISTS (SELECT 1 FROM stories WHERE id = story_id AND updated_at <= ?) ORDER BY id""",
            [to_text(since)] * 2,
        )

    def log(
        self, alert_id: int, now: datetime, event: str, person: str | None = None, note: str = ""
    ) -> None:
        self._db.execute(
            "INSERT INTO alert_events VALUES (?, ?, ?, ?, ?)", [alert_id, to_text(now), event, person, note]
        )

    def events(self, alert_id: int) -> list[Event]:
        rows = self._db.query("SELECT * FROM alert_events WHERE alert_id = ? ORDER BY rowid", [alert_id])
        return [Event(to_time(row["at"]), row["event"], row["person"], row["note"]) for row in rows]


def _as_paged(facts: StoryFacts, now: datetime) -> list[str | int | float]:
    """The columns of `Paged` but for the severity: what is told now, for the next update to be compared with."""
    columns = (
        facts.posts,
        facts.spread,
        " ".join(facts.sources),
        int(facts.crossed),
        facts.p_viral,
        facts.loudest,
    )
    return [to_text(now), *columns]
