"""Pure: who is paged at which step of an escalation, and how long a step waits for an answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from monitor.oncall.sections import OncallSettings, Person, RotationSettings


class OnCall(Protocol):
    """Whoever knows who is on call; `monitor.oncall.rota.Rota` does."""

    def on_call(self, name: str, at: datetime) -> str | None:
        """Who has that rotation then, or the person of that name; None: nobody has it."""
        ...


class Step(NamedTuple):
    """`page` names people and rotations, `by` the channels in place of each person's own methods, `wait` how long it has to
    be acknowledged before the next step."""

    page: tuple[str, ...]
    by: tuple[str, ...]
    wait: timedelta


class Paged(NamedTuple):
    """Who is paged at a step, once each; `vacant` are its rotations that nobody has."""

    people: tuple[str, ...]
    vacant: tuple[str, ...] = ()


def steps(calls: OncallSettings) -> list[Step]:
    """One round through the steps, as the configuration has them."""
    usual = timedelta(minutes=calls.escalate_after_minutes)
    if not calls.steps:
        return [Step((name,), (), usual) for name in calls.order]
    return [
        Step(each.page, each.by, timedelta(minutes=each.wait_minutes) if each.wait_minutes else usual)
        for each in calls.steps
    ]


def step_at(calls: OncallSettings, number: int) -> Step | None:
    """A step of the escalation, counted from 0: `repeat` rounds, then once the fallback, if one is named; None when nobody
    is left to page."""
    around = steps(calls)
    rounds = len(around) * calls.repeat
    if 0 <= number < rounds:
        return around[number % len(around)]
    if number == rounds and calls.fallback:
        return Step((calls.fallback,), (), timedelta(minutes=calls.escalate_after_minutes))
    return None


def fallback(calls: OncallSettings, rotations: Sequence[RotationSettings], people: Sequence[Person]) -> str:
    """Who is paged in place of nobody: whom the configuration names, else the first person of its first step."""
    if calls.fallback:
        return calls.fallback
    turns = {each.name: [name for layer in each.layers for name in layer.people] for each in rotations}
    named = [person for step in steps(calls) for name in step.page for person in turns.get(name, [name])]
    return next(iter(named), people[0].name)


def people_at(step: Step, rota: OnCall, instead: str, now: datetime) -> Paged:
    """Who is paged at a step; `instead` in place of whoever should have a rotation that is vacant."""
    found = {name: rota.on_call(name, now) for name in step.page}
    vacant = tuple(name for name, person in found.items() if person is None)
    return Paged(tuple(dict.fromkeys(person or instead for person in found.values())), vacant)
