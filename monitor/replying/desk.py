"""What people do with a reply: begin, edit, approve, withdraw, post by hand, say that its promise is kept. The editor and
the shell both come here.

Each is one transaction with its row in the audit log, so that two people at once are as two after each other; `seen` is the
version that somebody had before them. InputError says in words what can't be done. Nobody who is not in the configuration
does anything.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from monitor.config import Config
from monitor.errors import InputError
from monitor.model import MentionKey
from monitor.paging.notices import zone_of
from monitor.reply import Approved, Case, Draft, Finding, Form, Occasion, Posted
from monitor.replying import approval
from monitor.replying.promised import SAYS_LONGEST, promised
from monitor.store import Alert, ReplyRow, Store, Tables
from monitor.wording.platforms import handle, source_name
from monitor.wording.text import one_line, web_link

HANGS = timedelta(minutes=10)
"""A try of which nothing is known for so long is not under way any more: a person may end it."""

STALE = timedelta(days=1)
"""An approval is of the moment: what could not be sent for so long is looked at anew."""

READ_AFTER = timedelta(minutes=5)
"""A post that was answered is read again so soon, to see what the answer did."""

WHY_LONGEST = 300


Lint = Callable[[str, Occasion], Sequence[Finding]]


class ReplyDesk:
    """`lint` reads every reply that somebody approves: nobody can leave it out."""

    def __init__(self, store: Store, config: Config, lint: Lint) -> None:
        self._lint = lint
        self._store = store
        self._config = config
        self._people = {person.name for person in config.people}

    # --- what there is to know --------------------------------------------------------------------------------

    def posts(self, source: str, form: Form = "short") -> bool:
        """Whether replies of that form to posts of that source are posted; else somebody has to copy them. What is meant
        for a direct message never is: it would stand there for everybody."""
        if form == "private":
            return False
        settings = self._config.sources.get(source)
        return getattr(settings, "reply", None) is not None

    def case(self, mention: MentionKey, alert_id: int | None, now: datetime) -> Case:
        """What a reply to the post would answer."""
        tables = self._store.read
        post = tables.mentions.get(mention)
        if post is None or not tables.mentions.is_live(mention):
            raise InputError(f"there is no post {mention.source}:{mention.id} any more")
        found = tables.mentions.classification(mention)
        own = found.category if found and found.category != "other" else None
        alert = tables.alerts.get(alert_id) if alert_id is not None else None
        turn = tables.replies.turns(mention)
        zone = zone_of(self._config, mention.source)
        if alert is None:
            return Case(post, found, own, turn=turn, time_zone=zone)
        volume = tables.stories.volume(alert.story_id, now, timedelta(hours=1))
        return Case(post, found, own or volume.category, alert.severity, volume.posts, turn, zone)

    def occasion(self, mention: MentionKey, form: Form, person: str, now: datetime) -> Occasion:
        """Where a reply of that form to the post goes, for lint."""
        tables = self._store.read
        post = tables.mentions.get(mention)
        settings = self._config.sources.get(mention.source)
        platform = settings.type if settings else mention.source
        return Occasion(
            platform=platform,
            public=form != "private",
            turn=tables.replies.turns(mention),
            customer=handle(post.author.handle, platform) if post else "",
            post=post.text if post else "",
            responder=person,
            now=now,
        )

    # --- words ------------------------------------------------------------------------------------------------

    def begin(
        self, alert_id: int | None, mention: MentionKey, draft: Draft, person: str, now: datetime
    ) -> ReplyRow:
        """A reply to the post from a draft, or the one that is under way already."""
        self._check(person)

        def work(tables: Tables) -> ReplyRow:
            live = tables.replies.live_of(mention)
            if live is not None:
                return live
            alert = tables.alerts.get(alert_id) if alert_id is not None else None
            if alert_id is not None and alert is None:
                raise InputError(f"there is no alert {alert_id}")
            return begun(tables, self._config, alert, mention, draft, person, now)

        return self._store.write(work)

    def edit(
        self,
        reply_id: int,
        text: str,
        person: str,
        now: datetime,
        seen: int,
        report_by: datetime | None = None,
    ) -> ReplyRow:
        """New words, which take back every approval; `report_by` where they promise another time than the draft did.
        Whether they still promise the draft's is seen when they are approved."""
        self._check(person)

        def work(tables: Tables, reply: ReplyRow) -> None:
            after = approval.edited(reply.standing, text, seen)
            tables.jobs.remove(reply.job)
            tables.replies.stand(reply, after, now, editor=person)
            if report_by is not None:
                tables.replies.promise(reply.id, one_line(after.text, SAYS_LONGEST), report_by)
            tables.replies.log(_get(tables, reply.id), now, person, "edited", after.text)

        return self._write(reply_id, work)

    def approve(
        self,
        reply_id: int,
        person: str,
        now: datetime,
        seen: int,
        ticked: Collection[str],
        *,
        post: bool = True,
    ) -> ReplyRow:
        """Say that it may go out as it stands in version `seen`. What lint finds an error blocks it; every warning's rule
        must be among the `ticked`. `proposed` when somebody else has to approve it, too;
        `approved` when nobody has: then it is posted, where that is configured, unless `post` is False."""
        self._check(person)
        read = _get(self._store.read, reply_id)
        findings = self._lint(read.text, self.occasion(read.mention, read.form, person, now))

        def work(tables: Tables, reply: ReplyRow) -> None:
            if (reply.version, reply.text) != (read.version, read.text):
                raise InputError("somebody edited it just now: look at it again")
            before = replace(
                reply.standing,
                needs=needs(self._config, tables, reply),
                approvals=still_here(self._config, reply.approvals),
            )
            after = approval.approved(before, person, seen, findings, ticked)
            promise = promised(reply.text, reply.says, reply.report_by, now)
            if promise.by is not None and promise.by <= now:
                raise InputError("the time that it promises is over already: write a new one")
            said = [each for each in tables.replies.of_mention(reply.mention) if each.state == "posted"]
            if any(each.text == reply.text for each in said):
                raise InputError("the same words stand below this post already")
            tables.replies.promise(reply.id, *promise)
            tables.replies.stand(reply, after, now, owner=after.approvals[0])
            rules = sorted({each.rule for each in findings if each.severity == "warning"})
            note = f"ticked: {', '.join(rules)}" if rules else ""
            tables.replies.log(reply, now, person, "approved", reply.text, note)
            if after.state == "approved" and post and self.posts(reply.source, reply.form):
                tables.jobs.ensure(reply.job, now)
            tables.jobs.remove(reply.eyes_job)
            if after.state == "proposed":
                tell(tables, reply, now, "proposed", person, reply.code)
                tables.jobs.ensure(reply.eyes_job, now)

        return self._write(reply_id, work)

    # --- by hand ----------------------------------------------------------------------------------------------

    def copied(self, reply_id: int, person: str, now: datetime) -> ReplyRow:
        """Somebody takes what is approved, to post it by hand: nothing else posts it any more. InputError when it must not
        go out any more: then it is a draft again."""
        self._check(person)

        def held(tables: Tables) -> str:
            return take_back(self._config, tables, _get(tables, reply_id), now)

        if why := self._store.write(held):
            raise InputError(f"it can't be copied: {why}; read it again, and approve it anew")

        def work(tables: Tables, reply: ReplyRow) -> None:
            outgoing(tables, reply)
            tables.jobs.remove(reply.job)
            tables.replies.stand(reply, approval.copied(reply.standing), now, owner=person)
            tables.replies.log(reply, now, person, "copied", reply.text)

        return self._write(reply_id, work)

    def posted_by_hand(self, reply_id: int, person: str, now: datetime, url: str = "") -> ReplyRow:
        """What was copied, or hangs, stands on the platform, at that address."""
        self._check(person)
        if url and web_link(url) is None:
            raise InputError(f"{one_line(url, 100)!r} is no address of a post: give its https address")

        def work(tables: Tables, reply: ReplyRow) -> None:
            stands(tables, reply, Posted("", url), person, self._warn, now)

        return self._write(reply_id, work)

    def withdraw(self, reply_id: int, person: str, why: str, now: datetime) -> ReplyRow:
        """It is not to be sent. What hangs in posting may be withdrawn by who has looked that it is not there."""
        self._check(person)

        def work(tables: Tables, reply: ReplyRow) -> None:
            hangs = reply.tried_at is not None and abs(now - reply.tried_at) >= HANGS
            tables.replies.stand(reply, approval.withdrawn(reply.standing, hangs=hangs), now)
            tables.jobs.remove(reply.job)
            tables.replies.log(reply, now, person, "withdrawn", note=one_line(why, WHY_LONGEST))

        return self._write(reply_id, work)

    def kept(self, reply_id: int, person: str, now: datetime) -> ReplyRow:
        """What it promised is kept: nobody is paged about it any more."""
        self._check(person)

        def work(tables: Tables, reply: ReplyRow) -> None:
            if reply.promise is None:
                raise InputError(f"{reply.code} has promised nothing yet")
            if reply.promise == "open":
                tables.replies.end_promise(reply.id, "kept")
                tables.replies.log(reply, now, person, "kept")

        return self._write(reply_id, work)

    # ----------------------------------------------------------------------------------------------------------

    @property
    def _warn(self) -> timedelta:
        return timedelta(minutes=self._config.replies.warn_minutes)

    def _check(self, person: str) -> None:
        if person not in self._people:
            raise InputError(
                f"{one_line(person, 80)!r} is not in the configuration, and can't answer customers"
            )

    def _write(self, reply_id: int, work: Callable[[Tables, ReplyRow], None]) -> ReplyRow:
        def whole(tables: Tables) -> ReplyRow:
            work(tables, _get(tables, reply_id))
            return _get(tables, reply_id)

        return self._store.write(whole)


def begun(
    tables: Tables,
    config: Config,
    alert: Alert | None,
    mention: MentionKey,
    draft: Draft,
    who: str,
    now: datetime,
    owner: str = "",
) -> ReplyRow:
    """A new reply to a post that has none under way, with the words of the draft; `owner` is whose it is, if not `who`'s.
    InputError when the post is gone."""
    if not tables.mentions.is_live(mention):
        raise InputError(f"there is no post {mention.source}:{mention.id} any more")
    words = approval.worded(draft.text)
    number = tables.replies.begin(
        f"r-{secrets.token_hex(8)}",
        alert.id if alert else None,
        tables.stories.of(mention),
        mention,
        replace(draft, text=words),
        _needed(config, alert),
        owner or who,
        now,
    )
    reply = _get(tables, number)
    tables.replies.log(reply, now, who, "begun", words, f"{draft.playbook}, {draft.form}")
    return reply


def needs(config: Config, tables: Tables, reply: ReplyRow) -> int:
    """How many people must approve it as things stand now: never fewer than when it was begun."""
    alert = tables.alerts.get(reply.alert_id) if reply.alert_id is not None else None
    return max(reply.needs, _needed(config, alert))


def _needed(config: Config, alert: Alert | None) -> int:
    return approval.needed(config.replies.four_eyes, alert.severity if alert else "info")


def still_here(config: Config, people: Iterable[str]) -> tuple[str, ...]:
    """Those of them who are in the configuration: who has left approves nothing, and who was renamed is not two."""
    names = {person.name for person in config.people}
    return tuple(name for name in people if name in names)


def take_back(config: Config, tables: Tables, reply: ReplyRow, now: datetime) -> str:
    """Make a draft of what was approved, when too much has happened since for it to go out; why, in words, else ""."""
    if reply.state not in ("approved", "posting"):
        return ""
    approved = outgoing(tables, reply)
    if reply.report_by is not None and reply.report_by <= now:
        why = "the time that it promises was over before it could be posted"
    elif approved.at <= now - STALE:
        why = "it was approved more than a day ago"
    elif tables.replies.is_edited_since(reply):
        why = approval.EDITED
    elif len(still_here(config, approved.by)) < needs(config, tables, reply):
        why = "it takes more people to approve it now than have"
    else:
        return ""
    tables.replies.log(reply, now, "", "taken back", note=why)
    tables.replies.stand(reply, approval.taken_back(reply.standing), now, error=why)
    tables.jobs.remove(reply.job)
    tell(tables, reply, now, "not replied", reply.owner, f"{reply.code}, {why}")
    return why


def outgoing(tables: Tables, reply: ReplyRow) -> Approved:
    """The words that people have approved, by the audit log: nothing else makes them. InputError when they have not."""
    said = [
        each
        for each in tables.replies.events(reply.id)
        if each.what == "approved" and each.version == reply.version and each.text == reply.text
    ]
    by = tuple(dict.fromkeys(each.who for each in said))
    if not reply.text or len(by) < reply.needs:
        raise InputError(f"{reply.code} can't go out: not enough people have approved what it says now")
    return Approved(reply.text, by, said[-1].at, reply.key)


def stands(tables: Tables, reply: ReplyRow, posted: Posted, who: str, warn: timedelta, now: datetime) -> None:
    """It stands on the platform: what it promises begins to run, what was promised before is kept, the post is read again
    soon. `who`: the person by whose word, "" by the platform's."""
    tables.replies.stand(reply, approval.posted(reply.standing), now)
    tables.replies.posted(reply.id, posted.id, posted.url, now)
    tables.replies.log(reply, now, who, "posted", note=posted.url)
    tables.jobs.remove(reply.job)
    for former in tables.replies.promised(reply.mention):
        if former.id != reply.id:
            tables.replies.end_promise(former.id, "kept")
            tables.replies.log(former, now, who, "kept", note=f"by {reply.code}")
    if reply.report_by is not None and reply.text:
        tables.jobs.ensure(reply.promise_job, max(reply.report_by - warn, now))
    tables.replies.read_soon(reply.mention, now + READ_AFTER)
    tell(tables, reply, now, "replied", who or reply.owner, f"{reply.code}, on {source_name(reply.source)}")


def tell(tables: Tables, reply: ReplyRow, now: datetime, event: str, person: str, note: str) -> None:
    """On the page of its alert, or of the one in which that has ended. Nothing of what the customer said may be in it, and
    no address, which may hold their words: it is not erased with the post."""
    alert = tables.alerts.get(reply.alert_id) if reply.alert_id is not None else None
    if alert is not None:
        tables.alerts.log(alert.id, now, event, person, note)


def _get(tables: Tables, reply_id: int) -> ReplyRow:
    reply = tables.replies.get(reply_id)
    if reply is None:
        raise InputError(f"there is no reply r{reply_id}; `snapwatch replies` lists them")
    return reply
