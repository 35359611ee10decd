"""The page on which a customer is answered, as everything stands: what it shows to one person.

It is one page, whether a person came by the link of an alert or is signed in: a `Way` says who came, and from where.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from fastapi.responses import HTMLResponse
from jinja2 import Environment

from monitor.model import MentionKey
from monitor.notice import TopPost
from monitor.paging.silences import moment
from monitor.ports import Clock
from monitor.replying.aftermath import since_reply
from monitor.replying.approval import LIVE, LONGEST, needed
from monitor.store import Alert, ReplyRow, Store
from monitor.web import proposals, reply_words
from monitor.web.proposals import Answering, Subject
from monitor.web.reply_check import Check, check
from monitor.web.reply_form import Typed, form_of
from monitor.web.words import Happened


@dataclass(frozen=True)
class Way:
    """How somebody came to answer the customers of a story: `person` acts, times are shown in their `zone`. `alert_id` is
    the story's alert, None where nobody was paged.

    Of the addresses, `here` is that of the page, `back` of what it belongs to, `rules` where lint's are explained, and
    `root` leads to the top. `layout` is the template that the page extends, which gets `frame`; `csrf` has to be in every
    form, "" where the address itself is the secret.
    """

    person: str
    zone: str
    story_id: int
    alert_id: int | None
    here: str
    back: str
    rules: str
    root: str
    layout: str
    csrf: str = ""
    frame: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Opened:
    """The page of one post for one person, as everything stands: `reply` is the newest one to the post."""

    way: Way
    alert: Alert | None
    subject: Subject
    reply: ReplyRow | None
    now: datetime

    @property
    def live(self) -> ReplyRow | None:
        return self.reply if self.reply and self.reply.state in LIVE else None

    @property
    def seen(self) -> str:
        """How the reply stands, as a form says it."""
        reply = self.reply
        return f"{reply.id}.{reply.version}.{reply.state}.{len(reply.approvals)}" if reply else "0"

    @property
    def post(self) -> str:
        """The post, as forms and addresses name it."""
        return _name(self.subject.key)


class Other(NamedTuple):
    """Another post of the story, and how it stands with its reply."""

    name: str
    post: TopPost
    standing: str


class ReplyPage:
    def __init__(
        self,
        store: Store,
        clock: Clock,
        people: Mapping[str, str],
        answering: Answering,
        templates: Environment,
    ) -> None:
        """`people`: the configured ones with their time zones."""
        self._store = store
        self._clock = clock
        self._people = people
        self._answering = answering
        self._templates = templates
        self._desk = answering.desk

    def opened(
        self, way: Way, name: str, worded_at: datetime | None = None, *, drafts: bool = True
    ) -> Opened:
        """The page of the post of that name, or of the story's first one. InputError when there is none."""
        tables, now = self._store.read, self._clock.now()
        alert = tables.alerts.get(way.alert_id) if way.alert_id is not None else None
        story_id = alert.story_id if alert else way.story_id
        posts = proposals.top(tables, story_id, self._answering)
        post = proposals.chosen(tables, story_id, alert, name, posts)
        about = Subject(post)
        if drafts:
            about = proposals.subject(tables, alert, post, self._answering, way.person, worded_at or now)
        reply = next(reversed(tables.replies.of_mention(about.key)), None)
        return Opened(way, alert, about, reply, now)

    def begun(self, on: Opened) -> Typed:
        """What the editor begins with."""
        reply = on.reply
        if reply and reply.text and (on.live or reply.state == "failed"):
            return Typed(reply.text, reply.form, on.now)
        proposed = next(iter(on.subject.variants), None)
        return Typed(proposed.draft.text, proposed.name, on.now) if proposed else Typed("", "short", on.now)

    def by_hand(self, on: Opened, typed: Typed) -> bool:
        return not self._desk.posts(on.subject.key.source, form_of(typed.variant))

    def checked(self, on: Opened, typed: Typed) -> Check:
        occasion = self._desk.occasion(on.subject.key, form_of(typed.variant), on.way.person, on.now)
        return check(typed.text, occasion, on.subject.key.source, typed.ticks, self._answering)

    def approve_label(self, on: Opened, typed: Typed) -> str:
        live = on.live
        same = live is not None and live.text == typed.text.strip()
        left = self._needs(on) - (len(live.approvals) if live and same else 0)
        if left > 1:
            return "Approve as the first of two"
        return "Approve, to post it by hand" if self.by_hand(on, typed) else "Approve and post"

    def findings(self, way: Way, found: Check) -> str:
        """What lint says, as HTML."""
        template = self._templates.get_template("reply_findings.html.jinja")
        return template.render(way=way, check=found, explained=self._answering.explained)

    def shown(
        self,
        on: Opened,
        typed: Typed | None = None,
        problem: str = "",
        status: int = 200,
        *,
        writes: bool = False,
        seen: str = "",
    ) -> HTMLResponse:
        """`seen`: how the reply stood when somebody last saw it, where that is not as it stands now."""
        person, about, reply = on.way.person, on.subject, on.reply
        zone = ZoneInfo(on.way.zone)
        at = partial(moment, zone=zone, now=on.now)
        editor = typed or self.begun(on)
        stands = (
            reply_words.Standing(
                reply, person, self.by_hand(on, editor), self._news(reply, at, on.now), at, on.now
            )
            if reply
            else None
        )
        look = reply_words.view(stands, gone=about.case is None, writes=writes)
        context = {
            "way": on.way,
            "alert": on.alert,
            "customer": self._desk.occasion(about.key, "short", person, on.now).customer
            or about.post.mention.author.handle,
            "problem": problem,
            "view": look,
            "reply": reply,
            "subject": about,
            "post": on.post,
            "others": self._others(on),
            "internal": reply_words.internal(about, reply.playbook if reply and not look.edits else ""),
            "typed": editor,
            "write": writes,
            "theirs": reply.text
            if status == 409 and reply and look.edits and reply.text != editor.text
            else None,
            "lost": editor.text if typed and not look.edits else "",
            "seen": seen or on.seen,
            "check": self.checked(on, editor) if look.edits else None,
            "approve": self.approve_label(on, editor),
            "hand": reply is not None and reply.state == "failed" and not self.by_hand(on, editor),
            "eyes": self._eyes(on) if look.edits else "",
            "explained": self._answering.explained,
            "longest": LONGEST,
            "past": self._past(on, zone),
            "zone": on.way.zone,
            "root": on.way.root,
        }
        body = self._templates.get_template("reply.html.jinja").render({**on.way.frame, **context})
        return HTMLResponse(body, status_code=status)

    def _needs(self, on: Opened) -> int:
        severity = on.alert.severity if on.alert else "info"
        return max(needed(self._answering.four_eyes, severity), on.live.needs if on.live else 1)

    def _news(self, reply: ReplyRow, at: Callable[[datetime], str], now: datetime) -> str:
        """What holds a reply up, or what became of the post after it was answered."""
        tables = self._store.read
        job = tables.jobs.get(reply.job)
        if job and job.error:
            return f"{job.error}; the next try is at {at(job.due_at)}"
        if reply.state != "posted" or reply.posted_at is None:
            return ""
        measure, _ = self._answering.measure_of(reply.source)
        return since_reply(tables.mentions.readings(reply.mention), reply.posted_at, measure, now)

    def _eyes(self, on: Opened) -> str:
        approvals = on.live.approvals if on.live else ()
        others = [name for name in self._people if name not in (on.way.person, *approvals)]
        return reply_words.eyes(self._needs(on) - len(approvals), others, approved=on.way.person in approvals)

    def _others(self, on: Opened) -> list[Other]:
        """The further posts that may be answered, with how their replies stand."""
        tables = self._store.read
        story_id = on.alert.story_id if on.alert else on.way.story_id
        posts = {each.mention.key: each for each in proposals.top(tables, story_id, self._answering)}
        replies = (
            tables.replies.of_alert(on.alert.id)
            if on.alert
            else [reply for key in posts for reply in tables.replies.of_mention(key)]
        )
        stand = {each.mention: each for each in replies}
        for key in stand:
            mention = tables.mentions.get(key)
            if mention is not None:
                posts.setdefault(key, TopPost(mention, None))
        return [
            Other(_name(key), post, reply_words.STANDING.get(stand[key].state, "") if key in stand else "")
            for key, post in posts.items()
            if key != on.subject.key
        ]

    def _past(self, on: Opened, zone: ZoneInfo) -> list[Happened]:
        replies = self._store.read.replies
        events = [each for row in replies.of_mention(on.subject.key) for each in replies.events(row.id)]
        return reply_words.past(events, zone, on.now)


def _name(key: MentionKey) -> str:
    return f"{key.source} {key.id}"
