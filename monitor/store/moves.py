"""Stories that become one, and one that becomes two. Each is part of the caller's transaction and leaves a row that says
when, who and why; numbers that people know, of stories and of alerts, stay good for ever."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from monitor.store import values
from monitor.store.alerts import Alerts
from monitor.store.database import Database
from monitor.store.erasing import renamed
from monitor.store.held import HeldBack
from monitor.store.values import to_text, to_time
from monitor.stories import Candidate, Vector, mean

BY_ITSELF = "snapwatch"
"""Who merges and splits when no person did."""

MERGED_TITLE = "(merged)"

STANDING = {"acknowledged": 3, "open": 2, "snoozed": 1}
"""Of two stories with alerts, whose goes on: somebody has it, then somebody is being paged."""


@dataclass(frozen=True, slots=True)
class Move:
    """`merge`: `posts` of `other_id` went into `story_id`; `split`: they went the other way, into the new `other_id`."""

    at: datetime
    kind: Literal["merge", "split"]
    story_id: int
    other_id: int
    posts: int
    who: str
    why: str


class Moves:
    def __init__(self, db: Database) -> None:
        self._db = db
        self._alerts = Alerts(db)
        self._held = HeldBack(db)

    def of(self, story_id: int) -> list[Move]:
        """What became of a story, the oldest first."""
        rows = self._db.query(
            "SELECT * FROM story_moves WHERE story_id = ? OR other_id = ? ORDER BY number",
            [story_id, story_id],
        )
        return [
            Move(
                to_time(row["at"]),
                row["kind"],
                row["story_id"],
                row["other_id"],
                row["posts"],
                row["who"],
                row["why"],
            )
            for row in rows
        ]

    def merge(self, one: Candidate, other: Candidate, why: str, now: datetime) -> tuple[Candidate, int]:
        """Make one story of two open ones: the one that goes on, and the number of the one that is part of it now.

        The one with an alert goes on, of two with alerts the one that stands better (STANDING), else the older one. The
        other's alert ends in the first's: its code and its links lead there, what waits to be sent is sent for it, and who
        was paged about it hears of the updates.
        """
        stays, goes = sorted((one, other), key=self._rank)
        after = stays.merged_with(goes)
        posts = self._db.execute(
            "UPDATE mentions SET story_id = ? WHERE story_id = ?", [stays.id, goes.id]
        ).rowcount
        self._write(after)
        row = next(self._db.query("SELECT title FROM stories WHERE id = ?", [stays.id]))
        renamed(self._db, goes.id, row["title"])
        self._db.execute(
            """UPDATE stories SET merged_into = ?, closed_at = ?, centroid = NULL, title = ?, title_mention = '',
               summary = '', summary_mention = '' WHERE id = ?""",
            [stays.id, to_text(now), MERGED_TITLE, goes.id],
        )
        self._db.execute("UPDATE stories SET merged_into = ? WHERE merged_into = ?", [stays.id, goes.id])
        self._held.merge(stays.id, goes.id)
        self._log(Move(now, "merge", stays.id, goes.id, posts, BY_ITSELF, why))
        alert, ended = self._alerts.of_story(stays.id), self._alerts.of_story(goes.id)
        if alert and ended:
            self._alerts.merge(alert, ended, now)
        elif alert:
            self._alerts.log(alert.id, now, "merged", note=f"{posts} posts of story {goes.id}: {why}")
        return after, goes.id

    def split(
        self, story_id: int, stays: Mapping[str, Vector], goes: Mapping[str, Vector], why: str, now: datetime
    ) -> tuple[Candidate, Candidate]:
        """Give some voices of a story, with everything that quotes or answers them, a story of their own: the old one,
        which keeps its number and its alert, and the new one. Both are given as the vectors of their voices."""
        cursor = self._db.execute(
            """INSERT INTO stories (opened_at, updated_at, title, title_mention)
               SELECT opened_at, updated_at, '', '' FROM stories WHERE id = ?""",
            [story_id],
        )
        new_id = int(cursor.lastrowid or 0)
        posts = sum(
            self._db.execute(
                "UPDATE mentions SET story_id = ? WHERE story_id = ? AND voice = ?", [new_id, story_id, voice]
            ).rowcount
            for voice in goes
        )
        halves = self._middle(story_id, stays), self._middle(new_id, goes)
        self._log(Move(now, "split", story_id, new_id, posts, BY_ITSELF, why))
        alert = self._alerts.of_story(story_id)
        if alert:
            self._alerts.log(alert.id, now, "split", note=f"{posts} posts went to story {new_id}: {why}")
        return halves

    def _rank(self, story: Candidate) -> tuple[int, int]:
        alert = self._alerts.of_story(story.id)
        return -STANDING[alert.state] if alert else 0, story.id

    def _middle(self, story_id: int, voices: Mapping[str, Vector]) -> Candidate:
        """Write down what a story is about, and the time that its posts span."""
        row = next(
            self._db.query(
                "SELECT min(created_at) AS first, max(created_at) AS last FROM mentions WHERE story_id = ?",
                [story_id],
            )
        )
        after = Candidate(
            story_id, mean(voices.values()), len(voices), to_time(row["first"]), to_time(row["last"])
        )
        self._write(after)
        return after

    def _write(self, story: Candidate) -> None:
        self._db.execute(
            "UPDATE stories SET centroid = ?, members = ?, opened_at = ?, updated_at = ? WHERE id = ?",
            [
                values.to_blob(story.centroid),
                story.members,
                to_text(story.opened_at),
                to_text(story.updated_at),
                story.id,
            ],
        )

    def _log(self, move: Move) -> None:
        self._db.execute(
            "INSERT INTO story_moves (at, kind, story_id, other_id, posts, who, why) VALUES (?, ?, ?, ?, ?, ?, ?)",
            [to_text(move.at), move.kind, move.story_id, move.other_id, move.posts, move.who, move.why],
        )
