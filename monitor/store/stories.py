"""Stories and what is known of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.model import Mention, MentionKey, TopPost
from monitor.rules import Decision, Volume
from monitor.store import values
from monitor.store.database import Database
from monitor.store.mentions import Mentions
from monitor.store.values import maybe_time, to_text, to_time
from monitor.stories import OPEN_FOR, Candidate, Vector, title


@dataclass(frozen=True, slots=True)
class Story:
    """A story as its row says; `action`, `severity` and `reason` are the newest decision's."""

    id: int
    title: str
    opened_at: datetime
    updated_at: datetime
    closed_at: datetime | None
    action: str | None
    severity: str | None
    reason: str | None


class Stories:
    def __init__(self, db: Database) -> None:
        self._db = db

    def get(self, story_id: int) -> Story | None:
        return next(iter(self._stories("WHERE id = ?", [story_id])), None)

    def count(self) -> int:
        return int(self._db["stories"].count)

    def told(self, start: datetime, end: datetime) -> list[Story]:
        """Those of `between` that the digest tells: more than one post, or an alert."""
        return self._stories(
            """WHERE opened_at < ? AND updated_at >= ? AND (
                   EXISTS (SELECT 1 FROM alerts WHERE story_id = stories.id)
                   OR EXISTS (SELECT 1 FROM mentions WHERE story_id = stories.id AND deleted_at IS NULL LIMIT 1 OFFSET 1))
               ORDER BY id""",
            [to_text(end), to_text(start)],
        )

    def _stories(self, where: str, parameters: Sequence[str | int]) -> list[Story]:
        return [
            Story(
                row["id"],
                row["title"],
                to_time(row["opened_at"]),
                to_time(row["updated_at"]),
                maybe_time(row["closed_at"]),
                row["action"],
                row["severity"],
                row["reason"],
            )
            for row in self._db.query(f"SELECT * FROM stories {where}", list(parameters))  # noqa: S608
        ]

    def of(self, key: MentionKey) -> int | None:
        row = next(
            self._db.query("SELECT story_id FROM mentions WHERE source = ? AND id = ?", list(key)), None
        )
        return row["story_id"] if row else None

    def linked(self, mention: Mention) -> int | None:
        """The open story of the post that this mention answers or quotes, unless it was over long before."""
        for target in (mention.in_reply_to, mention.quoted):
            if target is None:
                continue
            row = next(
                self._db.query(
                    """SELECT stories.id FROM mentions JOIN stories ON stories.id = story_id
                       WHERE source = ? AND mentions.id = ? AND closed_at IS NULL AND updated_at >= ?""",
                    [mention.source, target, to_text(mention.created_at - OPEN_FOR)],
                ),
                None,
            )
            if row:
                return int(row["id"])
        return None

    def open_around(self, first: datetime, last: datetime) -> list[Candidate]:
        """The stories that mentions between the two times may join."""
        rows = self._db.query(
            """SELECT id, centroid, members, opened_at, updated_at FROM stories
               WHERE closed_at IS NULL AND centroid IS NOT NULL AND updated_at >= ? AND opened_at <= ?""",
            [to_text(first - OPEN_FOR), to_text(last + OPEN_FOR)],
        )
        return [
            Candidate(
                row["id"],
                values.to_array(row["centroid"]),
                row["members"],
                to_time(row["opened_at"]),
                to_time(row["updated_at"]),
            )
            for row in rows
        ]

    def open(self, mention: Mention, vector: Vector) -> Candidate:
        """Begin a story with its first mention."""
        at = to_text(mention.created_at)
        cursor = self._db.execute(
            """INSERT INTO stories (opened_at, updated_at, title, title_mention, centroid, members)
               VALUES (?, ?, ?, ?, ?, 1)""",
            [at, at, title(mention.text), f"{mention.source} {mention.id}", values.to_blob(vector)],
        )
        story_id = int(cursor.lastrowid or 0)
        self._put(mention, story_id)
        return Candidate(story_id, vector, 1, mention.created_at, mention.created_at)

    def join(self, story_id: int, mention: Mention) -> None:
        """Add a mention by its link; what the story is about does not move."""
        self._put(mention, story_id)
        at = to_text(mention.created_at)
        self._db.execute(
            "UPDATE stories SET updated_at = max(updated_at, ?), opened_at = min(opened_at, ?) WHERE id = ?",
            [at, at, story_id],
        )

    def join_near(self, story: Candidate, mention: Mention, vector: Vector) -> Candidate:
        """Add a mention by what it says; the story after it."""
        self.join(story.id, mention)
        after = story.joined_by(vector, mention.created_at)
        self._db.execute(
            "UPDATE stories SET centroid = ?, members = ? WHERE id = ?",
            [values.to_blob(after.centroid), after.members, story.id],
        )
        return after

    def _put(self, mention: Mention, story_id: int) -> None:
        self._db.execute(
            "UPDATE mentions SET story_id = ? WHERE source = ? AND id = ?",
            [story_id, mention.source, mention.id],
        )

    def entitle(self, story_id: int, mention: Mention) -> None:
        """Name the story after one of its posts; the first one names it until then."""
        self._db.execute(
            "UPDATE stories SET title = ?, title_mention = ? WHERE id = ?",
            [title(mention.text), f"{mention.source} {mention.id}", story_id],
        )

    def close(self, story_id: int, now: datetime) -> None:
        """Take no more mentions: the next complaint of the kind is a new story."""
        self._db.execute("UPDATE stories SET closed_at = ? WHERE id = ?", [to_text(now), story_id])

    def decided(self, story_id: int, decision: Decision, now: datetime) -> None:
        self._db.execute(
            "UPDATE stories SET action = ?, severity = ?, reason = ?, decided_at = ? WHERE id = ?",
            [decision.action, decision.severity, decision.reason, to_text(now), story_id],
        )

    def volume(self, story_id: int, now: datetime, window: timedelta) -> Volume:
        row = next(
            self._db.query(
                """SELECT count(*) AS posts,
                     coalesce(sum(created_at > :recent AND created_at <= :now), 0) AS recent,
                     coalesce(sum(created_at > :before AND created_at <= :recent), 0) AS before,
                     count(DISTINCT CASE WHEN created_at > :recent AND created_at <= :now
                                          AND in_reply_to IS NULL AND quoted IS NULL
                                         THEN source || ' ' || author_id END) AS authors,
                     coalesce(max(count), 0) AS spread, coalesce(max(author_followers), 0) AS loudest
                   FROM mentions LEFT JOIN forecasts USING (source, id)
                   WHERE story_id = :story AND deleted_at IS NULL""",
                {
                    "story": story_id,
                    "now": to_text(now),
                    "recent": to_text(now - window),
                    "before": to_text(now - 2 * window),
                },
            )
        )
        sources = self._db.query(
            "SELECT source FROM mentions WHERE story_id = ? GROUP BY source ORDER BY min(created_at)",
            [story_id],
        )
        category = next(
            self._db.query(
                """SELECT category FROM mentions JOIN classifications USING (source, id)
                   WHERE story_id = ? AND category IS NOT NULL
                   GROUP BY category ORDER BY sum(complaint) DESC LIMIT 1""",
                [story_id],
            ),
            None,
        )
        return Volume(
            row["posts"],
            row["recent"],
            row["before"],
            row["authors"],
            tuple(source["source"] for source in sources),
            row["spread"],
            category["category"] if category else None,
            loudest=row["loudest"],
        )

    def arrivals(self, story_id: int, since: datetime) -> list[datetime]:
        """When each of its voices was last heard since then; who answers or quotes echoes another's."""
        rows = self._db.query(
            """SELECT max(created_at) AS at FROM mentions WHERE story_id = ? AND deleted_at IS NULL
               AND in_reply_to IS NULL AND quoted IS NULL AND created_at >= ? GROUP BY source, author_id""",
            [story_id, to_text(since)],
        )
        return [to_time(row["at"]) for row in rows]

    def heard(self, since: datetime, until: datetime) -> tuple[dict[datetime, int], dict[int, int]]:
        """How many voices complained in each hour between the two times (by its beginning), and of each story."""
        rows = self._db.query(
            """SELECT substr(created_at, 1, 13) AS hour, story_id, count(DISTINCT source || ' ' || author_id) AS voices
               FROM mentions WHERE created_at >= ? AND created_at < ? AND story_id IS NOT NULL AND deleted_at IS NULL
               AND in_reply_to IS NULL AND quoted IS NULL GROUP BY hour, story_id""",
            [to_text(since), to_text(until)],
        )
        hours: dict[datetime, int] = {}
        stories: dict[int, int] = {}
        for row in rows:
            hour = to_time(f"{row['hour']}:00:00Z")
            hours[hour] = hours.get(hour, 0) + row["voices"]
            stories[row["story_id"]] = stories.get(row["story_id"], 0) + row["voices"]
        return hours, stories

    def sure_of(self, story_id: int, since: datetime, complaint_at: float, sure: float) -> tuple[str, ...]:
        """The categories that the model is sure of in one of its complaints written since then, the surest first."""
        rows = self._db.query(
            """SELECT category FROM mentions JOIN classifications USING (source, id)
               WHERE story_id = ? AND deleted_at IS NULL AND created_at >= ? AND complaint >= ? AND category_score >= ?
               GROUP BY category ORDER BY max(category_score) DESC""",
            [story_id, to_text(since), complaint_at, sure],
        )
        return tuple(row["category"] for row in rows)

    def top(self, story_id: int, limit: int, since: datetime | None = None) -> list[TopPost]:
        """Its posts (those written since then), those that are crossing or crossed first."""
        rows = self._db.query(
            """SELECT source, id, mentions.*, forecasts.at, count, viral_at, p_viral, expected, low, high, crosses_at,
                 forecasts.readings, rate, sparse
               FROM mentions LEFT JOIN forecasts USING (source, id)
               WHERE story_id = ? AND deleted_at IS NULL AND created_at >= ?
               ORDER BY p_viral DESC, count DESC, created_at LIMIT ?""",
            [story_id, to_text(since) if since else "", limit],
        )
        return [
            TopPost(
                values.mention(row),
                row["count"],
                values.forecast(row) if row["at"] else None,
                Mentions(self._db).classification(MentionKey(row["source"], row["id"])),
            )
            for row in rows
        ]
