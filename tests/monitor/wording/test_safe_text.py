from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.wording.text import clean, one_line, web_link
from tests.alerts.notices import hostile_text


@given(hostile_text)
def test_what_is_left_is_visible_and_can_be_encoded(text: str) -> None:
    cleaned = clean(text)
    assert all(
        char in "\n\u200c\u200d" or unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Zl", "Zp")
        for char in cleaned
    )
    assert clean(cleaned) == cleaned
    assert cleaned.encode().decode() == cleaned


@given(hostile_text, st.integers(1, 100))
def test_one_line_is_one_line_within_its_limit(text: str, limit: int) -> None:
    line = one_line(text, limit)
    assert len(line) <= limit
    assert len(line.splitlines()) <= 1


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Zürich, 東京, سارة, naïve", "Zürich, 東京, سارة, naïve"),
        ("👩\u200d👧 می\u200cخواهم", "👩\u200d👧 می\u200cخواهم"),
        ("exe.\u202efdp", "exe.fdp"),
        ("a\u2066b\u2069c\u200bd\ufeffe", "abcde"),
        ("a\r\nb\x00c\x1b[31md\u2028e", "a\nb c [31md e"),
        ("Z" + "\u0351" * 30 + "o", "Z" + "\u0351" * 4 + "o"),
        ("\ud83d", ""),
    ],
)
def test_words_stay_and_tricks_go(text: str, kept: str) -> None:
    assert clean(text) == kept


def test_a_cut_is_shown() -> None:
    assert one_line("parcels lost", 9) == "parcels…"


@pytest.mark.parametrize(
    "url",
    [
        "https://x.com/ann/status/1",
        "http://localhost:8080/a?b=c#d",
        "HTTPS://kiosk.example/s%20k",
        "https://[::1]/",
    ],
)
def test_web_addresses_are_links(url: str) -> None:
    assert web_link(url) == url


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://example.com/",
        "//example.com/",
        "https://",
        "https:///path",
        "https://[::1/",
        'https://example.com/"onclick="x',
        "https://example.com/<b>",
        "https://example.com/a b",
        "https://example.com/\nx",
        "https://example.com/\u202e",
        " https://example.com/",
    ],
)
def test_everything_else_is_not(url: str | None) -> None:
    assert web_link(url) is None
