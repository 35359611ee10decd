"""By which channels a person is reached, and when: methods by severity, quiet hours, nights when the clock is changed."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import Severity
from monitor.oncall.reach import AWAKE, Way, news_can_wait, quiet_until, ways
from monitor.oncall.sections import Method, Person, QuietHours
from tests.monitor.scripted import NOON

CONTACTS = {"email": "a@example.org", "sms": "+442079460001", "call": "+442079460001"}
QUIET = QuietHours(start=time(22), end=time(7))
NIGHT = datetime(2026, 11, 2, 1, tzinfo=UTC)
SEVEN = datetime(2026, 11, 2, 7, tzinfo=UTC)

ZONES = st.sampled_from(
    [
        "UTC",
        "Europe/London",
        "America/New_York",
        "Australia/Lord_Howe",
        "Asia/Kathmandu",
        "America/Santiago",
        "Africa/Cairo",
    ]
)
CLOCKS = st.times().map(lambda at: at.replace(second=0, microsecond=0))
MOMENTS = st.integers(-600 * 1440, 600 * 1440).map(lambda minutes: NOON + timedelta(minutes=minutes))


def person(**more: object) -> Person:
    return Person(name="Sam", time_zone="Europe/London", contacts=CONTACTS, **more)


def minutes(found: list[Way], now: datetime = NOON) -> dict[str, float]:
    return {way.channel: (way.due_at - now) / timedelta(minutes=1) for way in found}


def test_without_methods_every_contact_at_once() -> None:
    assert ways(person(), "warning", (), NOON) == [Way(channel, NOON) for channel in CONTACTS]
    assert ways(Person(name="Sam"), "critical", (), NOON) == []


def test_methods_by_severity_and_after_their_minutes() -> None:
    by_severity = {
        "warning": (Method(by=("email",)),),
        "critical": (Method(by=("call",), after_minutes=3), Method(by=("sms", "email"))),
    }
    sam = person(pages=by_severity)
    assert minutes(ways(sam, "warning", (), NOON)) == minutes(ways(sam, "info", (), NOON)) == {"email": 0}
    assert minutes(ways(sam, "critical", (), NOON)) == {"sms": 0, "email": 0, "call": 3}
    assert minutes(ways(sam, "critical", ("call", "fax"), NOON)) == {"call": 0}  # a step's own channels
    assert minutes(ways(sam, "critical", ("fax",), NOON)) == {"sms": 0, "email": 0, "call": 3}


def test_a_method_of_channels_that_the_person_has_not_leaves_nobody_without_a_way() -> None:
    sam = Person(name="Sam", contacts={"email": "a@example.org"}, pages={"critical": (Method(by=("sms",)),)})
    assert minutes(ways(sam, "critical", (), NOON)) == {"email": 0}


def test_quiet_hours_hold_until_they_end_unless_it_is_severe() -> None:
    held = Way("email", SEVEN, "quiet hours until 07:00, severity warning")
    assert ways(person(quiet=QUIET), "warning", (), NIGHT)[0] == held
    assert ways(person(quiet=QUIET), "critical", (), NIGHT)[0] == Way("email", NIGHT)
    awake = QuietHours(start=time(22), end=time(7), unless="warning")
    assert ways(person(quiet=awake), "warning", (), NIGHT)[0] == Way("email", NIGHT)
    assert ways(person(quiet=awake), "info", (), NIGHT)[0].due_at == SEVEN


def test_later_methods_follow_the_held_one_in_their_order() -> None:
    methods = (Method(by=("sms",)), Method(by=("call",), after_minutes=3))
    sam = person(quiet=QUIET, pages={"warning": methods})
    assert minutes(ways(sam, "warning", (), NIGHT), SEVEN) == {"sms": 0, "call": 3}
    before = datetime(2026, 11, 1, 21, 59, tzinfo=UTC)
    sms, call = ways(sam, "warning", (), before)
    assert (sms.due_at, sms.held) == (before, "")
    assert (call.due_at, call.held) == (SEVEN, "quiet hours until 07:00, severity warning")


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-10-24T22:30", "2026-10-25T07:00"),  # the clock is put back: an hour longer
        ("2026-10-25T00:30", "2026-10-25T07:00"),  # 01:30 for the first time
        ("2026-10-25T01:30", "2026-10-25T07:00"),  # and again
        ("2027-03-27T23:00", "2027-03-28T06:00"),  # put forward: an hour shorter
        ("2027-03-28T06:00", None),
        ("2026-10-25T06:30", "2026-10-25T07:00"),
        ("2026-10-24T20:59", None),  # 21:59 in summer
        ("2026-10-24T21:00", "2026-10-25T07:00"),
    ],
)
def test_nights_in_which_the_clock_is_changed(now: str, until: str | None) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)
    ends = datetime.fromisoformat(until).replace(tzinfo=UTC) if until else None
    assert quiet_until(QUIET, ZoneInfo("Europe/London"), moment) == ends


@given(CLOCKS, CLOCKS, ZONES, MOMENTS)
def test_quiet_hours_end_within_a_day_and_nothing_is_held_after_them(
    start: time, end: time, zone: str, at: datetime
) -> None:
    if start == end:
        return
    quiet, where = QuietHours(start=start, end=end), ZoneInfo(zone)
    until = quiet_until(quiet, where, at)
    clock = at.astimezone(where).time()
    offsets = {(at + timedelta(hours=hours)).astimezone(where).utcoffset() for hours in range(-30, 31)}
    if len(offsets) == 1:  # no change of the clock near: what the wall shows decides
        assert (until is not None) == (start <= clock < end if start < end else clock >= start or clock < end)
    if until is not None:
        assert at < until <= at + timedelta(hours=25, minutes=30)
        if len(offsets) == 1:
            assert until.astimezone(where).time() == end
        assert quiet_until(quiet, where, until) is None


SEVERITIES = st.sampled_from(["info", "warning", "critical"])


@st.composite
def some_methods(draw: st.DrawFn) -> tuple[Method, ...]:
    """Each channel in one of them at most."""
    place = {channel: draw(st.integers(0, 3)) for channel in CONTACTS}
    groups = [tuple(channel for channel in CONTACTS if place[channel] == number) for number in range(3)]
    return tuple(Method(by=group, after_minutes=draw(st.integers(0, 1440))) for group in groups if group)


@given(some_methods(), SEVERITIES, CLOCKS, CLOCKS, ZONES, MOMENTS)
def test_every_page_has_a_way_none_is_in_quiet_hours_and_each_that_waits_says_why(
    methods: tuple[Method, ...], severity: Severity, start: time, end: time, zone: str, now: datetime
) -> None:
    if start == end:
        return
    quiet = QuietHours(start=start, end=end)
    pages = {"warning": methods, "critical": methods} if methods else {}
    sam = Person(name="Sam", time_zone=zone, contacts=CONTACTS, pages=pages, quiet=quiet)
    found = ways(sam, severity, (), now)
    assert found
    assert len({way.channel for way in found}) == len(found)
    due = [way.due_at for way in found]
    assert due == sorted(due)
    assert now <= due[0]
    for way in found:
        if severity == "critical":
            assert way.held == ""
        else:
            assert quiet_until(quiet, ZoneInfo(zone), way.due_at) is None
        assert bool(way.held) or way.due_at <= now + timedelta(minutes=1440)


def test_who_has_nothing_to_do_any_more_sleeps_unless_they_are_up_for_it() -> None:
    why = (SEVEN, "quiet hours until 07:00, nothing to do")
    assert news_can_wait(person(quiet=QUIET), None, NIGHT) == why
    assert news_can_wait(person(quiet=QUIET), NIGHT - AWAKE - timedelta(minutes=1), NIGHT) == why
    assert news_can_wait(person(quiet=QUIET), NIGHT - AWAKE, NIGHT) is None
    assert news_can_wait(person(quiet=QUIET), None, NOON) is None
    assert news_can_wait(person(), None, NIGHT) is None


def test_quiet_hours_that_never_end_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="begin and end at the same time"):
        QuietHours(start=time(7), end=time(7))


def test_a_channel_that_two_methods_name_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="critical names 'sms' twice"):
        person(pages={"critical": (Method(by=("sms",)), Method(by=("email", "sms"), after_minutes=5))})
