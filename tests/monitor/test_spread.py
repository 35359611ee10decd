from datetime import UTC, datetime

import pytest

from monitor.errors import InputError
from monitor.model import Reading
from monitor.spread import counters, in_words, spread

AT = datetime(2026, 11, 1, 9, tzinfo=UTC)


def reading(**values: int | None) -> Reading:
    return Reading("x", "1", AT, **values)


def test_a_single_counter() -> None:
    assert spread(reading(likes=7, reposts=2), "likes") == 7


def test_a_sum_of_counters() -> None:
    assert spread(reading(reposts=2, quotes=3, likes=100), "reposts+quotes") == 5
    assert spread(reading(reposts=2, quotes=3), " reposts + quotes ") == 5


def test_zero_is_a_value_and_missing_is_not() -> None:
    assert spread(reading(reposts=0), "reposts+quotes") == 0
    assert spread(reading(quotes=4), "reposts+quotes") == 4
    assert spread(reading(likes=9), "reposts+quotes") is None


@pytest.mark.parametrize("measure", ["", "shares", "reposts+", "reposts+shares", "at"])
def test_an_unknown_counter_is_named(measure: str) -> None:
    with pytest.raises(InputError, match=r"is not a counter: use likes, replies"):
        counters(measure)


@pytest.mark.parametrize(
    ("measure", "words"),
    [
        ("likes", "likes"),
        ("reposts+quotes", "reposts and quotes"),
        ("likes + replies+quotes", "likes, replies and quotes"),
    ],
)
def test_a_measure_in_words(measure: str, words: str) -> None:
    assert in_words(measure) == words
