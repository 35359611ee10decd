"""The clock of a promise follows the words that were approved."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.replying.promised import Promised, promised

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)  # a Tuesday
BY = datetime(2026, 11, 24, 15, 30, tzinfo=UTC)
SAYS = "I'll write to you again by 3:30 pm GMT on Tuesday, whatever I know by then."


@pytest.mark.parametrize(
    ("text", "by"),
    [
        (f"Hello @ann. {SAYS} Sam", BY),
        (f"Hello @ann. {SAYS.replace('3:30', '5')} Sam", BY + timedelta(hours=1, minutes=30)),
        (f"Hello @ann. {SAYS.replace('3:30 pm', '11.15 a.m')}", BY - timedelta(hours=4, minutes=15)),
        (SAYS.replace("Tuesday", "Wednesday"), BY + timedelta(days=1)),
        (SAYS.replace("3:30 pm GMT on Tuesday", "9 am GMT on monday"), BY + timedelta(days=6, hours=-6.5)),
        ("You hear from me on Tuesday, at 3.30pm. We open at 9 am.", BY),
        ("You hear from me at 3:30 pm.", None),  # on which day?
        ("We open at 9 am on Tuesday. I call you soon.", None),
        ("I am on it. Sam", None),
    ],
)
def test_the_clock_follows_the_words(text: str, by: datetime | None) -> None:
    assert promised(text, SAYS, BY, NOW).by == by


def test_the_next_day_of_that_name_is_meant() -> None:
    says, by = SAYS.replace("Tuesday", "Monday"), BY + timedelta(days=6)
    assert promised(SAYS, says, by, NOW).by == BY


def test_the_sentence_is_told_as_it_stands() -> None:
    other = SAYS.replace("3:30", "5")
    assert promised(f"Hello. {other} Sam", SAYS, BY, NOW).says == other


def test_a_time_without_am_or_pm() -> None:
    says = "Sie hören bis 2026-11-24 15:30 GMT von mir."
    assert promised(says.replace("15:30", "16:00"), says, BY, NOW).by == BY + timedelta(minutes=30)


def test_what_promised_nothing_still_does() -> None:
    assert promised(SAYS, "", None, NOW) == Promised("", None)


@given(text=st.text(max_size=300), says=st.text(max_size=100))
def test_any_words_can_be_read(text: str, says: str) -> None:
    assert promised(text, says, BY, NOW).by in (None, BY)
