"""Moments as people write them, in their own zone."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import InputError
from monitor.wording.moments import moment, span, told

LONDON, NEW_YORK = ZoneInfo("Europe/London"), ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)
"""A Sunday."""


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("now", "Sun 22 Nov 15:30 UTC"),
        ("17:00", "Sun 22 Nov 17:00 UTC"),
        ("9:00", "Mon 23 Nov 09:00 UTC"),
        ("today 17:00", "Sun 22 Nov 17:00 UTC"),
        ("Tomorrow 09:00", "Mon 23 Nov 09:00 UTC"),
        ("tomorrow", "Mon 23 Nov 00:00 UTC"),
        ("fri 17:00", "Fri 27 Nov 17:00 UTC"),
        ("Sunday 12:00", "Sun 29 Nov 12:00 UTC"),
        ("2026-12-24", "Thu 24 Dec 00:00 UTC"),
        ("2026-12-24 9:30", "Thu 24 Dec 09:30 UTC"),
        ("2026-12-24T09:30", "Thu 24 Dec 09:30 UTC"),
        ("2026-12-24T09:30Z", "Thu 24 Dec 09:30 UTC"),
        ("2026-12-24T09:30+02:00", "Thu 24 Dec 07:30 UTC"),
    ],
)
def test_what_people_write(text: str, means: str) -> None:
    assert told(moment(text, LONDON, NOW), UTC) == means


def test_a_day_without_a_time_ends_with_it() -> None:
    assert told(moment("2026-12-24", NEW_YORK, NOW, last=True), NEW_YORK) == "Fri 25 Dec 00:00 EST"
    assert told(moment("fri", LONDON, NOW, last=True), LONDON) == "Sat 28 Nov 00:00 GMT"
    assert told(moment("today", LONDON, NOW, last=True), LONDON) == "Mon 23 Nov 00:00 GMT"
    assert told(moment("2026-12-24 10:00", LONDON, NOW, last=True), LONDON) == "Thu 24 Dec 10:00 GMT"


def test_an_end_comes_after_its_beginning() -> None:
    start = moment("fri 17:00", LONDON, NOW)
    assert told(moment("09:00", LONDON, NOW, after=start), LONDON) == "Sat 28 Nov 09:00 GMT"
    assert told(moment("mon", LONDON, NOW, after=start), LONDON) == "Mon 30 Nov 00:00 GMT"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is not a time"),
        ("soon", "is not a time"),
        ("t", "is not a time"),
        ("25:00", "no such time of day as 25:00"),
        ("2026-02-30", "no such day as 2026-02-30"),
        ("2036-02-20", "more than 5 years away"),
        ("9999-12-31", "no such day as 9999-12-31"),
        ("24/12/2026", "is not a time"),
    ],
)
def test_what_means_none_is_told(text: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        moment(text, LONDON, NOW, last=True)


@given(
    st.text(max_size=30)
    | st.from_regex(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{1,2}:[0-9]{2})?", fullmatch=True)
)
def test_anything_is_a_moment_or_refused(text: str) -> None:
    with suppress(InputError):
        assert moment(text, LONDON, NOW, last=True).tzinfo is UTC


def test_a_stretch_says_the_day_and_the_zone_once() -> None:
    start = datetime(2026, 11, 24, 9, tzinfo=UTC)
    assert span(start, start.replace(hour=17), LONDON) == "from Tue 24 Nov 09:00 until 17:00 GMT"
    assert span(start, start.replace(day=25), LONDON) == "from Tue 24 Nov 09:00 until Wed 25 Nov 09:00 GMT"
    summer = datetime(2026, 10, 24, 8, tzinfo=UTC)
    assert span(summer, summer.replace(day=25, hour=9), LONDON) == (
        "from Sat 24 Oct 09:00 BST until Sun 25 Oct 09:00 GMT"
    )
    assert told(start, ZoneInfo("Asia/Kolkata")) == "Tue 24 Nov 14:30 IST"
    assert told(start, ZoneInfo("Africa/Casablanca")) == "Tue 24 Nov 10:00 UTC+01"
