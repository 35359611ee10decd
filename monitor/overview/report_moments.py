"""The timeline of an after-action report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from monitor.overview.report import Moment, MomentKind, Place
from monitor.paging.happened import happened, noted
from monitor.paging.updates import LOUD
from monitor.replying.approval import State
from monitor.store import Alert, Beginning, Event, ReplyRow, Story, Tables
from monitor.wording.platforms import source_name
from monitor.wording.text import one_line

SENT: tuple[State, ...] = ("posted",)
"""What customers have read."""

KINDS: dict[str, MomentKind] = {
    "opened": "alert", "updated": "alert", "acknowledged": "person", "snoozed": "person", "reopened": "person",
    "resolved": "end", "note": "person", "proposed": "reply", "not replied": "reply",
}  # fmt: skip
"""Of an alert's events; those that are not named are about pages."""

MINUTE = timedelta(minutes=1)

TOLD_OTHERWISE = {"replied", "merged", "split"}
"""Events that a reply, or what became of the story, tells better."""

_PROMISES = {
    "warned": "What reply {code} promises was about to run out: {note}",
    "ran out": "What reply {code} promised ran out before we wrote again: {note}",
    "kept": "What reply {code} promised was kept",
    "failed": "The platform refused reply {code}: {note}",
    "withdrawn": "Reply {code} was withdrawn: {note}",
}


def moments(
    tables: Tables,
    story: Story,
    beginning: Beginning,
    platforms: Sequence[Place],
    alert: Alert | None,
    replies: Sequence[ReplyRow],
    crossed_at: datetime | None,
    since: datetime,
    until: datetime,
) -> Iterator[Moment]:
    """What happened, in no order; where we could not look from `since` to `until` among it."""
    yield from _told(tables, story, beginning, platforms)
    for event in tables.alerts.events(alert.id) if alert else ():
        if event.event not in TOLD_OTHERWISE:
            yield _event(event)
    for at, reason in tables.reports.held(story.id):
        yield Moment(at, "page", "Left to the morning brief", note=reason)
    if crossed_at:
        yield Moment(crossed_at, "viral", "Seen to be viral")
    for reply in replies:
        yield from _reply(tables, reply)
    for move in tables.moves.of(story.id):
        into = move.story_id == story.id
        other = move.other_id if into else move.story_id
        posts = f"{move.posts:,} post{'' if move.posts == 1 else 's'}"
        words = {
            ("merge", True): f"Story {other}, with {posts}, became part of this one",
            ("split", True): f"{posts} left for story {other}",
            ("split", False): f"{posts} of story {other} became this one",
        }.get((move.kind, into), f"Became part of story {other}")
        yield Moment(move.at, "alert", words, note=move.why)
    for gap in tables.sources.gaps(since, until):
        name = source_name(gap.source.partition(" ")[0])
        began, ended = max(gap.interval.start, since), min(gap.interval.end, until)
        minutes = round((ended - began).total_seconds() / 60)
        yield Moment(
            began, "blind", f"{name} could not be read for {max(minutes, 1):,} min", note=gap.interval.note
        )
    if alert is None and story.closed_at:
        yield Moment(story.closed_at, "end", "Closed: nobody wrote any more")


def together(found: Iterable[Moment]) -> list[Moment]:
    """In order of time; pages within a minute in one line."""
    lines: list[Moment] = []
    for each in sorted(found, key=lambda each: each.at):
        last = lines[-1] if lines else None
        pages = last is not None and each.kind == last.kind == "page" and not (each.note or last.note)
        if last and pages and each.at - last.at < MINUTE:
            lines[-1] = replace(last, words=f"{last.words}; {each.words}")
        else:
            lines.append(each)
    return lines


def _told(tables: Tables, story: Story, beginning: Beginning, platforms: Sequence[Place]) -> Iterator[Moment]:
    """How customers told it."""
    first = tables.reports.first(story.id)
    for place, platform in enumerate(platforms):
        name = source_name(platform.source)
        if place:
            yield Moment(platform.first, "platform", f"First post on {name}")
        elif first is not None and first.created_at == platform.first:
            yield Moment(first.created_at, "post", f"First post, on {name}", first.author.handle, first.text)
        else:
            yield Moment(platform.first, "post", f"First post, on {name}; it was erased since")
    if beginning.stored:
        yield Moment(beginning.stored, "seen", "Seen by snapwatch")
    loud = tables.reports.first_loud(story.id, LOUD)
    if loud is not None and loud.author.followers is not None and (first is None or loud.key != first.key):
        words = f"First account with {LOUD:,} followers or more: {loud.author.followers:,}"
        yield Moment(loud.created_at, "loud", words, loud.author.handle, loud.text)


def _event(event: Event) -> Moment:
    said = noted(event)
    who = event.person or "" if event.event in ("acknowledged", "snoozed", "resolved", "note") else ""
    return Moment(event.at, KINDS.get(event.event, "page"), happened(event), who, said)


def _reply(tables: Tables, reply: ReplyRow) -> Iterator[Moment]:
    for event in tables.replies.events(reply.id):
        if event.what == "posted":
            how = "privately" if reply.form == "private" else f"on {source_name(reply.source)}"
            words = f"Answered {how}: reply {reply.code}"
            yield Moment(event.at, "reply", words, ", ".join(reply.approvals), reply.text)
        elif event.what in _PROMISES:
            kind: MomentKind = "reply" if event.what in ("failed", "withdrawn") else "promise"
            words = _PROMISES[event.what].format(code=reply.code, note=one_line(event.note, 200))
            yield Moment(event.at, kind, words.rstrip(": "), event.who)
