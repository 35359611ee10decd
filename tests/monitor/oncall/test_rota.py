"""Who is on call, over overrides, swaps, absence and calendars."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.oncall.rota import Change, Changes, Rota, Shift
from monitor.oncall.sections import RotationSettings

HOUR = timedelta(hours=1)
DAY = 24 * HOUR
MONDAY = datetime(2026, 1, 5, 9, tzinfo=UTC)
"""The first turn of the first person begins."""
PEOPLE = ("Ann", "Ben", "Cid")


def rotation(*layers: dict[str, Any], name: str = "front", zone: str = "UTC") -> RotationSettings:
    return RotationSettings.model_validate({"name": name, "time_zone": zone, "layers": layers})


def change(
    number: int, person: str, start: datetime, end: datetime, rotation: str | None = "front"
) -> Change:
    return Change(number, number, rotation, person, start, end)


DAILY = {"people": PEOPLE, "turn": "1 day"}


def rota(*layers: dict[str, Any], made: tuple[Change, ...] = (), **calendars: Any) -> Rota:
    return Rota([rotation(*(layers or (DAILY,)))], Changes(made, **calendars), [*PEOPLE, "Dee"])


def said(found: list[Shift]) -> list[tuple[str | None, str, str]]:
    return [(each.person, f"{each.start:%a %H:%M}", each.why) for each in found]


def test_people_take_turns() -> None:
    found = rota().shifts("front", MONDAY - HOUR, MONDAY + 3 * DAY + HOUR)
    assert said(found) == [
        ("Cid", "Mon 08:00", "turn"),
        ("Ann", "Mon 09:00", "turn"),
        ("Ben", "Tue 09:00", "turn"),
        ("Cid", "Wed 09:00", "turn"),
        ("Ann", "Thu 09:00", "turn"),
    ]


def test_a_person_is_always_on_call_and_each_is_paged_once() -> None:
    assert rota().on_call("Kim", MONDAY) == "Kim"
    assert rota().people(["Kim", "front", "Ann"], MONDAY) == ["Kim", "Ann"]


def test_an_override_beats_the_turns_and_the_newer_one_the_older() -> None:
    made = (
        change(1, "Ben", MONDAY + HOUR, MONDAY + 5 * HOUR),
        change(2, "Cid", MONDAY + 2 * HOUR, MONDAY + 3 * HOUR),
        change(3, "Cid", MONDAY, MONDAY + DAY, rotation="another"),
    )
    assert said(rota(made=made).shifts("front", MONDAY, MONDAY + DAY)) == [
        ("Ann", "Mon 09:00", "turn"),
        ("Ben", "Mon 10:00", "change 1"),
        ("Cid", "Mon 11:00", "change 2"),
        ("Ben", "Mon 12:00", "change 1"),
        ("Ann", "Mon 14:00", "turn"),
    ]


def test_who_is_away_is_passed_over_for_the_next_and_all_away_leave_it_to_the_next_layer() -> None:
    away = tuple(
        change(number, person, MONDAY + number * HOUR, MONDAY + 6 * HOUR, rotation=None)
        for number, person in enumerate(("Ann", "Ben", "Cid"), 1)
    )
    alone = rota(made=away).shifts("front", MONDAY, MONDAY + 7 * HOUR)
    assert said(alone) == [
        ("Ann", "Mon 09:00", "turn"),
        ("Ben", "Mon 10:00", "in place of Ann"),
        ("Cid", "Mon 11:00", "in place of Ann and Ben"),
        (None, "Mon 12:00", "nobody"),
        ("Ann", "Mon 15:00", "turn"),
    ]
    deputy = rota(DAILY, {"people": ["Dee"]}, made=away).shifts("front", MONDAY, MONDAY + 7 * HOUR)
    assert [each.person for each in deputy] == ["Ann", "Ben", "Cid", "Dee", "Ann"]


def test_layers_with_zones_of_their_own_follow_the_sun() -> None:
    layers = [
        {"people": [name], "time_zone": zone, "hours": ["08:00", "16:00"]}
        for name, zone in (
            ("Ann", "Europe/London"),
            ("Ben", "America/Los_Angeles"),
            ("Cid", "Asia/Singapore"),
        )
    ]
    found = rota(*layers).shifts("front", MONDAY - 9 * HOUR, MONDAY + 15 * HOUR)
    assert said(found) == [
        ("Cid", "Mon 00:00", "turn"),
        ("Ann", "Mon 08:00", "turn"),
        ("Ben", "Mon 16:00", "turn"),
    ]


def test_a_calendar_says_who_and_the_event_that_begins_later_counts() -> None:
    week = Shift("Ann", MONDAY, MONDAY + 5 * DAY)
    day = Shift("Ben", MONDAY + DAY, MONDAY + 2 * DAY)
    found = rota({"calendar": "a.ics"}, calendars={("front", 0): [week, day]})
    assert [each.person for each in found.shifts("front", MONDAY - DAY, MONDAY + 6 * DAY)] == [
        None,
        "Ann",
        "Ben",
        "Ann",
        None,
    ]


def test_whoever_is_nobody_any_more_has_nothing() -> None:
    made = (change(1, "Gone", MONDAY, MONDAY + DAY),)
    calendars = {("front", 0): [Shift("Gone", MONDAY, MONDAY + DAY)]}
    settings = rotation({"calendar": "a.ics"}, {"people": ["Ann"]})
    assert Rota([settings], Changes(made, calendars), PEOPLE).on_call("front", MONDAY) == "Ann"


def test_now_and_next() -> None:
    now, following = rota().now_and_next("front", MONDAY + HOUR)
    assert (now.person, now.end) == ("Ann", MONDAY + DAY)
    assert following is not None
    assert (following.person, following.end) == ("Ben", MONDAY + 2 * DAY)
    assert rota({"people": ["Ann"]}).now_and_next("front", MONDAY)[1] is None
    longer = rota(made=(change(1, "Ann", MONDAY + 5 * HOUR, MONDAY + DAY + HOUR),))
    assert longer.now_and_next("front", MONDAY)[0].end == MONDAY + DAY + HOUR


moments = st.integers(-60 * 24, 60 * 24).map(lambda hours: MONDAY + hours * HOUR)
stretches = st.tuples(moments, st.integers(1, 400)).map(lambda found: (found[0], found[0] + found[1] * HOUR))


@st.composite
def changed(draw: st.DrawFn) -> Rota:
    made = tuple(
        Change(
            number,
            number,
            draw(st.sampled_from(["front", None])),
            draw(st.sampled_from(PEOPLE)),
            *draw(stretches),
        )
        for number in range(1, draw(st.integers(1, 6)))
    )
    layer = {"people": PEOPLE, "turn": draw(st.sampled_from(["12 hours", "1 day", "1 week", "5 hours"]))}
    if draw(st.booleans()):
        layer |= {"days": ["monday", "friday"], "hours": ["22:00", "06:00"], "holidays": ["GB-ENG"]}
    return rota(layer, *([{"people": ["Dee"]}] if draw(st.booleans()) else []), made=made)


@given(changed(), stretches, st.data())
@settings(max_examples=100, deadline=None)
def test_shifts_fill_the_stretch_and_say_who_is_on_call(
    some: Rota, stretch: tuple[datetime, datetime], data: st.DataObject
) -> None:
    found = some.shifts("front", *stretch)
    assert (found[0].start, found[-1].end) == stretch
    for one, other in pairwise(found):
        assert one.end == other.start > one.start
        assert (one.person, one.why) != (other.person, other.why)
    at = data.draw(st.datetimes(*(each.replace(tzinfo=None) for each in stretch))).replace(tzinfo=UTC)
    if at < stretch[1]:
        (holds,) = (each for each in found if each.start <= at < each.end)
        assert some.on_call("front", at) == holds.person


@given(stretches, moments)
@settings(max_examples=100, deadline=None)
def test_an_override_covers_exactly_its_stretch(stretch: tuple[datetime, datetime], at: datetime) -> None:
    with_it = rota(made=(change(1, "Dee", *stretch),))
    assert (with_it.on_call("front", at) == "Dee") == (stretch[0] <= at < stretch[1])
    if with_it.on_call("front", at) != "Dee":
        assert with_it.on_call("front", at) == rota().on_call("front", at)
