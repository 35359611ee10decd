from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twitter_text import parse_tweet

from alerts.length import fits, length, limit

FAMILY = "👨‍👩‍👧‍👦"


@pytest.mark.parametrize(
    ("platform", "text", "expected"),
    [
        ("x", "hello", 5),
        ("x", "at https://acme.example.com/a/very/long/path?with=much&of=it .", 28),
        ("x", "see acme.com", 27),
        ("x", "日本語", 6),
        ("x", FAMILY, 2),
        ("x", "cafe\u0301", 4),
        ("x", "", 0),
        ("bluesky", f"{FAMILY} e\u0301", 3),
        ("bluesky", "a\r\nb", 3),
        ("bluesky", "at https://acme.example.com/help", 32),
        ("mastodon", "at https://acme.example.com/a/very/long/path?with=much&of=it .", 28),
        ("mastodon", "at https://a.co/b", 26),
        ("mastodon", "see acme.com", 12),
        ("mastodon", "Hello @ann@social.example, ann@social.example", 30),
        ("mastodon", "Hello @ann", 10),
        ("mastodon", f"{FAMILY} e\u0301", 3),
        ("reddit", FAMILY, 7),
        ("reddit", "at https://acme.example.com/help", 32),
        ("nowhere", "hello", 5),
    ],
)
def test_length_is_what_the_platform_counts(platform: str, text: str, expected: int) -> None:
    assert length(platform, text) == expected


@pytest.mark.parametrize(
    ("platform", "most", "privately"),
    [
        ("x", 280, 10_000), ("bluesky", 300, 1_000), ("mastodon", 500, 500), ("reddit", 10_000, 10_000),
        ("googleplay", 350, 10_000), ("appstore", 5_970, 10_000), ("youtube", 10_000, 10_000), ("nowhere", 500, 10_000),
    ],
)  # fmt: skip
def test_limits(platform: str, most: int, privately: int) -> None:
    assert limit(platform) == most
    assert limit(platform, private=True) == privately
    for private, room in ((False, most), (True, privately)):
        assert fits(platform, "a" * room, private=private)
        assert not fits(platform, "a" * (room + 1), private=private)


def test_bluesky_also_counts_bytes() -> None:
    long = FAMILY * 130
    assert length("bluesky", long) == 130
    assert not fits("bluesky", long)
    assert fits("bluesky", FAMILY * 100)


@given(
    st.text(st.characters(codec="ascii"), max_size=300)
    | st.from_regex(r"\A[a-z .]*(https?://)?[a-z.]{3,20}/[a-z]*\Z")
)
def test_what_is_ascii_weighs_on_x_what_its_own_parser_says(text: str) -> None:
    assert length("x", text) == parse_tweet(text).weightedLength


@given(st.text(max_size=300), st.sampled_from(["x", "bluesky", "mastodon", "reddit", ""]))
def test_any_text_has_a_length(text: str, platform: str) -> None:
    assert length(platform, text) >= 0
    assert isinstance(fits(platform, text), bool)
