"""A week in which nobody watched for hours says so, and takes no silence of those hours for calm."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from alerts.languages import Speech
from alerts.weekly.advice import advice
from alerts.weekly.figures import READ_LATER, Gap
from alerts.weekly.render import digest
from alerts.weekly.sentences import headline
from alerts.weekly.standstill import standstill, still_hours, unwatched_days
from alerts.weekly.words import NOT_YET
from tests.alerts.weekly.weeks import DATA, START, WEEK

HOUR = timedelta(hours=1)
HALF = START + 84 * HOUR
"""Thursday noon, in London."""
EN = Speech("en", "Europe/London")


def gap(source: str, since: int = 84, until: int = 168, **others: str) -> Gap:
    return Gap(source, START + since * HOUR, START + until * HOUR, **others)  # type: ignore[arg-type]


STOOD = replace(DATA, watched=("x", "reddit"), gaps=(gap("x"), gap("reddit")))


def test_half_a_week_without_the_daemon() -> None:
    assert standstill(STOOD) == ((HALF, START + WEEK),)
    assert headline(STOOD, EN).endswith("; 84 of 168 hours were not watched in full.")
    assert unwatched_days(STOOD) == {date(2026, 11, 20), date(2026, 11, 21), date(2026, 11, 22)}
    assert any("No source could be read in full for 84 hours." in said for said in advice(STOOD, EN))
    message = digest(STOOD)
    assert "X and Reddit, Thu 19\xa0Nov, 12:00 to Mon 23\xa0Nov, 00:00" in message.text
    assert "Sat 21: nobody was watching" in message.text
    assert "Wed 18: 1,200 mentions, 228 complaints" in message.text
    assert message.html.count("nobody was watching that day") == 1


def test_a_day_with_mentions_is_told_with_them_and_no_dash_is_explained_that_is_not_there() -> None:
    days = tuple(replace(each, mentions=7, complaints=1) for each in STOOD.week.days)
    message = digest(replace(STOOD, week=replace(STOOD.week, days=days)))
    for said in (message.text, message.html):
        assert "nobody was watching" not in said
    assert "Sat 21: 7 mentions, 1 complaints" in message.text


def test_one_source_that_fails_is_no_standstill() -> None:
    one = replace(STOOD, gaps=(gap("x"),))
    assert standstill(one) == ()
    assert "not watched" not in headline(one, EN)
    assert "nobody was watching" not in digest(one).text
    assert standstill(replace(STOOD, watched=())) == ()


def test_what_was_read_later_was_watched() -> None:
    assert standstill(replace(STOOD, gaps=(gap("x"), gap("reddit", fate=READ_LATER)))) == ()


def test_before_the_first_day_nothing_is_wrong() -> None:
    new = replace(STOOD, gaps=(gap("x", 0, 84, why=NOT_YET), gap("reddit", 0, 84, why=NOT_YET)))
    assert still_hours(standstill(new)) == 84
    assert standstill(new, without=NOT_YET) == ()
    assert not any("No source could be read" in said for said in advice(new, EN))


@given(
    st.lists(
        st.tuples(st.sampled_from(("x", "reddit")), st.integers(0, 167), st.integers(1, 40)), max_size=12
    )
)
def test_a_stretch_is_in_a_gap_of_every_source(found: list[tuple[str, int, int]]) -> None:
    gaps = tuple(gap(source, since, min(since + length, 168)) for source, since, length in found)
    stood = standstill(replace(STOOD, gaps=gaps))
    missed = {
        source: {hour for name, a, n in found if name == source for hour in range(a, min(a + n, 168))}
        for source in ("x", "reddit")
    }
    assert still_hours(stood) == len(missed["x"] & missed["reddit"])
    for (_, end), (start, _) in pairwise(stood):
        assert end <= start
