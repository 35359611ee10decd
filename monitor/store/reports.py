"""What the after-action report of one story is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.model import Mention
from monitor.store import values
from monitor.store.database import Database
from monitor.store.labels import SAID_ANEW
from monitor.store.replies import Replies, ReplyRow
from monitor.store.values import maybe_time, to_text, to_time

ALL = "story_id IN (SELECT id FROM stories WHERE id = :story OR merged_into = :story)"
"""Of a story and of those that became part of it."""


@dataclass(frozen=True, slots=True)
class Beginning:
    """`posted` is when the first post that is still known was written, `stored` when the first one was stored; both None
    when nothing is left of it. `erased` posts are gone but for their times."""

    posted: datetime | None
    stored: datetime | None
    posts: int
    erased: int

    @classmethod
    def of(cls, platforms: Sequence[OnPlatform]) -> Beginning:
        return cls(
            min((each.first for each in platforms), default=None),
            min((each.stored for each in platforms), default=None),
            sum(each.posts for each in platforms),
            sum(each.erased for each in platforms),
        )


@dataclass(frozen=True, slots=True)
class OnPlatform:
    """What was told on a platform; `posts` with those that were `erased` since, `stored` as in Beginning."""

    source: str
    posts: int
    first: datetime
    last: datetime
    spread: int | None
    stored: datetime
    erased: int


@dataclass(frozen=True, slots=True)
class Wrote:
    """An author: their post of the story that spread furthest, how many they wrote, and that post's spread."""

    mention: Mention
    posts: int
    spread: int | None


@dataclass(frozen=True, slots=True)
class Sent:
    """A page of the alert: when it went out (None: it did not), to whom and how, and what went wrong."""

    person: str
    channel: str
    at: datetime | None
    state: str
    error: str


@dataclass(frozen=True, slots=True)
class SaidOf:
    """A label that a person gave a post. `before` is what the model had said of that head, None where nobody wrote it down
    or no model had read it, and `sure` how probable it held "yes" (of a head with other labels, what it said)."""

    mention: Mention
    head: str
    label: str
    person: str
    at: datetime
    before: str | None
    sure: float | None


class Reports:
    def __init__(self, db: Database) -> None:
        self._db = db

    def first(self, story_id: int) -> Mention | None:
        """Its first post that is still there."""
        return self._one("mentions_story", "ORDER BY created_at", story_id)

    def furthest(self, story_id: int) -> Mention | None:
        """The post that has spread furthest of those that are still there."""
        return self._one("mentions_volume", "ORDER BY coalesce(spread, 0) DESC, created_at", story_id)

    def first_loud(self, story_id: int, followers: int) -> Mention | None:
        """The first post of somebody with so many followers."""
        return self._one(
            "mentions_volume", "AND author_followers >= ? ORDER BY created_at", story_id, followers
        )

    def _one(self, index: str, rest: str, story_id: int, *parameters: int) -> Mention | None:
        """Found in the index, so that only one post is read."""
        rows = self._db.query(
            f"""SELECT * FROM mentions WHERE rowid = (SELECT rowid FROM mentions INDEXED BY {index}
                WHERE story_id = ? AND story_id IS NOT NULL AND deleted_at IS NULL {rest} LIMIT 1)""",  # noqa: S608
            [story_id, *parameters],
        )
        return next((values.mention(row) for row in rows), None)

    def platforms(self, story_id: int) -> list[OnPlatform]:
        """Where it was told, in the order in which it came there."""
        rows = self._db.query(
            """SELECT source, count(*) AS posts, min(created_at) AS first, max(created_at) AS last, max(spread) AS spread,
                 min(seen_at) AS stored, count(deleted_at) AS erased
               FROM mentions WHERE story_id = ? GROUP BY source ORDER BY first""",
            [story_id],
        )
        return [
            OnPlatform(
                row["source"],
                row["posts"],
                to_time(row["first"]),
                to_time(row["last"]),
                row["spread"],
                to_time(row["stored"]),
                row["erased"],
            )
            for row in rows
        ]

    def voices(self, story_id: int, limit: int) -> list[Wrote]:
        """Who was heard furthest: by the spread of their furthest post, then by their followers."""
        furthest = self._db.query(
            """SELECT rowid AS post FROM mentions INDEXED BY mentions_volume
               WHERE story_id = ? AND story_id IS NOT NULL AND deleted_at IS NULL
               ORDER BY coalesce(spread, 0) DESC, coalesce(author_followers, 0) DESC, created_at""",
            [story_id],
        )
        found: dict[tuple[str, str, str], Wrote] = {}
        # They are sorted in the index, and read one after the other until enough authors are known.
        for each in furthest:
            row = next(self._db.query("SELECT * FROM mentions WHERE rowid = ?", [each["post"]]))
            author = row["source"], row["author_id"], "" if row["author_id"] else row["author_handle"]
            if author not in found:
                found[author] = Wrote(values.mention(row), self._wrote(story_id, *author), row["spread"])
            if len(found) == limit:
                break
        return list(found.values())

    def _wrote(self, story_id: int, source: str, author_id: str, handle: str) -> int:
        """How many posts of it an author wrote; who has no id is known by the handle."""
        return self._db["mentions"].count_where(
            "story_id = ? AND source = ? AND author_id = ? AND deleted_at IS NULL AND (? = '' OR author_handle = ?)",
            [story_id, source, author_id, handle, handle],
        )

    def minutes(self, story_id: int) -> list[tuple[datetime, int]]:
        """In order, how many of its posts were written in each minute in which any was, with those that were erased."""
        rows = self._db.query(
            """SELECT substr(created_at, 1, 16) || ':00Z' AS minute, count(*) AS posts FROM mentions
               WHERE story_id = ? GROUP BY minute ORDER BY minute""",
            [story_id],
        )
        return [(to_time(row["minute"]), row["posts"]) for row in rows]

    def sent(self, alert_id: int) -> list[Sent]:
        """Every page of the alert, and of those that ended in it, in the order in which they were written."""
        rows = self._db.query(
            """SELECT person, channel, sent_at, state, error FROM deliveries
               WHERE alert_id IN (SELECT id FROM alerts WHERE id = ? OR merged_into = ?)
               AND kind = 'page' AND state <> 'cancelled' ORDER BY coalesce(sent_at, due_at), id""",
            [alert_id, alert_id],
        )
        return [
            Sent(row["person"], row["channel"], maybe_time(row["sent_at"]), row["state"], row["error"] or "")
            for row in rows
        ]

    def replies(self, story_id: int) -> list[ReplyRow]:
        """To its posts, the first first."""
        rows = self._db.query(
            f"""SELECT id FROM replies WHERE {ALL}
                OR alert_id IN (SELECT id FROM alerts WHERE {ALL}) ORDER BY id""",  # noqa: S608
            {"story": story_id},
        )
        found = (Replies(self._db).get(row["id"]) for row in rows)
        return [each for each in found if each is not None]

    def labels(self, story_id: int, limit: int) -> list[SaidOf]:
        """The newest that people said of its posts; of a post that left the story by that nothing is known here."""
        rows = self._db.query(
            f"""SELECT mentions.*, head, label, person, at, model_said, model_sure
               FROM labels JOIN mentions USING (source, id)
               WHERE story_id = ? AND deleted_at IS NULL AND NOT {SAID_ANEW} ORDER BY at DESC, number DESC LIMIT ?""",  # noqa: S608
            [story_id, limit],
        )
        return [
            SaidOf(
                values.mention(row),
                row["head"],
                row["label"],
                row["person"] or "",
                to_time(row["at"]),
                row["model_said"],
                row["model_sure"],
            )
            for row in rows
        ]

    def held(self, story_id: int) -> list[tuple[datetime, str]]:
        """When the cap of a shift held its page back, and why."""
        rows = self._db.query("SELECT at, reason FROM held WHERE story_id = ? ORDER BY at", [story_id])
        return [(to_time(row["at"]), row["reason"]) for row in rows]

    def posted_between(self, start: datetime, end: datetime) -> list[ReplyRow]:
        """The replies that were posted in [start, end), the first first."""
        rows = self._db.query(
            "SELECT id FROM replies WHERE state = 'posted' AND posted_at >= ? AND posted_at < ? ORDER BY posted_at, id",
            [to_text(start), to_text(end)],
        )
        found = (Replies(self._db).get(row["id"]) for row in rows)
        return [each for each in found if each is not None]
