"""The page on which a person reads a post, edits, checks and approves the reply to it, and says that it was posted by hand.

It lies behind the same signed, personal link as the page of the alert: GET shows, POST acts. A POST says how the reply
stood when the page was shown (`seen`); where it stands otherwise since, nothing is done, and both texts are shown. Whatever
was typed is shown again whenever something could not be done.

What is approved is read by lint here, at that moment: of what a browser says of the findings only the ticks count, and a
tick holds for the very words that it was made for.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from importlib.resources import files
from typing import NamedTuple
from urllib.parse import quote
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from jinja2 import Environment
from starlette.concurrency import run_in_threadpool

from monitor.errors import InputError
from monitor.model import MentionKey
from monitor.notice import TopPost
from monitor.paging import respond
from monitor.paging.silences import moment
from monitor.ports import Clock
from monitor.replying.aftermath import since_reply
from monitor.replying.approval import LIVE, LONGEST, needed, worded
from monitor.store import Alert, ReplyRow, Store
from monitor.web import proposals, reply_words
from monitor.web.bodies import Gate, refused
from monitor.web.links import VALID_FOR, Links, Ticket
from monitor.web.proposals import Answering, Subject
from monitor.web.reply_check import Check, check
from monitor.web.reply_form import Fields, Typed, fields, first, form_of, typed_in
from monitor.web.words import Happened, sentence

LARGEST = 1 << 17
"""Bytes of a form: the longest reply, each letter written as %F0%9F%98%80."""
OFTEN, WITHIN = 20, timedelta(seconds=10)
"""So often in that time a person's words are read while they are typed."""


class StaleError(InputError):
    """The reply stands otherwise than on the page on which a button was pressed."""


@dataclass(frozen=True)
class Opened:
    """The page of one post for one person, as everything stands: `reply` is the newest one to the post."""

    ticket: Ticket
    alert: Alert
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


class Other(NamedTuple):
    """Another post of the story, and how it stands with its reply."""

    name: str
    post: TopPost
    standing: str


Handle = Callable[[str, Fields], Response]
"""What answers a form that came to a link."""


def reply_pages(
    store: Store,
    clock: Clock,
    links: Links,
    people: Mapping[str, str],
    answering: Answering,
    templates: Environment,
) -> APIRouter:
    """The routes. Nothing acts without a signed link of one of `people`, who are given with their time zones."""
    router = APIRouter()
    gate = Gate(LARGEST)
    readings: defaultdict[str, deque[datetime]] = defaultdict(partial(deque, maxlen=OFTEN))
    desk = answering.desk

    def admit(token: str) -> tuple[Ticket, Alert]:
        ticket = links.read(token, people)
        if ticket.code.startswith("t"):
            raise InputError("This is the link of a test page: there is nothing to answer.")
        alert = respond.find(store.read, ticket.code)
        if clock.now() - alert.last.at > VALID_FOR:
            raise InputError("This link is older than two weeks and no longer works.")
        return ticket, alert

    def opened(token: str, name: str, worded_at: datetime | None = None, *, drafts: bool = True) -> Opened:
        ticket, alert = admit(token)
        tables, now = store.read, clock.now()
        post = proposals.chosen(tables, alert, name, proposals.top(tables, alert, answering))
        about = Subject(post)
        if drafts:
            about = proposals.subject(tables, alert, post, answering, ticket.person, worded_at or now)
        reply = next(reversed(tables.replies.of_mention(about.key)), None)
        return Opened(ticket, alert, about, reply, now)

    def begun(on: Opened) -> Typed:
        """What the editor begins with."""
        reply = on.reply
        if reply and reply.text and (on.live or reply.state == "failed"):
            return Typed(reply.text, reply.form, on.now)
        proposed = next(iter(on.subject.variants), None)
        return Typed(proposed.draft.text, proposed.name, on.now) if proposed else Typed("", "short", on.now)

    def by_hand(on: Opened, typed: Typed) -> bool:
        return not desk.posts(on.subject.key.source, form_of(typed.variant))

    def checked(on: Opened, typed: Typed) -> Check:
        occasion = desk.occasion(on.subject.key, form_of(typed.variant), on.ticket.person, on.now)
        return check(typed.text, occasion, on.subject.key.source, typed.ticks, answering)

    def approve_label(on: Opened, typed: Typed) -> str:
        live = on.live
        same = live is not None and live.text == typed.text.strip()
        left = needs(on) - (len(live.approvals) if live and same else 0)
        if left > 1:
            return "Approve as the first of two"
        return "Approve, to post it by hand" if by_hand(on, typed) else "Approve and post"

    def needs(on: Opened) -> int:
        return max(needed(answering.four_eyes, on.alert.severity), on.live.needs if on.live else 1)

    def news(reply: ReplyRow, at: Callable[[datetime], str], now: datetime) -> str:
        """What holds a reply up, or what became of the post after it was answered."""
        job = store.read.jobs.get(reply.job)
        if job and job.error:
            return f"{job.error}; the next try is at {at(job.due_at)}"
        if reply.state != "posted" or reply.posted_at is None:
            return ""
        measure, _ = answering.measure_of(reply.source)
        return since_reply(store.read.mentions.readings(reply.mention), reply.posted_at, measure, now)

    def eyes(on: Opened) -> str:
        approvals = on.live.approvals if on.live else ()
        others = [name for name in people if name not in (on.ticket.person, *approvals)]
        return reply_words.eyes(needs(on) - len(approvals), others, approved=on.ticket.person in approvals)

    def others(on: Opened) -> list[Other]:
        """The further posts that may be answered, with how their replies stand."""
        tables = store.read
        posts = {each.mention.key: each for each in proposals.top(tables, on.alert, answering)}
        stand = {each.mention: each for each in tables.replies.of_alert(on.alert.id)}
        for key in stand:
            mention = tables.mentions.get(key)
            if mention is not None:
                posts.setdefault(key, TopPost(mention, None))
        return [
            Other(_name(key), post, reply_words.STANDING.get(stand[key].state, "") if key in stand else "")
            for key, post in posts.items()
            if key != on.subject.key
        ]

    def past(on: Opened, zone: ZoneInfo) -> list[Happened]:
        replies = store.read.replies
        events = [each for row in replies.of_mention(on.subject.key) for each in replies.events(row.id)]
        return reply_words.past(events, zone, on.now)

    def page(
        on: Opened,
        typed: Typed | None = None,
        problem: str = "",
        status: int = 200,
        *,
        writes: bool = False,
        seen: str = "",
    ) -> HTMLResponse:
        """`seen`: how the reply stood when somebody last saw it, where that is not as it stands now."""
        person, about, reply = on.ticket.person, on.subject, on.reply
        zone = ZoneInfo(people[person])
        at = partial(moment, zone=zone, now=on.now)
        editor = typed or begun(on)
        stands = (
            reply_words.Standing(reply, person, by_hand(on, editor), news(reply, at, on.now), at, on.now)
            if reply
            else None
        )
        look = reply_words.view(stands, gone=about.case is None, writes=writes)
        body = templates.get_template("reply.html.jinja").render(
            alert=on.alert,
            token=links.token(on.ticket.code, person),
            customer=desk.occasion(about.key, "short", person, on.now).customer
            or about.post.mention.author.handle,
            problem=problem,
            view=look,
            reply=reply,
            subject=about,
            post=_name(about.key),
            others=others(on),
            internal=reply_words.internal(about, reply.playbook if reply and not look.edits else ""),
            typed=editor,
            write=writes,
            theirs=reply.text
            if status == 409 and reply and look.edits and reply.text != editor.text
            else None,
            lost=editor.text if typed and not look.edits else "",
            seen=seen or on.seen,
            check=checked(on, editor) if look.edits else None,
            approve=approve_label(on, editor),
            hand=reply is not None and reply.state == "failed" and not by_hand(on, editor),
            eyes=eyes(on) if look.edits else "",
            explained=answering.explained,
            longest=LONGEST,
            past=past(on, zone),
            zone=people[person],
        )
        return HTMLResponse(body, status_code=status)

    @router.get("/r/reply.js")
    def script() -> Response:
        text = files("monitor.web").joinpath("templates", "reply.js").read_text(encoding="utf-8")
        return Response(text, media_type="text/javascript")

    @router.get("/r/rules")
    def rules() -> HTMLResponse:
        return HTMLResponse(templates.get_template("rules.html.jinja").render(rules=answering.explained))

    @router.get("/r/{token}")
    def show(token: str, post: str = "", write: str = "") -> HTMLResponse:
        return page(opened(token, post), writes=bool(write))

    @router.post("/r/{token}")
    async def act(token: str, request: Request) -> Response:
        return await answered(token, request, pressed)

    @router.post("/r/{token}/lint")
    async def lint(token: str, request: Request) -> Response:
        return await answered(token, request, read)

    async def answered(token: str, request: Request, handle: Handle) -> Response:
        await run_in_threadpool(admit, token)

        async def taken(body: bytes) -> Response:
            return await run_in_threadpool(handle, token, fields(body))

        return await gate.take(request, taken)

    def read(token: str, form: Fields) -> Response:
        """What lint says of words that are just being typed; nothing of them is kept."""
        now, person = clock.now(), admit(token)[0].person
        recent = readings[person]
        if len(recent) == OFTEN and timedelta() <= now - recent[0] < WITHIN:
            return refused(429, "too often; it is read again in a moment", {"Retry-After": "3"})
        recent.append(now)
        typed = typed_in(form, now)
        on = opened(token, first(form, "post"), drafts=False)
        found = checked(on, typed)
        html = templates.get_template("reply_findings.html.jinja").render(
            check=found, explained=answering.explained
        )
        return JSONResponse(
            {
                "counted": found.counted,
                "found": found.found,
                "blocked": found.blocked,
                "approve": approve_label(on, typed),
                "html": html,
            }
        )

    def pressed(token: str, form: Fields) -> Response:
        name, now = first(form, "post"), clock.now()
        typed = typed_in(form, now) if "text" in form else None
        worded_at = typed.at if typed else None
        on = opened(token, name, worded_at)
        what, _, more = first(form, "action").partition(" ")
        writes, seen = first(form, "write") == "1", first(form, "seen")
        if what == "check" and typed:
            return page(on, typed, writes=writes, seen=seen)
        if what == "use" and typed:
            draft = on.subject.variant(more)
            own = typed.text if typed.text not in {each.draft.text for each in on.subject.variants} else ""
            return page(on, Typed(draft.text, more, typed.at, former=own), writes=writes, seen=seen)
        try:
            if seen != on.seen:
                raise StaleError(
                    "nothing was done: the reply has changed since this page was loaded; this is how it stands now"
                )
            do(on, what, more, typed, form)
        except InputError as error:
            stale = isinstance(error, StaleError)
            on = opened(token, name)  # with proposals of now: the time that the words named may be over
            # Whoever has not seen that somebody else has answered is not asked to answer once more.
            writes = writes and not (stale and on.live is None)
            typed = replace(typed, at=now) if typed else None
            return page(on, typed, sentence(str(error)), 409 if stale else 400, writes=writes)
        return RedirectResponse(f"{quote(token)}?post={quote(_name(on.subject.key))}", status_code=303)

    def do(on: Opened, what: str, more: str, typed: Typed | None, form: Fields) -> None:
        person, now = on.ticket.person, on.now
        if what == "save" and typed:
            saved(on, typed)
        elif what == "approve" and typed:
            approve(on, saved(on, typed), typed, manual=more == "hand" or by_hand(on, typed))
        elif on.reply is None:
            raise InputError("this button is not known; press one of these")
        elif what == "copy":
            desk.copied(on.reply.id, person, now)
        elif what == "posted":
            if on.reply.state == "approved":
                desk.copied(on.reply.id, person, now)
            desk.posted_by_hand(on.reply.id, person, now, first(form, "url").strip())
        elif what == "withdraw":
            desk.withdraw(on.reply.id, person, first(form, "why"), now)
        elif what == "kept":
            desk.kept(on.reply.id, person, now)
        else:
            raise InputError("this button is not known; press one of these")

    def saved(on: Opened, typed: Typed) -> ReplyRow:
        """The reply that is under way, with the words that were typed."""
        person, now, reply = on.ticket.person, on.now, on.live
        draft, words = on.subject.variant(typed.variant), worded(typed.text)
        form = form_of(typed.variant)
        if reply and (reply.form == "private") == (form == "private"):
            if reply.text == words:
                return reply
            by = draft.report_by if draft.approximate_time and draft.approximate_time in words else None
            return desk.edit(reply.id, words, person, now, reply.version, by)
        if (
            reply
        ):  # what was public is private now, or the other way round: it is read otherwise, and goes elsewhere
            desk.withdraw(reply.id, person, f"written anew: {proposals.LABELS[form].lower()}", now)
        begun = desk.begin(on.alert.id, on.subject.key, replace(draft, text=draft.text or words), person, now)
        if begun.editor != person or begun.version != 1:
            raise StaleError("nothing was done: somebody else began a reply to this post just now")
        return begun if begun.text == words else desk.edit(begun.id, words, person, now, begun.version)

    def approve(on: Opened, reply: ReplyRow, typed: Typed, *, manual: bool) -> None:
        person, now = on.ticket.person, on.now
        found = checked(on, replace(typed, text=reply.text))
        after = desk.approve(reply.id, person, now, reply.version, found.ticked, post=not manual)
        if manual and after.state == "approved":
            desk.copied(reply.id, person, now)

    return router


def _name(key: MentionKey) -> str:
    """A post, as forms and addresses name it."""
    return f"{key.source} {key.id}"
