"""Stories and what is known of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from monitor.model import Mention, MentionKey
from monitor.notice import TopPost
from monitor.rules import GLAD, SURE, Decision, Settings, Volume
from monitor.store import values
from monitor.store.database import Database
from monitor.store.mentions import Mentions
from monitor.store.values import maybe_time, mention_name, to_text, to_time
from monitor.store.voices import Voices
from monitor.stories import OPEN_FOR, Board, Candidate, Vector
from monitor.voices import arranged
from monitor.wording.sentences import Saying, named, summed_up, title

WIDER = timedelta(hours=12)
"""How much further than asked a board reaches, so that it is read anew only now and then."""

FEW_VOICES = 3
"""From so many voices a story's title is picked among them; before, the post that it is about to page for names it."""

PRAISE = """EXISTS (SELECT 1 FROM classifications AS found
    WHERE found.source = mentions.source AND found.id = mentions.id AND positive >= ? AND complaint < ?
    AND measured IS NOT 0 AND (relevance IS NULL OR relevance >= ?))"""
"""`rules.is_praise` of a mention, given GLAD, `complaint_at` and `relevant_at`."""

NEWEST = 500
"""The newest posts of a story, by which it is decided what it is about."""

DESCRIBED = 100
"""The voices, the first ones, from which a story's title and summary are picked."""


@dataclass(frozen=True, slots=True)
class Story:
    """A story as its row says; `summary` is one sentence of one of its posts, or empty; `action`, `severity` and `reason`
    are the newest decision's."""

    id: int
    title: str
    summary: str
    opened_at: datetime
    updated_at: datetime
    closed_at: datetime | None
    action: str | None
    severity: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Platform:
    """A story on one source: its posts that are still there, of which `copied` give another account's text as their own;
    the sum of their newest spreads, and the largest; the most followers that one of the authors has; when the first and
    the last were written."""

    source: str
    posts: int
    copied: int
    spread: int
    largest: int
    loudest: int
    first: datetime
    last: datetime


class Stories:
    def __init__(self, db: Database) -> None:
        self._db = db
        self._voices = Voices(db)

    def get(self, story_id: int) -> Story | None:
        """The story or, if it became part of another, that one."""
        where = "WHERE id = coalesce((SELECT merged_into FROM stories WHERE id = ?), ?)"
        return next(iter(self._stories(where, [story_id, story_id])), None)

    def count(self) -> int:
        return self._db["stories"].count_where("merged_into IS NULL")

    def told(self, start: datetime, end: datetime) -> list[Story]:
        """Those of `between` that the digest tells: more than one post, or an alert."""
        return self._stories(
            """WHERE opened_at < ? AND updated_at >= ? AND merged_into IS NULL AND (
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
                row["summary"],
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

    def board(self, known: Board, first: datetime, last: datetime) -> Board:
        """The stories that mentions between the two times may join: `known`, brought up to what is stored, or a new one
        where it does not reach that far."""
        newest = self._newest_change()
        if known.covers(first, last):
            changed = self._db.query(
                """SELECT stories.*, story_id FROM story_changes LEFT JOIN stories ON stories.id = story_id
                   WHERE number > ?""",
                [known.seen],
            )
        else:
            known = Board(first - WIDER, last + WIDER)
            changed = self._db.query(
                "SELECT *, id AS story_id FROM stories WHERE updated_at >= ? AND opened_at <= ?",
                [to_text(first - WIDER - OPEN_FOR), to_text(last + WIDER + OPEN_FOR)],
            )
        for row in changed:
            if row["closed_at"] is None and row["centroid"] is not None:
                known.put(_candidate(row))
            else:
                known.drop(row["story_id"])
        known.seen = newest
        return known

    def _newest_change(self) -> int:
        return int(next(self._db.query("SELECT coalesce(max(number), 0) AS n FROM story_changes"))["n"])

    def open(self, mention: Mention, vector: Vector) -> Candidate:
        """Begin a story with its first mention."""
        at, name = to_text(mention.created_at), mention_name(mention.key)
        title_ = title(mention.text)
        summary = summed_up([Saying(mention.text, vector)], title_).text
        cursor = self._db.execute(
            """INSERT INTO stories
                 (opened_at, updated_at, title, title_mention, summary, summary_mention, centroid, members)
               VALUES (?, ?, ?, ?, ?, ?, ?, 1)""",
            [at, at, title_, name, summary, name if summary else "", values.to_blob(vector)],
        )
        story_id = int(cursor.lastrowid or 0)
        self._put(mention, story_id)
        return Candidate(story_id, vector, 1, mention.created_at, mention.created_at)

    def join(self, story_id: int, mention: Mention) -> bool:
        """Add a mention by its link; what the story is about does not move. Whether it is a voice of its own."""
        own = self._put(mention, story_id)
        at = to_text(mention.created_at)
        self._db.execute(
            "UPDATE stories SET updated_at = max(updated_at, ?), opened_at = min(opened_at, ?) WHERE id = ?",
            [at, at, story_id],
        )
        return own

    def join_near(self, story: Candidate, mention: Mention, vector: Vector) -> Candidate:
        """Add a mention by what it says; the story after it. Only a voice of its own moves what the story is about."""
        own = self.join(story.id, mention)
        after = story.joined_by(vector if own else None, mention.created_at)
        if after.members != story.members:
            self._db.execute(
                "UPDATE stories SET centroid = ?, members = ? WHERE id = ?",
                [values.to_blob(after.centroid), after.members, story.id],
            )
        return after

    def _put(self, mention: Mention, story_id: int) -> bool:
        """Write down a mention's story and voice; whether the voice is its own."""
        voice, pasted = self._voices.of(mention, story_id)
        self._db.execute(
            "UPDATE mentions SET story_id = ?, voice = ?, pasted = ? WHERE source = ? AND id = ?",
            [story_id, voice, int(pasted), *mention.key],
        )
        return voice == mention_name(mention.key)

    def describe(self, story_id: int) -> None:
        """Pick its title and summary anew. One that somebody was paged about keeps its title: it must be known again."""
        said = self._said(story_id)
        if not said:
            return
        paged = next(self._db.query("SELECT 1 FROM alerts WHERE story_id = ?", [story_id]), None)
        if not paged:
            title_ = named([each for _, each in said])
            self._entitle(story_id, title_.text, said[title_.post][0])
        self._sum_up(story_id, said)

    def entitle(self, story_id: int, mention: Mention) -> None:
        """Name the story after one of its posts, unless its title was picked from several voices."""
        row = next(self._db.query("SELECT members FROM stories WHERE id = ?", [story_id]))
        if row["members"] < FEW_VOICES:
            said = self._said(story_id)
            place = next((place for place, (key, _) in enumerate(said) if key == mention.key), None)
            sayings = [each for _, each in said]
            text = title(mention.text) if place is None else named(sayings, place).text
            self._entitle(story_id, text, mention.key)
            self._sum_up(story_id, said)

    def _said(self, story_id: int) -> list[tuple[MentionKey, Saying]]:
        return list(self._voices.sayings(story_id, DESCRIBED).values())

    def _sum_up(self, story_id: int, said: Sequence[tuple[MentionKey, Saying]]) -> None:
        if not said:
            return
        row = next(self._db.query("SELECT title FROM stories WHERE id = ?", [story_id]))
        summary = summed_up([each for _, each in said], row["title"])
        self._db.execute(
            "UPDATE stories SET summary = ?, summary_mention = ? WHERE id = ?",
            [summary.text, mention_name(said[summary.post][0]) if summary.text else "", story_id],
        )

    def _entitle(self, story_id: int, text: str, key: MentionKey) -> None:
        self._db.execute(
            "UPDATE stories SET title = ?, title_mention = ? WHERE id = ?",
            [text, mention_name(key), story_id],
        )

    def close(self, story_id: int, now: datetime) -> None:
        """Take no more mentions: the next complaint of the kind is a new story."""
        self._db.execute("UPDATE stories SET closed_at = ? WHERE id = ?", [to_text(now), story_id])

    def decided(self, story_id: int, decision: Decision, now: datetime) -> None:
        self._db.execute(
            "UPDATE stories SET action = ?, severity = ?, reason = ?, decided_at = ? WHERE id = ?",
            [decision.action, decision.severity, decision.reason, to_text(now), story_id],
        )

    def volume(
        self, story_id: int, now: datetime, window: timedelta, platforms: Sequence[Platform] | None = None
    ) -> Volume:
        """How many posts it has, and how they came; `platforms` where they are known already."""
        found = self.platforms(story_id) if platforms is None else platforms
        return Volume(
            sum(each.posts for each in found),
            self._written(story_id, now - window, now),
            self._written(story_id, now - 2 * window, now - window),
            tuple(each.source for each in found),
            max((each.largest for each in found), default=0),
            self.category(story_id),
            copied=sum(each.copied for each in found),
            coordinated=arranged(self._voices.told(story_id, now), now),
            loudest=max((each.loudest for each in found), default=0),
        )

    def platforms(self, story_id: int) -> list[Platform]:
        """The story on each source, in the order in which it reached them."""
        rows = self._db.query(
            """SELECT source, count(*) AS posts, sum(pasted) AS copied, sum(spread) AS spread, max(spread) AS largest,
                 max(author_followers) AS loudest, min(created_at) AS first, max(created_at) AS last
               FROM mentions INDEXED BY mentions_volume
               WHERE story_id = ? AND story_id IS NOT NULL AND deleted_at IS NULL
               GROUP BY source ORDER BY first""",
            [story_id],
        )
        return [
            Platform(
                row["source"],
                row["posts"],
                row["copied"],
                row["spread"] or 0,
                row["largest"] or 0,
                row["loudest"] or 0,
                to_time(row["first"]),
                to_time(row["last"]),
            )
            for row in rows
        ]

    def _written(self, story_id: int, after: datetime, until: datetime) -> int:
        return self._db["mentions"].count_where(
            "story_id = ? AND deleted_at IS NULL AND created_at > ? AND created_at <= ?",
            [story_id, to_text(after), to_text(until)],
        )

    def category(self, story_id: int) -> str | None:
        """What most of its newest posts complain of."""
        rows = self._db.query(
            """SELECT category FROM (
                   SELECT source, id FROM mentions WHERE story_id = ? ORDER BY created_at DESC LIMIT ?
               ) JOIN classifications USING (source, id)
               WHERE category IS NOT NULL GROUP BY category ORDER BY sum(complaint) DESC LIMIT 1""",
            [story_id, NEWEST],
        )
        return next((row["category"] for row in rows), None)

    def arrivals(self, story_id: int, since: datetime) -> list[datetime]:
        """When each of its voices was last heard since then; who answers or quotes echoes another's."""
        rows = self._db.query(
            """SELECT max(created_at) AS at FROM mentions WHERE story_id = ? AND deleted_at IS NULL
               AND in_reply_to IS NULL AND quoted IS NULL AND created_at >= ? GROUP BY voice""",
            [story_id, to_text(since)],
        )
        return [to_time(row["at"]) for row in rows]

    def heard(self, since: datetime, until: datetime) -> tuple[dict[datetime, int], dict[int, int]]:
        """How many voices complained in each quarter of an hour between the two times (by its beginning), and of each
        story."""
        rows = self._db.query(
            """SELECT substr(created_at, 1, 14) || printf('%02d', substr(created_at, 15, 2) / 15 * 15) AS quarter, story_id,
                 count(DISTINCT voice) AS voices
               FROM mentions WHERE created_at >= ? AND created_at < ? AND story_id IS NOT NULL AND deleted_at IS NULL
               AND in_reply_to IS NULL AND quoted IS NULL GROUP BY quarter, story_id""",
            [to_text(since), to_text(until)],
        )
        quarters: dict[datetime, int] = {}
        stories: dict[int, int] = {}
        for row in rows:
            quarter = to_time(f"{row['quarter']}:00Z")
            quarters[quarter] = quarters.get(quarter, 0) + row["voices"]
            stories[row["story_id"]] = stories.get(row["story_id"], 0) + row["voices"]
        return quarters, stories

    def sure_of(self, story_id: int, since: datetime, complaint_at: float) -> tuple[str, ...]:
        """The categories that the model is sure of (SURE) in one of its posts written since then that is a complaint or not
        glad, the surest first."""
        rows = self._db.query(
            """SELECT category FROM mentions INDEXED BY mentions_sure JOIN classifications USING (source, id)
               WHERE story_id = ? AND story_id IS NOT NULL AND deleted_at IS NULL AND created_at >= ? AND sure >= ?
               AND (complaint >= ? OR positive < ?)
               GROUP BY category ORDER BY max(category_score) DESC""",
            [story_id, to_text(since), SURE, complaint_at, GLAD],
        )
        return tuple(row["category"] for row in rows)

    def top(
        self,
        story_id: int,
        limit: int,
        since: datetime | None = None,
        *,
        no_praise_by: Settings | None = None,
    ) -> list[TopPost]:
        """Its posts (those written since then, and without what is praise by those settings), those that are crossing or
        crossed first."""
        by = no_praise_by
        rows = self._db.query(
            f"""SELECT mentions.*, forecasts.at, count, viral_at, forecasts.p_viral, expected, low, high, crosses_at,
                 forecasts.readings, rate, sparse
               FROM mentions INDEXED BY mentions_top
               LEFT JOIN forecasts ON forecasts.source = mentions.source AND forecasts.id = mentions.id
               WHERE story_id = ? AND story_id IS NOT NULL AND deleted_at IS NULL AND created_at >= ?
               {"AND NOT " + PRAISE if by else ""}
               ORDER BY mentions.p_viral DESC, mentions.spread DESC, created_at LIMIT ?""",  # noqa: S608
            [
                story_id,
                to_text(since) if since else "",
                *([GLAD, by.complaint_at, by.relevant_at] if by else []),
                limit,
            ],
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


def _candidate(row: Mapping[str, Any]) -> Candidate:
    return Candidate(
        row["id"],
        values.to_array(row["centroid"]),
        row["members"],
        to_time(row["opened_at"]),
        to_time(row["updated_at"]),
    )
