"""The sums that the weekly digest is made of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from monitor.rules import GLAD, Settings
from monitor.store.database import Database
from monitor.store.stories import PRAISE
from monitor.store.values import to_text, to_time


@dataclass(frozen=True, slots=True)
class Seen:
    """One mention as the digest counts it. `complaint` is None while no model has read it; `relevance`, `measured` and
    `language` are None where the model does not say."""

    source: str
    at: datetime
    complaint: float | None
    relevance: float | None = None
    measured: bool | None = None
    language: str | None = None
    in_story: bool = False


@dataclass(frozen=True, slots=True)
class Response:
    """How one alert was answered."""

    opened_at: datetime
    acknowledged_at: datetime | None


class Weekly:
    def __init__(self, db: Database) -> None:
        self._db = db

    def seen(self, start: datetime, end: datetime) -> list[Seen]:
        """Every mention posted in [start, end)."""
        rows = self._db.query(
            """SELECT source, created_at, complaint, relevance, measured, classifications.language AS language, story_id
               FROM mentions LEFT JOIN classifications USING (source, id)
               WHERE created_at >= ? AND created_at < ?""",
            [to_text(start), to_text(end)],
        )
        return [
            Seen(
                row["source"],
                to_time(row["created_at"]),
                row["complaint"],
                row["relevance"],
                None if row["measured"] is None else bool(row["measured"]),
                row["language"],
                row["story_id"] is not None,
            )
            for row in rows
        ]

    def responses(self, start: datetime, end: datetime) -> list[Response]:
        """Of every alert that opened in [start, end)."""
        rows = self._db.query(
            "SELECT opened_at, acknowledged_at FROM alerts WHERE opened_at >= ? AND opened_at < ?",
            [to_text(start), to_text(end)],
        )
        return [
            Response(
                to_time(row["opened_at"]), to_time(row["acknowledged_at"]) if row["acknowledged_at"] else None
            )
            for row in rows
        ]

    def pages_sent(self, start: datetime, end: datetime) -> int:
        row = next(
            self._db.query(
                """SELECT count(*) AS n FROM deliveries
                   WHERE state = 'sent' AND alert_id IS NOT NULL AND sent_at >= ? AND sent_at < ?""",
                [to_text(start), to_text(end)],
            )
        )
        return int(row["n"])

    def escalations(self, start: datetime, end: datetime) -> int:
        row = next(
            self._db.query(
                "SELECT count(*) AS n FROM alert_events WHERE event = 'escalated' AND at >= ? AND at < ?",
                [to_text(start), to_text(end)],
            )
        )
        return int(row["n"])

    def crossed_at(self, story_id: int, no_praise_by: Settings) -> datetime | None:
        """When the first post of the story that is no praise by those settings was seen at or over its threshold."""
        row = next(
            self._db.query(
                f"""SELECT min(crossed_at) AS at FROM forecasts JOIN mentions USING (source, id)
                    WHERE story_id = ? AND NOT {PRAISE}""",  # noqa: S608
                [story_id, GLAD, no_praise_by.complaint_at, no_praise_by.relevant_at],
            )
        )
        return to_time(row["at"]) if row["at"] else None
