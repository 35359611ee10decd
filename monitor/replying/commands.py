"""What the commands do that answer a customer; the shell around them is in `cli.replies`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from alerts.lint import RULES
from monitor import thresholds
from monitor.build import build_classifier, build_drafter, build_linter
from monitor.config import Config
from monitor.errors import InputError
from monitor.model import MentionKey
from monitor.opening import clock_of, open_store
from monitor.paging import respond
from monitor.paging.silences import moment
from monitor.reply import Draft, Drafts, Finding, Form, Occasion
from monitor.replying.aftermath import since_reply
from monitor.replying.approval import LIVE
from monitor.replying.desk import ReplyDesk
from monitor.rota import roster
from monitor.store import Alert, ReplyEvent, ReplyRow, Store, Tables
from monitor.wording.platforms import source_name
from monitor.wording.text import clean, one_line, suggestion

ENDED_SHOWN = 20

STANDING = {
    "draft": "nobody has approved it",
    "proposed": "waits for a second pair of eyes",
    "approved": "approved",
    "posting": "is being posted",
    "posted": "posted",
    "failed": "not posted",
    "copied": "taken to be posted by hand",
    "withdrawn": "withdrawn",
}


@dataclass(frozen=True, slots=True)
class _At:
    """Who stands at the desk, and when; "" where nobody has to be named."""

    store: Store
    config: Config
    desk: ReplyDesk
    now: datetime
    person: str

    @property
    def zone(self) -> ZoneInfo:
        zones = {each.name: each.time_zone for each in self.config.people}
        return ZoneInfo(zones.get(self.person, self.config.oncall.time_zone))

    @property
    def clock(self) -> Callable[[datetime], str]:
        return partial(moment, zone=self.zone, now=self.now)

    def reply(self, code: str) -> ReplyRow:
        found = re.fullmatch(r"r?([0-9]{1,11})", code.strip())
        reply = self.store.read.replies.get(int(found[1])) if found else None
        if reply is None:
            raise InputError(f"there is no reply {one_line(code, 20)!r}; `snapwatch replies` lists them")
        return reply

    def findings(self, reply: ReplyRow) -> Sequence[Finding]:
        occasion = self.desk.occasion(reply.mention, reply.form, self.person or reply.editor, self.now)
        return _lint(self.config, reply.text, occasion)


def _lint(config: Config, text: str, occasion: Occasion) -> Sequence[Finding]:
    """Loads the model, which most commands don't need."""
    return build_linter(config, build_classifier(config)).findings(text, occasion)


@contextmanager
def _at(config: Config, by: str | None) -> Iterator[_At]:
    with open_store(config) as store:
        person = roster.known(config, by) if by else ""
        yield _At(
            store,
            config,
            ReplyDesk(store, config, partial(_lint, config)),
            clock_of(config, store).now(),
            person,
        )


# --- what there is ----------------------------------------------------------------------------------------------


def listed(config: Config) -> Iterator[str]:
    """A line for each reply: those under way first, then the newest of the others."""
    with _at(config, None) as at:
        rows = [*at.store.read.replies.live(), *at.store.read.replies.ended(ENDED_SHOWN)]
        for each in rows:
            yield f"{each.code}  {_standing(at, each)}, {source_name(each.source)}: {one_line(each.text, 80)}".rstrip(
                ": "
            )
        if not rows:
            yield "there is no reply yet; `snapwatch reply new ALERT` begins one"


def shown(config: Config, code: str) -> Iterator[str]:
    """Everything that is known of one."""
    with _at(config, None) as at:
        reply = at.reply(code)
        yield from _shown(at, reply)
        if reply.state in LIVE and reply.text:
            yield from _told(at.findings(reply))
        yield ""
        for event in at.store.read.replies.events(reply.id):
            yield _event(at, event)


def _shown(at: _At, reply: ReplyRow) -> Iterator[str]:
    post = at.store.read.mentions.get(reply.mention)
    yield f"{reply.code}, version {reply.version}: {_standing(at, reply)}"
    if post is not None and post.text:
        handle = one_line(post.author.handle, 60)
        name = one_line(":".join(reply.mention), 80)
        yield f"to {handle} on {source_name(reply.source)} ({name}): {one_line(post.text, 200)}"
    elif not reply.text:
        yield "its post was erased, and with it what was said"
    yield ""
    yield clean(reply.text)
    if reply.error:
        yield f"\n! {one_line(reply.error, 300)}"
    if reply.promise:
        yield f"\n{_promise(at, reply)}"
    if reply.posted_at is not None:
        measure, _ = thresholds.measure_of(at.config, at.store.read, reply.source)
        readings = at.store.read.mentions.readings(reply.mention)
        if words := since_reply(readings, reply.posted_at, measure, at.now):
            yield words


def _standing(at: _At, reply: ReplyRow) -> str:
    words = STANDING[reply.state]
    if reply.approvals and reply.state in ("proposed", "approved"):
        words += f" (approved by {_names(reply.approvals)})"
    if reply.state == "posted" and reply.posted_at:
        words += f" {at.clock(reply.posted_at)}{f', {one_line(reply.url, 200)}' if reply.url else ''}"
    if reply.promise == "open" and reply.report_by:
        words += f", {'PROMISE RAN OUT' if reply.broken_at else 'promised by'} {at.clock(reply.report_by)}"
    return words


def _promise(at: _At, reply: ReplyRow) -> str:
    by = at.clock(reply.report_by) if reply.report_by else ""
    match reply.promise:
        case "kept":
            return f"What it promised by {by} is kept."
        case "released":
            return "What it promised can't be kept: the post was erased."
        case _ if reply.broken_at:
            return f"What it promised ran out at {by}. Write now; `snapwatch kept {reply.code}` if you have."
        case _:
            return f"It promises a word by {by}: {one_line(reply.owner, 80)} is paged before."


def _told(findings: Sequence[Finding]) -> Iterator[str]:
    for each in findings:
        where = f" ({each.start}–{each.end})" if each.end else ""
        hint = f" → {one_line(each.suggestion, 200)}" if each.suggestion else ""
        yield f"  {each.severity} {each.rule}{where}: {one_line(each.reason, 200)}{hint}"


def _event(at: _At, event: ReplyEvent) -> str:
    who = one_line(event.who, 80) or "snapwatch"
    note = f": {one_line(event.note, 300)}" if event.note else ""
    return f"{at.clock(event.at)}  {who}  {event.what} (version {event.version}){note}"


# --- what is done -----------------------------------------------------------------------------------------------


def new(config: Config, code: str, post: str | None, form: Form | None, by: str | None) -> Iterator[str]:
    """Begin a reply to a post of an alert's story, the first one unless another is named."""
    with _at(config, by or _first(config)) as at:
        tables = at.store.read
        alert = respond.find(tables, code)
        mention = _post(tables, alert, post, config)
        drafts = build_drafter(config).drafts(at.desk.case(mention, alert.id, at.now), at.person, at.now)
        draft = _variant(drafts, form)
        reply = at.desk.begin(alert.id, mention, draft, at.person, at.now)
        yield from _shown(at, reply)
        yield from _told(at.findings(reply))
        for label, words in (
            ("you may offer", drafts.may_offer),
            ("whose it is", drafts.owner),
            ("when to call whom", drafts.escalate),
        ):
            if words:
                yield f"  for you alone, {label}: {one_line(words.words, 300)}"
        yield f"\nOther words: snapwatch reply edit {reply.code} < FILE"
        yield f"Let it go out: snapwatch reply approve {reply.code} --version {reply.version} --by NAME"


def _variant(drafts: Drafts, form: Form | None) -> Draft:
    """The draft of that form; the proposed one where none is asked for. InputError when there is no such one."""
    if form is None:
        return drafts.first
    for each in drafts.variants:
        if each.form == form:
            return each
    forms = ", ".join(each.form for each in drafts.variants)
    raise InputError(f"there is no {form} form of this draft; there is: {forms}")


def edit(config: Config, code: str, text: str, by: str | None) -> Iterator[str]:
    with _at(config, by or _first(config)) as at:
        before = at.reply(code)
        reply = at.desk.edit(before.id, text, at.person, at.now, before.version)
        yield from _shown(at, reply)
        yield from _told(at.findings(reply))


def approve(config: Config, code: str, by: str, ticks: Sequence[str], seen: int | None = None) -> str:
    """Say that it may go out, in the version `seen`; InputError names what lint finds, and what has to be ticked."""
    for each in set(ticks) - RULES.keys():
        raise InputError(f"lint has no rule {one_line(each, 40)!r} to tick; {suggestion(each, RULES)}")
    with _at(config, by) as at:
        before = at.reply(code)
        version = before.version if seen is None else seen
        reply = at.desk.approve(before.id, at.person, at.now, version, ticks)
        if reply.state == "proposed":
            return f"{reply.code} is approved by {_names(reply.approvals)}; somebody else has to approve it, too."
        dropped = before.report_by is not None and reply.report_by is None
        clock = (
            "\nNo clock runs: the time that the draft promised is not in it any more, in the draft's own sentence, so "
            "nobody is paged before it runs out."
            if dropped
            else ""
        )
        if at.desk.posts(reply.source, reply.form):
            return (
                f"{reply.code} is approved and is posted on {source_name(reply.source)} by the daemon.{clock}"
            )
        return f"{reply.code} is approved, to be posted by hand: snapwatch reply copied {reply.code}{clock}"


def withdraw(config: Config, code: str, why: str, by: str | None) -> str:
    with _at(config, by or _first(config)) as at:
        return f"{at.desk.withdraw(at.reply(code).id, at.person, why, at.now).code} is withdrawn."


def copied(config: Config, code: str, by: str | None) -> str:
    """What is to be posted by hand, as it was approved."""
    with _at(config, by or _first(config)) as at:
        return at.desk.copied(at.reply(code).id, at.person, at.now).text


def posted(config: Config, code: str, url: str, by: str | None) -> str:
    with _at(config, by or _first(config)) as at:
        reply = at.desk.posted_by_hand(at.reply(code).id, at.person, at.now, url)
        return f"{reply.code} is posted. {_promise(at, reply) if reply.promise else ''}".strip()


def kept(config: Config, code: str, by: str | None) -> str:
    with _at(config, by or _first(config)) as at:
        reply = at.desk.kept(at.reply(code).id, at.person, at.now)
        return _promise(at, reply)


def _first(config: Config) -> str:
    """Whoever is on call."""
    with open_store(config) as store:
        return roster.first(config, store.read, clock_of(config, store).now())


def _post(tables: Tables, alert: Alert, post: str | None, config: Config) -> MentionKey:
    if post is None:
        top = next(iter(tables.stories.top(alert.story_id, 1, no_praise_by=config.rules)), None)
        if top is None:
            raise InputError(f"alert {alert.id} has no post any more")
        return top.mention.key
    source, _, number = post.partition(":")
    key = MentionKey(source, number)
    if tables.stories.of(key) != alert.story_id:
        raise InputError(f"{one_line(post, 100)!r} is no post of alert {alert.id}; write it as SOURCE:ID")
    return key


def _names(people: Sequence[str]) -> str:
    return " and ".join(one_line(each, 80) for each in people)
