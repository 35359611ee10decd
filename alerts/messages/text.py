"""A page as SMS: what happened in the few characters that there are, and at the end how to acknowledge, always whole.

The notices that these functions take are masked already; what is put into other letters here is masked once more.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from datetime import datetime

from alerts import sms
from alerts.messages.words import (
    PLAIN,
    answers,
    asks,
    became,
    brief_command,
    counted,
    day,
    has_it,
    is_its_spread,
    label,
    language,
    lasting,
    lead,
    not_measured,
    not_read,
    percent,
    sentence,
)
from monitor.notice import Alarm, Notice, Short
from monitor.oncall.sections import Person
from monitor.wording.masking import Mask, mask
from monitor.wording.text import web_link

READ = 5_000
"""Characters that are looked at: more than fit."""

GIST = 40
"""Characters of who has it: names are short."""

LINK = 72
"""Characters from which on a personal link would leave too little room to say what happened."""

DONE = " Nothing to do."

TITLE = 20
"""Characters under which a title in a bundle says nothing; rather fewer titles."""


def text_of(notice: Notice, short: Short = PLAIN, mask: Mask = mask) -> str:
    """Severity, title, what is new, why, and how to acknowledge, in at most `short.segments` segments."""
    write = writer(short, mask)
    if notice.outcome:
        gist, rest = became(notice.outcome)
        head = sms.shorten(write(gist[:1].upper() + gist[1:]), GIST, gsm=not short.unicode)
        return fitted(f"{head}: ", write(notice.title), write(sentence(rest)), [DONE], short)
    if notice.test:
        said = "This is a test, nothing is wrong"
        told = "Acknowledge it, to show that pages reach you" if notice.code else sentence(notice.reason)
        return fitted("TEST: ", said, write(told), _endings(notice, short), short)
    news = notice.changed or _further(notice)
    why = " ".join(sentence(part) for part in (news, not_read(notice), _why(notice), _held(notice)) if part)
    head = f"{'UPDATE ' if notice.changed else ''}{label(notice)}: "
    # Who gets an update knows the title.
    share = 3 if notice.changed else 2
    return fitted(head, write(notice.title), write(why), _endings(notice, short), short, share)


def bundle_text(notices: Sequence[Notice], short: Short = PLAIN, mask: Mask = mask) -> str:
    """How many stories there are, and as many titles as fit, in the order in which they are given."""
    write = writer(short, mask)
    titles = [(each.code, write(each.title)) for each in notices]
    tail = " Reply aa to take all." if short.answers else " Ack each: snapwatch ack CODE"
    if not any(map(asks, notices)):
        tail = DONE if all(each.outcome for each in notices) else ""

    def told(shown: int, width: int) -> str:
        left = len(titles) - shown
        gsm = sms.is_gsm("".join(title for _, title in titles[:shown]))
        lines = [f"{code} {_ended(sms.shorten(title, width, gsm=gsm))}" for code, title in titles[:shown]]
        return " ".join([f"{counted(notices)}.", *lines, *([f"+{left} more."] if left else [])]) + tail

    widths = range(TITLE, sms.room(short.segments, gsm=True))
    for shown in range(min(len(titles), len(widths) // TITLE), 0, -1):
        if _fits(told(shown, TITLE), short):
            too_wide = bisect_left(widths, True, key=lambda width: not _fits(told(shown, width), short))
            return told(shown, widths[too_wide - 1])
    return told(0, 0)


def alarm_text(alarm: Alarm, person: Person, at: datetime, short: Short = PLAIN, mask: Mask = mask) -> str:
    """What is wrong, since when, what to do; or that it is over."""
    write, told = writer(short, mask), day(at, person.time_zone)
    if alarm.over_at:
        lasted = f"it lasted {lasting(alarm.over_at - alarm.since)}, until {told(alarm.over_at)}"
        return fitted("OVER: ", write(alarm.what), sentence(lasted), [DONE], short)
    tail = f" Since {told(alarm.since)}."
    return fitted("ALARM: ", write(alarm.what), write(sentence(alarm.words)), [tail], short)


def writer(short: Short, mask: Mask) -> Callable[[str], str]:
    letters = sms.to_letters if short.unicode else sms.to_gsm

    def write(text: str) -> str:
        # Masked again: in Latin letters, what was written in others may be a number.
        written = sms.without_links(mask(letters(text[:READ])))
        return written if any(map(str.isalnum, written)) else ""

    return write


def fitted(head: str, title: str, why: str, tails: Sequence[str], short: Short, share: int = 2) -> str:
    """All of it with the first tail beside which nothing has to be cut; else, with the last one, title and reason cut: the
    title to one part in `share` of the room, or what the reason leaves."""
    for tail in tails:
        whole = _told(head, title, why, tail)
        if _fits(whole, short):
            return whole
    gsm = sms.is_gsm(head + title + why + tails[-1])
    room = sms.room(short.segments, gsm=gsm) - sms.size(_told(head, "", "", tails[-1]), gsm=gsm)
    while True:
        cut = sms.shorten(title, max(room // share, room - sms.size(why, gsm=gsm) - 3), gsm=gsm)
        rest = sms.shorten(why, room - sms.size(cut, gsm=gsm) - 3, gsm=gsm)
        told = _told(head, cut, rest, tails[-1])
        if _fits(told, short) or room < 0:
            return told
        room -= 1  # what is not split between two parts leaves a gap before them


def _fits(text: str, short: Short) -> bool:
    return len(sms.parts(text)) <= short.segments


def _told(head: str, title: str, why: str, tail: str) -> str:
    return f"{head}{' '.join(_ended(part) for part in (title, why) if part)}{tail}"


def _ended(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _further(notice: Notice) -> str:
    """How many other urgent stories the page tells; an update names them."""
    count = len(notice.further)
    return f"with {count} more urgent {'story' if count == 1 else 'stories'}" if count else ""


def _held(notice: Notice) -> str:
    return f"waited: {notice.held}" if notice.held else ""


def _why(notice: Notice) -> str:
    """Why, in few characters: in figures, or the reason where no post has a forecast."""
    first = lead(notice)
    unread = f"in {language(first)} (read it), " if first and not_measured(first) else ""
    forecast = first.forecast if first else None
    if forecast is None:
        return unread + notice.reason
    posts = f"{notice.mentions:,} post{'' if notice.mentions == 1 else 's'}"
    if not is_its_spread(notice):
        # Not its spread woke anybody: what did stands first in the reason.
        return f"{unread}{notice.reason.partition('; ')[0]}, {posts} in all"
    chance = "viral" if forecast.crossed else f"{percent(forecast.p_viral)} likely viral"
    return f"spread {forecast.count:,} of {forecast.viral_at:,}, {chance}, {unread}{posts}"


def _endings(notice: Notice, short: Short) -> list[str]:
    """How to acknowledge, the longest way of saying it first. Where no answer reaches us, the link has its room always."""
    if not asks(notice):
        return [f" {_ended(sms.shorten(sms.to_gsm(has_it(notice)), GIST))}" if notice.holder else ""]
    link = web_link(notice.link)
    if short.answers:
        reply = f" Reply {answers(notice)}"
        return [f"{reply} {link}", reply] if link else [reply]
    run = f" Ack: {notice.code} ({brief_command(notice)})"
    if not link or len(link) > LINK:
        return [run]
    linked = f" Ack: {notice.code} {link}"
    return [linked, run] if short.unicode else [linked]
