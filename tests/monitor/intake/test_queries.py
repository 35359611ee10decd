"""Terms packed into queries."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import InputError
from monitor.intake.queries import packed, quoted

TERMS = st.lists(st.text("abc", min_size=1, max_size=10), max_size=30)


@given(TERMS, st.integers(20, 60))
def test_every_term_is_asked_for_once_within_the_limit(terms: list[str], limit: int) -> None:
    queries = packed(terms, " OR ", limit, around=10)
    assert all(len(query) <= limit - 10 for query in queries)
    assert [term for query in queries for term in query.split(" OR ")] == list(dict.fromkeys(terms))
    for one, other in pairwise(queries):
        assert len(one) + len(" OR ") + len(other.split(" OR ")[0]) > limit - 10


def test_a_term_longer_than_the_platform_takes_is_named() -> None:
    with pytest.raises(InputError, match="'kestrel parcels' is longer than the 10 characters"):
        packed(["kestrel parcels"], " OR ", 10)


@given(st.text(max_size=20))
def test_no_phrase_ends_its_quotation(phrase: str) -> None:
    assert quoted(phrase)[1:-1].count('"') == 0
    assert "\\" not in quoted(phrase)


def test_a_phrase_is_quoted() -> None:
    assert quoted('kestrel "parcels"') == '"kestrel parcels"'
