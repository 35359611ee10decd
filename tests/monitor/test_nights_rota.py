"""Whole nights in which the rota changes while an escalation goes on."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from tests.monitor.nights import EVENING, Make, Night, on_call, person

FRONT = {
    "name": "front",
    "time_zone": "Europe/London",
    "layers": [
        {"people": ["First", "Second"], "turn": "1 day", "hand_over": "03:00", "starts": "2026-10-24"}
    ],
}


def night_of(make: Make, begins: datetime, minutes: int) -> Night:
    calls = {"order": ["front"], "fallback": "Boss", "repeat": 6, "escalate_after_minutes": minutes}
    people = [person(name, "email") for name in ("First", "Second", "Third", "Boss")]
    return make(begins, *people, rotations=[FRONT], oncall=calls)


def test_the_hand_over_of_the_night_in_which_clocks_change(make_night: Make) -> None:
    """From 01:30 summer time, an hour comes twice: four hours later it is 04:30, and Second has had it since 03:00."""
    night = night_of(make_night, datetime(2026, 10, 25, 0, 30, tzinfo=UTC), minutes=60)
    night.complaint(60)
    for _ in range(4):
        night.pass_by(minutes=60)
    assert [(each.at, each.person) for each in night.heard] == [
        ("01:30", "First"),
        ("01:30", "First"),
        ("02:30", "First"),
        ("03:30", "Second"),
        ("04:30", "Second"),
    ]


def test_who_takes_it_is_paged_next_and_who_is_away_is_not(make_night: Make) -> None:
    night = night_of(
        make_night, EVENING, minutes=10
    )  # the turn of First, whose days are the even ones since the start
    night.complaint(60)
    assert night.pages() == [("23:00", "First")]
    now = night.clock.now()
    taken = ("front", "Third", now, now + timedelta(minutes=15))
    night.store.write(lambda tables: tables.rota.add([taken], "Third", now))
    night.until("23:10")
    away = (None, "First", now, now + timedelta(hours=9))
    night.store.write(lambda tables: tables.rota.add([away], "First", now))
    night.until("23:20")
    (back,) = night.store.write(lambda tables: tables.rota.undo(2, night.clock.now()))
    assert (back.person, back.rotation) == ("First", None)
    night.until("23:30")
    assert night.pages() == [("23:00", "First"), ("23:10", "Third"), ("23:20", "Second"), ("23:30", "First")]


def test_when_all_are_away_the_fallback_is_paged(make_night: Make) -> None:
    night = night_of(make_night, EVENING, minutes=10)
    now = night.clock.now()
    away = [(None, name, now, now + timedelta(hours=9)) for name in ("First", "Second")]
    night.store.write(lambda tables: tables.rota.add(away, "Boss", now))
    night.complaint(60)
    assert night.pages() == [("23:00", "Boss")]
    assert night.events("nobody on call") == [("23:00", None, "front")]


def test_who_is_on_call_by_the_end_is_paged_before_nobody_is_left(make_night: Make) -> None:
    """First, who was paged, has left: the steps have become fewer, and none of them is left to come."""
    night = make_night(EVENING, person("First"), person("Second"), oncall=on_call("First", "Second"))
    night.complaint(60)
    people = (night.parts.config.people[1],)
    oncall = night.parts.config.oncall.model_copy(update={"order": ("Second",)})
    fewer = night.parts.config.model_copy(update={"people": people, "oncall": oncall})
    night.parts = replace(night.parts, config=fewer)
    night.restart()
    night.until("23:40")
    assert night.pages() == [("23:00", "First"), ("23:10", "Second")]
    assert night.events("nobody left") == [("23:20", None, "")]
