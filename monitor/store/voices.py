"""Whose voice each mention of a story is."""

from __future__ import annotations

from datetime import datetime

from monitor.model import Mention, MentionKey
from monitor.store import values
from monitor.store.database import Database
from monitor.store.values import mention_name, to_key, to_text, to_time
from monitor.stories import vector
from monitor.voices import RECENT, Told, copied, passed_on
from monitor.wording.sentences import Saying

HEARD = 50
"""The newest posts of a story with which a new one is compared to see whether it is a copy."""

A_VOICE = 10
"""Posts that are looked at for each voice of a story that is asked for: one voice may post often, and first."""

TOLD = 500
"""The newest posts of a story that are looked at for whether they look arranged."""


class Voices:
    def __init__(self, db: Database) -> None:
        self._db = db

    def of(self, mention: Mention, story_id: int) -> tuple[str, bool]:
        """Whose voice a mention is, and whether it gives another account's text as its own: what it answers or quotes, its
        author's first post of their own accord in the story, or the post of which it is a near-copy come before it."""
        target = mention.in_reply_to or mention.quoted
        if target is not None:
            row = next(
                self._db.query(
                    "SELECT voice FROM mentions WHERE source = ? AND id = ? AND story_id = ?",
                    [mention.source, target, story_id],
                ),
                None,
            )
            return (row and row["voice"]) or mention_name(MentionKey(mention.source, target)), False
        heard = self._db.query(
            "SELECT voice, text FROM mentions WHERE story_id = ? AND deleted_at IS NULL ORDER BY created_at DESC LIMIT ?",
            [story_id, HEARD],
        )
        copy = copied(mention.text, ((row["voice"], row["text"]) for row in heard))
        own = next(
            self._db.query(
                """SELECT voice FROM mentions WHERE story_id = ? AND source = ? AND author_id = ? AND author_id <> ''
                   AND in_reply_to IS NULL AND quoted IS NULL ORDER BY created_at LIMIT 1""",
                [story_id, mention.source, mention.author.id],
            ),
            {"voice": None},
        )["voice"]
        pasted = copy is not None and copy != own and not passed_on(mention.text)
        return own or copy or mention_name(mention.key), pasted

    def sayings(self, story_id: int, limit: int) -> dict[str, tuple[MentionKey, Saying]]:
        """The first post of each voice, by voice, the first voices first; those that answer or quote are left out. Of many
        posts the first ones are looked at, A_VOICE for each voice that is asked for."""
        rows = self._db.query(
            """SELECT source, id, voice, text, embedding, min(created_at) AS first
               FROM (SELECT source, id, voice, text, created_at FROM mentions
                     WHERE story_id = ? AND deleted_at IS NULL AND in_reply_to IS NULL AND quoted IS NULL
                     ORDER BY created_at LIMIT ?)
               LEFT JOIN classifications USING (source, id) GROUP BY voice ORDER BY first LIMIT ?""",
            [story_id, A_VOICE * limit, limit],
        )
        return {
            row["voice"]: (
                MentionKey(row["source"], row["id"]),
                Saying(row["text"], vector(row["text"], values.to_vector(row["embedding"]))),
            )
            for row in rows
        }

    def told(self, story_id: int, now: datetime) -> list[Told]:
        """Who told its newest posts."""
        return self.told_between(story_id, now - RECENT, now, TOLD)

    def told_between(self, story_id: int, start: datetime, end: datetime, most: int = -1) -> list[Told]:
        """Who told its posts after `start`, until `end`: all of them, or the newest."""
        rows = self._db.query(
            """SELECT voice, source, author_id, author_followers, created_at, pasted, in_reply_to, quoted FROM mentions
               WHERE story_id = ? AND deleted_at IS NULL AND created_at > ? AND created_at <= ?
               ORDER BY created_at DESC LIMIT ?""",
            [story_id, to_text(start), to_text(end), most],
        )
        return [
            Told(
                row["voice"],
                f"{row['source']} {row['author_id']}",
                row["author_followers"],
                to_time(row["created_at"]),
                bool(row["pasted"]),
                echo=row["in_reply_to"] is not None or row["quoted"] is not None,
            )
            for row in rows
        ]

    def naming(self, story_id: int) -> str | None:
        """The voice of the post after which a story is called."""
        row = next(self._db.query("SELECT title_mention FROM stories WHERE id = ?", [story_id]))
        return self.of_post(to_key(row["title_mention"]))

    def of_post(self, key: MentionKey) -> str | None:
        voice = self._db.query("SELECT voice FROM mentions WHERE source = ? AND id = ?", list(key))
        return next((row["voice"] for row in voice), None)
