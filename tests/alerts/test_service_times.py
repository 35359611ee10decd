from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from alerts.snap import Service

NOW = datetime(2026, 11, 18, 10, 2, tzinfo=UTC)  # a Wednesday
ALWAYS = Service(
    opens=time(),
    closes=time(),
    days=("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
)
moments = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("now", "zone", "words"),
    [
        (datetime(2026, 11, 18, 10, 2, tzinfo=UTC), "UTC", "12:15 pm UTC on Wednesday"),
        (datetime(2026, 11, 18, 10, 0, tzinfo=UTC), "UTC", "12:00 pm UTC on Wednesday"),
        (datetime(2026, 7, 15, 10, 0, tzinfo=UTC), "Europe/London", "1:00 pm BST on Wednesday"),
        (datetime(2026, 11, 20, 17, 0, tzinfo=UTC), "Europe/London", "10:00 am GMT on Monday"),
        (datetime(2026, 11, 18, 4, 0, tzinfo=UTC), "Asia/Kathmandu", "11:45 am UTC+0545 on Wednesday"),
    ],
)
def test_the_time_is_one_that_the_team_keeps(now: datetime, zone: str, words: str) -> None:
    assert Service(time_zone=zone).report_by(now) == words


def test_a_far_day_has_a_date() -> None:
    rare = Service(next_report_hours=12, opens=time(9), closes=time(15), days=("monday",))
    assert rare.report_by(NOW) == "3:00 pm UTC on Monday 30 November"


@given(st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_the_time_is_never_earlier_than_the_team_can(now: datetime) -> None:
    day = {f"{now + timedelta(hours=2, days=ahead):%A}" for ahead in (0, 1)}
    words = ALWAYS.report_by(now)
    assert re.fullmatch(r"1?\d:(00|15|30|45) [ap]m UTC on \w+day", words)
    assert words.split()[-1] in day


@pytest.mark.parametrize(
    ("contact", "words"),
    [
        ("direct message", "by direct message"),
        ("https://acme.example/help", "at https://acme.example/help"),
        ("help@acme.example", "by e-mail to help@acme.example"),
    ],
)
def test_the_private_channel_in_a_sentence(contact: str, words: str) -> None:
    assert Service(contact=contact).privately() == words


@pytest.mark.parametrize(
    "wrong",
    [
        {"contact": ""},
        {"contact": "[your address]"},
        {"contact": "a\nb"},
        {"time_zone": "Mars/Olympus"},
        {"time_zone": "../../etc/passwd"},
        {"days": ()},
        {"next_report_hours": 0},
        {"next_report_hours": 1000},
    ],
)
def test_a_service_that_can_not_be_promised_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Service.model_validate(wrong)


@pytest.mark.parametrize(
    ("zone", "words"),
    [
        (None, "12:15 pm GMT on Wednesday"),
        ("America/New_York", "7:15 am EST on Wednesday"),
        ("Australia/Sydney", "11:15 pm AEDT on Wednesday"),
        ("Pacific/Auckland", "1:15 am NZDT on Thursday"),
    ],
)
def test_times_are_told_in_the_customers_zone_and_day_where_it_is_known(zone: str | None, words: str) -> None:
    assert Service(time_zone="Europe/London").report_by(NOW, zone) == words


def test_there_are_no_words_in_other_languages_so_the_date_is_written_out() -> None:
    service = Service(time_zone="Europe/Berlin")
    assert service.in_words(service.report_at(NOW), NOW, None, "de") == "2026-11-18 13:15 CET"


@given(moments, st.sampled_from(["UTC", "Europe/London", "America/New_York", "Asia/Kathmandu"]))
def test_the_moment_is_the_one_that_the_words_name(now: datetime, zone: str) -> None:
    service = ALWAYS.model_copy(update={"time_zone": zone})
    moment = service.report_at(now)
    assert timedelta(hours=2) <= moment - now < timedelta(hours=2, minutes=15)
    assert service.in_words(moment, now) == service.report_by(now)


def test_only_what_is_promised_has_a_time() -> None:
    service = Service(sla={"refund": 40, "replacement": 9})
    assert service.promised_at("replacement", NOW) == datetime(2026, 11, 19, 10, 15, tzinfo=UTC)
    assert service.promised_at("refund", NOW) == datetime(2026, 11, 24, 14, 15, tzinfo=UTC)
    assert (
        service.in_words(datetime(2026, 11, 24, 14, 15, tzinfo=UTC), NOW)
        == "2:15 pm UTC on Tuesday 24 November"
    )
    assert service.promised_at("", NOW) is None
    assert service.promised_at("voucher", NOW) is None
