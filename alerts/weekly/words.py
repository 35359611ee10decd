"""Pure: the digest's single words and short phrases: severities, states, categories, what became of a gap, a curve told."""

from __future__ import annotations

from collections.abc import Iterable

from alerts.languages import Speech
from alerts.weekly.figures import Gap, StoryLine, WeekFigures
from monitor.wording.platforms import source_name
from monitor.wording.text import one_line

NOT_YET = "not watched yet"
"""Why nothing is known of a time before a source was watched."""


def category(speech: Speech, name: str) -> str:
    """What complaints are about; one's own categories as they are called."""
    _ = speech._
    return {
        "delivery": _("delivery"),
        "billing": _("billing"),
        "defect": _("defects"),
        "outage": _("outages"),
        "service": _("service"),
        "safety": _("safety"),
        "privacy": _("privacy"),
        "legal": _("legal matters"),
        "cancellation": _("cancellations"),
        "other": _("something else"),
        "": _("not said"),
    }.get(name) or one_line(name, 40)


def label(speech: Speech, story: StoryLine) -> str:
    """How grave a story was, in one word."""
    _ = speech._
    if story.viral:
        return _("viral")
    return {"critical": _("critical"), "warning": _("warning"), "info": _("note")}[story.severity]


def state(speech: Speech, story: StoryLine) -> str:
    _ = speech._
    return {
        "open": _("open"),
        "acknowledged": _("in hand"),
        "snoozed": _("snoozed"),
        "resolved": _("resolved"),
    }[story.state]


def fate(speech: Speech, gap: Gap) -> str:
    """What becomes of a gap; nothing where that is plain."""
    _ = speech._
    return {
        "": "",
        "not read yet": _("not read yet"),
        "will be tried again": _("will be tried again"),
        "lost": _("lost"),
        "read later": _("read later"),
    }[gap.fate]


def why(speech: Speech, gap: Gap) -> str:
    """As the platform or the daemon said it, in its words."""
    return speech._("not watched yet") if gap.why == NOT_YET else one_line(gap.why, 160)


def place(speech: Speech, gap: Gap) -> str:
    """ "X", "X (search)", "X (mentions and search)"."""
    lanes = speech.listed([one_line(lane, 40) for lane in gap.lanes])
    return f"{source_name(gap.source)} ({lanes})" if lanes else source_name(gap.source)


def together(speech: Speech, gaps: Iterable[Gap]) -> list[tuple[str, str]]:
    """Where each was, and when, why and what becomes of it: those of the same in one line, first those that still are
    gaps."""
    places: dict[tuple[object, ...], list[Gap]] = {}
    for gap in sorted(gaps, key=lambda gap: gap.filled):
        places.setdefault((gap.start, gap.end, gap.why, gap.fate), []).append(gap)
    return [
        (speech.listed([place(speech, each) for each in found]), _told(speech, found[0]))
        for found in places.values()
    ]


def _told(speech: Speech, gap: Gap) -> str:
    told = speech.stretch(gap.start, gap.end)
    if gap.why:
        told = speech._("{said}: {more}", said=told, more=why(speech, gap))
    return speech._("{said}; {more}", said=told, more=fate(speech, gap)) if gap.fate else told


def hours(speech: Speech, value: float) -> str:
    """ "under an hour", "1 hour", "14 hours"."""
    whole = round(value)
    return speech._("under an hour") if whole < 1 else speech.n_("{count} hour", "{count} hours", whole)


def stories(speech: Speech, week: WeekFigures) -> str:
    """How many stories, and how many of them went viral."""
    _, n_ = speech._, speech.n_
    if not week.mentions:
        return _("no mentions")
    if not week.stories and not week.viral:
        return _("no new story")
    opened = (
        n_("{count} new story", "{count} new stories", week.stories) if week.stories else _("no new story")
    )
    viral = n_("{count} went viral", "{count} went viral", week.viral) if week.viral else _("none went viral")
    return f"{opened}, {viral}"


def handled(speech: Speech, story: StoryLine) -> str:
    """Who did what about a story that paged somebody or went viral, and how early."""
    _ = speech._
    if story.paged_at is None:
        return _("It went viral, and nobody was paged.")
    words = [_("Paged {time} after the first post.", time=speech.between(story.opened_at, story.paged_at))]
    if story.acknowledged_at is None:
        words.append(_("Nobody acknowledged."))
    else:
        time = speech.between(story.paged_at, story.acknowledged_at)
        if story.acknowledged_by:
            words.append(
                _("{who} acknowledged {time} later.", who=one_line(story.acknowledged_by, 60), time=time)
            )
        else:
            words.append(_("Acknowledged {time} later.", time=time))
    if story.replied_at is not None:
        words.append(
            _(
                "Customers were answered {time} after the page.",
                time=speech.between(story.paged_at, story.replied_at),
            )
        )
    if story.crossed_at is not None:
        time = speech.between(story.paged_at, story.crossed_at)
        if story.crossed_at >= story.paged_at:
            words.append(_("It went viral {time} after the page.", time=time))
        else:
            words.append(_("It went viral {time} before the page.", time=time))
    return " ".join(words)


def arranged(speech: Speech, story: StoryLine) -> str:
    """That its posts may have been arranged, in a sentence; in numbers where the watch's own language is spoken."""
    if not story.arranged:
        return ""
    if speech.language == "en":
        return f"{story.arranged[:1].upper()}{story.arranged[1:]}."
    return speech._("Its posts may have been arranged.")


def curve(speech: Speech, story: StoryLine) -> str:
    """What the picture of a story shows, for who can't see it."""
    (begin, low), (finish, high) = story.curve[0], story.curve[-1]
    values = {"low": low, "high": high, "begin": speech.at(begin), "finish": speech.at(finish)}
    if story.crossed_at is None:
        return speech._("Spread from {low} ({begin}) to {high} ({finish})", **values)
    viral = speech.at(story.crossed_at)
    return speech._(
        "Spread from {low} ({begin}) to {high} ({finish}); viral from {viral}", viral=viral, **values
    )
