"""What complaints are about, and in which languages, as sums."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from monitor.store.database import Database
from monitor.store.values import to_text


class Situation(NamedTuple):
    """How many complaints of one category in one language there were, in how many stories. None where it is not known."""

    category: str | None
    language: str | None
    posts: int
    stories: int


class Situations:
    def __init__(self, db: Database) -> None:
        self._db = db

    def since(self, start: datetime, complaint_at: float) -> list[Situation]:
        """What complaints written since then are about, the most frequent first."""
        rows = self._db.query(
            """SELECT category, coalesce(mentions.language, classifications.language) AS spoken,
                   count(*) AS posts, count(DISTINCT story_id) AS stories
               FROM mentions JOIN classifications USING (source, id)
               WHERE created_at >= ? AND deleted_at IS NULL AND complaint >= ?
               GROUP BY category, spoken ORDER BY posts DESC, category, spoken""",
            [to_text(start), complaint_at],
        )
        return [Situation(row["category"], row["spoken"], row["posts"], row["stories"]) for row in rows]
