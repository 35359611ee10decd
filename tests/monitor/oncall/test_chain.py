"""Who is paged at which step, how often, and who in place of nobody."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from monitor.oncall import chain
from monitor.oncall.sections import LayerSettings, OncallSettings, Person, RotationSettings, StepSettings
from tests.monitor.scripted import NOON

names = st.lists(st.text("abcdef", min_size=1), min_size=1, max_size=5, unique=True)


class Rota:
    """Rotations by name; whoever is no rotation is a person."""

    def __init__(self, **rotations: str | None) -> None:
        self._rotations = rotations

    def on_call(self, name: str, at: datetime) -> str | None:
        return self._rotations.get(name, name)


@given(names, st.integers(1, 4), st.none() | st.just("Boss"))
def test_everybody_is_paged_in_order_as_often_as_asked_and_the_fallback_last(
    order: list[str], repeat: int, fallback: str | None
) -> None:
    calls = OncallSettings(order=tuple(order), repeat=repeat, fallback=fallback)
    steps = [chain.step_at(calls, number) for number in range(len(order) * repeat + 2)]
    last = [] if fallback is None else [(fallback,)]
    assert [step.page for step in steps if step] == [*((name,) for name in order * repeat), *last]
    assert steps[-1] is None
    assert chain.step_at(calls, -1) is None


def test_a_step_has_its_own_wait_and_channels() -> None:
    one = StepSettings(page=("Sam", "night"), by=("call",), wait_minutes=3)
    calls = OncallSettings(steps=(one, StepSettings(page=("Kim",))), escalate_after_minutes=7)
    assert chain.steps(calls) == [
        chain.Step(("Sam", "night"), ("call",), timedelta(minutes=3)),
        chain.Step(("Kim",), (), timedelta(minutes=7)),
    ]


def test_each_person_is_paged_once_and_the_fallback_in_place_of_nobody() -> None:
    step = chain.Step(("day", "night", "Sam"), (), timedelta(0))
    assert chain.people_at(step, Rota(day="Sam", night="Kim"), "Boss", NOON) == (("Sam", "Kim"), ())
    assert chain.people_at(step, Rota(day=None, night="Kim"), "Boss", NOON) == (
        ("Boss", "Kim", "Sam"),
        ("day",),
    )
    assert chain.people_at(step, Rota(day=None, night=None), "Sam", NOON) == (("Sam",), ("day", "night"))


def test_who_is_paged_in_place_of_nobody() -> None:
    people = [Person(name=name) for name in ("Alex", "Kim", "Sam")]
    night = RotationSettings(name="night", layers=(LayerSettings(people=("Kim", "Sam")),))
    assert chain.fallback(OncallSettings(order=("night",), fallback="Sam"), [night], people) == "Sam"
    assert chain.fallback(OncallSettings(order=("Sam", "night")), [night], people) == "Sam"
    assert chain.fallback(OncallSettings(order=("night", "Alex")), [night], people) == "Kim"
