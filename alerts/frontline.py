"""The front-line edition of the weekly digest, for team leaders and staff: what customers were told, word for word, what is
known, what may be offered, what to say if asked and what not, and who was praised.

Pure: the core gathers `FrontLineData`; nothing here asks for the time or reads the store. It is for colleagues: it says
what may be offered, which no customer is told in public.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from alerts.fitting import fitted
from alerts.languages import Language, Speech, speaking
from monitor.notice import Message
from monitor.reply import Internal
from monitor.wording.text import one_line, web_link

StoryState = Literal["open", "acknowledged", "snoozed", "resolved"]
Held = Literal["kept", "late", "open", "none"]

UNSAID = Internal()
SHOWN = 8
"""So many stories are told in full, fewer where they are long."""
OTHERS = 12
"""So many further ones are told in a line; of others, how many there are."""


@dataclass(frozen=True, slots=True)
class Told:
    """What customers read. `report_by`: when we promised to write again, None where nothing was promised; `held` what
    became of that. `text` is empty once the post that it answers was erased."""

    at: datetime
    text: str
    source: str
    by: str
    url: str | None = None
    report_by: datetime | None = None
    held: Held = "none"


@dataclass(frozen=True, slots=True)
class StoryTold:
    """What staff need about one story. `summary` is a sentence of one of its posts, or empty. `told` is what was said of it
    in public, the newest last, `say` the statement that is prepared for its situation, empty where there is none.
    `may_offer`, `owner` and `escalate` are for colleagues, as the playbook has them."""

    title: str
    state: StoryState
    since: datetime
    posts: int
    sources: tuple[str, ...]
    summary: str = ""
    over_at: datetime | None = None
    holder: str = ""
    told: tuple[Told, ...] = ()
    say: str = ""
    may_offer: Internal = UNSAID
    owner: Internal = UNSAID
    escalate: Internal = UNSAID

    @property
    def goes_on(self) -> bool:
        return self.state != "resolved"

    @property
    def promise(self) -> Told | None:
        """The newest answer that promises to write again and has not been followed yet."""
        return next((each for each in reversed(self.told) if each.held in ("open", "late")), None)


@dataclass(frozen=True, slots=True)
class Thanked:
    """A glad post; `names` are the colleagues that it names."""

    text: str
    handle: str
    source: str
    names: tuple[str, ...] = ()
    url: str | None = None


@dataclass(frozen=True, slots=True)
class FrontLineData:
    """One week, `start` to `end` (exclusive), in the readers' zone and language. `answers` counts those that everybody
    could read, `private` those that only their customer did. `knows_staff`: names were given by which customers may praise
    colleagues; `glad` counts glad posts, of which `praise` are some."""

    brand: str
    start: datetime
    end: datetime
    time_zone: str
    language: Language
    made_at: datetime
    stories: tuple[StoryTold, ...] = ()
    answers: int = 0
    private: int = 0
    praise: tuple[Thanked, ...] = ()
    glad: int = 0
    knows_staff: bool = False
    link: str | None = None


def render_frontline(data: FrontLineData) -> Message:
    """The edition as a mail: text and HTML, in which whatever strangers wrote is shown as text and nothing is loaded from
    elsewhere. Each week is a mail thread of its own."""
    speech = Speech(data.language, data.time_zone)
    zone = ZoneInfo(data.time_zone)
    first, last = (
        data.start.astimezone(zone).date(),
        (data.end - timedelta(seconds=1)).astimezone(zone).date(),
    )
    named_once = dict.fromkeys(name for each in data.praise for name in each.names)
    offers = any(story.may_offer for story in data.stories)
    context: dict[str, Any] = {
        "data": data,
        "headline": headline(data, speech),
        "preview": headline(data, speech),
        "period": speech.period(first, last),
        "status": lambda story: status(story, speech),
        "ask": lambda story: ask(story, data.made_at, speech),
        "offers": offers,
        "never": never(speech, offers=offers),
        "link": web_link(data.link),
        "words": lambda internal: internal.words,
        "named": tuple(named_once),
    }
    templates = speaking(speech)

    def written(name: str, shown: int) -> str:
        others = data.stories[shown:]
        listed = {
            "stories": data.stories[:shown],
            "others": others[:OTHERS],
            "more": max(len(others) - OTHERS, 0),
        }
        return str(templates.get_template(name).render(context | listed))

    html, shown = fitted(lambda shown: written("frontline.html.jinja", shown), range(SHOWN, -1, -1))
    brand = one_line(data.brand, 40)
    return Message(
        subject=speech._(
            "{brand}, {period}: what customers were told", brand=brand, period=speech.period(first, last)
        ),
        text=written("frontline.txt.jinja", shown),
        html=html,
        short=one_line(speech._("{brand}: {headline}", brand=brand, headline=context["headline"]), 160),
        thread=f"front-line-{first:%G-W%V}",
        at=data.made_at,
    )


def headline(data: FrontLineData, speech: Speech) -> str:
    """The week in a sentence or two."""
    open_ = sum(each.goes_on for each in data.stories)
    if not data.stories and not data.answers:
        return speech._("A quiet week: customers were told nothing in public, and no story goes on.")
    parts = []
    if data.answers:
        parts.append(
            speech.n_(
                "Customers were answered in public once.",
                "Customers were answered in public {count} times.",
                data.answers,
            )
        )
    else:
        parts.append(speech._("Customers were told nothing in public this week."))
    if open_:
        parts.append(speech.n_("One story goes on.", "{count} stories go on.", open_))
    elif data.stories:
        parts.append(speech._("No story goes on."))
    return " ".join(parts)


def status(story: StoryTold, speech: Speech) -> str:
    """What is known, in a few sentences."""
    return " ".join(_status(story, speech))


def _status(story: StoryTold, speech: Speech) -> Iterator[str]:
    where = speech.platforms(story.sources)
    since = speech.at(story.since)
    if story.posts:
        yield speech.n_(
            "One post on {where}, {since}.",
            "{count} posts on {where} since {since}.",
            story.posts,
            where=where,
            since=since,
        )
    else:
        yield speech._("Since {since}; its posts were erased.", since=since)
    if story.state == "resolved":
        if story.over_at:
            yield speech._("It has been over since {at}.", at=speech.at(story.over_at))
        else:
            yield speech._("It is over.")
    elif story.holder:
        yield speech._("It goes on; {who} has it.", who=one_line(story.holder, 60))
    else:
        yield speech._("It goes on, and nobody has taken it yet.")
    promise = story.promise
    if promise and promise.report_by:
        if promise.held == "late":
            yield speech._(
                "Customers were promised to hear from us by {at}, and have not yet.",
                at=speech.at(promise.report_by),
            )
        else:
            yield speech._("Customers hear from us by {at}.", at=speech.at(promise.report_by))


def ask(story: StoryTold, now: datetime, speech: Speech) -> str:
    """What to say when a customer asks, where something was told or nothing is prepared."""
    _ = speech._
    if not story.told:
        return _("Say that we know of it, write down who asks, and tell whoever is on call.")
    if not story.goes_on:
        return _("It is over. Say what customers were told, and promise nothing new.")
    newest = story.told[-1]
    if newest.report_by is None or newest.report_by > now:
        return _("Say the same, in the same words: the newest answer above.")
    return _(
        "Say the same, in the same words, but for its time, which has passed: ask whoever is on call for a new one."
    )


def never(speech: Speech, *, offers: bool) -> tuple[str, ...]:
    """What nobody should say, whatever the story. `offers`: something may be offered in one of them."""
    _ = speech._
    return (
        _("No cause that is not written above: half-knowledge becomes a promise."),
        _("No time but those written above."),
        _("Nothing of what may be offered where others listen or read: offer it to the customer alone.")
        if offers
        else _(
            "No offer before you have asked: what you may offer is written down for none of these stories."
        ),
        _("No “that is our policy”, no “sorry if”, no joke about a customer."),
        _("No blame: not of the customer, of a colleague, or of a supplier."),
        _("No name, number or address of a customer."),
    )
