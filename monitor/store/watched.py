"""What the watch of the watch itself looks at: how much comes, what waits, what fails."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from monitor.store.database import Database
from monitor.store.values import maybe_time, to_text, to_time
from monitor.watching.watch import Ill, Quiet

WEEK = timedelta(days=7)
TROUBLE = timedelta(days=1)
"""How long a delivery that failed for good is taken to say how its channel is."""
FAILURES = 3
"""So often in a row must a delivery have failed."""


class Watched:
    def __init__(self, db: Database) -> None:
        self._db = db

    def quiet(self, source: str, began: datetime, weeks: int, now: datetime) -> Quiet | None:
        """How long no post has come from the source, not counting what was before `began`, and how many had come in the
        same stretch of each of the last weeks, as far back as posts of it are stored: those that were known by the same
        hour, since some platforms show posts late. None when there are none."""
        row = next(
            self._db.query(
                "SELECT min(created_at) AS first FROM mentions WHERE source = ?",
                [source],
            )
        )
        if row["first"] is None:
            return None
        last = next(
            self._db.query(
                "SELECT max(created_at) AS at FROM mentions WHERE source = ? AND created_at <= ?",
                [source, to_text(now)],
            )
        )
        since = max(began, to_time(last["at"])) if last["at"] else began
        known = min(weeks, int((now - to_time(row["first"])) / WEEK))
        former = tuple(
            self._db["mentions"].count_where(
                "source = ? AND created_at > ? AND created_at <= ? AND seen_at <= ?",
                [source, to_text(since - back), to_text(now - back), to_text(now - back)],
            )
            for back in (number * WEEK for number in range(1, known + 1))
        )
        weekly = self._weekly(source, now - known * WEEK, now) if known else 0.0
        return Quiet(source, since, former, weekly)

    def _weekly(self, source: str, start: datetime, end: datetime) -> float:
        count = self._db["mentions"].count_where(
            "source = ? AND created_at > ? AND created_at <= ?", [source, to_text(start), to_text(end)]
        )
        return float(count * (WEEK / (end - start)))

    def oldest_mention(self) -> datetime | None:
        """Since when the mention waits that waits for longest to be read by the model or assessed."""
        return self._moment(
            """SELECT min(at) AS at FROM (SELECT min(seen_at) AS at FROM mentions WHERE state = 'new'
               UNION ALL SELECT min(seen_at) FROM mentions WHERE state = 'assess')""",
            [],
        )

    def oldest_page(self, now: datetime) -> datetime | None:
        """When the page was due that waits for longest to be sent."""
        return self._moment(
            """SELECT min(due_at) AS at FROM deliveries WHERE state IN ('pending', 'sending') AND due_at <= ?
               AND alert_id IS NOT NULL AND kind = 'page'""",
            [to_text(now)],
        )

    def _moment(self, sql: str, parameters: list[Any]) -> datetime | None:
        return maybe_time(next(self._db.query(sql, parameters))["at"])

    def ill(self, now: datetime) -> list[Ill]:
        """The deliveries to each person by each channel that failed since the last one that was sent."""
        rows = self._db.query(
            f"""SELECT deliveries.person, deliveries.channel, error, max(good, begun) AS since FROM (
                    SELECT *, coalesce((SELECT max(sent_at) FROM deliveries AS other WHERE other.state = 'sent'
                        AND other.person = deliveries.person AND other.channel = deliveries.channel), '') AS good
                    FROM deliveries WHERE tried_at >= ? AND error IS NOT NULL
                    AND (state = 'failed' OR (state IN ('pending', 'sending') AND attempts >= {FAILURES}))
                ) AS deliveries JOIN (
                    SELECT d.id, coalesce(alerts.paged_at, alarms.since, drills.at, d.digest, d.brief) AS begun
                    FROM deliveries AS d LEFT JOIN alerts ON alerts.id = d.alert_id
                    LEFT JOIN alarms ON alarms.id = d.alarm_id LEFT JOIN drills ON drills.id = d.drill_id
                ) AS origins ON origins.id = deliveries.id
                WHERE tried_at > good ORDER BY tried_at""",  # noqa: S608
            [to_text(now - TROUBLE)],
        )
        found: dict[tuple[str, str], Ill] = {}
        for row in rows:
            key, since = (row["person"], row["channel"]), to_time(row["since"])
            since = min(since, found[key].since) if key in found else since
            found[key] = Ill(row["channel"], row["person"], since, row["error"])
        return list(found.values())

    def given_up(self) -> list[int]:
        """Open alerts that nobody acknowledged, and nobody is left to page."""
        rows = self._db.query(
            """SELECT id FROM alerts WHERE state = 'open' AND 'nobody left' = (
                   SELECT event FROM alert_events WHERE alert_id = alerts.id
                   AND event IN ('opened', 'reopened', 'escalated', 'nobody left') ORDER BY rowid DESC LIMIT 1)
               ORDER BY id"""
        )
        return [row["id"] for row in rows]
