"""What a person does with an alert: acknowledge, snooze, resolve. The shell and the web page both come here.

Each answers in a sentence that says how the alert stands and who has it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from monitor.errors import InputError
from monitor.store import Alert, Store, Tables


def acknowledge(store: Store, code: str, person: str, now: datetime) -> str:
    """Take it: escalation stops. The first one has it; InputError when there is no such alert."""

    def work(tables: Tables) -> str:
        alert = find(tables, code)
        if alert.state == "resolved":
            return standing(alert)
        if alert.state == "acknowledged" and alert.holder:
            return standing(alert)
        with_it = _taken_with(tables, alert, person, now)
        tables.alerts.acknowledge(alert.id, person, now)
        return f"Alert {alert.id}{with_it} is yours, {person}. Nobody else will be paged about it."

    return store.write(work)


def snooze(store: Store, code: str, person: str, minutes: int, now: datetime) -> str:
    """Silence for so long; then the same person is paged again. InputError when that can't be done."""
    if not 1 <= minutes <= 24 * 60:
        raise InputError(f"{minutes} minutes is no time to snooze: choose 1 to {24 * 60}")

    def work(tables: Tables) -> str:
        alert = find(tables, code)
        if alert.state == "resolved":
            return standing(alert)
        until = now + timedelta(minutes=minutes)
        tables.alerts.snooze(alert.id, person, until, now)
        return f"Alert {alert.id} is silent until {until:%H:%M} UTC; {person} snoozed it."

    return store.write(work)


def resolve(store: Store, code: str, person: str, now: datetime) -> str:
    """It is over: no more pages; the next complaint of the kind opens a new story."""

    def work(tables: Tables) -> str:
        alert = find(tables, code)
        if alert.state == "resolved":
            return standing(alert)
        _taken_with(tables, alert, person, now)
        tables.alerts.resolve(alert.id, person, now)
        tables.stories.close(alert.story_id, now)
        return f"Alert {alert.id} is resolved by {person}. A new complaint of the kind opens a new story."

    return store.write(work)


def _taken_with(tables: Tables, alert: Alert, person: str, now: datetime) -> str:
    """Whoever takes a page takes the urgent alerts that were told in it; their numbers, in words."""
    told = tables.gathered.told_open(alert.id)
    for each in told:
        tables.alerts.acknowledge(each, person, now)
    return f" (with {', '.join(map(str, told))})" if told else ""


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


def standing(alert: Alert) -> str:
    """How an alert stands, in a sentence."""
    if alert.state == "resolved" and alert.resolved_at:
        return (
            f"Alert {alert.id} was resolved at {alert.resolved_at:%Y-%m-%d %H:%M} UTC; nothing is left to do."
        )
    if alert.state == "acknowledged" and alert.acknowledged_at:
        return f"{alert.holder} has alert {alert.id} since {alert.acknowledged_at:%Y-%m-%d %H:%M} UTC."
    if alert.state == "snoozed" and alert.snoozed_until:
        return f"Alert {alert.id} is silent until {alert.snoozed_until:%Y-%m-%d %H:%M} UTC."
    return f"Alert {alert.id} is open and nobody has it yet."
