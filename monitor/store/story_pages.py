"""What the pages of stories show, read a page at a time.

A cursor, `after`, says where the page before ended; it is text that a browser sends back, and means nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from monitor.errors import InputError
from monitor.model import Author, Mention, MentionKey
from monitor.notice import TopPost
from monitor.store import values
from monitor.store.database import Database
from monitor.store.stories import Stories, Story
from monitor.store.values import to_text, to_time
from monitor.stories import OPEN_FOR

Order = Literal["newest", "first", "spread"]
"""Of a story's posts: those written last, those written first, those whose forecasts and spreads are the gravest."""

Which = Literal["open", "over", "all"]
"""Of stories: those that further posts may join, those that none may join, all of them."""

LOOKED_AT = 200
"""Of the posts of a story's loudest authors, so many are looked at for the voices: one of them may post often."""

_FORECAST = """forecasts.at, count, viral_at, forecasts.p_viral, expected, low, high, crosses_at, forecasts.readings, rate,
    sparse"""

_LIVE = "story_id = :story AND story_id IS NOT NULL AND deleted_at IS NULL"


@dataclass(frozen=True, slots=True)
class Voice:
    """Somebody who is heard in a story: their post that spread furthest with its spread, and how many they wrote. `pasted`:
    that one gives another account's text as its own."""

    author: Author
    post: Mention
    count: int | None
    posts: int
    pasted: bool


@dataclass(frozen=True, slots=True)
class PostRow:
    post: TopPost
    pasted: bool


@dataclass(frozen=True, slots=True)
class Done:
    """One row of what was done with a story, for the audit.

    `of` is "alert", "reply" or "story"; `what` the word of its log; `who` is "" where the daemon did it by itself; `code`
    names the alert ("12"), the reply ("r3") or the other story ("7"); `text` is what the reply said then.
    """

    at: datetime
    of: Literal["alert", "reply", "story"]
    what: str
    who: str
    note: str
    code: str
    text: str = ""


class StoryPages:
    def __init__(self, db: Database) -> None:
        self._db = db
        self._stories = Stories(db)

    def listed(
        self, which: Which, now: datetime, after: str | None, limit: int
    ) -> tuple[list[Story], str | None]:
        """Stories, those with the newest posts first, and where the next page begins."""
        recent = to_text(now - OPEN_FOR)
        where = {
            "open": "closed_at IS NULL AND updated_at >= :recent",
            "over": "(closed_at IS NOT NULL OR updated_at < :recent)",
            "all": ":recent <> ''",
        }[which]
        at, number = _split(after, 2) if after else ("~", "0")  # "~" sorts after every time
        rows = self._db.query(
            f"""SELECT id FROM stories INDEXED BY stories_updated
                WHERE updated_at <= :at AND (updated_at < :at OR id < :number) AND merged_into IS NULL AND {where}
                ORDER BY updated_at DESC, id DESC LIMIT :limit""",  # noqa: S608
            {"recent": recent, "at": at, "number": _number(number), "limit": limit + 1},
        )
        found = [story for row in rows if (story := self._stories.get(row["id"])) is not None]
        if len(found) <= limit:
            return found, None
        last = found[limit - 1]
        return found[:limit], f"{to_text(last.updated_at)} {last.id}"

    def counts(self, stories: Sequence[int]) -> dict[int, dict[str, int]]:
        """Of each story, how many posts are still there on each source, in the order in which it reached them."""
        found: dict[int, dict[str, int]] = {}
        if not stories:
            return found
        marks = ", ".join("?" for _ in stories)
        for row in self._db.query(
            f"""SELECT story_id, source, count(*) AS posts FROM mentions INDEXED BY mentions_volume
                WHERE story_id IN ({marks}) AND story_id IS NOT NULL AND deleted_at IS NULL
                GROUP BY story_id, source ORDER BY min(created_at)""",  # noqa: S608
            list(stories),
        ):
            found.setdefault(row["story_id"], {})[row["source"]] = row["posts"]
        return found

    def posts(
        self, story_id: int, order: Order, after: str | None, limit: int
    ) -> tuple[list[PostRow], str | None]:
        """The story's posts that are still there, and where the next page begins."""
        if order == "spread":
            return self._gravest(story_id, _number(after or "0"), limit)
        sign, way = ("<", "DESC") if order == "newest" else (">", "ASC")
        at, source, id_ = _split(after, 3) if after else ("~" if order == "newest" else "", "", "")
        rows = self._posts(
            f"""FROM mentions INDEXED BY mentions_story LEFT JOIN forecasts USING (source, id)
                WHERE {_LIVE} AND created_at {sign}= :at AND (created_at, source, id) {sign} (:at, :source, :id)
                ORDER BY created_at {way}, source {way}, id {way} LIMIT :limit""",
            {"story": story_id, "at": at, "source": source, "id": id_, "limit": limit + 1},
        )
        if len(rows) <= limit:
            return rows, None
        last = rows[limit - 1].post.mention
        return rows[:limit], f"{to_text(last.created_at)} {last.source} {last.id}"

    def _gravest(self, story_id: int, skipped: int, limit: int) -> tuple[list[PostRow], str | None]:
        rows = self._posts(
            f"""FROM mentions INDEXED BY mentions_top LEFT JOIN forecasts USING (source, id) WHERE {_LIVE}
                ORDER BY mentions.p_viral DESC, mentions.spread DESC, created_at LIMIT :limit OFFSET :skipped""",
            {"story": story_id, "skipped": skipped, "limit": limit + 1},
        )
        return rows[:limit], str(skipped + limit) if len(rows) > limit else None

    def _posts(self, where: str, parameters: dict[str, Any]) -> list[PostRow]:
        rows = list(self._db.query(f"SELECT mentions.*, {_FORECAST} {where}", parameters))
        found = self._found([MentionKey(row["source"], row["id"]) for row in rows])
        return [
            PostRow(
                TopPost(
                    values.mention(row),
                    row["count"],
                    values.forecast(row) if row["at"] else None,
                    found.get(MentionKey(row["source"], row["id"])),
                ),
                bool(row["pasted"]),
            )
            for row in rows
        ]

    def _found(self, keys: Iterable[MentionKey]) -> dict[MentionKey, Any]:
        """What the model says of each, where it has read it."""
        return {
            key: values.classification(row)
            for key in keys
            for row in self._db.query("SELECT * FROM classifications WHERE source = ? AND id = ?", list(key))
        }

    def voices(self, story_id: int, limit: int) -> list[Voice]:
        """The authors with the most followers, then those whose posts spread furthest."""
        rows = self._db.query(
            f"""SELECT mentions.* FROM mentions JOIN (
                    SELECT rowid AS number FROM mentions INDEXED BY mentions_volume WHERE {_LIVE}
                    ORDER BY author_followers DESC, spread DESC LIMIT :most
                ) ON mentions.rowid = number""",  # noqa: S608
            {"story": story_id, "most": LOOKED_AT},
        )
        by_author: dict[tuple[str, str], dict[str, Any]] = {}
        for row in rows:
            name = row["source"], row["author_id"] or row["author_handle"]
            former = by_author.setdefault(name, row)
            if (row["spread"] or 0) > (former["spread"] or 0):
                by_author[name] = row
        loudest = sorted(
            by_author.values(),
            key=lambda row: (row["author_followers"] or 0, row["spread"] or 0),
            reverse=True,
        )
        return [self._voice(story_id, row) for row in loudest[:limit]]

    def _voice(self, story_id: int, row: dict[str, Any]) -> Voice:
        post = values.mention(row)
        wrote = 1
        if row["author_id"]:
            wrote = self._db["mentions"].count_where(
                "story_id = ? AND source = ? AND author_id = ? AND deleted_at IS NULL",
                [story_id, row["source"], row["author_id"]],
            )
        return Voice(post.author, post, row["spread"], wrote, bool(row["pasted"]))

    def done(self, story_id: int, after: str | None, limit: int) -> tuple[list[Done], str | None]:
        """What was done with it, its alert, those that ended in that, and its replies, also those of before anybody was
        paged: the newest first, and where the next page begins."""
        skipped = _number(after or "0")
        rows = list(
            self._db.query(
                """WITH told AS (
                     SELECT id FROM alerts WHERE story_id = :story
                     UNION SELECT ended.id FROM alerts AS ended JOIN alerts ON alerts.id = ended.merged_into
                     WHERE alerts.story_id = :story)
                   SELECT at, 'alert' AS of, event AS what, coalesce(person, '') AS who, note, alert_id AS code, '' AS text,
                     rowid AS number FROM alert_events WHERE alert_id IN (SELECT id FROM told)
                   UNION ALL SELECT at, 'reply', what, who, note, 'r' || reply_id, reply_events.text, number
                     FROM reply_events WHERE reply_id IN (
                       SELECT id FROM replies WHERE alert_id IN (SELECT id FROM told)
                       UNION SELECT replies.id FROM replies JOIN stories ON stories.id = replies.story_id
                       WHERE alert_id IS NULL AND coalesce(merged_into, stories.id) = :story)
                   UNION ALL SELECT at, 'story', kind, who, posts || ' posts: ' || why,
                     iif(story_id = :story, other_id, story_id), '', number
                     FROM story_moves WHERE story_id = :story OR other_id = :story
                   ORDER BY at DESC, number DESC LIMIT :limit OFFSET :skipped""",
                {"story": story_id, "limit": limit + 1, "skipped": skipped},
            )
        )
        shown = [
            Done(
                to_time(row["at"]),
                row["of"],
                row["what"],
                row["who"],
                row["note"],
                str(row["code"]),
                row["text"],
            )
            for row in rows[:limit]
        ]
        return shown, str(skipped + limit) if len(rows) > limit else None


def _split(cursor: str, parts: int) -> list[str]:
    found = cursor.split(" ", parts - 1)
    if len(found) != parts:
        raise InputError("this page of the list is not known: begin at its first one")
    return found


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 12):
        raise InputError("this page of the list is not known: begin at its first one")
    return int(text)
