"""What somebody answered to a page, by SMS, mail or a button, becomes what `respond` does; they are told how it stands.

Whoever is in the configuration may answer any alert, by the contact that pages reach them at: a phone number, a mail
address, an account. A stranger gets no word. `replies` says what can be answered.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import structlog
from anyascii import anyascii

from monitor.answering import replies
from monitor.answering.replies import ALL, Order
from monitor.config import Config
from monitor.errors import InputError
from monitor.paging import respond
from monitor.paging.silences import moment
from monitor.ports import Said
from monitor.store import Alert, Store
from monitor.wording.masking import masker
from monitor.wording.text import one_line
from monitor.wording.timetable import next_clock

SHORT, LONG = 160, 1_000
"""Septets of an SMS that an answer has at most; and characters of one that has room."""

SNOOZE = timedelta(minutes=30)
"""How long it is silent when nobody says how long."""

REMEMBERED = timedelta(days=1)
"""An answer that names no alert means the one that its author was told of in this time."""

ANSWERS_PER_HOUR, STRANGE_PER_HOUR = 60, 5
"""Of one person. Of more answers nothing is done: a thief of a phone number can't try on without end. To more that can't be
understood nothing is said: a mail program that answers by itself is not answered for ever."""

log = structlog.get_logger()


def heard(
    store: Store, config: Config, channel: str, said: Said, now: datetime, longest: int = SHORT
) -> str | None:
    """Do what somebody said by a channel and say how it stands; None, which is no word to them, when the channel reaches
    nobody at that address, and beyond the limits."""
    person = whose(config, channel, said.address)
    if person is None:
        log.warning("an answer of nobody whom this channel reaches is left alone", channel=channel)
        return None
    understood = bool(replies.read(said.text))
    often = store.write(lambda tables: tables.heard.add(person, now, understood=understood))
    if often.answers > ANSWERS_PER_HOUR or (not understood and often.strange > STRANGE_PER_HOUR):
        log.warning("too many answers in an hour: left alone", person=person, channel=channel)
        return None
    return answer(store, config, person, said.text, now, longest)


def whose(config: Config, channel: str, address: str) -> str | None:
    """The first person whom the channel reaches at that address; else the first whom one of the same type does: whoever
    presses a button in a room of Slack is known by their own account."""
    kind = {name: settings.type for name, settings in config.channels.items()}
    alike = [name for name in kind if name != channel and kind[name] == kind.get(channel)]
    for name in (channel, *alike):
        for person in config.people:
            if address and person.contacts.get(name, "").casefold() == address.casefold():
                return person.name
    return None


def answer(store: Store, config: Config, person: str, text: str, now: datetime, longest: int = SHORT) -> str:
    """Do what the text says, in that person's name, and say how the alerts stand and who has them, within `longest`."""
    desk = _Desk(store, config, person, now, longest)
    orders = replies.read(text)
    if not orders:
        return desk.fitted("Not understood, nothing was done.", *desk.waiting())
    done = [each for order in orders for each in desk.do(order)]
    if len(done) == 1:
        return desk.fitted(done[0].words, *done[0].more)
    said = " ".join(each.words for each in done)
    return said if septets(said) <= longest else desk.fitted("; ".join(each.brief for each in done))


@dataclass(frozen=True, slots=True)
class _Done:
    """What came of one order: in a sentence, with what can be said beside it if there is room; and in a few words."""

    words: str
    brief: str
    more: tuple[str, ...] = ()


class _Desk:
    """Works for one person on one message."""

    def __init__(self, store: Store, config: Config, person: str, now: datetime, longest: int) -> None:
        self._store = store
        self._person = person
        self._now = now
        self._longest = longest
        self._mask = masker(config.privacy.patterns)
        self._zone = ZoneInfo(next((each.time_zone for each in config.people if each.name == person), "UTC"))
        self._at = partial(moment, zone=self._zone, now=now)

    # --- what is done -----------------------------------------------------------------------------------------

    def do(self, order: Order) -> Iterator[_Done]:
        if order.code == ALL:
            yield from self._all()
        elif order.code:
            yield self._one(order, order.code)
        elif order.act == "status":
            yield _Done("", "", self.waiting())
        else:
            meant = self._meant()
            yield self._one(order, meant) if meant else _Done("Which one?", "which one?", self.waiting())

    def _one(self, order: Order, code: str) -> _Done:
        try:
            words = self._respond(order, code)
            if code.startswith("t"):
                return _Done(words, words)
            alert = respond.find(self._store.read, code)
        except InputError as error:
            return _Done(_sentence(str(error)), f"{code}: no such alert")
        return _Done(words, f"{code} {self._state(alert)}", (self._title(alert), _next(alert, self._person)))

    def _respond(self, order: Order, code: str) -> str:
        store, person, now = self._store, self._person, self._now
        if code.startswith("t") and order.act != "acknowledge":
            return f"{code} is a test page: {code}a says that it has arrived."
        match order.act:
            case "acknowledge":
                return respond.acknowledge(store, code, person, now, self._at)
            case "give back":
                return respond.unacknowledge(store, code, person, now, self._at)
            case "snooze":
                return respond.snooze(store, code, person, self._until(order), now, self._at)
            case "resolve":
                return respond.resolve(store, code, person, now, self._at)
            case "note" if order.text:
                return respond.note(store, code, person, order.text, now, self._at)
            case "note":
                return f"The note is empty: write {code}n and your words."
            case "status":
                return respond.standing(respond.find(store.read, code), self._at)

    def _until(self, order: Order) -> datetime:
        if order.until is not None:
            return next_clock(self._now, order.until, self._zone)
        return self._now + (SNOOZE if order.minutes is None else timedelta(minutes=order.minutes))

    def _all(self) -> Iterator[_Done]:
        """Take what is open and was told to the person, test pages as well."""
        read = self._store.read
        codes = [
            str(alert.id) for alert in read.alerts.active() if alert.state == "open" and self._was_told(alert)
        ]
        codes += self._drills()
        for code in codes:
            yield self._one(Order("acknowledge", code), code)
        if not codes:
            yield _Done("Nothing is open that you were told of.", "nothing to take", self.waiting())

    def _was_told(self, alert: Alert) -> bool:
        return any(person == self._person for person, _ in self._store.read.outbox.told(alert.id))

    def _drills(self) -> list[str]:
        mine = (each for each in self._store.read.drills.last() if each.person == self._person)
        return [each.code for each in mine if each.acknowledged_at is None]

    def _meant(self) -> str | None:
        """What an answer without a number is about: the one thing that the person was told of lately."""
        read = self._store.read
        told = map(read.alerts.get, read.heard.told(self._person, self._now - REMEMBERED))
        codes = {str(alert.id) for alert in told if alert} | set(self._drills())
        return codes.pop() if len(codes) == 1 else None

    # --- what is said -----------------------------------------------------------------------------------------

    def fitted(self, *parts: str) -> str:
        """As many of the parts, from the first on, as there is room for; one in quotation marks may be cut."""
        said = ""
        for part in filter(None, parts):
            room = self._longest - septets(said) - bool(said)
            if septets(part) > room:
                part = f'{cut(part[:-1], room - 1)}"' if part.startswith('"') and room > 20 else ""
            if not part and not said:
                part = cut(parts[0], room)
            said = f"{said} {part}".strip()
        return said

    def waiting(self) -> tuple[str, ...]:
        """What is not over, and how to answer."""
        alerts = self._store.read.alerts.active()
        if not alerts:
            return ("Nothing is open.",)
        alerts.sort(key=lambda alert: (alert.state != "open", -alert.id))
        first = alerts[0]
        how = f"{first.id}a takes {first.id}, {first.id}s snoozes, {first.id}r: it is over."
        if self._longest <= SHORT:
            some = "; ".join(f"{alert.id} {self._state(alert)}" for alert in alerts[:4])
            more = f"; {len(alerts) - 4} more" if len(alerts) > 4 else ""
            return (f"{some}{more}.", how, self._title(first) if len(alerts) == 1 else "")
        lines = (f"{alert.id}: {self._state(alert)}, {self._title(alert)}.\n" for alert in alerts)
        return (*lines, how)

    def _state(self, alert: Alert) -> str:
        if alert.state == "resolved":
            return "is over"
        if alert.state == "snoozed" and alert.snoozed_until:
            return f"silent until {self._at(alert.snoozed_until)}"
        if alert.state == "acknowledged" and alert.holder:
            return "is yours" if alert.holder == self._person else f"{one_line(alert.holder, 24)} has it"
        return "nobody has it"

    def _title(self, alert: Alert) -> str:
        story = self._store.read.stories.get(alert.story_id)
        title = self._mask(one_line(story.title, 120)).replace('"', "'") if story else ""
        return f'"{title}"' if title else ""


def _next(alert: Alert, person: str) -> str:
    """What can be answered to that."""
    if alert.state == "resolved":
        return ""
    if alert.holder == person and alert.state == "acknowledged":
        return f"{alert.id}r: over, {alert.id}u: give it back."
    return f"{alert.id}a takes it." if alert.state != "acknowledged" else ""


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}".rstrip(".") + "."


def septets(text: str) -> int:
    """How many septets of an SMS the text has at most, once other scripts are written in Latin letters."""
    return sum(
        2 if char in "^{}\\[~]|" else 1 if char.isascii() else max(1, len(anyascii(char)) + 1)
        for char in text
    )


def cut(text: str, room: int) -> str:
    """The text within so many septets; "..." shows the cut."""
    if septets(text) <= room:
        return text
    while text and septets(text) > room - 3:
        text = text[:-1]
    return f"{text.rstrip()}..." if room > 3 else ""
