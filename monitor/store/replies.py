"""Replies to customers: one row each, and a row for everything that was done with it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from monitor.model import MentionKey
from monitor.reply import Draft, Form
from monitor.replying.approval import EDITED, LIVE, OPEN, STATES, Standing, State, taken_back
from monitor.store.database import Database
from monitor.store.values import maybe_text, maybe_time, to_text, to_time

Promise = Literal["open", "kept", "released"]
"""What became of what a reply promises; `released`: it can't be kept any more, the customer has removed the post."""

_LIVE = "state IN ('draft', 'proposed', 'approved', 'posting', 'copied')"
_TRIED = "max(changed_at, coalesce(tried_at, ''))"


@dataclass(frozen=True, slots=True)
class ReplyRow:
    """A reply as it stands.

    `text` is what would be posted, or was; `drafted` what the template proposed. `version` counts the edits, `approvals`
    are the different people who have approved this version, `needs` how many must. `report_by` is when the customer hears
    from us at the latest, as the sentence `says`; None where nothing is promised. `editor` is who wrote it as it is,
    `owner` who keeps the promise. `tries` counts how often it was given to the platform, last at `tried_at`. `promise` is
    None until a reply that promises something is posted; `broken_at` is when that ran out.
    """

    id: int
    key: str
    alert_id: int | None
    story_id: int | None
    source: str
    mention_id: str
    state: State
    text: str
    version: int
    needs: int
    approvals: tuple[str, ...]
    playbook: str
    form: Form
    drafted: str
    says: str
    report_by: datetime | None
    editor: str
    owner: str
    created_at: datetime
    changed_at: datetime
    tried_at: datetime | None
    tries: int
    posted_at: datetime | None
    posted_id: str
    url: str
    error: str
    promise: Promise | None
    warned_at: datetime | None
    broken_at: datetime | None

    @property
    def code(self) -> str:
        return f"r{self.id}"

    @property
    def mention(self) -> MentionKey:
        return MentionKey(self.source, self.mention_id)

    @property
    def standing(self) -> Standing:
        return Standing(self.state, self.text, self.version, self.needs, self.approvals)

    @property
    def job(self) -> str:
        """Of the job that posts it."""
        return f"reply {self.source} {self.id}"

    @property
    def eyes_job(self) -> str:
        """Of the job that tells people that it waits for a second pair of eyes."""
        return f"eyes {self.id}"

    @property
    def promise_job(self) -> str:
        return f"promise {self.id}"


@dataclass(frozen=True, slots=True)
class ReplyEvent:
    """Something that was done with a reply, and who did it: "" where nobody but the daemon did. `text` is the reply as it
    said then, where that matters."""

    at: datetime
    who: str
    what: str
    version: int
    text: str
    note: str


class Replies:
    def __init__(self, db: Database) -> None:
        self._db = db

    # --- what there is ----------------------------------------------------------------------------------------

    def get(self, reply_id: int) -> ReplyRow | None:
        return next(iter(self._rows("WHERE id = ?", [reply_id])), None)

    def live_of(self, mention: MentionKey) -> ReplyRow | None:
        """The one reply to the post that is under way."""
        return next(iter(self._rows(f"WHERE source = ? AND mention_id = ? AND {_LIVE}", list(mention))), None)

    def of_mention(self, mention: MentionKey) -> list[ReplyRow]:
        """All of a post, the oldest first."""
        return self._rows("WHERE source = ? AND mention_id = ? ORDER BY id", list(mention))

    def of_alert(self, alert_id: int) -> list[ReplyRow]:
        """All of an alert, and of those that ended in it, the oldest first."""
        return self._rows(
            "WHERE alert_id IN (SELECT id FROM alerts WHERE id = ? OR merged_into = ?) ORDER BY id",
            [alert_id, alert_id],
        )

    def live(self) -> list[ReplyRow]:
        """Those under way, the oldest first."""
        return self._rows(f"WHERE {_LIVE} ORDER BY +id", [])

    def ended(self, limit: int) -> list[ReplyRow]:
        """The newest of those that are not under way any more."""
        return self._rows(f"WHERE NOT {_LIVE} ORDER BY id DESC LIMIT ?", [limit])

    def turns(self, mention: MentionKey) -> int:
        """How often the post was answered in public."""
        return self._db["replies"].count_where(
            "source = ? AND mention_id = ? AND state = 'posted' AND form <> 'private'", list(mention)
        )

    def promised(self, mention: MentionKey | None = None) -> list[ReplyRow]:
        """Those whose promise is still to be kept, of all posts or of one; what runs out first stands first."""
        if mention is None:
            return self._rows("WHERE promise = 'open' ORDER BY report_by", [])
        return self._rows(
            "WHERE source = ? AND mention_id = ? AND state = 'posted' AND promise = 'open' ORDER BY id",
            list(mention),
        )

    def failed(self, since: datetime) -> list[ReplyRow]:
        """Those that the platform has refused since then, and that nobody has followed by another one."""
        return self._rows(
            """WHERE state = 'failed' AND changed_at >= ? AND NOT EXISTS (SELECT 1 FROM replies AS later
               WHERE later.source = replies.source AND later.mention_id = replies.mention_id
               AND later.id > replies.id) ORDER BY +id""",
            [to_text(since)],
        )

    def is_ours(self, source: str, posted_id: str, but: int) -> bool:
        """Whether a post of the platform is another reply that we know."""
        return bool(
            self._db["replies"].count_where(
                "source = ? AND posted_id = ? AND id <> ?", [source, posted_id, but]
            )
        )

    def is_edited_since(self, reply: ReplyRow) -> bool:
        """Whether the customer has edited the post since this version was approved."""
        return any(
            each.what == "post edited" and each.version == reply.version for each in self.events(reply.id)
        )

    def counts(self) -> dict[str, int]:
        """How many replies are in each state."""
        rows = self._db.query("SELECT state, count(*) AS n FROM replies GROUP BY state")
        return dict.fromkeys(STATES, 0) | {row["state"]: row["n"] for row in rows}

    def promises(self) -> dict[str, int]:
        """How many promises are open, and how many ran out before they were kept."""
        row = next(
            self._db.query(
                """SELECT coalesce(sum(promise = 'open'), 0) AS open,
                     coalesce(sum(broken_at IS NOT NULL), 0) AS broken FROM replies WHERE promise IS NOT NULL"""
            )
        )
        return {"open": row["open"], "broken": row["broken"]}

    def events(self, reply_id: int) -> list[ReplyEvent]:
        """What was done with it, in order."""
        rows = self._db.query("SELECT * FROM reply_events WHERE reply_id = ? ORDER BY number", [reply_id])
        return [
            ReplyEvent(to_time(row["at"]), row["who"], row["what"], row["version"], row["text"], row["note"])
            for row in rows
        ]

    def _rows(self, where: str, parameters: Sequence[Any]) -> list[ReplyRow]:
        return [
            self._row(row)
            for row in self._db.query(f"SELECT * FROM replies {where}", list(parameters))  # noqa: S608
        ]

    def _row(self, row: dict[str, Any]) -> ReplyRow:
        said = self._db.query(
            """SELECT who FROM reply_events WHERE reply_id = ? AND what = 'approved' AND version = ?
               GROUP BY who ORDER BY min(number)""",
            [row["id"], row["version"]],
        )
        return ReplyRow(
            id=row["id"],
            key=row["key"],
            alert_id=row["alert_id"],
            story_id=row["story_id"],
            source=row["source"],
            mention_id=row["mention_id"],
            state=row["state"],
            text=row["text"],
            version=row["version"],
            needs=row["needs"],
            approvals=tuple(each["who"] for each in said),
            playbook=row["playbook"],
            form=row["form"],
            drafted=row["drafted"],
            says=row["says"],
            report_by=maybe_time(row["report_by"]),
            editor=row["editor"],
            owner=row["owner"],
            created_at=to_time(row["created_at"]),
            changed_at=to_time(row["changed_at"]),
            tried_at=maybe_time(row["tried_at"]),
            tries=row["tries"],
            posted_at=maybe_time(row["posted_at"]),
            posted_id=row["posted_id"],
            url=row["url"],
            error=row["error"],
            promise=row["promise"],
            warned_at=maybe_time(row["warned_at"]),
            broken_at=maybe_time(row["broken_at"]),
        )

    # --- what is done -----------------------------------------------------------------------------------------

    def begin(
        self,
        key: str,
        alert_id: int | None,
        story_id: int | None,
        mention: MentionKey,
        draft: Draft,
        needs: int,
        person: str,
        now: datetime,
    ) -> int:
        """Write a reply to a post that has none under way; its number."""
        cursor = self._db.execute(
            """INSERT INTO replies (key, alert_id, story_id, source, mention_id, state, text, needs, playbook, form,
                 drafted, says, report_by, editor, owner, created_at, changed_at)
               VALUES (?, ?, ?, ?, ?, 'draft', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            [
                key,
                alert_id,
                story_id,
                *mention,
                draft.text,
                needs,
                draft.playbook,
                draft.form,
                draft.text,
                draft.approximate_time,
                maybe_text(draft.report_by),
                person,
                person,
                to_text(now),
                to_text(now),
            ],
        )
        return int(cursor.lastrowid or 0)

    def stand(
        self,
        before: ReplyRow,
        after: Standing,
        now: datetime,
        *,
        editor: str | None = None,
        owner: str | None = None,
        error: str = "",
    ) -> None:
        """It stands otherwise now."""
        self._db.execute(
            """UPDATE replies SET state = ?, text = ?, version = ?, needs = ?, editor = coalesce(?, editor),
               owner = coalesce(?, owner), error = ?, changed_at = iif(state = ?, changed_at, ?) WHERE id = ?""",
            [
                after.state,
                after.text,
                after.version,
                after.needs,
                editor,
                owner,
                error,
                after.state,
                to_text(now),
                before.id,
            ],
        )

    def promise(self, reply_id: int, says: str, report_by: datetime | None) -> None:
        """What its words promise."""
        self._db.execute(
            "UPDATE replies SET says = ?, report_by = ? WHERE id = ?",
            [says, maybe_text(report_by), reply_id],
        )

    def tried(self, reply_id: int, now: datetime, *, again: bool = True) -> None:
        """It is given to the platform now; not `again`: that try has ended now, or the clock was set back since."""
        self._db.execute(
            "UPDATE replies SET tried_at = ?, tries = tries + ? WHERE id = ?",
            [to_text(now), int(again), reply_id],
        )

    def posted(self, reply_id: int, posted_id: str, url: str, now: datetime) -> None:
        """Where it stands on the platform; what it promises is to be kept from now on."""
        self._db.execute(
            """UPDATE replies SET posted_at = ?, posted_id = ?, url = ?,
               promise = iif(report_by IS NULL OR text = '', NULL, 'open') WHERE id = ?""",
            [to_text(now), posted_id, url, reply_id],
        )

    def warned(self, reply_id: int, now: datetime) -> None:
        self._db.execute("UPDATE replies SET warned_at = ? WHERE id = ?", [to_text(now), reply_id])

    def broken(self, reply_id: int, now: datetime) -> None:
        self._db.execute("UPDATE replies SET broken_at = ? WHERE id = ?", [to_text(now), reply_id])

    def end_promise(self, reply_id: int, how: Promise) -> None:
        """Nobody is to be paged about it any more."""
        self._db.execute("UPDATE replies SET promise = ? WHERE id = ?", [how, reply_id])
        self._db.execute(
            """UPDATE deliveries SET stale = (state = 'sending'),
                 state = CASE state WHEN 'pending' THEN 'cancelled' ELSE state END
               WHERE promise_id = ? AND state IN ('pending', 'sending')""",
            [reply_id],
        )
        self._db.execute("DELETE FROM jobs WHERE name = ?", [f"promise {reply_id}"])

    def log(
        self, reply: ReplyRow, now: datetime, who: str, what: str, text: str = "", note: str = ""
    ) -> None:
        """Write down what was done with it, as it is now: nothing of that ever changes."""
        self._db.execute(
            "INSERT INTO reply_events (reply_id, at, who, what, version, text, note) VALUES (?, ?, ?, ?, ?, ?, ?)",
            [reply.id, to_text(now), who, what, reply.version, text, note],
        )

    def read_soon(self, mention: MentionKey, at: datetime) -> None:
        """The post's counters are read again by then, if they are not read sooner."""
        self._db.execute(
            """UPDATE mentions SET read_due_at = min(coalesce(read_due_at, ?1), ?1)
               WHERE source = ?2 AND id = ?3 AND deleted_at IS NULL""",
            [to_text(at), *mention],
        )

    def set_back(self, later: datetime, now: datetime) -> None:
        """What was approved or tried at `later`, which is still to come, is due now: the clock was set back."""
        self._db.execute(
            f"""UPDATE jobs SET due_at = ? WHERE due_at > ? AND name IN (SELECT 'reply ' || source || ' ' || id FROM replies
                WHERE {_LIVE} AND state IN ('approved', 'posting') AND {_TRIED} >= ?)""",  # noqa: S608
            [to_text(now), to_text(now), to_text(later)],
        )


def post_edited(db: Database, key: MentionKey, now: datetime) -> None:
    """The customer says something else now: what is not sent yet has to be read, and approved, against that. What may be on
    its way is sent no second time."""
    replies = Replies(db)
    reply = replies.live_of(key)
    if reply is None:
        return
    replies.log(reply, now, "", "post edited")
    if reply.state in OPEN:
        replies.stand(reply, taken_back(reply.standing), now, error=EDITED)
        db.execute("DELETE FROM jobs WHERE name = ?", [reply.job])


def erased(db: Database, keys: Iterable[MentionKey]) -> None:
    """Posts are erased: what their replies said goes with them; who did what, and when, stays. What was not sent yet never
    is. What may just be on its way is still followed, and what was promised can't be kept."""
    db.erased = True
    replies = Replies(db)
    for reply in [each for key in keys for each in replies.of_mention(key)]:
        if reply.state in LIVE and reply.state != "posting":
            db.execute(
                "UPDATE replies SET state = 'withdrawn', error = 'the post was erased' WHERE id = ?",
                [reply.id],
            )
            db.execute("DELETE FROM jobs WHERE name = ?", [reply.job])
        if reply.promise == "open":
            replies.end_promise(reply.id, "released")
        db.execute("UPDATE replies SET text = '', drafted = '', says = '', url = '' WHERE id = ?", [reply.id])
        db.execute("UPDATE reply_events SET text = '', note = '' WHERE reply_id = ?", [reply.id])
