"""From iCalendar files to shifts and back: what calendar programs write, and what nobody should."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.errors import InputError
from monitor.oncall import calendar
from monitor.oncall.calendar import Event, expand, shifts, written
from monitor.oncall.rota import Shift
from monitor.oncall.sections import Person

LONDON = ZoneInfo("Europe/London")
NOVEMBER, NEW_YEAR = datetime(2026, 11, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
PEOPLE = [
    Person(name="Ann", contacts={"email": "ann@example.com", "sms": "+447700900123"}),
    Person(name="Ann Lee", contacts={"email": "lee@example.com"}),
    Person(name="Ben (second)", contacts={"email": "ben@example.com"}),
]


def ics(*events: str) -> bytes:
    """A calendar of events, each given by its lines."""
    body = "".join(
        f"BEGIN:VEVENT\nUID:{number}\n{event.strip()}\nEND:VEVENT\n" if "UID:" not in event
        else f"BEGIN:VEVENT\n{event.strip()}\nEND:VEVENT\n"
        for number, event in enumerate(events)
    )  # fmt: skip
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//test//\n{body}END:VCALENDAR\n".replace(
        "\n", "\r\n"
    ).encode()


def read(*events: str) -> list[tuple[str, str, str]]:
    found, wrong = expand(ics(*events), LONDON, NOVEMBER, NEW_YEAR)
    assert wrong == []
    return [(each.summary, f"{each.start:%d %b %H:%M}", f"{each.end:%d %b %H:%M}") for each in found]


def test_an_event_with_its_zone_and_one_without_any() -> None:
    assert read(
        "SUMMARY:Ann\nDTSTART;TZID=America/New_York:20261102T090000\nDTEND;TZID=America/New_York:20261103T090000",
        "SUMMARY:Ben\nDTSTART:20261104T090000\nDURATION:PT8H",
        "SUMMARY:Cid\nDTSTART:20261105T090000Z\nDTEND:20261105T170000Z",
    ) == [
        ("Ann", "02 Nov 14:00", "03 Nov 14:00"),
        ("Ben", "04 Nov 09:00", "04 Nov 17:00"),
        ("Cid", "05 Nov 09:00", "05 Nov 17:00"),
    ]


def test_days_without_a_time_are_days_of_the_zone() -> None:
    event = "SUMMARY:Ann\nDTSTART;VALUE=DATE:20261102\nDTEND;VALUE=DATE:20261104"
    (found,), _ = expand(ics(event), ZoneInfo("America/New_York"), NOVEMBER, NEW_YEAR)
    assert (found.start, found.end - found.start) == (datetime(2026, 11, 2, 5, tzinfo=UTC), timedelta(days=2))


def test_recurrences_with_days_left_out_and_one_that_was_moved() -> None:
    assert read(
        "UID:a\nSUMMARY:Ann\nDTSTART;TZID=Europe/London:20261019T090000\nDTEND;TZID=Europe/London:20261020T090000\n"
        "RRULE:FREQ=WEEKLY;UNTIL=20261201T000000Z\nEXDATE;TZID=Europe/London:20261109T090000",
        "UID:a\nRECURRENCE-ID;TZID=Europe/London:20261116T090000\nSUMMARY:Ben\n"
        "DTSTART;TZID=Europe/London:20261117T100000\nDTEND;TZID=Europe/London:20261117T110000",
    ) == [
        ("Ann", "02 Nov 09:00", "03 Nov 09:00"),
        ("Ben", "17 Nov 10:00", "17 Nov 11:00"),
        ("Ann", "23 Nov 09:00", "24 Nov 09:00"),
        ("Ann", "30 Nov 09:00", "01 Dec 09:00"),
    ]


def test_an_hour_that_recurs_stays_at_its_local_time_over_the_change_of_clocks() -> None:
    found, _ = expand(
        ics(
            "SUMMARY:Ann\nDTSTART;TZID=Europe/London:20261024T090000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=3"
        ),
        LONDON,
        NOVEMBER - timedelta(days=30),
        NEW_YEAR,
    )
    assert [each.start.hour for each in found] == [8, 9, 9]


def test_what_is_cancelled_or_has_no_length_is_left_out() -> None:
    assert read(
        "SUMMARY:Ann\nSTATUS:CANCELLED\nDTSTART:20261102T090000Z\nDTEND:20261103T090000Z",
        "SUMMARY:Ben\nDTSTART:20261102T090000Z\nDTEND:20261102T090000Z",
    ) == []  # fmt: skip


def test_an_event_that_can_not_be_read_is_told_and_spoils_no_other() -> None:
    found, wrong = expand(
        ics(
            "SUMMARY:broken\nDTSTART:2026110",
            "SUMMARY:worse\nDTSTART:20261102T090000Z\nRRULE:FREQ=SOMETIMES",
            "SUMMARY:Ann\nDTSTART:20261102T090000Z\nDTEND:20261103T090000Z",
        ),
        LONDON,
        NOVEMBER,
        NEW_YEAR,
    )
    assert [each.summary for each in found] == ["Ann"]
    assert [each.partition(" (")[0] for each in wrong] == ["'broken' can't be read", "'worse' can't be read"]


@pytest.mark.parametrize(
    "content",
    [b"", b"hello", b"BEGIN:VCALENDAR", b"BEGIN:VEVENT\nEND:VEVENT\n", b"\xff\xfe\x00", b"<html></html>"],
)
def test_what_is_no_calendar_is_refused(content: bytes) -> None:
    with pytest.raises(InputError, match="no iCalendar file"):
        expand(content, LONDON, NOVEMBER, NEW_YEAR)


def test_more_events_than_anybody_has_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calendar, "MOST", 40)
    daily = "SUMMARY:Ann\nDTSTART:20261102T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY"
    with pytest.raises(InputError, match="more than 40 events"):
        expand(ics(daily), LONDON, NOVEMBER, NEW_YEAR)


@given(
    st.lists(
        st.sampled_from(
            [
                "BEGIN:VCALENDAR", "END:VCALENDAR", "BEGIN:VEVENT", "END:VEVENT", "BEGIN:VTIMEZONE", "END:VTIMEZONE",
                "DTSTART:20261102T090000", "DTSTART;VALUE=DATE:20261102", "DTEND:20261103T090000Z", "DURATION:P1D",
                "DURATION:-P1D", "RRULE:FREQ=WEEKLY;COUNT=3", "RRULE:x", "EXDATE:20261109T090000", "UID:1", "SUMMARY:a",
                "SUMMARY;X=\x07:b", "TZID:Here/There", "ATTENDEE:mailto:ann@example.com", "ORGANIZER;CN=", " folded",
                "RECURRENCE-ID:20261109T090000", "X-WR-TIMEZONE:Nowhere/Else", "DTSTART;TZID=No/Zone:20261102T090000",
            ]
        ),
        max_size=25,
    )
)  # fmt: skip
@settings(max_examples=150, deadline=None)
def test_any_file_is_read_or_refused(lines: list[str]) -> None:
    content = "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", *lines, "END:VCALENDAR", ""]).encode()
    try:
        found, _ = expand(content, LONDON, NOVEMBER, NEW_YEAR)
    except InputError:
        return
    assert all(each.start < each.end for each in found)


# --- whose shift it is ----------------------------------------------------------------------------------------------


def event(summary: str = "Shift", mails: tuple[str, ...] = (), organizer: str = "") -> Event:
    return Event(summary, NOVEMBER, NEW_YEAR, mails, organizer)


@pytest.mark.parametrize(
    ("found", "person"),
    [
        (event(mails=("boss@example.com", "ann@example.com")), "Ann"),
        (event("Ben covers", mails=("ann@example.com",)), "Ann"),
        (event("Ben covers", organizer="ann@example.com"), "Ben (second)"),
        (event(organizer="ann@example.com"), "Ann"),
        (event("On call: ANN LEE"), "Ann Lee"),
        (event("ann, until Friday"), "Ann"),
    ],
)
def test_whose_an_event_is(found: Event, person: str) -> None:
    assert shifts([found], PEOPLE).shifts == [Shift(person, NOVEMBER, NEW_YEAR, found.summary)]


def test_events_of_nobody_are_named_once() -> None:
    found = shifts(
        [event("Team lunch"), event("Team lunch"), event("Ann or Ben"), event("Annual review")], PEOPLE
    )
    assert found.shifts == []
    assert found.strange == [
        "'Team lunch' names nobody in [[people]]",
        "'Ann or Ben' names Ann and Ben (second)",
        "'Annual review' names nobody in [[people]]",
    ]


def test_who_declined_does_not_attend() -> None:
    declined = "SUMMARY:x\nDTSTART:20261102T090000Z\nDURATION:PT1H\n" + "\n".join(
        f"ATTENDEE;PARTSTAT={state}:{mail}"
        for state, mail in (("DECLINED", "mailto:ann@example.com"), ("ACCEPTED", "MAILTO:Ben@Example.com"))
    )
    (found,), _ = expand(ics(declined), LONDON, NOVEMBER, NEW_YEAR)
    assert shifts([found], PEOPLE).shifts[0].person == "Ben (second)"


def test_what_is_written_is_read_again() -> None:
    shift = [
        Shift("Ann", NOVEMBER, NOVEMBER + timedelta(days=7)),
        Shift(None, NOVEMBER + timedelta(days=7), NOVEMBER + timedelta(days=8)),
        Shift("Ben (second)", NOVEMBER + timedelta(days=8), NEW_YEAR),
    ]
    events, wrong = expand(written("front-line", shift, NOVEMBER), LONDON, NOVEMBER, NEW_YEAR)
    assert wrong == []
    assert [each[:3] for each in shifts(events, PEOPLE).shifts] == [shift[0][:3], shift[2][:3]]
