from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.text import LONGEST, prepare, shorten


@pytest.mark.parametrize(
    ("text", "prepared"),
    [
        ("@Ann_7: hello", "@user: hello"),
        ("thanks @ann@mastodon.social!", "thanks @user!"),
        ("see u/some-one and /u/other", "see @user and @user"),
        ("write to ann@example.com", "write to ann@example.com"),
        ("look https://t.co/x?y=1 now", "look http now"),
        ("WWW.EXAMPLE.COM/a", "http"),
        ("fish &amp; chips &lt;3", "fish & chips <3"),
        (" a\n\n\tb\x00c ", "a b c"),
        ("half \ud800 pair", "half \ufffd pair"),
        ("whole \ud83d\ude00 pair", "whole 😀 pair"),
        ("", ""),
    ],
)
def test_prepare(text: str, prepared: str) -> None:
    assert prepare(text) == prepared


def test_of_a_long_text_the_beginning_and_the_end_are_kept() -> None:
    prepared = prepare("begin " + "x" * 100_000 + " end")
    assert prepared.startswith("begin ")
    assert prepared.endswith(" end")
    assert len(prepared) == LONGEST


@given(st.text(st.characters(), max_size=2 * LONGEST))
def test_prepared_text_is_one_short_line_that_any_encoder_takes(text: str) -> None:
    prepared = prepare(text)
    prepared.encode()
    assert len(prepared) <= LONGEST
    assert prepared == prepared.strip()
    assert not set(prepared) & set("\n\r\t\x00\x1b")


@given(st.lists(st.integers(), max_size=300), st.integers(4, 200))
def test_shorten(pieces: list[int], longest: int) -> None:
    short = shorten(pieces, longest)
    assert len(short) == min(len(pieces), longest)
    assert short[:1] == pieces[:1]
    assert short[-1:] == pieces[-1:]
