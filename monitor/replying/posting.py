"""Gives an approved reply to its platform, once.

It is marked `posting` before the platform gets it, and `posted` after it took it. What is marked and not posted is unknown,
after a crash as after a time-out: then the platform is asked first, a minute after the try at the soonest, and gets the
reply again only when it is not there. While that can't be asked, nothing is posted.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import NoReturn

import structlog

from monitor.errors import PostError
from monitor.model import Mention
from monitor.parts import Parts
from monitor.ports import Poster
from monitor.reply import Approved, Posted
from monitor.replying import approval
from monitor.replying.desk import outgoing, stands, take_back, tell
from monitor.store import ReplyRow, Tables

LOOK_AFTER = timedelta(minutes=1)
"""Platforms show a new post late; one that was tried less long ago is not looked for yet."""

LOOK_BACK = timedelta(days=1)
"""A try is looked for from so long before it: our clock and the platform's may differ, and ours may have been set back."""

log = structlog.get_logger()


class Posting:
    """One thread at a time may post the replies of a source."""

    def __init__(self, parts: Parts) -> None:
        self._ = parts
        self._store = parts.store
        self._warn = timedelta(minutes=parts.config.replies.warn_minutes)
        self._taken: dict[int, Posted] = {}
        """What a platform took and could not be written down yet: that is not asked for, nor posted again."""

    def run(self, job: str, now: datetime) -> bool:
        """Post the reply that the job names; False when it is not to be posted. PostError when it is not known to be
        posted: then it is tried again."""
        reply = self._store.read.replies.get(int(job.rpartition(" ")[2]))
        if reply is None or reply.state not in ("approved", "posting") or reply.form == "private":
            return False
        if reply.id in self._taken:
            self._stands(reply, self._taken[reply.id], now)
            return True
        if not reply.text:  # erased while nobody knew whether it was posted
            self._fails(reply, "its post was erased before it was known whether the reply stands there")
            return True
        poster = self._.posters.get(reply.source)
        if poster is None:
            self._stays(reply)
        if reply.tries and not self._may_look(reply, now):
            return True
        post = self._store.read.mentions.get(reply.mention)
        if post is None:
            return False  # erased this moment
        if reply.tries:
            found = self._find(poster, reply, outgoing(self._store.read, reply), post, now)
            if found is not None:
                self._stands(reply, found, min(reply.tried_at or now, now))
                return True
        self._post(poster, reply, post)
        return True

    def _post(self, poster: Poster, reply: ReplyRow, post: Mention) -> None:
        now = self._.clock.now()
        approved = self._store.write(lambda tables: self._take(tables, reply, now))
        if approved is None:
            return
        try:
            posted = poster.post(approved, post, now)
        except PostError as error:
            if not error.permanent:
                # It may have taken long to fail: the minute begins now.
                ended = self._.clock.now()
                self._store.write(lambda tables: tables.replies.tried(reply.id, ended, again=False))
                raise
            # An earlier try may be why it is refused now, as a repetition.
            found = self._find(poster, reply, approved, post, now) if reply.tries else None
            if found is None:
                self._fails(reply, str(error))
                return
            posted = found
        self._stands(reply, posted, self._.clock.now())

    def _take(self, tables: Tables, seen: ReplyRow, now: datetime) -> Approved | None:
        """Write down that the platform is about to get it; None when it is not to be posted any more, or stands otherwise
        than it was seen: another daemon may have it."""
        reply = tables.replies.get(seen.id)
        if reply is None or (reply.standing, reply.tries) != (seen.standing, seen.tries) or not reply.text:
            return None
        if take_back(self._.config, tables, reply, now):
            return None
        approved = outgoing(tables, reply)
        tables.replies.stand(reply, approval.posting(reply.standing), now)
        tables.replies.tried(reply.id, now)
        tables.replies.log(reply, now, "", "posting")
        return approved

    def _may_look(self, reply: ReplyRow, now: datetime) -> bool:
        """Whether its last try is long enough ago; if not, the job waits."""
        tried = reply.tried_at or reply.changed_at
        if tried <= now - LOOK_AFTER:
            return True

        def work(tables: Tables) -> None:
            if tried > now:  # the clock was set back
                tables.replies.tried(reply.id, now, again=False)
            tables.jobs.postpone(reply.job, min(tried, now) + LOOK_AFTER)

        self._store.write(work)
        return False

    def _find(
        self, poster: Poster, reply: ReplyRow, approved: Approved, post: Mention, now: datetime
    ) -> Posted | None:
        since = min(reply.created_at, reply.tried_at or now, now) - LOOK_BACK
        found = poster.find(approved, post, since, now)
        if found is not None and self._store.read.replies.is_ours(reply.source, found.id, reply.id):
            return None  # another one of the same words
        return found

    # --- what came of it --------------------------------------------------------------------------------------

    def _stands(self, reply: ReplyRow, posted: Posted, at: datetime) -> None:
        self._taken[reply.id] = posted

        def work(tables: Tables) -> None:
            present = tables.replies.get(reply.id)
            if present is not None and present.state == "approved":  # anew: an earlier try was found
                present = replace(present, state="posting")
            if present is not None and present.state != "posted":  # somebody may have said so meanwhile
                stands(tables, present, posted, "", self._warn, at)
            tables.jobs.remove(reply.job)

        self._store.write(work)
        del self._taken[reply.id]
        log.info("replied", reply=reply.code, source=reply.source, id=posted.id, tries=reply.tries + 1)

    def _fails(self, reply: ReplyRow, error: str) -> None:
        now = self._.clock.now()

        def work(tables: Tables) -> None:
            present = tables.replies.get(reply.id)
            tables.jobs.remove(reply.job)
            if present is None or present.state != "posting":
                return
            tables.replies.stand(present, approval.failed(present.standing), now, error=error)
            tables.replies.log(present, now, "", "failed", note=error)
            tell(tables, present, now, "not replied", present.owner, f"{reply.code}, {error}")

        self._store.write(work)
        log.error("a reply can't be posted", reply=reply.code, source=reply.source, error=error)

    def _stays(self, reply: ReplyRow) -> NoReturn:
        """Nothing posts for its source any more: a person has to end it."""
        said = f"nothing posts on {reply.source} any more"
        if reply.state == "approved":
            raise PostError(f"{said}: run `snapwatch reply copied {reply.code}`", permanent=True)
        raise PostError(
            f"{reply.code} may stand there, and {said}: look, then run `snapwatch reply posted {reply.code}` or "
            f"`snapwatch reply withdraw {reply.code}`",
            permanent=True,
        )
