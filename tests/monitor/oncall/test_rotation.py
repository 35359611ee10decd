"""Turns by the clock on the wall, over the changes of zones that change in odd ways."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.errors import InputError
from monitor.oncall.days_off import public_holidays
from monitor.oncall.rotation import Turn, length, turns
from monitor.oncall.sections import LayerSettings

ZONES = ("Europe/London", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca")
DAY = timedelta(days=1)
PEOPLE = ("Ann", "Ben", "Cid")

zones = st.sampled_from(ZONES).map(ZoneInfo)
starts = st.integers(0, 20 * 365 * 24).map(
    lambda hours: datetime(2011, 1, 1, tzinfo=UTC) + timedelta(hours=hours)
)
clocks = st.times().map(lambda at: time(at.hour, at.minute))
days_and_weeks = st.sampled_from(["1 day", "2 days", "3 days", "1 week", "2 weeks"])


def layer(**keys: Any) -> LayerSettings:
    return LayerSettings.model_validate({"people": PEOPLE} | keys)


def wall(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None)


def exists(at: datetime, zone: ZoneInfo) -> bool:
    return wall(at.replace(tzinfo=zone).astimezone(UTC), zone) == at


def whole(found: list[Turn]) -> list[Turn]:
    """Those whose beginning and end both lie within."""
    return found[1:-1]


@given(
    zones, starts, clocks, st.sampled_from(["1 hour", "5 hours", "12 hours", "1 day", "3 days", "2 weeks"])
)
@settings(max_examples=200, deadline=None)
def test_a_plain_rotation_has_no_gap_and_no_overlap(
    zone: ZoneInfo, start: datetime, hand_over: time, turn: str
) -> None:
    end = start + 40 * DAY
    found = turns(layer(turn=turn, hand_over=hand_over), zone, start, end)
    assert (found[0].start, found[-1].end) == (start, end)
    for one, other in pairwise(found):
        assert one.start < one.end == other.start


@given(zones, starts, clocks, days_and_weeks)
@settings(max_examples=200, deadline=None)
def test_hand_over_is_at_the_local_time_and_a_turn_lasts_its_local_days(
    zone: ZoneInfo, start: datetime, hand_over: time, turn: str
) -> None:
    some = layer(turn=turn, hand_over=hand_over)
    found = whole(turns(some, zone, start, start + 90 * DAY))
    for each in found:
        begins, ends = wall(each.start, zone), wall(each.end, zone)
        usual = datetime.combine(begins.date(), hand_over)
        if exists(usual, zone):
            assert begins == usual
        if exists(usual, zone) and exists(datetime.combine(ends.date(), hand_over), zone):
            days = (ends - begins) // DAY
            skipped = sum(
                not exists(datetime.combine(begins.date() + DAY * n, time(12)), zone) for n in range(days)
            )
            usually = length(some) // DAY
            left_out = not exists(datetime.combine(begins.date() - DAY, time(12)), zone)
            # Of a day that the zone left out, its turn was left out, too, or one was a day shorter.
            assert days in (usually, usually + skipped, usually - left_out)


@given(zones, starts, clocks, days_and_weeks)
@settings(max_examples=100, deadline=None)
def test_people_take_turns_in_their_order(
    zone: ZoneInfo, start: datetime, hand_over: time, turn: str
) -> None:
    found = turns(layer(turn=turn, hand_over=hand_over), zone, start, start + 90 * DAY)
    around = datetime(2011, 12, 29, tzinfo=UTC), datetime(2012, 1, 2, tzinfo=UTC)
    for one, other in pairwise(found):
        if not (zone.key == "Pacific/Apia" and around[0] < one.end < around[1]):
            assert other.place == (one.place + 1) % len(PEOPLE)


@given(zones, starts, st.integers(1, 60))
@settings(max_examples=100, deadline=None)
def test_what_is_asked_for_does_not_change_who_has_it(zone: ZoneInfo, start: datetime, days: int) -> None:
    some = layer(turn="12 hours", days=["monday", "tuesday", "saturday"], hours=["20:00", "07:00"])
    found = turns(some, zone, start, start + days * DAY)
    later = start + days * DAY / 2
    assert turns(some, zone, later, start + days * DAY) == [
        each._replace(start=max(each.start, later)) for each in found if each.end > later
    ]


def test_the_first_person_begins_on_the_day_that_is_named() -> None:
    zone = ZoneInfo("Europe/London")
    (first, *_) = turns(
        layer(turn="2 weeks", starts=date(2026, 3, 2)),
        zone,
        datetime(2026, 3, 2, 9, tzinfo=UTC),
        datetime(2026, 5, 1, tzinfo=UTC),
    )
    assert first.place == 0
    assert first.end == datetime(2026, 3, 16, 9, tzinfo=UTC)
    before = turns(
        layer(turn="2 weeks", starts=date(2026, 3, 2)), zone, datetime(2026, 3, 1, tzinfo=UTC), first.start
    )
    assert [PEOPLE[each.place] for each in before] == ["Cid"]


def test_a_day_of_23_and_one_of_25_hours() -> None:
    zone = ZoneInfo("Europe/London")
    for change, hours in ((date(2026, 3, 28), 23), (date(2026, 10, 24), 25)):
        noon = datetime.combine(change, time(12), UTC)
        (_, turn, *_) = turns(layer(turn="1 day"), zone, noon - DAY, noon + 2 * DAY)
        assert turn.end - turn.start == timedelta(hours=hours)
        assert (wall(turn.start, zone).hour, wall(turn.end, zone).hour) == (9, 9)


def test_twelve_hours_begin_at_two_times_of_day_all_year() -> None:
    zone = ZoneInfo("America/New_York")
    found = turns(
        layer(turn="12 hours"), zone, datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
    )
    assert {wall(each.start, zone).time() for each in whole(found)} == {time(9), time(21)}


def test_the_day_that_samoa_left_out_has_no_turn() -> None:
    zone = ZoneInfo("Pacific/Apia")
    found = turns(
        layer(turn="1 day", hand_over=time(0)),
        zone,
        datetime(2011, 12, 28, 12, tzinfo=UTC),
        datetime(2012, 1, 3, tzinfo=UTC),
    )
    assert [wall(each.start, zone).day for each in whole(found)] == [29, 31, 1, 2]
    assert all(each.end - each.start == DAY for each in whole(found))


def test_hours_over_midnight_belong_to_the_day_on_which_they_begin() -> None:
    found = turns(
        layer(days=["friday"], hours=["22:00", "06:00"], turn="1 week"),
        ZoneInfo("UTC"),
        datetime(2026, 11, 16, tzinfo=UTC),
        datetime(2026, 11, 30, tzinfo=UTC),
    )
    assert [(f"{each.start:%a %H}", f"{each.end:%a %H}") for each in found] == [("Fri 22", "Sat 06")] * 2


def test_holidays_are_left_out_by_code_and_by_date() -> None:
    some = layer(hours=["09:00", "17:00"], holidays=["GB-ENG", "2026-12-24"], turn="1 week")
    found = turns(
        some,
        ZoneInfo("Europe/London"),
        datetime(2026, 12, 23, tzinfo=UTC),
        datetime(2026, 12, 31, tzinfo=UTC),
    )
    # 26 December is a Saturday: the holiday on the 28th stands in for it.
    assert [each.start.day for each in found] == [23, 27, 29, 30]


def test_holidays_are_known_by_the_codes_of_countries_and_parts() -> None:
    assert date(2026, 8, 31) in public_holidays("GB-ENG", 2026)
    assert date(2026, 8, 31) not in public_holidays("GB-SCT", 2026)
    assert date(2026, 10, 3) in public_holidays("DE", 2026)
    for wrong, hint in (("GB-ENGL", "'GB-ENG'"), ("XX", "such as"), ("gb", "such as")):
        with pytest.raises(InputError, match=hint):
            public_holidays(wrong, 2026)
