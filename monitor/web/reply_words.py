"""How a reply stands, what can be done with it, and what was done, as its page says it to one person."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, tzinfo

from monitor.paging.happened import NOTE_SHOWN
from monitor.paging.silences import moment
from monitor.replying.desk import HANGS
from monitor.store import GRADES, ReplyEvent, ReplyRow
from monitor.web.proposals import Subject
from monitor.web.words import Happened, relative, sentence
from monitor.wording.text import one_line

At = Callable[[datetime], str]

ANGRY = SARCASTIC = 0.5
"""Probabilities from which a person is told so."""
AGAIN = 4
"""Seconds after which a page is shown anew on which something moves by itself."""


@dataclass(slots=True)
class View:
    """What the page says first, and which of its parts there are.

    `edits`: there is an editor; `approves`: with it, this person can approve; `copies`: the words are to be posted by hand;
    `says`: a person can say that they stand on the platform; `withdraws`; `acts` are further buttons, action and label.
    `writes` is the label of a link to an editor. `again`: seconds until the page is shown anew, 0: it stays.
    """

    heading: str
    lines: list[str] = field(default_factory=list)
    urgent: bool = False
    edits: bool = False
    approves: bool = False
    copies: bool = False
    says: bool = False
    withdraws: bool = False
    acts: list[tuple[str, str]] = field(default_factory=list)
    writes: str = ""
    again: int = 0


@dataclass(frozen=True)
class Standing:
    """A reply before the eyes of a person, `by_hand` where nothing is posted for us. `news`: what holds it up, or what
    became of the post since, in words. `at` writes a moment as the person's clock shows it."""

    reply: ReplyRow
    person: str
    by_hand: bool
    news: str
    at: At
    now: datetime

    def view(self) -> View:
        match self.reply.state:
            case "draft":
                return self._draft()
            case "proposed":
                return self._proposed()
            case "approved" if not self.by_hand:
                return self._approved()
            case "approved" | "copied":
                return self._copied()
            case "posting":
                return self._posting()
            case "posted":
                return self._posted()
            case "failed":
                lines = [
                    *self._why,
                    "Nothing stands there in our name. Approve it again for another try, or to post it by hand.",
                ]
                return View("It could not be posted.", lines, urgent=True, edits=True, approves=True)
            case "withdrawn":
                return replace(PROPOSED, lines=["The last reply was withdrawn.", *self._why, *PROPOSED.lines])

    def _draft(self) -> View:
        said = f"{self._who(self.reply.editor)} kept a draft at {self.at(self.reply.changed_at)}."
        heading = "Nobody has answered yet."
        return View(heading, [said, *self._why], urgent=True, edits=True, approves=True, withdraws=True)

    def _proposed(self) -> View:
        lines = [self._by]
        if self.person in self.reply.approvals:
            lines.append("Whoever changes a word takes that back.")
            return View("A second person has to approve it.", lines, edits=True, withdraws=True)
        lines.append("Read it with fresh eyes, then approve it too, or change it.")
        heading = "It waits for you, as the second pair of eyes."
        return View(heading, lines, urgent=True, edits=True, approves=True, withdraws=True)

    def _approved(self) -> View:
        acts = [("copy", "Post it by hand instead")]
        lines = [self._by, *self._news]
        return View(
            "Approved: it is about to be posted.",
            lines,
            withdraws=True,
            acts=acts,
            writes=CHANGE,
            again=AGAIN,
        )

    def _copied(self) -> View:
        lines = [
            self._by,
            "Copy it, post it in the brand's name, then say so here: until then it counts as not answered.",
        ]
        heading = "Approved: post it by hand."
        writes = CHANGE if self.reply.state == "approved" else ""
        return View(heading, lines, urgent=True, copies=True, says=True, withdraws=True, writes=writes)

    def _posting(self) -> View:
        tried = self.reply.tried_at
        lines = [f"It was last given to the platform at {self.at(tried)}."] if tried else []
        lines += self._news
        if tried and abs(self.now - tried) >= HANGS:
            lines.append(
                "Look whether it stands below the post. If so, say so here; if not, withdraw it and write anew."
            )
            heading = "Nobody knows whether it was posted."
            return View(heading, lines, urgent=True, says=True, withdraws=True)
        lines.append("Before another try it is looked for, so that it is never posted twice.")
        return View("It is being posted.", lines, again=AGAIN)

    def _posted(self) -> View:
        reply = self.reply
        when = f" at {self.at(reply.posted_at)}" if reply.posted_at else ""
        what = "Sent to the customer" if reply.form == "private" else "Posted"
        look = View(f"{what}{when}.", [self._by], writes="Write to them again")
        if reply.promise == "open" and reply.report_by:
            look.lines.append(promised(self._who(reply.owner), reply.report_by, self.at, self.now))
            look.urgent = reply.report_by <= self.now
            look.acts.append(("kept", "Kept: they have heard from us"))
        elif reply.promise == "kept":
            look.lines.append("What it promised was kept.")
        look.lines += self._news
        return look

    @property
    def _by(self) -> str:
        names = sorted((self._who(each) for each in self.reply.approvals), key=lambda who: who != "You")
        who = " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]])) or "Nobody"
        return f"{who} approved it."

    @property
    def _news(self) -> list[str]:
        return [sentence(self.news)] if self.news else []

    @property
    def _why(self) -> list[str]:
        return [sentence(self.reply.error)] if self.reply.error else []

    def _who(self, name: str) -> str:
        return "You" if name == self.person else one_line(name, 80)


CHANGE = "Change the words, which takes the approval back"
PROPOSED = View(
    "Nobody has answered yet.", ["What stands below is a proposal."], urgent=True, edits=True, approves=True
)


def view(standing: Standing | None, *, gone: bool, writes: bool) -> View:
    """`standing`: of the newest reply. `writes`: this person wants to change what is approved, or to write again."""
    look = standing.view() if standing else PROPOSED
    if writes and look.writes:
        look = replace(look, edits=True, approves=True, copies=False, says=False, acts=[], writes="", again=0)
    if gone:
        lines = [*look.lines, "The post is gone: nothing can be answered any more."]
        look = replace(look, lines=lines, edits=False, approves=False, copies=False, writes="")
    return look


STANDING = {
    "draft": "a draft is kept",
    "proposed": "waits for a second person",
    "approved": "approved",
    "posting": "being posted",
    "posted": "answered",
    "failed": "could not be posted",
    "copied": "to be posted by hand",
}
"""Of another post, in a word or two."""


def promised(who: str, by: datetime, at: At, now: datetime) -> str:
    """Such as "You promised to write again by 15:30 GMT: 1 h 10 min left."."""
    if by <= now:
        return (
            f"{who} promised to write again by {at(by)}: that is over since {lasting(now - by)}. Write now."
        )
    return f"{who} promised to write again by {at(by)}: {lasting(by - now)} left."


def lasting(span: timedelta) -> str:
    """Such as "1 h 10 min"; down to the minute, at least one."""
    hours, minutes = divmod(max(int(span / timedelta(minutes=1)), 1), 60)
    if hours >= 48:
        return f"{hours // 24} days"
    return " ".join(filter(None, [f"{hours} h" if hours else "", f"{minutes} min" if minutes else ""]))


def eyes(left: int, others: Sequence[str], *, approved: bool) -> str:
    """Whom to turn to when so many people still have to approve, and this one has `approved` or will; empty when nobody
    else has to."""
    if left <= (0 if approved else 1):
        return ""
    if not others:
        return "A second person has to approve it, and nobody else is in the configuration."
    whom = " or ".join(filter(None, [", ".join(others[:-1]), *others[-1:]]))
    return (
        f"A second person has to approve it: ask {whom} to press “Answer the customer” in their own page of this alert. "
        "Whoever has none gets one when you hand them the alert."
    )


def internal(about: Subject, playbook: str = "") -> list[tuple[str, str]]:
    """What colleagues alone read: a label, and the words. `playbook`: of the reply, where it is not the proposed one's."""
    told = about.drafts
    lines = [
        ("You may offer without asking", told.may_offer.words if told else ""),
        ("Whose it is", told.owner.words if told else ""),
        ("When to call in whom", told.escalate.words if told else ""),
        ("What it is", ", ".join(_found(about))),
        ("Playbook", playbook or (told.first.playbook if told else "")),
    ]
    return [(label, words) for label, words in lines if words]


def _found(about: Subject) -> Iterator[str]:
    """What the model says of the post, and how often it was answered."""
    found, case = about.post.found, about.case
    if found is None or case is None:
        return
    yield f"{found.complaint:.0%} likely a complaint"
    if case.category and case.category != "other":
        yield f"about {case.category}"
    if found.severity and found.severity != GRADES[0]:
        yield found.severity
    if found.emotion and found.emotion.anger >= ANGRY:
        yield "angry"
    if found.sarcasm is not None and found.sarcasm >= SARCASTIC:
        yield "perhaps sarcastic"
    if case.turn:
        yield f"answered {'once' if case.turn == 1 else f'{case.turn} times'} before"


_DONE = {
    "begun": "{who} began it",
    "edited": "{who} changed it",
    "approved": "{who} approved it",
    "copied": "{who} took it to post it by hand",
    "posting": "It was given to the platform",
    "posted": "It was posted",
    "failed": "The platform refused it",
    "post edited": "The customer edited the post",
    "taken back": "It has to be approved anew",
    "asked": "A second person was asked to read it",
    "withdrawn": "{who} withdrew it",
    "kept": "Its promise was kept",
}


def past(events: Sequence[ReplyEvent], zone: tzinfo, now: datetime) -> list[Happened]:
    """What was done with the replies to a post, the newest first."""
    return [_done(each, zone, now) for each in reversed(events)]


def done(what: str, who: str, note: str) -> str:
    """One line of a reply's past."""
    who, note = one_line(who, 80), one_line(note, NOTE_SHOWN)
    told = _DONE.get(what, "{what}").format(who=who or "snapwatch", what=one_line(what, 80).capitalize())
    told += f", says {who}" if who and what in ("posted", "kept") else ""
    return told + (f" ({note})" if note else "")


def _done(event: ReplyEvent, zone: tzinfo, now: datetime) -> Happened:
    told = done(event.what, event.who, event.note)
    said = event.text if event.what in ("begun", "edited") else ""
    return Happened(event.at, moment(event.at, zone, now), relative(event.at, now), told, said)
