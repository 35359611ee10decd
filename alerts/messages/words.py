"""What every form of a page says in the same words: who has it, how it spreads, when, and how to acknowledge."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from monitor import blind
from monitor.model import SEVERITIES
from monitor.notice import Blind, Notice, Short, TopPost
from monitor.wording.languages import in_words
from monitor.wording.platforms import listed
from monitor.wording.text import one_line

OFFENSIVE = 0.5
"""The probability of offensive language from which an excerpt is announced as such."""

UNLIKELY = 0.2
"""The probability of going viral under which a page is about something else."""

PLAIN = Short()

NOTHING_TO_DO = "There is nothing for you to do."


@dataclass(frozen=True, slots=True)
class Next:
    """Who is paged if nobody acknowledges, and when it is known: somebody else, or the reader again."""

    person: str | None
    again: bool
    due: datetime | None


def after(notice: Notice) -> Next:
    # A page that waited (no network, a restart) can be sent after the time at which it was to escalate.
    due = notice.escalates_at if notice.escalates_at and notice.escalates_at > notice.at else None
    again = notice.next_person == notice.person or bool(due and not notice.next_person)
    return Next(None if again else notice.next_person, again, due)


def label(notice: Notice) -> str:
    """In one word or few what it is: "CRITICAL", "TEST", "SAM HAS IT"."""
    if notice.outcome:
        return one_line(became(notice.outcome)[0], 40).upper()
    return "TEST" if notice.test else notice.severity.upper()


def became(outcome: str) -> tuple[str, str]:
    """An outcome as its gist and the rest: ("Sam has it", "since 03:12 GMT"), ("over", "no new post for 24 hours")."""
    for parted in (
        r"(.+ has it) (since .+)",
        r"(.+ has it), and (.+)",
        r"(resolved by .+) (at .+)",
        r"(over)(?:: | )(.+)",
    ):
        if found := re.fullmatch(parted, outcome, re.DOTALL):
            return found[1], found[2]
    return outcome, ""


def worst_first(notices: Sequence[Notice]) -> list[Notice]:
    """What is to be done stands before what is not; of one severity, the older alert first."""
    return sorted(
        notices, key=lambda each: (bool(each.outcome), -SEVERITIES.index(each.severity), each.paged_at)
    )


def counted(notices: Sequence[Notice]) -> str:
    """ "4 stories: 2 critical, 2 warning", "3 stories: 1 critical, 2 with nothing to do"."""
    open_ones = [each.severity for each in notices if not each.outcome]
    kinds = [f"{open_ones.count(each)} {each}" for each in reversed(SEVERITIES) if each in open_ones]
    if len(open_ones) < len(notices):
        kinds.append(f"{len(notices) - len(open_ones)} with nothing to do")
    return f"{len(notices)} {'story' if len(notices) == 1 else 'stories'}: {', '.join(kinds)}"


def posts(notice: Notice) -> str:
    """ "61 posts on X and Reddit"."""
    count = f"{notice.mentions:,} post{'' if notice.mentions == 1 else 's'}"
    return f"{count} on {one_line(listed(notice.sources), 80)}" if notice.sources else count


def lead(notice: Notice) -> TopPost | None:
    """The first post whose spread is forecast, or else the first one."""
    return next((post for post in notice.top_posts if post.forecast), (*notice.top_posts, None)[0])


def is_its_spread(notice: Notice) -> bool:
    """Whether the page can tell its reason by how its first post spreads."""
    first = lead(notice)
    forecast = first.forecast if first else None
    return forecast is not None and (forecast.crossed or forecast.p_viral >= UNLIKELY)


def remarks(post: TopPost) -> list[str]:
    """What to know before reading an excerpt, or before believing what the classifier says of it."""
    found = []
    if not_measured(post):
        found.append(f"in {language(post)}, on which the classifier was not measured")
    if post.found and post.found.offensive is not None and post.found.offensive >= OFFENSIVE:
        found.append("offensive language")
    return found


def not_measured(post: TopPost) -> bool:
    return post.found is not None and post.found.measured is False


def language(post: TopPost) -> str:
    return in_words(post.found.language if post.found else None)


def unread(notice: Notice) -> Blind | None:
    """A source that tells of the story and is not read now."""
    for each in notice.blind:
        if each.until is None and not each.heard and each.lane.partition(" ")[0] in notice.sources:
            return each
    return None


def not_read(notice: Notice) -> str:
    """ "X search not read since 02:12", where that bears on the story."""
    found = unread(notice)
    at = blind.clock(zone(notice.time_zone), notice.at)
    return f"{found.lane} not read {f'since {at(found.since)}' if found.since else 'yet'}" if found else ""


def asks(notice: Notice) -> bool:
    """Whether there is something to acknowledge."""
    return bool(notice.code) and not notice.holder and not notice.outcome


def has_it(notice: Notice) -> str:
    """ "You have it", "Alex has it"; empty while nobody does who need not acknowledge."""
    return (
        "You have it"
        if notice.holder == notice.person
        else f"{notice.holder} has it"
        if notice.holder
        else ""
    )


def command(notice: Notice) -> str:
    return f"snapwatch ack {notice.code}{notice.option}"


def brief_command(notice: Notice) -> str:
    """Without where the configuration lies, which takes more room than there is."""
    return f"snapwatch ack {notice.code}"


def answers(notice: Notice) -> str:
    """What to answer, in few words: "12a ack, 12s snooze"; of a test page "t3a"."""
    return f"{notice.code}a" if notice.test else f"{notice.code}a ack, {notice.code}s snooze"


def relative(moment: datetime, now: datetime) -> str:
    """How long before or after `now`: "just now", "23 minutes ago", "in 2 hours"."""
    if abs(moment - now) < timedelta(seconds=45):
        return "just now" if moment <= now else "in a moment"
    words = lasting(abs(moment - now))
    return f"{words} ago" if moment < now else f"in {words}"


def lasting(duration: timedelta) -> str:
    """ "23 minutes", "2 hours", "3 days"."""
    seconds = duration // timedelta(seconds=1)
    if seconds < 90 * 60:
        count, unit = max(1, round(seconds / 60)), "minute"
    elif seconds < 36 * 3600:
        count, unit = round(seconds / 3600), "hour"
    else:
        count, unit = round(seconds / 86400), "day"
    return f"{count} {unit}" + ("" if count == 1 else "s")


def zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return UTC  # a page is sent all the same: the configuration check complains about the zone


def clock(moment: datetime, zone: tzinfo) -> str:
    local = moment.astimezone(zone)
    name = local.tzname() or ""
    return f"{local:%H:%M} " + (f"UTC{name}" if name[:1] in "+-" else name)


def at(now: datetime, zone: tzinfo) -> Callable[[datetime], str]:
    """A moment as it is told at `now`: "03:27 GMT (in 15 minutes)", with the day where it is another one."""

    def told(moment: datetime) -> str:
        same_day = moment.astimezone(zone).date() == now.astimezone(zone).date()
        day = "" if same_day else f"{moment.astimezone(zone):%a %d %b}, "
        return f"{day}{clock(moment, zone)} ({relative(moment, now)})"

    return told


def day(now: datetime, time_zone: str) -> Callable[[datetime], str]:
    """A moment as an SMS tells it: "03:12 GMT", "Sat 03:12 GMT"."""
    local = zone(time_zone)

    def told(moment: datetime) -> str:
        same_day = moment.astimezone(local).date() == now.astimezone(local).date()
        return ("" if same_day else f"{moment.astimezone(local):%a} ") + clock(moment, local)

    return told


def full(moment: datetime, zone: tzinfo) -> str:
    return f"{moment.astimezone(zone):%A %d %B %Y}, {clock(moment, zone)}"


def percent(probability: float) -> str:
    return "under 1%" if probability < 0.01 else "over 99%" if probability > 0.99 else f"{probability:.0%}"


def sentence(text: str) -> str:
    """With a capital in front and one full stop."""
    text = text.strip()
    return text[:1].upper() + text[1:] + ("" if not text or text[-1] in ".!?…" else ".")
