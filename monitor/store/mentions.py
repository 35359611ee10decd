"""Mentions, their readings, classifications and forecasts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from monitor.intake.lookup import next_look
from monitor.intake.polling import READ_LATEST, Due, Turn
from monitor.model import Classification, Deleted, Forecast, Mention, MentionKey, Reading, Record
from monitor.store import values
from monitor.store.authors import Authors
from monitor.store.database import Database
from monitor.store.erasing import quoting, stories_of, words_changed, words_erased
from monitor.store.labels import A_PERSON, denied, said_of
from monitor.store.outlooks import post_erased
from monitor.store.replies import erased as replies_erased
from monitor.store.replies import post_edited
from monitor.store.values import maybe_text, to_text

ERASED = ""
"""What stands in place of the text and the author of a deleted mention: the row stays, so that it is not read again."""


class Mentions:
    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, mentions: Iterable[Mention], now: datetime) -> int:
        """Store those that are not known yet, to be classified, but for those of authors who are kept out; how many were
        new. A known one stays as it is, but for its text: one that was edited is classified anew."""
        added = 0
        mentions = list(mentions)
        kept_out = Authors(self._db).kept_out(mentions)
        for mention in mentions:
            if mention.key in kept_out:
                continue
            row = values.mention_row(mention) | {
                "seen_at": to_text(now),
                "state": "new",
                "look_due_at": to_text(next_look(mention.created_at, now)),
            }
            if _insert(self._db, "mentions", row, "ON CONFLICT DO NOTHING"):
                added += 1
            else:
                self._edit(mention, now)
        return added

    def _edit(self, mention: Mention, now: datetime) -> None:
        """Take the text that a known mention has now, unless it is the one that it had, or was erased."""
        changed = self._db.execute(
            """UPDATE mentions SET text = ?, state = 'new'
               WHERE source = ? AND id = ? AND text <> ? AND deleted_at IS NULL""",
            [mention.text, *mention.key, mention.text],
        )
        if changed.rowcount:
            words_changed(self._db, mention)
            post_edited(self._db, mention.key, now)

    def add_readings(self, readings: Iterable[Reading]) -> None:
        """Store readings; a mention that got one is assessed again."""
        for reading in readings:
            stored = self._db.execute(
                """INSERT INTO readings (source, id, at, likes, replies, reposts, quotes, views, early)
                   VALUES (:source, :id, :at, :likes, :replies, :reposts, :quotes, :views,
                     NOT EXISTS (SELECT 1 FROM mentions WHERE source = :source AND id = :id)) ON CONFLICT DO NOTHING""",
                values.reading_row(reading),
            )
            if stored.rowcount:
                self._db.execute(
                    """UPDATE mentions SET state = 'assess'
                       WHERE source = ? AND id = ? AND state = 'done' AND deleted_at IS NULL""",
                    [reading.source, reading.id],
                )

    def delete(self, deleted: Iterable[Deleted]) -> None:
        """Erase text and author; a tombstone stays, also of a mention that was never seen."""
        keys = []
        for key, at in ((record.key, record.at) for record in deleted):
            keys.append(key)
            self._db.execute(
                """INSERT INTO mentions (source, id, author_id, author_handle, author_name, text, url, created_at, seen_at,
                   state) VALUES (?, ?, '', '', '', '', '', ?, ?, 'done') ON CONFLICT DO NOTHING""",
                [*key, to_text(at), to_text(at)],
            )
            self._db.execute(
                """UPDATE mentions SET text = ?, author_id = ?, author_handle = ?, author_name = ?,
                   author_followers = NULL, url = ?, deleted_at = coalesce(deleted_at, ?), read_due_at = NULL,
                   look_due_at = NULL, state = 'done' WHERE source = ? AND id = ?""",
                [ERASED] * 5 + [to_text(at), *key],
            )
            for table in ("classifications", "labels", "praise"):
                self._db.execute(f"DELETE FROM {table} WHERE source = ? AND id = ?", list(key))  # noqa: S608
        if keys:  # what erased nothing leaves no log to be emptied
            replies_erased(self._db, keys)
            words_erased(self._db, quoting(self._db, keys))

    def get(self, key: MentionKey) -> Mention | None:
        """The mention as it is stored: without text and author once it was deleted (see `is_live`)."""
        row = next(self._db.query("SELECT * FROM mentions WHERE source = ? AND id = ?", list(key)), None)
        return None if row is None else values.mention(row)

    def is_live(self, key: MentionKey) -> bool:
        """True when the mention is stored and was not deleted."""
        found = self._db.query(
            "SELECT 1 FROM mentions WHERE source = ? AND id = ? AND deleted_at IS NULL", list(key)
        )
        return next(found, None) is not None

    def readings(self, key: MentionKey) -> list[Reading]:
        """In time order."""
        rows = self._db.query("SELECT * FROM readings WHERE source = ? AND id = ? ORDER BY at", list(key))
        return [values.reading(row) for row in rows]

    def unclassified(self, limit: int) -> list[Mention]:
        """The newest stored mentions that no model has read yet, in time order: a backlog must not delay a page."""
        rows = self._db.query(
            "SELECT * FROM mentions WHERE state = 'new' ORDER BY created_at DESC LIMIT ?", [limit]
        )
        return [values.mention(row) for row in rows][::-1]

    def classified(self, key: MentionKey, found: Classification, now: datetime) -> None:
        """Store what the model said; the mention is to be assessed next. Nothing when it was erased meanwhile."""
        stored = self._db.execute(
            """INSERT OR REPLACE INTO classifications (source, id, model, at, complaint, negative, neutral, positive,
                   severity, severity_score, category, category_score, language, measured, sarcasm, anger, joy, optimism,
                   sadness, offensive, relevance, embedding)
               SELECT :source, :id, :model, :at, :complaint, :negative, :neutral, :positive,
                   :severity, :severity_score, :category, :category_score, :language, :measured, :sarcasm, :anger, :joy,
                   :optimism, :sadness, :offensive, :relevance, :embedding
               WHERE EXISTS (SELECT 1 FROM mentions WHERE source = :source AND id = :id AND deleted_at IS NULL)""",
            values.classification_row(found) | {"source": key.source, "id": key.id, "at": to_text(now)},
        )
        if stored.rowcount:
            self._override(key)
            self._set_state(key, "assess")

    def corrected(self, key: MentionKey) -> None:
        """Somebody has said what the mention is: their word counts in place of the model's, and it is assessed again. What
        is no complaint about the brand leaves its story, unless somebody was paged about that."""
        self._override(key)
        self._db.execute(
            "UPDATE mentions SET state = 'assess' WHERE source = ? AND id = ? AND state = 'done'", list(key)
        )
        if not denied(said_of(self._db, key)):
            return
        left = stories_of(self._db, [key])
        moved = self._db.execute(
            """UPDATE mentions SET story_id = NULL WHERE source = ? AND id = ? AND story_id IS NOT NULL
               AND NOT EXISTS (SELECT 1 FROM alerts WHERE alerts.story_id = mentions.story_id)""",
            list(key),
        )
        if moved.rowcount:
            words_erased(self._db, left)

    def uncorrected(self, key: MentionKey) -> None:
        """What somebody said was taken back: the model reads the mention anew, and until then nothing is known of it."""
        self._db.execute("DELETE FROM classifications WHERE source = ? AND id = ?", list(key))
        self._db.execute(
            "UPDATE mentions SET state = 'new' WHERE source = ? AND id = ? AND deleted_at IS NULL", list(key)
        )

    def _override(self, key: MentionKey) -> None:
        """Put what people said of the mention in place of what the model said. Where the model has said nothing yet, or
        can't read the text, what they said of the complaint stands alone."""
        said = said_of(self._db, key)
        complaint = float(said.get("complaint") == "yes")
        self._db.execute(
            """INSERT INTO classifications (source, id, model, at, complaint, negative, neutral, positive)
               SELECT source, id, :model, at, :complaint, :complaint, 1 - :complaint, 0 FROM labels
               WHERE source = :source AND id = :id AND head = 'complaint' ORDER BY labels.at DESC LIMIT 1
               ON CONFLICT DO NOTHING""",
            {"source": key.source, "id": key.id, "complaint": complaint, "model": A_PERSON},
        )
        columns = values.said_row(said)
        if columns:
            names = ", ".join(f"{column} = ?" for column in columns)
            self._db.execute(
                f"UPDATE classifications SET {names} WHERE source = ? AND id = ?",  # noqa: S608
                [*columns.values(), *key],
            )

    def unreadable(self, key: MentionKey) -> None:
        """The model can't read this one: it goes on with what people said of it alone, or with nothing."""
        self._override(key)
        self._set_state(key, "assess")

    def set_aside(self, key: MentionKey) -> None:
        """It can't be assessed: it stays as it is until it is tried again, or something new is known of it."""
        self._set_state(key, "done")

    def try_again(self, key: MentionKey) -> bool:
        """Assess what was set aside once more; False when it was erased meanwhile."""
        row = self._db.execute(
            """UPDATE mentions SET state = CASE state WHEN 'done' THEN 'assess' ELSE state END
               WHERE source = ? AND id = ? AND deleted_at IS NULL""",
            list(key),
        )
        return row.rowcount > 0

    def classification(self, key: MentionKey) -> Classification | None:
        row = next(
            self._db.query("SELECT * FROM classifications WHERE source = ? AND id = ?", list(key)), None
        )
        return None if row is None else values.classification(row)

    def forecast(self, key: MentionKey) -> Forecast | None:
        """The newest one."""
        rows = self._db.query("SELECT * FROM forecasts WHERE source = ? AND id = ?", list(key))
        return next((values.forecast(row) for row in rows), None)

    def to_assess(self, limit: int) -> list[MentionKey]:
        """Mentions that were classified, or got a new reading, since they were last looked at: the newest, in
        time order, so that a post comes before its answers."""
        rows = self._db.query(
            "SELECT source, id FROM mentions WHERE state = 'assess' ORDER BY created_at DESC LIMIT ?", [limit]
        )
        return [MentionKey(row["source"], row["id"]) for row in rows][::-1]

    def assessed(
        self, key: MentionKey, forecast: Forecast | None, read_due_at: datetime | None, seen: int
    ) -> None:
        """Store the newest forecast and when to read the counters next (None: never again).

        `seen` is how many readings the forecast was made from: when more came in meanwhile, the mention is assessed
        once more. One that is to be classified anew stays so. Nothing when the mention was erased meanwhile.
        """
        live = self._db.execute(
            """UPDATE mentions SET read_due_at = :due, state = CASE
                   WHEN state = 'new' THEN 'new'
                   WHEN (SELECT count(*) FROM readings WHERE source = :source AND id = :id) = :seen
                   THEN 'done' ELSE 'assess' END
               WHERE source = :source AND id = :id AND deleted_at IS NULL""",
            {"due": maybe_text(read_due_at), "source": key.source, "id": key.id, "seen": seen},
        ).rowcount
        if not live:
            return
        if forecast is not None:
            row = values.forecast_row(forecast) | {"source": key.source, "id": key.id}
            self._db.execute(
                """INSERT INTO forecasts (source, id, at, count, viral_at, p_viral, expected, low, high, crossed_at,
                     crosses_at, readings, rate, sparse)
                   VALUES (:source, :id, :at, :count, :viral_at, :p_viral, :expected, :low, :high, :crossed_at,
                     :crosses_at, :readings, :rate, :sparse)
                   ON CONFLICT DO UPDATE SET at = excluded.at, count = excluded.count, viral_at = excluded.viral_at,
                   p_viral = excluded.p_viral, expected = excluded.expected, low = excluded.low, high = excluded.high,
                   crossed_at = coalesce(crossed_at, excluded.crossed_at), crosses_at = excluded.crosses_at,
                   readings = excluded.readings, rate = excluded.rate, sparse = excluded.sparse""",
                row,
            )

    def read_due(self, source: str, now: datetime, limit: int) -> list[Due]:
        """Mentions whose counters are due to be read again, those that are due for longest first; then those that are due
        later than any can be: the machine's clock was set back."""
        known = {"source": source, "now": to_text(now), "latest": to_text(now + READ_LATEST), "limit": limit}
        rows = [
            row
            for when in ("<= :now", "> :latest")
            for row in self._db.query(
                f"""SELECT forecasts.*, mentions.id AS mention, created_at, unanswered,
                      (SELECT max(at) FROM readings
                       WHERE readings.source = mentions.source AND readings.id = mentions.id AND at <= :now) AS read_at
                    FROM mentions LEFT JOIN forecasts USING (source, id)
                    WHERE source = :source AND read_due_at {when} ORDER BY read_due_at LIMIT :limit""",  # noqa: S608
                known,
            )
        ]
        return [
            Due(
                row["mention"],
                values.to_time(row["created_at"]),
                values.to_time(row["read_at"] or row["created_at"]),
                values.forecast(row) if row["at"] else None,
                row["unanswered"],
            )
            for row in rows[:limit]
        ]

    def take_turns(self, source: str, turns: Iterable[Turn]) -> None:
        """When to read each the next time; one that was erased, or left its story meanwhile, stays unread."""
        for turn in turns:
            self._db.execute(
                """UPDATE mentions SET read_due_at = ?, unanswered = ?
                   WHERE source = ? AND id = ? AND read_due_at IS NOT NULL""",
                [maybe_text(turn.due_at), turn.unanswered, source, turn.id],
            )

    def _set_state(self, key: MentionKey, state: str) -> None:
        self._db.execute("UPDATE mentions SET state = ? WHERE source = ? AND id = ?", [state, *key])

    def count(self) -> int:
        return int(self._db["mentions"].count)

    def waiting(self) -> int:
        """How many mentions are on their way through the classifier and the rules."""
        # Apart, because each has its own index.
        return sum(self._db["mentions"].count_where(f"state = '{state}'") for state in ("new", "assess"))

    def records(self) -> Iterator[Record]:
        """Everything that is stored, in time order, as the exchange format wants it; deleted texts are not in it."""
        rows = self._db.query("""
            SELECT 'mention' AS type, source, id, created_at AS time FROM mentions WHERE deleted_at IS NULL
            UNION ALL SELECT 'deleted', source, id, deleted_at FROM mentions WHERE deleted_at IS NOT NULL
            UNION ALL SELECT 'reading', source, id, at FROM readings ORDER BY time, type""")
        for row in rows:
            key = MentionKey(row["source"], row["id"])
            if row["type"] == "mention":
                mention = self.get(key)
                if mention is not None:
                    yield mention
            elif row["type"] == "deleted":
                yield Deleted(key.source, key.id, values.to_time(row["time"]))
            else:
                found = self._db.query(
                    "SELECT * FROM readings WHERE source = ? AND id = ? AND at = ?", [*key, row["time"]]
                )
                yield from (values.reading(reading) for reading in found)

    def purge(
        self,
        *,
        before: datetime | None = None,
        author: tuple[str, str] | None = None,
        key: MentionKey | None = None,
        limit: int | None = None,
    ) -> int:
        """Erase for good, with all that hangs on them, the mentions that meet one condition; how many they were.

        `author` is (source, id or handle in any spelling). With a `limit` it erases no more than so many: call it again
        until it returns 0, each time in a transaction of its own, so that others can write between.
        """
        most = -1 if limit is None else limit
        if before:
            rows = self._db.query(
                "SELECT source, id FROM mentions WHERE created_at < ? LIMIT ?", [to_text(before), most]
            )
            doomed = [MentionKey(row["source"], row["id"]) for row in rows]
        elif author:
            doomed = [each for wrote in Authors(self._db).find(*author) for each in wrote.mentions][:limit]
        else:
            known = self._db.query("SELECT 1 FROM mentions WHERE source = ? AND id = ?", list(key or ()))
            doomed = [key for _ in known if key]
        stories = quoting(self._db, doomed)
        replies_erased(self._db, doomed)
        for each in doomed:
            for table in ("mentions", "readings", "classifications", "forecasts", "labels", "praise"):
                self._db.execute(f"DELETE FROM {table} WHERE source = ? AND id = ?", list(each))  # noqa: S608
            post_erased(self._db, each)
        words_erased(self._db, stories)
        if before:
            self._db.execute(
                """DELETE FROM readings WHERE early = 1 AND at < ? AND NOT EXISTS (
                   SELECT 1 FROM mentions WHERE mentions.source = readings.source AND mentions.id = readings.id)""",
                [to_text(before)],
            )
        return len(doomed)


def _insert(db: Database, table: str, row: Mapping[str, Any], conflict: str) -> int:
    """Insert one row; 1 when it was new."""
    names = ", ".join(row)
    marks = ", ".join(f":{name}" for name in row)
    return db.execute(f"INSERT INTO {table} ({names}) VALUES ({marks}) {conflict}", dict(row)).rowcount  # noqa: S608
