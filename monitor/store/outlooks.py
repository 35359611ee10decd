"""What the forecast said of stories over time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from monitor.model import MentionKey
from monitor.outlook import Outlook, Written, joined
from monitor.store.database import Database
from monitor.store.values import maybe_text, maybe_time, to_text, to_time

BEGIN = "outlooks begin after story"
"""The row of `meta`: stories up to that number were there before this was written down (migration m023)."""


class Outlooks:
    def __init__(self, db: Database) -> None:
        self._db = db

    def written(self, story_id: int) -> Written | None:
        """What is written down of the story itself; None: nothing."""
        rows = self._db.query(
            """SELECT *, EXISTS (SELECT 1 FROM outlooks AS one WHERE one.story_id = outlooks.story_id
                 AND p_viral >= page_at AND count < viral_at) AS warned
               FROM outlooks WHERE story_id = ? ORDER BY number DESC LIMIT 1""",
            [story_id],
        )
        return next((Written(_outlook(row), row["number"], bool(row["warned"])) for row in rows), None)

    def add(self, story_id: int, said: Outlook) -> None:
        """One more row of the story. Which fitted version is active is looked up here."""
        self._db.execute(
            """INSERT INTO outlooks (story_id, number, at, p_viral, page_at, source, mention_id, count, viral_at, expected,
                 low, high, crosses_at, sparse, fit)
               VALUES (:story, (SELECT coalesce(max(number), 0) + 1 FROM outlooks WHERE story_id = :story), :at, :p_viral,
                 :page_at, :source, :mention_id, :count, :viral_at, :expected, :low, :high, :crosses_at, :sparse,
                 (SELECT version FROM fits WHERE active = 1))""",
            {
                "story": story_id,
                "at": to_text(said.at),
                "p_viral": said.p_viral,
                "page_at": said.page_at,
                "source": said.post.source if said.post else None,
                "mention_id": said.post.id if said.post else None,
                "count": said.count,
                "viral_at": said.viral_at,
                "expected": said.expected,
                "low": said.low,
                "high": said.high,
                "crosses_at": maybe_text(said.crosses_at),
                "sparse": int(said.sparse),
            },
        )

    def of(self, story_id: int) -> list[Outlook]:
        """What was said of the story, and of those that are part of it now, the oldest first."""
        rows = list(
            self._db.query(
                """SELECT outlooks.*, merged_into, closed_at FROM outlooks JOIN stories ON stories.id = story_id
                   WHERE story_id IN (SELECT :story UNION ALL SELECT id FROM stories WHERE merged_into = :story)
                   ORDER BY outlooks.at, story_id, number""",
                {"story": story_id},
            )
        )
        ended = {
            row["story_id"]: to_time(row["closed_at"])
            for row in rows
            if row["merged_into"] is not None and row["closed_at"] is not None
        }
        return list(joined([(row["story_id"], _outlook(row)) for row in rows], ended))

    def whole(self, story_id: int) -> bool:
        """Whether what was said of the story, and of those that are part of it now, is known from their beginning: none of
        them is older than this record, or began as a part of another story."""
        rows = self._db.query(
            """WITH parts AS (SELECT :story AS id UNION ALL SELECT id FROM stories WHERE merged_into = :story)
               SELECT 1 FROM meta WHERE key = :key AND CAST(value AS INTEGER) < (SELECT min(id) FROM parts)
                 AND NOT EXISTS (SELECT 1 FROM story_moves WHERE kind = 'split'
                                 AND other_id IN (SELECT id FROM parts) AND story_id NOT IN (SELECT id FROM parts))""",
            {"key": BEGIN, "story": story_id},
        )
        return next(rows, None) is not None


def post_erased(db: Database, key: MentionKey) -> None:
    """What was said stays with the story, and names the post no more."""
    db.execute(
        "UPDATE outlooks SET source = NULL, mention_id = NULL WHERE source = ? AND mention_id = ?", list(key)
    )


def _outlook(row: Mapping[str, Any]) -> Outlook:
    return Outlook(
        at=to_time(row["at"]),
        p_viral=row["p_viral"],
        page_at=row["page_at"],
        post=MentionKey(row["source"], row["mention_id"]) if row["source"] is not None else None,
        count=row["count"],
        viral_at=row["viral_at"],
        expected=row["expected"],
        low=row["low"],
        high=row["high"],
        crosses_at=maybe_time(row["crosses_at"]),
        sparse=bool(row["sparse"]),
        fit=row["fit"],
    )
