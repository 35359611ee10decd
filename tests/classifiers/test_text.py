from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.text import LONGEST, original, prepare, same, shorten


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


@pytest.mark.parametrize(
    ("text", "passed_on"),
    [
        ("RT @ann: late again", "late again"),
        ("rt @ann late again", "late again"),
        ("RT @bob: RT @ann@mastodon.social: late again", "late again"),
        (" MT @ann_7 : late again", "late again"),
        ("RT @ann.bsky.social: late again", "late again"),
        ("RT @ann/status is late", "RT @ann/status is late"),
        ("RT @ann:", ""),
        ("RT this if your parcel is late", "RT this if your parcel is late"),
        ("so true RT @ann: late again", "so true RT @ann: late again"),
        ("ART @ann: late", "ART @ann: late"),
        ("RT @a" + " " * 100_000 + ": late", "late"),
        ("RT @a " * 10_000, ""),
    ],
)
def test_what_was_passed_on(text: str, passed_on: str) -> None:
    assert original(text) == passed_on


def test_copies_are_the_same() -> None:
    copies = [
        "My parcel is late, @kestrel! https://t.co/abc",
        "RT @ann: My parcel is late, @kestrel! https://t.co/abc",
        "RT @bob: RT @ann: My parcel is late, @kestrel! https://t.co/abc",
        "  My parcel\nis late, @Kestrel! https://t.co/other?x=1",
    ]
    assert len({same(text) for text in copies}) == 1
    assert same("My parcel is late") != same("My parcel isn't late")


@given(st.text(st.characters(exclude_characters=":"), max_size=300))
def test_a_copy_of_any_text_is_the_same(text: str) -> None:
    assert same("RT @ann: " + text) == same(text)


@given(st.lists(st.integers(), max_size=300), st.integers(4, 200))
def test_shorten(pieces: list[int], longest: int) -> None:
    short = shorten(pieces, longest)
    assert len(short) == min(len(pieces), longest)
    assert short[:1] == pieces[:1]
    assert short[-1:] == pieces[-1:]
