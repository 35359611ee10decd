from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import InputError
from monitor.wording.timetable import (
    WEEKDAYS,
    Weekday,
    after_open_hours,
    last_week,
    local_moment,
    named_week,
    next_digest_due,
    shift_of,
    week_bounds,
)

# Half-hour changes (Lord Howe), changes at midnight (Sao Paulo, Beirut), a skipped day (Apia), none (UTC).
ZONES = tuple(
    ZoneInfo(name)
    for name in (
        "UTC", "Europe/London", "Europe/Berlin", "America/New_York", "America/Sao_Paulo", "Asia/Beirut",
        "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia", "Pacific/Kiritimati", "Africa/Casablanca",
    )
)  # fmt: skip

zones = st.sampled_from(ZONES)
moments = st.datetimes(
    min_value=datetime(2005, 1, 1),  # noqa: DTZ001  hypothesis adds the zone
    max_value=datetime(2037, 12, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
clock_times = st.times().map(lambda at: at.replace(second=0, microsecond=0))
weekdays = st.sampled_from(WEEKDAYS)
LONDON = ZoneInfo("Europe/London")


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


def skipped(day: date, at: time, zone: ZoneInfo) -> bool:
    """Whether clocks in the zone never show this time."""
    shown = local_moment(day, at, zone).astimezone(zone).replace(tzinfo=None)
    return shown != datetime.combine(day, at)


def test_a_skipped_time_means_what_the_old_clock_would_show() -> None:
    moment = local_moment(date(2026, 3, 29), time(1, 30), LONDON)
    assert moment == utc(2026, 3, 29, 1, 30)
    assert moment.astimezone(LONDON).time() == time(2, 30)


def test_a_time_that_occurs_twice_means_the_first() -> None:
    assert local_moment(date(2026, 10, 25), time(1, 30), LONDON) == utc(2026, 10, 25, 0, 30)
    assert local_moment(date(2026, 10, 25), time(1, 30, fold=1), LONDON) == utc(2026, 10, 25, 0, 30)


def test_a_twice_occurring_digest_time_is_due_once() -> None:
    first = next_digest_due(utc(2026, 10, 24, 12), "sunday", time(1, 30), LONDON)
    assert first == utc(2026, 10, 25, 0, 30)
    assert next_digest_due(first, "sunday", time(1, 30), LONDON) == utc(2026, 11, 1, 1, 30)


def test_the_digest_keeps_its_local_time_over_a_change() -> None:
    due = utc(2026, 3, 23, 8)  # Monday 08:00 in winter
    assert next_digest_due(due, "monday", time(8), LONDON) == utc(2026, 3, 30, 7)


def test_a_skipped_day_is_made_up_for_on_the_next() -> None:
    # Samoa went from Thursday 29 to Saturday 31 December 2011; this is Saturday, 02:00 there.
    due = next_digest_due(utc(2011, 12, 30, 12), "friday", time(8), ZoneInfo("Pacific/Apia"))
    assert due == utc(2011, 12, 30, 18)


@given(moments, weekdays, clock_times, zones)
def test_the_due_time_is_the_next_one(now: datetime, weekday: Weekday, at: time, zone: ZoneInfo) -> None:
    due = next_digest_due(now, weekday, at, zone)
    assert due.tzinfo is UTC
    assert now < due <= now + timedelta(days=8, hours=1)
    local = due.astimezone(zone)
    if (WEEKDAYS[local.weekday()], local.time()) != (weekday, at):
        days = (local.date(), local.date() - timedelta(days=1))
        assert any(WEEKDAYS[day.weekday()] == weekday and skipped(day, at, zone) for day in days)
    # None lies between: a moment before it finds the same one.
    assert next_digest_due(due - timedelta(microseconds=1), weekday, at, zone) == due


@given(moments, weekdays, clock_times, zones)
def test_each_week_has_one_due_time(now: datetime, weekday: Weekday, at: time, zone: ZoneInfo) -> None:
    dues = [next_digest_due(now, weekday, at, zone)]
    for _ in range(60):
        dues.append(next_digest_due(dues[-1], weekday, at, zone))
    days = [datetime.combine(due.astimezone(zone).date(), time()) for due in dues]
    gaps = {(after - before).days for before, after in pairwise(days)}
    # Only a time skipped near midnight, or a skipped day, may move the date by one.
    assert gaps <= {6, 7, 8}
    assert (days[-1] - days[0]).days in {60 * 7 - 1, 60 * 7, 60 * 7 + 1}


@given(moments, zones)
def test_weeks_follow_each_other_without_gap(now: datetime, zone: ZoneInfo) -> None:
    start, end = week_bounds(now, zone)
    assert start <= now < end
    assert start.astimezone(zone).weekday() == 0
    assert week_bounds(start, zone) == (start, end)
    assert week_bounds(end, zone)[0] == end
    before = last_week(now, zone)
    assert before[1] == start
    assert before == week_bounds(start - timedelta(microseconds=1), zone)


def test_a_week_with_a_change_has_an_hour_more_or_less() -> None:
    start, end = week_bounds(utc(2026, 3, 25), LONDON)
    assert end - start == timedelta(days=7, hours=-1)
    start, end = week_bounds(utc(2026, 10, 21), LONDON)
    assert end - start == timedelta(days=7, hours=1)


@given(moments, zones)
def test_a_week_can_be_named(now: datetime, zone: ZoneInfo) -> None:
    year, week, _ = now.astimezone(zone).isocalendar()
    assert named_week(f"{year}-W{week:02}", zone) == week_bounds(now, zone)


@pytest.mark.parametrize(
    "name", ["", "W47", "2026-W54", "2026-47", "0000-W01", "9999-W52", "٢٠٢٦-W47", "2026-W٤٧"]
)
def test_a_week_that_does_not_exist_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="2026-W47"):
        named_week(name, LONDON)


WORKDAYS: tuple[Weekday, ...] = WEEKDAYS[:5]


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (utc(2026, 11, 18, 10), utc(2026, 11, 18, 12)),  # Wednesday morning
        (utc(2026, 11, 18, 16, 30), utc(2026, 11, 19, 9, 30)),  # into the next day
        (utc(2026, 11, 18, 16), utc(2026, 11, 18, 18)),  # exactly to the end
        (utc(2026, 11, 18, 3), utc(2026, 11, 18, 11)),  # before opening
        (utc(2026, 11, 20, 17), utc(2026, 11, 23, 10)),  # over the weekend
        (utc(2026, 11, 21, 12), utc(2026, 11, 23, 11)),  # on the weekend
    ],
)
def test_open_hours(now: datetime, expected: datetime) -> None:
    assert after_open_hours(now, 2, time(9), time(18), WORKDAYS, LONDON) == expected


def test_open_hours_past_midnight_belong_to_the_day_they_start_on() -> None:
    late: tuple[Weekday, ...] = ("friday",)
    saturday_at_one = utc(2026, 11, 21, 1)
    assert after_open_hours(saturday_at_one, 1, time(22), time(6), late, LONDON) == utc(2026, 11, 21, 2)
    assert after_open_hours(saturday_at_one, 6, time(22), time(6), late, LONDON) == utc(2026, 11, 27, 23)


def test_open_hours_are_real_hours_over_a_change() -> None:
    day: tuple[Weekday, ...] = ("sunday",)
    before_the_change = utc(2026, 3, 29, 0)
    assert after_open_hours(before_the_change, 3, time(0), time(0), day, LONDON) == utc(2026, 3, 29, 3)


@given(moments, st.floats(0.25, 72), clock_times, clock_times, st.sets(weekdays, min_size=1), zones)
def test_open_hours_never_take_less_than_their_length(
    now: datetime, hours: float, opens: time, closes: time, days: set[Weekday], zone: ZoneInfo
) -> None:
    done = after_open_hours(now, hours, opens, closes, days, zone)
    assert done >= now + timedelta(hours=hours)
    assert after_open_hours(now, hours, time(), time(), WEEKDAYS, zone) == now + timedelta(hours=hours)


def test_open_hours_need_a_day() -> None:
    with pytest.raises(ValueError, match="day"):
        after_open_hours(utc(2026, 1, 1), 1, time(9), time(18), (), LONDON)


@given(moments, st.sets(clock_times, min_size=1, max_size=4), zones)
def test_a_shift_holds_the_moment_and_the_next_begins_where_it_ends(
    now: datetime, begins: set[time], zone: ZoneInfo
) -> None:
    start, end = shift_of(now, begins, zone)
    assert start <= now < end
    assert end - start <= timedelta(hours=49)
    assert shift_of(end, begins, zone)[0] == end
    assert shift_of(end - timedelta(microseconds=1), begins, zone) == (start, end)


def test_shifts_follow_the_clock_on_the_wall() -> None:
    day = (time(8), time(20))
    assert shift_of(utc(2026, 11, 1, 7, 59), day, LONDON) == (utc(2026, 10, 31, 20), utc(2026, 11, 1, 8))
    assert shift_of(utc(2026, 7, 1, 12), day, LONDON) == (utc(2026, 7, 1, 7), utc(2026, 7, 1, 19))
