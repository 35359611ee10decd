"""What a person does with an alert: acknowledge it, give it back, snooze, resolve, hand it to somebody, note something. The
shell, the web page and what answers a message all come here.

Each is one transaction, so that it is right whether an escalation comes just before it or just after, and answers in a
sentence that says how the alert stands and who has it; `at` writes a moment as the reader's clock shows it. What has to
page does so by rows that the daemon finds.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from monitor.errors import InputError
from monitor.store import Alert, Contact, Drill, Kind, Store, Tables
from monitor.wording.text import one_line

LONGEST_SNOOZE = timedelta(hours=24)
NOTE_LONGEST = 500

At = Callable[[datetime], str]


def in_utc(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def acknowledge(store: Store, code: str, person: str, now: datetime, at: At = in_utc) -> str:
    """Take it: escalation stops, and the others hear who has it. The first one has it, until they leave unanswered that it
    got graver. Also of a test page ("t3"). InputError when there is no such alert."""

    def work(tables: Tables) -> str:
        test = drill(tables, code)
        if test is not None:
            return _acknowledge_drill(tables, test, person, now)
        alert = find(tables, code)
        if alert.state == "resolved":
            return standing(alert, at)
        taken = alert.state == "acknowledged" and alert.holder is not None
        if taken and alert.step_due_at is None:
            return standing(alert, at)
        with_it = _taken_with(tables, alert, person, now)
        tables.alerts.acknowledge(alert.id, person, now)
        if taken and alert.holder == person:
            return f"Alert {alert.id}{with_it} is still yours, {person}, with what is new."
        tell_others(tables, alert, "taken", person, now)
        return f"Alert {alert.id}{with_it} is yours, {person}. Nobody else will be paged about it."

    return store.write(work)


def unacknowledge(store: Store, code: str, person: str, now: datetime, at: At = in_utc) -> str:
    """Give it back: nobody has it, and the escalation starts anew with its first step. InputError when there is no such
    alert."""

    def work(tables: Tables) -> str:
        alert = find(tables, code)
        if alert.state not in ("acknowledged", "snoozed"):
            return standing(alert, at)
        why = f"{person} gave it back" if alert.holder == person else f"{person} had it page again"
        _give_back(tables, alert, person, why, now)
        tables.alerts.reopen(alert.id, -1, now, why, now, person=person)
        return f"Alert {alert.id} is open again: nobody has it, and it pages from the first step on."

    return store.write(work)


def snooze(store: Store, code: str, person: str, until: datetime, now: datetime, at: At = in_utc) -> str:
    """Silence until then, at most LONGEST_SNOOZE; then the same person is paged again. InputError when that can't be
    done."""
    if not now < until <= now + LONGEST_SNOOZE:
        raise InputError(f"{at(until)} is no time to snooze until: choose one in the next 24 hours")

    def work(tables: Tables) -> str:
        alert = find(tables, code)
        if alert.state == "resolved":
            return standing(alert, at)
        tables.alerts.snooze(alert.id, person, until, now)
        tell_others(tables, alert, "taken", person, now)
        return f"Alert {alert.id} is silent until {at(until)}; {person} snoozed it."

    return store.write(work)


def resolve(store: Store, code: str, person: str, now: datetime, at: At = in_utc) -> str:
    """It is over: no more pages, and the others hear so; the next complaint of the kind opens a new story."""

    def work(tables: Tables) -> str:
        alert = find(tables, code)
        if alert.state == "resolved":
            return standing(alert, at)
        _taken_with(tables, alert, person, now)
        tables.alerts.resolve(alert.id, person, now)
        tables.stories.close(alert.story_id, now)
        tell_others(tables, alert, "over", person, now)
        return f"Alert {alert.id} is resolved by {person}. A new complaint of the kind opens a new story."

    return store.write(work)


def reassign(store: Store, code: str, person: str, to: str, now: datetime, at: At = in_utc) -> str:
    """Give it to somebody else, who is paged now and has to acknowledge it; if not, the escalation goes on. `to` is
    somebody in the configuration; whoever gives it to themselves takes it over. InputError when there is no such alert."""

    def work(tables: Tables) -> str:
        alert = find(tables, code)
        if alert.state == "resolved" or (alert.state == "acknowledged" and alert.holder == to):
            return standing(alert, at)
        tables.gathered.leave(alert.id)
        if person == to:
            return _take_over(tables, alert, person, now)
        why = f"{person} gave it to {to}"
        tables.alerts.reopen(alert.id, alert.step, now, why, now, person=person, assigned=to)
        return f"Alert {alert.id} goes to {to}, who is paged now and has to acknowledge it; nobody has it until then."

    return store.write(work)


def _take_over(tables: Tables, alert: Alert, person: str, now: datetime) -> str:
    """In a new revision, so that whoever had it hears of it."""
    tables.alerts.reopen(alert.id, alert.step, None, f"{person} took it over", now, person=person)
    tables.alerts.acknowledge(alert.id, person, now)
    tell_others(tables, find(tables, str(alert.id)), "taken", person, now)
    return f"Alert {alert.id} is yours, {person}. Nobody else will be paged about it."


def note(store: Store, code: str, person: str, text: str, now: datetime, at: At = in_utc) -> str:
    """Add a note to what happened to it. InputError when there is no such alert, or nothing is said."""
    words = one_line(text, NOTE_LONGEST)
    if not words:
        raise InputError("the note is empty; write what there is to know")

    def work(tables: Tables) -> str:
        alert = find(tables, code)
        tables.alerts.log(alert.id, now, "note", person, words)
        return f"Noted. {standing(alert, at)}"

    return store.write(work)


def tell_others(tables: Tables, alert: Alert, kind: Kind, but: str | None, now: datetime) -> None:
    """Queue for everybody else who was told of an alert that somebody has it, or that it is over: by the channels that told
    them. Of one that stands in another's page, that one's told it."""
    told = tables.outbox.told(alert.id) or tables.outbox.told(alert.gathered_into or 0)
    contacts = [Contact(person, channel, now) for person, channel in told if person != but]
    tables.outbox.enqueue(
        contacts, alert_id=alert.id, kind=kind, revision=alert.revision, step=max(alert.step, 0)
    )


def _taken_with(tables: Tables, alert: Alert, person: str, now: datetime) -> str:
    """Whoever takes a page takes the urgent alerts that were told in it; their numbers, in words."""
    told = tables.gathered.told_open(alert.id)
    for each in told:
        tables.alerts.acknowledge(each, person, now)
    return f" (with {', '.join(map(str, told))})" if told else ""


def _give_back(tables: Tables, alert: Alert, person: str, why: str, now: datetime) -> None:
    """What stood in a page goes back with it; what stands in another's page pages by itself from now on."""
    tables.gathered.leave(alert.id)
    for each in tables.gathered.give_back(alert.id, alert.holder or ""):
        tables.alerts.log(each, now, "reopened", person, why)


def drill(tables: Tables, code: str) -> Drill | None:
    """The test page that a code names ("t3"); None for any other code."""
    digits = code.strip().lower().removeprefix("t")
    is_drill = digits != code.strip().lower() and digits.isascii() and digits.isdigit() and len(digits) < 12
    return tables.drills.get(int(digits)) if is_drill else None


def _acknowledge_drill(tables: Tables, test: Drill, person: str, now: datetime) -> str:
    """Only whoever it was sent to can say that it arrived."""
    if person != test.person:
        return f"Test page {test.code} is {test.person}'s: it tells whether pages reach them."
    tables.drills.acknowledge(test.id, now)
    return f"Test page {test.code} has arrived. Nothing else is to be done, {person}."


def find(tables: Tables, code: str) -> Alert:
    """The alert that a code from a page names. InputError tells which alerts there are."""
    digits = code.strip().lstrip("#")
    alert = (
        tables.alerts.get(int(digits)) if digits.isascii() and digits.isdigit() and len(digits) < 12 else None
    )
    if alert is None:
        active = ", ".join(str(each.id) for each in tables.alerts.active())
        raise InputError(
            f"there is no alert {code[:20]!r}; "
            + (f"waiting now: {active}" if active else "none is waiting now")
        )
    return alert


def standing(alert: Alert, at: At = in_utc) -> str:
    """How an alert stands, in a sentence."""
    if alert.state == "resolved" and alert.resolved_at:
        return f"Alert {alert.id} was resolved at {at(alert.resolved_at)}; nothing is left to do."
    if alert.state == "acknowledged" and alert.held_since:
        return f"{alert.holder} has alert {alert.id} since {at(alert.held_since)}."
    if alert.state == "snoozed" and alert.snoozed_until:
        return f"{alert.holder} has alert {alert.id}, silent until {at(alert.snoozed_until)}."
    if alert.assigned:
        return f"Alert {alert.id} is open; {alert.assigned} is being paged about it."
    return f"Alert {alert.id} is open and nobody has it yet."
