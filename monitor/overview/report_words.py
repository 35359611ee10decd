"""Pure: the after-action report in sentences. They tell what happened and how long it took, of nobody that they failed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, tzinfo

from monitor.learning.said import IN_WORDS
from monitor.overview.report import Corrected, Held, Report, Said, Step, StepName
from monitor.wording.platforms import listed
from monitor.wording.text import one_line

STEPS: dict[StepName, str] = {
    "seen": "To see it",
    "paged": "To page",
    "taken": "To acknowledge",
    "answered": "To answer",
    "over": "To its end",
}
HELD: dict[Held, str] = {"kept": "kept", "late": "not kept", "open": "still runs", "none": ""}
UNSENT = {
    "draft": "a draft that nobody approved",
    "proposed": "waits for a second person",
    "approved": "approved, not posted yet",
    "posting": "being posted",
    "copied": "approved, and nobody has said yet that it was posted by hand",
    "failed": "could not be posted",
    "withdrawn": "withdrawn",
}
"""Of a reply that never went out."""


def length(span: timedelta) -> str:
    """A stretch of time: "under a minute", "7 min", "2 h 5 min", "3 days"."""
    minutes = round(span / timedelta(minutes=1))
    if minutes < 1:
        return "under a minute"
    if minutes < 120:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h {minutes % 60} min" if minutes % 60 else f"{minutes // 60} h"
    return f"{round(minutes / 1440):,} days"


def at(moment: datetime, zone: tzinfo) -> str:
    """ "Tue 24 November, 09:00"."""
    local = moment.astimezone(zone)
    return f"{local:%a} {local.day} {local:%B}, {local:%H:%M}"


def on(moment: datetime, zone: tzinfo) -> str:
    """ "Tue 24 November 2026, 09:00"."""
    local = moment.astimezone(zone)
    return f"{local:%a} {local.day} {local:%B %Y}, {local:%H:%M}"


def summary(report: Report, zone: tzinfo) -> tuple[str, ...]:
    """What happened, in a few sentences, with times of the zone."""
    return tuple(_summary(report, zone))


def _summary(report: Report, zone: tzinfo) -> Iterator[str]:
    posts = f"{report.posts:,} post{'' if report.posts == 1 else 's'}"
    if report.posts:
        where = f" on {listed([each.source for each in report.platforms])}" if report.platforms else ""
        about = f", most of them about {one_line(report.category, 40)}" if report.category else ""
        lasted = report.updated_at - report.opened_at
        over = f", within {length(lasted)}" if lasted >= timedelta(minutes=1) else ""
        yield f"{posts}{where}{about}, from {on(report.opened_at, zone)}{over}."
    else:
        yield f"It began on {on(report.opened_at, zone)}. All of its posts were erased, and their words with them."
    if report.erased:
        some = (
            f"{report.erased:,} of them"
            if report.erased < report.posts
            else "It"
            if report.posts == 1
            else "All of them"
        )
        were = "was" if report.erased == 1 else "were"
        yield f"{some} {were} erased since, and what was said there is nowhere any more."
    if report.curve and report.curve.points:
        top, name = report.curve.peak, report.curve.measure
        yield f"The post that spread furthest came to {top:,} {name}; {report.curve.viral_at:,} count as viral there."
    if report.arranged:
        yield f"It {one_line(report.arranged, 300)}."
    yield from _response(report)
    yield came(report)
    if report.open:
        yield "It goes on, and this report with it."


def _response(report: Report) -> Iterator[str]:
    paged, taken, answered = (report.step(name) for name in ("paged", "taken", "answered"))
    if report.alert is None:
        yield f"Nobody was paged: {one_line(report.why, 300)}." if report.why else "Nobody was paged."
    elif paged.ended is None:
        yield "No page went out."
    else:
        since = length(max(paged.ended - report.opened_at, timedelta(0)))
        yield f"The first page went out {since} after the first post."
    if taken.took is not None:
        yield f"It was acknowledged {length(taken.took)} later{_against(taken)}."
    elif report.alert is not None:
        yield "Nobody acknowledged it." if not report.open else "Nobody has acknowledged it yet."
    public = [each for each in report.said if not each.private]
    if answered.took is not None:
        first = "The first answer went" if len(report.said) > 1 else "The answer went"
        how = "" if public else ", privately,"
        start = "the page" if paged.ended else "it was seen"
        yield f"{first} out{how} {length(answered.took)} after {start}{_against(answered)}."
    elif report.open:
        yield "No customer has been answered from here yet."
    else:
        yield "No customer was answered from here."
    kept, broken = (sum(each.held == held for each in report.said) for held in ("kept", "late"))
    if kept or broken:
        yield (
            "What was promised in answers was kept."
            if not broken
            else (
                f"Of what was promised in answers, {broken:,} of {kept + broken:,} ran out before we wrote again."
            )
        )


def _against(step: Step) -> str:
    return {"kept": ", in time", "late": f"; the promise is {step.promised}"}.get(step.held, "")


def since(report: Report, name: StepName) -> str:
    """From when on a step is measured."""
    if name == "answered" and report.step("paged").ended is None:
        return "from when it was seen" if report.alert is None else "from when it was to page"
    return {
        "paged": "from when it was seen",
        "taken": "from the first page",
        "answered": "from the first page",
    }.get(name, "from the first post")


def came(report: Report) -> str:
    """What came of it, against what was foretold."""
    paged, crossed = report.step("paged").ended, report.crossed_at
    if crossed is not None and paged is not None:
        apart = length(abs(crossed - paged))
        if report.outcome == "early":
            return f"It went viral {apart} after the first page: that was the time there was to act."
        return f"It went viral {apart} before the first page: the page came too late to act before."
    if crossed is not None:
        return "It went viral, and nobody was paged."
    if report.outcome == "open":
        return "It has not gone viral so far."
    if report.curve is None or not report.curve.points:
        return "It is not known to have gone viral."
    ended = f"It did not go viral: {report.curve.peak:,} of {report.curve.viral_at:,} {report.curve.measure} at most."
    if report.alert is None:
        return ended
    return f"{ended} Whether that is because somebody acted, these figures can't say."


def corrected(each: Corrected) -> str:
    """What somebody said of a post, and what the model had said."""
    said = _label(each.head, each.label)
    if each.before is None:
        return f"{said}; what the model had said of that is not known"
    if each.wrong:
        return f"{said}, where the model had said {_label(each.head, each.before)}{_sure(each)}"
    return f"{said}, as the model had said{_sure(each)}"


def _label(head: str, label: str) -> str:
    if words := IN_WORDS.get((head, label)):
        return words
    return f"about {one_line(label, 60)}" if head == "category" else f"{head} {one_line(label, 60)}"


def _sure(each: Corrected) -> str:
    if each.sure is None or each.before is None:
        return ""
    return f" ({1 - each.sure if each.before == 'no' else each.sure:.0%} sure)"


def wrong(report: Report) -> str:
    """How often the model was corrected, in a sentence."""
    if not report.corrected:
        return "Nobody has labelled a post of this story, so it is not known what the model got wrong."
    known = [each for each in report.corrected if each.before is not None]
    if not known:
        return (
            "People labelled posts of this story; what the model had said of them was not written down then."
        )
    count = sum(each.wrong for each in known)
    labels = f"{len(known):,} label{'' if len(known) == 1 else 's'}"
    return f"Of {labels} that people gave, the model had said otherwise in {count:,}."


def approved(said: Said) -> str:
    """Whose words a reply was."""
    by = " and ".join(one_line(each, 60) for each in said.by)
    how = "as the playbook drafted it" if said.drafted else f"in the words of {one_line(said.editor, 60)}"
    return f"approved by {by}, {how}" if by else how


def curve(report: Report, zone: tzinfo) -> str:
    """The picture in words, for who can't see it."""
    drawn = report.curve
    if drawn is None or not drawn.points:
        return ""
    (began, low), (ended, high) = drawn.points[0], drawn.points[-1]
    words = [f"From {low:,} {drawn.measure} ({at(began, zone)}) to {high:,} ({at(ended, zone)})"]
    words += [
        f"{each.name} {at(each.at, zone)}{f' at {_spread(report, each.at):,}' if began <= each.at <= ended else ''}"
        for each in sorted(report.marks, key=lambda each: each.at)
    ]
    return "; ".join(words) + "."


def _spread(report: Report, moment: datetime) -> int:
    points = report.curve.points if report.curve else ()
    return max((count for at_, count in points if at_ <= moment), default=0)


def capital(words: str) -> str:
    return words[:1].upper() + words[1:]
