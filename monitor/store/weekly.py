"""The sums that the weekly digest is made of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from monitor.rules import GLAD, Settings
from monitor.store.database import Database
from monitor.store.stories import PRAISE
from monitor.store.values import maybe_time, to_text, to_time

_ABOUT_US = "(story_id IS NOT NULL OR relevance IS NULL OR relevance >= :relevant_at)"
_CROSSED = f"crossed_at IS NOT NULL AND NOT {PRAISE}"
"""Of a post: it was seen at or over its threshold, and is no praise."""

_FIRST_PAGE = """coalesce(
    (SELECT min(sent_at) FROM deliveries WHERE alert_id = alerts.id AND kind = 'page' AND state = 'sent'),
    alerts.opened_at)"""
"""When the first page of an alert went out, or the alert opened where none did."""


@dataclass(frozen=True, slots=True)
class Talk:
    """Mentions of one source that are about one thing (None: the model does not say, or has not read them)."""

    source: str
    category: str | None
    mentions: int
    complaints: int


@dataclass(frozen=True, slots=True)
class Paged:
    """How one alert was answered. `began_at`: its story's first post; `paged_at`: the first page that went out, or when the
    alert opened where none did."""

    story_id: int
    began_at: datetime
    opened_at: datetime
    paged_at: datetime
    acknowledged_at: datetime | None
    replied_at: datetime | None
    urgent: bool


class Weekly:
    def __init__(self, db: Database) -> None:
        self._db = db

    def watched_since(self) -> datetime | None:
        """The first moment that was read of any source."""
        row = next(self._db.query("SELECT min(start) AS at FROM coverage WHERE complete = 1"))
        return maybe_time(row["at"])

    def talk(self, start: datetime, end: datetime, by: Settings) -> list[Talk]:
        """What was posted in [start, end), the commonest first. Complaints are those by these settings, without what the
        model takes for spam or a namesake's."""
        rows = self._db.query(
            f"""SELECT source, category, count(*) AS mentions, sum(complaint >= :complaint_at AND {_ABOUT_US}) AS complaints
                FROM mentions LEFT JOIN classifications USING (source, id)
                WHERE created_at >= :start AND created_at < :end
                GROUP BY source, category ORDER BY mentions DESC, source, category""",  # noqa: S608
            self._named(start, end, by),
        )
        return [Talk(row["source"], row["category"], row["mentions"], row["complaints"] or 0) for row in rows]

    def beside(self, start: datetime, end: datetime, by: Settings) -> int:
        """How many were left out as spam or a namesake's."""
        row = next(
            self._db.query(
                f"""SELECT count(*) AS n FROM mentions JOIN classifications USING (source, id)
                    WHERE created_at >= :start AND created_at < :end AND NOT {_ABOUT_US}""",  # noqa: S608
                self._named(start, end, by),
            )
        )
        return int(row["n"])

    def unmeasured(self, start: datetime, end: datetime) -> list[tuple[str | None, int]]:
        """Languages on which the model was not measured, and how many mentions were in each, the commonest first."""
        rows = self._db.query(
            """SELECT classifications.language AS language, count(*) AS n
               FROM mentions JOIN classifications USING (source, id)
               WHERE created_at >= ? AND created_at < ? AND measured = 0 GROUP BY 1 ORDER BY n DESC, language""",
            [to_text(start), to_text(end)],
        )
        return [(row["language"], row["n"]) for row in rows]

    def paged(self, start: datetime, end: datetime) -> list[Paged]:
        """Every alert that opened in [start, end), but for those that ended in another one."""
        rows = self._db.query(
            f"""SELECT story_id, stories.opened_at AS began_at, alerts.opened_at AS opened_at, urgent, acknowledged_at,
                 {_FIRST_PAGE} AS first_page,
                 (SELECT min(posted_at) FROM replies WHERE alert_id = alerts.id) AS replied_at
               FROM alerts JOIN stories ON stories.id = story_id
               WHERE alerts.opened_at >= ? AND alerts.opened_at < ? AND alerts.merged_into IS NULL
               ORDER BY alerts.opened_at""",  # noqa: S608
            [to_text(start), to_text(end)],
        )
        return [
            Paged(
                row["story_id"],
                to_time(row["began_at"]),
                to_time(row["opened_at"]),
                to_time(row["first_page"]),
                maybe_time(row["acknowledged_at"]),
                maybe_time(row["replied_at"]),
                bool(row["urgent"]),
            )
            for row in rows
        ]

    def crossings(self, until: datetime, no_praise_by: Settings) -> dict[int, datetime]:
        """By story, when the first of its posts that is no praise by those settings was seen at or over its threshold, of
        those for which that was before then."""
        rows = self._db.query(
            f"""SELECT story_id, min(crossed_at) AS at FROM mentions WHERE story_id IS NOT NULL AND {_CROSSED}
                GROUP BY story_id HAVING min(crossed_at) < ?""",  # noqa: S608
            [GLAD, no_praise_by.complaint_at, no_praise_by.relevant_at, to_text(until)],
        )
        return {row["story_id"]: to_time(row["at"]) for row in rows}

    def first_pages(self) -> dict[int, datetime]:
        """By story, when the first page of its alert went out, or the alert opened where none did."""
        rows = self._db.query(f"SELECT story_id, {_FIRST_PAGE} AS first_page FROM alerts")  # noqa: S608
        return {row["story_id"]: to_time(row["first_page"]) for row in rows}

    def escalations(self, start: datetime, end: datetime) -> int:
        row = next(
            self._db.query(
                "SELECT count(*) AS n FROM alert_events WHERE event = 'escalated' AND at >= ? AND at < ?",
                [to_text(start), to_text(end)],
            )
        )
        return int(row["n"])

    def promises(self, start: datetime, end: datetime) -> list[bool]:
        """Of each promise to a customer that fell due in [start, end): whether it was kept before it ran out."""
        rows = self._db.query(
            """SELECT promise = 'kept' AND broken_at IS NULL AS kept FROM replies
               WHERE report_by >= ? AND report_by < ? AND promise IN ('open', 'kept')""",
            [to_text(start), to_text(end)],
        )
        return [bool(row["kept"]) for row in rows]

    def crossed_at(self, story_id: int, no_praise_by: Settings) -> datetime | None:
        """When the first post of the story that is no praise by those settings was seen at or over its threshold."""
        rows = self._db.query(
            f"SELECT crossed_at FROM mentions WHERE story_id = ? AND {_CROSSED} ORDER BY crossed_at LIMIT 1",  # noqa: S608
            [story_id, GLAD, no_praise_by.complaint_at, no_praise_by.relevant_at],
        )
        return next((to_time(row["crossed_at"]) for row in rows), None)

    @staticmethod
    def _named(start: datetime, end: datetime, by: Settings) -> dict[str, Any]:
        return {
            "start": to_text(start),
            "end": to_text(end),
            "complaint_at": by.complaint_at,
            "relevant_at": by.relevant_at,
        }
