"""What is done on the page on which a customer is answered: edit, check, approve, post by hand, withdraw.

GET shows, POST acts. A POST says how the reply stood when the page was shown (`seen`); where it stands otherwise since,
nothing is done, and both texts are shown. Whatever was typed is shown again whenever something could not be done.

What is approved is read by lint here, at that moment: of what a browser says of the findings only the ticks count, and a
tick holds for the very words that it was made for.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from urllib.parse import quote

from fastapi.responses import JSONResponse, RedirectResponse, Response
from jinja2 import Environment

from monitor.errors import InputError
from monitor.ports import Clock
from monitor.replying.approval import worded
from monitor.store import ReplyRow, Store
from monitor.web import proposals
from monitor.web.bodies import refused
from monitor.web.proposals import Answering
from monitor.web.reply_form import Fields, Typed, first, form_of, typed_in
from monitor.web.reply_page import Opened, ReplyPage, Way
from monitor.web.words import sentence

LARGEST = 1 << 17
"""Bytes of a form: the longest reply, each letter written as %F0%9F%98%80."""
OFTEN, WITHIN = 20, timedelta(seconds=10)
"""So often in that time a person's words are read while they are typed."""


KEPT = (
    "You had been signed out when you sent this, or snapwatch was started anew. Your words were kept, and nothing was "
    "posted: read them once more, then press the button again."
)


class StaleError(InputError):
    """The reply stands otherwise than on the page on which a button was pressed."""


class ReplyEditor:
    """One for all who answer, however they came."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        people: Mapping[str, str],
        answering: Answering,
        templates: Environment,
    ) -> None:
        """`people`: the configured ones with their time zones."""
        self._clock = clock
        self._desk = answering.desk
        self._page = ReplyPage(store, clock, people, answering, templates)
        self._readings: defaultdict[str, deque[datetime]] = defaultdict(partial(deque, maxlen=OFTEN))

    def show(self, way: Way, post: str = "", *, writes: bool = False) -> Response:
        """The page of the post of that name, or of the story's first one."""
        return self._page.shown(self._page.opened(way, post), writes=writes)

    def again(self, way: Way, form: Fields) -> Response:
        """The page with what somebody had typed when their visit was over; nothing is done."""
        page, typed = self._page, typed_in(form, self._clock.now())
        on = page.opened(way, first(form, "post"), typed.at)
        status = 200 if first(form, "seen") == on.seen else 409
        return page.shown(on, typed, KEPT, status, writes=first(form, "write") == "1")

    def read(self, way: Way, form: Fields) -> Response:
        """What lint says of words that are just being typed; nothing of them is kept."""
        now, recent = self._clock.now(), self._readings[way.person]
        if len(recent) == OFTEN and timedelta() <= now - recent[0] < WITHIN:
            return refused(429, "too often; it is read again in a moment", {"Retry-After": "3"})
        recent.append(now)
        typed = typed_in(form, now)
        on = self._page.opened(way, first(form, "post"), drafts=False)
        found = self._page.checked(on, typed)
        return JSONResponse(
            {
                "counted": found.counted,
                "found": found.found,
                "blocked": found.blocked,
                "approve": self._page.approve_label(on, typed),
                "html": self._page.findings(way, found),
            }
        )

    def press(self, way: Way, form: Fields) -> Response:
        """Do what a button says."""
        page, name, now = self._page, first(form, "post"), self._clock.now()
        typed = typed_in(form, now) if "text" in form else None
        on = page.opened(way, name, typed.at if typed else None)
        what, _, more = first(form, "action").partition(" ")
        writes, seen = first(form, "write") == "1", first(form, "seen")
        if what == "check" and typed:
            return page.shown(on, typed, writes=writes, seen=seen)
        if what == "use" and typed:
            draft = on.subject.variant(more)
            own = typed.text if typed.text not in {each.draft.text for each in on.subject.variants} else ""
            return page.shown(on, Typed(draft.text, more, typed.at, former=own), writes=writes, seen=seen)
        try:
            if seen != on.seen:
                raise StaleError(
                    "nothing was done: the reply has changed since this page was loaded; this is how it stands now"
                )
            self._do(on, what, more, typed, form)
        except InputError as error:
            stale = isinstance(error, StaleError)
            on = page.opened(way, name)  # with proposals of now: the time that the words named may be over
            # Whoever has not seen that somebody else has answered is not asked to answer once more.
            writes = writes and not (stale and on.live is None)
            typed = replace(typed, at=now) if typed else None
            return page.shown(on, typed, sentence(str(error)), 409 if stale else 400, writes=writes)
        return RedirectResponse(f"{quote(way.here)}?post={quote(on.post)}", status_code=303)

    def _do(self, on: Opened, what: str, more: str, typed: Typed | None, form: Fields) -> None:
        person, now, desk = on.way.person, on.now, self._desk
        if what == "save" and typed:
            self._saved(on, typed)
        elif what == "approve" and typed:
            manual = more == "hand" or self._page.by_hand(on, typed)
            self._approve(on, self._saved(on, typed), typed, manual=manual)
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

    def _saved(self, on: Opened, typed: Typed) -> ReplyRow:
        """The reply that is under way, with the words that were typed."""
        person, now, reply, desk = on.way.person, on.now, on.live, self._desk
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
        alert_id = on.alert.id if on.alert else None
        begun = desk.begin(alert_id, on.subject.key, replace(draft, text=draft.text or words), person, now)
        if begun.editor != person or begun.version != 1:
            raise StaleError("nothing was done: somebody else began a reply to this post just now")
        return begun if begun.text == words else desk.edit(begun.id, words, person, now, begun.version)

    def _approve(self, on: Opened, reply: ReplyRow, typed: Typed, *, manual: bool) -> None:
        person, now = on.way.person, on.now
        found = self._page.checked(on, replace(typed, text=reply.text))
        after = self._desk.approve(reply.id, person, now, reply.version, found.ticked, post=not manual)
        if manual and after.state == "approved":
            self._desk.copied(reply.id, person, now)
